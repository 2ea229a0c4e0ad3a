"""A world with one bot in it that lives, dies and begins again; what happens in it is told by those who build on it."""

import asyncio
import gc
import traceback
import warnings
from random import Random

from hoga.model import money
from hoga.run.settings.config import Settings, load
from hoga.simulator import pump
from simtest.bot import Bot
from simtest.disk import Disk
from simtest.exchange import Exchange
from simtest.loop import WORLD, VirtualLoop
from simtest.net import Network, Transport
from simtest.oracle import OURS
from simtest.report import Report
from simtest.seams import sewn
from simtest.storms import MIXES, Storm
from simtest.trace import Trace
from simtest.trader import Control, Trader

MARKETS = ("KRW-BTC", "KRW-XRP")

#: A bot does not start where the venue gives no list of markets; a block of the storm may last so long after it.
CALM_AFTER_S = 15.0
START_REFUSED = ("VenueRefusedError", "WireError")
#: The exchange looks at the clock at least this often; a real one does ten times a second.
LIVELY_NAP_MS, QUIET_NAP_MS = 500, 300_000
#: Seconds between rounds of reconciling: a bot that starts in a storm draws one, in quiet it gets the last.
ROUNDS_S = (30, 600)
#: A process needs this long at least to come up again.
RESTART_S = 1.2


class Lives:
    """The world of one run and the bots that live in it one after another. `conduct` is the course of the run."""

    def __init__(self, seed: str, *, mix: str, shown: bool) -> None:
        self.seed = seed
        self.mix = MIXES[mix]
        self.chance = Random(f"{seed}:conductor")
        self.fate = Random(f"{seed}:fate")
        self.loop = VirtualLoop()
        self.trace = Trace(self.loop.time, shown=shown)
        self.network = Network(self.loop, seed, self.trace)
        self.network.on_sent = self._sent
        self.loop.network = self.network
        self.control = Control(self.mix.pace_s)
        self.disk = Disk(seed)
        self.exchange = Exchange(self.loop, seed, MARKETS)
        self.report = Report(seed=seed)
        self.asked: set[str] = set()
        self.bot: Bot | None = None
        self.lives = 0
        self.storm: Storm | None = None
        #: Where something took longer than the proof of absence, an order given up then may be found a day later.
        self.excused_until_s = 0.0
        self.healed_s = 0.0
        self.off_until_s = 0.0
        self.crashes_in_storm = 0
        self.trader: type[Trader] = Trader
        self.keeps_unsynced: bool | None = None
        self._found = asyncio.Event()
        self._settings: dict[int, Settings] = {}

    async def conduct(self) -> None:
        """Let happen what this run is about."""
        raise NotImplementedError

    def run(self) -> Report:
        """Run to the end."""
        money.use_exact_money()
        with sewn(self.loop, self.seed), warnings.catch_warnings():
            # Tasks of the dead are taken apart wherever they stand.
            warnings.filterwarnings("ignore", message="coroutine .* was never awaited", category=RuntimeWarning)
            asyncio.set_event_loop(self.loop)
            try:
                self.loop.run_until_complete(self._until_found())
            except Exception as error:  # noqa: BLE001 - a bug of ours or of the product: the seed must be told either way
                self.violated(f"the run broke: {error!r} at {traceback.format_exc(limit=-2)}")
            finally:
                self._bury()
                asyncio.set_event_loop(None)
        report = self.report
        report.hours = self.loop.time() / 3600
        report.steps, report.events, report.digest = self.loop.steps, self.trace.events, self.trace.digest
        report.sometimes.update(self.exchange.faults.counts)
        report.sometimes.update(self.network.taken)
        report.sometimes.update(self.disk.taken)
        return report

    async def _until_found(self) -> None:
        """Run to the end, or until something is found: what follows it would only tell of the same fault again."""
        course = self.loop.create_task(self._course())
        found = self.loop.create_task(self._found.wait())
        done, _ = await asyncio.wait({course, found}, return_when=asyncio.FIRST_COMPLETED)
        if course in done:
            course.result()
        self.report.orders = sum(1 for _ in self.exchange.orders())
        self.report.fills = sum(order.trades_count for order in self.exchange.orders())

    async def _course(self) -> None:
        await self.exchange.open()
        self._settings = {every_s: self._read_settings(every_s) for every_s in ROUNDS_S}
        supervisor = self.loop.create_task(self._supervise())
        await self.conduct()
        supervisor.cancel()

    def keep_pace(self, *, is_quiet: bool) -> None:
        """Let the world be lively or quiet."""
        self.exchange.market.is_lively = self.control.is_active = not is_quiet
        pump.LONGEST_NAP_MS = QUIET_NAP_MS if is_quiet else LIVELY_NAP_MS
        if self.bot is not None:
            self.bot.keep_pace(is_quiet=is_quiet)

    def _read_settings(self, reconcile_every_s: int) -> Settings:
        running = self.exchange.running
        return load(
            None,
            {
                "trade": {"markets": MARKETS},
                "exchange": {
                    "rest_url": running.rest_url,
                    "websocket_url": running.websocket_url,
                    "reconcile_every_s": reconcile_every_s,
                },
                "access_key": running.access_key,
                "secret_key": running.secret_key,
            },
        )

    # ------------------------------------------------ lives

    async def _supervise(self) -> None:
        while True:
            bot = self._start()
            await bot.died.wait()
            self._bury_one(bot)
            await asyncio.sleep(self._downtime_s())

    def _start(self) -> Bot:
        self.lives += 1
        every_s = ROUNDS_S[-1] if self.storm is None else self.fate.choice(ROUNDS_S)
        settings = self._settings[every_s]
        chance = Random(f"{self.seed}:trader:{self.lives}")
        bot = self.bot = Bot(
            self.lives,
            loop=self.loop,
            network=self.network,
            settings=settings,
            strategy=self.trader(self.trader.Params(markets=settings.trade.markets), self.control, chance, self.asked),
            trace=self.trace,
            disk=self.disk,
            exchange=self.exchange,
        )
        bot.is_excused = self.loop.time() < self.excused_until_s
        self.doom()
        return bot

    def doom(self) -> None:
        """Decide at which step the present life ends."""
        bot, storm = self.bot, self.storm
        if bot is None or bot.process.is_dead:
            return
        bot.process.on_step = None
        if storm is None or storm.crash_after_steps is None:
            return
        last_step = bot.process.steps + 1 + int(self.fate.expovariate(1 / storm.crash_after_steps))

        def step() -> bool:
            if bot.process.steps < last_step:
                return True
            self.crash(bot)
            return False

        bot.process.on_step = step

    def _sent(self, end: Transport, data: bytes) -> None:
        """The bot has written an order: a good moment to die."""
        storm, bot = self.storm, self.bot
        if bot is None or end.process is not bot.process or not data.startswith(b"POST /v1/orders "):
            return
        if name := self.disk.has_intent(data):
            self.violated(f"I2: {name} was sent before its record was durable")
        if storm is None:
            return
        if storm.crash_at_send and self.fate.random() < storm.crash_at_send:
            self.report.sometimes["crash at send"] += 1
            self.crash(bot)

    def crash(self, bot: Bot) -> None:
        """The bot dies here and now, by whatever it was."""
        self.report.crashes += 1
        self.crashes_in_storm += 1
        if bot.desk is None:
            self.report.sometimes["crash while starting"] += 1
        elif not bot.is_ready:
            self.report.sometimes["crash while not ready"] += 1
        else:
            states = {order.state for order in bot.desk.brain.open_orders}
            for state in states:
                self.report.sometimes[f"crash with an order {state}"] += 1
        self.check_adopted()
        self.disk.lose_power(keeps=self.keeps_unsynced)
        for problem in self._untracked():
            self.violated(problem)
        bot.kill(tells_peer=self.fate.random() < 0.7)

    def _untracked(self) -> list[str]:
        """Open orders of ours that a new life would not find in the journal."""
        return [
            f"I3: {name} is open at the venue and the journal does not hold it in question"
            for order in self.exchange.open_orders()
            if (name := order.identifier or "").startswith(OURS) and not self.disk.has_in_question(name)
        ]

    def check_adopted(self) -> None:
        """An order was given up and exists all the same; that needs an answer later than the proof of absence takes."""
        if self.bot is None or not self.bot.notes["order_adopted"] or self.bot.is_excused:
            return
        self.violated("I6: an order was given up and exists, although nothing took longer than the proof of absence")
        self.bot.is_excused = True

    def _downtime_s(self) -> float:
        if self.loop.time() < self.off_until_s:
            return self.off_until_s - self.loop.time()
        if self.storm is None or self.fate.random() < 0.9:
            return RESTART_S + self.fate.uniform(0, 3)
        return RESTART_S + self.fate.uniform(0, 60)

    def _bury_one(self, bot: Bot) -> None:
        self._count_life(bot)
        if bot.bug is not None:
            self.violated(f"the bot met a bug: {bot.bug[-600:]}")
        if bot.failure is not None:
            self.report.sometimes[f"start refused: {bot.failure.partition(':')[0]}"] += 1
            is_calm = self.storm is None and bot.started_s > self.healed_s + CALM_AFTER_S
            if is_calm or not bot.failure.startswith(START_REFUSED):
                self.violated(f"the bot ended by itself: {bot.failure}")
        bot.process.bury()

    def _count_life(self, bot: Bot) -> None:
        self.report.up_hours += (self.loop.time() - bot.started_s) / 3600
        for name, number in bot.notes.items():
            self.report.sometimes[f"bot: {name}"] += number

    def violated(self, what: str) -> None:
        """Note what must not be; the run ends with it."""
        self.trace("VIOLATION", what)
        self._found.set()
        self.report.violations.append(f"seed {self.seed} at {self.loop.time():.1f} s: {what}")

    def _bury(self) -> None:
        """End every task that is left, quietly: what the dead had planned for their end must not be seen."""
        if self.bot is not None and not self.bot.process.is_dead:
            self._count_life(self.bot)
            self.bot.process.bury()
        self.exchange.process.bury()
        WORLD.bury()
        WORLD.is_dead = False
        self.loop.close()
        gc.collect()

"""One simulation: storms and rests in turn, lives that end and begin again, and the oracle after every storm."""

import asyncio
import gc
import traceback
import warnings
from random import Random

from hoga.brain.brain import Brain
from hoga.model import money
from hoga.model.orders import Order, OrderState
from hoga.run.settings.config import Settings, load
from hoga.simulator import pump
from simtest.bot import Bot
from simtest.disk import Disk, Moods
from simtest.exchange import Exchange
from simtest.loop import WORLD, VirtualLoop
from simtest.net import CALM, Network, Transport
from simtest.oracle import OURS, judge
from simtest.report import Report
from simtest.seams import sewn
from simtest.storms import Storm, brew
from simtest.trace import Trace
from simtest.trader import Control

MARKETS = ("KRW-BTC", "KRW-XRP")

#: After a storm the bot must be ready within this (I20), plus what is left of a block the venue imposed.
READY_WITHIN_S = 120.0
#: Two rounds of reconciling and then so long until all must agree: the grace of a difference, and answers on their way.
SETTLED_AFTER_S = 30.0
#: A fill may be under way at the moment of judging; what is still wrong after these looks is wrong.
LOOKS, LOOK_EVERY_S = 4, 5.0
#: A bot does not start where the venue gives no list of markets; a block of the storm may last so long after it.
CALM_AFTER_S = 15.0
START_REFUSED = ("VenueRefusedError", "WireError")
#: The exchange looks at the clock at least this often; a real one does ten times a second.
LIVELY_NAP_MS, QUIET_NAP_MS = 500, 20_000
#: Hours of quiet between storms.
REST_H = (0.1, 6.0)
#: How often the machine is off in such a time.
OFF_SHARE = 0.3
#: How often a storm, and a calm, ends with somebody stopping the bot.
HALT_SHARE = 0.2
#: A process needs this long at least to come up again.
RESTART_S = 1.2


class Simulation:
    """Everything of one run."""

    def __init__(self, seed: str, hours: float, *, shown: bool = False, without: frozenset[str] = frozenset()) -> None:
        self.seed = seed
        self.hours = hours
        self.without = without
        self.chance = Random(f"{seed}:conductor")
        self.fate = Random(f"{seed}:fate")
        self.reconcile_every_s = self.chance.choice((30, 600, 600))
        self.loop = VirtualLoop()
        self.trace = Trace(self.loop.time, shown=shown)
        self.network = Network(self.loop, seed, self.trace)
        self.network.on_sent = self._sent
        self.loop.network = self.network
        self.control = Control()
        self.disk = Disk(seed)
        self.exchange = Exchange(self.loop, seed, MARKETS)
        self.report = Report(seed=seed)
        self.asked: set[str] = set()
        self.bot: Bot | None = None
        self.lives = 0
        self.storm: Storm | None = None
        self.healed_s = 0.0
        self._found = asyncio.Event()
        self.off_until_s = 0.0
        self.crashes_in_storm = 0
        self._settings: Settings

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
                self._violated(f"the run broke: {error!r} at {traceback.format_exc(limit=-2)}")
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

    # ------------------------------------------------ the course of a run

    async def _until_found(self) -> None:
        """Run to the end, or until something is found: what follows it would only tell of the same fault again."""
        course = self.loop.create_task(self._conduct())
        found = self.loop.create_task(self._found.wait())
        done, _ = await asyncio.wait({course, found}, return_when=asyncio.FIRST_COMPLETED)
        if course in done:
            course.result()
        self.report.orders = sum(1 for _ in self.exchange.orders())
        self.report.fills = sum(order.trades_count for order in self.exchange.orders())

    async def _conduct(self) -> None:
        await self.exchange.open()
        self._settings = self._read_settings()
        supervisor = self.loop.create_task(self._supervise())
        while self.loop.time() < self.hours * 3600 and not self.report.violations:
            await self._rage(brew(self.chance, self.without))
            await self._heal()
            await self._rest()
        supervisor.cancel()

    async def _rage(self, storm: Storm) -> None:
        self.report.storms += 1
        self.trace("storm", round(storm.lasts_s), *storm.faults, storm.weather, storm.crash_after_steps)
        self.storm, self.crashes_in_storm = storm, 0
        self.exchange.running.venue.pacer.reset_tallies()
        self.exchange.market.is_lively = self.control.is_active = True
        pump.LONGEST_NAP_MS = LIVELY_NAP_MS
        self.exchange.market.hurry(self.loop.wall_ns() // 1_000_000)
        await asyncio.sleep(self.chance.uniform(5, 30))
        self.network.weather, self.disk.moods = storm.weather, storm.disk
        self.exchange.faults.add(*storm.faults)
        self._doom()
        if storm.is_long and self.bot is not None:
            self.bot.is_excused = True
        await asyncio.sleep(storm.lasts_s / 4)
        await self._stand_still(storm)
        await asyncio.sleep(storm.lasts_s / 4)
        if self.chance.random() < HALT_SHARE:
            self.report.sometimes["stop in a storm"] += 1
            await self._stop(within_s=120.0)
        await asyncio.sleep(storm.lasts_s / 2)

    async def _stand_still(self, storm: Storm) -> None:
        """The bot's machine sleeps, or the network is gone, for a while."""
        if storm.freezes_s and self.bot is not None:
            self.report.sometimes["freeze"] += 1
            self.trace("freeze", storm.freezes_s)
            self.bot.process.frozen_until_s = self.loop.time() + storm.freezes_s
            await asyncio.sleep(storm.freezes_s)
        if storm.outage_s:
            self.report.sometimes["outage"] += 1
            self.trace("outage", storm.outage_s)
            self.network.weather.is_down = True
            await asyncio.sleep(storm.outage_s)
            self.network.weather.is_down = False
            self.network.thaw()

    async def _heal(self) -> None:
        """The world is well again; then everything must be, too."""
        self.trace("healed")
        self.storm, self.healed_s = None, self.loop.time()
        self.network.weather, self.disk.moods = CALM, Moods()
        self.exchange.faults.clear()
        self.network.thaw()
        for socket in self.exchange.running.streams.sockets:
            socket.stalled.clear()
        self._doom()
        self.control.is_active = False
        self.exchange.market.is_lively = False
        pump.LONGEST_NAP_MS = QUIET_NAP_MS
        if self.bot is not None and self.bot.books.failure is not None:
            self.report.sometimes["restart after the disk failed"] += 1
            self.bot.kill(tells_peer=True)  # a journal that failed is not used again; somebody restarts the bot
        began_s = self.loop.time()
        while not self._is_well():
            if self.loop.time() - began_s > READY_WITHIN_S:
                self._violated(f"I20: not well {READY_WITHIN_S:.0f} s after the storm: {self._why_not_well()}")
                return
            await asyncio.sleep(1.0)
        self.report.slowest_heal_s = max(self.report.slowest_heal_s, self.loop.time() - began_s)
        # What an earlier life left and this one only looks at would trade on, and each such trade is news for a while.
        known = {str(order.order_id) for order in self._brain().open_orders}
        self.report.sometimes["orphan swept"] += self.exchange.sweep(known)
        await asyncio.sleep(2 * self.reconcile_every_s + SETTLED_AFTER_S)
        await self._judge()

    async def _judge(self) -> None:
        found: list[str] = []
        self._check_adopted()
        for _ in range(LOOKS):
            found = self._look()
            if not found:
                break
            await asyncio.sleep(LOOK_EVERY_S)
        self.report.checks += 1
        self.trace("judged", len(found))
        for problem in found:
            self._violated(problem)
        if not found and self.chance.random() < HALT_SHARE:
            self.report.sometimes["stop in calm"] += 1
            await self._stop(within_s=15.0)

    async def _stop(self, within_s: float) -> None:
        """Ask the bot to stop as Ctrl+C does; what it says of the orders it leaves must be true."""
        bot = self.bot
        if bot is None or bot.desk is None or bot.process.is_dead:
            return
        bot.desk.halt("asked to")
        began_s = self.loop.time()
        while not bot.died.is_set():
            if self.loop.time() - began_s > within_s:
                self._violated(f"I21: not stopped after {within_s:.0f} s")
                return
            await asyncio.sleep(0.5)
        if bot.ended_well:
            self.report.sometimes["stopped, some left open" if bot.left_open else "stopped, nothing left open"] += 1
            for identifier in sorted(bot.found_open - bot.left_open):
                self._violated(f"I21: {identifier} was left open and not told")

    async def _rest(self) -> None:
        """Hours in which little happens; the bot may be off."""
        rest_s = self.chance.uniform(*REST_H) * 3600
        if self.fate.random() < OFF_SHARE and "crash" not in self.without and self.bot is not None:
            self.off_until_s = self.loop.time() + rest_s - self.fate.uniform(0, 60)
            if not self.bot.process.is_dead:
                self.report.sometimes["off for hours"] += 1
                self._crash(self.bot)
        await asyncio.sleep(rest_s)

    def _read_settings(self) -> Settings:
        running = self.exchange.running
        return load(
            None,
            {
                "trade": {"markets": MARKETS},
                "exchange": {
                    "rest_url": running.rest_url,
                    "websocket_url": running.websocket_url,
                    "reconcile_every_s": self.reconcile_every_s,
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
        bot = self.bot = Bot(
            self.lives,
            loop=self.loop,
            network=self.network,
            settings=self._settings,
            control=self.control,
            seed=self.seed,
            trace=self.trace,
            disk=self.disk,
            exchange=self.exchange,
            asked_ever=self.asked,
        )
        bot.is_excused = self.storm is not None and self.storm.is_long
        self._doom()
        return bot

    def _doom(self) -> None:
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
            self._crash(bot)
            return False

        bot.process.on_step = step

    def _sent(self, end: Transport, data: bytes) -> None:
        """The bot has written an order: a good moment to die."""
        storm, bot = self.storm, self.bot
        if bot is None or end.process is not bot.process or not data.startswith(b"POST /v1/orders "):
            return
        if name := self.disk.has_intent(data):
            self._violated(f"I2: {name} was sent before its record was durable")
        if storm is None:
            return
        if storm.crash_at_send and self.fate.random() < storm.crash_at_send:
            self.report.sometimes["crash at send"] += 1
            self._crash(bot)

    def _crash(self, bot: Bot) -> None:
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
        self._check_adopted()
        self.disk.lose_power()
        for problem in self._untracked():
            self._violated(problem)
        bot.kill(tells_peer=self.fate.random() < 0.7)

    def _downtime_s(self) -> float:
        if self.loop.time() < self.off_until_s:
            return self.off_until_s - self.loop.time()
        if self.storm is None or self.fate.random() < 0.8:
            return RESTART_S + self.fate.uniform(0, 3)
        return RESTART_S + self.fate.uniform(0, 60)

    def _bury_one(self, bot: Bot) -> None:
        self._count_life(bot)
        if bot.failure is not None:
            self.report.sometimes[f"start refused: {bot.failure.partition(':')[0]}"] += 1
            is_calm = self.storm is None and bot.started_s > self.healed_s + CALM_AFTER_S
            if is_calm or not bot.failure.startswith(START_REFUSED):
                self._violated(f"the bot ended by itself: {bot.failure}")
        bot.process.bury()

    def _count_life(self, bot: Bot) -> None:
        self.report.up_hours += (self.loop.time() - bot.started_s) / 3600
        for name, number in bot.notes.items():
            self.report.sometimes[f"bot: {name}"] += number

    # ------------------------------------------------ judging

    def _brain(self) -> Brain:
        assert self.bot is not None
        assert self.bot.desk is not None
        return self.bot.desk.brain

    def _is_well(self) -> bool:
        return not self._why_not_well()

    def _why_not_well(self) -> str:
        bot = self.bot
        if bot is None or bot.process.is_dead or bot.desk is None:
            return "there is no bot"
        brain = bot.desk.brain
        if not brain.ready:
            return brain.reason
        unclear = [f"{o.order_id} {o.state}" for o in brain.open_orders if _is_unclear(o)]
        return ", ".join(unclear)

    def _look(self) -> list[str]:
        bot = self.bot
        if bot is None or bot.desk is None or bot.process.is_dead:
            return ["I20: there is no bot"]
        exchange = self.exchange
        problems = judge(
            exchange.orders(),
            exchange.totals(),
            exchange.locked(),
            bot.desk.brain,
            bot.strategy,
            self.asked,
            # What an order locks is known to us by the fee rate read at the start; the venue tells nobody of a new one.
            fees_changed=bool(exchange.faults.counts["mkt.fee"]),
        )
        exchange.running.venue.exchange._clearing.ledger.check()
        if self.loop.failures:
            problems += [f"unhandled: {failure}" for failure in self.loop.failures]
            self.loop.failures.clear()
        return problems + self._rates()

    def _untracked(self) -> list[str]:
        """Open orders of ours that a new life would not find in the journal."""
        in_question = {str(order.order_id) for order in self.disk.recovered(self.loop.wall_ns()).orders}
        return [
            f"I3: {order.identifier} is open at the venue and the journal does not hold it in question"
            for order in self.exchange.open_orders()
            if (order.identifier or "").startswith(OURS) and order.identifier not in in_question
        ]

    def _check_adopted(self) -> None:
        """An order was given up and exists all the same; that needs an answer later than the proof of absence takes."""
        if self.bot is None or not self.bot.notes["order_adopted"] or self.bot.is_excused:
            return
        self._violated("I6: an order was given up and exists, although nothing took longer than the proof of absence")
        self.bot.is_excused = True

    def _rates(self) -> list[str]:
        if self.crashes_in_storm:
            return []
        tallies = self.exchange.running.venue.pacer.tallies
        return [
            f"I9: {tally.refused_429} x 429 in group {name}" for name, tally in tallies.items() if tally.refused_429
        ]

    def _violated(self, what: str) -> None:
        self.trace("VIOLATION", what)
        self._found.set()
        self.report.violations.append(f"seed {self.seed} at {self.loop.time():.1f} s: {what}")

    # ------------------------------------------------ the end

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


def run(seed: str, hours: float, without: frozenset[str] = frozenset(), *, shown: bool = False) -> Report:
    """Make one run."""
    return Simulation(seed, hours, shown=shown, without=without).run()


def _is_unclear(order: Order) -> bool:
    return order.state in {OrderState.SENDING, OrderState.UNKNOWN} or order.has_fill_gap or order.cancel_asked

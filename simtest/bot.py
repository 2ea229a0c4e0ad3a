"""One life of the bot: the desk of `hoga run` as a process that may die at any step."""

import asyncio
from collections import Counter
from collections.abc import Callable
from typing import cast

from hoga.brain.risk.limits import RiskLimits
from hoga.model.errors import HogaError
from hoga.run.commands.live import make_desk
from hoga.run.desk import Desk
from hoga.run.screen.logs import EventLog
from hoga.run.settings.config import Settings
from hoga.run.state.keeping import Kept
from hoga.upbit.session.timing import Timing
from simtest.disk import Books, Disk
from simtest.exchange import Exchange
from simtest.loop import Process, VirtualLoop, context_of
from simtest.net import Network
from simtest.trader import Trader

#: The log events that the trace and the counters leave out.
TOO_MANY = frozenset({"request_sent", "answer", "heard"})

#: The market is slow here, and the strategy busy.
LIMITS = {
    "stale_feed_s": "3600",
    "max_open_orders": 40,
    "price_collar": "0.2",
    "max_depth_share": "1",
    "orders_per_s": 24,
}

#: How often a feed looks at its socket without being asked (a real one every second), in storms and in quiet hours.
LOOK_EVERY_S, QUIET_LOOK_S = 10.0, 60.0
#: How often it pings in quiet hours; in storms as the product does.
PING_EVERY_S, QUIET_PING_S = Timing().ping_every_s, 50.0
#: How long a market may be silent in quiet hours before it counts as dead; see `simtest.market`.
STALE_S, QUIET_STALE_S = Timing().stale_max_s, 600.0


class Bot:
    """Starts when made; `died` is set when it is gone, whatever the reason."""

    def __init__(
        self,
        number: int,
        *,
        loop: VirtualLoop,
        network: Network,
        settings: Settings,
        strategy: Trader,
        trace: Callable[..., None],
        disk: Disk,
        exchange: Exchange,
    ) -> None:
        self.number = number
        self.process = Process(f"bot{number}")
        self.strategy = strategy
        self.desk: Desk | None = None
        self.died = asyncio.Event()
        self.failure: str | None = None
        self.bug: str | None = None
        self.is_excused = False
        self.ended_well = False
        self.left_open: set[str] = set()
        self.found_open: set[str] = set()
        self._exchange = exchange
        self.notes: Counter[str] = Counter()
        self.started_s = loop.time()
        self._loop = loop
        self._network = network
        self._settings = settings
        self._limits = RiskLimits.read(LIMITS)
        self._trace = trace
        self.reconcile_every_s = settings.exchange.reconcile_every_s
        self.books = Books(disk, loop, loop.wall_ns)
        self.kept = Kept(loop.wall_ns, self.books, disk.recovered(loop.wall_ns()))
        self._task = loop.create_task(self._live(), context=context_of(self.process))

    def log(self, event: str, *, level: str = "info", **fields: object) -> None:
        """Take a line of the bot's log."""
        if event in TOO_MANY:
            return
        self.notes[event] += 1
        if event == "strategy_failed" and "traceback" in fields:  # the brain notes it, too, without one
            self.bug = str(fields.get("traceback"))
        self._trace("bot", self.number, level, event, *fields.values())

    @property
    def is_ready(self) -> bool:
        """Tell whether new orders may leave."""
        return self.desk is not None and self.desk.brain.ready

    def keep_pace(self, *, is_quiet: bool) -> None:
        """Let the feeds look after their sockets as often as the times ask for."""
        if self.desk is None:
            return
        timing = Timing(look_every_s=QUIET_LOOK_S if is_quiet else LOOK_EVERY_S)
        for feed in self.desk.sensor._feeds.values():
            feed.session.timing = timing
            alive = feed.session._alive
            alive._every_s = QUIET_PING_S if is_quiet else PING_EVERY_S
            alive._ping_due_s = min(alive._ping_due_s, self._loop.time() + alive._every_s)
            feed.session._fresh._max_s = QUIET_STALE_S if is_quiet else STALE_S
        self.desk.actuator._client._keep_warm = not is_quiet

    def kill(self, *, tells_peer: bool) -> None:
        """Die here and now."""
        if self.process.is_dead:
            return
        self.process.is_dead = True
        self._trace("kill", self.number, self.process.steps, tells_peer)
        self._network.kill(self.process, tells_peer=tells_peer)
        self.died.set()

    async def _live(self) -> None:
        try:
            self.desk = await make_desk(
                self._settings, self.strategy, self._limits, cast("EventLog", self.log), kept=self.kept
            )
            self.keep_pace(is_quiet=not self.strategy.control.is_active)
            await self.desk.run()
            self.books.close()
            self.ended_well = True
            if fault := self.desk.brain.summary().fault:
                self.failure = fault
            slip = self.desk.failure or ""  # a sensor may die of what the venue does; nothing may raise in a turn
            if slip.startswith("Traceback") or self.desk.brain.summary().fault:
                self.failure = slip
            # The venue's books at the very moment of the end: later the world goes on without us.
            ours = self.desk.brain.orders
            self.left_open = {str(order_id) for order_id in self.desk.brain.left_open}
            self.found_open = {
                name for order in self._exchange.open_orders() if (name := order.identifier) in ours and name
            }
        except HogaError as error:
            self.failure = f"{type(error).__name__}: {error}"
        except BaseExceptionGroup as group:
            self.failure = "; ".join(repr(error) for error in group.exceptions)
        except Exception as error:  # noqa: BLE001 - whatever ends a bot must be told
            self.failure = repr(error)
        finally:
            if not self.process.is_dead:
                self._trace("end", self.number, self.failure)
                self.process.is_dead = True
                self._network.kill(self.process, tells_peer=True)
                self.died.set()

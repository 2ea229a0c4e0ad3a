"""Answers to orders are lost, many at once: how long until hoga knows whether each order exists."""

import asyncio
import time
from collections.abc import Sequence
from decimal import Decimal
from pathlib import Path
from tempfile import TemporaryDirectory

from msgspec import Struct

from hoga.brain.context import Context
from hoga.brain.params import Params as BaseParams
from hoga.brain.risk.limits import RiskLimits
from hoga.brain.strategy import Needs, Strategy
from hoga.model.events import TimerFired
from hoga.model.orders import OrderState
from hoga.run.commands.live import make_desk
from hoga.run.screen.logs import EventLog
from hoga.run.settings.config import load
from trials.exchange import served
from trials.spread import Spread, spread
from trials.watching import until

PLACING = "@path=/v1/orders,method=POST"
#: What happens -> how it is asked for, and whether the order is at the exchange.
CASES = {
    "it exists": ((f"rest.drop{PLACING}",), True),
    "it exists, and the private stream is late": ((f"rest.drop{PLACING}", "ws.delay(200ms)@type=myOrder"), True),
    "it exists, and the private stream is silent about it": ((f"rest.drop{PLACING}", "ws.drop@type=myOrder"), True),
    "cut off before the exchange saw it": ((f"rest.rst(before){PLACING}",), False),
    "no answer for a second, then cut off unseen": ((f"rest.blackhole_before(1s){PLACING}",), False),
}
EACH_NS = 400_000_000  # between two orders: the limiter keeps the place of one that is not answered
READY_WITHIN_S = 30.0
KNOWN_WITHIN_S = 120.0
#: An order of unknown fate closes its market, so each has a market of its own; and so many may be unknown at once.
LIMITS = RiskLimits(max_unknown=100, max_open_orders=200, max_open_orders_all=1_000, stale_feed_s=Decimal(600))


class Doubt(Struct):
    """What became of the orders of one case; times run from the moment when the answer was known to be lost."""

    case: str
    orders: int
    in_doubt: int
    as_it_was: bool
    settled: Spread | None

    def __str__(self) -> str:
        never = self.orders - self.in_doubt
        known = f" ({never} of {self.orders} were known before the answer was missed)" if never else ""
        what = self.settled or "nothing was in doubt"
        return f"{self.case}: {what}{known}{'' if self.as_it_was else '; NOT AS IT WAS'}"


class OneEach(Strategy):
    """Rests one small buy in each market, far below it."""

    class Params(BaseParams):
        """The markets."""

        markets: tuple[str, ...] = ()

    params: Params

    def __init__(self, params: Params) -> None:
        super().__init__(params)
        self.left = list(params.markets)

    def needs(self) -> Needs:
        """All of them."""
        return Needs(markets=self.params.markets)

    def on_start(self, ctx: Context) -> None:
        """Begin to order."""
        ctx.set_timer("next", ctx.now_ns)

    def on_timer(self, ctx: Context, timer: TimerFired) -> None:
        """Order where nothing is yet and a price is known."""
        ctx.set_timer("next", ctx.now_ns + EACH_NS)
        for code in self.left:
            if best := ctx.best(code):
                price = best.bid_price * Decimal("0.7")
                ctx.limit_buy(code, price, Decimal(6_000) / price, reason="into the dark")
                self.left.remove(code)
                return


class Listening(EventLog):
    """A log that knows when each order was lost and when its fate became known."""

    def __init__(self, path: Path) -> None:
        super().__init__(path, console=None)
        self.lost_s: dict[object, float] = {}
        self.known_s: dict[object, float] = {}

    def __call__(self, event: str, *, level: str = "info", **fields: object) -> None:
        """Note the moments."""
        super().__call__(event, level=level, **fields)
        order_id = fields.get("order_id")
        if event == "order_lost":
            self.lost_s[order_id] = time.monotonic()
        elif event == "order_state" and fields.get("was") == OrderState.UNKNOWN:
            self.known_s.setdefault(order_id, time.monotonic())


async def doubt(case: str, orders: int) -> Doubt:
    """Lose the answers to so many orders and wait until the last fate is known."""
    faults, exists = CASES[case]
    markets = [f"KRW-{chr(65 + number // 26)}{chr(65 + number % 26)}X" for number in range(orders)]
    async with served(markets=markets) as there:
        with TemporaryDirectory() as name:
            settings = load(
                None,
                {
                    "exchange": {"rest_url": there.rest_url, "websocket_url": there.websocket_url},
                    "access_key": there.access_key,
                    "secret_key": there.secret_key,
                },
            )
            log = Listening(Path(name) / "trial.jsonl")
            strategy = OneEach(OneEach.Params(markets=tuple(markets)))
            desk = await make_desk(settings, strategy, LIMITS, log)
            await there.move("faults", add=list(faults))
            running = asyncio.create_task(desk.run())
            open_states = {OrderState.INTENDED, OrderState.SENDING, OrderState.UNKNOWN}

            def all_is_known() -> bool:
                placed = desk.brain.orders.values()
                return not strategy.left and not any(order.state in open_states for order in placed)

            try:
                await until(lambda: desk.brain.ready, READY_WITHIN_S, "the bot is ready")
                await until(all_is_known, KNOWN_WITHIN_S, "the last fate is known")
                states = [order.state for order in desk.brain.orders.values()]
                there_now = {order["identifier"] for order in await there.look("orders")}
                expected = OrderState.WORKING if exists else OrderState.ABANDONED
                as_it_was = set(states) == {expected} and len(there_now) == (orders if exists else 0)
            finally:
                await there.move("faults", clear=True)
                desk.halt("the trial is over")
                await running
                log.close()
            times_s = [log.known_s[order_id] - lost_s for order_id, lost_s in log.lost_s.items()]
            settled = spread(times_s) if times_s else None
            return Doubt(case, len(states), len(times_s), as_it_was, settled)


async def doubt_all(orders: int) -> Sequence[Doubt]:
    """Every case, one after another."""
    return [await doubt(case, orders) for case in CASES]

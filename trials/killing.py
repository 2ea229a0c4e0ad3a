"""The kill switch against a full book: from the pull until the exchange has nothing of ours, again and again."""

import asyncio
import time
from decimal import Decimal
from pathlib import Path
from tempfile import TemporaryDirectory

from msgspec import Struct

from hoga.brain.context import Context
from hoga.brain.params import Params
from hoga.brain.risk.limits import RiskLimits
from hoga.brain.strategy import Needs, Strategy
from hoga.model.events import TimerFired
from hoga.run.commands.live import make_desk
from hoga.run.screen.logs import EventLog
from hoga.run.settings.config import load
from hoga.run.state.keeping import Kept
from hoga.run.state.state_files import StateFiles
from hoga.run.state.switch import switched
from trials.exchange import Served
from trials.watching import until

TICK_NS = 100_000_000
FULL_WITHIN_S = 120.0
EMPTY_WITHIN_S = 60.0
#: What the trial needs and a trader does not: as many open orders as asked for.
LIMITS = RiskLimits(max_open_orders=200, max_open_orders_all=1_000, orders_per_s=12, sends_per_s=1_000)


class Killed(Struct):
    """Seconds from the pull to an empty book, one for each round, the slowest last."""

    orders: int
    rounds: int
    median_s: float
    slowest_s: float
    refused_429: int
    left: int


class Filler(Strategy):
    """Rests so many small buys far below the market, ten a second."""

    class Params(Params):
        """How many orders."""

        market: str = "KRW-BTC"
        orders: int = 200

    params: Params

    def needs(self) -> Needs:
        """One market."""
        return Needs(markets=(self.params.market,))

    def on_start(self, ctx: Context) -> None:
        """Begin to order."""
        ctx.set_timer("next", ctx.now_ns)

    def on_timer(self, ctx: Context, timer: TimerFired) -> None:
        """One more."""
        ctx.set_timer("next", ctx.now_ns + TICK_NS)
        code, best = self.params.market, ctx.best(self.params.market)
        count = len(ctx.open_orders(code))
        if best is not None and count < self.params.orders:
            price = best.bid_price * (Decimal(1) - Decimal("0.2") - Decimal(count) / 2_000)
            ctx.limit_buy(code, price, Decimal(6_000) / price, reason="fill the book")


async def kill_often(there: Served, rounds: int, orders: int) -> Killed:
    """Fill the book and pull the switch, `rounds` times; each round is a run of its own."""
    took, refused = [], 0
    for _ in range(rounds):
        seconds, refusals = await _kill_once(there, orders)
        took.append(seconds)
        refused += refusals
    took.sort()
    left = len(await _open_orders(there))
    return Killed(orders, rounds, took[len(took) // 2], took[-1], refused, left)


async def _kill_once(there: Served, orders: int) -> tuple[float, int]:
    with TemporaryDirectory() as name:
        folder = Path(name)
        settings = load(
            None,
            {
                "exchange": {"rest_url": there.rest_url, "websocket_url": there.websocket_url},
                "access_key": there.access_key,
                "secret_key": there.secret_key,
            },
        )
        log = EventLog(folder / "trial.jsonl", console=None)
        desk = await make_desk(settings, Filler(Filler.Params(orders=orders)), LIMITS, log)
        files = StateFiles(folder / "var")
        switch = switched(desk, files, Kept(desk.clock_ns))
        running = asyncio.create_task(desk.run())

        def is_full() -> bool:
            waiting = [order for order in desk.brain.open_orders if order.venue_id is not None]
            return len(waiting) >= orders

        try:
            await until(is_full, FULL_WITHIN_S, "the book is full")
            begun_s = time.monotonic()
            files.kill("the trial")
            while await _open_orders(there):
                if time.monotonic() - begun_s > EMPTY_WITHIN_S:
                    break
                await asyncio.sleep(0.02)
            took_s = time.monotonic() - begun_s
        finally:
            desk.halt("the trial is over")
            await running
            await switch.end()
            log.close()
        return took_s, desk.actuator.counters.refused_429


async def _open_orders(there: Served) -> list[object]:
    return [order for order in await there.look("orders") if order["state"] == "wait"]

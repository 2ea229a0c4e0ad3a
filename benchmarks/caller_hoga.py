"""hoga in one scenario: the whole bot, with a strategy that orders when told to and counts what it hears."""

import asyncio
import sys
import time
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from tempfile import TemporaryDirectory

from callers import BURST, MARKET, TIMEOUT_S

from hoga import Context, Needs, Params, Strategy
from hoga.brain.risk.limits import RiskLimits
from hoga.model.commands import OrderId
from hoga.model.events import OrderAccepted, Orderbook, OrderEvent, OrderRejected, OrderUpdated, Trade
from hoga.model.orders import Order, OrderState
from hoga.run.commands.live import make_desk
from hoga.run.desk import Desk
from hoga.run.loop import run_async
from hoga.run.screen.logs import EventLog
from hoga.run.settings.config import Settings, load

Answer = Callable[[object], None]

READY_S = 30.0
SETTLE_S = 75.0  # absence of an order is proved half a minute after its last byte, at the earliest
POLL_S = 0.02
UNDECIDED = {OrderState.INTENDED, OrderState.SENDING, OrderState.UNKNOWN}


class Told(Strategy):
    """Buys a little, two percent below the best bid, as many times as `wanted` says."""

    Params = Params

    def __init__(self) -> None:
        super().__init__(Params())
        self.wanted = 0
        self.placed: list[str] = []
        self.news: list[str] = []
        self.heard = self.twice = 0
        self.widest_s = 0.0
        self.last_s = time.monotonic()
        self._numbers: set[int] = set()

    def needs(self) -> Needs:
        """One market's trades and books."""
        return Needs(markets=(MARKET,))

    def on_orderbook(self, ctx: Context, book: Orderbook) -> None:
        """Order, if that is wanted."""
        self._place(ctx)

    def _place(self, ctx: Context) -> None:
        """The next order, once the one before is decided: the loop of a peer's caller."""
        best, last = ctx.best(MARKET), ctx.order(OrderId(self.placed[-1])) if self.placed else None
        if self.wanted and best and (last is None or last.state not in UNDECIDED):
            self.wanted -= 1
            volume = Decimal("0.0001") + Decimal("0.00000001") * len(self.placed)  # no two alike
            self.placed.append(ctx.limit_buy(MARKET, best.bid_price * Decimal("0.98"), volume))

    def on_trade(self, ctx: Context, trade: Trade) -> None:
        """Count."""
        now_s = time.monotonic()
        self.widest_s, self.last_s = max(self.widest_s, now_s - self.last_s), now_s
        self.heard += 1
        self.twice += trade.sequential_id in self._numbers
        self._numbers.add(trade.sequential_id)

    def on_order(self, ctx: Context, event: OrderEvent) -> None:
        """Remember what the strategy was told."""
        self.news.append(_said(event))
        self._place(ctx)

    def forget(self) -> None:
        """Count anew."""
        self.heard = self.twice = 0
        self.widest_s, self.last_s = 0.0, time.monotonic()


def _said(event: OrderEvent) -> str:
    if isinstance(event, OrderAccepted):
        return "accepted"
    if isinstance(event, OrderRejected):
        return f"rejected ({event.reason.value})"
    return event.report.state.value if isinstance(event, OrderUpdated) else "pending"


def settings_for(facts: dict[str, str], folder: Path) -> Settings:
    """A bot on that exchange; its order deadline is cut to that of its peers."""
    exchange = {
        "rest_url": facts["rest_url"],
        "websocket_url": facts["websocket_url"],
        "order_deadline_s": TIMEOUT_S,
    }
    keys = {"access_key": facts["access_key"], "secret_key": facts["secret_key"]}
    return load(None, {"exchange": exchange, "log": {"directory": folder, "level": "debug"}, **keys})


def drive(facts: dict[str, str], answer: Answer) -> None:
    """Answer what is asked on stdin, until there is no more."""
    with TemporaryDirectory() as folder:
        run_async(_drive(facts, Path(folder), answer))


async def _drive(facts: dict[str, str], folder: Path, answer: Answer) -> None:
    log = EventLog(folder / "run.jsonl", level="debug", console=None)
    strategy = Told()
    desk = await make_desk(
        settings_for(facts, folder), strategy, RiskLimits(max_open_orders=200, orders_per_s=1000), log
    )
    running = asyncio.create_task(desk.run())
    try:
        async with asyncio.timeout(READY_S):
            while not desk.brain.ready or desk.brain.orderbook(MARKET) is None:
                await asyncio.sleep(POLL_S)
        answer({"ready": True})
        while word := (await asyncio.to_thread(sys.stdin.readline)).strip():
            answer(await _do(word, desk, strategy))
    finally:
        running.cancel()
        log.close()


async def _do(word: str, desk: Desk, strategy: Told) -> dict[str, object]:
    if word == "forget":
        strategy.forget()
    if word in {"forget", "listen"}:
        return {}
    if word == "report":
        return _heard(strategy)
    return await _order(desk, strategy, BURST if word == "burst" else 1)


async def _order(desk: Desk, strategy: Told, count: int) -> dict[str, object]:
    begun_s = time.monotonic()
    strategy.wanted = count
    while time.monotonic() - begun_s < SETTLE_S:
        await asyncio.sleep(POLL_S)
        orders = _orders(desk, strategy)
        if len(orders) == count and not any(order.state in UNDECIDED for order in orders):
            break
    orders = _orders(desk, strategy)
    states = [order.state.value for order in orders]
    if count == 1:
        saw = " -> ".join(dict.fromkeys([*strategy.news, *(f"knows: {state}" for state in states)]))
    else:
        saw = ", ".join(f"{states.count(state)} x {state}" for state in dict.fromkeys(states))
    return {"saw": saw, "took_s": round(time.monotonic() - begun_s, 2), "states": states}


def _orders(desk: Desk, strategy: Told) -> list[Order]:
    known = desk.brain.orders
    return [known[order_id] for order_id in strategy.placed if order_id in known]


def _heard(strategy: Told) -> dict[str, object]:
    silent_s = time.monotonic() - strategy.last_s
    return {
        "heard": strategy.heard,
        "twice": strategy.twice,
        "errors": [],
        "ended": None,
        "gap_s": round(max(strategy.widest_s, silent_s), 1),
        "silent_s": round(silent_s, 1),
    }

"""A bot for trials: it orders at a steady pace and measures how old market news is when the strategy hears it."""

from array import array
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from decimal import Decimal
from pathlib import Path
from typing import cast

from hoga.brain.context import Context
from hoga.brain.params import Params
from hoga.brain.risk.limits import RiskLimits
from hoga.brain.strategy import Needs, Strategy
from hoga.model.events import Orderbook, TimerFired, Trade
from hoga.run.commands.live import make_desk
from hoga.run.desk import Desk
from hoga.run.screen.logs import EventLog
from hoga.run.settings.config import load
from trials.exchange import Served

SECOND_NS = 1_000_000_000


class Metronome(Strategy):
    """Every `every_ms`: cancel what is open and buy a little at the best bid; measure the age of all news."""

    class Params(Params):
        """`spend` in KRW, `every_ms` between orders."""

        market: str = "KRW-BTC"
        markets: tuple[str, ...] = ("KRW-BTC",)
        spend: Decimal = Decimal(6_000)
        every_ms: int = 500

    params: Params

    def __init__(self, params: Params, clock_ns: Callable[[], int] | None = None) -> None:
        super().__init__(params)
        self.clock_ns = clock_ns
        self.ages_ns = array("q")
        self.stops = False

    def needs(self) -> Needs:
        """Trades and books of all markets."""
        return Needs(markets=self.params.markets)

    def on_start(self, ctx: Context) -> None:
        """Begin to tick."""
        ctx.set_timer("tick", ctx.now_ns)

    def on_trade(self, ctx: Context, trade: Trade) -> None:
        """Measure."""
        self._measure(trade.received_ns)

    def on_orderbook(self, ctx: Context, book: Orderbook) -> None:
        """Measure."""
        self._measure(book.received_ns)

    def on_timer(self, ctx: Context, timer: TimerFired) -> None:
        """Cancel and order anew."""
        if self.stops:
            return
        ctx.set_timer("tick", ctx.now_ns + self.params.every_ms * SECOND_NS // 1000)
        code = self.params.market
        for order in ctx.open_orders(code):
            ctx.cancel(order.order_id)
        if best := ctx.best(code):
            ctx.limit_buy(code, best.bid_price, self.params.spend / best.bid_price, reason="tick")

    def _measure(self, received_ns: int) -> None:
        if self.clock_ns is not None:
            self.ages_ns.append(self.clock_ns() - received_ns)


@asynccontextmanager
async def bot(
    there: Served,
    folder: Path,
    *,
    rest_url: str | None = None,
    markets: tuple[str, ...] = ("KRW-BTC",),
    every_ms: int = 500,
    reconcile_every_s: float = 5,
) -> AsyncIterator[Desk]:
    """Wire a metronome to an exchange; the caller runs the desk."""
    settings = load(
        None,
        {
            "trade": {"markets": markets},
            "exchange": {
                "rest_url": rest_url or there.rest_url,
                "websocket_url": there.websocket_url,
                "reconcile_every_s": reconcile_every_s,
            },
            "log": {"directory": folder, "level": "debug"},
            "access_key": there.access_key,
            "secret_key": there.secret_key,
        },
    )
    log = EventLog(folder / "trial.jsonl", level="debug", console=None)
    strategy = Metronome(Metronome.Params(market=markets[0], markets=markets, every_ms=every_ms))
    try:
        desk = await make_desk(settings, strategy, RiskLimits(), log)
        strategy.clock_ns = desk.clock_ns
        yield desk
    finally:
        log.close()


def metronome(desk: Desk) -> Metronome:
    """The strategy of a desk made by `bot`."""
    return cast("Metronome", desk.strategy)

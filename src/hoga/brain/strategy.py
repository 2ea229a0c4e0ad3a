"""What a strategy author overrides: synchronous callbacks that read a context and ask it for orders."""

from collections.abc import Mapping
from typing import ClassVar

from msgspec import Struct

from hoga.brain.context import Context
from hoga.brain.params import Params as AnyParams
from hoga.model.events import (
    Candle,
    FeedDown,
    FeedStale,
    FeedUp,
    Fill,
    Orderbook,
    OrderEvent,
    Ticker,
    TimerFired,
    Trade,
)


class Needs(Struct, frozen=True, kw_only=True):
    """What must be wired to a strategy before it runs.

    `streams` are of "trade", "orderbook", "ticker". `candle_units_s` are the bars to build from trades, in seconds.
    `history` says how many closed bars of a length (seconds) must be fetched before the start: `{86400: 20}`.
    """

    markets: tuple[str, ...]
    streams: tuple[str, ...] = ("trade", "orderbook")
    candle_units_s: tuple[int, ...] = ()
    history: Mapping[int, int] = {}


class Strategy:
    """Override what you need. Every callback sees a consistent world, acts through `ctx`, and returns quickly.

    The class inside, `Params`, names the settings; the instance gets them as `self.params`. A refused order, a lost
    answer or a fill in parts is ordinary news (`on_order`, `on_fill`), never an exception. Whatever a callback raises
    halts trading.
    """

    Params: ClassVar[type[AnyParams]] = AnyParams

    def __init__(self, params: AnyParams) -> None:
        self.params = params

    def needs(self) -> Needs:
        """Say which markets, streams, bars and history this strategy wants; by default its `market` parameter."""
        market = getattr(self.params, "market", None)
        return Needs(markets=(market,) if isinstance(market, str) else ())

    def on_start(self, ctx: Context) -> None:
        """Trading may begin: markets, balances and open orders are known, the feeds are up."""

    def on_trade(self, ctx: Context, trade: Trade) -> None:
        """Somebody traded on the market."""

    def on_orderbook(self, ctx: Context, book: Orderbook) -> None:
        """The visible book changed."""

    def on_ticker(self, ctx: Context, ticker: Ticker) -> None:
        """The day figures changed."""

    def on_candle(self, ctx: Context, candle: Candle) -> None:
        """A bar has closed (`candle.is_empty` where nothing traded in it)."""

    def on_fill(self, ctx: Context, fill: Fill) -> None:
        """One of our orders traded; the portfolio already knows."""

    def on_order(self, ctx: Context, event: OrderEvent) -> None:
        """One of our orders was accepted, rejected, lost, or has ended (`OrderUpdated`, after its last fill)."""

    def on_timer(self, ctx: Context, timer: TimerFired) -> None:
        """A timer set by `ctx.set_timer` has come due."""

    def on_feed(self, ctx: Context, event: FeedUp | FeedDown | FeedStale) -> None:
        """A socket came or went, or a market has fallen silent."""

    def on_stop(self, ctx: Context) -> None:
        """Trading ends; open orders are cancelled after this. New orders are refused."""

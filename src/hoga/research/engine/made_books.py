"""A book where none is known: the best prices stand so many ticks from the last price, with what traded lately."""

from decimal import Decimal

from hoga.model.events import BookUnit, Orderbook
from hoga.model.market import Market
from hoga.model.money import ZERO


class BookMaker:
    """Makes books of one market around its last price."""

    def __init__(self, market: Market, slippage_ticks: int) -> None:
        self._market = market
        self._ticks = slippage_ticks
        self._price: Decimal | None = None
        self._ask = self._bid = ZERO

    def make(self, price: Decimal, size: Decimal, at_ms: int, received_ns: int) -> Orderbook:
        """One level on each side; a side without a price above zero is empty."""
        if price != self._price:
            self._price = price
            away = self._market.tick_at(price) * self._ticks
            self._ask = self._market.ceil_to_tick(price) + away
            below = price - away
            self._bid = self._market.floor_to_tick(below) if below > 0 else ZERO
        bid_size = size if self._bid > 0 else ZERO
        unit = BookUnit(ask_price=self._ask, bid_price=self._bid, ask_size=size, bid_size=bid_size)
        return Orderbook(
            market=self._market.code,
            timestamp_ms=at_ms,
            total_ask_size=size,
            total_bid_size=bid_size,
            unread=(unit,),
            received_ns=received_ns,
        )

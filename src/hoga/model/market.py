"""One market's rules as the venue states them today: data that is fetched, never code."""

from collections.abc import Sequence
from decimal import Decimal

from msgspec import Struct

from hoga.model import money
from hoga.model.errors import MoneyError


class TickBand(Struct, frozen=True):
    """From `at_least` (quote currency) upward, prices move in steps of `tick`."""

    at_least: Decimal
    tick: Decimal


class Market(Struct, frozen=True, kw_only=True):
    """The rules of one market, e.g. `KRW-BTC`: quoted in KRW, trading BTC.

    `tick` is what the venue published for the pair at its present price; `bands` (highest first) tell the tick at
    other prices and may be empty. Fees are rates (`0.0005` is 0.05 %), totals are in the quote currency. `wallet` says
    whether the coin can be moved in and out (`working`, `paused`, `limited`; empty where the venue did not tell).
    """

    code: str
    tick: Decimal
    bands: tuple[TickBand, ...] = ()
    min_total: Decimal
    max_total: Decimal
    bid_fee: Decimal
    ask_fee: Decimal
    maker_bid_fee: Decimal
    maker_ask_fee: Decimal
    state: str = "active"
    bid_types: tuple[str, ...] = ()
    ask_types: tuple[str, ...] = ()
    korean_name: str = ""
    english_name: str = ""
    warning: bool = False
    cautions: tuple[str, ...] = ()
    wallet: str = ""

    @property
    def quote(self) -> str:
        """The currency prices are told in: `KRW` of `KRW-BTC`."""
        return self.code.partition("-")[0]

    @property
    def base(self) -> str:
        """The currency that is bought and sold: `BTC` of `KRW-BTC`."""
        return self.code.partition("-")[2]

    def tick_at(self, price: Decimal) -> Decimal:
        """The price step that holds at `price`."""
        return tick_in(self.bands, price) or self.tick

    def floor_to_tick(self, price: Decimal) -> Decimal:
        """The nearest allowed price that is not above `price` (round a buy with this)."""
        return money.floor_to_tick(_positive(price), self.tick_at(price))

    def ceil_to_tick(self, price: Decimal) -> Decimal:
        """The nearest allowed price that is not below `price` (round a sell with this)."""
        return money.ceil_to_tick(_positive(price), self.tick_at(price))

    def round_price(self, price: Decimal) -> Decimal:
        """The nearest allowed price; the lower one where both are equally near."""
        low, high = self.floor_to_tick(price), self.ceil_to_tick(price)
        return low if price - low <= high - price else high

    def round_volume(self, volume: Decimal) -> Decimal:
        """The volume cut to the eight decimals the venue keeps."""
        return money.floor_volume(volume)

    def is_on_tick(self, price: Decimal) -> bool:
        """Tell whether the venue would take an order at this price."""
        return money.is_on_tick(price, self.tick_at(price))


def tick_in(bands: Sequence[TickBand], price: Decimal) -> Decimal | None:
    """The tick that `bands` (highest first) give for `price`, or None where they do not reach down to it."""
    return next((band.tick for band in bands if price >= band.at_least), None)


def _positive(price: Decimal) -> Decimal:
    if not price.is_finite() or price <= 0:
        raise MoneyError(f"{price} is not a price: prices are finite and above zero.")
    return price

"""Orders as the simulated venue keeps them, in Upbit's own words (`bid`/`ask`, `limit`/`price`/`market`/`best`).

A `VenueOrder` never changes: every step of its life is a new one, so whoever holds one holds that moment.
"""

from decimal import Decimal
from typing import Literal

from msgspec import Struct

from hoga.model import money
from hoga.model.commands import SelfMatch
from hoga.model.money import ZERO

Side = Literal["bid", "ask"]
OrdType = Literal["limit", "price", "market", "best"]
Force = Literal["ioc", "fok", "post_only"]

#: What REST says of an order.
State = Literal["wait", "watch", "done", "cancel"]

#: What the private stream says of an order; `trade` and `prevented` are happenings, not states.
Word = Literal["wait", "watch", "trade", "done", "cancel", "prevented"]

#: The new volume of `cancel_and_new` that stands for what the old order had left.
REMAIN_ONLY: Literal["remain_only"] = "remain_only"


class NewOrder(Struct, frozen=True, kw_only=True):
    """An order as a client asks for it; nothing is checked yet, so words may be anything.

    `price` is the limit price, or the total to spend for `price` orders and `best` buys. Absent fields are None.
    """

    market: str | None = None
    side: str | None = None
    ord_type: str | None = None
    volume: Decimal | None = None
    price: Decimal | None = None
    identifier: str | None = None
    time_in_force: str | None = None
    smp_type: str | None = None


class Replacement(Struct, frozen=True, kw_only=True):
    """The wish to cancel one order and place another on the same market and side (`cancel_and_new`)."""

    prev_uuid: str | None = None
    prev_identifier: str | None = None
    ord_type: str | None = None
    volume: Decimal | Literal["remain_only"] | None = None
    price: Decimal | None = None
    identifier: str | None = None
    time_in_force: str | None = None
    smp_type: str | None = None


class OrderTrade(Struct, frozen=True, kw_only=True):
    """One fill of one order. Both orders of a trade carry the same `uuid`; `funds` is price times volume.

    `trend` tells the taker's side: `up` when a buyer took, `down` when a seller did. `fee` is in the quote currency.
    """

    uuid: str
    market: str
    side: Side
    price: Decimal
    volume: Decimal
    funds: Decimal
    fee: Decimal
    is_maker: bool
    trend: Literal["up", "down"]
    at_ms: int


class VenueOrder(Struct, frozen=True, kw_only=True):
    """One order at one moment, with every figure the venue tells; `number` counts the venue's orders as they came.

    `volume` and `remaining_volume` are None for orders asked in money (`is_in_money`), `price` is None for orders
    without one. `locked` is what stands behind the order (quote currency of a bid, fee included; coin of an ask); an
    ended order keeps the figure of its last moment although the money is free again. For a coin order
    volume = executed + remaining + prevented at every moment.
    """

    uuid: str
    account: str
    market: str
    side: Side
    ord_type: OrdType
    state: State
    created_at_ms: int
    smp_type: SelfMatch
    price: Decimal | None = None
    volume: Decimal | None = None
    remaining_volume: Decimal | None = None
    remaining_funds: Decimal | None = None
    identifier: str | None = None
    time_in_force: Force | None = None
    taker_fee_rate: Decimal = ZERO
    maker_fee_rate: Decimal = ZERO
    reserved_fee: Decimal = ZERO
    remaining_fee: Decimal = ZERO
    paid_fee: Decimal = ZERO
    locked: Decimal = ZERO
    prevented_volume: Decimal = ZERO
    prevented_locked: Decimal = ZERO
    executed_volume: Decimal = ZERO
    executed_funds: Decimal = ZERO
    trades: tuple[OrderTrade, ...] = ()
    changed_at_ms: int = 0
    number: int = 0

    @property
    def trades_count(self) -> int:
        """How often the order traded."""
        return len(self.trades)

    @property
    def is_in_money(self) -> bool:
        """Tell whether the order is asked in quote currency (`price` orders and `best` buys)."""
        return self.volume is None

    @property
    def is_open(self) -> bool:
        """Tell whether the order may still trade."""
        return self.state in {"wait", "watch"}

    @property
    def avg_price(self) -> Decimal:
        """The mean price of the fills cut to eight decimals, zero before the first."""
        return money.floor_volume(self.executed_funds / self.executed_volume) if self.executed_volume else ZERO

    @property
    def is_filled(self) -> bool:
        """Tell whether nothing is left to trade."""
        return not (self.remaining_funds if self.volume is None else self.remaining_volume)


class Replaced(Struct, frozen=True, kw_only=True):
    """The answer to `cancel_and_new`: the old order as it was, and the new one's ids unless the old had filled."""

    old: VenueOrder
    new_uuid: str | None = None
    new_identifier: str | None = None


class BatchCancelled(Struct, frozen=True, kw_only=True):
    """The answer to a batch cancel: what will be cancelled and what could not be."""

    success: tuple[VenueOrder, ...] = ()
    failed: tuple[VenueOrder, ...] = ()

"""Answers about our account and orders as they are on the wire, with Upbit's own names."""

from datetime import datetime
from decimal import Decimal

from msgspec import Struct

from hoga.model.commands import OrderId, VenueOrderId


class CancelRow(Struct, frozen=True):
    """One order of a cancel of many."""

    uuid: VenueOrderId
    market: str = ""
    identifier: OrderId | None = None


class TradeRow(Struct):
    """One trade of an order."""

    uuid: str
    price: Decimal
    volume: Decimal
    side: str
    market: str
    created_at: datetime
    funds: Decimal | None = None


class OrderRow(Struct):
    """An order; what is null is left out."""

    uuid: VenueOrderId
    side: str
    ord_type: str
    state: str
    market: str
    created_at: datetime | None = None
    price: Decimal | None = None
    volume: Decimal | None = None
    remaining_volume: Decimal | None = None
    prevented_volume: Decimal | None = None
    paid_fee: Decimal | None = None
    locked: Decimal | None = None
    executed_volume: Decimal | None = None
    executed_funds: Decimal | None = None
    trades_count: int | None = None
    time_in_force: str | None = None
    identifier: OrderId | None = None
    smp_type: str | None = None
    trades: tuple[TradeRow, ...] | None = None
    new_order_uuid: VenueOrderId | None = None
    new_order_identifier: OrderId | None = None


class AccountRow(Struct):
    """One balance."""

    currency: str
    balance: Decimal
    locked: Decimal
    avg_buy_price: Decimal | None = None


class SideRow(Struct):
    """What holds for one side of a market."""

    currency: str
    min_total: Decimal


class ChanceMarketRow(Struct):
    """One market as `orders/chance` tells it."""

    id: str
    bid: SideRow
    ask: SideRow
    max_total: Decimal
    state: str = "active"
    bid_types: tuple[str, ...] = ()
    ask_types: tuple[str, ...] = ()


class ChanceRow(Struct):
    """The answer to `orders/chance`."""

    bid_fee: Decimal
    ask_fee: Decimal
    market: ChanceMarketRow
    bid_account: AccountRow
    ask_account: AccountRow
    maker_bid_fee: Decimal | None = None
    maker_ask_fee: Decimal | None = None


class CancelListRow(Struct):
    """One of the two lists."""

    orders: tuple[CancelRow, ...]


class CancelListsRow(Struct):
    """The answer to a cancel of many."""

    success: CancelListRow
    failed: CancelListRow

"""What Upbit answers about our account and orders: into the model's words, amounts exact.

Each reader raises `WireError` where a body is not what it should be: HTML, cut off, empty, or amounts that are none.
Upbit leaves out what is null (Upbit docs and recorded traffic of 2026-03-22); we read null and missing alike.
"""

from collections.abc import Mapping
from decimal import Decimal
from typing import TypeVar

import msgspec
from msgspec import Struct

from hoga.model.commands import OrderId, VenueOrderId
from hoga.model.errors import WireError
from hoga.model.events import Balance, Fill, OrderReport
from hoga.upbit.answers.rows import AccountRow, CancelListsRow, CancelRow, ChanceRow, OrderRow, TradeRow
from hoga.upbit.sane import ms_of, quoted, require_amounts
from hoga.upbit.words import kind_of, self_match_of, side_of, state_of, tif_of

Read = TypeVar("Read")


class Answer(Struct):
    """One HTTP answer; header names are lower-case."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def is_success(self) -> bool:
        """Tell whether the venue says it did what was asked (2xx)."""
        return 200 <= self.status < 300  # noqa: PLR2004 - the HTTP class of successes


class Chance(Struct, frozen=True, kw_only=True):
    """What may be ordered in one market now, at what fees, and with how much money and coin."""

    market: str
    state: str
    bid_fee: Decimal
    ask_fee: Decimal
    maker_bid_fee: Decimal
    maker_ask_fee: Decimal
    bid_types: tuple[str, ...]
    ask_types: tuple[str, ...]
    min_total: Decimal
    max_total: Decimal
    quote_balance: Balance
    base_balance: Balance


class CancelLists(Struct, frozen=True):
    """The two lists a cancel of many answers with; neither keeps the order of the question."""

    success: tuple[CancelRow, ...]
    failed: tuple[CancelRow, ...]


class Replaced(Struct, frozen=True):
    """The answer to `cancel_and_new`: the old order, and the new ids unless the old one filled first."""

    old: OrderReport
    new_venue_id: VenueOrderId | None
    new_order_id: OrderId | None


def read(body: bytes, kind: type[Read]) -> Read:
    """Decode a body into `kind`, taking numbers in quotes as numbers; `WireError` where it does not fit."""
    try:
        return msgspec.json.decode(body, type=kind, strict=False)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as fault:
        raise WireError(f"An answer cannot be read ({fault}): {quoted(body)}") from None


def read_order(body: bytes) -> OrderReport:
    """One order: the answer to placing, asking and cancelling. With its trades where they were sent along."""
    return _report(read(body, OrderRow))


def read_orders(body: bytes) -> tuple[OrderReport, ...]:
    """A list of orders, in the venue's order."""
    return tuple(map(_report, read(body, tuple[OrderRow, ...])))


def read_replaced(body: bytes) -> Replaced:
    """The answer to `cancel_and_new`."""
    order = read(body, OrderRow)
    return Replaced(_report(order), order.new_order_uuid, order.new_order_identifier)


def read_cancel_lists(body: bytes) -> CancelLists:
    """The answer to a cancel of many."""
    lists = read(body, CancelListsRow)
    return CancelLists(lists.success.orders, lists.failed.orders)


def read_accounts(body: bytes) -> tuple[Balance, ...]:
    """Every balance of the account, or of a pocket."""
    return tuple(map(_balance, read(body, tuple[AccountRow, ...])))


def read_chance(body: bytes) -> Chance:
    """The rules of one market for us."""
    chance = read(body, ChanceRow)
    market = chance.market
    maker_bid_fee = chance.bid_fee if chance.maker_bid_fee is None else chance.maker_bid_fee
    maker_ask_fee = chance.ask_fee if chance.maker_ask_fee is None else chance.maker_ask_fee
    require_amounts(market.bid.min_total, market.ask.min_total, market.max_total)
    require_amounts(chance.bid_fee, chance.ask_fee, maker_bid_fee, maker_ask_fee)
    return Chance(
        market=market.id,
        state=market.state,
        bid_fee=chance.bid_fee,
        ask_fee=chance.ask_fee,
        maker_bid_fee=maker_bid_fee,
        maker_ask_fee=maker_ask_fee,
        bid_types=market.bid_types,
        ask_types=market.ask_types,
        min_total=max(market.bid.min_total, market.ask.min_total),
        max_total=market.max_total,
        quote_balance=_balance(chance.bid_account),
        base_balance=_balance(chance.ask_account),
    )


def _report(order: OrderRow) -> OrderReport:
    require_amounts(order.price, order.volume, order.remaining_volume, order.executed_volume, order.executed_funds)
    require_amounts(order.locked, order.prevented_volume, order.paid_fee)
    return OrderReport(
        venue_id=order.uuid,
        order_id=order.identifier or None,
        market=order.market,
        side=side_of(order.side),
        kind=kind_of(order.ord_type),
        state=state_of(order.state),
        price=order.price,
        volume=order.volume,
        remaining_volume=order.remaining_volume,
        executed_volume=order.executed_volume,
        executed_funds=order.executed_funds,
        paid_fee=order.paid_fee,
        locked=order.locked,
        prevented_volume=order.prevented_volume,
        tif=tif_of(order.time_in_force),
        self_match=self_match_of(order.smp_type),
        trades_count=order.trades_count or 0,
        created_at_ms=ms_of(order.created_at) if order.created_at else 0,
        trades=None if order.trades is None else tuple(_fill(trade, order) for trade in order.trades),
    )


def _fill(trade: TradeRow, order: OrderRow) -> Fill:
    require_amounts(trade.price, trade.volume)
    return Fill(
        trade_id=trade.uuid,
        venue_id=order.uuid,
        order_id=order.identifier or None,
        market=trade.market,
        side=side_of(trade.side),
        price=trade.price,
        volume=trade.volume,
        trade_timestamp_ms=ms_of(trade.created_at),
    )


def _balance(account: AccountRow) -> Balance:
    require_amounts(account.balance, account.locked, account.avg_buy_price)
    return Balance(
        currency=account.currency,
        free=account.balance,
        locked=account.locked,
        avg_buy_price=account.avg_buy_price,
    )

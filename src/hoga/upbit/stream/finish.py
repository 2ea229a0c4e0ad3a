"""What becomes of a decoded message: its amounts are looked at, and it turns into one of the model's events."""

import functools
from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Any

from msgspec.structs import force_setattr

from hoga.model.commands import OrderId, VenueOrderId
from hoga.model.errors import WireError
from hoga.model.events import (
    Announcement,
    AskBid,
    Balance,
    BalanceChanged,
    BookUnit,
    Candle,
    Event,
    Fill,
    Orderbook,
    OrderReport,
    OrderStateSeen,
    OrderUpdated,
    Ticker,
    Trade,
)
from hoga.model.money import ZERO
from hoga.upbit.sane import ABSURD, ms_of, require_amounts
from hoga.upbit.stream.keys import CANDLE_UNITS_S
from hoga.upbit.stream.shapes import (
    LONG_SHAPES,
    PATIENT_LONG_SHAPES,
    PATIENT_SHORT_SHAPES,
    SHORT_SHAPES,
    MyOrder,
)
from hoga.upbit.words import kind_of, notice, self_match_of, side_of, state_of, tif_of

Finisher = Callable[[Any, int], Event]

_UNKNOWN = AskBid.UNKNOWN


# The comparisons are written out, because every frame pays for them: a call for a few amounts costs more than reading
# one of them. NaN does not compare and raises `InvalidOperation`, which `decode_frame` takes as unreadable.


def _finish_trade(trade: Any, received_ns: int) -> Trade:  # noqa: ANN401 - laid out like a Trade, not yet one
    require_amounts(trade.price, trade.volume)
    require_amounts(trade.best_ask_price, trade.best_ask_size, trade.best_bid_price, trade.best_bid_size)
    if trade.ask_bid is _UNKNOWN:
        notice("ask_bid", "?")
    trade.__class__ = Trade
    trade.received_ns = received_ns
    result: Trade = trade
    return result


def _finish_ticker(ticker: Any, received_ns: int) -> Ticker:  # noqa: ANN401 - laid out like a Ticker, not yet one
    if not (
        ZERO <= ticker.price < ABSURD
        and ZERO <= ticker.opening_price < ABSURD
        and ZERO <= ticker.high_price < ABSURD
        and ZERO <= ticker.low_price < ABSURD
        and ZERO <= ticker.prev_closing_price < ABSURD
        and ZERO <= ticker.volume < ABSURD
        and ZERO <= ticker.acc_trade_price_24h < ABSURD
        and ZERO <= ticker.acc_trade_volume_24h < ABSURD
        and ticker.signed_change_rate.is_finite()
    ):
        raise WireError(f"A ticker at {ticker.price:.20} with such figures cannot be.")
    if ticker.ask_bid is _UNKNOWN:
        notice("ask_bid", "?")
    ticker.__class__ = Ticker
    ticker.received_ns = received_ns
    result: Ticker = ticker
    return result


def _finish_orderbook(book: Any, received_ns: int) -> Orderbook:  # noqa: ANN401 - laid out like one, not yet one
    if not (
        ZERO <= book.total_ask_size < ABSURD and ZERO <= book.total_bid_size < ABSURD and ZERO <= book.level < ABSURD
    ):
        raise WireError("A book with sizes or a level below nothing or beyond reason cannot be.")
    if type(book.unread) is tuple:
        book.unread = tuple(_sane_units(book.unread))
    book.__class__ = Orderbook
    book.received_ns = received_ns
    result: Orderbook = book
    return result


def _sane_units(units: tuple[BookUnit, ...]) -> Iterator[BookUnit]:
    for unit in units:
        amounts = (unit.ask_price, unit.bid_price, unit.ask_size, unit.bid_size)
        require_amounts(*amounts)
        yield BookUnit(*amounts)


def _finish_candle(candle: Any, received_ns: int) -> Candle:  # noqa: ANN401 - laid out like a Candle, not yet one
    if not (
        ZERO <= candle.opening_price < ABSURD
        and ZERO <= candle.high_price < ABSURD
        and ZERO <= candle.low_price < ABSURD
        and ZERO <= candle.close < ABSURD
        and ZERO <= candle.volume < ABSURD
        and ZERO <= candle.value < ABSURD
    ):
        raise WireError(f"A bar that closes at {candle.close:.20} with such figures cannot be.")
    candle.start_ms = _utc_ms(candle.start_ms)
    candle.__class__ = Candle
    candle.received_ns = received_ns
    result: Candle = candle
    return result


@functools.lru_cache(maxsize=64)  # every frame of a bar repeats its start
def _utc_ms(text: str) -> int:
    try:
        return ms_of(datetime.fromisoformat(text))
    except ValueError:
        raise WireError(f"{text[:40]!r} is not a moment.") from None


def _finish_announcement(notice_: Any, received_ns: int) -> Announcement:  # noqa: ANN401 - laid out like one
    notice_.__class__ = Announcement
    notice_.received_ns = received_ns
    result: Announcement = notice_
    return result


def _finish_my_order(frame: MyOrder, received_ns: int) -> Fill | OrderUpdated:
    price, volume, trade_id = frame.price, frame.volume, frame.trade_uuid
    require_amounts(
        price,
        volume,
        frame.remaining_volume,
        frame.executed_volume,
        frame.executed_funds,
        frame.prevented_volume,
        frame.locked,
        frame.paid_fee,
        frame.trade_fee,
    )
    report = _report_of(frame)
    if report.state is not OrderStateSeen.TRADE or not trade_id or price is None or volume is None:
        return OrderUpdated(report=report, received_ns=received_ns)
    return Fill(
        trade_id=trade_id,
        venue_id=report.venue_id,
        order_id=report.order_id,
        market=report.market,
        side=report.side,
        price=price,
        volume=volume,
        fee=frame.trade_fee,
        is_maker=frame.is_maker,
        trade_timestamp_ms=frame.trade_timestamp or 0,
        report=report,
        received_ns=received_ns,
    )


def _report_of(frame: MyOrder) -> OrderReport:
    state = state_of(frame.state)
    # In this one state, price and volume speak of the fill and not of the order (Upbit docs, websocket-myorder).
    is_of_fill = state is OrderStateSeen.TRADE
    return OrderReport(
        venue_id=VenueOrderId(frame.uuid),
        order_id=OrderId(frame.identifier) if frame.identifier else None,
        market=frame.code,
        side=side_of(frame.ask_bid),
        kind=kind_of(frame.order_type),
        state=state,
        price=None if is_of_fill else frame.price,
        volume=None if is_of_fill else frame.volume,
        remaining_volume=frame.remaining_volume,
        executed_volume=frame.executed_volume,
        executed_funds=frame.executed_funds,
        paid_fee=frame.paid_fee,
        locked=frame.locked,
        prevented_volume=frame.prevented_volume,
        tif=tif_of(frame.time_in_force),
        self_match=self_match_of(frame.smp_type),
        trades_count=frame.trades_count or 0,
        created_at_ms=frame.order_timestamp or 0,
    )


def _finish_my_asset(changed: Any, received_ns: int) -> BalanceChanged:  # noqa: ANN401 - laid out like one
    for balance in changed.balances:
        if not (ZERO <= balance.free < ABSURD and ZERO <= balance.locked < ABSURD):
            raise WireError(f"A balance of {balance.free:.20} and {balance.locked:.20} cannot be.")
        force_setattr(balance, "__class__", Balance)
    force_setattr(changed, "received_ns", received_ns)
    force_setattr(changed, "__class__", BalanceChanged)
    result: BalanceChanged = changed
    return result


_BY_TYPE: dict[str, Finisher] = {
    "trade": _finish_trade,
    "ticker": _finish_ticker,
    "orderbook": _finish_orderbook,
    "myOrder": _finish_my_order,
    "myAsset": _finish_my_asset,
    "announcement": _finish_announcement,
    **dict.fromkeys(CANDLE_UNITS_S, _finish_candle),
}

#: How to finish an object, by the class it was decoded into.
FINISHERS: dict[type, Finisher] = {
    shape: _BY_TYPE[str(shape.__struct_config__.tag)]
    for shape in LONG_SHAPES + SHORT_SHAPES + PATIENT_LONG_SHAPES + PATIENT_SHORT_SHAPES
}

"""What becomes of a decoded message: its amounts are looked at, and it turns into one of the model's events."""

from collections.abc import Callable, Iterator
from typing import Any

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
from hoga.upbit.sane import ABSURD, ms_of, require_amounts, require_finite
from hoga.upbit.shapes import (
    LONG_SHAPES,
    PATIENT_LONG_SHAPES,
    PATIENT_SHORT_SHAPES,
    SHORT_SHAPES,
    CandleFrame,
    MyAsset,
    MyOrder,
)
from hoga.upbit.stream_keys import CANDLE_UNITS_S
from hoga.upbit.words import kind_of, notice, self_match_of, side_of, state_of, tif_of

Finisher = Callable[[Any, int], Event]

_BRACKET = ord("[")
_UNKNOWN = AskBid.UNKNOWN
_MINUS_ABSURD = -ABSURD


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
    low, high, price = ticker.low_price, ticker.high_price, ticker.price
    # The usual ticker passes here, cheaply; for an odd one each amount is looked at by itself.
    if not (
        ticker.ask_bid is not _UNKNOWN
        and ZERO <= low <= price <= high < ABSURD
        and low <= ticker.opening_price <= high
        and ZERO <= ticker.prev_closing_price < ABSURD
        and ZERO <= ticker.volume < ABSURD
        and ZERO <= ticker.acc_trade_price_24h < ABSURD
        and ZERO <= ticker.acc_trade_volume_24h < ABSURD
        and _MINUS_ABSURD < ticker.signed_change_rate < ABSURD
    ):
        require_amounts(price, ticker.opening_price, high, low, ticker.prev_closing_price, ticker.volume)
        require_amounts(ticker.acc_trade_price_24h, ticker.acc_trade_volume_24h)
        require_finite(ticker.signed_change_rate)
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
    unread = book.unread
    if unread.__class__ is tuple:
        book.unread = tuple(_sane_units(unread))
    elif memoryview(unread)[0] != _BRACKET:
        raise WireError("A book without a list of depths cannot be read.")
    book.__class__ = Orderbook
    book.received_ns = received_ns
    result: Orderbook = book
    return result


def _sane_units(units: tuple[BookUnit, ...]) -> Iterator[BookUnit]:
    for unit in units:
        amounts = (unit.ask_price, unit.bid_price, unit.ask_size, unit.bid_size)
        require_amounts(*amounts)
        yield BookUnit(*amounts)


def _finish_candle(frame: CandleFrame, received_ns: int) -> Candle:
    prices = (frame.opening_price, frame.high_price, frame.low_price, frame.trade_price)
    require_amounts(*prices, frame.candle_acc_trade_volume, frame.candle_acc_trade_price)
    return Candle(
        market=frame.code,
        unit_s=CANDLE_UNITS_S[str(frame.__struct_config__.tag)],
        start_ms=ms_of(frame.candle_date_time_utc),
        opening_price=frame.opening_price,
        high_price=frame.high_price,
        low_price=frame.low_price,
        close=frame.trade_price,
        volume=frame.candle_acc_trade_volume,
        value=frame.candle_acc_trade_price,
        timestamp_ms=frame.timestamp,
        stream_type=frame.stream_type,
        received_ns=received_ns,
    )


def _finish_announcement(notice_: Any, received_ns: int) -> Announcement:  # noqa: ANN401 - laid out like one
    notice_.__class__ = Announcement
    notice_.received_ns = received_ns
    result: Announcement = notice_
    return result


def _finish_my_order(frame: MyOrder, received_ns: int) -> Fill | OrderUpdated:
    require_amounts(frame.price, frame.volume, frame.remaining_volume, frame.executed_volume, frame.executed_funds)
    require_amounts(frame.locked, frame.prevented_volume)
    require_finite(frame.paid_fee, frame.trade_fee)
    report = _report_of(frame)
    if report.state is not OrderStateSeen.TRADE or not frame.trade_uuid or frame.price is None or frame.volume is None:
        return OrderUpdated(report=report, received_ns=received_ns)
    return Fill(
        trade_id=frame.trade_uuid,
        venue_id=report.venue_id,
        order_id=report.order_id,
        market=report.market,
        side=report.side,
        price=frame.price,
        volume=frame.volume,
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


def _finish_my_asset(frame: MyAsset, received_ns: int) -> BalanceChanged:
    balances = []
    for asset in frame.assets:
        require_amounts(asset.balance, asset.locked)
        balances.append(Balance(currency=asset.currency, free=asset.balance, locked=asset.locked))
    return BalanceChanged(balances=tuple(balances), timestamp_ms=frame.asset_timestamp, received_ns=received_ns)


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

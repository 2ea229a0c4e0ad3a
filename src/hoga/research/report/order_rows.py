"""The orders of a result as rows for people; only so many, the newest."""

from decimal import Decimal

from msgspec import Struct

from hoga.model.commands import OrderKind, Side
from hoga.model.orders import Order, OrderState
from hoga.research.report.spelling import amount, moment, volume
from hoga.research.report.words import NOTHING, Words, same
from hoga.research.result import Result

#: Orders shown on a page; the rest is in `result.orders`.
MOST_ORDERS = 300

NS = 1_000_000

HEADINGS = (
    Words("시각 (KST)", "Time (KST)"),
    Words("마켓", "Market"),
    Words("구분", "Side"),
    Words("주문 가격", "Price"),
    Words("주문량", "Wished"),
    Words("체결량", "Filled"),
    Words("평균 체결가", "Average"),
    Words("수수료", "Fee"),
    Words("상태", "State"),
    Words("이유", "Reason"),
)

_SIDES = {Side.BUY: Words("매수", "buy"), Side.SELL: Words("매도", "sell")}
_STATES = {
    OrderState.INTENDED: Words("대기", "intended"),
    OrderState.SENDING: Words("전송 중", "sending"),
    OrderState.UNKNOWN: Words("확인 중", "unknown"),
    OrderState.WORKING: Words("미체결", "working"),
    OrderState.PARTIAL: Words("일부 체결", "partly filled"),
    OrderState.DONE: Words("체결", "done"),
    OrderState.CANCELLED: Words("취소", "cancelled"),
    OrderState.REJECTED: Words("거부", "rejected"),
    OrderState.ABANDONED: Words("없음 확인", "abandoned"),
}
_UNPRICED = {OrderKind.MARKET: Words("시장가", "market"), OrderKind.BEST: Words("최유리", "best")}


class OrderRow(Struct, frozen=True, kw_only=True):
    """One order, spelt."""

    at: str
    market: str
    side: Words
    sign: int
    price: str
    wished: str
    filled: str
    average: str
    fee: str
    state: Words
    reason: str


def order_rows(result: Result) -> list[OrderRow]:
    """The newest orders, the last one first."""
    return [_row(order, _quote(result, order)) for order in reversed(result.orders[-MOST_ORDERS:])]


def shown(result: Result) -> Words:
    """How many of the orders a table shows."""
    count, most = len(result.orders), min(len(result.orders), MOST_ORDERS)
    if count == most:
        return Words(f"주문 {count:,}건", f"{count:,} orders")
    return Words(f"주문 {count:,}건 중 최근 {most:,}건", f"the newest {most:,} of {count:,} orders")


def _quote(result: Result, order: Order) -> str:
    return result.markets[order.market].quote if order.market in result.markets else result.quote


def _row(order: Order, quote: str) -> OrderRow:
    wished = order.intent
    return OrderRow(
        at=moment(order.created_ns // NS, "%Y-%m-%d %H:%M:%S"),
        market=order.market,
        side=_SIDES[order.side],
        sign=1 if order.side is Side.BUY else -1,
        price=NOTHING.en if wished.price is None else volume(wished.price),
        wished=amount(wished.spend, quote) if wished.volume is None else volume(wished.volume),
        filled=volume(order.filled_volume) if order.fills else NOTHING.en,
        average=_average(order),
        fee=amount(order.paid_fee, quote) if order.fills else NOTHING.en,
        state=_STATES.get(order.state, same(order.state)),
        reason=wished.reason,
    )


def _average(order: Order) -> str:
    """What a coin cost on average, with as many digits as the fills' own prices have."""
    if not order.filled_volume:
        return NOTHING.en
    mean = order.filled_funds / order.filled_volume
    digits = max(-int(fill.price.normalize().as_tuple().exponent) for fill in order.fills.values())
    return volume(mean.quantize(Decimal(1).scaleb(-max(digits, 0))))

"""From the brain's words to Upbit's and back: every decision about what an answer means lives here.

The rule behind all of it: a placement is refused only where Upbit's own published word proves it, and done only where
the answer shows our own id. Everything in between is `OrderLost`, and the brain asks. A cancel and a question may be
repeated at will, so theirs are milder: `CancelFailed` and `QueryFailed` say what went wrong and whether it is known.
"""

from collections.abc import Sequence

from hoga.model.commands import (
    CancelOrder,
    CancelOrders,
    Command,
    OrderId,
    PlaceOrder,
    QueryAccounts,
    QueryClosedOrders,
    QueryMarket,
    QueryOpenOrders,
    QueryOrder,
    Stop,
    VenueOrderId,
)
from hoga.model.errors import WireError
from hoga.model.events import (
    AccountEvent,
    CancelFailed,
    OrderLost,
    OrderRejected,
    RejectReason,
)
from hoga.upbit.answers import to_orders as answered_orders, to_questions as answered_questions
from hoga.upbit.answers.account import Answer, read_orders
from hoga.upbit.answers.closed_pages import walk
from hoga.upbit.answers.to_questions import NS_PER_MS, Question
from hoga.upbit.rest import orders as rest_orders, quotation as rest_quotation, wallet as rest_wallet
from hoga.upbit.rest.request import Request

#: 10,000 open orders. A longer list is not believed to be complete, so it proves nothing.
MAX_PAGES = 100

Events = tuple[AccountEvent, ...]


def requests_for(command: Command) -> list[Request]:
    """The calls a command needs, in the order to send them; none for `Stop`.

    `HogaError` where the command cannot be spelled (an amount that is none, an id too long): it was never sent.
    """
    match command:
        case PlaceOrder():
            return [rest_orders.place_order(command)]
        case CancelOrder(order_id=order_id, venue_id=venue_id):
            return [rest_orders.cancel_order(venue_id=venue_id, order_id=order_id)]
        case CancelOrders():
            return [rest_orders.cancel_orders_by_ids(venue_ids=chunk) for chunk in answered_orders.chunks_of(command)]
        case QueryOrder(order_id=order_id, venue_id=venue_id):
            return [rest_orders.get_order(venue_id=venue_id, order_id=order_id)]
        case QueryOpenOrders() | QueryAccounts():
            is_list = isinstance(command, QueryOpenOrders)
            return [rest_orders.open_orders() if is_list else rest_orders.accounts()]
        case QueryClosedOrders(market=market, since_ms=since_ms):
            return [_closed_since(market, since_ms)]
        case QueryMarket(market=market):
            return [
                rest_orders.order_chance(market),
                rest_quotation.orderbook_instruments([market]),
                rest_quotation.markets(),
                rest_wallet.wallet_status(),  # the last, for its answer may be missing
            ]
        case Stop():
            return []


def more_pages(command: Command, answers: Sequence[Answer], asked_ns: int) -> Request | None:
    """The next page to ask for, or None where the list is whole or will prove nothing anyhow.

    `asked_ns` is when the first request left: a list of ended orders has to reach up to then.
    """
    if not answers or len(answers) >= MAX_PAGES or not answers[-1].is_success:
        return None
    try:
        match command:
            case QueryOpenOrders():
                is_full = answered_questions.is_full(read_orders(answers[-1].body))
                return rest_orders.open_orders(page=len(answers) + 1) if is_full else None
            case QueryClosedOrders(market=market, since_ms=since_ms):
                next_ms = walk(since_ms, answers, asked_ns // NS_PER_MS).next_ms
                return None if next_ms is None else _closed_since(market, next_ms)
    except WireError:
        pass  # what the answers mean is told by `event_for`
    return None


def _closed_since(market: str, since_ms: int) -> Request:
    return rest_orders.closed_orders(market=market, start_ms=since_ms, order_by="asc")


def event_for(command: Command, answers: Sequence[Answer], asked_ns: int, now_ns: int) -> Events:
    """What the answers to the calls of one command mean, taken together.

    `answers` stand in the order of the requests; calls that were not sent or got no answer are missing at the end.
    `asked_ns` is when the first request left, `now_ns` becomes `received_ns`.
    """
    match command:
        case Stop():
            return ()
        case CancelOrders():
            return answered_orders.cancelled_many(command, answers, now_ns)
        case _ if not answers:
            return lost(command, "no answer", now_ns)
        case PlaceOrder():
            return (answered_orders.placed(command, answers[0], now_ns),)
        case CancelOrder():
            return (answered_orders.cancelled(command, answers[0], now_ns),)
        case _:
            return (_told(command, answers, asked_ns, now_ns),)


def _told(command: Question, answers: Sequence[Answer], asked_ns: int, now_ns: int) -> AccountEvent:
    match command:
        case QueryOrder():
            return answered_questions.found(command, answers[0], asked_ns, now_ns)
        case QueryOpenOrders():
            return answered_questions.listed(command, answers, asked_ns, now_ns)
        case QueryClosedOrders():
            return answered_questions.listed_closed(command, answers, asked_ns, now_ns)
        case QueryAccounts():
            return answered_questions.accounts(command, answers[0], asked_ns, now_ns)
        case QueryMarket():
            return answered_questions.market(command, answers, now_ns)


def lost(command: Command, detail: str, now_ns: int) -> Events:
    """What it means that no answer came although something may have been sent: the order may exist."""
    if isinstance(command, PlaceOrder):
        return (OrderLost(order_id=command.order_id, detail=detail, received_ns=now_ns),)
    return _failed(command, RejectReason.UNKNOWN, detail, now_ns, is_lost=True)


def not_sent(command: Command, detail: str, now_ns: int) -> Events:
    """What it means that nothing was sent: proven, so an order does not exist."""
    if isinstance(command, PlaceOrder):
        return (
            OrderRejected(
                order_id=command.order_id,
                reason=RejectReason.NOT_SENT,
                detail=detail,
                by_venue=False,
                received_ns=now_ns,
            ),
        )
    return _failed(command, RejectReason.NOT_SENT, detail, now_ns)


def _failed(command: Command, reason: RejectReason, detail: str, now_ns: int, *, is_lost: bool = False) -> Events:
    """A cancel or a question that came to nothing: one event, for a cancel of many one for each order."""
    match command:
        case CancelOrder(order_id=order_id, venue_id=venue_id):
            ids: list[tuple[OrderId | None, VenueOrderId | None]] = [(order_id, venue_id)]
        case CancelOrders(venue_ids=venue_ids):
            ids = [(None, venue_id) for venue_id in dict.fromkeys(venue_ids)]
        case Stop() | PlaceOrder():
            return ()
        case _:
            return (answered_questions.failed(command, reason, detail, now_ns),)
    return tuple(
        CancelFailed(
            order_id=order_id,
            venue_id=venue_id,
            reason=reason,
            detail=detail,
            lost=is_lost,
            received_ns=now_ns,
        )
        for order_id, venue_id in ids
    )

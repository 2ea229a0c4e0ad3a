"""What the answers to our questions mean. An answer that cannot be read is not a 'no'."""

from collections.abc import Sequence

from hoga.model.commands import OrderId, QueryAccounts, QueryClosedOrders, QueryMarket, QueryOpenOrders, QueryOrder
from hoga.model.errors import WireError
from hoga.model.events import (
    AccountsReported,
    ClosedOrdersReported,
    MarketReported,
    OpenOrdersReported,
    OrderReport,
    OrderReported,
    QueryFailed,
    RejectReason,
)
from hoga.upbit.answers.account import Answer, read_accounts, read_order, read_orders
from hoga.upbit.answers.closed_pages import walk
from hoga.upbit.answers.errors import read_refusal
from hoga.upbit.answers.market_rules import read_market
from hoga.upbit.answers.to_orders import speaks_of
from hoga.upbit.rest.orders import MAX_OPEN_ORDERS

Question = QueryOrder | QueryOpenOrders | QueryClosedOrders | QueryAccounts | QueryMarket

#: The name by which Upbit says that an order does not exist (Upbit docs, get-order). A 404 without it is no such word.
NO_SUCH_ORDER = "order_not_found"

NS_PER_MS = 1_000_000
#: So many answers hold the rules of a market.
RULES_IN = 3

_NAMES: dict[type[Question], str] = {
    QueryOrder: "order",
    QueryOpenOrders: "open_orders",
    QueryClosedOrders: "closed_orders",
    QueryAccounts: "accounts",
    QueryMarket: "market",
}


def found(command: QueryOrder, answer: Answer, asked_ns: int, now_ns: int) -> OrderReported | QueryFailed:
    """What became of one order. A single 'no such order' proves little: the venue's replicas may lag."""
    if not answer.is_success:
        refusal = read_refusal(answer.status, answer.body)
        if refusal.name == NO_SUCH_ORDER and refusal.reason is RejectReason.NOT_FOUND:
            return OrderReported(order_id=command.order_id, report=None, asked_ns=asked_ns, received_ns=now_ns)
        return refused(command, answer, now_ns)
    try:
        report = read_order(answer.body)
    except WireError as fault:
        return failed(command, RejectReason.UNKNOWN, str(fault), now_ns)
    if not speaks_of(report, command.order_id, command.venue_id):
        detail = f"the answer speaks of another order, {report.venue_id}"
        return failed(command, RejectReason.UNKNOWN, detail, now_ns)
    return OrderReported(order_id=command.order_id, report=report, asked_ns=asked_ns, received_ns=now_ns)


def listed(
    command: QueryOpenOrders, answers: Sequence[Answer], asked_ns: int, now_ns: int
) -> OpenOrdersReported | QueryFailed:
    """Every open order, from all pages; an order that slipped from one page to the next counts once, as last told."""
    reports: dict[str, OrderReport] = {}
    page: tuple[OrderReport, ...] = ()
    for answer in answers:
        if not answer.is_success:
            return refused(command, answer, now_ns)
        try:
            page = read_orders(answer.body)
        except WireError as fault:
            return failed(command, RejectReason.UNKNOWN, str(fault), now_ns)
        reports.update((report.venue_id, report) for report in page)
    if is_full(page):
        return failed(command, RejectReason.UNKNOWN, f"the list goes on after {len(reports)} orders", now_ns)
    return OpenOrdersReported(reports=tuple(reports.values()), asked_ns=asked_ns, received_ns=now_ns)


def is_full(page: Sequence[OrderReport]) -> bool:
    """Tell whether another page may follow; a full page alone proves nothing about what is not on it."""
    return len(page) >= MAX_OPEN_ORDERS


def listed_closed(
    command: QueryClosedOrders, answers: Sequence[Answer], asked_ns: int, now_ns: int
) -> ClosedOrdersReported | QueryFailed:
    """Every ended order of a market since a moment, from all windows and pages; a list that goes on is none."""
    for answer in answers:
        if not answer.is_success:
            return refused(command, answer, now_ns)
    try:
        pages = walk(command.since_ms, answers, asked_ns // NS_PER_MS)
    except WireError as fault:
        return failed(command, RejectReason.UNKNOWN, str(fault), now_ns)
    if pages.next_ms is not None:
        return failed(command, RejectReason.UNKNOWN, f"the list goes on after {len(pages.reports)} orders", now_ns)
    return ClosedOrdersReported(
        market=command.market, reports=pages.reports, since_ms=command.since_ms, asked_ns=asked_ns, received_ns=now_ns
    )


def accounts(command: QueryAccounts, answer: Answer, asked_ns: int, now_ns: int) -> AccountsReported | QueryFailed:
    """Every balance of the account."""
    if not answer.is_success:
        return refused(command, answer, now_ns)
    try:
        balances = read_accounts(answer.body)
    except WireError as fault:
        return failed(command, RejectReason.UNKNOWN, str(fault), now_ns)
    return AccountsReported(balances=balances, asked_ns=asked_ns, received_ns=now_ns)


def market(command: QueryMarket, answers: Sequence[Answer], now_ns: int) -> MarketReported | QueryFailed:
    """The rules of one market, from what may be ordered, the price step and the list of markets.

    A fourth answer, on wallets, is good to have: trading goes on without it.
    """
    needed, extra = answers[:RULES_IN], answers[RULES_IN:]
    for answer in needed:
        if not answer.is_success:
            return refused(command, answer, now_ns)
    try:
        wallets = extra[0].body if extra and extra[0].is_success else b""
        rules = read_market(command.market, [answer.body for answer in needed], wallets)
    except WireError as fault:
        return failed(command, RejectReason.UNKNOWN, str(fault), now_ns)
    return MarketReported(market=rules, received_ns=now_ns)


def refused(command: Question, answer: Answer, now_ns: int) -> QueryFailed:
    """A question the venue did not answer, with its reason."""
    refusal = read_refusal(answer.status, answer.body)
    return failed(command, refusal.reason, refusal.detail, now_ns)


def failed(command: Question, reason: RejectReason, detail: str, now_ns: int) -> QueryFailed:
    """A question without a usable answer."""
    order_id: OrderId | None = command.order_id if isinstance(command, QueryOrder) else None
    where = f"{command.market}: " if isinstance(command, QueryMarket | QueryClosedOrders) else ""
    return QueryFailed(
        query=_NAMES[type(command)],
        reason=reason,
        detail=where + detail,
        order_id=order_id,
        received_ns=now_ns,
    )

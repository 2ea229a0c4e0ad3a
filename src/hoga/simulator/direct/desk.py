"""What each command does at the exchange, and its answer: the venue's REST side in the brain's words."""

from collections.abc import Sequence

from hoga.model.commands import (
    CancelOrder,
    CancelOrders,
    Command,
    PlaceOrder,
    QueryAccounts,
    QueryClosedOrders,
    QueryMarket,
    QueryOpenOrders,
    QueryOrder,
    Stop,
    VenueOrderId,
)
from hoga.model.events import (
    AccountEvent,
    AccountsReported,
    ActuatorStopped,
    CancelAccepted,
    CancelFailed,
    ClosedOrdersReported,
    MarketReported,
    OpenOrdersReported,
    OrderAccepted,
    OrderRejected,
    OrderReported,
    QueryFailed,
    RejectReason,
)
from hoga.simulator.core.exchange import SimulatedExchange
from hoga.simulator.core.orders import VenueOrder
from hoga.simulator.core.refusals import Refused
from hoga.simulator.direct import words

#: Closed orders told in one answer (Upbit docs, list-closed-orders, 2026); a full answer is taken as incomplete.
MAX_CLOSED = 1_000
MAX_OPEN_PAGE = 100


Question = QueryOrder | QueryOpenOrders | QueryClosedOrders | QueryAccounts | QueryMarket


class Desk:
    """Where one account's requests are answered; each answer bears no time of arrival yet."""

    def __init__(self, core: SimulatedExchange, account: str) -> None:
        self._core = core
        self._account = account

    def act(self, command: Command, asked_ns: int, now_ms: int) -> Sequence[AccountEvent]:
        """Do what a command asks at `now_ms`; it left at `asked_ns`."""
        match command:
            case PlaceOrder():
                return (self._place(command, now_ms),)
            case CancelOrder():
                return (self._cancel(command, now_ms),)
            case CancelOrders():
                return [self._cancel_one(venue_id, now_ms) for venue_id in dict.fromkeys(command.venue_ids)]
            case Stop():
                return (ActuatorStopped(),)
            case _:
                return (self._tell(command, asked_ns, now_ms),)

    def _tell(self, question: Question, asked_ns: int, now_ms: int) -> AccountEvent:
        match question:
            case QueryOrder():
                return self._order(question, asked_ns)
            case QueryOpenOrders():
                return self._open_orders(asked_ns)
            case QueryClosedOrders():
                return self._closed_orders(question, asked_ns, now_ms)
            case QueryAccounts():
                return AccountsReported(balances=self._core.balances(self._account), asked_ns=asked_ns)
            case QueryMarket():
                return self._market(question)

    def _place(self, command: PlaceOrder, now_ms: int) -> AccountEvent:
        try:
            order = self._core.place(self._account, words.wish_of(command), now_ms)
        except Refused as no:
            return OrderRejected(order_id=command.order_id, reason=words.reason_of(no), detail=str(no))
        return OrderAccepted(order_id=command.order_id, report=words.report_of(order))

    def _cancel(self, command: CancelOrder, now_ms: int) -> AccountEvent:
        order_id, venue_id = command.order_id, command.venue_id
        identifier = None if venue_id else order_id
        try:
            order = self._core.cancel(self._account, uuid=venue_id, identifier=identifier, now_ms=now_ms)
        except Refused as no:
            return CancelFailed(order_id=order_id, venue_id=venue_id, reason=words.reason_of(no), detail=str(no))
        return CancelAccepted(order_id=order_id, venue_id=VenueOrderId(order.uuid))

    def _cancel_one(self, venue_id: VenueOrderId, now_ms: int) -> AccountEvent:
        try:
            order = self._core.cancel(self._account, uuid=venue_id, now_ms=now_ms)
        except Refused as no:
            return CancelFailed(order_id=None, venue_id=venue_id, reason=words.reason_of(no), detail=str(no))
        return CancelAccepted(order_id=words.report_of(order).order_id, venue_id=venue_id)

    def _order(self, command: QueryOrder, asked_ns: int) -> AccountEvent:
        order_id, venue_id = command.order_id, command.venue_id
        try:
            order = self._core.order(self._account, uuid=venue_id, identifier=None if venue_id else order_id)
        except Refused:
            return OrderReported(order_id=order_id, report=None, asked_ns=asked_ns)
        return OrderReported(order_id=order_id, report=words.report_of(order, with_trades=True), asked_ns=asked_ns)

    def _open_orders(self, asked_ns: int) -> AccountEvent:
        orders: list[VenueOrder] = []
        page: tuple[VenueOrder, ...] | None = None
        while page is None or len(page) == MAX_OPEN_PAGE:
            page = self._core.open_orders(self._account, page=len(orders) // MAX_OPEN_PAGE + 1, limit=MAX_OPEN_PAGE)
            orders += page
        return OpenOrdersReported(reports=tuple(map(words.report_of, orders)), asked_ns=asked_ns)

    def _closed_orders(self, command: QueryClosedOrders, asked_ns: int, now_ms: int) -> AccountEvent:
        market, since_ms = command.market, command.since_ms
        orders = self._core.closed_orders(
            self._account, market=market, start_ms=since_ms, limit=MAX_CLOSED, order_by="asc", now_ms=now_ms
        )
        if len(orders) >= MAX_CLOSED:
            detail = f"the list may go on after {len(orders)} orders"
            return QueryFailed(query="closed_orders", reason=RejectReason.UNKNOWN, detail=detail)
        reports = tuple(map(words.report_of, orders))
        return ClosedOrdersReported(market=market, reports=reports, since_ms=since_ms, asked_ns=asked_ns)

    def _market(self, command: QueryMarket) -> AccountEvent:
        market = self._core.markets.get(command.market)
        if market is None:
            detail = f"{command.market} is not traded here"
            return QueryFailed(query="market", reason=RejectReason.UNKNOWN_MARKET, detail=detail)
        return MarketReported(market=market)

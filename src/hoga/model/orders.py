"""One of our orders: what was wished, what is known of it, and how evidence is joined to it.

What evidence means for the state stands in `model/order_life.py`, the only table of it.
"""

from decimal import Decimal

import msgspec
from msgspec import Struct

from hoga.model.commands import OrderId, OrderKind, PlaceOrder, Side, VenueOrderId
from hoga.model.events import Fill, LostCause, OrderReport, OrderStateSeen, RejectReason
from hoga.model.money import ZERO
from hoga.model.order_life import AGAIN, NEXT, TERMINAL, Evidence, OrderState, Step

__all__ = [
    "NEXT",
    "TERMINAL",
    "Evidence",
    "Order",
    "OrderState",
    "Step",
    "evidence_of",
    "evidence_of_loss",
    "evidence_of_refusal",
    "is_buy_in_money",
]

_FROM_STREAM = {
    OrderStateSeen.WAIT: Evidence.WAIT,
    OrderStateSeen.WATCH: Evidence.WAIT,
    OrderStateSeen.TRADE: Evidence.TRADE,
    OrderStateSeen.DONE: Evidence.FILLED,
    OrderStateSeen.CANCEL: Evidence.CANCELLED,
    OrderStateSeen.PREVENTED: Evidence.PREVENTED,
}
_FROM_ANSWER = {
    OrderStateSeen.WAIT: Evidence.FOUND_OPEN,
    OrderStateSeen.WATCH: Evidence.FOUND_OPEN,
    OrderStateSeen.DONE: Evidence.FOUND_DONE,
    OrderStateSeen.CANCEL: Evidence.FOUND_CANCELLED,
}

_FROM_CAUSE = {
    LostCause.NO_ANSWER: Evidence.LOST,
    LostCause.SERVER: Evidence.LOST,
    LostCause.UNREADABLE: Evidence.UNREADABLE,
    LostCause.UNCLEAR: Evidence.REFUSED_UNCLEAR,
    LostCause.UNPUBLISHED: Evidence.REFUSED_UNCLEAR,
    LostCause.RESTRICTED: Evidence.REFUSED_UNCLEAR,
    LostCause.LIMITED: Evidence.LIMITED,
    LostCause.BLOCKED: Evidence.BLOCKED,
}
_BARRED = {RejectReason.AUTH, RejectReason.PERMISSION}


def evidence_of(report: OrderReport, *, from_stream: bool, listed: bool = False) -> Evidence | None:
    """Name what a report proves; None for a state word we do not know, which proves only that we must ask."""
    evidence = (_FROM_STREAM if from_stream else _FROM_ANSWER).get(report.state)
    return Evidence.LISTED if listed and evidence is Evidence.FOUND_OPEN else evidence


def evidence_of_loss(cause: LostCause) -> Evidence:
    """Name what an answer proves that leaves the fate open."""
    return _FROM_CAUSE[cause]


def evidence_of_refusal(reason: RejectReason, *, by_venue: bool) -> Evidence:
    """Name what a 'no' proves: the venue's own, or ours before anything left."""
    if not by_venue:
        return Evidence.NOT_SENT
    return Evidence.BARRED if reason in _BARRED else Evidence.REFUSED


class Order(Struct, kw_only=True):
    """One of our orders, from the wish to its end. Changed only by the methods below."""

    intent: PlaceOrder
    created_ns: int
    state: OrderState = OrderState.INTENDED
    attempts: int = 0
    venue_id: VenueOrderId | None = None
    executed_volume: Decimal = ZERO
    executed_funds: Decimal = ZERO
    paid_fee: Decimal = ZERO
    fills: dict[str, Fill] = {}
    cancel_asked: bool = False
    not_found: int = 0
    changed_ns: int = 0
    last_report: OrderReport | None = None

    @property
    def order_id(self) -> OrderId:
        """Our own id, sent as `identifier`."""
        return self.intent.order_id

    @property
    def market(self) -> str:
        """The market code, e.g. `KRW-BTC`."""
        return self.intent.market

    @property
    def side(self) -> Side:
        """BUY or SELL."""
        return self.intent.side

    @property
    def price(self) -> Decimal | None:
        """The limit price, None for orders without one."""
        return self.intent.price

    @property
    def is_open(self) -> bool:
        """Tell whether the order may still trade (or may exist at all)."""
        return self.state not in TERMINAL

    @property
    def filled_volume(self) -> Decimal:
        """The volume of the fills we hold."""
        if not self.fills:
            return ZERO
        return sum((fill.volume for fill in self.fills.values()), ZERO)

    @property
    def filled_funds(self) -> Decimal:
        """Price times volume over the fills we hold, in the quote currency."""
        return sum((fill.price * fill.volume for fill in self.fills.values()), ZERO)

    @property
    def has_fill_gap(self) -> bool:
        """Tell whether the venue says more was executed than the fills we hold; the missing ones must be asked for."""
        return self.executed_volume > self.filled_volume

    @property
    def remaining_volume(self) -> Decimal | None:
        """What is left to trade, in coin; None for a buy asked in money."""
        return None if self.intent.volume is None else self.intent.volume - self.executed_volume

    @property
    def remaining_spend(self) -> Decimal | None:
        """What is left to spend, in the quote currency; None for an order asked in coin."""
        return None if self.intent.spend is None else max(self.intent.spend - self.filled_funds, ZERO)

    def learn(self, evidence: Evidence, now_ns: int) -> Step:
        """Take one piece of evidence, move if the table says so, and tell what follows."""
        if self.attempts > 1:
            evidence = AGAIN.get(evidence, evidence)
        step = NEXT[evidence, self.state]
        if evidence is Evidence.SENT:
            self.attempts += 1
        if step.state is not self.state:
            self.state, self.changed_ns = step.state, now_ns
        if evidence is Evidence.NOT_FOUND:
            self.not_found += 1
        elif evidence is not Evidence.UNLISTED:  # a list that lacks it takes nothing back
            self.not_found = 0
        return step

    def merge(self, report: OrderReport, *, from_stream: bool, now_ns: int, listed: bool = False) -> Step:
        """Join a report of the venue, from the stream or an answer: amounts by maximum, state by the table."""
        self.venue_id = report.venue_id
        self.last_report = report
        self.executed_volume = max(self.executed_volume, report.executed_volume or ZERO)
        self.executed_funds = max(self.executed_funds, report.executed_funds or ZERO)
        self.paid_fee = max(self.paid_fee, report.paid_fee or ZERO)
        evidence = evidence_of(report, from_stream=from_stream, listed=listed)
        if evidence is None:
            return Step(self.state, ask=True, alert=True)
        step = self.learn(evidence, now_ns)
        if self.state is OrderState.WORKING and self.executed_volume:
            self.state = OrderState.PARTIAL
        return step

    def add_fill(self, fill: Fill, now_ns: int) -> bool:
        """Count a fill once, by its trade id; tell whether it was new."""
        if fill.trade_id in self.fills:
            return False
        self.fills[fill.trade_id] = fill
        self.venue_id = self.venue_id or fill.venue_id
        self.executed_volume = max(self.executed_volume, self.filled_volume)
        self.learn(Evidence.TRADE, now_ns)
        return True

    def missing_fills(self, report: OrderReport) -> list[Fill]:
        """The trades of a queried order that we have not counted, each with its share of the fee the venue charged.

        REST trade lists carry no fee, the order's `paid_fee` does; what no counted fill explains is split by funds, the
        last one taking what a division leaves, so that the sum is the venue's figure to the last digit.
        """
        missing = [fill for fill in report.trades or () if fill.trade_id not in self.fills]
        known = sum((fill.fee or ZERO for fill in self.fills.values()), ZERO)
        left = max((report.paid_fee or ZERO) - known, ZERO)
        funds = sum((fill.price * fill.volume for fill in missing), ZERO)
        priced = []
        for fill in missing:
            share = left if fill is missing[-1] else left * (fill.price * fill.volume) / funds
            priced.append(msgspec.structs.replace(fill, fee=share, order_id=self.order_id))
            funds -= fill.price * fill.volume
            left -= share
        return priced


def is_buy_in_money(intent: PlaceOrder) -> bool:
    """Tell whether an order is asked in money instead of coin (a MARKET or BEST buy)."""
    return intent.side is Side.BUY and intent.kind is not OrderKind.LIMIT

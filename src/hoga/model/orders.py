"""The life of one order, and the only place where an order changes state.

Theory. Evidence about an order reaches us by three roads (the answer to our POST, the private stream, questions we
ask) and may come late, twice or out of order. So evidence is *joined*, never believed by turn: executed volume is the
maximum seen, fills are a set by trade id, and a state only moves to a higher rank,

    INTENDED 0 < SENDING 1 < UNKNOWN 2 < WORKING 3 < PARTIAL 4 < DONE, CANCELLED, REJECTED, ABANDONED 5

which makes the join independent of order and repetition. A cell that contradicts the venue's own rules is never
decided here: it asks (`?`), and the answer to a question by id is believed. `REJECTED` and `ABANDONED` mean that the
venue has no such order; proof of existence overrides both and is an alarm (`+`).
"""

from decimal import Decimal
from enum import StrEnum

import msgspec
from msgspec import Struct

from hoga.model.commands import OrderId, OrderKind, PlaceOrder, Side, VenueOrderId
from hoga.model.events import Fill, OrderReport, OrderStateSeen
from hoga.model.money import ZERO


class OrderState(StrEnum):
    """Where an order is in its life."""

    INTENDED = "intended"
    SENDING = "sending"
    UNKNOWN = "unknown"
    WORKING = "working"
    PARTIAL = "partial"
    DONE = "done"
    CANCELLED = "cancelled"
    REJECTED = "rejected"
    ABANDONED = "abandoned"


TERMINAL = frozenset({OrderState.DONE, OrderState.CANCELLED, OrderState.REJECTED, OrderState.ABANDONED})


class Evidence(StrEnum):
    """What we may learn about an order."""

    SENT = "sent"
    NOT_SENT = "proven not sent"
    ACCEPTED = "accepted by the venue"
    REFUSED = "refused by the venue"
    LOST = "answer lost or unreadable"
    WAIT = "stream: waits"
    TRADE = "stream: traded in part"
    FILLED = "stream: done"
    CANCELLED = "stream: cancelled"
    PREVENTED = "stream: self-match prevented"
    FOUND_OPEN = "question: open"
    FOUND_DONE = "question: done"
    FOUND_CANCELLED = "question: cancelled"
    NOT_FOUND = "question: no such order"
    UNLISTED = "open orders lack it"
    ABSENT = "absence proven"


# A cell: the letter of the next state or `=` (stay), then `?` (ask the venue by id), `!` (tell a person),
# `+` (it exists although we thought it did not: adopt it and tell a person), or `x` (impossible: our own bug).
#
#                               I    S    U    W    P    D    C    R    A
_TABLE: dict[Evidence, str] = {
    Evidence.SENT:            " S    x    S    x    x    x    x    x    x ",
    Evidence.NOT_SENT:        " x    R    =?   =    =    =    =    =    = ",
    Evidence.ACCEPTED:        " x    W    W    =    =    =    =    W+   W+ ",
    Evidence.REFUSED:         " R    R    =?   =?!  =?!  =    =    =    = ",
    Evidence.LOST:            " x    U?   =?   =    =    =    =    =    = ",
    Evidence.WAIT:            " x    W    W    =    =    =    =    W+   W+ ",
    Evidence.TRADE:           " x    P    P    P    =    =    =    P+   P+ ",
    Evidence.FILLED:          " x    D    D    D    D    =    =?   D+   D+ ",
    Evidence.CANCELLED:       " x    C    C    C    C    =?   =    C+   C+ ",
    Evidence.PREVENTED:       " x    W    W    =    =    =    =    W+   W+ ",
    Evidence.FOUND_OPEN:      " x    W    W    =    =    =    =    W+   W+ ",
    Evidence.FOUND_DONE:      " x    D    D    D    D    =    D!   D+   D+ ",
    Evidence.FOUND_CANCELLED: " x    C    C    C    C    C!   =    C+   C+ ",
    Evidence.NOT_FOUND:       " =    =    =    =!   =!   =    =    =    = ",
    Evidence.UNLISTED:        " =    =    =?   =?   =?   =    =    =    = ",
    Evidence.ABSENT:          " x    A    A    x    x    x    x    x    = ",
}  # fmt: skip

_LETTER = dict(zip("ISUWPDCRA", OrderState, strict=True))


class Step(Struct, frozen=True):
    """What one piece of evidence means: the next state, and whether to ask the venue or tell a person."""

    state: OrderState
    ask: bool = False
    alert: bool = False
    adopted: bool = False
    impossible: bool = False


def _read_cell(here: OrderState, cell: str) -> Step:
    if cell == "x":
        return Step(here, alert=True, impossible=True)
    state = here if cell[0] == "=" else _LETTER[cell[0]]
    return Step(state, ask="?" in cell, alert="!" in cell or "+" in cell, adopted="+" in cell)


#: The table, read: `NEXT[evidence, state]` says what follows.
NEXT: dict[tuple[Evidence, OrderState], Step] = {
    (evidence, state): _read_cell(state, cell)
    for evidence, row in _TABLE.items()
    for state, cell in zip(OrderState, row.split(), strict=True)
}

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


def evidence_of(report: OrderReport, *, from_stream: bool) -> Evidence | None:
    """Name what a report proves; None for a state word we do not know, which proves only that we must ask."""
    return (_FROM_STREAM if from_stream else _FROM_ANSWER).get(report.state)


class Order(Struct, kw_only=True):
    """One of our orders, from the wish to its end. Changed only by the methods below."""

    intent: PlaceOrder
    created_ns: int
    state: OrderState = OrderState.INTENDED
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
        step = NEXT[evidence, self.state]
        if step.state is not self.state:
            self.state, self.changed_ns = step.state, now_ns
        self.not_found = self.not_found + 1 if evidence is Evidence.NOT_FOUND else 0
        return step

    def merge(self, report: OrderReport, *, from_stream: bool, now_ns: int) -> Step:
        """Join a report of the venue: amounts by maximum, state by the table."""
        self.venue_id = report.venue_id
        self.last_report = report
        self.executed_volume = max(self.executed_volume, report.executed_volume or ZERO)
        self.executed_funds = max(self.executed_funds, report.executed_funds or ZERO)
        self.paid_fee = max(self.paid_fee, report.paid_fee or ZERO)
        evidence = evidence_of(report, from_stream=from_stream)
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
        self.venue_id = fill.venue_id
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

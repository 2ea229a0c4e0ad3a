"""Questions that are out, so that in a jam none is asked a second time before it was answered.

Where the venue lets us ask little (a lowered limit, a slow line) questions queue up, and each that waits too long is
given up. Asking again meanwhile would only lengthen the queue, until nothing gets through in time any more.
"""

from collections.abc import Mapping

from hoga.model.commands import QueryAccounts, QueryClosedOrders, QueryMarket, QueryOpenOrders, QueryOrder
from hoga.model.events import (
    AccountsReported,
    ClosedOrdersReported,
    OpenOrdersReported,
    OrderReported,
    QueryFailed,
    RejectReason as Why,
)

Question = QueryOrder | QueryOpenOrders | QueryClosedOrders | QueryAccounts | QueryMarket

#: A question that was given up without a slot, or refused over haste, says that there is a jam, for so long.
JAM_NS = 60_000_000_000
_JAMMED = frozenset({Why.NOT_SENT, Why.RATE_LIMIT, Why.BLOCKED})
#: Every question is answered or given up by then: a wait for its slot, three tries, and the pauses between.
OUT_AT_MOST_NS = 30_000_000_000

_NAMES: Mapping[type, str] = {
    QueryOrder: "order",
    QueryOpenOrders: "open_orders",
    QueryClosedOrders: "closed_orders",
    QueryAccounts: "accounts",
    QueryMarket: "market",
    OrderReported: "order",
    OpenOrdersReported: "open_orders",
    ClosedOrdersReported: "closed_orders",
    AccountsReported: "accounts",
}
Answer = OrderReported | OpenOrdersReported | ClosedOrdersReported | AccountsReported | QueryFailed


class Questions:
    """When each question that is out was asked, and until when there is a jam."""

    __slots__ = ("_asked_ns", "_jam_until_ns")

    def __init__(self) -> None:
        self._asked_ns: dict[tuple[str, str], int] = {}
        self._jam_until_ns = 0

    def may_ask(self, question: Question, now_ns: int) -> bool:
        """Tell whether to ask this now, and take it as asked if so."""
        key = _NAMES[type(question)], _subject(question)
        if now_ns < self._jam_until_ns and now_ns < self._asked_ns.get(key, -OUT_AT_MOST_NS) + OUT_AT_MOST_NS:
            return False
        self._asked_ns[key] = now_ns
        return True

    def hear(self, answer: Answer) -> None:
        """A question was answered or given up; one that does not say about what speaks of all of its kind."""
        if isinstance(answer, QueryFailed):
            name, subject = answer.query, answer.order_id or ""
            if answer.reason in _JAMMED:
                self._jam_until_ns = answer.received_ns + JAM_NS
        else:
            name, subject = _NAMES[type(answer)], _subject(answer)
        for key in [key for key in self._asked_ns if key[0] == name and subject in {"", key[1]}]:
            del self._asked_ns[key]


def _subject(told: Question | Answer) -> str:
    if isinstance(told, QueryOrder | OrderReported):
        return told.order_id
    return told.market if isinstance(told, QueryClosedOrders | QueryMarket | ClosedOrdersReported) else ""

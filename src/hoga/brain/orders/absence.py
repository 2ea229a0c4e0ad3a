"""The proof that an order does not exist: one 'no' is none, and an unanswered question even less.

Wanted, all of it: three real answers that there is no such order, over 30 s in which every question was answered and
the private feed was up; after that a complete list of open orders, a list of what has ended in the market since just
before the order was sent, and balances whose locked part is explained without it. Where the venue refused the only
attempt in its own form, if by a word nobody has published, the three answers need no 30 s: all else is wanted still.
"""

from collections.abc import Iterable, Iterator

from msgspec import Struct

from hoga.brain.orders.reserves import reserve_of
from hoga.brain.world import SECOND_NS, World
from hoga.model.commands import QueryAccounts, QueryClosedOrders, QueryOpenOrders
from hoga.model.events import AccountsReported
from hoga.model.money import ZERO
from hoga.model.orders import Order, OrderState

ANSWERS = 3
ENOUGH_NS = 30 * SECOND_NS
#: A venue that answers slowly may also take an order slowly, so the proof takes longer for a while.
SLOW_ANSWER_NS = 2 * SECOND_NS
SLOW_ENOUGH_NS = 60 * SECOND_NS
SLOW_FOR_NS = 300 * SECOND_NS
#: The list of ended orders begins this long before the order was sent, for clocks that differ.
BEFORE_MS = 5_000

_MS = 1_000_000
_MAY_NOT_EXIST = frozenset({OrderState.SENDING, OrderState.UNKNOWN, OrderState.ABANDONED})


class Absence(Struct):
    """How far the proof has come for one order."""

    order: Order
    heard_ns: int
    counted_ns: int = 0
    answers: int = 0
    interrupted: bool = False
    refused: str = ""
    ripe_ns: int = 0
    unlisted: bool = False
    not_ended: bool = False
    not_locked: bool = False

    def hear(self, asked_ns: int) -> None:
        """The venue said there is no such order; time counts from answer to answer."""
        if not self.interrupted:
            self.counted_ns += max(asked_ns - self.heard_ns, 0)
        self.interrupted = False
        self.heard_ns = max(self.heard_ns, asked_ns)
        self.answers += 1

    def is_ripe(self, enough_ns: int) -> bool:
        """Tell whether only the lists and the balances are wanting."""
        return self.answers >= ANSWERS and (self.counted_ns >= enough_ns or bool(self.refused))

    @property
    def is_complete(self) -> bool:
        """Tell whether nothing is wanting."""
        return self.unlisted and self.not_ended and self.not_locked

    def wanting(self) -> Iterator[QueryOpenOrders | QueryClosedOrders | QueryAccounts]:
        """What is still to be asked."""
        if not self.unlisted:
            yield QueryOpenOrders()
        if not self.not_ended:
            yield QueryClosedOrders(self.order.market, self.order.created_ns // _MS - BEFORE_MS)
        if not self.not_locked:
            yield QueryAccounts()


def is_explained(order: Order, report: AccountsReported, orders: Iterable[Order], world: World) -> bool:
    """Tell whether what the venue has locked is too little for this order to be in it.

    What other orders lock of which we do not know that they exist explains nothing.
    """
    rules = world.rules(order.market)
    if rules is None:
        return True
    currency, reserved = reserve_of(order.intent, rules)
    portfolio = world.portfolio
    doubtful = (portfolio.reserved(other.order_id) for other in orders if other.state in _MAY_NOT_EXIST)
    explained = portfolio.locked(currency) - sum((amount for held, amount in doubtful if held == currency), ZERO)
    locked = sum((balance.locked for balance in report.balances if balance.currency == currency), ZERO)
    least = reserved / (1 + max(rules.bid_fee, rules.maker_bid_fee)) if currency == rules.quote else reserved
    return locked - explained < least

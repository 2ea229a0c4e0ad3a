"""Questions to the venue about orders whose fate, fills or end we do not know, and the proof that one never existed.

An unanswered question is not a 'no', and one 'no' is not a proof: an order is given up only after three real
answers that there is no such order, the last at least 30 s after its fate became unknown, with the private feed up
all the while and a complete list of open orders that lacks it.
"""

from collections.abc import Callable

from msgspec import Struct

from hoga.brain.world import SECOND_NS, World
from hoga.model.commands import OrderId, QueryOpenOrders, QueryOrder
from hoga.model.events import OrderLost
from hoga.model.orders import Order, OrderState

#: Seconds after the fate became unknown at which we ask; afterwards every last step again.
WHEN_LOST_S = (0.3, 1, 2, 4, 8, 15, 30, 45, 60)
#: Seconds after fills were found missing; the stream usually brings them before the first.
WHEN_GAP_S = (0.5, 1, 2, 4, 8)
#: Seconds after a cancel was sent; the stream usually tells the end before the first.
WHEN_CANCELLING_S = (2, 4, 8, 15, 30)

ABSENCES = 3
ABSENCE_S = 30
#: A placement that nobody answers at all is taken as lost after this; the Actuator's own deadline is shorter.
SILENCE_S = 20
LISTING_PAUSE_S = 5


class Inquiry(Struct):
    """One running series of questions."""

    order: Order
    since_ns: int
    schedule: tuple[float, ...]
    doubt_ns: int | None = None
    tries: int = 0
    absences: int = 0
    last_absence_ns: int = 0
    unlisted_ns: int = 0
    listing_asked_ns: int = 0
    is_lost: bool = False


class Inquiries:
    """At most one series an order; it ends by itself when nothing is open any more."""

    def __init__(
        self, world: World, *, give_up: Callable[[Order], None], take_as_lost: Callable[[OrderLost], None]
    ) -> None:
        self._world = world
        self._give_up = give_up
        self._take_as_lost = take_as_lost
        self.running: dict[OrderId, Inquiry] = {}

    def is_brief(self, order_id: OrderId) -> bool:
        """Tell whether one answer will settle it: the fate is known, only the state or the fills are in question."""
        inquiry = self.running.get(order_id)
        return inquiry is not None and not inquiry.is_lost

    def watch_silence(self, order: Order) -> None:
        """Take the order as lost if nothing at all is heard of its placement."""

        def check(_: int) -> None:
            if order.state is OrderState.SENDING:
                detail = f"no answer within {SILENCE_S} s"
                self._take_as_lost(OrderLost(order_id=order.order_id, detail=detail, received_ns=self._world.now_ns))

        self._world.timers.at(self._world.now_ns + SILENCE_S * SECOND_NS, check)

    def watch_cancel(self, order: Order) -> None:
        """Ask what became of the order if its end is not told soon."""
        if order.is_open and order.order_id not in self.running:
            self._begin(order, WHEN_CANCELLING_S)

    def gap(self, order: Order) -> None:
        """Fetch fills the stream has not brought, unless a series runs already."""
        inquiry = self.running.get(order.order_id)
        if inquiry is None or inquiry.schedule is WHEN_CANCELLING_S:
            self._begin(order, WHEN_GAP_S)

    def doubt(self, order: Order) -> None:
        """Ask soon, whatever is known, until the venue has answered once."""
        inquiry = self.running.get(order.order_id)
        if inquiry is None or inquiry.schedule is not WHEN_LOST_S:
            inquiry = self._begin(order, WHEN_LOST_S)
        inquiry.doubt_ns = self._world.now_ns
        inquiry.is_lost = order.state is OrderState.UNKNOWN

    def answered(self, order: Order, asked_ns: int) -> None:
        """The venue told the order's state."""
        inquiry = self.running.get(order.order_id)
        if inquiry and inquiry.doubt_ns is not None and asked_ns >= inquiry.doubt_ns:
            inquiry.doubt_ns = None
        self._drop_if_settled(order)

    def absent(self, order: Order, asked_ns: int) -> None:
        """The venue said there is no such order."""
        inquiry = self.running.get(order.order_id)
        if inquiry is None:
            return
        if order.state is not OrderState.UNKNOWN:
            if inquiry.doubt_ns is not None and asked_ns >= inquiry.doubt_ns:
                inquiry.doubt_ns = None
            return
        if asked_ns >= inquiry.since_ns:
            inquiry.absences += 1
            inquiry.last_absence_ns = max(inquiry.last_absence_ns, asked_ns)
            self._judge(order, inquiry)

    def unlisted(self, order: Order, asked_ns: int) -> None:
        """A complete list of open orders, asked at `asked_ns`, lacks the order."""
        inquiry = self.running.get(order.order_id)
        if inquiry and order.state is OrderState.UNKNOWN and asked_ns > inquiry.since_ns:
            inquiry.unlisted_ns = asked_ns
            self._judge(order, inquiry)

    def feed_returned(self) -> None:
        """The private feed was away: what it would have told is lost, so every proof begins anew, questions and all."""
        for inquiry in list(self.running.values()):
            again = self._begin(inquiry.order, inquiry.schedule)
            again.doubt_ns, again.is_lost = inquiry.doubt_ns, inquiry.is_lost

    def _judge(self, order: Order, inquiry: Inquiry) -> None:
        """Give the order up when its absence is proven; ask for the list when only that is wanting."""
        waited_ns = inquiry.last_absence_ns - inquiry.since_ns
        if inquiry.absences < ABSENCES or waited_ns < ABSENCE_S * SECOND_NS:
            return
        if not self._world.gate.private_is_up:
            return
        now_ns = self._world.now_ns
        if inquiry.unlisted_ns > inquiry.since_ns:
            del self.running[order.order_id]
            self._give_up(order)
        elif now_ns - inquiry.listing_asked_ns >= LISTING_PAUSE_S * SECOND_NS:
            inquiry.listing_asked_ns = now_ns
            self._world.commands.append(QueryOpenOrders())

    def _begin(self, order: Order, schedule: tuple[float, ...]) -> Inquiry:
        inquiry = Inquiry(order=order, since_ns=self._world.now_ns, schedule=schedule)
        self.running[order.order_id] = inquiry
        self._schedule(order, inquiry)
        return inquiry

    def _schedule(self, order: Order, inquiry: Inquiry) -> None:
        steps, tries = inquiry.schedule, inquiry.tries
        beyond = max(tries - len(steps) + 1, 0)
        after_s = steps[min(tries, len(steps) - 1)] + beyond * steps[-1]

        def ask(_: int) -> None:
            if self.running.get(order.order_id) is not inquiry or self._drop_if_settled(order):
                return
            inquiry.tries += 1
            self._world.commands.append(QueryOrder(order.order_id, order.venue_id))
            self._schedule(order, inquiry)

        now_ns = self._world.now_ns
        self._world.timers.at(max(inquiry.since_ns + int(after_s * SECOND_NS), now_ns + SECOND_NS // 10), ask)

    def _drop_if_settled(self, order: Order) -> bool:
        """End the series when fate, fills and end are all known."""
        inquiry = self.running.get(order.order_id)
        if inquiry is None:
            return True
        unclear = order.state in {OrderState.SENDING, OrderState.UNKNOWN} or order.has_fill_gap
        cancelling = order.is_open and order.cancel_asked
        if unclear or cancelling or inquiry.doubt_ns is not None:
            return False
        del self.running[order.order_id]
        return True

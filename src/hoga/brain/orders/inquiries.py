"""Questions to the venue about orders whose fate, fills or end we do not know.

An unanswered question is not a 'no', and one 'no' is not a proof: what proves that an order never existed stands in
`brain.absence`. Until then the order keeps its money, and its market and side stay closed.
"""

from collections.abc import Callable, Iterable

from msgspec import Struct

from hoga.brain.orders import absence as proof
from hoga.brain.orders.absence import Absence, is_explained
from hoga.brain.world import SECOND_NS, World
from hoga.model.commands import OrderId, QueryOrder
from hoga.model.events import AccountsReported, ClosedOrdersReported, OrderLost
from hoga.model.orders import Order, OrderState

#: Seconds after the fate became unknown at which we ask; afterwards every `LATER_S`. Of an order that is known to
#: exist one answer is wanting, so its questions never come slower than every 8 s.
WHEN_LOST_S: tuple[float, ...] = (0.3, 1, 2, 4, 8, 15, 30, 45, 60)
LATER_S = 30
#: Seconds after fills were found missing; the stream usually brings them before the first.
WHEN_GAP_S: tuple[float, ...] = (0.5, 1, 2, 4, 8)
#: Seconds after a cancel was sent; the stream usually tells the end before the first.
WHEN_CANCELLING_S: tuple[float, ...] = (2, 4, 8, 15, 30)

#: A placement that nobody answers at all is taken as lost after this; the Actuator's own deadline is shorter.
SILENCE_S = 20
#: What is still wanting of a proof is asked for again after this.
WANTING_S = 2
#: Fills that are missing longer let their market rest, and a fate that is unknown longer is an alarm.
GAP_RESTS_S = 60
ALARM_S = 120
#: Questions that come slower than this many of a schedule begin anew at the first pace when answers come again.
QUICK_TRIES = 5


class Inquiry(Struct):
    """One running series of questions, paced from `paced_ns`; `doubt_ns` is since when only an answer settles it."""

    order: Order
    since_ns: int
    schedule: tuple[float, ...]
    paced_ns: int
    absence: Absence
    doubt_ns: int | None = None
    tries: int = 0
    rounds: int = 0
    is_lost: bool = False
    alarmed: bool = False


class Inquiries:
    """At most one series an order; it ends by itself when nothing is open any more."""

    def __init__(
        self, world: World, *, give_up: Callable[[Order, str], None], take_as_lost: Callable[[OrderLost], None]
    ) -> None:
        self._world = world
        self._give_up = give_up
        self._take_as_lost = take_as_lost
        self._slow_until_ns = self.hears_since_ns = 0
        self.running: dict[OrderId, Inquiry] = {}

    def is_brief(self, order_id: OrderId) -> bool:
        """Tell whether one answer will settle it: the fate is known, and is not what the venue confirmed and denies."""
        inquiry = self.running.get(order_id)
        return inquiry is not None and not inquiry.is_lost and inquiry.order.not_found < proof.ANSWERS

    # ------------------------------------------------ when to ask

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
        if inquiry is None:
            self._begin(order, WHEN_GAP_S)
        elif inquiry.schedule is WHEN_CANCELLING_S or (inquiry.schedule is WHEN_LOST_S and inquiry.tries > QUICK_TRIES):
            self._begin(order, WHEN_GAP_S).doubt_ns = inquiry.doubt_ns

    def doubt(self, order: Order) -> None:
        """Ask soon, whatever is known, until the venue has answered once."""
        inquiry = self.running.get(order.order_id)
        if inquiry is None or inquiry.schedule is not WHEN_LOST_S:
            inquiry = self._begin(order, WHEN_LOST_S)
        inquiry.doubt_ns = self._world.now_ns
        inquiry.is_lost = order.state is OrderState.UNKNOWN

    def refused(self, order: Order, detail: str) -> None:
        """The venue refused the order by a word nobody knows; so it said more than nothing."""
        if (inquiry := self.running.get(order.order_id)) and order.attempts == 1:
            inquiry.absence.refused = detail or "without words"

    def feed_returned(self) -> None:
        """The private feed was away: what it would have told is lost, so every proof begins anew, questions and all."""
        self.hears_since_ns = self._world.now_ns
        for inquiry in list(self.running.values()):
            again = self._begin(inquiry.order, inquiry.schedule)
            again.doubt_ns, again.is_lost = inquiry.doubt_ns, inquiry.is_lost
            again.absence.refused = inquiry.absence.refused

    # ------------------------------------------------ what the answers mean

    def answered(self, order: Order, asked_ns: int) -> None:
        """The venue told the order's state."""
        inquiry = self.running.get(order.order_id)
        if inquiry and inquiry.doubt_ns is not None and asked_ns >= inquiry.doubt_ns:
            inquiry.doubt_ns = None
        self._drop_if_settled(order)

    def unanswered(self, order_id: OrderId) -> None:
        """A question about an order got no usable answer: the clock of its proof stands until one is answered."""
        if inquiry := self.running.get(order_id):
            inquiry.absence.interrupted = True

    def absent(self, order: Order, asked_ns: int) -> None:
        """The venue said there is no such order."""
        inquiry, now_ns = self.running.get(order.order_id), self._world.now_ns
        if now_ns - asked_ns > proof.SLOW_ANSWER_NS:
            self._slow_until_ns = now_ns + proof.SLOW_FOR_NS
        if inquiry is not None and not order.is_open:
            self.answered(order, asked_ns)  # it never was, as we knew: there is nothing left to ask
            return
        if inquiry is None or order.state is not OrderState.UNKNOWN or asked_ns < inquiry.since_ns:
            return
        if inquiry.absence.interrupted and inquiry.tries > QUICK_TRIES:
            inquiry.paced_ns, inquiry.tries = now_ns, 0
            self._schedule(inquiry)
        absence = inquiry.absence
        absence.hear(asked_ns)
        enough_ns = proof.SLOW_ENOUGH_NS if now_ns < self._slow_until_ns else proof.ENOUGH_NS
        if not absence.ripe_ns and absence.is_ripe(enough_ns):
            absence.ripe_ns = now_ns
            self._ask_what_is_wanting(inquiry)

    def unlisted(self, order: Order, asked_ns: int) -> None:
        """A complete list of open orders, asked at `asked_ns`, lacks the order."""
        if inquiry := self._ripe(order.order_id, asked_ns):
            inquiry.absence.unlisted = True
            self._judge(inquiry)

    def ended(self, report: ClosedOrdersReported) -> None:
        """A list of ended orders came; what it has is joined already, so what is still unknown it lacks."""
        for inquiry in list(self.running.values()):
            order = inquiry.order
            covers = order.market == report.market and report.since_ms * 1_000_000 < order.created_ns
            if covers and self._ripe(order.order_id, report.asked_ns or report.received_ns):
                inquiry.absence.not_ended = True
                self._judge(inquiry)

    def balances(self, report: AccountsReported, orders: Iterable[Order]) -> None:
        """Balances came: is what they lock explained without the order?"""
        known = list(orders) if any(inquiry.absence.ripe_ns for inquiry in self.running.values()) else []
        for inquiry in list(self.running.values()):
            order = inquiry.order
            if self._ripe(order.order_id, report.asked_ns or report.received_ns):
                inquiry.absence.not_locked = is_explained(order, report, known, self._world)
                self._judge(inquiry)

    def _ripe(self, order_id: OrderId, asked_ns: int) -> Inquiry | None:
        inquiry = self.running.get(order_id)
        if inquiry is None or inquiry.order.state is not OrderState.UNKNOWN:
            return None
        ripe_ns = inquiry.absence.ripe_ns
        return inquiry if ripe_ns and asked_ns >= ripe_ns else None

    def _judge(self, inquiry: Inquiry) -> None:
        if inquiry.absence.is_complete and self._world.gate.private_is_up:
            del self.running[inquiry.order.order_id]
            self._give_up(inquiry.order, inquiry.absence.refused)

    def _ask_what_is_wanting(self, inquiry: Inquiry) -> None:
        world, absence = self._world, inquiry.absence

        def again(_: int) -> None:
            if self.running.get(inquiry.order.order_id) is inquiry and inquiry.order.state is OrderState.UNKNOWN:
                self._ask_what_is_wanting(inquiry)

        for question in absence.wanting():
            world.ask(question)
        world.timers.at(world.now_ns + WANTING_S * SECOND_NS, again)

    # ------------------------------------------------ the series

    def _begin(self, order: Order, schedule: tuple[float, ...]) -> Inquiry:
        now_ns = self._world.now_ns
        absence = Absence(order=order, heard_ns=now_ns)
        inquiry = Inquiry(order=order, since_ns=now_ns, schedule=schedule, paced_ns=now_ns, absence=absence)
        self.running[order.order_id] = inquiry
        self._schedule(inquiry)
        return inquiry

    def _schedule(self, inquiry: Inquiry) -> None:
        order, tries = inquiry.order, inquiry.tries
        steps = inquiry.schedule if order.state is OrderState.UNKNOWN else inquiry.schedule[:QUICK_TRIES]
        beyond = max(tries - len(steps) + 1, 0)
        after_s = steps[min(tries, len(steps) - 1)] + beyond * min(steps[-1], LATER_S)
        inquiry.rounds = rounds = inquiry.rounds + 1

        def ask(_: int) -> None:
            is_current = self.running.get(order.order_id) is inquiry and inquiry.rounds == rounds
            if not is_current or self._drop_if_settled(order):
                return
            inquiry.tries += 1
            self._raise_alarms(inquiry)
            self._world.ask(QueryOrder(order.order_id, order.venue_id))
            self._schedule(inquiry)

        now_ns = self._world.now_ns
        self._world.timers.at(max(inquiry.paced_ns + int(after_s * SECOND_NS), now_ns + SECOND_NS // 10), ask)

    def _raise_alarms(self, inquiry: Inquiry) -> None:
        order, world = inquiry.order, self._world
        waited_ns = world.now_ns - inquiry.since_ns
        if order.has_fill_gap and waited_ns > GAP_RESTS_S * SECOND_NS:
            world.rest(order.order_id, order.market, f"fills of {order.order_id} are missing")
        if order.state is OrderState.UNKNOWN and waited_ns > ALARM_S * SECOND_NS and not inquiry.alarmed:
            inquiry.alarmed = True
            world.note("alert", order_id=order.order_id, state=order.state, why=f"unknown for {ALARM_S} s")

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
        self._world.resting.pop(order.order_id, None)
        return True

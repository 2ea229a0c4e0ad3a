"""The wish to cancel, until the order has ended: a cancel may be repeated at will, and it is never the end itself."""

from hoga.brain.orders.consequences import Consequences
from hoga.brain.orders.inquiries import Inquiries
from hoga.brain.orders.records import OrderRecords
from hoga.brain.world import SECOND_NS, World
from hoga.model.commands import OrderId
from hoga.model.events import CancelAccepted, CancelFailed, RejectReason
from hoga.model.orders import Evidence, Order, OrderState

#: An order of which nothing is heard for so long is cancelled by our own id, which cannot hurt.
SENDING_S = 2
#: Seconds after which a cancel whose answer was lost is sent again; later the questions have it repeated.
REPEAT_S = (1, 2, 5)


class Cancels:
    """Wishes to cancel, and what the venue answers to them."""

    def __init__(self, world: World, records: OrderRecords, inquiries: Inquiries, consequences: Consequences) -> None:
        self._world = world
        self._records = records
        self._inquiries = inquiries
        self._consequences = consequences

    def wish(self, order_id: OrderId, reason: str) -> None:
        """Pass on the wish to cancel, once; an order on its way is cancelled when it has arrived, or after 2 s."""
        order = self._records.orders.get(order_id)
        if order is None or not order.is_open or order.cancel_asked:
            return
        order.cancel_asked = True
        self._world.note("cancel", order_id=order_id, reason=reason or None)
        if order.learn(Evidence.CANCEL_ASKED, self._world.now_ns).cancel:
            self._consequences.send_cancel(order, reason)
            return

        def send_all_the_same(_: int) -> None:
            if order.state in {OrderState.SENDING, OrderState.UNKNOWN} and not self._records.told[order_id].cancel_sent:
                self._consequences.send_cancel(order, reason)

        self._world.timers.at(self._world.now_ns + SENDING_S * SECOND_NS, send_all_the_same)

    def on_accepted(self, event: CancelAccepted) -> None:
        """The wish was taken; the end comes by the stream, or we ask."""
        if order := self._records.find(event.order_id, event.venue_id):
            self._learn(order, Evidence.CANCEL_TAKEN)
            self._inquiries.watch_cancel(order)

    def on_failed(self, event: CancelFailed) -> None:
        """The wish was refused or its answer lost: ask what is true, and repeat what was lost."""
        self._world.note("cancel_failed", order_id=event.order_id, venue_id=event.venue_id, why=event.detail)
        if event.reason is RejectReason.RESTRICTED:
            self._world.restricted(event.detail)
        order = self._records.find(event.order_id, event.venue_id)
        if order is None or not order.is_open:
            return
        self._learn(order, Evidence.CANCEL_LOST if event.lost else Evidence.CANCEL_REFUSED)
        self._inquiries.doubt(order)

    def _learn(self, order: Order, evidence: Evidence) -> None:
        step = order.learn(evidence, self._world.now_ns)
        self._consequences.follow(order, order.state, step)
        if step.cancel:
            self._repeat(order)

    def _repeat(self, order: Order) -> None:
        told = self._records.told[order.order_id]
        if told.cancels_lost >= len(REPEAT_S):
            return

        def send(_: int) -> None:
            if order.is_open and order.cancel_asked:
                self._consequences.send_cancel(order, "the answer to the cancel was lost")

        self._world.timers.at(self._world.now_ns + REPEAT_S[told.cancels_lost] * SECOND_NS, send)
        told.cancels_lost += 1

"""What follows when an order has changed: money promised, questions to the venue, alarms, and the strategy's news."""

from hoga.brain.counts import Counts
from hoga.brain.orders.inquiries import Inquiries
from hoga.brain.orders.records import OrderRecords, Told
from hoga.brain.world import World
from hoga.model.commands import CancelOrder
from hoga.model.events import OrderAccepted, OrderUpdated
from hoga.model.orders import TERMINAL, Order, OrderState, Step

#: So many times in a row the venue denied an order it had confirmed, and its market rests.
SUSPECT_AFTER = 3


class Consequences:
    """Called after every piece of evidence, with the state before it and the steps it caused."""

    def __init__(self, world: World, records: OrderRecords, inquiries: Inquiries, counts: Counts) -> None:
        self._world = world
        self._records = records
        self._inquiries = inquiries
        self._counts = counts

    def send_cancel(self, order: Order, reason: str) -> None:
        """Ask the venue to cancel, by its id where we know it."""
        order.cancel_asked = True
        self._records.told[order.order_id].cancel_sent = True
        self._world.commands.append(CancelOrder(order.order_id, order.venue_id, reason))
        self._world.risk.cancelled()
        self._inquiries.watch_cancel(order)

    def follow(self, order: Order, was: OrderState, *steps: Step) -> None:
        """Everything that follows from a change: money promised, questions, alarms, the strategy's news."""
        told = self._records.told[order.order_id]
        self._records.index(order)
        if order.state is not was:
            self._world.note("order_state", order_id=order.order_id, was=was, now=order.state)
        if any(step.adopted for step in steps):
            told.ended = False
            self._records.open[order.order_id] = order
            self._world.note("order_adopted", order_id=order.order_id, why=f"it was {was}, but the venue has it")
        if any(step.alert for step in steps):
            self._world.note("alert", order_id=order.order_id, state=order.state, why="the evidence contradicts itself")
        if any(step.bar for step in steps):
            self._bar(order)
        if order.not_found >= SUSPECT_AFTER and any(step.suspect for step in steps):
            self._world.rest(order.order_id, order.market, f"the venue has lost {order.order_id}")
        elif not order.not_found and self._world.resting:
            self._world.resting.pop(order.order_id, None)
        self._counts.stale_answers += sum(step.stale for step in steps)
        assert not any(step.impossible for step in steps), f"{order.order_id}: news of an order that was not sent"
        self._tell_accepted(order, told)
        self._records.reserve(order)
        self._cancel_when_known(order, was, told, adopted=any(step.adopted for step in steps))
        if any(step.ask for step in steps):
            self._inquiries.doubt(order)
        if order.has_fill_gap:
            self._inquiries.gap(order)
        if order.state in TERMINAL and not order.has_fill_gap:
            self._end(order, told)

    def _bar(self, order: Order) -> None:
        """The venue refuses our key, or broke its own rules: nothing new leaves until a person says so."""
        if not self._world.paused:
            self._world.paused = f"after {order.order_id} a person must look: key, scope, address or id was refused"
            self._world.note("paused", reason=self._world.paused)

    def _tell_accepted(self, order: Order, told: Told) -> None:
        if told.accepted or order.last_report is None or order.state in {OrderState.REJECTED, OrderState.ABANDONED}:
            return
        told.accepted = True
        self._counts.accepted += 1
        now_ns = self._world.now_ns
        self._world.news.append(OrderAccepted(order_id=order.order_id, report=order.last_report, received_ns=now_ns))

    def _cancel_when_known(self, order: Order, was: OrderState, told: Told, *, adopted: bool) -> None:
        known_now = was in {OrderState.SENDING, OrderState.UNKNOWN} and order.state is not was
        if not order.is_open or not (adopted or (order.cancel_asked and known_now)):
            return
        if adopted or not told.cancel_sent or was is OrderState.UNKNOWN:
            self.send_cancel(order, "the order appeared after it was given up" if adopted else "cancel asked earlier")

    def _end(self, order: Order, told: Told) -> None:
        self._records.open.pop(order.order_id, None)
        if told.ended:
            return
        told.ended = True
        self._records.settle_fee(order)
        if order.fills:
            self._counts.filled_orders += 1
        if order.state is OrderState.CANCELLED:
            self._counts.cancelled += 1
        if told.end is not None:
            self._world.news.append(OrderUpdated(report=told.end, received_ns=self._world.now_ns))

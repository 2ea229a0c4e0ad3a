"""Stopping is a procedure: cancel what is open, again every second, until the venue lists none of ours; then `Stop`.

At the deadline `Stop` is sent all the same, and `left_open` names the orders that may still be at the venue.
"""

from collections.abc import Iterable

from hoga.brain.orders.desk import OrderDesk
from hoga.brain.world import SECOND_NS, World
from hoga.model.commands import CancelOrder, CancelOrders, OrderId, QueryOpenOrders, Stop, VenueOrderId
from hoga.model.orders import TERMINAL

ROUND_S = 1
DEADLINE_S = 10
#: Asked a second time, the operator is in a hurry.
SHORT_DEADLINE_S = 3


class Halting:
    """The way down, from the wish to stop to the last command."""

    def __init__(self, world: World, desk: OrderDesk) -> None:
        self._world = world
        self._desk = desk
        self._deadline_ns = 0
        self._begun_ns = 0
        self._listed_none = False
        self._also: set[VenueOrderId] = set()
        self.stop_sent = False
        self.left_open: tuple[OrderId, ...] = ()

    def begin(self, reason: str, also: Iterable[VenueOrderId] = ()) -> None:
        """Start stopping; begun already, shorten the deadline. `also` are an earlier run's orders to cancel too."""
        world, now_ns = self._world, self._world.now_ns
        if world.halting:
            self._deadline_ns = min(self._deadline_ns, now_ns + SHORT_DEADLINE_S * SECOND_NS)
            world.timers.at(self._deadline_ns, self._round)
            return
        world.halting = reason or "asked to stop"
        world.note("halt", reason=world.halting, open_orders=len(self._desk.records.open))
        self._also = set(also)
        self._begun_ns = now_ns
        self._deadline_ns = now_ns + DEADLINE_S * SECOND_NS
        self._listed_none = not self._also and not self._desk.counts.orders and not self._desk.records.open
        self._round(now_ns)

    def listed(self, ours: Iterable[VenueOrderId], asked_ns: int) -> None:
        """A complete list of open orders came; `ours` are those of it that we must cancel."""
        if not self._world.halting or asked_ns < self._begun_ns:
            return
        self._also &= (left := set(ours))
        self._listed_none = not left
        self.finish_if_done()

    def finish_if_done(self) -> None:
        """Send `Stop` when nothing of ours is open, by our records and by the venue's list."""
        if self._world.halting and not self.stop_sent:
            self._finished()

    def _finished(self) -> bool:
        done = self._listed_none and not self._still_open()
        if done:
            self._stop()
        return done

    def _still_open(self) -> list[OrderId]:
        return [order.order_id for order in self._desk.records.open.values() if order.state not in TERMINAL]

    def _round(self, _: int) -> None:
        world = self._world
        if self.stop_sent or self._finished():
            return
        if world.now_ns >= self._deadline_ns:
            self._stop()
            return
        by_venue_id = list(self._also)
        for order in self._desk.records.open.values():
            order.cancel_asked = True
            if order.venue_id is not None:
                by_venue_id.append(order.venue_id)
            else:
                world.commands.append(CancelOrder(order.order_id, None, world.halting))
                self._desk.inquiries.doubt(order)
        if by_venue_id:
            world.commands.append(CancelOrders(tuple(by_venue_id), world.halting))
        world.commands.append(QueryOpenOrders())
        world.timers.at(min(world.now_ns + ROUND_S * SECOND_NS, self._deadline_ns), self._round)

    def _stop(self) -> None:
        self.stop_sent = True
        self.left_open = tuple(self._still_open())
        if self.left_open or self._also:
            self._world.note("left_open", orders=", ".join((*self.left_open, *self._also)))
        self._world.commands.append(Stop())

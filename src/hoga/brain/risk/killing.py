"""The kill switch: nothing new leaves any more, and what is ours is cancelled until the venue lists none of it.

It is not a stop: the bot stays, watches the list and cancels what appears, until somebody ends the process. Only a
new run may trade again, and only when a person has released the switch.
"""

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

from hoga.brain.orders.desk import OrderDesk
from hoga.brain.strangers import Strangers
from hoga.brain.world import SECOND_NS, World
from hoga.model.commands import CancelOrder, CancelOrders, QueryOpenOrders, VenueOrderId

if TYPE_CHECKING:
    from hoga.model.events import Kill

#: While something of ours is open the list is asked for so often; afterwards at this slower beat.
ROUND_S = 1
WATCH_S = 10
#: Upbit takes at most 20 ids in one cancel (cancel-by-ids page of 2026-10-07).
CHUNK = 20


class Killing:
    """Cancelling everything of ours, again and again; the halts of the risk limits use the same broom once."""

    def __init__(self, world: World, desk: OrderDesk, strangers: Strangers, ended: Callable[[], bool]) -> None:
        self._world = world
        self._desk = desk
        self._strangers = strangers
        self._ended = ended
        self._begun_ns = 0
        self.is_empty = False
        world.risk.on_halt = self._sweep_soon
        world.risk.money.on_kill = self.pull

    def hear(self, event: "Kill") -> None:
        """Somebody pulled the switch."""
        self.pull(event.reason)

    def pull(self, reason: str) -> None:
        """Pull the switch; pulled already, it stays as it is."""
        world = self._world
        if world.killed:
            return
        world.killed = reason or "by the operator"
        world.note("killed", reason=world.killed, open_orders=len(self._desk.records.open))
        self._begun_ns = world.now_ns
        world.timers.at(world.now_ns, self._round)

    def listed(self, ours: Iterable[VenueOrderId], asked_ns: int) -> None:
        """A complete list of open orders came: cancel what of it is ours; nothing, and the book is empty."""
        world = self._world
        if not world.killed or asked_ns < self._begun_ns or self._ended():
            return
        left = list(ours)
        self._cancel(left)
        is_empty = not left and not self._desk.records.open
        if is_empty and not self.is_empty:
            world.note("kill_done", after_s=f"{(world.now_ns - self._begun_ns) / SECOND_NS:.1f}")
        self.is_empty = is_empty

    def _sweep_soon(self, why: str) -> None:
        def sweep(_: int) -> None:
            for order_id in list(self._desk.records.open):
                self._desk.cancel(order_id, why)

        self._world.timers.at(self._world.now_ns, sweep)

    def _round(self, now_ns: int) -> None:
        world, desk = self._world, self._desk
        if self._ended():
            return
        first = now_ns <= self._begun_ns
        for order in list(desk.records.open.values()):
            order.cancel_asked = True
            if order.venue_id is None:
                world.commands.append(CancelOrder(order.order_id, None, world.killed))
                desk.inquiries.doubt(order)
        if first:
            self._cancel([order.venue_id for order in desk.records.open.values() if order.venue_id is not None])
            self._cancel([report.venue_id for report in self._strangers.recovered])
        world.commands.append(QueryOpenOrders())
        pause_s = WATCH_S if self.is_empty else ROUND_S
        world.timers.at(world.now_ns + pause_s * SECOND_NS, self._round)

    def _cancel(self, venue_ids: list[VenueOrderId]) -> None:
        for begin in range(0, len(venue_ids), CHUNK):
            chunk = tuple(venue_ids[begin : begin + CHUNK])
            self._world.commands.append(CancelOrders(chunk, self._world.killed))

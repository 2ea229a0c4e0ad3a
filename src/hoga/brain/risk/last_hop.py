"""The last look at an order before it leaves: is it what was decided, once, now, and within the limits?

The brain checked the wish; this compares what leaves with what was decided, so that a fault between the two (a queue
that repeats, an old order let loose, a flood) ends here. It shares nothing with the checks but the limits.
"""

from collections.abc import Mapping

from hoga.brain.notes import figures
from hoga.brain.risk.limits import RiskLimits
from hoga.brain.risk.memory import SECOND_NS, Moments
from hoga.model.commands import OrderId, PlaceOrder
from hoga.model.money import ZERO
from hoga.model.orders import Order

#: An order decided so long ago belongs to another market; the brain that decided it may have stopped (K29).
STALE_NS = 10 * SECOND_NS
#: More orders remembered than any day brings by the limits.
MAX_LEFT = 100_000


class LastHop:
    """What has left, and whether the next may. `orders` are the brain's own records of what it decided."""

    def __init__(self, limits: RiskLimits) -> None:
        self._limits = limits
        self._sent = Moments(max(limits.sends_per_s, 1))
        self._left: dict[OrderId, int] = {}
        self.orders: Mapping[OrderId, Order] = {}
        self.killed = ""
        self.refused = 0

    def why_not(self, order: PlaceOrder, now_ns: int) -> str | None:
        """Why the order may not leave at this moment, or None; then it counts as having left."""
        why = self._fault(order, now_ns)
        if why is not None:
            self.refused += 1
            return why
        self._sent.add(now_ns)
        self._left[order.order_id] = self._left.get(order.order_id, 0) + 1
        if len(self._left) > MAX_LEFT:
            del self._left[next(iter(self._left))]
        return None

    def _fault(self, order: PlaceOrder, now_ns: int) -> str | None:
        if self.killed:
            return f"the kill switch was pulled: {self.killed}"
        decided = self.orders.get(order.order_id)
        if decided is None:
            return "nobody decided this order"
        if decided.intent != order:
            return "it differs from what was decided"
        if self._left.get(order.order_id, 0) >= max(decided.attempts, 1):
            return "this identifier has left already"
        if now_ns - max(decided.created_ns, decided.changed_ns) > STALE_NS:
            return f"it was decided more than {STALE_NS // SECOND_NS} s ago"
        if self._sent.reaches(self._limits.sends_per_s, now_ns - SECOND_NS):
            return figures(orders_sent_in_a_second=self._limits.sends_per_s, allowed=self._limits.sends_per_s)
        value = order.spend if order.spend is not None else (order.price or ZERO) * (order.volume or ZERO)
        if order.market.startswith("KRW-") and value > self._limits.max_order_value:
            return figures(value=value, maximum=self._limits.max_order_value)
        return None

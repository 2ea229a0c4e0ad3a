"""What a new run must know of the earlier ones: orders that may still be open, the kill switch, what fills came to."""

from decimal import Decimal

import msgspec
from msgspec import Struct

from hoga.model.money import ZERO
from hoga.model.recovered import RecoveredOrders
from hoga.store.records import KillPulled, RunBegan, RunEnded


class FillTotals(Struct, kw_only=True):
    """What the fills of one market come to, all runs together; `fees` only as far as the venue told them."""

    fills: int = 0
    bought: Decimal = ZERO
    sold: Decimal = ZERO
    paid: Decimal = ZERO
    received: Decimal = ZERO
    fees: Decimal = ZERO


class Recovered(RecoveredOrders, frozen=True, kw_only=True):
    """What a new run must know of the earlier ones, oldest order first.

    `orders` may be open at the venue; `abandoned` were proven absent less than a day ago and are still watched. `kill`
    is the kill switch while it is pulled.
    """

    kill: KillPulled | None = None
    totals: dict[str, FillTotals] = msgspec.field(default_factory=dict)
    last_run: RunBegan | None = None
    last_end: RunEnded | None = None
    rows: int = 0

    @property
    def ended_by_itself(self) -> bool:
        """Tell whether the last run wrote its end."""
        return self.last_run is None or self.last_end is not None

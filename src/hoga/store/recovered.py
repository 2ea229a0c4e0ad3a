"""What a new run must know of the earlier ones: orders that may still be open, the kill switch, what fills came to."""

from decimal import Decimal

from msgspec import Struct

from hoga.model.commands import OrderId, PlaceOrder, VenueOrderId
from hoga.model.events import Fill
from hoga.model.money import ZERO
from hoga.model.orders import OrderState
from hoga.store.records import KillPulled, RunBegan, RunEnded


class RecoveredOrder(Struct, frozen=True, kw_only=True):
    """One order of an earlier run that may still be open, and all that the journal knows of it.

    `state` is SENDING where nothing was heard since it was decided, UNKNOWN where its answer was lost, WORKING or
    PARTIAL where the venue has been heard to have it. `ended` is how it ended where only fills are missing
    (`executed_volume` is more than those of `fills`).
    """

    intent: PlaceOrder
    state: OrderState
    decided_ns: int
    run_id: str = ""
    attempts: int = 1
    venue_id: VenueOrderId | None = None
    executed_volume: Decimal = ZERO
    paid_fee: Decimal = ZERO
    fills: tuple[Fill, ...] = ()
    cancel_asked: bool = False
    ended: OrderState | None = None
    abandoned_ns: int = 0

    @property
    def order_id(self) -> OrderId:
        """Our own id, which the venue knows as `identifier`."""
        return self.intent.order_id


class FillTotals(Struct, kw_only=True):
    """What the fills of one market come to, all runs together; `fees` only as far as the venue told them."""

    fills: int = 0
    bought: Decimal = ZERO
    sold: Decimal = ZERO
    paid: Decimal = ZERO
    received: Decimal = ZERO
    fees: Decimal = ZERO


class Recovered(Struct, frozen=True, kw_only=True):
    """What a new run must know of the earlier ones, oldest order first.

    `orders` may be open at the venue; `abandoned` were proven absent less than a day ago and are still watched. `kill`
    is the kill switch while it is pulled. `id_prefixes` begin the order ids of all earlier runs.
    """

    orders: tuple[RecoveredOrder, ...] = ()
    abandoned: tuple[RecoveredOrder, ...] = ()
    kill: KillPulled | None = None
    totals: dict[str, FillTotals] = {}
    id_prefixes: tuple[str, ...] = ()
    last_run: RunBegan | None = None
    last_end: RunEnded | None = None
    rows: int = 0

    @property
    def ended_by_itself(self) -> bool:
        """Tell whether the last run wrote its end."""
        return self.last_run is None or self.last_end is not None

"""One order while a journal is read: what has been learned of it so far."""

from decimal import Decimal

from msgspec import Struct

from hoga.model.commands import PlaceOrder, VenueOrderId
from hoga.model.events import Fill
from hoga.model.money import ZERO
from hoga.model.orders import OrderState
from hoga.model.recovered import RecoveredOrder


class Card(Struct, kw_only=True):
    """An order while the journal is read."""

    intent: PlaceOrder
    decided_ns: int
    run_id: str
    attempts: int = 1
    venue_id: VenueOrderId | None = None
    executed_volume: Decimal = ZERO
    paid_fee: Decimal = ZERO
    fills: dict[str, Fill] = {}
    cancel_asked: bool = False
    lost: bool = False
    rejected: bool = False
    exists: bool = False
    ended: OrderState | None = None
    abandoned_ns: int = 0
    written_off: bool = False

    @property
    def state(self) -> OrderState:
        """What the journal proves; a terminal state only with the venue's word and every fill."""
        if self.ended is not None and self.executed_volume <= sum((fill.volume for fill in self.fills.values()), ZERO):
            return self.ended
        if self.written_off:
            return OrderState.ABANDONED
        if self.exists:
            return OrderState.PARTIAL if self.executed_volume else OrderState.WORKING
        if self.rejected:
            return OrderState.REJECTED
        if self.abandoned_ns:
            return OrderState.ABANDONED
        return OrderState.UNKNOWN if self.lost else OrderState.SENDING

    def told(self) -> RecoveredOrder:
        """The card as it is handed on."""
        return RecoveredOrder(
            intent=self.intent,
            state=self.state,
            decided_ns=self.decided_ns,
            run_id=self.run_id,
            attempts=self.attempts,
            venue_id=self.venue_id,
            executed_volume=self.executed_volume,
            paid_fee=self.paid_fee,
            fills=tuple(self.fills.values()),
            cancel_asked=self.cancel_asked,
            ended=self.ended,
            abandoned_ns=self.abandoned_ns,
        )

"""What a new run is told of earlier ones: orders that may still be open, and those watched after they were given up."""

from decimal import Decimal

from msgspec import Struct

from hoga.model.commands import OrderId, PlaceOrder, VenueOrderId
from hoga.model.events import Fill
from hoga.model.money import ZERO
from hoga.model.orders import OrderState


class RecoveredOrder(Struct, frozen=True, kw_only=True):
    """One order of an earlier run that may still be open, and all that is known of it.

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


class Owned(Struct, frozen=True, kw_only=True):
    """So much of one currency, and what one of it was worth in KRW then; None where nobody knew."""

    currency: str
    volume: Decimal
    price: Decimal | None = None


class MoneyMemory(Struct, frozen=True, kw_only=True):
    """What the limits over a day and over all days go by, on one account.

    `first_ns` is when hoga began there, `orders` how many left since. `day` counts days in KST since 1970, `start` is
    what was owned when it began, `peak` the most that ever was; both are as if later deposits and withdrawals had
    been there all the time. `turnover` and `fees` are of that day, `owned` is the ledger at this moment.
    `sent_ns` are the moments at which orders left in the last day, oldest first; a journal knows them by the orders.
    """

    account: str
    first_ns: int
    orders: int = 0
    day: int = -1
    start: Decimal | None = None
    peak: Decimal = ZERO
    turnover: Decimal = ZERO
    fees: Decimal = ZERO
    owned: tuple[Owned, ...] = ()
    sent_ns: tuple[int, ...] = ()


class RecoveredOrders(Struct, frozen=True, kw_only=True):
    """What the brain must know of earlier runs, oldest order first.

    `orders` may be open at the venue; `abandoned` were proven absent less than a day ago and are still watched.
    `id_prefixes` begin the order ids of all earlier runs.
    `money` is what was noted last on each account.
    """

    orders: tuple[RecoveredOrder, ...] = ()
    abandoned: tuple[RecoveredOrder, ...] = ()
    money: tuple[MoneyMemory, ...] = ()
    id_prefixes: tuple[str, ...] = ()

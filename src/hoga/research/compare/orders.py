"""One order and what came of it, the same of a run and of a backtest."""

from decimal import Decimal

from msgspec import Struct

from hoga.model.commands import PlaceOrder, Side
from hoga.model.events import Fill
from hoga.model.money import ZERO
from hoga.model.orders import Order


class Done(Struct, kw_only=True):
    """One order. `refused` is why it was not taken, empty where it was."""

    intent: PlaceOrder
    decided_ns: int
    fills: dict[str, Fill] = {}
    paid_fee: Decimal = ZERO
    refused: str = ""

    def add(self, fill: Fill) -> None:
        """Count a fill once; one that is told with its fee replaces one without."""
        known = self.fills.get(fill.trade_id)
        if known is None or known.fee is None:
            self.fills[fill.trade_id] = fill

    @property
    def volume(self) -> Decimal:
        """What was bought or sold, in coins."""
        return sum((fill.volume for fill in self.fills.values()), ZERO)

    @property
    def funds(self) -> Decimal:
        """What was paid for it or received, before fees."""
        return sum((fill.price * fill.volume for fill in self.fills.values()), ZERO)

    @property
    def fee(self) -> Decimal:
        """What the venue charged: the fees of the fills, or what it said of the order where that is more."""
        return max(sum((fill.fee or ZERO for fill in self.fills.values()), ZERO), self.paid_fee)

    @property
    def price(self) -> Decimal | None:
        """The mean price of the fills."""
        return self.funds / self.volume if self.volume else None

    @property
    def roles(self) -> frozenset[bool | None]:
        """Whether its fills made (True) or took (False); None where the venue did not say."""
        return frozenset(fill.is_maker for fill in self.fills.values())

    def gain(self, last_price: Decimal) -> Decimal:
        """What it brought, its coins valued at the last price."""
        coins = self.volume * last_price - self.funds
        return (coins if self.intent.side is Side.BUY else -coins) - self.fee

    @property
    def ended_ns(self) -> int:
        """When it last traded, or was decided."""
        return max((fill.received_ns for fill in self.fills.values()), default=self.decided_ns)


def done_of(order: Order) -> Done:
    """The same of an order of a backtest."""
    refused = "refused" if order.state.value == "rejected" else ""
    return Done(
        intent=order.intent,
        decided_ns=order.created_ns,
        fills=dict(order.fills),
        paid_fee=order.paid_fee,
        refused=refused,
    )

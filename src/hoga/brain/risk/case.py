"""One order before the checks, together with everything the checks look at; each figure is reckoned once."""

from collections.abc import Collection
from decimal import Decimal

from hoga.brain.market_view import MarketView
from hoga.brain.orders.recent import RecentOrders
from hoga.brain.orders.reserves import reserve_of
from hoga.brain.world import World
from hoga.model.commands import PlaceOrder, Side
from hoga.model.market import Market
from hoga.model.money import ZERO
from hoga.model.orders import Order, OrderState


class OpenOrders:
    """What is open, on its way or of unknown fate, in one look; money is that of KRW markets."""

    __slots__ = ("to_buy", "to_buy_here", "unknown", "value", "waiting_here")

    def __init__(self, orders: Collection[Order], here: str) -> None:
        buys_here = buys_elsewhere = sales = ZERO
        self.waiting_here = 0
        self.unknown: list[Order] = []
        for order in orders:
            intent = order.intent
            if order.state is OrderState.UNKNOWN:
                self.unknown.append(order)
            is_here = intent.market == here
            if is_here:
                self.waiting_here += 1
            if not intent.market.startswith("KRW-"):
                continue
            if intent.side is Side.SELL:
                sales += _left(order, intent)
            elif is_here:
                buys_here += _left(order, intent)
            else:
                buys_elsewhere += _left(order, intent)
        self.to_buy_here, self.to_buy = buys_here, buys_here + buys_elsewhere
        self.value = self.to_buy + sales


def _left(order: Order, intent: PlaceOrder) -> Decimal:
    """What an order may still move, in the quote currency; a sale without a price moves coins only."""
    if intent.volume is None or intent.price is None:
        return order.remaining_spend or ZERO
    return intent.price * (intent.volume - order.executed_volume)


class Case:
    """The wish, the world, the orders that are open, and what was sent a moment ago."""

    __slots__ = (
        "_equity",
        "_needs",
        "_open",
        "_value",
        "intent",
        "is_buy",
        "limits",
        "open_orders",
        "recent",
        "reference",
        "view",
        "world",
    )

    def __init__(self, intent: PlaceOrder, world: World, open_orders: Collection[Order], recent: RecentOrders) -> None:
        self.intent = intent
        self.world = world
        self.open_orders = open_orders
        self.recent = recent
        self.limits = world.limits
        self.view = world.views.get(intent.market) or MarketView(intent.market)
        self.is_buy = intent.side is Side.BUY
        # The middle of a fresh book, else a fresh last trade, else None: all prices are old.
        self.reference = self.view.reference(world.now_ns, world.risk.book_ns, world.risk.trade_ns)
        self._open: OpenOrders | None = None
        self._equity: Decimal | None = None
        self._value: Decimal | None = None
        self._needs: tuple[str, Decimal] | None = None

    @property
    def rules(self) -> Market:
        """The market's rules; a check before this one made sure of them."""
        rules = self.view.rules
        assert rules is not None, "the market check stands first"
        return rules

    @property
    def value(self) -> Decimal:
        """What the order is worth in the quote currency; the reference prices an order that has no price."""
        if self._value is None:
            intent = self.intent
            price = intent.price or self.reference or ZERO
            self._value = intent.spend if intent.spend is not None else price * (intent.volume or ZERO)
        return self._value

    @property
    def open(self) -> OpenOrders:
        """What is open already."""
        if self._open is None:
            self._open = OpenOrders(self.open_orders, self.intent.market)
        return self._open

    @property
    def equity(self) -> Decimal:
        """All we own, in KRW."""
        if self._equity is None:
            self._equity = self.world.portfolio.equity()
        return self._equity

    @property
    def needs(self) -> tuple[str, Decimal]:
        """What the order locks: the currency and the amount, fee included."""
        if self._needs is None:
            self._needs = reserve_of(self.intent, self.rules)
        return self._needs

    @property
    def has_fresh_book(self) -> bool:
        """Tell whether the book is young enough to be judged by."""
        return self.world.now_ns - self.view.book_ns <= self.world.risk.book_ns

    @property
    def position_after(self) -> Decimal:
        """What we would hold in this market, in KRW, if every open buy and this one filled whole."""
        held = self.world.portfolio.position(self.intent.market) * (self.view.mark or ZERO)
        return held + self.open.to_buy_here + self.value

    @property
    def exposure_after(self) -> Decimal:
        """The same for all KRW markets together."""
        return self.equity - self.world.portfolio.total("KRW") + self.open.to_buy + self.value

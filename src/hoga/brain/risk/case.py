"""One order before the checks, together with everything the checks look at."""

from collections.abc import Collection
from decimal import Decimal

from hoga.brain.market_view import MarketView
from hoga.brain.orders.recent import RecentOrders
from hoga.brain.world import SECOND_NS, World
from hoga.model.commands import PlaceOrder, Side
from hoga.model.market import Market
from hoga.model.money import ZERO
from hoga.model.orders import Order


class Case:
    """The wish, the world, the orders that are open, and what was sent a moment ago."""

    __slots__ = ("intent", "limits", "open_orders", "recent", "reference", "view", "world")

    def __init__(self, intent: PlaceOrder, world: World, open_orders: Collection[Order], recent: RecentOrders) -> None:
        self.intent = intent
        self.world = world
        self.open_orders = open_orders
        self.recent = recent
        self.limits = world.limits
        self.view = world.views.get(intent.market) or MarketView(intent.market)
        stale_ns = int(self.limits.stale_feed_s * SECOND_NS)
        # The middle of a fresh book, else a fresh last trade, else None: all prices are old.
        self.reference = self.view.reference(world.now_ns, stale_ns)

    @property
    def rules(self) -> Market:
        """The market's rules; a check before this one made sure of them."""
        rules = self.view.rules
        assert rules is not None, "the market check stands first"
        return rules

    @property
    def is_buy(self) -> bool:
        """Tell whether coins are bought."""
        return self.intent.side is Side.BUY

    @property
    def value(self) -> Decimal:
        """What the order is worth in the quote currency; the reference prices an order that has no price."""
        intent = self.intent
        if intent.spend is not None:
            return intent.spend
        return (intent.price or self.reference or ZERO) * (intent.volume or ZERO)

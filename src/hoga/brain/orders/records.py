"""The card of every order of ours: the order itself, what it still locks, its booked fills, and what was told of it."""

from decimal import Decimal

import msgspec
from msgspec import Struct

from hoga.brain.orders import reserves
from hoga.brain.world import SECOND_NS, World
from hoga.model.commands import OrderId, QueryMarket, Side, VenueOrderId
from hoga.model.events import Fill, OrderReport
from hoga.model.market import Market
from hoga.model.money import ZERO, fee_of
from hoga.model.orders import Order

#: Ended orders kept to recognise late news of them.
MAX_ORDERS = 20_000
#: Fees that do not fit are asked about once, and again after this where they go on not to fit.
FEES_AGAIN_NS = 60 * SECOND_NS
#: The stream tells fees as numbers of double precision, so their last digits may be off; a new rate is off by far more.
FEE_SLACK = Decimal("0.000001")


class Told(Struct):
    """What the strategy has heard of one order, and how it ended."""

    accepted: bool = False
    lost: bool = False
    ended: bool = False
    fee_estimated: bool = False
    estimates: dict[str, Decimal] = {}
    cancel_sent: bool = False
    cancels_lost: int = 0
    end: OrderReport | None = None


class OrderRecords:
    """All our orders by either id, the open ones among them."""

    def __init__(self, world: World) -> None:
        self._world = world
        self.orders: dict[OrderId, Order] = {}
        self.open: dict[OrderId, Order] = {}
        self.told: dict[OrderId, Told] = {}
        self.watched: set[OrderId] = set()
        self._by_venue: dict[VenueOrderId, OrderId] = {}
        self._fees_asked_ns: dict[str, int] = {}

    def find(self, order_id: OrderId | None, venue_id: VenueOrderId | None) -> Order | None:
        """One of our orders by either id, or None for a stranger's."""
        if order_id is not None and order_id in self.orders:
            return self.orders[order_id]
        known = self._by_venue.get(venue_id) if venue_id is not None else None
        return self.orders.get(known) if known is not None else None

    def keep(self, order: Order) -> None:
        """Open a card; the oldest ended one is thrown away when there are too many."""
        self.orders[order.order_id] = order
        self.told[order.order_id] = Told()
        if len(self.orders) <= MAX_ORDERS:
            return
        oldest = next((known for known in self.orders.values() if not self._is_kept(known.order_id)), None)
        if oldest is not None:
            del self.orders[oldest.order_id], self.told[oldest.order_id]
            if oldest.venue_id is not None:
                self._by_venue.pop(oldest.venue_id, None)

    def _is_kept(self, order_id: OrderId) -> bool:
        return order_id in self.open or order_id in self.watched

    def index(self, order: Order) -> None:
        """Make the order known by the venue's id too."""
        if order.venue_id is not None:
            self._by_venue[order.venue_id] = order.order_id

    def reserve(self, order: Order) -> None:
        """Promise to the order what it may still need, and free the rest."""
        rules = self._world.rules(order.market)
        if rules is not None:
            self._world.portfolio.reserve(order.order_id, *reserves.outstanding(order, rules))

    def book(self, order: Order, fill: Fill) -> bool:
        """Count a fill and move its money, once; tell whether it was new."""
        world = self._world
        if not order.add_fill(fill, world.now_ns):
            return False
        fee, rules, told = fill.fee, world.rules(order.market), self.told[order.order_id]
        if fee is None:
            told.fee_estimated = True
            # Only an earlier run's order can trade before the rules are known; its fee is in the balances to come.
            fee = ZERO if rules is None else _estimated_fee(fill, rules)
            if rules is not None:
                told.estimates[fill.trade_id] = fee
        elif rules is not None and not _fits(fee, fill, rules):
            self._doubt_fees(rules)
        world.portfolio.book(fill, fee, world.now_ns)
        world.risk.filled(fill, fee)
        world.news.append(fill if fill.order_id else msgspec.structs.replace(fill, order_id=order.order_id))
        world.note(
            "fill",
            order_id=order.order_id,
            market=order.market,
            side=order.side,
            price=fill.price,
            volume=fill.volume,
            fee=fee,
        )
        return True

    def settle_fee(self, order: Order) -> None:
        """Where a fill came without its fee, put the venue's own figure in place of our estimate."""
        told, rules = self.told[order.order_id], self._world.rules(order.market)
        if not told.fee_estimated or rules is None or told.end is None or told.end.paid_fee is None:
            return
        booked = ZERO
        for fill in order.fills.values():  # an estimate as it was made: the rules may have changed since
            estimate = told.estimates.get(fill.trade_id, _estimated_fee(fill, rules))
            booked += estimate if fill.fee is None else fill.fee
        if told.end.paid_fee != booked:
            self._doubt_fees(rules)
            self._world.portfolio.correct_fee(rules.quote, told.end.paid_fee - booked, self._world.now_ns)

    def _doubt_fees(self, rules: Market) -> None:
        """Another fee was paid than the rules say: they are old, and what a buy must lock depends on them."""
        world, asked_ns = self._world, self._fees_asked_ns.get(rules.code)
        if asked_ns is None or world.now_ns >= asked_ns + FEES_AGAIN_NS:
            self._fees_asked_ns[rules.code] = world.now_ns
            world.note("fee_differs", market=rules.code, bid_fee=rules.bid_fee, ask_fee=rules.ask_fee)
            world.ask(QueryMarket(rules.code))


def _fits(fee: Decimal, fill: Fill, rules: Market) -> bool:
    """Tell whether a fee is what the rules say, for a maker or a taker, up to the digits the stream keeps."""
    bought = fill.side is Side.BUY
    maker, taker = (rules.maker_bid_fee, rules.bid_fee) if bought else (rules.maker_ask_fee, rules.ask_fee)
    rates = {None: (maker, taker), True: (maker,), False: (taker,)}[fill.is_maker]
    expected = [fee_of(fill.price * fill.volume, rate) for rate in rates]
    return any(abs(fee - each) <= each * FEE_SLACK for each in expected)


def _estimated_fee(fill: Fill, rules: Market) -> Decimal:
    return fee_of(fill.price * fill.volume, rules.bid_fee if fill.side is Side.BUY else rules.ask_fee)

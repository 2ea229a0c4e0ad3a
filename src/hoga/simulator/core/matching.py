"""One market's book: sizes from the outside and the users' resting orders, and what of them can be traded with.

This module knows prices, volumes and queues, nothing of money. The rules are told with numbers in docs/fills.md.
"""

from bisect import bisect_left
from collections.abc import Iterator
from decimal import Decimal

from msgspec import Struct

from hoga.model.events import BookUnit, Orderbook
from hoga.model.money import ZERO
from hoga.simulator.core.orders import Side
from hoga.simulator.core.outside import OutsideBook
from hoga.simulator.core.queue import Queue

OPPOSITE: dict[Side, Side] = {"bid": "ask", "ask": "bid"}


class Resting(Struct):
    """A user's order in the book. `ahead` is the outside size that stands before it; None while nobody can see it."""

    uuid: str
    account: str
    side: Side
    price: Decimal
    remaining: Decimal
    ahead: Decimal | None = ZERO


class Offer(Struct, frozen=True):
    """The next piece a taker meets: outside size where `maker` is None, else a user's order."""

    price: Decimal
    size: Decimal
    maker: Resting | None = None


class MatchBook:
    """The book of one market as takers meet it. `changes` counts what users changed in it."""

    def __init__(self, market: str, queue: Queue = Queue.BACK) -> None:
        self.market = market
        self._queue = queue
        self._is_made = False
        self.resting: dict[Side, list[Resting]] = {"bid": [], "ask": []}
        self.last_price: Decimal | None = None
        self.changed_at_ms = 0
        self.changes = 0
        self._outside = OutsideBook()
        self._bids, self._asks = self.resting["bid"], self.resting["ask"]

    @property
    def has_resting(self) -> bool:
        """Tell whether any user's order rests here; without one the market outside needs no work."""
        return bool(self._bids or self._asks)

    # -------------------------------------------------- the outside

    def see_book(self, book: Orderbook, at_ms: int, *, is_made: bool = False) -> None:
        """Replace the outside book; what was taken from the old one is back."""
        self._outside.see(book)
        self.changed_at_ms, self._is_made = at_ms, is_made

    def follow_queue(self) -> None:
        """After a new outside book: nobody stands behind more than is shown at the price."""
        if self._queue is not Queue.BACK:
            return
        for side, orders in self.resting.items():
            for order in orders:
                if order.ahead == ZERO:
                    continue
                shown = self._outside.shown_at(side, order.price)
                if shown is not None:
                    order.ahead = shown if order.ahead is None else min(order.ahead, shown)

    def crossings(self) -> Iterator[tuple[Resting, Decimal]]:
        """Yield each resting order the new outside book crosses, with the volume; the caller fills it by `fill`."""
        for side, orders in self.resting.items():
            best = self._outside.best_price(OPPOSITE[side])
            if not orders or best is None or not _reaches(side, orders[0].price, best):
                continue
            against = self._outside.levels(OPPOSITE[side])
            for order in list(orders):
                crossed = ZERO
                for price, size in list(against.items()):
                    if crossed == order.remaining or not _reaches(side, order.price, price):
                        break
                    taken = min(size, order.remaining - crossed)
                    crossed += taken
                    self._outside.take(OPPOSITE[side], price, taken)
                if not crossed:
                    break
                yield order, crossed

    def hits(self, price: Decimal, volume: Decimal, taker: Side) -> Iterator[tuple[Resting, Decimal]]:
        """Yield each resting order a print outside fills, with the volume; the caller fills it by `fill`.

        Prices better than the print's are traded through. At the print's own price only a taker of the other side
        counts, and the size ahead is eaten first. No volume is used twice.
        """
        for side, orders in self.resting.items():
            if not orders or not _reaches(side, orders[0].price, price):
                continue  # by far the most common print: far from everybody
            left, eaten = volume, ZERO
            for order in list(orders):
                if not left or not _reaches(side, order.price, price):
                    break
                if order.price != price:
                    order.ahead = ZERO
                elif taker == side or order.ahead is None:
                    break
                else:
                    passed = min(left, max(order.ahead - eaten, ZERO))
                    eaten, left = eaten + passed, left - passed
                filled = min(left, order.remaining)
                if filled:
                    left -= filled
                    yield order, filled
            if eaten:
                self._move_up(side, price, eaten)

    # -------------------------------------------------- takers

    def first_offer(self, taker: Side, limit: Decimal | None) -> Offer | None:
        """The best piece a taker meets now, at `limit` or better; at one price the size shown first stands first."""
        side = OPPOSITE[taker]
        first = next(iter(self.resting[side]), None)
        price = self._outside.best_price(side)
        if first is not None and (price is None or _reaches(taker, price, first.price)):
            price = first.price
        if price is None or (limit is not None and not _reaches(taker, limit, price)):
            return None
        size = self._outside.size_at(side, price)
        if first is None or first.price != price:
            return Offer(price, size)
        before = size if first.ahead is None else min(size, first.ahead)
        return Offer(price, before) if before else Offer(price, first.remaining, first)

    def available(self, taker: Side, limit: Decimal | None) -> Iterator[Offer]:
        """Yield everything a taker could meet down to `limit`, in the order of meeting, taking nothing."""
        side = OPPOSITE[taker]
        for price, _ in self._merged(side):
            if limit is not None and not _reaches(taker, limit, price):
                return
            passed, size = ZERO, self._outside.size_at(side, price)
            for order in self._at(side, price):
                before = size if order.ahead is None else min(size, max(order.ahead - passed, ZERO))
                if before:
                    passed, size = passed + before, size - before
                    yield Offer(price, before)
                yield Offer(price, order.remaining, order)
            if size:
                yield Offer(price, size)

    def take_outside(self, taker: Side, price: Decimal, volume: Decimal) -> None:
        """Take outside size; it stays away until the next outside book, and those behind it move up."""
        self.changes += 1
        self._outside.take(OPPOSITE[taker], price, volume)
        self._move_up(OPPOSITE[taker], price, volume)

    # -------------------------------------------------- resting orders

    def rest(self, order: Resting) -> None:
        """Put an order into the book, behind everybody at its price."""
        self.changes += 1
        order.ahead = self._ahead_at(order.side, order.price)
        orders = self.resting[order.side]
        orders.insert(_place_of(orders, order.side, order.price, after=True), order)

    def fill(self, order: Resting, volume: Decimal) -> None:
        """Take volume from a resting order; it leaves the book with its last piece."""
        self.changes += 1
        order.remaining -= volume
        if not order.remaining:
            self._drop(order)

    def remove(self, side: Side, price: Decimal, uuid: str) -> None:
        """Take an order out of the book, if it is there."""
        found = next((order for order in self._at(side, price) if order.uuid == uuid), None)
        if found is not None:
            self.changes += 1
            self._drop(found)

    # -------------------------------------------------- what is shown

    def shown(self, levels: int) -> tuple[BookUnit, ...]:
        """Both sides, best first, outside and users' sizes together, padded with zeros to equal depth."""
        asks, bids = self._merged("ask")[:levels], self._merged("bid")[:levels]
        depth = max(len(asks), len(bids))
        asks += [(ZERO, ZERO)] * (depth - len(asks))
        bids += [(ZERO, ZERO)] * (depth - len(bids))
        return tuple(
            BookUnit(ask_price=ask, bid_price=bid, ask_size=ask_size, bid_size=bid_size)
            for (ask, ask_size), (bid, bid_size) in zip(asks, bids, strict=True)
        )

    def best(self, side: Side) -> tuple[Decimal | None, Decimal | None]:
        """The best price of a side and all that is shown there; (None, None) for an empty side."""
        offer = self.first_offer(OPPOSITE[side], None)
        if offer is None:
            return None, None
        users = sum((order.remaining for order in self._at(side, offer.price)), ZERO)
        return offer.price, self._outside.size_at(side, offer.price) + users

    # -------------------------------------------------- inside

    def _ahead_at(self, side: Side, price: Decimal) -> Decimal | None:
        if self._queue is Queue.FRONT:
            return ZERO
        if self._is_made or self._queue is Queue.THROUGH:
            return None
        return self._outside.shown_at(side, price)

    def _at(self, side: Side, price: Decimal) -> list[Resting]:
        orders = self.resting[side]
        return orders[_place_of(orders, side, price, after=False) : _place_of(orders, side, price, after=True)]

    def _merged(self, side: Side) -> list[tuple[Decimal, Decimal]]:
        sizes = dict(self._outside.levels(side))
        for order in self.resting[side]:
            sizes[order.price] = sizes.get(order.price, ZERO) + order.remaining
        return sorted(sizes.items(), reverse=side == "bid")

    def _move_up(self, side: Side, price: Decimal, volume: Decimal) -> None:
        for order in self._at(side, price):
            if order.ahead is not None:
                order.ahead = max(order.ahead - volume, ZERO)

    def _drop(self, order: Resting) -> None:
        orders = self.resting[order.side]
        start = _place_of(orders, order.side, order.price, after=False)
        del orders[next(n for n in range(start, len(orders)) if orders[n] is order)]


def _reaches(side: Side, limit: Decimal, price: Decimal) -> bool:
    """Tell whether a `side` order with this limit may trade at `price`."""
    return price <= limit if side == "bid" else price >= limit


def _place_of(orders: list[Resting], side: Side, price: Decimal, *, after: bool) -> int:
    """Where a price begins in a side's orders (best first), or ends with `after`."""
    sign = -1 if side == "bid" else 1
    place = bisect_left(orders, sign * price, key=lambda order: sign * order.price)
    while after and place < len(orders) and orders[place].price == price:
        place += 1
    return place

"""The book of the market around the users, and what of it they have taken since it was last shown."""

from decimal import Decimal

from hoga.model.events import Orderbook
from hoga.model.money import ZERO
from hoga.simulator.core.orders import Side


class OutsideBook:
    """Sizes by price on both sides, best first; read from the newest outside book only when somebody asks."""

    def __init__(self) -> None:
        self._book: Orderbook | None = None
        self._levels: dict[Side, dict[Decimal, Decimal] | None] = {"bid": None, "ask": None}
        self._goes_deeper: dict[Side, bool] = {"bid": False, "ask": False}

    def see(self, book: Orderbook) -> None:
        """Replace everything; what was taken from the old book is back."""
        self._book = book
        self._levels = {"bid": None, "ask": None}

    def levels(self, side: Side) -> dict[Decimal, Decimal]:
        """Sizes of one side that nobody took yet, best price first."""
        levels = self._levels[side]
        if levels is None:
            levels = {}
            if self._book is not None:
                levels.update(self._book.asks if side == "ask" else self._book.bids)
                # A padded side is shown whole; a full one goes on below what is shown.
                self._goes_deeper[side] = len(levels) == len(self._book.units) > 0
            self._levels[side] = levels
        return levels

    def size_at(self, side: Side, price: Decimal) -> Decimal:
        """What is left at a price, zero where nothing is shown."""
        return self.levels(side).get(price, ZERO)

    def shown_at(self, side: Side, price: Decimal) -> Decimal | None:
        """What is left at a price, or None where the price lies beyond the levels that are shown."""
        levels = self.levels(side)
        if price in levels:
            return levels[price]
        worst = next(reversed(levels), None)
        return None if self._goes_deeper[side] and (worst is None or _is_beyond(side, worst, price)) else ZERO

    def best_price(self, side: Side) -> Decimal | None:
        """The best price with anything left, None for an empty side."""
        return next(iter(self.levels(side)), None)

    def take(self, side: Side, price: Decimal, volume: Decimal) -> None:
        """Take size away until the next book."""
        levels = self.levels(side)
        left = levels[price] - volume
        if left:
            levels[price] = left
        else:
            del levels[price]


def _is_beyond(side: Side, worst: Decimal, price: Decimal) -> bool:
    """Tell whether a price lies further from the middle than the worst one shown."""
    return price < worst if side == "bid" else price > worst

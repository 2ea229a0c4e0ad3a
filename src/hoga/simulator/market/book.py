"""One side of a synthetic order book, in whole numbers: prices and sizes count hundred-millionths."""

from bisect import bisect_left, insort
from collections.abc import Sequence
from decimal import Decimal

from hoga.model.market import TickBand

#: Prices and sizes are counted in this many parts of one KRW or one coin; the venue keeps eight decimals of both.
PARTS = 100_000_000
_PARTS = Decimal(PARTS)


def exact(parts: int) -> Decimal:
    """Turn a count of hundred-millionths into an amount."""
    return Decimal(parts) / _PARTS


class Ladder:
    """The prices a market allows, as whole numbers; bids are told as negative prices so that away is always up."""

    def __init__(self, bands: Sequence[TickBand]) -> None:
        self._bands = [(int(band.at_least * PARTS), int(band.tick * PARTS)) for band in bands]

    def tick_at(self, price: int) -> int:
        """The step that holds at `price`."""
        return next((tick for at_least, tick in self._bands if price >= at_least), self._bands[-1][1])

    def floor(self, price: int) -> int:
        """The highest allowed price that is not above `price`."""
        return price - price % self.tick_at(price)

    def ceil(self, price: int) -> int:
        """The lowest allowed price that is not below `price`."""
        low = self.floor(price)
        return low if low == price else low + self.tick_at(low)

    def away(self, key: int, ticks: int = 1) -> int:
        """Go `ticks` steps from the middle of the book outward; `key` is an ask's price or a bid's, negated."""
        for _ in range(ticks):
            key += self.tick_at(key) if key > 0 else self.tick_at(-key - 1)
        return key


class BookSide:
    """The depths of one side, best first: the smallest key is the best ask or, negated, the best bid."""

    def __init__(self) -> None:
        self.keys: list[int] = []
        self.sizes: dict[int, int] = {}

    def __len__(self) -> int:
        return len(self.keys)

    @property
    def best(self) -> int:
        """The key of the best depth."""
        return self.keys[0]

    def put(self, key: int, size: int) -> None:
        """Show `size` at `key`, whether or not something was shown there."""
        if key not in self.sizes:
            insort(self.keys, key)
        self.sizes[key] = size

    def remove(self, key: int) -> None:
        """Show nothing at `key` any more."""
        del self.sizes[key]
        del self.keys[bisect_left(self.keys, key)]

    def lift(self, size: int) -> None:
        """Take `size` from the best depth, which vanishes when nothing is left."""
        key = self.keys[0]
        if self.sizes[key] > size:
            self.sizes[key] -= size
        else:
            self.remove(key)

    def total(self, depth: int) -> int:
        """The size of the first `depth` depths together."""
        return sum(self.sizes[key] for key in self.keys[:depth])

    def shown(self, depth: int) -> list[tuple[Decimal, Decimal]]:
        """Give (price, size) of the first `depth` depths."""
        return [(exact(abs(key)), exact(self.sizes[key])) for key in self.keys[:depth]]

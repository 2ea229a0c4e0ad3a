"""Views of a book: fewer depths, or prices grouped into levels. No size is lost or invented by grouping."""

from collections.abc import Callable, Sequence
from decimal import Decimal
from itertools import zip_longest

import msgspec

from hoga.model import money
from hoga.model.events import BookUnit, Orderbook
from hoga.model.money import ZERO

_NOTHING = (ZERO, ZERO)


def view(book: Orderbook, depth: int, level: Decimal) -> Orderbook:
    """The book as somebody sees it who asked for `depth` depths of prices in steps of `level` (0: as they are)."""
    if level:
        asks = _grouped(book.asks, lambda price: money.ceil_to_tick(price, level))
        bids = _grouped(book.bids, lambda price: money.floor_to_tick(price, level))
        units = [BookUnit(a[0], b[0], a[1], b[1]) for a, b in zip_longest(asks, bids, fillvalue=_NOTHING)]
        book = msgspec.structs.replace(book, unread=tuple(units), level=level)
    if depth >= len(book.units):
        return book
    return msgspec.structs.replace(book, unread=book.units[:depth])


def _grouped(
    depths: Sequence[tuple[Decimal, Decimal]], to_level: Callable[[Decimal], Decimal]
) -> list[tuple[Decimal, Decimal]]:
    sums: dict[Decimal, Decimal] = {}
    for price, size in depths:
        grouped = to_level(price)
        sums[grouped] = sums.get(grouped, ZERO) + size
    return list(sums.items())

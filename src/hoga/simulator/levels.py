"""Order books gathered into coarser price steps, as the `level` parameter asks (KRW markets only).

Upbit docs, orderbook pages of 2025-07-31: KRW-BTC with a tick of 1,000 offers 0 and 10,000 to 100,000,000.
"""

from collections.abc import Iterable, Sequence
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal
from itertools import zip_longest

from msgspec.structs import replace

from hoga.model.events import BookUnit, Orderbook
from hoga.model.money import ZERO, plain

_MOST_LEVELS = 5

Depth = tuple[Decimal, Decimal]
_NOTHING: Depth = (ZERO, ZERO)


def supported(market: str, tick: Decimal, price: Decimal | None) -> list[str]:
    """The levels a market offers: 0 (not gathered), and the powers of ten of its tick up to its price."""
    if not market.startswith("KRW-"):
        return ["0"]
    steps = [tick.scaleb(power) for power in range(1, _MOST_LEVELS + 1)]
    return ["0", *(plain(step) for step in steps if price is None or step <= price)]


def grouped(book: Orderbook, level: Decimal) -> Orderbook:
    """The book with asks gathered upward and bids downward to multiples of `level`; 0 leaves it alone."""
    if not level:
        return book
    asks = _gather(book.asks, level, ROUND_CEILING)
    bids = _gather(book.bids, level, ROUND_FLOOR)
    units = tuple(
        BookUnit(ask_price=ask[0], bid_price=bid[0], ask_size=ask[1], bid_size=bid[1])
        for ask, bid in zip_longest(asks, bids, fillvalue=_NOTHING)
    )
    return replace(book, unread=units, level=level)


def _gather(depths: Sequence[Depth] | Iterable[Depth], level: Decimal, rounding: str) -> list[Depth]:
    sizes: dict[Decimal, Decimal] = {}
    for price, size in depths:
        step = (price / level).to_integral_value(rounding) * level
        sizes[step] = sizes.get(step, ZERO) + size
    return list(sizes.items())

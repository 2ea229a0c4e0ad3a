"""What a strategy gives in its vectorised form: columns in, signals out."""

from decimal import Decimal
from typing import Protocol, runtime_checkable

import numpy as np
from msgspec import Struct

Floats = np.ndarray[tuple[int], np.dtype[np.float64]]
Flags = np.ndarray[tuple[int], np.dtype[np.bool_]]


class Columns(Struct, frozen=True, eq=False):
    """A market by column. Of trades `price` is each one's, of candles their close; trades have no other prices.

    `at_ms` is the time of a trade or the beginning of a bar. These are for deciding and therefore `float`; what is
    decided is reckoned exactly. A row may look at itself and at those before it, never at a later one.
    """

    market: str
    at_ms: np.ndarray[tuple[int], np.dtype[np.int64]]
    price: Floats
    volume: Floats
    opening: Floats | None = None
    high: Floats | None = None
    low: Floats | None = None
    is_bid: Flags | None = None


class Signals(Struct, frozen=True, eq=False):
    """What to do at each row: `enter` counts while nothing is held, `leave` while something is.

    Entering asks for `volume` coins at `enter_price` (a limit), or without prices for `spend` of money at the market.
    Leaving asks for all that is held, at `leave_price` or at the market. An order that still waits is cancelled first.
    """

    enter: Flags
    leave: Flags
    enter_price: Floats | None = None
    leave_price: Floats | None = None
    volume: Decimal | None = None
    spend: Decimal | None = None


@runtime_checkable
class HasSignals(Protocol):
    """A strategy that also has the vectorised form."""

    def signals(self, columns: Columns) -> Signals:
        """The whole stretch at once."""
        ...


def ints_of(values: Floats | None, wanted: Flags) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
    """Prices as whole numbers of 1e-8 where they are wanted; -1 elsewhere, and throughout where there are none."""
    made = np.full(len(wanted), -1, np.int64)
    if values is not None:
        places = np.flatnonzero(wanted)
        made[places] = np.rint(values[places] * 1e8).astype(np.int64)
    return made

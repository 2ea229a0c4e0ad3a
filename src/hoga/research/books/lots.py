"""What coins cost: two ways of counting it, moving average and first in first out, exact to the last digit.

A lot is coins that came together at one cost. The moving average keeps one lot for all coins of a market; first in
first out keeps each purchase apart. A cost contains the fee of the purchase, as far as the venue told it. Coins that
were never bought in the books have no cost; a sale of them says so instead of guessing.
"""

from collections import deque
from decimal import Decimal
from typing import Protocol

from msgspec import Struct

from hoga.model.money import ZERO, share_of


class Taken(Struct, frozen=True, kw_only=True):
    """What a sale took out of the lots: `volume` coins that had a `cost`, and `uncosted` coins that had none.

    `fees_known` is False where a fee that belongs into the cost was never told. `since_ms` is when the oldest of the
    coins was bought.
    """

    volume: Decimal
    cost: Decimal
    uncosted: Decimal
    fees_known: bool
    since_ms: int


class Lot(Struct):
    """Coins with what they cost, the fee of the purchase included."""

    volume: Decimal
    cost: Decimal
    bought_ms: int
    fees_known: bool = True

    @property
    def average_price(self) -> Decimal:
        """What one of the coins cost."""
        return self.cost / self.volume

    def take(self, volume: Decimal) -> Decimal:
        """Give away some or all of the coins; returns what they cost."""
        cost = share_of(self.cost, volume, self.volume)
        self.volume -= volume
        self.cost -= cost
        return cost


class Lots(Protocol):
    """The coins of one market with their cost."""

    def buy(self, volume: Decimal, cost: Decimal, at_ms: int, *, fees_known: bool = True) -> None:
        """Take in coins."""

    def sell(self, volume: Decimal) -> Taken:
        """Give away coins, and say what they had cost."""

    def held(self) -> tuple[Lot, ...]:
        """The lots that are left, oldest first."""


class Average:
    """Moving average: every coin of the market costs the same; the cost begins anew when nothing is left."""

    def __init__(self) -> None:
        self._lot = Lot(ZERO, ZERO, 0)

    def buy(self, volume: Decimal, cost: Decimal, at_ms: int, *, fees_known: bool = True) -> None:
        """Take in coins at what they cost, fee included."""
        if not self._lot.volume:
            self._lot = Lot(ZERO, ZERO, at_ms)
        self._lot.volume += volume
        self._lot.cost += cost
        self._lot.fees_known = self._lot.fees_known and fees_known

    def sell(self, volume: Decimal) -> Taken:
        """Give away coins at their average cost."""
        lot = self._lot
        costed = min(volume, lot.volume)
        cost = lot.take(costed) if costed else ZERO
        known = lot.fees_known or not costed
        return Taken(volume=costed, cost=cost, uncosted=volume - costed, fees_known=known, since_ms=lot.bought_ms)

    def held(self) -> tuple[Lot, ...]:
        """The one lot, or none."""
        return (self._lot,) if self._lot.volume else ()


class FirstInFirstOut:
    """First in, first out: the coins that were bought first are sold first, each at its own cost."""

    def __init__(self) -> None:
        self._lots: deque[Lot] = deque()

    def buy(self, volume: Decimal, cost: Decimal, at_ms: int, *, fees_known: bool = True) -> None:
        """Take in coins at what they cost, fee included."""
        self._lots.append(Lot(volume, cost, at_ms, fees_known))

    def sell(self, volume: Decimal) -> Taken:
        """Give away the oldest coins at what they cost."""
        left, cost, known = volume, ZERO, True
        since_ms = self._lots[0].bought_ms if self._lots else 0
        while left and self._lots:
            lot = self._lots[0]
            part = min(left, lot.volume)
            cost += lot.take(part)
            left -= part
            known = known and lot.fees_known
            if not lot.volume:
                self._lots.popleft()
        return Taken(volume=volume - left, cost=cost, uncosted=left, fees_known=known, since_ms=since_ms)

    def held(self) -> tuple[Lot, ...]:
        """The lots that are left, oldest first."""
        return tuple(self._lots)

"""The coins a strategy itself has bought, apart from whatever else the account holds."""

from decimal import Decimal

from hoga.model.commands import Side
from hoga.model.events import Fill
from hoga.model.money import ZERO


class Held:
    """Volume, average price and age of a strategy's own position; told of every fill."""

    def __init__(self) -> None:
        self.volume = ZERO
        self.cost = ZERO
        self.since_ns = 0

    @property
    def price(self) -> Decimal:
        """What one coin cost on average; zero when nothing is held."""
        return self.cost / self.volume if self.volume else ZERO

    def hear(self, fill: Fill, now_ns: int) -> None:
        """Count a fill of one of the strategy's orders."""
        if fill.side is Side.BUY:
            if not self.volume:
                self.since_ns = now_ns
            self.volume += fill.volume
            self.cost += fill.price * fill.volume
        else:
            left = max(self.volume - fill.volume, ZERO)
            self.cost = self.price * left
            self.volume = left

"""What the limits that look back remember: moments, swings of a price, the money of a day. Pure, and small."""

from collections import deque
from decimal import Decimal

from hoga.model.commands import PlaceOrder
from hoga.model.money import VOLUME_STEP, ZERO, ceil_to_tick
from hoga.model.recovered import MoneyMemory

SECOND_NS = 1_000_000_000
DAY_NS = 86_400 * SECOND_NS
#: The day of the money begins at midnight in Korea, nine hours before the one of UTC.
KOREA_NS = 9 * 3600 * SECOND_NS
SHORT_S, LONG_S = 10, 60


class Moments:
    """When something happened, the newest `kept` times; asked how often it did since some moment."""

    __slots__ = ("_at_ns",)

    def __init__(self, kept: int) -> None:
        self._at_ns: deque[int] = deque(maxlen=kept)

    def add(self, now_ns: int) -> None:
        """It happened again."""
        self._at_ns.append(now_ns)

    def count(self, since_ns: int) -> int:
        """How often it happened after `since_ns`."""
        count = 0
        for at_ns in reversed(self._at_ns):
            if at_ns <= since_ns:
                break
            count += 1
        return count

    def reaches(self, times: int, since_ns: int) -> bool:
        """Tell whether it happened at least so often after `since_ns`; one look, however often it did."""
        at_ns = self._at_ns
        if times > (at_ns.maxlen or 0):
            raise ValueError(f"{times} moments are asked for, {at_ns.maxlen} are kept")
        return len(at_ns) >= times and at_ns[-times] > since_ns

    def clear(self) -> None:
        """Begin anew."""
        self._at_ns.clear()


class Swings:
    """How far a price went within ten seconds and within a minute; a second is one low and one high."""

    __slots__ = ("_high", "_low", "_old", "_second")

    def __init__(self) -> None:
        self._second = -1
        self._low = self._high = ZERO
        self._old: deque[tuple[int, Decimal, Decimal]] = deque(maxlen=LONG_S)

    def add(self, price: Decimal, now_ns: int) -> bool:
        """The market traded; tell whether a new second began."""
        second = now_ns // SECOND_NS
        if second != self._second:
            if self._second >= 0:
                self._old.append((self._second, self._low, self._high))
            self._second, self._low, self._high = second, price, price
            return True
        if price > self._high:
            self._high = price
        elif price < self._low:
            self._low = price
        return False

    def widest(self, window_s: int, now_ns: int) -> Decimal:
        """The highest price over the lowest of the last seconds, less one: 0.05 is 5 %."""
        since = now_ns // SECOND_NS - window_s
        low, high = self._low, self._high
        if self._second <= since or not low:
            return ZERO
        for second, its_low, its_high in reversed(self._old):
            if second <= since:
                break
            low, high = min(low, its_low), max(high, its_high)
        return high / low - 1


class Day:
    """The money of a day in Korea: what it began with, what was traded and paid for it; and the peak of all days."""

    __slots__ = ("fees", "number", "peak", "start", "turnover")

    def __init__(self) -> None:
        self.number = -1
        self.start: Decimal | None = None
        self.peak = self.turnover = self.fees = ZERO

    def resume(self, known: MoneyMemory) -> None:
        """Go on where an earlier run stopped."""
        self.number, self.start, self.peak = known.day, known.start, known.peak
        self.turnover, self.fees = known.turnover, known.fees

    def see(self, equity: Decimal, now_ns: int) -> bool:
        """What is owned at this moment; tell whether a new day began with it."""
        self.peak = max(self.peak, equity)
        number = (now_ns + KOREA_NS) // DAY_NS
        if number == self.number:
            self.start = equity if self.start is None else self.start
            return False
        self.number, self.start = number, equity
        self.turnover = self.fees = ZERO
        return True

    def moved(self, before: Decimal, after: Decimal) -> None:
        """Money came or went by another hand: the start and the peak change in the same proportion."""
        if before == after:
            return
        if before > 0 and after > 0:
            self.peak *= after / before
            self.start = None if self.start is None else self.start * after / before
        else:  # all there is came just now, or all there was is gone: nothing to compare with
            self.peak, self.start = max(after, ZERO), None if self.start is None else max(after, ZERO)

    def trade(self, funds: Decimal, fee: Decimal) -> None:
        """A fill was booked."""
        self.turnover += funds
        self.fees += fee

    def loss(self, equity: Decimal) -> Decimal:
        """The share of the day's start that is gone; below zero for a gain."""
        return (self.start - equity) / self.start if self.start else ZERO

    def drawdown(self, equity: Decimal) -> Decimal:
        """The share of the peak that is gone."""
        return (self.peak - equity) / self.peak if self.peak else ZERO


class Parent:
    """A larger plan of which orders are parts: what its parts may come to, and how many there were."""

    __slots__ = ("children", "halted", "market", "side", "volume")

    def __init__(self, market: str, side: str, volume: Decimal) -> None:
        self.market = market
        self.side = side
        self.volume = volume
        self.children: dict[str, Decimal] = {}
        self.halted = ""

    @property
    def sent(self) -> Decimal:
        """What all parts come to in the worst case: each as large as it was sent, filled or not."""
        return sum(self.children.values(), ZERO)


def most_coins(order: PlaceOrder, reference: Decimal | None, collar: Decimal) -> Decimal | None:
    """The most coins an order can come to: a buy in money is filled no further below the market than the collar.

    None where nothing bounds it: no price is known.
    """
    if order.volume is not None:
        return order.volume
    if order.spend is None or reference is None or collar >= 1:
        return None
    return ceil_to_tick(order.spend / (reference * (1 - collar)), VOLUME_STEP)

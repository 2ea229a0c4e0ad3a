"""The book: every fill with what its coins had cost, by moving average and first in first out, and what a year gained.

A purchase costs price times volume and its fee. A sale brings price times volume less its fee; its gain is that less
the cost of the coins. Coins sold that were never bought in the book have no cost: they are told apart, and only the
part that has a cost gains or loses. Everything is exact; a share of a cost is cut to 24 decimals and the rest stays in
the lot, so that gains and lots together are always what was paid and received.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from decimal import Decimal

from msgspec import Struct

from hoga.model.commands import Side
from hoga.model.money import ZERO, exactly, share_of
from hoga.research.books.entries import Entry, Gathering
from hoga.research.books.lots import Average, FirstInFirstOut, Lot, Lots
from hoga.research.calendar import KST
from hoga.research.result import Result


class Outcome(Struct, frozen=True, kw_only=True):
    """What one sale gained by one way of counting.

    `proceeds` are those of the coins that had a cost, less their part of the fee; `uncosted` coins had none and
    brought `uncosted_proceeds`. `fees_known` is False where a fee of the sale or of its purchases was never told: the
    gain is then the one before that fee.
    """

    cost: Decimal
    proceeds: Decimal
    uncosted: Decimal
    uncosted_proceeds: Decimal
    fees_known: bool
    bought_ms: int

    @property
    def gain(self) -> Decimal:
        """Proceeds less cost."""
        return self.proceeds - self.cost


class Line(Struct, frozen=True, kw_only=True):
    """One fill with its outcome (None for a purchase) and the coins with a cost that were held after it."""

    entry: Entry
    average: Outcome | None
    fifo: Outcome | None
    held: Decimal

    @property
    def year(self) -> int:
        """The KST year of the fill."""
        return datetime.fromtimestamp(self.entry.at_ms / 1000, UTC).astimezone(KST).year

    @property
    def quote(self) -> str:
        """The currency its money is told in."""
        return self.entry.market.partition("-")[0]


class Total(Struct, kw_only=True):
    """What the fills of one year and currency come to; `bought` and `sold` are funds, fees apart."""

    year: int
    currency: str
    fills: int = 0
    bought: Decimal = ZERO
    sold: Decimal = ZERO
    fees: Decimal = ZERO
    unknown_fees: int = 0
    gain_average: Decimal = ZERO
    gain_fifo: Decimal = ZERO
    uncosted_sales: int = 0
    uncosted_proceeds: Decimal = ZERO
    uncertain_gains: int = 0


class Book(Struct, frozen=True, kw_only=True):
    """Every fill, oldest first, and the lots that are left by market and way of counting."""

    lines: Sequence[Line]
    average: Mapping[str, Sequence[Lot]]
    fifo: Mapping[str, Sequence[Lot]]

    def of_year(self, year: int | None) -> list[Line]:
        """The fills of one KST year, or all. What they cost may have been bought in any year before."""
        return [line for line in self.lines if year is None or line.year == year]


class Opening(Struct, frozen=True):
    """Coins that were there before the first fill, with what they are taken to have cost."""

    market: str
    volume: Decimal
    cost: Decimal
    at_ms: int


class _Market:
    """Both ways of counting for one market."""

    def __init__(self) -> None:
        self.average, self.fifo = Average(), FirstInFirstOut()

    def open_with(self, opening: Opening) -> None:
        for lots in (self.average, self.fifo):
            lots.buy(opening.volume, opening.cost, opening.at_ms)

    def line(self, entry: Entry) -> Line:
        fee = entry.fee or ZERO
        if entry.side is Side.BUY:
            for lots in (self.average, self.fifo):
                lots.buy(entry.volume, entry.funds + fee, entry.at_ms, fees_known=entry.fee is not None)
            return Line(entry=entry, average=None, fifo=None, held=self.held)
        average, fifo = _sold(entry, self.average), _sold(entry, self.fifo)
        return Line(entry=entry, average=average, fifo=fifo, held=self.held)

    @property
    def held(self) -> Decimal:
        return sum((lot.volume for lot in self.average.held()), ZERO)


def book_of(entries: Iterable[Entry], openings: Iterable[Opening] = ()) -> Book:
    """Book fills, which must come oldest first."""
    with exactly():
        markets: dict[str, _Market] = {}
        for opening in openings:
            markets.setdefault(opening.market, _Market()).open_with(opening)
        lines = [markets.setdefault(entry.market, _Market()).line(entry) for entry in entries]
        return Book(
            lines=lines,
            average={code: market.average.held() for code, market in markets.items()},
            fifo={code: market.fifo.held() for code, market in markets.items()},
        )


def book_of_result(result: Result) -> Book:
    """The book of a backtest. Coins it began with count as bought at the first price of their market."""
    gathering = Gathering()
    for fill in result.fills:
        gathering.add(fill, result.strategy)
    with exactly():
        openings = [
            Opening(code, volume, volume * result.first_prices[code], result.begin_ms)
            for code, market in result.markets.items()
            if (volume := result.starting.get(market.base, ZERO)) and code in result.first_prices
        ]
    return book_of(gathering.entries(), openings)


def totals(lines: Iterable[Line]) -> list[Total]:
    """What fills come to by KST year and currency, in that order."""
    found: dict[tuple[int, str], Total] = {}
    with exactly():
        for line in lines:
            key = (line.year, line.quote)
            _count(line, found.setdefault(key, Total(year=key[0], currency=key[1])))
    return [found[key] for key in sorted(found)]


def _count(line: Line, total: Total) -> None:
    entry = line.entry
    total.fills += 1
    total.fees += entry.fee or ZERO
    total.unknown_fees += entry.fee is None
    if line.average is None or line.fifo is None:
        total.bought += entry.funds
        return
    total.sold += entry.funds
    total.gain_average += line.average.gain
    total.gain_fifo += line.fifo.gain
    total.uncosted_sales += line.average.uncosted > 0
    total.uncosted_proceeds += line.average.uncosted_proceeds
    total.uncertain_gains += not (line.average.fees_known and line.fifo.fees_known)


def _sold(entry: Entry, lots: Lots) -> Outcome:
    taken = lots.sell(entry.volume)
    received = entry.funds - (entry.fee or ZERO)
    proceeds = share_of(received, taken.volume, entry.volume)
    return Outcome(
        cost=taken.cost,
        proceeds=proceeds,
        uncosted=taken.uncosted,
        uncosted_proceeds=received - proceeds,
        fees_known=taken.fees_known and entry.fee is not None,
        bought_ms=taken.since_ms,
    )

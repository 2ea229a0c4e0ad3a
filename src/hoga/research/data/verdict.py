"""What was found in recorded prices: counts by kind of trouble, outages told apart from quiet minutes."""

from collections.abc import Sequence

from msgspec import Struct

from hoga.research.data.asking import kst
from hoga.research.data.units import name_of


class Outage(Struct, frozen=True, order=True):
    """The exchange was silent: nothing traded from `begin_ms` until `end_ms` on any of `markets`.

    Both are bounds of bars: it may have begun within the bar before and ended within the bar after.
    """

    begin_ms: int
    end_ms: int
    markets: tuple[str, ...]


class Gaps(Struct, frozen=True, kw_only=True):
    """Bars that are not there, in runs: how many runs, bars in all, and the longest run.

    Each run is one of three: an `outage`, `quiet` (nobody traded), or a `hole` (too long for either, so never fetched).
    """

    gaps: int = 0
    bars: int = 0
    longest: int = 0
    outages: int = 0
    outage_bars: int = 0
    quiet: int = 0
    quiet_bars: int = 0
    holes: int = 0
    hole_bars: int = 0


class Verdict(Struct, frozen=True, kw_only=True):
    """All that is to be said of one series. Times are milliseconds UTC.

    `duplicates` are rows that repeat another to the digit, `conflicting` those that repeat its time with other numbers.
    `off_tick` counts prices beside the price steps in force since 2025-07-31 (older ones are not looked at); the venue
    itself has such prices. `backwards` counts rows that stand before an earlier one, `jumps` steps of exactly nine
    hours, `off_grid` bars that begin between two. `sampled` says in words why this looks like pages with holes between.
    """

    market: str
    kind: str
    unit_s: int
    rows: int
    first_ms: int
    last_ms: int
    gaps: Gaps
    outages: tuple[Outage, ...] = ()
    holes: tuple[tuple[int, int], ...] = ()
    duplicates: int = 0
    conflicting: int = 0
    off_tick: int = 0
    bad_prices: int = 0
    backwards: int = 0
    jumps: int = 0
    off_grid: int = 0
    mixed: str = ""
    sampled: str = ""

    @property
    def faults(self) -> tuple[str, ...]:
        """What forbids to rely on this series, in words; empty where it is sound."""
        told = (
            (self.conflicting, f"{self.conflicting:,} rows repeat a time with other numbers"),
            (self.bad_prices, f"{self.bad_prices:,} rows have prices out of order, negative or missing numbers"),
            (self.off_grid, f"{self.off_grid:,} bars begin where no bar of {self.unit} begins"),
            (self.mixed, self.mixed),
            (self.sampled, self.sampled),
        )
        return tuple(words for is_so, words in told if is_so)

    @property
    def warnings(self) -> tuple[str, ...]:
        """What one should know, and what does no harm."""
        gaps = self.gaps
        told = (
            (gaps.holes, f"{gaps.holes:,} holes of {gaps.hole_bars:,} bars were never fetched{self._first_hole()}"),
            (self.duplicates, f"{self.duplicates:,} rows are there twice"),
            (self.jumps, f"{self.jumps:,} steps of exactly nine hours: was a clock changed from KST to UTC?"),
            (self.backwards, f"{self.backwards:,} rows stand before an earlier one"),
            (self.off_tick, f"{self.off_tick:,} prices are off the price steps of today"),
        )
        return tuple(words for is_so, words in told if is_so)

    @property
    def unit(self) -> str:
        """The name of the length of its bars; empty for trades and books."""
        return name_of(self.unit_s) if self.unit_s else ""

    def _first_hole(self) -> str:
        return f", the first from {kst(self.holes[0][0])} to {kst(self.holes[0][1])}" if self.holes else ""


def calendar(verdicts: Sequence[Verdict]) -> tuple[Outage, ...]:
    """The outages of several series put together: those that overlap are one, from the first to the last bound."""
    found: list[Outage] = []
    for outage in sorted(outage for verdict in verdicts for outage in verdict.outages):
        if found and outage.begin_ms < found[-1].end_ms:
            last = found[-1]
            markets = tuple(sorted({*last.markets, *outage.markets}))
            found[-1] = Outage(last.begin_ms, max(last.end_ms, outage.end_ms), markets)
        else:
            found.append(outage)
    return tuple(found)

"""Somebody's file into the store: read, judged, and kept only where it can be relied on."""

from collections.abc import Sequence
from pathlib import Path

from duckdb import DuckDBPyConnection
from msgspec import Struct

from hoga.research.data.asking import kst
from hoga.research.data.checks import check_bars, check_ticks
from hoga.research.data.clocks import Clock, Told
from hoga.research.data.errors import DataError
from hoga.research.data.layout import Series, candles_of, trades_of
from hoga.research.data.loading import load
from hoga.research.data.notes import Span, missing
from hoga.research.data.parquet import connect
from hoga.research.data.units import end_of_bar
from hoga.research.data.verdict import Verdict
from hoga.research.data.writing import Kept, keep, stage

_MOST_TOLD = 3
#: The first bitcoin was mined on this day (2009-01-03).
EARLIEST_MS = 1_230_940_800_000
#: Clocks of two machines do not run quite alike.
SLACK_MS = 60_000


class Imported(Struct, frozen=True, kw_only=True):
    """What came of one file: what it held, on which clock and why we believe so, and what was kept of each market."""

    path: str
    kind: str
    unit_s: int
    clock: Told
    verdicts: tuple[Verdict, ...]
    kept: tuple[tuple[str, Kept], ...]

    @property
    def rows(self) -> int:
        """How many rows the file had."""
        return sum(verdict.rows for verdict in self.verdicts)


def import_file(
    store: Path,
    path: Path,
    *,
    fetched_ms: int,
    markets: Sequence[str] = (),
    unit_s: int | None = None,
    clock: Clock | None = None,
    replace: bool = False,
) -> Imported:
    """Bring a file of candles or trades into the store.

    CSV, Parquet and JSON with Upbit's own names or the usual ones. `DataError` where the file cannot be relied on: an
    unsure or impossible clock, prices out of order, contradictions, mixed units, skipped pages; nothing is kept then.
    """
    with connect() as connection:
        loaded = load(connection, path, markets=markets, unit_s=unit_s, clock=clock)
        is_candles = loaded.kind == "candles"
        verdicts = check_bars(connection, loaded.unit_s) if is_candles else check_ticks(connection)
        _refuse(path, verdicts)
        _refuse_times(path, verdicts, loaded.clock, fetched_ms)
        source = f"imported from {path.name} ({loaded.clock.why})"
        kept = []
        for verdict in verdicts:
            series = candles_of(verdict.market, loaded.unit_s) if is_candles else trades_of(verdict.market)
            _stage(connection, series)
            covered = _covered(verdict)
            told = keep(connection, store, series, covered, source=source, fetched_ms=fetched_ms, replace=replace)
            kept.append((verdict.market, told))
    return Imported(
        path=str(path),
        kind=loaded.kind,
        unit_s=loaded.unit_s,
        clock=loaded.clock,
        verdicts=tuple(verdicts),
        kept=tuple(kept),
    )


def _refuse(path: Path, verdicts: Sequence[Verdict]) -> None:
    faulty = [verdict for verdict in verdicts if verdict.faults]
    if not faulty:
        return
    told = "; ".join(f"{verdict.market}: {', '.join(verdict.faults)}" for verdict in faulty[:_MOST_TOLD])
    more = f"; and {len(faulty) - _MOST_TOLD:,} other markets" if len(faulty) > _MOST_TOLD else ""
    raise DataError(f"{path} is not kept, as no test on it could be trusted. {told}{more}.")


def _refuse_times(path: Path, verdicts: Sequence[Verdict], clock: Told, now_ms: int) -> None:
    """Nothing can have traded before there was anything to trade, nor later than now: then the clock is another one."""
    for verdict in verdicts:
        if verdict.first_ms < EARLIEST_MS or verdict.last_ms > now_ms + SLACK_MS:
            wrong_ms = verdict.first_ms if verdict.first_ms < EARLIEST_MS else verdict.last_ms
            when = "before there was anything to trade" if verdict.first_ms < EARLIEST_MS else "in the future"
            raise DataError(
                f"{path}: {verdict.market} has rows of {kst(wrong_ms)}, {when}. The clock was read so: {clock.why}."
                " Is it another one (--clock)?"
            )


def _covered(verdict: Verdict) -> tuple[Span, ...]:
    """From the first row to the last, without the holes."""
    if verdict.kind == "trades":
        return (Span(verdict.first_ms, verdict.last_ms + 1),)
    holes = [Span(begin_ms, end_ms) for begin_ms, end_ms in verdict.holes]
    return missing(holes, verdict.first_ms, end_of_bar(verdict.last_ms, verdict.unit_s))


def _stage(connection: DuckDBPyConnection, series: Series) -> None:
    stage(connection, series.kind)
    if series.kind == "candles":
        connection.execute(
            "INSERT INTO staged SELECT make_timestamp_ms(start_ms), any_value(opening), any_value(high),"
            " any_value(low), any_value(close), any_value(volume), max(value) FROM bars WHERE market = ?"
            " GROUP BY start_ms",
            [series.market],
        )
        return
    connection.execute(
        "INSERT INTO staged SELECT DISTINCT make_timestamp_ms(at_ms), sequential_id, price, volume, is_bid"
        " FROM ticks WHERE market = ?",
        [series.market],
    )

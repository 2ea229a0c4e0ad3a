"""Judging what lies in the store, and files that do not."""

from collections.abc import Iterator, Sequence
from pathlib import Path

import duckdb
from duckdb import DuckDBPyConnection
from msgspec import Struct
from msgspec.structs import replace

from hoga.model.errors import ConfigError
from hoga.research.data.asking import notes_of
from hoga.research.data.checks import check_bars, check_ticks
from hoga.research.data.clocks import Clock
from hoga.research.data.errors import DataError
from hoga.research.data.frames import html_table
from hoga.research.data.layout import Series, checked_code, files_of, month_of_file, series_in
from hoga.research.data.loading import is_readable, load
from hoga.research.data.notes import Note, Span, joined
from hoga.research.data.parquet import connect, quoted, read_note, unreadable
from hoga.research.data.verdict import Gaps, Outage, Verdict, calendar

#: Stands for the market of a file that names none; of a quote currency without price steps.
_NAMELESS = "FILE-ONE"


class Verified(Struct, frozen=True, kw_only=True):
    """What was found: a verdict on each series, the outages of all of them together, and files that are broken.

    `clock` tells for a single file which clock its times were read by, and why.
    """

    verdicts: tuple[Verdict, ...]
    outages: tuple[Outage, ...]
    broken: tuple[str, ...] = ()
    clock: str = ""

    @property
    def is_sound(self) -> bool:
        """Tell whether every series can be relied on and every file read."""
        return not self.broken and not any(verdict.faults for verdict in self.verdicts)

    def _repr_html_(self) -> str:
        heads = ("market", "unit", "rows", "gaps", "bars", "outages", "quiet", "holes", "faults")
        cells = [
            [
                verdict.market,
                verdict.unit or verdict.kind,
                *(f"{n:,}" for n in (verdict.rows, verdict.gaps.gaps, verdict.gaps.bars)),
                *(f"{n:,}" for n in (verdict.gaps.outages, verdict.gaps.quiet, verdict.gaps.holes)),
                "; ".join(verdict.faults),
            ]
            for verdict in self.verdicts
        ]
        return html_table("Sound" if self.is_sound else "Not sound", heads, cells)


def verify_file(path: Path, *, markets: Sequence[str] = (), clock: Clock | None = None) -> Verified:
    """Judge a file of candles or trades that is not in the store; an unsure clock counts as UTC here."""
    told = ""
    with connect() as connection:
        try:
            loaded = load(connection, path, markets=markets, unit_s=None, clock=clock)
        except (ConfigError, DataError) as fault:
            if "--market" in str(fault):
                nameless = verify_file(path, markets=[_NAMELESS], clock=clock)
                verdicts = tuple(replace(verdict, market="(one)") for verdict in nameless.verdicts)
                outages = tuple(replace(outage, markets=("(one)",)) for outage in nameless.outages)
                return Verified(verdicts=verdicts, outages=outages, clock=nameless.clock)
            if clock is not None or "--clock" not in str(fault):
                raise
            told = "it says neither UTC nor KST and was taken for UTC; where that is wrong, all times are (--clock)"
            loaded = load(connection, path, markets=markets, unit_s=None, clock="utc")
        is_candles = loaded.kind == "candles"
        found = check_bars(connection, loaded.unit_s) if is_candles else check_ticks(connection)
        return Verified(verdicts=tuple(found), outages=calendar(found), clock=told or loaded.clock.why)


def files_to_verify(folder: Path) -> list[Path]:
    """The files of a folder that may hold prices, in the order of their names."""
    return sorted(path for path in folder.iterdir() if path.is_file() and is_readable(path))


def is_store(folder: Path) -> bool:
    """Tell whether a folder is a store, and not one with somebody's files."""
    return any((folder / kind).is_dir() for kind in ("candles", "trades", "books"))


def verify_store(store: Path, market: str | None = None) -> Verified:
    """Judge every series of the store, or those of one market (the others are still asked about outages)."""
    if market is not None:
        checked_code(market)
    wanted = list(series_in(store))
    if not any(market in {None, series.market} for series in wanted):
        name = f" of {market}" if market else ""
        raise DataError(f"There is nothing{name} in {store}. See `hoga data list`, or give --data.")
    verdicts: list[Verdict] = []
    broken: list[str] = []
    with connect() as connection:
        for unit_s in sorted({series.unit_s for series in wanted if series.kind == "candles"}):
            of_unit = [series for series in wanted if series.kind == "candles" and series.unit_s == unit_s]
            if any(market in {None, series.market} for series in of_unit):
                verdicts += _candles(connection, store, of_unit, broken)
        for series in wanted:
            if series.kind != "candles" and market in {None, series.market}:
                verdicts += _others(connection, store, series, broken)
    outages = calendar(verdicts)
    shown = [verdict for verdict in verdicts if market in {None, verdict.market}]
    return Verified(verdicts=tuple(shown), outages=outages, broken=tuple(broken))


def _candles(
    connection: DuckDBPyConnection, store: Path, of_unit: Sequence[Series], broken: list[str]
) -> list[Verdict]:
    """All markets of one unit together, as they witness for each other."""
    connection.execute(
        "CREATE OR REPLACE TABLE bars (market VARCHAR, start_ms BIGINT, opening DECIMAL(38, 8), high DECIMAL(38, 8),"
        " low DECIMAL(38, 8), close DECIMAL(38, 8), volume DECIMAL(38, 8), value DECIMAL(38, 8), place BIGINT)"
    )
    covered: dict[str, tuple[Span, ...]] = {}
    for series in of_unit:
        spans: list[Span] = []
        for path, note in _sound(connection, store, series, broken):
            columns = "epoch_ms(start_utc), opening, high, low, close, volume, value"
            insert = (
                f"INSERT INTO bars SELECT '{series.market}', {columns}, file_row_number + {month_of_file(path)[0]}"
                f" FROM read_parquet({quoted(path)}, file_row_number = true)"
            )
            if _worked(connection, insert, path, broken):
                spans += note.covered
        covered[series.market] = joined(spans)
    return check_bars(connection, of_unit[0].unit_s, covered)


def _others(connection: DuckDBPyConnection, store: Path, series: Series, broken: list[str]) -> Iterator[Verdict]:
    found = list(_sound(connection, store, series, broken))
    if series.kind == "trades":
        connection.execute(
            "CREATE OR REPLACE TABLE ticks (market VARCHAR, at_ms BIGINT, sequential_id BIGINT, price DECIMAL(38, 8),"
            " volume DECIMAL(38, 8), is_bid BOOLEAN, place BIGINT)"
        )
        for path, _ in found:
            insert = (
                f"INSERT INTO ticks SELECT '{series.market}', epoch_ms(at_utc), sequential_id, price, volume, is_bid,"
                f" file_row_number + {month_of_file(path)[0]} FROM read_parquet({quoted(path)}, file_row_number = true)"
            )
            _worked(connection, insert, path, broken)
        yield from check_ticks(connection)
        return
    rows = 0
    for path, _ in found:
        counted = connection.execute(f"SELECT count(*) FROM read_parquet({quoted(path)})").fetchone()
        rows += counted[0] if counted else 0
    spans = joined(span for _, note in found for span in note.covered)
    if spans:
        first_ms, last_ms = spans[0].begin_ms, spans[-1].end_ms - 1
        yield Verdict(
            market=series.market,
            kind=series.kind,
            unit_s=0,
            rows=rows,
            first_ms=first_ms,
            last_ms=last_ms,
            gaps=Gaps(),
        )


def _sound(
    connection: DuckDBPyConnection, store: Path, series: Series, broken: list[str]
) -> Iterator[tuple[Path, Note]]:
    """The files whose notes can be read; the others are told in `broken`."""
    try:
        yield from notes_of(connection, store, series)
    except DataError:
        for path in files_of(store, series):
            try:
                yield path, read_note(connection, path)
            except DataError as fault:
                broken.append(str(fault))


def _worked(connection: DuckDBPyConnection, insert: str, path: Path, broken: list[str]) -> bool:
    try:
        connection.execute(insert)
    except duckdb.Error as fault:
        broken.append(str(unreadable(path, fault)))
        return False
    return True

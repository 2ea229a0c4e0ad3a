"""What lies in the store: by series, from when to when, how many rows, how large."""

from pathlib import Path

import duckdb
from duckdb import DuckDBPyConnection
from msgspec import Struct

from hoga.research.data.asking import kst, notes_of
from hoga.research.data.frames import html_table
from hoga.research.data.layout import Series, series_in
from hoga.research.data.notes import MADE_UP, Span, joined
from hoga.research.data.parquet import connect, quoted, unreadable
from hoga.research.data.units import is_even, name_of


class Listed(Struct, frozen=True, kw_only=True):
    """One series. Times are milliseconds UTC, `end_ms` is exclusive.

    `holes` are stretches between `begin_ms` and `end_ms` that were never fetched; `silent` counts the bars in which
    nothing traded (None for trades and books, and for months and years).
    """

    market: str
    kind: str
    unit: str
    begin_ms: int
    end_ms: int
    rows: int
    holes: int
    silent: int | None
    bytes: int
    sources: tuple[str, ...]
    is_made_up: bool = False


class Listing(Struct, frozen=True):
    """Everything in a store, as a table in a notebook."""

    rows: tuple[Listed, ...]

    def _repr_html_(self) -> str:
        heads = ("market", "kind", "unit", "from (KST)", "to (KST)", "rows", "silent", "holes", "MB")
        cells = [
            [
                row.market,
                row.kind,
                row.unit,
                kst(row.begin_ms),
                kst(row.end_ms),
                f"{row.rows:,}",
                "" if row.silent is None else f"{row.silent:,}",
                str(row.holes),
                f"{row.bytes / 1e6:.1f}",
            ]
            for row in self.rows
        ]
        return html_table("Recorded prices", heads, cells)


def list_store(store: Path) -> list[Listed]:
    """Every series of the store, by kind, unit and market; empty where there is none."""
    with connect() as connection:
        found = [_listed(connection, store, series) for series in series_in(store)]
    return [listed for listed in found if listed is not None]


def _listed(connection: DuckDBPyConnection, store: Path, series: Series) -> Listed | None:
    rows = size = 0
    spans: list[Span] = []
    sources: list[str] = []
    for path, note in notes_of(connection, store, series):
        try:
            counted = connection.execute(f"SELECT num_rows FROM parquet_file_metadata({quoted(path)})").fetchone()
        except duckdb.Error as fault:
            raise unreadable(path, fault) from None
        rows += counted[0] if counted else 0
        size += path.stat().st_size
        spans += note.covered
        sources += note.sources
    whole = joined(spans)
    if not whole:
        return None
    silent = None
    if series.unit_s and is_even(series.unit_s):
        silent = max(0, sum(span.end_ms - span.begin_ms for span in whole) // (series.unit_s * 1000) - rows)
    return Listed(
        market=series.market,
        kind=series.kind,
        unit=name_of(series.unit_s) if series.unit_s else "",
        begin_ms=whole[0].begin_ms,
        end_ms=whole[-1].end_ms,
        rows=rows,
        holes=len(whole) - 1,
        silent=silent,
        bytes=size,
        sources=tuple(dict.fromkeys(sources)),
        is_made_up=any(source.startswith(MADE_UP) for source in sources),
    )

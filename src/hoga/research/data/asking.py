"""A question to the store: which files answer it, what is covered, and what to say where nothing is."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import duckdb
from duckdb import DuckDBPyConnection
from msgspec import Struct

from hoga.research.calendar import KST
from hoga.research.data.errors import DataError
from hoga.research.data.layout import Series, files_of, month_of_file
from hoga.research.data.notes import Note, Span, joined, missing, within
from hoga.research.data.parquet import ONE, groups_of, read_note, small_part, unreadable, whole_part
from hoga.research.data.units import name_of


class Asked(Struct, frozen=True):
    """The part of a question that can be answered: [begin_ms, end_ms) and the files that hold it, oldest first."""

    begin_ms: int
    end_ms: int
    paths: tuple[Path, ...]

    def windows(self, connection: DuckDBPyConnection, path: Path, time: str) -> Iterator[tuple[int, int]]:
        """Cut the file's rows into stretches of about a row group each; `DataError` where its rows are out of order."""
        month_begin_ms, month_end_ms = month_of_file(path)
        groups = groups_of(connection, path, time)
        for group, later in zip(groups, [*groups[1:], None], strict=False):
            is_outside = group.first_ms < month_begin_ms or group.last_ms >= month_end_ms
            if is_outside or (later is not None and later.first_ms < group.last_ms):
                raise DataError(f"{path} holds rows of another time or out of order. Remove it and fetch it again.")
            begin_ms = max(self.begin_ms, group.first_ms)
            end_ms = min(self.end_ms, later.first_ms if later is not None else group.last_ms + 1)
            if begin_ms < end_ms:
                yield begin_ms, end_ms


def notes_of(connection: DuckDBPyConnection, store: Path, series: Series) -> list[tuple[Path, Note]]:
    """The files of a series with their notes, oldest first; `DataError` where a note speaks of something else."""
    found = []
    for path in files_of(store, series):
        note = read_note(connection, path)
        if (note.kind, note.market, note.unit_s) != (series.kind, series.market, series.unit_s):
            raise DataError(f"{path} holds {note.market} {note.kind} {note.unit_s or ''}, not {series}. Move it away.")
        found.append((path, note))
    return found


def coverage(store: Path, series: Series, *, connection: DuckDBPyConnection) -> tuple[Span, ...]:
    """The stretches of a series that are recorded without a hole."""
    return joined(span for _, note in notes_of(connection, store, series) for span in note.covered)


def ask(connection: DuckDBPyConnection, store: Path, series: Series, begin_ms: int, end_ms: int) -> Asked:
    """Find what answers a question; `DataError` where nothing does, or where there is a hole in the middle of it."""
    if begin_ms >= end_ms:
        raise DataError(f"The range from {kst(begin_ms)} to {kst(end_ms)} is empty.")
    notes = notes_of(connection, store, series)
    spans = within([span for _, note in notes for span in note.covered], begin_ms, end_ms)
    if not spans:
        raise DataError(f"{nothing(series, notes, begin_ms, end_ms)} {how_to_get(series, begin_ms, end_ms)}")
    first_ms, last_ms = spans[0].begin_ms, spans[-1].end_ms
    if holes := missing(spans, first_ms, last_ms):
        told = ", ".join(f"{kst(hole.begin_ms)} to {kst(hole.end_ms)}" for hole in holes[:3])
        advice = how_to_get(series, holes[0].begin_ms, holes[-1].end_ms)
        raise DataError(f"{series} in {store} has a hole that was never fetched: {told}. {advice}")
    paths = [path for path, note in notes if within(note.covered, first_ms, last_ms)]
    return Asked(first_ms, last_ms, tuple(paths))


def last_before(connection: DuckDBPyConnection, store: Path, series: Series, asked: Asked) -> int | None:
    """The close (times 1e8) that stood when `asked` begins, where the stretch before it is recorded without a hole."""
    notes = notes_of(connection, store, series)
    spans = joined(span for _, note in notes for span in note.covered)
    since_ms = next(span.begin_ms for span in spans if span.begin_ms <= asked.begin_ms < span.end_ms)
    for path, note in reversed(notes):
        if not within(note.covered, since_ms, asked.begin_ms):
            continue
        try:
            row = connection.execute(
                f"SELECT {whole_part('close')}, {small_part('close')} FROM read_parquet(?)"
                " WHERE start_utc >= make_timestamp_ms(?) AND start_utc < make_timestamp_ms(?)"
                " ORDER BY start_utc DESC LIMIT 1",
                [str(path), since_ms, asked.begin_ms],
            ).fetchone()
        except duckdb.Error as fault:
            raise unreadable(path, fault) from None
        if row is not None:
            return int(row[0]) * ONE + int(row[1])
    return None


def nothing(series: Series, notes: list[tuple[Path, Note]], begin_ms: int, end_ms: int) -> str:
    """Say that nothing of a range is recorded, and what is."""
    spans = joined(span for _, note in notes for span in note.covered)
    if not spans:
        return f"There are no {series.kind} of {series.market}{_unit(series)}."
    told = f"from {kst(spans[0].begin_ms)} to {kst(spans[-1].end_ms)}"
    return f"{series} is recorded {told}, not from {kst(begin_ms)} to {kst(end_ms)}."


def how_to_get(series: Series, begin_ms: int, end_ms: int) -> str:
    """The command that brings what is missing."""
    if series.kind == "books":
        return f"Record it: `hoga data record {series.market} --streams orderbook`."
    unit = f" --unit {name_of(series.unit_s)}" if series.unit_s else " --trades"
    first, last = day(begin_ms), day(end_ms + 86_400_000 - 1)
    return f"Get it: `hoga data download {series.market}{unit} --from {first} --to {last}`."


def kst(at_ms: int) -> str:
    """A moment for the screen."""
    return datetime.fromtimestamp(at_ms / 1000, UTC).astimezone(KST).strftime("%Y-%m-%d %H:%M KST")


def day(at_ms: int) -> str:
    """The day in Korea that holds a moment."""
    return datetime.fromtimestamp(at_ms / 1000, UTC).astimezone(KST).strftime("%Y-%m-%d")


def _unit(series: Series) -> str:
    return f" of {name_of(series.unit_s)}" if series.unit_s else ""

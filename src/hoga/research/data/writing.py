"""New rows into the store: month by month, merged with what is there, each file whole or not at all."""

import fcntl
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

import duckdb
from duckdb import DuckDBPyConnection
from msgspec import Struct

from hoga.research.data.asking import kst
from hoga.research.data.errors import DataError
from hoga.research.data.layout import Kind, Series, file_of, files_of
from hoga.research.data.notes import MADE_UP, Note, Span, is_made_up, joined, merged, within
from hoga.research.data.parquet import NARROW, NARROW_BELOW, WIDE, Ints, decimal_sql, quoted, read_note, write_whole
from hoga.research.data.rows import SHAPES, Shape
from hoga.research.data.units import month_ms


class Kept(Struct, frozen=True):
    """What became of new rows: put in, there already with the same numbers, or put over others."""

    added: int = 0
    same: int = 0
    replaced: int = 0
    files: int = 0

    def plus(self, other: "Kept") -> "Kept":
        """Both counts together."""
        return Kept(
            self.added + other.added, self.same + other.same, self.replaced + other.replaced, self.files + other.files
        )


def stage(connection: DuckDBPyConnection, kind: Kind) -> None:
    """Make an empty table `staged` for new rows of a kind; whatever was in one is gone."""
    columns = ", ".join(f"{name} {sql}" for name, sql in SHAPES[kind].columns.items())
    connection.execute(f"CREATE OR REPLACE TABLE staged ({columns})")


def stage_columns(
    connection: DuckDBPyConnection, kind: Kind, columns: Mapping[str, Ints], scales: Mapping[str, int], where: str = ""
) -> None:
    """Put columns of whole numbers into `staged`: times in ms, decimals by their scale; a missing column is NULL."""
    parts = []
    for name, sql in SHAPES[kind].columns.items():
        if name not in columns:
            parts.append(f"CAST(NULL AS {sql})")
        elif sql == "TIMESTAMP":
            parts.append(f"make_timestamp_ms({name})")
        else:
            parts.append(decimal_sql(name, scales[name], WIDE) if sql == WIDE else name)
    connection.register("incoming", dict(columns))
    try:
        connection.execute(f"INSERT INTO staged SELECT {', '.join(parts)} FROM incoming {where}")
    finally:
        connection.unregister("incoming")


def keep(
    connection: DuckDBPyConnection,
    store: Path,
    series: Series,
    covered: Sequence[Span],
    *,
    source: str,
    fetched_ms: int,
    replace: bool = False,
) -> Kept:
    """Put the rows of `staged` into the store, and note that `covered` is complete.

    A row that is there already with other numbers is a `DataError` before anything is written, unless `replace`.
    """
    shape = SHAPES[series.kind]
    months = list(_months(connection, shape, covered))
    with _alone(store / series.folder):
        _refuse_mixture(connection, store, series, source)
        if not replace:
            for begin_ms, end_ms in months:
                _refuse_other_numbers(connection, store, series, begin_ms, end_ms)
        total = Kept()
        for begin_ms, end_ms in months:
            note = Note(
                kind=series.kind,
                market=series.market,
                unit_s=series.unit_s,
                covered=within(covered, begin_ms, end_ms),
                sources=(source,),
                fetched_ms=fetched_ms,
            )
            total = total.plus(_keep_month(connection, store, series, note, begin_ms, end_ms))
        return total


def _refuse_mixture(connection: DuckDBPyConnection, store: Path, series: Series, source: str) -> None:
    """Keep prices that were paid apart from prices that were not: a test on both would mean nothing."""
    there = files_of(store, series)
    if there and is_made_up(read_note(connection, there[0])) is not source.startswith(MADE_UP):
        raise DataError(
            f"{store / series.folder} holds prices {read_note(connection, there[0]).sources[0]}; those {source} do not"
            " belong beside them. Give another folder with --data, or remove that one."
        )


def _months(connection: DuckDBPyConnection, shape: Shape, covered: Sequence[Span]) -> Iterator[tuple[int, int]]:
    row = connection.execute(f"SELECT epoch_ms(min({shape.time})), epoch_ms(max({shape.time})) FROM staged").fetchone()
    spans = list(covered)
    if row is not None and row[0] is not None:
        spans.append(Span(row[0], row[1] + 1))
    for span in joined(spans):
        begin_ms = month_ms(span.begin_ms)
        while begin_ms < span.end_ms:
            end_ms = month_ms(begin_ms, later=1)
            yield begin_ms, end_ms
            begin_ms = end_ms


def _refuse_other_numbers(
    connection: DuckDBPyConnection, store: Path, series: Series, begin_ms: int, end_ms: int
) -> None:
    path = file_of(store, series, begin_ms)
    if not path.exists():
        return
    shape = SHAPES[series.kind]
    rows = connection.execute(
        f"SELECT count(*), epoch_ms(min(new.{shape.time})) FROM staged AS new JOIN read_parquet({quoted(path)}) AS old"
        f" USING ({shape.key}) WHERE {_differs(shape)} AND {_in_month('new.' + shape.time)}",
        [begin_ms, end_ms],
    ).fetchone()
    if rows is not None and rows[0]:
        raise DataError(
            f"{rows[0]:,} rows of {series} are in {path} with other numbers, the first at {kst(rows[1])}."
            " Keep what is there, or give --replace to take the new ones."
        )


def _keep_month(
    connection: DuckDBPyConnection, store: Path, series: Series, note: Note, begin_ms: int, end_ms: int
) -> Kept:
    shape, path = SHAPES[series.kind], file_of(store, series, begin_ms)
    new = f"SELECT * FROM staged WHERE {_in_month(shape.time)}"
    new = new.replace("?", "{}").format(begin_ms, end_ms)
    count = _one(connection, f"SELECT count(*) FROM ({new})")
    if not path.exists():
        if count or note.covered:
            write_whole(connection, _select(connection, shape, new), path, note)
        return Kept(added=count, files=int(bool(count or note.covered)))
    old = f"read_parquet({quoted(path)})"
    before = read_note(connection, path)
    both = f"FROM ({new}) AS new JOIN {old} AS old USING ({shape.key})"
    known = _one(connection, f"SELECT count(*) {both}")
    other = _one(connection, f"SELECT count(*) {both} WHERE {_differs(shape)}")
    after = merged(before, note)
    if known == count and not other and after.covered == before.covered:
        return Kept(same=known)
    names = ", ".join(shape.columns)
    kept_old = f"SELECT {names} FROM {old} AS old ANTI JOIN ({new}) AS new USING ({shape.key})"
    write_whole(
        connection, _select(connection, shape, f"{kept_old} UNION ALL SELECT {names} FROM ({new})"), path, after
    )
    return Kept(added=count - known, same=known - other, replaced=other, files=1)


def _select(connection: DuckDBPyConnection, shape: Shape, rows: str) -> str:
    """The rows in their order, decimals in the narrowest column that holds all of them."""
    parts = []
    for name, sql in shape.columns.items():
        width = "TIMESTAMP_MS" if name == shape.time else sql
        if name in shape.narrow:
            largest = _one(connection, f"SELECT coalesce(max(CAST(trunc({name}) AS HUGEINT)), 0) FROM ({rows})")
            width = NARROW if largest < NARROW_BELOW else WIDE
        parts.append(f"CAST({name} AS {width}) AS {name}")
    order = shape.time if shape.time == shape.key else f"{shape.time}, {shape.key}"
    return f"SELECT {', '.join(parts)} FROM ({rows}) ORDER BY {order}"


def _differs(shape: Shape) -> str:
    return "(" + " OR ".join(f"new.{name} IS DISTINCT FROM old.{name}" for name in shape.fixed) + ")"


def _in_month(column: str) -> str:
    return f"{column} >= make_timestamp_ms(?) AND {column} < make_timestamp_ms(?)"


def _one(connection: DuckDBPyConnection, select: str) -> int:
    row = connection.execute(select).fetchone()
    assert row is not None, "a count has one row"
    return int(row[0])


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """Wait until nobody else writes into this folder, and keep others waiting meanwhile."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with (folder / ".lock").open("wb") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield
    except OSError as fault:
        raise DataError(
            f"Nothing can be written into {folder}: {fault.strerror}. Choose another with --data."
        ) from None
    except duckdb.Error as fault:
        raise DataError(f"{folder}: {str(fault).splitlines()[0]} What was there before is unharmed.") from None

"""Parquet through DuckDB: whole files or none, notes in their metadata, and exact numbers in and out."""

import itertools
import os
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import duckdb
import msgspec
import numpy as np
from duckdb import DuckDBPyConnection
from msgspec import Struct

from hoga.research.data.errors import DataError
from hoga.research.data.notes import KEY, Note

#: Rows DuckDB packs together; one is read at a time, so this bounds a reader's memory.
ROW_GROUP = 65_536
#: More threads than this only take memory: a month of one market is small.
THREADS = 2
MEMORY_LIMIT = "1GB"
_NUMBERS = itertools.count()

Ints = np.ndarray[tuple[int], np.dtype[np.int64]]
Flags = np.ndarray[tuple[int], np.dtype[np.bool_]]

#: Prices, volumes and values are kept to this many decimals, as the venue keeps volumes.
DECIMALS: Final = 8
ONE: Final = 10**DECIMALS
#: What fits a 64-bit column of eight decimals; wider numbers take a column of 128 bits.
NARROW, WIDE = "DECIMAL(18, 8)", "DECIMAL(38, 8)"
NARROW_BELOW = 10**10
_INT64 = 2**63 - 1


class Group(Struct, frozen=True):
    """One row group of a file: how many rows, and the first and the last time in it (milliseconds UTC)."""

    rows: int
    first_ms: int
    last_ms: int


def connect() -> DuckDBPyConnection:
    """A DuckDB of our own, in memory; close it when done."""
    config: dict[str, str | bool | int | float | list[str]] = {
        "threads": THREADS,
        "memory_limit": MEMORY_LIMIT,
        # DuckDB names the files it spills into by numbers alone, so each connection has a folder of its own.
        "temp_directory": str(Path(tempfile.gettempdir()) / f"hoga-duckdb-{os.getpid()}-{next(_NUMBERS)}"),
        "autoinstall_known_extensions": False,
        "autoload_known_extensions": False,
    }
    return duckdb.connect(":memory:", config=config)


def quoted(path: Path) -> str:
    """A path as a text of SQL."""
    return "'" + str(path).replace("'", "''") + "'"


def unreadable(path: Path, fault: Exception) -> DataError:
    """What to say of a file that is no Parquet, or not ours."""
    lines = str(fault).splitlines() or ["no reason given"]
    return DataError(f"{path} cannot be read: {lines[0]} Remove the file and fetch that month again.")


def read_note(connection: DuckDBPyConnection, path: Path) -> Note:
    """The note of a file; `DataError` where it has none or cannot be read."""
    try:
        found = connection.execute(
            f"SELECT value FROM parquet_kv_metadata({quoted(path)}) WHERE decode(key) = '{KEY}'"
        ).fetchone()
        if found is None:
            raise DataError(f"{path} was not written by hoga: it has no note. Bring it in with `hoga data import`.")
        return msgspec.json.decode(found[0], type=Note)
    except (duckdb.Error, msgspec.MsgspecError) as fault:
        raise unreadable(path, fault) from None


def groups_of(connection: DuckDBPyConnection, path: Path, column: str) -> list[Group]:
    """The row groups of a file with the times in them, by the file's own statistics."""
    try:
        rows = connection.execute(
            f"SELECT row_group_num_rows, epoch_ms(CAST(stats_min_value AS TIMESTAMP)),"
            f" epoch_ms(CAST(stats_max_value AS TIMESTAMP)) FROM parquet_metadata({quoted(path)})"
            f" WHERE path_in_schema = '{column}' ORDER BY row_group_id"
        ).fetchall()
        return [Group(*row) for row in rows if row[0]]
    except (duckdb.Error, TypeError) as fault:
        raise unreadable(path, fault) from None


def write_whole(connection: DuckDBPyConnection, select: str, path: Path, note: Note) -> int:
    """Write the rows of `select` as one file, or leave everything as it was; tell how large the file is.

    The file appears under its name only when all of it is on the disk. `DataError` when the disk refuses.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f".{path.name}.{os.getpid()}.part")
    told = msgspec.json.encode(note).decode().replace("'", "''")
    try:
        connection.execute(
            f"COPY ({select}) TO {quoted(part)} (FORMAT parquet, COMPRESSION zstd, ROW_GROUP_SIZE {ROW_GROUP},"
            f" KV_METADATA {{{KEY}: '{told}'}})"
        )
        _sync(part)
        part.replace(path)
        _sync(path.parent)
        return path.stat().st_size
    except (duckdb.IOException, OSError) as fault:
        reason = fault.strerror if isinstance(fault, OSError) else str(fault).splitlines()[0]
        raise DataError(f"{path} could not be written: {reason}. What was there before is unharmed.") from None
    finally:
        part.unlink(missing_ok=True)


def _sync(path: Path) -> None:
    number = os.open(path, os.O_RDONLY)
    try:
        os.fsync(number)
    finally:
        os.close(number)


# ------------------------------------------------ numbers


def whole_part(column: str) -> str:
    """The whole part of a decimal column, as SQL."""
    return f"CAST(trunc({column}) AS BIGINT)"


def small_part(column: str) -> str:
    """The eight decimals of a column as a whole number, as SQL; 64-bit arithmetic all along, so it is quick."""
    return f"CAST(CAST({column} - trunc({column}) AS DECIMAL(9, {DECIMALS})) * {ONE} AS BIGINT)"


def scaled(whole: Ints, small: Ints) -> tuple[Ints, int]:
    """Join both parts into one column of integers and tell its scale: how many decimals each number has.

    Eight where the largest fits, else as many as fit. What 64 bits cannot hold is cut: the nineteenth digit.
    """
    largest = int(np.abs(whole).max(initial=0)) + 1
    if largest * ONE <= _INT64:
        return whole * ONE + small, DECIMALS
    scale = DECIMALS
    while largest * 10**scale > _INT64 and scale > 0:
        scale -= 1
    return whole * 10**scale + small // 10 ** (DECIMALS - scale), scale


def fits(whole: Ints, small: Ints) -> bool:
    """Tell whether `scaled` keeps every digit."""
    numbers, scale = scaled(whole, small)
    del numbers
    return scale == DECIMALS or not np.any(small % 10 ** (DECIMALS - scale))


def decimal_sql(column: str, scale: int, width: str) -> str:
    """A column of integers with `scale` decimals as an exact decimal, as SQL."""
    wide = f"CAST({column} AS DECIMAL(20, 0))"
    factor = f"CAST('{format(10**-scale, f'.{scale}f')}' AS DECIMAL({max(scale, 1)}, {scale}))" if scale else "1"
    return f"CAST({wide} * {factor} AS {width})"


def width_for(largest: Sequence[int], scale: int) -> str:
    """The narrower decimal where every number fits it."""
    return NARROW if max(largest, default=0) < NARROW_BELOW * 10**scale else WIDE

"""Somebody's file into one table of ours: exact decimals, UTC, a market code on each row."""

from collections.abc import Sequence
from pathlib import Path
from typing import Final

import duckdb
from duckdb import DuckDBPyConnection
from msgspec import Struct

from hoga.model.errors import ConfigError, MoneyError
from hoga.research.data.clocks import KST_MS, Clock, Told, first_look, settled
from hoga.research.data.errors import DataError
from hoga.research.data.layout import checked_code
from hoga.research.data.parquet import WIDE, quoted
from hoga.research.data.shapes import BUYS, SELLS, Shape, code_of, shape_of
from hoga.research.data.units import MONTH_S, NAMES, YEAR_S, name_of

_READERS: Final = {
    ".parquet": "read_parquet({})",
    ".csv": "read_csv({}, all_varchar = true, header = true)",
    ".json": "read_json({}, maximum_object_size = 268435456)",
    ".jsonl": "read_json({}, format = 'newline_delimited')",
    ".ndjson": "read_json({}, format = 'newline_delimited')",
}
_SAMPLES = 50
_MANY_MARKETS = 2_000  # more different names in one column than the venue will have for years
_BARE_ROW = 6  # time, open, high, low, close, volume: how ccxt gives candles


class Loaded(Struct, frozen=True):
    """What is in the table `bars` (candles) or `ticks` (trades) now, and how it came there."""

    kind: str
    unit_s: int
    rows: int
    clock: Told
    markets: tuple[str, ...]


def load(
    connection: DuckDBPyConnection, path: Path, *, markets: Sequence[str], unit_s: int | None, clock: Clock | None
) -> Loaded:
    """Read a file of any known shape; `DataError` saying what is wrong with it where that fails.

    `markets` names the market of a file that names none (then it is one), or chooses among those of one that does.
    """
    try:
        names = _open(connection, path)
        shape = shape_of(names, str(path))
        _name_markets(connection, path, shape, markets)
        told = _first_look(connection, shape)
        if shape.kind == "trades":
            return _ticks(connection, path, shape, told, clock)
        return _bars(connection, path, shape, told, unit_s, clock)
    except duckdb.Error as fault:
        raise DataError(f"{path} cannot be read: {str(fault).splitlines()[0]}") from None


def is_readable(path: Path) -> bool:
    """Tell whether the name of a file is that of a table."""
    return _kind_of(path) in _READERS


def _kind_of(path: Path) -> str:
    return next((each for each in reversed(path.suffixes) if each not in {".gz", ".zst"}), "").lower()


def _open(connection: DuckDBPyConnection, path: Path) -> list[str]:
    if not path.is_file():
        raise ConfigError([f"There is no file {path}."])
    reader = _READERS.get(_kind_of(path))
    if reader is None:
        raise ConfigError([f"{path}: files that end in {', '.join(_READERS)} can be read."])
    source = reader.format(quoted(path))
    connection.execute(f"CREATE OR REPLACE TABLE raw AS SELECT *, row_number() OVER () AS hoga_place FROM {source}")
    columns = [(row[0], row[1]) for row in connection.execute("DESCRIBE raw").fetchall() if row[0] != "hoga_place"]
    if len(columns) == 1 and columns[0][1].endswith("[]"):
        parts = [f'"{columns[0][0]}"[{n + 1}] AS {name}' for n, name in enumerate("tohlcv"[:_BARE_ROW])]
        connection.execute(f"CREATE OR REPLACE TABLE raw AS SELECT {', '.join(parts)}, hoga_place FROM raw")
        return list("tohlcv")
    return [name for name, _ in columns]


def _name_markets(connection: DuckDBPyConnection, path: Path, shape: Shape, markets: Sequence[str]) -> None:
    """Put a `hoga_market` on each row of `raw`, and drop the rows of markets nobody asked for."""
    wanted = [checked_code(market) for market in markets]
    if shape.market is None:
        if len(wanted) != 1:
            raise ConfigError([f"{path} does not name its market. Say which one it is: --market KRW-BTC."])
        connection.execute(f"ALTER TABLE raw ADD COLUMN hoga_market VARCHAR DEFAULT '{wanted[0]}'")
        return
    column = _column(shape.market)
    found = [
        row[0] for row in connection.execute(f"SELECT DISTINCT {column} FROM raw LIMIT {_MANY_MARKETS}").fetchall()
    ]
    try:
        codes = {name: checked_code(code_of(str(name))) for name in found}
    except MoneyError as fault:
        raise DataError(f"{path}: {fault}") from None
    if lacking := [market for market in wanted if market not in codes.values()]:
        raise DataError(
            f"{path} has nothing of {', '.join(lacking)}; it has {', '.join(sorted(codes.values()))[:200]}."
        )
    connection.execute("ALTER TABLE raw ADD COLUMN hoga_market VARCHAR")
    connection.execute("CREATE OR REPLACE TABLE names (name VARCHAR, code VARCHAR)")
    connection.executemany("INSERT INTO names VALUES (?, ?)", [[str(name), code] for name, code in codes.items()])
    connection.execute(f"UPDATE raw SET hoga_market = code FROM names WHERE name = CAST({column} AS VARCHAR)")
    if wanted:
        told = ", ".join(f"'{market}'" for market in wanted)
        connection.execute(f"DELETE FROM raw WHERE hoga_market NOT IN ({told})")


def _first_look(connection: DuckDBPyConnection, shape: Shape) -> Told:
    name = shape.columns["time"]
    types = {row[0]: row[1] for row in connection.execute("DESCRIBE raw").fetchall()}
    samples = connection.execute(f"SELECT CAST({_column(name)} AS VARCHAR) FROM raw LIMIT {_SAMPLES}").fetchall()
    return first_look(name, types[name], [str(row[0]) for row in samples])


def _time(name: str, told: Told) -> str:
    """A column of times as milliseconds UTC, by the clock that was told (a naive one as if it were UTC)."""
    text = f"CAST({_column(name)} AS VARCHAR)"
    match told.read:
        case "zoned":
            return f"epoch_ms(CAST({text} AS TIMESTAMPTZ))"
        case "epoch_s":
            return f"CAST(CAST({text} AS DECIMAL(20, 3)) * 1000 AS BIGINT)"
        case "epoch_ms":
            return f"CAST(CAST({text} AS DECIMAL(20, 3)) AS BIGINT)"
        case "epoch_us":
            return f"CAST({text} AS BIGINT) // 1000"
        case "epoch_ns":
            return f"CAST({text} AS BIGINT) // 1000000"
        case "kst":
            return f"epoch_ms(CAST({text} AS TIMESTAMP)) - {KST_MS}"
        case _:
            return f"epoch_ms(CAST({text} AS TIMESTAMP))"


def _decimal(name: str | None) -> str:
    """A column of numbers as exact decimals; by way of text, as a double's shortest text is what was meant."""
    return f"CAST(NULL AS {WIDE})" if name is None else f"CAST(CAST({_column(name)} AS VARCHAR) AS {WIDE})"


def _column(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _bars(
    connection: DuckDBPyConnection, path: Path, shape: Shape, told: Told, unit_s: int | None, clock: Clock | None
) -> Loaded:
    columns = shape.columns
    parts = [
        f"{_decimal(columns.get(name))} AS {name}" for name in ("opening", "high", "low", "close", "volume", "value")
    ]
    connection.execute(
        f"CREATE OR REPLACE TABLE bars AS SELECT hoga_market AS market, {_time(columns['time'], told)} AS start_ms,"
        f" {', '.join(parts)}, hoga_place AS place FROM raw"
    )
    found_s = _unit(connection, path)
    if unit_s is not None and unit_s != found_s:
        advice = "Import bars of one length at a time."
        raise DataError(
            f"{path}: you said {name_of(unit_s)}, but most of its bars are {name_of(found_s)} apart. {advice}"
        )
    day_ms = 86_400_000
    rests = connection.execute(f"SELECT DISTINCT start_ms % {day_ms} FROM bars LIMIT 30").fetchall()
    clocked = settled(told, clock, found_s, [row[0] for row in rests], str(path))
    if told.read == "naive" and clocked.read == "kst":
        connection.execute(f"UPDATE bars SET start_ms = start_ms - {KST_MS}")
    return _loaded(connection, "candles", "bars", found_s, clocked)


def _unit(connection: DuckDBPyConnection, path: Path) -> int:
    """The usual distance between two bars of one market, which must be a length the venue has."""
    row = connection.execute(
        "SELECT mode(step) FROM (SELECT start_ms - lag(start_ms) OVER (PARTITION BY market ORDER BY start_ms) AS step"
        " FROM bars) WHERE step > 0"
    ).fetchone()
    if row is None or row[0] is None:
        raise DataError(f"{path} has no two bars of one market, so nobody can tell how long they are.")
    unit_s = row[0] // 1000
    for long_s, least, most in ((MONTH_S, 28, 31), (YEAR_S, 365, 366)):
        if least <= unit_s / 86_400 <= most:
            return long_s
    if unit_s not in NAMES or row[0] % 1000:
        raise DataError(f"{path}: most bars are {row[0] / 1000:g} s apart, and the venue has no such candles.")
    return int(unit_s)


def _ticks(connection: DuckDBPyConnection, path: Path, shape: Shape, told: Told, clock: Clock | None) -> Loaded:
    columns = shape.columns
    clocked = settled(told, clock, 0, [], str(path))
    side = f"lower(CAST({_column(columns['side'])} AS VARCHAR))"
    bought, sold = (", ".join(f"'{word}'" for word in words) for words in (BUYS, SELLS))
    time = _time(columns["time"], clocked)
    number = columns.get("sequential_id")
    # Two trades can agree in everything but their number, so rows without one are numbered as they stand.
    ids = (
        f"CAST({_column(number)} AS BIGINT)"
        if number
        else (f"{time} * 10000 + row_number() OVER (PARTITION BY hoga_market, {time} ORDER BY hoga_place) - 1")
    )
    connection.execute(
        f"CREATE OR REPLACE TABLE ticks AS SELECT hoga_market AS market, {time} AS at_ms, {ids} AS sequential_id,"
        f" {_decimal(columns['price'])} AS price, {_decimal(columns['volume'])} AS volume,"
        f" CASE WHEN {side} IN ({bought}) THEN true WHEN {side} IN ({sold}) THEN false END AS is_bid,"
        f" hoga_place AS place FROM raw"
    )
    return _loaded(connection, "trades", "ticks", 0, clocked)


def _loaded(connection: DuckDBPyConnection, kind: str, table: str, unit_s: int, clock: Told) -> Loaded:
    rows = connection.execute(f"SELECT market, count(*) FROM {table} GROUP BY 1 ORDER BY 1").fetchall()
    return Loaded(kind, unit_s, sum(row[1] for row in rows), clock, tuple(row[0] for row in rows))

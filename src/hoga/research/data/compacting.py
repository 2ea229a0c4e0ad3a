"""Tapes into the store: trades and books with every digit, and the candles that the trades make.

A tape tells what it heard, so what it did not hear must be known, too: a stretch ends where the connection was lost or
nothing came for a while, and only bars that lie wholly inside a stretch are made.
"""

import tempfile
from collections.abc import Iterator, Sequence
from decimal import Decimal
from pathlib import Path
from typing import BinaryIO, Final

import msgspec
from duckdb import DuckDBPyConnection
from msgspec import Struct

from hoga.model.errors import ConfigError, WireError
from hoga.model.events import AskBid, BookUnit, Orderbook, Trade
from hoga.research.data.asking import coverage
from hoga.research.data.errors import DataError
from hoga.research.data.layout import Series, books_of, candles_of, trades_of
from hoga.research.data.notes import Span, joined, missing
from hoga.research.data.parquet import connect, quoted
from hoga.research.data.recorder import MARKS
from hoga.research.data.units import ceil_to_bar, floor_to_bar
from hoga.research.data.writing import Kept, keep, stage
from hoga.store.tape import SUFFIX, read_segment, segments
from hoga.upbit.stream.frames import decode_frame

#: After this long without any frame the connection is taken for lost: a market alone may rest, a feed with its books
#: and its answers to our pings does not.
SILENCE_MS: Final = 15_000
#: What came last may be on its way twice and is told again on reconnecting; the venue's clock may be behind ours.
SETTLED_MS: Final = 2_000
NS_PER_MS: Final = 1_000_000


class Compacted(Struct, frozen=True, kw_only=True):
    """What a tape came to: frames read, those that could not be, trades that came twice, and what was kept of each."""

    frames: int
    broken: int
    duplicates: int
    kept: tuple[tuple[str, Kept], ...]


class _TradeRow(Struct):
    m: str
    t: int
    s: int
    p: Decimal
    v: Decimal
    b: bool


class _BookRow(Struct):
    m: str
    t: int
    r: int
    a: Decimal
    d: Decimal
    u: tuple[BookUnit, ...]


class _Heard(Struct, kw_only=True):
    """What one pass over the tapes gathered."""

    frames: int = 0
    broken: int = 0
    spans: list[Span]
    trades: int = 0
    books: int = 0


def compact(store: Path, tapes: Sequence[Path], *, units: Sequence[int] = (60,), fetched_ms: int) -> Compacted:
    """Bring tapes (segments, or folders of them) into the store; candles of `units` only where it has none.

    `DataError` where a tape cannot be read at all; a cut end is simply the end, and broken frames are counted.
    """
    paths = _segments(tapes)
    kept: list[tuple[str, Kept]] = []
    with tempfile.TemporaryDirectory(prefix="hoga-compact-") as folder, connect() as connection:
        trades, books = Path(folder) / "trades.ndjson", Path(folder) / "books.ndjson"
        with trades.open("wb") as trade_rows, books.open("wb") as book_rows:
            heard = _read(paths, trade_rows, book_rows)
        source = f"recorded on {paths[0].name}" + (f" and {len(paths) - 1} more" if len(paths) > 1 else "")
        _load(connection, trades, books, heard)
        duplicates = _twice(connection)
        spans = joined(heard.spans)
        for market in _markets(connection, "ticks"):
            series = trades_of(market)
            _stage_trades(connection, market)
            kept.append((str(series), keep(connection, store, series, spans, source=source, fetched_ms=fetched_ms)))
            for unit_s in units:
                bars = candles_of(market, unit_s)
                free = _whole_bars(connection, store, bars, spans)
                _stage_bars(connection, market, unit_s, free)
                kept.append((str(bars), keep(connection, store, bars, free, source=source, fetched_ms=fetched_ms)))
        for market in _markets(connection, "books"):
            series = books_of(market)
            _stage_books(connection, market)
            kept.append((str(series), keep(connection, store, series, spans, source=source, fetched_ms=fetched_ms)))
    return Compacted(frames=heard.frames, broken=heard.broken, duplicates=duplicates, kept=tuple(kept))


def _segments(tapes: Sequence[Path]) -> list[Path]:
    found: list[Path] = []
    for tape in tapes:
        if tape.is_dir():
            found += segments(tape)
        elif tape.is_file() and tape.name.endswith(SUFFIX):
            found.append(tape)
        else:
            raise ConfigError([f"{tape} is neither a tape (…{SUFFIX}) nor a folder of them."])
    if not found:
        raise ConfigError([f"There is no tape in {', '.join(map(str, tapes)) or 'nothing'}."])
    return list(dict.fromkeys(found))


def _read(paths: Sequence[Path], trade_rows: BinaryIO, book_rows: BinaryIO) -> _Heard:
    """One pass: rows as text with every digit into two files, and the stretches in which the feed was heard."""
    heard = _Heard(spans=[])
    since_ms = last_ms = 0
    encode = msgspec.json.Encoder(decimal_format="string").encode
    for path in paths:
        try:
            for line in read_segment(path):
                at_ms = line.received_ns // NS_PER_MS
                if line.stream == MARKS or at_ms - last_ms > SILENCE_MS or at_ms < last_ms:
                    heard.spans.append(Span(since_ms, last_ms - SETTLED_MS))
                    since_ms = at_ms
                last_ms = at_ms
                if line.stream != "public":
                    continue
                heard.frames += 1
                try:
                    events = decode_frame(line.frame, line.received_ns)
                    for event in events:
                        if isinstance(event, Trade) and event.ask_bid is not AskBid.UNKNOWN:
                            heard.trades += 1
                            trade_rows.write(encode(_trade_row(event)) + b"\n")
                        elif isinstance(event, Orderbook) and not event.level:
                            heard.books += 1
                            book_rows.write(encode(_book_row(event)) + b"\n")
                except WireError:
                    heard.broken += 1
        except WireError as fault:
            raise DataError(f"{fault} What comes before it in the tape can be read: cut the file there.") from None
    heard.spans.append(Span(since_ms, last_ms - SETTLED_MS))
    return heard


def _trade_row(trade: Trade) -> _TradeRow:
    bought = trade.ask_bid is AskBid.BID
    return _TradeRow(trade.market, trade.trade_timestamp_ms, trade.sequential_id, trade.price, trade.volume, bought)


def _book_row(book: Orderbook) -> _BookRow:
    return _BookRow(
        book.market, book.timestamp_ms, book.received_ns, book.total_ask_size, book.total_bid_size, book.units
    )


def _load(connection: DuckDBPyConnection, trades: Path, books: Path, heard: _Heard) -> None:
    wide = "DECIMAL(38, 8)"
    unit = f"STRUCT(ask_price {wide}, bid_price {wide}, ask_size {wide}, bid_size {wide})[]"
    for name, path, columns, count in (
        (
            "heard",
            trades,
            f"m: 'VARCHAR', t: 'BIGINT', s: 'BIGINT', p: '{wide}', v: '{wide}', b: 'BOOLEAN'",
            heard.trades,
        ),
        ("books", books, f"m: 'VARCHAR', t: 'BIGINT', r: 'BIGINT', a: '{wide}', d: '{wide}', u: '{unit}'", heard.books),
    ):
        rows = f"read_json({quoted(path)}, format = 'newline_delimited', columns = {{{columns}}})"
        limit = "" if count else " LIMIT 0"
        connection.execute(f"CREATE OR REPLACE TABLE {name} AS SELECT * RENAME (m AS market) FROM {rows}{limit}")
    connection.execute(
        "CREATE OR REPLACE TABLE ticks AS SELECT market, s AS sequential_id, min(t) AS at_ms, any_value(p) AS price,"
        " any_value(v) AS volume, any_value(b) AS is_bid FROM heard GROUP BY market, s"
    )


def _twice(connection: DuckDBPyConnection) -> int:
    row = connection.execute("SELECT (SELECT count(*) FROM heard) - (SELECT count(*) FROM ticks)").fetchone()
    return int(row[0]) if row else 0


def _markets(connection: DuckDBPyConnection, table: str) -> Iterator[str]:
    for row in connection.execute(f"SELECT DISTINCT market FROM {table} ORDER BY 1").fetchall():
        yield row[0]


def _whole_bars(connection: DuckDBPyConnection, store: Path, series: Series, spans: Sequence[Span]) -> tuple[Span, ...]:
    """The whole bars that were heard from beginning to end, where the store has no others."""
    unit_s = series.unit_s
    heard = joined(Span(ceil_to_bar(span.begin_ms, unit_s), floor_to_bar(span.end_ms, unit_s)) for span in spans)
    there = coverage(store, series, connection=connection)
    return joined(free for span in heard for free in missing(there, span.begin_ms, span.end_ms))


def _stage_trades(connection: DuckDBPyConnection, market: str) -> None:
    stage(connection, "trades")
    connection.execute(
        "INSERT INTO staged SELECT make_timestamp_ms(at_ms), sequential_id, price, volume, is_bid FROM ticks"
        " WHERE market = ?",
        [market],
    )


def _stage_bars(connection: DuckDBPyConnection, market: str, unit_s: int, spans: Sequence[Span]) -> None:
    stage(connection, "candles")
    unit_ms = unit_s * 1000
    for span in spans:
        connection.execute(
            f"INSERT INTO staged SELECT make_timestamp_ms(at_ms // {unit_ms} * {unit_ms}),"
            " arg_min(price, sequential_id), max(price), min(price), arg_max(price, sequential_id), sum(volume),"
            " CAST(sum(CAST(price AS DECIMAL(18, 8)) * CAST(volume AS DECIMAL(20, 8))) AS DECIMAL(38, 8)) FROM ticks"
            " WHERE market = ? AND at_ms >= ? AND at_ms < ? GROUP BY 1",
            [market, span.begin_ms, span.end_ms],
        )


def _stage_books(connection: DuckDBPyConnection, market: str) -> None:
    stage(connection, "books")
    connection.execute(
        "INSERT INTO staged SELECT make_timestamp_ms(any_value(t)), r, any_value(a), any_value(d), 0, any_value(u)"
        " FROM books WHERE market = ? GROUP BY r",
        [market],
    )

"""Recorded prices on their way into a backtest: blocks of whole numbers, read month by month and never all at once.

A number in a block is an integer; divided by ten to the power of its scale it is the exact decimal. The scale is 8 for
prices and nearly always for the rest.
"""

from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import duckdb
import msgspec
import numpy as np
from duckdb import DuckDBPyConnection
from msgspec import Struct

from hoga.model.events import AskBid, Candle, Orderbook, Trade
from hoga.research.data.asking import Asked, ask, last_before
from hoga.research.data.filling import Row, fill
from hoga.research.data.layout import books_of, candles_of, trades_of
from hoga.research.data.parquet import DECIMALS, Flags, Ints, connect, scaled, small_part, unreadable, whole_part
from hoga.research.data.units import ceil_to_bar, is_even

#: Rows in one block; at six columns of eight bytes this is 3 MB.
ROWS = 65_536
#: Books are large: this many are taken from the file at a time.
BOOKS_AT_ONCE = 2_000


class CandleBlock(Struct, frozen=True, kw_only=True, eq=False):
    """Consecutive bars of one market, all columns equally long, one row a bar, no bar left out.

    `start_ms` is UTC. Where `is_empty`, nothing traded: the four prices repeat the last close, volume and value are 0.
    `value` (what the volume cost) is None where the source did not tell it.
    """

    market: str
    unit_s: int
    start_ms: Ints
    opening: Ints
    high: Ints
    low: Ints
    close: Ints
    volume: Ints
    is_empty: Flags
    value: Ints | None = None
    price_scale: int = DECIMALS
    volume_scale: int = DECIMALS
    value_scale: int = DECIMALS

    def __len__(self) -> int:
        return len(self.start_ms)

    def candles(self) -> Iterator[Candle]:
        """The same bars as the events a brain hears, closed; a value nobody told is volume times close."""
        columns = (self.start_ms, self.opening, self.high, self.low, self.close, self.volume, self.is_empty)
        values = [None] * len(self) if self.value is None else self.value.tolist()
        for row, value in zip(zip(*(column.tolist() for column in columns), strict=True), values, strict=True):
            opening, high, low, close = (exact(price, self.price_scale) for price in row[1:5])
            volume = exact(row[5], self.volume_scale)
            yield Candle(
                market=self.market,
                unit_s=self.unit_s,
                start_ms=row[0],
                opening_price=opening,
                high_price=high,
                low_price=low,
                close=close,
                volume=volume,
                value=volume * close if value is None else exact(value, self.value_scale),
                closed=True,
                is_empty=row[6],
            )


class TradeBlock(Struct, frozen=True, kw_only=True, eq=False):
    """Consecutive trades of one market in the order of their sequential ids; `is_bid` is true where a taker bought."""

    market: str
    at_ms: Ints
    sequential_id: Ints
    price: Ints
    volume: Ints
    is_bid: Flags
    price_scale: int = DECIMALS
    volume_scale: int = DECIMALS

    def __len__(self) -> int:
        return len(self.at_ms)

    def trades(self) -> Iterator[Trade]:
        """The same trades as the events a brain hears."""
        columns = (self.at_ms, self.sequential_id, self.price, self.volume, self.is_bid)
        for at_ms, sequential_id, price, volume, is_bid in zip(*(each.tolist() for each in columns), strict=True):
            yield Trade(
                market=self.market,
                price=exact(price, self.price_scale),
                volume=exact(volume, self.volume_scale),
                ask_bid=AskBid.BID if is_bid else AskBid.ASK,
                trade_timestamp_ms=at_ms,
                timestamp_ms=at_ms,
                sequential_id=sequential_id,
            )


def exact(number: int, scale: int) -> Decimal:
    """The decimal that `number` stands for."""
    return Decimal(number).scaleb(-scale)


def read_candles(
    store: Path, market: str, unit_s: int, begin_ms: int, end_ms: int, *, rows: int = ROWS
) -> Iterator[CandleBlock]:
    """Yield the bars that begin in [begin_ms, end_ms), oldest first, at most `rows` in a block.

    Bars without a trade are made explicit. What lies outside the recorded stretch is left away at both ends; a hole
    inside it is a `DataError`, as is a range of which nothing is recorded.
    """
    series = candles_of(market, unit_s)
    with connect() as connection:
        asked = ask(connection, store, series, begin_ms, end_ms)
        last_close = last_before(connection, store, series, asked)
        columns = ("opening", "high", "low", "close", "volume", "value")
        found = (_candle_rows(window, columns) for window in _windows(connection, asked, "start_utc", columns))
        if not is_even(unit_s):
            for row in found:
                yield from _blocks(market, unit_s, row, rows)
            return
        next_ms = ceil_to_bar(asked.begin_ms, unit_s)
        for row in fill(found, next_ms, asked.end_ms, unit_s * 1000, last_close, rows):
            yield from _blocks(market, unit_s, row, rows)


def read_trades(store: Path, market: str, begin_ms: int, end_ms: int, *, rows: int = ROWS) -> Iterator[TradeBlock]:
    """Yield the trades of [begin_ms, end_ms) by their time, oldest first, at most `rows` in a block.

    Holes and empty ranges as in `read_candles`.
    """
    series = trades_of(market)
    with connect() as connection:
        asked = ask(connection, store, series, begin_ms, end_ms)
        for window in _windows(connection, asked, "at_utc", ("price", "volume"), ", sequential_id, is_bid"):
            price, price_scale = scaled(window["price"], window["price_small"])
            volume, volume_scale = scaled(window["volume"], window["volume_small"])
            for first in range(0, len(price), rows):
                part = slice(first, first + rows)
                yield TradeBlock(
                    market=market,
                    at_ms=window["at_ms"][part],
                    sequential_id=window["sequential_id"][part],
                    price=price[part],
                    volume=volume[part],
                    is_bid=window["is_bid"][part].astype(np.bool_),
                    price_scale=price_scale,
                    volume_scale=volume_scale,
                )


def read_books(store: Path, market: str, begin_ms: int, end_ms: int) -> Iterator[Orderbook]:
    """Yield the order books of [begin_ms, end_ms), oldest first; their depths are read when somebody asks for them."""
    series = books_of(market)
    with connect() as connection:
        asked = ask(connection, store, series, begin_ms, end_ms)
        for path in asked.paths:
            try:
                found = connection.execute(
                    "SELECT epoch_ms(at_utc), total_ask_size, total_bid_size, to_json(units), level, received_ns"
                    f" FROM read_parquet(?) WHERE {_DURING.format('at_utc')}",
                    [str(path), asked.begin_ms, asked.end_ms],
                )
                while books := found.fetchmany(BOOKS_AT_ONCE):
                    yield from (_book(market, row) for row in books)
            except duckdb.Error as fault:
                raise unreadable(path, fault) from None


_DURING = "{0} >= make_timestamp_ms(?) AND {0} < make_timestamp_ms(?)"


def _windows(
    connection: DuckDBPyConnection, asked: Asked, time: str, decimals: tuple[str, ...], others: str = ""
) -> Iterator[dict[str, Ints]]:
    """Yield the columns of each stretch of about one row group, in the order of the file."""
    parts = [f"{whole_part(name)} AS {name}, {small_part(name)} AS {name}_small" for name in decimals]
    select = f"SELECT epoch_ms({time}) AS at_ms, {', '.join(parts)}{others} FROM read_parquet(?)"
    for path in asked.paths:
        for begin_ms, end_ms in asked.windows(connection, path, time):
            try:
                during = _DURING.format(time)
                yield connection.execute(f"{select} WHERE {during}", [str(path), begin_ms, end_ms]).fetchnumpy()
            except duckdb.Error as fault:
                raise unreadable(path, fault) from None


def _candle_rows(window: dict[str, Ints], columns: tuple[str, ...]) -> Row:
    numbers, scales = {}, {}
    for name in columns:
        whole, small = window[name], window[f"{name}_small"]
        if isinstance(whole, np.ma.MaskedArray):  # the source did not tell it
            continue
        numbers[name], scales[name] = scaled(whole, small)
    return Row(window["at_ms"], numbers, scales, np.zeros(len(window["at_ms"]), np.bool_))


def _blocks(market: str, unit_s: int, row: Row, rows: int) -> Iterator[CandleBlock]:
    for first in range(0, len(row.start_ms), rows):
        part = slice(first, first + rows)
        numbers = {name: column[part] for name, column in row.numbers.items()}
        yield CandleBlock(
            market=market,
            unit_s=unit_s,
            start_ms=row.start_ms[part],
            opening=numbers["opening"],
            high=numbers["high"],
            low=numbers["low"],
            close=numbers["close"],
            volume=numbers["volume"],
            value=numbers.get("value"),
            is_empty=row.is_empty[part],
            volume_scale=row.scales["volume"],
            value_scale=row.scales.get("value", DECIMALS),
        )


def _book(market: str, row: tuple[int, Decimal, Decimal, str, Decimal, int]) -> Orderbook:
    at_ms, asks, bids, units, level, received_ns = row
    return Orderbook(
        market=market,
        timestamp_ms=at_ms,
        total_ask_size=asks,
        total_bid_size=bids,
        unread=msgspec.Raw(units.encode()),
        level=level,
        received_ns=received_ns,
    )

"""Reading recordings line by line: tapes of raw frames, and candles as CSV, each turned into trades and books."""

import csv
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from decimal import Decimal
from itertools import pairwise
from pathlib import Path

import msgspec
from msgspec import Struct

from hoga.model import money
from hoga.model.errors import MoneyError, WireError
from hoga.model.events import AskBid, BookUnit, Orderbook, StreamType, Trade
from hoga.model.market import tick_in
from hoga.simulator.market.candles import MINUTE_MS
from hoga.store.tape import raw_lines
from hoga.upbit.stream.frames import decode_frame
from hoga.upbit.ticks import bands_for


class News(Struct, frozen=True):
    """One event of a recording and when it came, milliseconds UTC."""

    at_ms: int
    event: Trade | Orderbook


# ------------------------------------------------ tapes


class _Line(Struct):
    received_ns: int
    frame: msgspec.Raw
    stream: str = "public"


_READ_LINE = msgspec.json.Decoder(_Line)
_NS_PER_MS = 1_000_000


def tape_news(path: Path, problems: list[str]) -> Iterator[News]:
    """Give the trades and books of a tape in the order of its lines; broken lines are added to `problems`."""
    for number, line in enumerate(_lines(path), 1):
        if not line.strip():
            continue
        try:
            yield from _news_of(_READ_LINE.decode(line))
        except (msgspec.MsgspecError, UnicodeDecodeError, WireError) as error:
            problems.append(f"{path}, line {number}: {error}")


def _lines(path: Path) -> Iterator[bytes]:
    if path.suffix == ".zst":
        yield from raw_lines(path)
        return
    with path.open("rb") as lines:
        yield from lines


def _news_of(line: _Line) -> Iterator[News]:
    if line.stream != "public":
        return
    frame = bytes(line.frame)
    if frame.startswith(b'"'):  # a tape may keep the frame as the text it was
        frame = msgspec.json.decode(frame, type=str).encode()
    for event in decode_frame(frame, line.received_ns):
        is_news = isinstance(event, Trade) and event.stream_type != StreamType.SNAPSHOT
        if isinstance(event, Orderbook):
            is_news = bool(event.units) and not event.level
        if is_news and isinstance(event, Trade | Orderbook):
            yield News(line.received_ns // _NS_PER_MS, event)


# ------------------------------------------------ candles

_COLUMNS = (
    "market",
    "candle_date_time_utc",
    "opening_price",
    "high_price",
    "low_price",
    "trade_price",
    "candle_acc_trade_volume",
)
#: A candle tells nothing of the book, so a thin one is drawn around each print.
_DEPTHS = 15
#: Four prints a candle: opening, the extremes, close. Nearer to the next candle than this they do not come (share).
_PLACES = (0.0, 0.3, 0.6, 0.95)


class _Row(Struct):
    market: str
    start_ms: int
    prices: tuple[Decimal, Decimal, Decimal, Decimal]
    volume: Decimal


def candle_news(path: Path, problems: list[str]) -> Iterator[News]:
    """Give four prints and books for each candle: opening, the nearer extreme, the other one, close."""
    rows = _read_rows(path, problems)
    length_ms = _length_ms(rows)
    news = [one for row in rows for one in _prints(row, length_ms)]
    news.sort(key=lambda one: one.at_ms)
    yield from news


def _read_rows(path: Path, problems: list[str]) -> list[_Row]:
    rows = []
    with path.open(newline="", encoding="utf-8-sig") as text:
        reader = csv.DictReader(text)
        missing = [name for name in _COLUMNS if name not in (reader.fieldnames or ())]
        if missing:
            problems.append(f"{path}: the columns {', '.join(missing)} are missing.")
            return []
        for record in reader:
            try:
                rows.append(_read_row(record))
            except (ValueError, TypeError, MoneyError) as error:
                problems.append(f"{path}, line {reader.line_num}: {error}")
    return rows


def _read_row(record: Mapping[str, str]) -> _Row:
    opening, high, low, close, volume = (money.amount(record[name]) for name in _COLUMNS[2:])
    if not 0 < low <= min(opening, close) <= max(opening, close) <= high or volume < 0:
        raise ValueError("the prices are not in order (0 < low <= opening, close <= high), or the volume is negative")
    moment = datetime.fromisoformat(record["candle_date_time_utc"])
    start_ms = int(moment.replace(tzinfo=moment.tzinfo or UTC).timestamp() * 1000)
    nearer, other = (low, high) if close >= opening else (high, low)
    return _Row(record["market"], start_ms, (opening, nearer, other, close), volume)


def _length_ms(rows: list[_Row]) -> int:
    """Tell the length of a candle: the smallest distance between two of one market."""
    starts = sorted({(row.market, row.start_ms) for row in rows})
    steps = [later - earlier for (one, earlier), (same, later) in pairwise(starts) if one == same]
    return min(steps, default=MINUTE_MS)


def _prints(row: _Row, length_ms: int) -> Iterator[News]:
    quarter = money.floor_volume(row.volume / len(_PLACES))
    last = row.prices[0]
    for number, (price, place) in enumerate(zip(row.prices, _PLACES, strict=True)):
        at_ms = row.start_ms + int(length_ms * place)
        side = AskBid.BID if price >= last else AskBid.ASK
        volume = quarter if number else row.volume - quarter * (len(_PLACES) - 1)
        last = price
        yield News(at_ms, _book_around(row.market, price, side, max(row.volume, money.VOLUME_STEP), at_ms))
        if volume:
            yield News(at_ms, _print(row.market, price, volume, side, at_ms))


def _print(market: str, price: Decimal, volume: Decimal, side: AskBid, at_ms: int) -> Trade:
    return Trade(
        market=market,
        price=price,
        volume=volume,
        ask_bid=side,
        trade_timestamp_ms=at_ms,
        timestamp_ms=at_ms,
        sequential_id=at_ms * 10_000,
    )


def _book_around(market: str, price: Decimal, side: AskBid, size: Decimal, at_ms: int) -> Orderbook:
    """Draw a book in which `price` is the best ask for a buyer's print, the best bid for a seller's."""
    tick = tick_in(bands_for(market.partition("-")[0]), price) or price / 1000
    ask = price if side is AskBid.BID else price + tick
    depths = [n for n in range(_DEPTHS) if ask - tick * (n + 1) > 0]
    units = tuple(BookUnit(ask + tick * n, ask - tick * (n + 1), size, size) for n in depths)
    total = size * len(units)
    return Orderbook(market=market, timestamp_ms=at_ms, total_ask_size=total, total_bid_size=total, unread=units)

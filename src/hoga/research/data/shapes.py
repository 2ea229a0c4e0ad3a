"""Which column of somebody's file is what: Upbit's own names, the usual OHLCV names in any case, and short ones."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from msgspec import Struct

from hoga.model.errors import MoneyError
from hoga.research.data.errors import DataError

_TIMES = (
    "candle_date_time_utc",
    "candle_date_time_kst",
    "start_utc",
    "time_utc",
    "ts_utc",
    "time_kst",
    "ts_kst",
    "datetime",
    "date_time",
    "open_time",
    "opentime",
    "time",
    "date",
    "timestamp",
    "ts",
    "t",
    "index",
    "__index_level_0__",
    "unnamed: 0",
    "column0",
)
#: Our name -> the names it goes by, the surest first. Compared in lower case.
CANDLE_NAMES: Final[Mapping[str, Sequence[str]]] = {
    "time": _TIMES,
    "opening": ("opening_price", "open", "opening", "open_price", "o"),
    "high": ("high_price", "high", "h"),
    "low": ("low_price", "low", "l"),
    "close": ("trade_price", "close", "closing_price", "close_price", "c"),
    "volume": ("candle_acc_trade_volume", "volume", "vol", "v"),
    "value": ("candle_acc_trade_price", "value", "quote_volume", "quotevolume", "turnover"),
}
TRADE_NAMES: Final[Mapping[str, Sequence[str]]] = {
    "time": ("trade_timestamp", "ttms", "at_utc", "timestamp", "time", "datetime", "date", "ts", "t"),
    "price": ("trade_price", "price", "tp", "p"),
    "volume": ("trade_volume", "volume", "tv", "size", "qty", "quantity", "v"),
    "side": ("ask_bid", "ab", "side", "taker_side"),
    "sequential_id": ("sequential_id", "sid", "trade_id", "id"),
}
MARKET_NAMES: Final = ("market", "pair", "symbol", "code", "cd", "ticker")
_MAY_LACK: Final = {"value", "sequential_id"}

BUYS: Final = ("bid", "buy", "b", "true")
SELLS: Final = ("ask", "sell", "a", "s", "false")

#: Currencies that prices are quoted in, and never the thing traded on a market quoted in another of them but BTC.
_QUOTES: Final = ("KRW", "USDT")


class Shape(Struct, frozen=True):
    """What a file holds (`candles` or `trades`) and its own name for each of our columns; `market` may be missing."""

    kind: str
    columns: Mapping[str, str]
    market: str | None


def shape_of(names: Sequence[str], place: str) -> Shape:
    """Recognise a file by the names of its columns; `DataError` naming what is missing where that fails."""
    by_lower = {name.strip().lower(): name for name in reversed(names)}
    market = next((by_lower[name] for name in MARKET_NAMES if name in by_lower), None)
    candles, trades = _found(CANDLE_NAMES, by_lower), _found(TRADE_NAMES, by_lower)
    lacking = [name for name in CANDLE_NAMES if name not in candles and name not in _MAY_LACK]
    if not lacking:
        return Shape("candles", candles, market)
    if "price" in trades and not {"opening", "high", "low"} & set(candles):
        lacking = [name for name in TRADE_NAMES if name not in trades and name not in _MAY_LACK]
        if not lacking:
            return Shape("trades", trades, market)
        raise DataError(f"{place} looks like trades, but has no column for {', '.join(lacking)}.")
    told = ", ".join(names)[:200]
    raise DataError(f"{place} has no column for {', '.join(lacking)}. Its columns are {told}.")


def _found(wanted: Mapping[str, Sequence[str]], by_lower: Mapping[str, str]) -> dict[str, str]:
    return dict(_pairs(wanted, by_lower))


def _pairs(wanted: Mapping[str, Sequence[str]], by_lower: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    for ours, theirs in wanted.items():
        for name in theirs:
            if name in by_lower:
                yield ours, by_lower[name]
                break


def code_of(text: str) -> str:
    """The market code for how others write it: `BTC_KRW`, `BTC/KRW`, `krw-btc`; `MoneyError` for what is none."""
    upper = text.strip().upper()
    for mark in "-_/":
        first, found, second = upper.partition(mark) if mark == "-" else upper.rpartition(mark)
        if not found or not first or not second:
            continue
        if first in _QUOTES:
            return f"{first}-{second}"
        if second in _QUOTES:
            return f"{second}-{first}"
        # Upbit writes the quote currency first, everybody who uses another mark writes it last.
        return upper if mark == "-" else f"{second}-{first}"
    raise MoneyError(f"{text!r} is not a market. Write it like KRW-BTC.")

"""What lies in the store as the source of a backtest."""

from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path

from hoga.model.errors import ConfigError
from hoga.model.events import Candle, Orderbook
from hoga.research.data.asking import coverage, day
from hoga.research.data.blocks import CandleBlock, read_books, read_candles, read_trades
from hoga.research.data.errors import DataError
from hoga.research.data.layout import Kind, Series, books_of, candles_of, trades_of
from hoga.research.data.parquet import connect
from hoga.research.data.units import name_of
from hoga.research.engine.history import bars_of
from hoga.research.engine.source import Source
from hoga.simulator.market.listing import list_markets

#: Past bars are made of these, the longest that fits first.
_PAST_UNITS_S = (86_400, 3_600, 600, 60)

_NAMES: dict[Kind, str] = {"candles": "candles", "trades": "trades", "books": "books and trades"}


def is_recorded(store: Path, market: str, kind: Kind, unit_s: int) -> bool:
    """Tell whether the store holds anything of a series."""
    with connect() as connection:
        return bool(coverage(store, _series(kind, market, unit_s), connection=connection))


def from_store(
    store: Path,
    markets: Sequence[str],
    *,
    kind: Kind = "candles",
    unit_s: int = 60,
    begin_ms: int | None = None,
    end_ms: int | None = None,
) -> Source:
    """Candles of `unit_s`, trades, or books and trades of some markets.

    Without bounds all that is recorded of every one of them. `DataError` where there is nothing or a hole.
    """
    codes = tuple(dict.fromkeys(markets))
    if not codes:
        raise ConfigError(["No market was named."])
    begin, end = _range(store, codes, kind, unit_s, begin_ms, end_ms)
    open_blocks: Callable[[str], Iterator[object]] = (
        (lambda code: read_candles(store, code, unit_s, begin, end))
        if kind == "candles"
        else (lambda code: read_trades(store, code, begin, end))
    )

    def open_books(code: str) -> Iterator[Orderbook]:
        return read_books(store, code, begin, end)

    return Source(
        name=_NAMES[kind] + (f" {name_of(unit_s)}" if kind == "candles" else ""),
        markets=list_markets(codes),
        begin_ms=begin,
        end_ms=end,
        unit_s=unit_s if kind == "candles" else 0,
        open_blocks=open_blocks,  # type: ignore[arg-type]
        open_books=open_books if kind == "books" else None,
        history=partial(_history, store, unit_s if kind == "candles" else 0, begin),
    )


def _range(
    store: Path, codes: Sequence[str], kind: Kind, unit_s: int, begin_ms: int | None, end_ms: int | None
) -> tuple[int, int]:
    if begin_ms is not None and end_ms is not None:
        return begin_ms, end_ms
    with connect() as connection:
        spans = [coverage(store, _series(kind, code, unit_s), connection=connection) for code in codes]
    for code, found in zip(codes, spans, strict=True):
        if not found:
            raise DataError(f"The store {store} has no {kind} of {code}. Get some: `hoga data download {code}`.")
    first_ms = max(found[0].begin_ms for found in spans) if begin_ms is None else begin_ms
    last_ms = min(found[-1].end_ms for found in spans) if end_ms is None else end_ms
    if first_ms >= last_ms:
        raise DataError(f"There is no time in common: from {day(first_ms)} to {day(last_ms)}.")
    return first_ms, last_ms


def _history(store: Path, unit_s: int, begin_ms: int, market: str, wanted_s: int, count: int) -> Sequence[Candle]:
    """Bars before the beginning from whatever candles are there; none where nothing fits."""
    since_ms = begin_ms // (wanted_s * 1000) * wanted_s * 1000 - count * wanted_s * 1000
    for fine_s in dict.fromkeys((unit_s, wanted_s, *_PAST_UNITS_S)):
        if not fine_s or wanted_s % fine_s:
            continue
        try:
            blocks: list[CandleBlock] = list(read_candles(store, market, fine_s, since_ms, begin_ms))
        except (DataError, ConfigError):  # not recorded, or no length the venue has
            continue
        if bars := bars_of(blocks, wanted_s, begin_ms, count):
            return bars
    return ()


def _series(kind: Kind, market: str, unit_s: int) -> Series:
    if kind == "candles":
        return candles_of(market, unit_s)
    return trades_of(market) if kind == "trades" else books_of(market)

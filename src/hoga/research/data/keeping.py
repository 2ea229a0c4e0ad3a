"""Blocks into the store: for whoever makes prices (a download, a synthetic market) instead of importing them."""

from collections.abc import Iterable, Sequence
from pathlib import Path

from hoga.research.data.blocks import CandleBlock, TradeBlock
from hoga.research.data.layout import candles_of, trades_of
from hoga.research.data.notes import Span
from hoga.research.data.parquet import connect
from hoga.research.data.writing import Kept, keep, stage, stage_columns


def keep_candles(
    store: Path,
    market: str,
    unit_s: int,
    blocks: Iterable[CandleBlock],
    covered: Sequence[Span],
    *,
    source: str,
    fetched_ms: int,
    replace: bool = False,
) -> Kept:
    """Put bars into the store; empty ones are left to the note's `covered`, which tells that nothing traded there.

    `source` says in words where they are from. `DataError` where the store has other numbers, unless `replace`.
    """
    with connect() as connection:
        stage(connection, "candles")
        for block in blocks:
            columns = {
                "start_utc": block.start_ms,
                "opening": block.opening,
                "high": block.high,
                "low": block.low,
                "close": block.close,
                "volume": block.volume,
            }
            scales = dict.fromkeys(("opening", "high", "low", "close"), block.price_scale)
            scales |= {"volume": block.volume_scale, "value": block.value_scale}
            if block.value is not None:
                columns["value"] = block.value
            busy = ~block.is_empty
            stage_columns(connection, "candles", {name: column[busy] for name, column in columns.items()}, scales)
        series = candles_of(market, unit_s)
        return keep(connection, store, series, covered, source=source, fetched_ms=fetched_ms, replace=replace)


def keep_trades(
    store: Path,
    market: str,
    blocks: Iterable[TradeBlock],
    covered: Sequence[Span],
    *,
    source: str,
    fetched_ms: int,
) -> Kept:
    """Put trades into the store; one with a sequential id that is there already must be the same trade."""
    with connect() as connection:
        stage(connection, "trades")
        for block in blocks:
            columns = {
                "at_utc": block.at_ms,
                "sequential_id": block.sequential_id,
                "price": block.price,
                "volume": block.volume,
                "is_bid": block.is_bid.astype("int64"),
            }
            scales = {"price": block.price_scale, "volume": block.volume_scale}
            stage_columns(connection, "trades", columns, scales)
        return keep(connection, store, trades_of(market), covered, source=source, fetched_ms=fetched_ms)

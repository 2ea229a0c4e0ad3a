"""Small made-up prices for the tests of the store."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from hoga.research.data.blocks import CandleBlock, TradeBlock
from hoga.research.data.keeping import keep_candles
from hoga.research.data.notes import Span

MINUTE_MS = 60_000
DAY_MS = 86_400_000
START_MS = 1_756_684_800_000  # 2025-09-01 00:00 UTC, 09:00 KST
ONE = 10**8


def bars(
    count: int,
    *,
    market: str = "KRW-BTC",
    begin_ms: int = START_MS,
    unit_s: int = 60,
    price: int = 100_000_000,
    without: Sequence[int] = (),
    volume: int = 150_000_000,
    volume_scale: int = 8,
) -> CandleBlock:
    """Bars that rise by 1,000 each, at half won; those in `without` did not trade."""
    index = np.array([n for n in range(count) if n not in set(without)], np.int64)
    close = (price + index * 1_000) * ONE + ONE // 2
    return CandleBlock(
        market=market,
        unit_s=unit_s,
        start_ms=begin_ms + index * unit_s * 1000,
        opening=close - 1_000 * ONE,
        high=close + 2_000 * ONE,
        low=close - 2_000 * ONE,
        close=close,
        volume=np.full(len(index), volume, np.int64) + index,
        value=index * 12_345_678_901_234 + 1,
        is_empty=np.zeros(len(index), np.bool_),
        volume_scale=volume_scale,
    )


def store_with(store: Path, block: CandleBlock) -> Path:
    """Keep a block; its stretch reaches from the first bar to ten minutes' end or the last bar, whichever is later."""
    unit_ms = block.unit_s * 1000
    first_ms, last_ms = int(block.start_ms[0]), int(block.start_ms[-1])
    tens = -(-(last_ms + unit_ms - first_ms) // (10 * unit_ms)) * 10 * unit_ms
    span = Span(first_ms, max(last_ms + unit_ms, first_ms + tens if last_ms < first_ms + tens else 0))
    keep_candles(store, block.market, block.unit_s, [block], [span], source="test", fetched_ms=0)
    return store


def trade_block(count: int, *, same_ms: int = 1, market: str = "KRW-BTC") -> TradeBlock:
    """Trades, `same_ms` of them in each millisecond of their own."""
    index = np.arange(count, dtype=np.int64)
    at_ms = START_MS + index // same_ms * 5
    return TradeBlock(
        market=market,
        at_ms=at_ms,
        sequential_id=at_ms * 10_000 + index % same_ms,
        price=(100_000_000 + index % 10 * 1_000) * ONE + ONE // 2,
        volume=index + 1,
        is_bid=index % 2 == 0,
    )

from collections.abc import Sequence
from decimal import Decimal
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, strategies as st
from tests.research.data.scenery import DAY_MS, MINUTE_MS, START_MS, bars, store_with, trade_block

from hoga.research.data.blocks import CandleBlock, exact, read_candles, read_trades
from hoga.research.data.errors import DataError
from hoga.research.data.keeping import keep_candles, keep_trades
from hoga.research.data.notes import Span
from hoga.research.data.parquet import scaled


def all_of(blocks: Sequence[CandleBlock], name: str) -> list[int]:
    return [number for block in blocks for number in getattr(block, name).tolist()]


def test_what_was_kept_is_read_back_to_the_last_digit(tmp_path: Path):
    store = store_with(tmp_path, bars(10))

    (block,) = read_candles(store, "KRW-BTC", 60, START_MS, START_MS + 10 * MINUTE_MS)

    made = bars(10)
    assert block.start_ms.tolist() == made.start_ms.tolist()
    for name in ("opening", "high", "low", "close", "volume", "value"):
        assert getattr(block, name).tolist() == getattr(made, name).tolist()
    assert not block.is_empty.any()
    assert [candle.close for candle in block.candles()][:2] == [Decimal("100000000.5"), Decimal("100001000.5")]


def test_minutes_without_a_trade_are_there_and_repeat_the_last_close(tmp_path: Path):
    store = store_with(tmp_path, bars(10, without=(2, 3, 9)))

    blocks = list(read_candles(store, "KRW-BTC", 60, START_MS, START_MS + 10 * MINUTE_MS))

    closes, volumes = all_of(blocks, "close"), all_of(blocks, "volume")
    assert all_of(blocks, "start_ms") == [START_MS + n * MINUTE_MS for n in range(10)]
    assert [n for n, is_empty in enumerate(all_of(blocks, "is_empty")) if is_empty] == [2, 3, 9]
    for name in ("opening", "high", "low", "close"):
        prices = all_of(blocks, name)
        assert (prices[2], prices[3], prices[9]) == (closes[1], closes[1], closes[8])
    assert volumes[2] == volumes[3] == volumes[9] == all_of(blocks, "value")[9] == 0


@pytest.mark.parametrize("rows", [1, 3, 7, 100])
def test_the_size_of_the_blocks_changes_nothing(tmp_path: Path, rows: int):
    store = store_with(tmp_path, bars(50, without=(7, 8, 9, 10, 11, 30)))

    cut = list(read_candles(store, "KRW-BTC", 60, START_MS, START_MS + 50 * MINUTE_MS, rows=rows))

    (whole,) = read_candles(store, "KRW-BTC", 60, START_MS, START_MS + 50 * MINUTE_MS)
    assert max(len(block) for block in cut) <= rows
    for name in ("start_ms", "opening", "high", "low", "close", "volume", "is_empty"):
        assert all_of(cut, name) == all_of([whole], name)


def test_a_range_over_two_months_is_one_row_of_bars(tmp_path: Path):
    begin_ms = START_MS + 30 * DAY_MS - 5 * MINUTE_MS  # 2025-09-30 23:55 UTC
    store = store_with(tmp_path, bars(10, begin_ms=begin_ms, without=(4, 5)))

    blocks = list(read_candles(store, "KRW-BTC", 60, begin_ms, begin_ms + 10 * MINUTE_MS))

    assert sorted(path.name for path in store.rglob("*.parquet")) == ["2025-09.parquet", "2025-10.parquet"]
    assert all_of(blocks, "start_ms") == [begin_ms + n * MINUTE_MS for n in range(10)]
    assert [n for n, is_empty in enumerate(all_of(blocks, "is_empty")) if is_empty] == [4, 5]


def test_an_empty_bar_at_the_beginning_of_a_range_knows_the_close_before_it(tmp_path: Path):
    store = store_with(tmp_path, bars(10, without=(4,)))

    (block,) = read_candles(store, "KRW-BTC", 60, START_MS + 4 * MINUTE_MS, START_MS + 6 * MINUTE_MS)

    assert block.is_empty.tolist() == [True, False]
    assert exact(int(block.close[0]), 8) == Decimal("100003000.5")


def test_a_range_that_sticks_out_is_cut_and_one_beside_the_data_is_refused(tmp_path: Path):
    store = store_with(tmp_path, bars(10))

    (block,) = read_candles(store, "KRW-BTC", 60, START_MS - DAY_MS, START_MS + DAY_MS)

    assert len(block) == 10
    with pytest.raises(DataError, match="recorded from 2025-09-01 09:00 KST to 2025-09-01 09:10 KST"):
        next(read_candles(store, "KRW-BTC", 60, START_MS + DAY_MS, START_MS + 2 * DAY_MS))
    with pytest.raises(DataError, match="hoga data download KRW-ETH --unit 1m"):
        next(read_candles(store, "KRW-ETH", 60, START_MS, START_MS + DAY_MS))
    with pytest.raises(DataError, match="empty"):
        next(read_candles(store, "KRW-BTC", 60, START_MS, START_MS))


def test_a_hole_nobody_fetched_is_not_taken_for_silence(tmp_path: Path):
    store = store_with(tmp_path, bars(10))
    store_with(tmp_path, bars(10, begin_ms=START_MS + 20 * MINUTE_MS))

    with pytest.raises(DataError, match=r"hole .* 2025-09-01 09:10 KST to 2025-09-01 09:20 KST"):
        next(read_candles(store, "KRW-BTC", 60, START_MS, START_MS + DAY_MS))


def test_other_numbers_for_the_same_minute_are_refused_unless_told(tmp_path: Path):
    store = store_with(tmp_path, bars(10))
    other = bars(3, price=200_000_000)
    covered = [Span(START_MS, START_MS + 3 * MINUTE_MS)]

    with pytest.raises(DataError, match=r"3 rows .* other numbers"):
        keep_candles(store, "KRW-BTC", 60, [other], covered, source="test", fetched_ms=0)
    kept = keep_candles(store, "KRW-BTC", 60, [other], covered, source="test", fetched_ms=0, replace=True)

    (block,) = read_candles(store, "KRW-BTC", 60, START_MS, START_MS + 10 * MINUTE_MS)
    assert (kept.replaced, kept.added) == (3, 0)
    assert [exact(int(close), 8) // 1_000_000 for close in block.close[:4]] == [200, 200, 200, 100]


def test_keeping_the_same_again_writes_nothing(tmp_path: Path):
    store = store_with(tmp_path, bars(10))
    (path,) = store.rglob("*.parquet")
    before = path.stat().st_mtime_ns

    covered = [Span(START_MS, START_MS + 10 * MINUTE_MS)]
    kept = keep_candles(store, "KRW-BTC", 60, [bars(10)], covered, source="test", fetched_ms=0)

    assert (kept.same, kept.files) == (10, 0)
    assert path.stat().st_mtime_ns == before


def test_a_cut_file_is_named_and_nothing_of_it_is_used(tmp_path: Path):
    store = store_with(tmp_path, bars(10))
    (path,) = store.rglob("*.parquet")
    path.write_bytes(path.read_bytes()[:-20])

    with pytest.raises(DataError, match=r"2025-09\.parquet cannot be read"):
        next(read_candles(store, "KRW-BTC", 60, START_MS, START_MS + DAY_MS))


def test_trades_of_one_millisecond_stay_in_their_order(tmp_path: Path):
    block = trade_block(200_000, same_ms=7)
    end_ms = int(block.at_ms[-1]) + 1
    keep_trades(tmp_path, "KRW-BTC", [block], [Span(START_MS, end_ms)], source="test", fetched_ms=0)

    read = list(read_trades(tmp_path, "KRW-BTC", START_MS, end_ms, rows=30_000))

    assert max(len(part) for part in read) <= 30_000
    for name in ("at_ms", "sequential_id", "price", "volume", "is_bid"):
        assert np.concatenate([getattr(part, name) for part in read]).tolist() == getattr(block, name).tolist()
    assert next(read[0].trades()).price == Decimal("100000000.5")


@given(
    numbers=st.lists(
        st.integers(min_value=0, max_value=10**18 - 1).map(lambda n: Decimal(n).scaleb(-8)), min_size=1, max_size=20
    )
)
def test_every_number_of_eighteen_digits_comes_back_exactly(numbers: list[Decimal]):
    whole = np.array([int(number) for number in numbers], np.int64)
    small = np.array([int(number % 1 * 10**8) for number in numbers], np.int64)

    column, scale = scaled(whole, small)

    assert [exact(int(number), scale) for number in column] == numbers


def test_a_volume_too_large_for_eight_decimals_takes_a_scale_of_its_own(tmp_path: Path):
    block = bars(2, volume_scale=5, volume=3_000_000_000_000_00000)
    store = store_with(tmp_path, block)

    (read,) = read_candles(store, "KRW-BTC", 60, START_MS, START_MS + 2 * MINUTE_MS)

    assert read.volume_scale < 8
    assert next(read.candles()).volume == Decimal(3_000_000_000_000)

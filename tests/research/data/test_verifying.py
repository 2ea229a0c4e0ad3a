import csv
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest
from tests.research.data.scenery import MINUTE_MS, START_MS, bars, store_with

from hoga.research.data.blocks import CandleBlock
from hoga.research.data.errors import DataError
from hoga.research.data.importing import import_file
from hoga.research.data.keeping import keep_candles
from hoga.research.data.listing import list_store
from hoga.research.data.notes import Span
from hoga.research.data.verdict import Verdict
from hoga.research.data.verifying import Verified, verify_file, verify_store

HOUR = range(60)


def verdict_of(found: Verified, market: str) -> Verdict:
    return next(verdict for verdict in found.verdicts if verdict.market == market)


def test_all_markets_silent_at_once_are_an_outage_and_one_alone_is_quiet(tmp_path: Path):
    down = tuple(range(100, 130))
    store_with(tmp_path, bars(300, without=down))
    store_with(tmp_path, bars(300, market="KRW-ETH", without=down))
    store_with(tmp_path, bars(300, market="KRW-DOGE", without=(*down, 130, 20, 21, *range(200, 240))))

    found = verify_store(tmp_path)

    doge = verdict_of(found, "KRW-DOGE").gaps
    assert (doge.gaps, doge.outages, doge.quiet, doge.quiet_bars) == (3, 1, 2, 42)
    assert verdict_of(found, "KRW-BTC").gaps.outages == 1
    (outage,) = found.outages
    assert (outage.begin_ms, outage.end_ms) == (START_MS + 100 * MINUTE_MS, START_MS + 131 * MINUTE_MS)
    assert outage.markets == ("KRW-BTC", "KRW-DOGE", "KRW-ETH")
    assert found.is_sound


def test_a_liquid_market_alone_tells_an_outage_and_an_idle_one_does_not(tmp_path: Path):
    down = tuple(range(3_000, 3_020))
    idle = tuple(n for n in range(3_500) if n % 3)
    store_with(tmp_path / "liquid", bars(3_500, without=(7, *down)))
    store_with(tmp_path / "idle", bars(3_500, without=(*idle, *down)))

    liquid = verify_store(tmp_path / "liquid").verdicts[0].gaps

    assert (liquid.outages, liquid.quiet) == (1, 1)
    assert verify_store(tmp_path / "idle").verdicts[0].gaps.outages == 0


def test_what_was_never_fetched_is_a_hole_whatever_its_length(tmp_path: Path):
    store_with(tmp_path, bars(60))
    store_with(tmp_path, bars(60, begin_ms=START_MS + 90 * MINUTE_MS))

    found = verify_store(tmp_path, "KRW-BTC").verdicts[0]

    assert (found.gaps.holes, found.gaps.hole_bars, found.gaps.outages) == (1, 30, 0)
    assert list_store(tmp_path)[0].holes == 1


def test_bad_rows_in_the_store_are_found(tmp_path: Path):
    block = bars(60, price=150_000_000)
    high = block.high.copy()
    high[5] = block.low[5]
    off = CandleBlock(
        market="KRW-BTC",
        unit_s=60,
        start_ms=block.start_ms + np.where(np.arange(60) == 9, 30_000, 0),
        opening=block.opening,
        high=high,
        low=block.low,
        close=block.close,
        volume=block.volume,
        is_empty=block.is_empty,
    )
    keep_candles(tmp_path, "KRW-BTC", 60, [off], [Span(START_MS, START_MS + 60 * MINUTE_MS)], source="x", fetched_ms=0)

    found = verify_store(tmp_path)

    (verdict,) = found.verdicts
    assert (verdict.bad_prices, verdict.off_grid, verdict.off_tick) == (1, 1, 60)  # all are at half a won
    assert not found.is_sound


def test_a_corrupt_file_is_named_and_the_others_are_judged(tmp_path: Path):
    store_with(tmp_path, bars(60))
    store_with(tmp_path, bars(60, market="KRW-ETH"))
    path = next((tmp_path / "candles" / "1m" / "KRW-ETH").glob("*.parquet"))
    path.write_bytes(b"PAR1" + bytes(100) + b"PAR1")

    found = verify_store(tmp_path)

    assert [verdict.market for verdict in found.verdicts] == ["KRW-BTC"]
    assert len(found.broken) == 1
    assert str(path) in found.broken[0]
    assert not found.is_sound


def test_nothing_in_the_store_is_said_with_what_to_do(tmp_path: Path):
    with pytest.raises(DataError, match="hoga data list"):
        verify_store(tmp_path)
    store_with(tmp_path, bars(10))
    with pytest.raises(DataError, match="nothing of KRW-XRP"):
        verify_store(tmp_path, "KRW-XRP")


# ------------------------------------------------ recorded prices of others


#: File -> gaps, bars missing, longest run in bars, outages; as its index has them.
RECORDED = {
    "krw5_1m_2025-09_azuremooni": (205, 229, 5, 0),
    "krw6_1h_2022-2025_azuremooni": (108, 325, 5, 108),
    "sol_30m_2024-2025_chaehteon": (8, 64, 10, 8),
    "krw3_5m_2025_chaehteon": (6, 220, 71, 6),
    "btc_1h_2017-2023_fireantss": (46, 82, 7, 46),
    "krw_day_2018-2023_kkkjwww": (0, 0, 0, 0),
}


@pytest.mark.shared
@pytest.mark.parametrize("name", RECORDED)
def test_every_gap_of_recorded_prices_is_found_and_outages_are_told_apart(shared: Path, name: str):
    path = shared / "data" / "candles" / f"{name}.parquet"
    markets = ["KRW-BTC"] if name.startswith("btc") else []

    found = verify_file(path, markets=markets)

    gaps = [verdict.gaps for verdict in found.verdicts]
    assert RECORDED[name] == (
        sum(each.gaps for each in gaps),
        sum(each.bars for each in gaps),
        max(each.longest for each in gaps),
        sum(each.outages for each in gaps),
    )
    assert found.is_sound
    if name.startswith("krw5"):  # the index names these, too
        assert (verdict_of(found, "KRW-DOGE").off_tick, verdict_of(found, "KRW-SOL").off_tick) == (27, 10)


@pytest.mark.shared
@pytest.mark.parametrize(
    ("name", "column", "since"),
    [
        ("krw6_1h_2022-2025_azuremooni", "btc_azuremooni", "2022"),
        ("btc_1h_2017-2023_fireantss", "btc_fireantss", "2017"),
    ],
)
def test_the_outages_are_those_of_the_calendar(shared: Path, name: str, column: str, since: str):
    folder = shared / "data" / "candles"
    with (folder / "exchange_outage_windows_1h.csv").open(encoding="utf-8") as text:
        rows = [row for row in csv.DictReader(text) if row[column] == "True" and row["last_bar_utc"] >= since]
    calendar = {(_ms(row["last_bar_utc"]) + 3_600_000, _ms(row["next_bar_utc"])) for row in rows}

    found = verify_file(folder / f"{name}.parquet", markets=["KRW-BTC"])

    assert {(outage.begin_ms, outage.end_ms) for outage in found.outages} == calendar


@pytest.mark.shared
@pytest.mark.parametrize("name", ["krw113_1d_2020-2022_freewizard20", "alt_1m_windows_2026-04_dabok407"])
def test_recorded_prices_with_pages_left_out_are_refused_and_flagged(shared: Path, tmp_path: Path, name: str):
    path = shared / "data" / "candles" / f"{name}.parquet"

    with pytest.raises(DataError, match="sampled in blocks"):
        import_file(tmp_path, path, fetched_ms=0)

    assert not verify_file(path).is_sound
    assert list(tmp_path.rglob("*.parquet")) == []


def _ms(text: str) -> int:
    return int(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp() * 1000)

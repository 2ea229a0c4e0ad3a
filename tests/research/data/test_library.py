import json
import subprocess
import sys
from decimal import Decimal
from pathlib import Path

import pytest
from tests.research.data.scenery import START_MS, bars, store_with

import hoga
from hoga.research.data.errors import DataError
from hoga.simulator.server import serve


def test_candles_of_the_store_are_events_tables_and_html(tmp_path: Path):
    store_with(tmp_path, bars(20, without=(3,)))

    candles = hoga.data.candles("KRW-BTC", "1m", store=tmp_path)

    assert len(candles) == len(list(candles)) == 20
    frame = candles.to_pandas()
    assert list(frame.columns[:3]) == ["start_utc", "is_empty", "opening"]
    assert frame["is_empty"].sum() == 1
    assert candles.relation().aggregate("max(close)").fetchall() == [(Decimal("100019000.5"),)]
    assert candles.__arrow_c_stream__() is not None
    assert "2025-09-01 00:00:00" in candles._repr_html_()
    assert "20 rows" in candles._repr_html_()


def test_a_part_is_asked_for_by_days_in_korea(tmp_path: Path):
    store_with(tmp_path, bars(60))

    candles = hoga.data.candles("KRW-BTC", "1m", "2025-09-01T09:10", "2025-09-01T09:20", store=tmp_path)

    assert [candle.start_ms for candle in candles] == [START_MS + n * 60_000 for n in range(10, 20)]
    with pytest.raises(DataError, match="hoga data download KRW-ETH"):
        hoga.data.candles("KRW-ETH", store=tmp_path)


def test_what_lies_in_the_store_shows_in_a_notebook(tmp_path: Path):
    store_with(tmp_path, bars(60))

    assert "<td>KRW-BTC</td>" in hoga.data.listing(tmp_path)._repr_html_()
    assert "<b>Sound</b>" in hoga.data.verify(store=tmp_path)._repr_html_()


async def test_a_download_works_inside_a_running_event_loop(tmp_path: Path):
    running = await serve(seed=7, markets=["KRW-BTC"])
    try:
        import asyncio  # noqa: PLC0415 - the loop of the notebook goes on meanwhile

        found = await asyncio.to_thread(
            hoga.data.download, ["KRW-BTC"], "240m", rest_url=running.rest_url, store=tmp_path
        )
    finally:
        await running.stop()

    (done,) = found
    assert done.kept.added > 100


def test_made_up_prices_need_no_store():
    first = next(iter(hoga.data.synthetic("KRW-BTC", "60m", days=1)))

    assert first.market == "KRW-BTC"
    assert len(hoga.data.synthetic("KRW-BTC", "60m", days=2)) == 48


def test_a_bot_that_imports_hoga_loads_nothing_of_this():
    code = "import hoga, sys, json; print(json.dumps([m for m in ('duckdb', 'numpy') if m in sys.modules]))"

    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)  # noqa: S603

    assert json.loads(out.stdout) == []

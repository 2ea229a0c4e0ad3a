import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import numpy as np
import pytest

from hoga.model.errors import ConfigError
from hoga.research.data import downloading
from hoga.research.data.asker import Asker, now_ms
from hoga.research.data.blocks import read_candles, read_trades
from hoga.research.data.downloading import Downloaded, download_candles, download_trades, todo
from hoga.research.data.errors import DataError
from hoga.research.data.verifying import verify_store
from hoga.simulator.faults.plan import FaultPlan
from hoga.simulator.server import RunningSimulator, serve

HOUR_MS = 3_600_000
MINUTE_MS = 60_000
DAY_MS = 24 * HOUR_MS


@pytest.fixture
async def exchange() -> AsyncIterator[RunningSimulator]:
    running = await serve(seed=7, markets=["KRW-BTC", "KRW-ETH"])
    try:
        yield running
    finally:
        await running.stop()


class Killed(Exception):  # noqa: N818 - what happens to the download
    """The end of a process, as far as a test can play it."""


def nobody(*_: object) -> None:
    """Nobody is told."""


async def fetched(
    exchange: RunningSimulator, store: Path, hours: int, *, unit_s: int = 60, pauses_s: tuple[float, ...] = ()
) -> Downloaded:
    async with Asker(exchange.rest_url, pauses_s=pauses_s) as venue:
        end_ms = now_ms()
        return await download_candles(venue, store, "KRW-BTC", unit_s, end_ms - hours * HOUR_MS, end_ms, nobody)


async def test_what_the_exchange_has_comes_home_to_the_digit(exchange: RunningSimulator, tmp_path: Path):
    done = await fetched(exchange, tmp_path, 24)

    blocks = list(read_candles(tmp_path, "KRW-BTC", 60, 0, now_ms()))
    told = {bar.start_ms: bar for bar in exchange.venue.candles.rows("KRW-BTC", "1m", before_ms=now_ms(), count=3_000)}
    candles = [candle for block in blocks for candle in block.candles()]
    assert 24 * 60 - 3 <= len(candles) <= 24 * 60  # minutes go by while they come
    for candle in candles[:-2]:
        bar = told[candle.start_ms]
        assert (candle.opening_price, candle.high_price, candle.low_price, candle.close, candle.volume) == (
            bar.opening_price,
            bar.high_price,
            bar.low_price,
            bar.close,
            bar.volume,
        )
    assert done.kept.added == len(candles)
    assert verify_store(tmp_path).is_sound


async def test_a_second_download_asks_only_for_what_is_new(exchange: RunningSimulator, tmp_path: Path):
    first = await fetched(exchange, tmp_path, 12)
    again = await fetched(exchange, tmp_path, 12)

    assert first.requests >= 4
    assert again.requests <= 1
    assert again.kept.added <= 1


async def test_a_download_that_is_killed_goes_on_where_whole_files_end(
    exchange: RunningSimulator, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(downloading, "PIECE_BARS", 300)
    end_ms = now_ms() // MINUTE_MS * MINUTE_MS - MINUTE_MS
    begin_ms = end_ms - 20 * HOUR_MS
    pages = 0

    def kill(*_: object) -> None:
        nonlocal pages
        pages += 1
        if pages == 4:
            raise Killed

    async with Asker(exchange.rest_url) as venue:
        with pytest.raises(Killed):
            await download_candles(venue, tmp_path, "KRW-BTC", 60, begin_ms, end_ms, kill)
        left = todo(tmp_path, "KRW-BTC", 60, begin_ms, end_ms)
        asked = venue.requests
        done = await download_candles(venue, tmp_path, "KRW-BTC", 60, begin_ms, end_ms, nobody)

    assert [span.begin_ms for span in left] == [begin_ms]
    assert left[0].end_ms < end_ms
    assert not list(Path.rglob(tmp_path, "*.part"))
    assert done.requests < 20 * 60 // 300 * 2
    assert asked == 4
    (verdict,) = verify_store(tmp_path).verdicts
    assert (verdict.rows, verdict.gaps.gaps) == (20 * 60, 0)


async def test_what_the_exchange_does_not_know_is_not_taken_for_silence(exchange: RunningSimulator, tmp_path: Path):
    done = await fetched(exchange, tmp_path, 24 * 100, unit_s=4 * 3_600)

    (first, *_) = read_candles(tmp_path, "KRW-BTC", 4 * 3_600, 0, now_ms())
    assert done.since_ms == first.start_ms[0] > now_ms() - 40 * 24 * HOUR_MS


async def test_minutes_of_days_long_gone_come_from_the_simulator_too(exchange: RunningSimulator, tmp_path: Path):
    begin_ms = now_ms() // DAY_MS * DAY_MS - 200 * DAY_MS

    async with Asker(exchange.rest_url) as venue:
        await download_candles(venue, tmp_path, "KRW-ETH", 60, begin_ms, begin_ms + 2 * DAY_MS, nobody)
        await download_candles(venue, tmp_path, "KRW-ETH", 86_400, begin_ms, begin_ms + 2 * DAY_MS, nobody)

    days = [bar for block in read_candles(tmp_path, "KRW-ETH", 86_400, 0, now_ms()) for bar in block.candles()]
    minutes = [bar for block in read_candles(tmp_path, "KRW-ETH", 60, 0, now_ms()) for bar in block.candles()]
    assert len(minutes) == 2 * 1_440
    for number, day in enumerate(days):
        part = minutes[number * 1_440 : (number + 1) * 1_440]
        assert (day.opening_price, day.close) == (part[0].opening_price, part[-1].close)
        assert day.high_price == max(bar.high_price for bar in part)
        assert day.low_price == min(bar.low_price for bar in part)
    assert verify_store(tmp_path).is_sound


@pytest.mark.parametrize(("unit_s", "hours"), [(1, 1), (3600, 24 * 20), (86_400, 24 * 300), (604_800, 24 * 300)])
async def test_candles_of_other_lengths_come_too(exchange: RunningSimulator, tmp_path: Path, unit_s: int, hours: int):
    await fetched(exchange, tmp_path, hours, unit_s=unit_s)

    blocks = list(read_candles(tmp_path, "KRW-BTC", unit_s, 0, now_ms()))
    starts = np.concatenate([block.start_ms for block in blocks])
    assert len(starts) > 10
    assert set(np.diff(starts).tolist()) == {unit_s * 1000}


async def test_months_and_years_have_their_own_lengths(exchange: RunningSimulator, tmp_path: Path):
    await fetched(exchange, tmp_path, 24 * 400, unit_s=30 * 86_400)

    (block, *_) = read_candles(tmp_path, "KRW-BTC", 30 * 86_400, 0, now_ms())
    assert set((np.diff(block.start_ms) // 86_400_000).tolist()) <= {28, 29, 30, 31}


async def test_refusals_and_lost_answers_are_outlasted(tmp_path: Path):
    faults = FaultPlan(seed=1)
    faults.add("rest.429@p=0.2")
    running = await serve(seed=7, markets=["KRW-BTC"], faults=faults)
    try:
        done = await fetched(running, tmp_path, 5, pauses_s=(0.01,) * 10)
    finally:
        await running.stop()

    assert done.kept.added >= 5 * 60 - 2


async def test_trades_come_with_their_numbers_and_only_as_far_as_they_are_known(
    exchange: RunningSimulator, tmp_path: Path
):
    end_ms = now_ms()
    async with Asker(exchange.rest_url) as venue:
        await asyncio.sleep(0)
        done = await download_trades(venue, tmp_path, "KRW-BTC", end_ms - HOUR_MS, end_ms, nobody)
        with pytest.raises(ConfigError, match="last 7 days"):
            await download_trades(venue, tmp_path, "KRW-BTC", end_ms - 9 * 24 * HOUR_MS, end_ms, nobody)

    told = exchange.venue.board.trades("KRW-BTC", count=10_000, before_ms=done.until_ms)
    read = [trade for block in read_trades(tmp_path, "KRW-BTC", 0, end_ms) for trade in block.trades()]
    assert [(trade.sequential_id, trade.price, trade.volume) for trade in read] == [
        (trade.sequential_id, trade.price, trade.volume) for trade in reversed(told)
    ]
    assert done.since_ms == read[0].trade_timestamp_ms


async def test_a_market_that_is_not_listed_is_a_usage_error(exchange: RunningSimulator):
    async with Asker(exchange.rest_url) as venue:
        with pytest.raises(ConfigError, match="did you mean KRW-BTC"):
            await venue.check_markets(("KRW-BTCC",))


async def test_an_exchange_that_is_not_there_is_told(exchange: RunningSimulator):
    await exchange.stop()
    async with Asker(exchange.rest_url, pauses_s=()) as venue:
        with pytest.raises(DataError, match="no connection"):
            await venue.check_markets(("KRW-BTC",))

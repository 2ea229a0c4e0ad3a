"""Candles: equal to what a naive count over all trades gives, and kept within bounds."""

from datetime import UTC, datetime
from decimal import Decimal

import pytest
from hypothesis import given, strategies as st
from tests.simulator.core_scenery import print_of

from hoga.model.events import AskBid, Trade
from hoga.simulator.market.candles import UNITS, Bar, CandleStore, start_of

D = Decimal
BTC = "KRW-BTC"
START_MS = 1_787_729_042_000


def ms(text: str) -> int:
    return int(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp() * 1000)


def trade(price: int, at_ms: int, volume: str = "1") -> Trade:
    return print_of(price, volume, AskBid.BID, at_ms=at_ms)


def store_of(*trades: Trade) -> CandleStore:
    store = CandleStore()
    for one in trades:
        store.see_trade(one)
    return store


def figures(bar: Bar) -> tuple[object, ...]:
    return bar.start_ms, bar.opening_price, bar.high_price, bar.low_price, bar.close, bar.volume, bar.value


@pytest.mark.parametrize(
    ("unit", "start"),
    [
        ("1s", "2026-08-26T23:08:07"),
        ("3m", "2026-08-26T23:06"),
        ("240m", "2026-08-26T20:00"),
        ("1d", "2026-08-26"),  # 09:00 in Seoul
        ("1w", "2026-08-24"),  # a Monday
        ("1M", "2026-08-01"),
        ("1y", "2026-01-01"),
    ],
)
def test_candles_begin_where_the_venue_begins_them(unit: str, start: str):
    assert start_of(unit, ms("2026-08-26T23:08:07.999")) == ms(start)


moments = st.integers(START_MS, START_MS + 3 * 24 * 3600 * 1000)


@given(st.lists(st.tuples(st.integers(1, 50), moments, st.integers(1, 9)), min_size=1, max_size=60))
def test_candles_of_every_unit_equal_a_naive_count(rows: list[tuple[int, int, int]]):
    trades = [trade(price, at_ms, f"0.{size}") for price, at_ms, size in rows]
    store = store_of(*trades)
    in_time = sorted(trades, key=lambda one: one.trade_timestamp_ms)

    for unit in UNITS:
        expected = []
        for start in sorted({start_of(unit, one.trade_timestamp_ms) for one in trades}, reverse=True):
            inside = [one for one in in_time if start_of(unit, one.trade_timestamp_ms) == start]
            prices = [one.price for one in inside]
            volume = sum(one.volume for one in inside)
            value = sum(one.price * one.volume for one in inside)
            expected.append((start, prices[0], max(prices), min(prices), prices[-1], volume, value))
        found = store.rows(BTC, unit, before_ms=START_MS * 2, count=1000)
        assert [figures(bar) for bar in found] == expected


def test_a_stretch_without_a_trade_has_no_candle():
    store = store_of(trade(1, ms("2026-08-26T10:00:10")), trade(2, ms("2026-08-26T10:05:10")))

    rows = store.rows(BTC, "1m", before_ms=START_MS * 2, count=10)

    assert [bar.start_ms for bar in rows] == [ms("2026-08-26T10:05"), ms("2026-08-26T10:00")]


def test_rows_are_those_before_a_moment_newest_first():
    store = store_of(*(trade(minute, ms(f"2026-08-26T10:{minute:02}:30")) for minute in range(10)))

    rows = store.rows(BTC, "1m", before_ms=ms("2026-08-26T10:07"), count=3)

    assert [bar.close for bar in rows] == [6, 5, 4]
    assert store.rows("KRW-NONE", "1m", before_ms=START_MS, count=3) == []


def test_the_oldest_candles_are_forgotten_when_there_are_too_many():
    store = CandleStore(kept=dict.fromkeys(UNITS, 10))
    for second in range(1000):
        store.see_trade(trade(1 + second, START_MS + second * 1000))

    rows = store.rows(BTC, "1s", before_ms=START_MS * 2, count=10_000)

    assert 10 <= len(rows) <= 200
    assert rows[0].close == 1000


def test_what_changed_is_told_once_the_ended_candle_before_the_new_one():
    store = store_of(trade(1, ms("2026-08-26T10:00:59.900")), trade(2, ms("2026-08-26T10:01:00.050")))
    calls = [[bar.close for unit, bar in store.take_changed() if unit == "1m"] for _ in range(3)]

    assert calls == [[1], [2], []]


def test_after_a_jump_in_time_nothing_is_held_back():
    store = store_of(*(trade(1, START_MS + minute * 60_000) for minute in range(5)))

    assert [unit for unit, _ in store.take_changed()].count("1m") == 5


def test_history_is_no_news():
    store = store_of(trade(1, START_MS))
    store.forget_changes()

    assert store.take_changed() == []

from decimal import Decimal
from itertools import pairwise

import pytest

from hoga.simulator.market.candles import DAY_MS, HOUR_MS, MINUTE_MS, Bar, CandleStore
from hoga.simulator.market.history import DeepPast, minutes_of
from hoga.simulator.market.synthetic import SyntheticMarket
from hoga.upbit.ticks import bands_for

START_MS = 1_790_000_000_000
MARKET = "KRW-DOGE"


def store_with_a_past() -> CandleStore:
    store = CandleStore()
    past = SyntheticMarket([MARKET], seed=2, start_ms=START_MS, lead_ms=0).past()
    for stretch in past:
        store.add(stretch.bar, stretch.length_ms)
    store.older = DeepPast(past)
    return store


def rows(store: CandleStore, unit: str, before_ms: int, count: int) -> list[Bar]:
    return store.rows(MARKET, unit, before_ms=before_ms, count=count)


@pytest.mark.parametrize(
    ("unit", "length_ms", "pages"), [("1m", MINUTE_MS, 20), ("15m", 15 * MINUTE_MS, 5), ("60m", HOUR_MS, 6)]
)
def test_pages_of_the_past_follow_each_other_without_a_hole(unit: str, length_ms: int, pages: int):
    store = store_with_a_past()

    starts: list[int] = []
    before_ms = START_MS - 30 * HOUR_MS
    for _ in range(pages):
        page = rows(store, unit, before_ms, 200)
        starts += [bar.start_ms for bar in page]
        before_ms = page[-1].start_ms

    assert [newer - older for newer, older in pairwise(starts)] == [length_ms] * (len(starts) - 1)
    assert len(starts) == pages * 200


def test_the_minutes_of_a_day_make_up_the_day():
    store = store_with_a_past()
    day = rows(store, "1d", START_MS - 100 * DAY_MS, 1)[0]

    minutes = rows(store, "1m", day.start_ms + DAY_MS, 1_440)[::-1]

    assert (minutes[0].start_ms, len(minutes)) == (day.start_ms, 1_440)
    assert (minutes[0].opening_price, minutes[-1].close) == (day.opening_price, day.close)
    assert (max(bar.high_price for bar in minutes), min(bar.low_price for bar in minutes)) == (
        day.high_price,
        day.low_price,
    )
    assert sum(bar.volume for bar in minutes) == day.volume
    for bar in minutes:
        assert bar.low_price <= min(bar.opening_price, bar.close)
        assert max(bar.opening_price, bar.close) <= bar.high_price
        assert bar.volume > 0
    ticks = [band.tick for band in bands_for("KRW") if band.at_least <= minutes[0].close]
    assert minutes[0].close % ticks[0] == Decimal(0)


def test_a_day_asked_for_twice_is_the_same_day():
    past = SyntheticMarket([MARKET], seed=2, start_ms=START_MS, lead_ms=0).past()

    assert minutes_of(past[7]) == minutes_of(past[7])


def test_what_was_forgotten_in_between_is_no_hole_that_somebody_jumps_over():
    store = CandleStore(
        kept=dict.fromkeys(("1s", "1m", "3m", "5m", "10m", "15m", "30m", "60m", "240m"), 50)
        | {"1d": 50, "1w": 50, "1M": 50, "1y": 50}
    )
    past = SyntheticMarket([MARKET], seed=2, start_ms=START_MS, lead_ms=0).past()
    for stretch in past:
        store.add(stretch.bar, stretch.length_ms)
    store.older = DeepPast(past)

    page = rows(store, "1m", START_MS, 200)

    assert len(page) < 200
    assert rows(store, "1m", page[-1].start_ms, 200) == []

"""The synthetic market: repeatable, never crossed, and as busy as what was recorded."""

from collections import defaultdict
from decimal import Decimal
from functools import cache

import pytest

from hoga.model.events import AskBid, Orderbook, Trade
from hoga.model.market import tick_in
from hoga.simulator.market.candles import DAY_MS, CandleStore
from hoga.simulator.market.synthetic import DEFAULT_MARKETS, SyntheticMarket
from hoga.upbit.ticks import KRW_TICKS

D = Decimal
START_MS = 1_795_500_000_000
MINUTES = 10

# Shares of trades at most so large, in KRW, as printed on Upbit on 2026-05-12 and 13.
RECORDED = {
    "KRW-BTC": {0.05: 5_000, 0.5: 31_250, 0.75: 331_500, 0.95: 3_100_000, 0.99: 11_900_000},
    "KRW-ETH": {0.25: 15_000, 0.5: 100_000, 0.75: 609_700, 0.95: 3_508_000, 0.99: 9_999_000},
    "KRW-XRP": {0.25: 22_200, 0.5: 191_000, 0.75: 999_500, 0.95: 6_000_000, 0.99: 18_600_000},
}


@cache
def lived() -> tuple[Trade | Orderbook, ...]:
    """Ten minutes of five markets, as news come."""
    source = SyntheticMarket(seed=7, start_ms=START_MS, lead_ms=0)
    return tuple(source.advance(START_MS + MINUTES * 60_000))


def trades_of(market: str) -> list[Trade]:
    return [one for one in lived() if isinstance(one, Trade) and one.market == market]


def books_of(market: str) -> list[Orderbook]:
    return [one for one in lived() if isinstance(one, Orderbook) and one.market == market]


def told(seed: int, *, steps: int) -> list[object]:
    source = SyntheticMarket(["KRW-BTC", "KRW-XRP"], seed=seed, start_ms=START_MS, lead_ms=0)
    return [
        (type(one).__name__, one.market, one.timestamp_ms, one.units if isinstance(one, Orderbook) else one)
        for step in range(steps)
        for one in source.advance(START_MS + 10_000 * (step + 1) // steps)
    ]


def test_one_seed_tells_one_story_however_often_it_is_asked():
    assert told(5, steps=1) == told(5, steps=37)
    assert told(5, steps=1) != told(6, steps=1)


@pytest.mark.parametrize("market", DEFAULT_MARKETS)
def test_books_are_thirty_deep_in_order_on_the_tick_and_never_crossed(market: str):
    for book in books_of(market)[::3]:
        asks, bids = [price for price, _ in book.asks], [price for price, _ in book.bids]
        assert len(asks) == len(bids) == 30
        assert asks == sorted(set(asks))
        assert bids == sorted(set(bids), reverse=True)
        assert bids[0] < asks[0]
        assert all(price % (tick_in(KRW_TICKS, price) or 0) == 0 for price in (*asks, *bids))
        assert min(unit.ask_size for unit in book.units) > 0 < min(unit.bid_size for unit in book.units)
        assert book.total_ask_size == sum(unit.ask_size for unit in book.units)
        assert book.total_bid_size == sum(unit.bid_size for unit in book.units)


@pytest.mark.parametrize("market", DEFAULT_MARKETS)
def test_a_print_lifts_what_the_book_before_it_showed(market: str):
    shown: dict[AskBid, dict[Decimal, Decimal]] = {AskBid.BID: {}, AskBid.ASK: {}}
    for one in (one for one in lived() if one.market == market):
        if isinstance(one, Orderbook):
            shown = {AskBid.BID: dict(one.asks), AskBid.ASK: dict(one.bids)}
        elif shown[one.ask_bid]:
            assert one.price == next(iter(shown[one.ask_bid]))
            left = shown[one.ask_bid].pop(one.price) - one.volume
            assert left >= 0
            if left:
                shown[one.ask_bid] = {one.price: left, **shown[one.ask_bid]}


@pytest.mark.parametrize("market", DEFAULT_MARKETS)
def test_each_book_has_its_own_place_on_a_grid_of_a_tenth_of_a_second(market: str):
    assert len({book.timestamp_ms % 100 for book in books_of(market)}) == 1


@pytest.mark.parametrize("market", DEFAULT_MARKETS)
def test_numbers_of_trades_are_unique_rising_and_below_the_exchanges_own(market: str):
    numbers = [trade.sequential_id for trade in trades_of(market)]

    assert numbers == sorted(set(numbers))
    assert all(number % 10_000 < 5_000 for number in numbers)


@pytest.mark.parametrize(("market", "share"), [(market, share) for market in RECORDED for share in RECORDED[market]])
def test_sizes_of_trades_are_those_of_the_recorded_market(market: str, share: float):
    values = sorted(trade.price * trade.volume for trade in trades_of(market))

    assert 0.5 < float(values[int(share * len(values))]) / RECORDED[market][share] < 1.7


def test_trades_come_in_bursts():
    per_second: dict[int, int] = defaultdict(int)
    for trade in trades_of("KRW-BTC"):
        per_second[trade.trade_timestamp_ms // 1000] += 1
    counts = [per_second[START_MS // 1000 + second] for second in range(MINUTES * 60)]
    mean = sum(counts) / len(counts)
    variance = sum((count - mean) ** 2 for count in counts) / len(counts)

    assert 1.0 < mean < 6.0
    assert variance > 3 * mean  # independent trades would have a variance equal to their mean


def test_every_minute_moves_by_more_than_the_spread_so_that_strategies_have_something_to_do():
    ranges = []
    for minute in range(MINUTES):
        start_ms = START_MS + minute * 60_000
        prices = [t.price for t in trades_of("KRW-BTC") if start_ms < t.trade_timestamp_ms <= start_ms + 60_000]
        ranges.append(max(prices) / min(prices) - 1)

    assert min(ranges) > D("0.0002")
    assert max(ranges) < D("0.02")


def test_a_faster_market_lives_more_in_the_same_time():
    usual, fast = (SyntheticMarket(seed=1, start_ms=START_MS, speed=speed, lead_ms=0) for speed in (1.0, 10.0))

    assert len(fast.advance(START_MS + 1000)) > 5 * len(usual.advance(START_MS + 1000))
    assert (fast.next_ms or 0) - START_MS - 1000 <= 10


def test_the_past_leads_up_to_the_present_price_and_fills_every_unit():
    source = SyntheticMarket(["KRW-ETH"], seed=2, start_ms=START_MS, lead_ms=0)
    store = CandleStore()
    for stretch in source.past():
        store.add(stretch.bar, stretch.length_ms)
    first = next(one for one in source.advance(START_MS + 60_000) if isinstance(one, Trade))

    depth = {
        unit: len(store.rows("KRW-ETH", unit, before_ms=START_MS, count=5000)) for unit in ("1m", "60m", "1d", "1w")
    }
    assert depth["1m"] >= 200
    assert depth["60m"] >= 200
    assert depth["1d"] >= 400
    assert depth["1w"] >= 50
    newest = store.newest("KRW-ETH", "1m")
    assert newest is not None
    assert abs(newest.close / first.price - 1) < D("0.005")
    assert newest.last_ms < START_MS


def test_the_past_has_no_holes_and_its_days_agree_with_their_minutes():
    source = SyntheticMarket(["KRW-XRP"], seed=2, start_ms=START_MS, lead_ms=0)
    past = source.past()
    ends = [stretch.bar.start_ms + stretch.length_ms for stretch in past]
    store = CandleStore()
    for stretch in past:
        store.add(stretch.bar, stretch.length_ms)
    day = store.rows("KRW-XRP", "1d", before_ms=START_MS, count=2)[1]
    minutes = [
        bar
        for bar in store.rows("KRW-XRP", "60m", before_ms=START_MS, count=200)
        if day.start_ms <= bar.start_ms < day.start_ms + DAY_MS
    ]

    assert ends[:-1] == [stretch.bar.start_ms for stretch in past][1:]
    assert ends[-1] == START_MS
    assert (day.high_price, day.low_price) == (
        max(bar.high_price for bar in minutes),
        min(bar.low_price for bar in minutes),
    )
    assert day.volume == sum(bar.volume for bar in minutes)
    assert all(bar.low_price <= min(bar.opening_price, bar.close) <= bar.high_price for bar in minutes)


def test_a_crash_takes_the_price_down_within_a_second_without_a_crossed_book():
    source = SyntheticMarket(["KRW-BTC"], seed=1, start_ms=START_MS, lead_ms=0)
    before = [one for one in source.advance(START_MS + 1000) if isinstance(one, Orderbook)][-1].units[0]
    source.jolt("KRW-BTC", -0.4)
    after = [one for one in source.advance(START_MS + 2000) if isinstance(one, Orderbook)][-1].units[0]

    assert D("0.55") < after.ask_price / before.ask_price < D("0.65")
    assert D("0.55") < after.bid_price / before.bid_price < after.ask_price / before.bid_price


def test_a_minute_has_passed_before_it_begins_so_that_there_are_trades_to_look_back_on():
    source = SyntheticMarket(["KRW-BTC"], seed=1, start_ms=START_MS)
    news = source.advance(START_MS)

    assert START_MS - 60_000 <= news[0].timestamp_ms < START_MS - 59_000
    assert len([one for one in news if isinstance(one, Trade)]) > 30


def test_a_market_nobody_measured_lives_too():
    source = SyntheticMarket(["KRW-NEW"], seed=1, start_ms=START_MS)

    assert {type(one) for one in source.advance(START_MS + 10_000)} == {Trade, Orderbook}

"""Bars from trades: nothing lost, nothing invented, and silence is a bar too."""

from decimal import Decimal

from hypothesis import given, strategies as st
from tests.brain.scenery import NOON_NS, Stage, dec

from hoga.brain.candles import MAX_EMPTY_IN_A_ROW, CandleBuilder
from hoga.model.events import AskBid, Candle, Trade

START_MS = 1_795_489_200_000


def trade(at_ms: int, price: str | int, volume: str | int = 1) -> Trade:
    return Trade(
        market="KRW-BTC",
        price=dec(price),
        volume=dec(volume),
        ask_bid=AskBid.BID,
        trade_timestamp_ms=at_ms,
        timestamp_ms=at_ms,
        sequential_id=at_ms,
    )


def figures(bar: Candle) -> tuple[int, Decimal, Decimal, Decimal, Decimal, Decimal]:
    return bar.start_ms, bar.opening_price, bar.high_price, bar.low_price, bar.close, bar.volume


def test_a_bar_holds_what_traded_in_it_and_closes_with_the_next_trade():
    builder = CandleBuilder("KRW-BTC", 60)
    for offset_ms, price in ((0, 100), (10, 130), (59_999, 90)):
        assert builder.add(trade(START_MS + offset_ms, price), 0) == ()

    closed = builder.add(trade(START_MS + 60_000, 95), 0)

    assert [figures(bar) for bar in closed] == [(START_MS, dec(100), dec(130), dec(90), dec(90), dec(3))]
    assert closed[0].value == dec(320)
    assert closed[0].closed


def test_bars_without_trades_are_told_and_repeat_the_close():
    builder = CandleBuilder("KRW-BTC", 60)
    builder.add(trade(START_MS, 100), 0)

    closed = builder.add(trade(START_MS + 180_000, 120), 0)

    assert [bar.is_empty for bar in closed] == [False, True, True]
    assert figures(closed[2]) == (START_MS + 120_000, dec(100), dec(100), dec(100), dec(100), dec(0))
    open_bar = builder.current(0)
    assert open_bar is not None
    assert open_bar.opening_price == dec(120)


def test_a_late_trade_changes_no_closed_bar():
    builder = CandleBuilder("KRW-BTC", 60)
    builder.add(trade(START_MS, 100), 0)
    builder.add(trade(START_MS + 60_000, 100), 0)
    before = list(builder.closed)

    builder.add(trade(START_MS + 59_000, 500), 0)

    assert (list(builder.closed), builder.late) == (before, 1)


def test_a_day_begins_at_nine_in_seoul():
    builder = CandleBuilder("KRW-BTC", 86_400)
    nine_kst_ms = 1_795_478_400_000

    builder.add(trade(nine_kst_ms - 1, 100), 0)
    closed = builder.add(trade(nine_kst_ms, 100), 0)

    assert len(closed) == 1
    assert builder.start_ms == nine_kst_ms


def test_a_hole_in_a_recording_is_not_filled():
    builder = CandleBuilder("KRW-BTC", 1)
    builder.add(trade(START_MS, 100), 0)

    closed = builder.add(trade(START_MS + (MAX_EMPTY_IN_A_ROW + 2) * 1000, 100), 0)

    assert len(closed) == 1
    assert builder.start_ms == START_MS + (MAX_EMPTY_IN_A_ROW + 2) * 1000


def test_a_seeded_open_bar_goes_on():
    builder = CandleBuilder("KRW-BTC", 60)
    seeded = Candle(
        market="KRW-BTC",
        unit_s=60,
        start_ms=START_MS,
        opening_price=dec(90),
        high_price=dec(200),
        low_price=dec(80),
        close=dec(100),
        volume=dec(5),
        value=dec(500),
    )
    builder.seed(seeded)
    builder.add(trade(START_MS + 1000, 150), 0)

    assert [figures(bar) for bar in builder.pass_time(START_MS + 60_000, 0)] == [
        (START_MS, dec(90), dec(200), dec(80), dec(150), dec(6))
    ]


def test_time_alone_closes_bars_and_tells_the_strategy():
    stage = Stage(now_ns=NOON_NS)
    stage.wait(200)

    bars = stage.heard(Candle)

    assert [(bar.start_ms - START_MS, bar.is_empty) for bar in bars] == [(0, False), (60_000, True), (120_000, True)]
    assert list(stage.brain.context.candles("KRW-BTC", 60)) == bars


def test_a_clock_that_differs_from_the_venues_shifts_nothing_w29():
    stage = Stage(now_ns=NOON_NS)
    late_ms = START_MS + 3_600_000 * 5 + 30_000
    event = trade(late_ms, 100_000_000)
    event.received_ns = stage.now_ns
    stage.handle(event)
    already = len(stage.heard(Candle))

    stage.wait(32)

    closed = stage.heard(Candle)[already:]
    assert [bar.start_ms for bar in closed] == [late_ms - 30_000]


def test_past_bars_can_be_given_before_the_start():
    bars = [
        Candle(
            market="KRW-BTC",
            unit_s=60,
            start_ms=START_MS - 60_000 * n,
            opening_price=dec(1),
            high_price=dec(1),
            low_price=dec(1),
            close=dec(n),
            volume=dec(1),
            value=dec(1),
            closed=True,
        )
        for n in (2, 1)
    ]

    assert list(Stage(seed=bars).brain.context.candles("KRW-BTC", 60)) == bars


@given(st.lists(st.tuples(st.integers(0, 5_000), st.integers(1, 9), st.integers(1, 9)), min_size=1, max_size=60))
def test_every_trade_is_in_exactly_one_bar_and_bars_follow_each_other(steps: list[tuple[int, int, int]]):
    builder, at_ms = CandleBuilder("KRW-BTC", 1), START_MS
    closed: list[Candle] = []
    for step_ms, price, volume in steps:
        at_ms += step_ms
        closed += builder.add(trade(at_ms, price, volume), 0)
    closed += builder.pass_time(at_ms + 1000, 0)

    assert sum(bar.volume for bar in closed) == sum(volume for _, _, volume in steps)
    assert sum(bar.value for bar in closed) == sum(price * volume for _, price, volume in steps)
    assert [bar.start_ms for bar in closed] == [closed[0].start_ms + 1000 * i for i in range(len(closed))]
    assert all(bar.low_price <= min(bar.opening_price, bar.close) for bar in closed)
    assert all(bar.high_price >= max(bar.opening_price, bar.close) for bar in closed)
    assert all(bar.is_empty == (bar.volume == 0) for bar in closed)

"""The way through trades and through candles, compiled: what `kernel` does, row by row."""

from hoga.research.signals.kernel import (
    CLOSES,
    FIRST,
    GRACE_NS,
    MS_NS,
    NONE,
    OHLC,
    OPENS,
    ORDER,
    PESSIMISTIC,
    SECOND,
    SEEN,
    SIDE,
    STOPPED,
    WINDOW_MS,
    Bars,
    Flags,
    Ints,
    Table,
    Told,
    compiled,
    decide,
    hit,
    pass_time,
    show,
)


@compiled
def run_trades(
    state: Ints,
    bands: Table,
    fills: Table,
    orders: Table,
    at_ms: Ints,
    price: Ints,
    volume: Ints,
    is_bid: Flags,
    signals: Told,
) -> int:
    """Run through trades; signals are (enters, leaves, enter price, leave price), one for each trade."""
    enters, leaves, enter_price, leave_price = signals
    oldest, traded = 0, 0
    for i in range(len(at_ms)):
        now, traded = at_ms[i] * MS_NS, traded + volume[i]
        while at_ms[oldest] <= at_ms[i] - WINDOW_MS:
            traded -= volume[oldest]
            oldest += 1
        if state[ORDER] != NONE:
            pass_time(state, bands, fills, orders, now)
            hit(state, fills, orders, now, price[i], volume[i], is_bid[i])
            show(state, bands, price[i], traded)
            pass_time(state, bands, fills, orders, now)
        if enters[i] or leaves[i]:
            show(state, bands, price[i], traded)
            decide(state, bands, orders, now, enters[i], leaves[i], enter_price[i], leave_price[i])
            pass_time(state, bands, fills, orders, now)
        if state[STOPPED]:
            return i
    return len(at_ms)


@compiled
def run_candles(
    state: Ints, bands: Table, fills: Table, orders: Table, start_ms: Ints, bars: Bars, is_empty: Flags,
    frame: tuple[int, int, int], signals: Told,
) -> int:  # fmt: skip
    """Run through bars, four prints each; a signal of a bar is acted on when the brain would be told of the bar.

    `frame` is the length of a bar (ms), the intrabar model and the end of the data (ns).
    """
    unit_ms, intrabar, end_ns = frame
    enters, leaves, enter_price, leave_price = signals
    opening, high, low, close, volume = bars
    size, last, told = 0, 0, -1
    for i in range(len(start_ms)):
        if is_empty[i]:
            if told >= 0:  # nobody trades: the bar before is told of by the clock
                now = start_ms[i] * MS_NS + GRACE_NS
                if now < end_ns:
                    pass_time(state, bands, fills, orders, now)
                    decide(
                        state, bands, orders, now, enters[i - 1], leaves[i - 1], enter_price[i - 1], leave_price[i - 1]
                    )
                    pass_time(state, bands, fills, orders, now)
            continue
        for phase in range(4):
            length = unit_ms - 1 if phase == CLOSES else unit_ms * phase // 3
            now = (start_ms[i] + length) * MS_NS
            pass_time(state, bands, fills, orders, now)
            if phase == FIRST:
                hurts = (state[ORDER] != NONE and state[SIDE] > 0) or state[SEEN] <= 0
                high_first = intrabar == OHLC or (hurts if intrabar == PESSIMISTIC else not hurts)
            price = opening[i] if phase == OPENS else close[i]
            if phase in (FIRST, SECOND):
                price = high[i] if high_first == (phase == FIRST) else low[i]
            quarter = volume[i] // 4
            part = volume[i] - 3 * quarter if phase == CLOSES else quarter
            hit(state, fills, orders, now, price, part, price >= last)
            last = price
            show(state, bands, price, size)
            pass_time(state, bands, fills, orders, now)
            if phase == OPENS and told >= 0:
                decide(state, bands, orders, now, enters[i - 1], leaves[i - 1], enter_price[i - 1], leave_price[i - 1])
                pass_time(state, bands, fills, orders, now)
        told = i
        size = recent(start_ms, volume, i)
        if state[STOPPED]:
            return i
    return len(start_ms)


@compiled
def recent(start_ms: Ints, volume: Ints, i: int) -> int:
    """What was traded in the minute up to a bar, and in the bar at least."""
    traded, n = 0, i
    while n >= 0 and start_ms[n] > start_ms[i] - WINDOW_MS:
        traded += volume[n]
        n -= 1
    return traded

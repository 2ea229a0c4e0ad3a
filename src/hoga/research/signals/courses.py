"""The way through trades and through candles, compiled: what `kernel` does, row by row."""

from hoga.research.signals.kernel import (
    CANCELS,
    CLOSES,
    FILLS,
    FIRST,
    GRACE_NS,
    HEARD,
    LIMIT,
    MS_NS,
    NEVER,
    NONE,
    OHLC,
    OPENS,
    ORDER,
    PESSIMISTIC,
    RESTS,
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
        if state[ORDER] != NONE and not is_calm(state, price[i], price[i]):
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
def run_candles(  # noqa: C901 - compiled: a call for each phase would cost more than it tells
    state: Ints, bands: Table, fills: Table, orders: Table, start_ms: Ints, bars: Bars, is_empty: Flags,
    frame: tuple[int, int, int], signals: Told,
) -> int:  # fmt: skip
    """Run through bars, four prints each; a signal of a bar is acted on when the brain would be told of the bar.

    `frame` is the length of a bar (ms), the intrabar model and the end of the data (ns).
    """
    unit_ms, intrabar, end_ns = frame
    enters, leaves, enter_price, leave_price = signals
    opening, high, low, close, volume = bars
    last, told = 0, -1
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
        before, told = told, i
        is_signal = before >= 0 and (enters[i - 1] or leaves[i - 1])
        stands = i + 1 < len(start_ms) and is_empty[i + 1]  # the last book of this bar is met later
        if not is_signal and not stands and is_calm(state, low[i], high[i]):
            last = close[i]
            continue
        size = recent(start_ms, volume, before) if before >= 0 else 0
        for phase in range(4):
            if phase == FIRST and is_calm(state, low[i], high[i]):
                last = close[i]
                if stands:
                    show(state, bands, last, size)
                break
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
            if phase == OPENS and is_signal:
                decide(state, bands, orders, now, enters[i - 1], leaves[i - 1], enter_price[i - 1], leave_price[i - 1])
                pass_time(state, bands, fills, orders, now)
        if state[STOPPED]:
            return i
    return len(start_ms)


@compiled
def is_calm(state: Ints, low: int, high: int) -> bool:
    """Tell whether prices between these meet nothing: no order, or one that rests beyond them with nothing to hear."""
    if state[ORDER] == NONE:
        return True
    if state[ORDER] != RESTS or state[CANCELS] != NEVER or state[HEARD] != state[FILLS]:
        return False
    return bool(low > state[LIMIT] if state[SIDE] > 0 else high < state[LIMIT])


@compiled
def recent(start_ms: Ints, volume: Ints, i: int) -> int:
    """What was traded in the minute up to a bar, and in the bar at least."""
    traded, n = 0, i
    while n >= 0 and start_ms[n] > start_ms[i] - WINDOW_MS:
        traded += volume[n]
        n -= 1
    return traded

"""A stretch of a source is what a source of that stretch alone would be, its past included."""

from tests.research.engine.scenery import BEGIN_MS, BTC, MINUTE_MS, candles

from hoga.research.engine.source import from_blocks

DAY_MS = 86_400_000


def bars(source):
    return [candle for block in source.open_blocks(BTC) for candle in block.candles()]


def test_a_stretch_holds_the_same_bars_and_the_same_past():
    block = candles(3 * 1440, unit_s=60)
    begin_ms, end_ms = BEGIN_MS + DAY_MS + 90 * MINUTE_MS, BEGIN_MS + 2 * DAY_MS

    alone = from_blocks(block, begin_ms=begin_ms, end_ms=end_ms)
    within = from_blocks(block).within(begin_ms, end_ms)

    assert bars(within) == bars(alone)
    assert within.history(BTC, 3600, 20) == alone.history(BTC, 3600, 20)
    assert len([bar for bar in within.history(BTC, 3600, 20) if bar.closed]) == 20


def test_the_past_of_a_stretch_reaches_back_before_the_source():
    block = candles(4 * 1440, unit_s=60)
    source = from_blocks(block, begin_ms=BEGIN_MS + 2 * DAY_MS)
    begin_ms = BEGIN_MS + 2 * DAY_MS + 30 * MINUTE_MS

    within = source.within(begin_ms, begin_ms + DAY_MS)

    assert within.history(BTC, 3600, 5) == from_blocks(block, begin_ms=begin_ms).history(BTC, 3600, 5)
    assert within.history(BTC, 86_400, 2) == from_blocks(block, begin_ms=begin_ms).history(BTC, 86_400, 2)

"""What the charts of a page draw: bounded, in seconds of Korean time, and floats, for it is for the eye."""

import json
from bisect import bisect_right
from collections import Counter
from collections.abc import Sequence
from decimal import Decimal

from hoga.model.commands import Side
from hoga.model.market import Market
from hoga.model.money import ZERO, plain
from hoga.research.report.curves import Point
from hoga.research.report.figures import Figures
from hoga.research.result import PriceBar, Result

#: Bars in one page, all markets together: about 50 bytes each, and no screen shows more at once.
MOST_BARS = 4_000

#: Points of one curve: two for each pixel of a wide screen.
MOST_POINTS = 2_000

#: Arrows on the candles of one market; where there would be more, those of neighbouring candles are joined.
MOST_ARROWS = 400

#: The chart library knows no time zones, so its clock is told Korean time as if it were UTC.
KST_S = 9 * 3600


def drawn(result: Result, found: Figures) -> str:
    """Everything the page's script draws, as JSON that may stand inside a script element."""
    holder = [] if found.holding is None else found.holding.curve
    told = {
        "digits": 0 if result.quote == "KRW" else 8,
        "worth": _points(found.curve),
        "holder": _points(holder),
        "fall": _points(_falls(found.curve)),
        "holderFall": _points(_falls(holder)),
        "markets": [_market(result, code) for code in charted(result)],
    }
    text = json.dumps(told, separators=(",", ":"), allow_nan=False)
    # No tag can begin inside the element, whatever a name is made of.
    return text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")


def charted(result: Result) -> list[str]:
    """The markets that have bars, those that traded most often first."""
    fills = Counter(fill.market for fill in result.fills)
    return sorted((code for code, bars in result.bars.items() if bars), key=lambda code: fills[code], reverse=True)


def thinned(curve: Sequence[Point], most: int = MOST_POINTS) -> list[Point]:
    """At most so many points, the lowest and the highest of each stretch kept, so that no fall is smoothed away."""
    if len(curve) <= most:
        return list(curve)
    stretch = -(-len(curve) // (most // 2 - 1))
    kept = {curve[0][0]: curve[0], curve[-1][0]: curve[-1]}
    for start in range(0, len(curve), stretch):
        part = curve[start : start + stretch]
        for point in (min(part, key=_worth), max(part, key=_worth)):
            kept[point[0]] = point
    return sorted(kept.values())


def merged(bars: Sequence[PriceBar], most: int) -> list[PriceBar]:
    """At most so many bars, neighbours joined into longer ones."""
    size = max(-(-len(bars) // max(most, 1)), 1)
    groups = (bars[start : start + size] for start in range(0, len(bars), size))
    return [
        PriceBar(
            start_ms=group[0].start_ms,
            opening=group[0].opening,
            high=max(bar.high for bar in group),
            low=min(bar.low for bar in group),
            close=group[-1].close,
        )
        for group in groups
    ]


def _worth(point: Point) -> float:
    return point[1]


def _points(curve: Sequence[Point]) -> list[list[float]]:
    by_second = {at_ms // 1000 + KST_S: _short(worth) for at_ms, worth in thinned(curve)}
    return [[at_s, worth] for at_s, worth in by_second.items()]


def _falls(curve: Sequence[Point]) -> list[Point]:
    """How far below its peak a curve stands, in per cent."""
    falls, peak = [], 0.0
    for at_ms, worth in curve:
        peak = max(peak, worth)
        falls.append((at_ms, (worth / peak - 1) * 100 if peak else 0.0))
    return falls


def _market(result: Result, code: str) -> dict[str, object]:
    bars = merged(result.bars[code], MOST_BARS // len(charted(result)))
    by_second = {bar.start_ms // 1000 + KST_S: bar for bar in bars}
    return {
        "code": code,
        "digits": _digits(result.markets[code], result.last_prices.get(code)),
        "bars": [
            [at_s, *(_short(price) for price in (bar.opening, bar.high, bar.low, bar.close))]
            for at_s, bar in by_second.items()
        ],
        "trades": _arrows(result, code, list(by_second)),
    }


def _arrows(result: Result, code: str, starts: Sequence[int]) -> list[list[object]]:
    """One arrow for each bar and side in which fills happened: the bar, +1 or -1, and the coins."""
    found: dict[tuple[int, int], Decimal] = {}
    for fill in result.fills:
        if fill.market == code:
            bar = max(bisect_right(starts, fill.trade_timestamp_ms // 1000 + KST_S) - 1, 0)
            place = (bar, 1 if fill.side is Side.BUY else -1)
            found[place] = found.get(place, ZERO) + fill.volume
    joined = _joined(found)
    return [[starts[bar], side, plain(volume)] for (bar, side), volume in sorted(joined.items())]


def _joined(arrows: dict[tuple[int, int], Decimal]) -> dict[tuple[int, int], Decimal]:
    """The arrows of more and more neighbouring bars together, until there are few enough."""
    stretch = 1
    while len(arrows) > MOST_ARROWS:
        stretch *= 2
        fewer: dict[tuple[int, int], Decimal] = {}
        for (bar, side), volume in arrows.items():
            place = (bar // stretch * stretch, side)
            fewer[place] = fewer.get(place, ZERO) + volume
        arrows = fewer
    return arrows


def _digits(market: Market, price: Decimal | None) -> int:
    tick = market.tick_at(price) if price else market.tick
    return len(plain(tick).partition(".")[2])


def _short(value: float) -> float:
    """Ten digits are enough for the eye, and a whole number needs no point."""
    short = float(f"{value:.10g}")
    return int(short) if short.is_integer() else short

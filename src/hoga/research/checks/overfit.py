"""How much of a good Sharpe ratio is left when one remembers how many parameter sets were tried.

Ratios in here are of daily gains and not scaled to a year. Sources: D. Bailey and M. López de Prado, "The Deflated
Sharpe Ratio" (2014); D. Bailey, J. Borwein, M. López de Prado and Q. Zhu, "The Probability of Backtest Overfitting"
(2015, combinatorially symmetric cross-validation).
"""

import math
import statistics
from collections.abc import Sequence
from itertools import combinations
from statistics import NormalDist

_NORMAL = NormalDist()
_EULER_GAMMA = 0.577_215_664_901_532_9

#: Parts the days are cut into for cross-validation: 70 ways to choose half of them.
PARTS = 8
#: Fewer days than this in a part say nothing.
FEWEST_DAYS_A_PART = 5
#: A deviation needs two values, skew and tails a few more.
FEWEST_DAYS = 10


def daily_sharpe(gains: Sequence[float]) -> float | None:
    """Mean over standard deviation; None where there is no deviation."""
    if len(gains) < FEWEST_DAYS:
        return None
    deviation = statistics.stdev(gains)
    return statistics.fmean(gains) / deviation if deviation > 0 else None


def luck(count: int, spread: float) -> float:
    """The best ratio to expect from `count` trials of no skill at all whose ratios have this standard deviation."""
    if count < 2:  # noqa: PLR2004 - one trial leaves no choice, and no luck in choosing
        return 0.0
    first = _NORMAL.inv_cdf(1 - 1 / count)
    second = _NORMAL.inv_cdf(1 - 1 / (count * math.e))
    return spread * ((1 - _EULER_GAMMA) * first + _EULER_GAMMA * second)


def probability_above(bar: float, found: float, days: int, skew: float, tails: float) -> float | None:
    """How likely the true ratio is above `bar` when `found` was measured on so many days with this skew and kurtosis.

    A normal distribution has `skew` 0 and `tails` 3. None where the moments contradict each other.
    """
    variance = 1 - skew * found + (tails - 1) / 4 * found**2
    if variance <= 0:
        return None
    return _NORMAL.cdf((found - bar) * math.sqrt(days - 1) / math.sqrt(variance))


def deflated_sharpe(gains: Sequence[float], trial_sharpes: Sequence[float]) -> float | None:
    """The probability that the true ratio is above what luck alone brings; None where the gains say nothing.

    `gains` are the chosen trial's daily gains, `trial_sharpes` the daily ratios of all trials, the chosen one included.
    """
    found = daily_sharpe(gains)
    if found is None:
        return None
    mean, deviation = statistics.fmean(gains), statistics.pstdev(gains)
    skew = statistics.fmean(((gain - mean) / deviation) ** 3 for gain in gains)
    tails = statistics.fmean(((gain - mean) / deviation) ** 4 for gain in gains)
    count = len(trial_sharpes)
    bar = luck(count, statistics.stdev(trial_sharpes)) if count > 1 else 0.0
    return probability_above(bar, found, len(gains), skew, tails)


def probability_of_overfitting(trials: Sequence[Sequence[float]], parts: int = PARTS) -> float | None:
    """How often the best trial of one half of the days is in the worse half of all trials on the other days.

    `trials` holds the daily gains of every parameter set over the same days. None with fewer than two trials or too
    few days. 0.5 is what pure chance brings.
    """
    days = min((len(gains) for gains in trials), default=0)
    size = days // parts
    if len(trials) < 2 or size < FEWEST_DAYS_A_PART:  # noqa: PLR2004 - a best one among one is no choice
        return None
    sums = [[_sums(gains[part * size : (part + 1) * size]) for part in range(parts)] for gains in trials]
    beaten = 0
    choices = list(combinations(range(parts), parts // 2))
    for chosen in choices:
        rest = [part for part in range(parts) if part not in chosen]
        inside = [_ratio(of, chosen) for of in sums]
        outside = [_ratio(of, rest) for of in sums]
        best = max(range(len(trials)), key=inside.__getitem__)
        # Equal ones count half, so that trials that do the same are no better than each other.
        rank = sum((other < outside[best]) + 0.5 * (other == outside[best]) for other in outside) / len(trials)
        beaten += rank <= 0.5  # noqa: PLR2004 - the median
    return beaten / len(choices)


def _sums(gains: Sequence[float]) -> tuple[int, float, float]:
    return len(gains), math.fsum(gains), math.fsum(gain * gain for gain in gains)


def _ratio(sums: Sequence[tuple[int, float, float]], parts: Sequence[int]) -> float:
    count = sum(sums[part][0] for part in parts)
    total = math.fsum(sums[part][1] for part in parts)
    squares = math.fsum(sums[part][2] for part in parts)
    variance = (squares - total * total / count) / (count - 1)
    return total / count / math.sqrt(variance) if variance > 1e-18 else 0.0  # noqa: PLR2004 - rounding, not risk

"""Other luck: the same round trips in another order or drawn anew, and the same strategy begun on another day."""

from collections.abc import Sequence
from random import Random

from msgspec import Struct

from hoga.research.checks.walk_forward import gains_of
from hoga.research.report.trips import all_trips, ledgers
from hoga.research.result import Result

#: Draws of each kind; the fifth percentile then rests on a hundred of them.
DRAWS = 2_000
#: A start date is judged by what followed in this share of the days.
STRETCH_SHARE = 0.5
#: Fewer round trips or days than these say nothing about luck.
FEWEST_TRIPS = 10
FEWEST_DAYS = 20


class Order(Struct, frozen=True, kw_only=True):
    """The round trips in another order: how deep the worth would have fallen, as fractions of the money at the start.

    `loss_chance` is how often trips drawn anew (with repetition) lost money in all.
    """

    trips: int
    depth: float
    median_depth: float
    bad_depth: float
    loss_chance: float


class Start(Struct, frozen=True, kw_only=True):
    """Begun on every other day: how often half as long a time brought a gain, its median, and the worst of twenty."""

    stretches: int
    days: int
    gain_chance: float
    median: float
    bad: float


def other_orders(result: Result, seed: int = 0) -> Order | None:
    """Shuffle and redraw the round trips; None where there are too few."""
    gains = [float(trip.gain / result.starting_equity) for trip in all_trips(ledgers(result))]
    if len(gains) < FEWEST_TRIPS:
        return None
    chance = Random(seed)  # noqa: S311 - luck, not secrecy
    depths, losses = [], 0
    shuffled = list(gains)
    for _ in range(DRAWS):
        chance.shuffle(shuffled)
        depths.append(depth_of(shuffled))
        losses += sum(chance.choices(gains, k=len(gains))) < 0
    depths.sort()
    return Order(
        trips=len(gains),
        depth=depth_of(gains),
        median_depth=depths[DRAWS // 2],
        bad_depth=depths[DRAWS * 95 // 100],
        loss_chance=losses / DRAWS,
    )


def other_starts(result: Result) -> Start | None:
    """Judge every start day by the days after it; None where there are too few days."""
    gains = gains_of(result)
    length = int(len(gains) * STRETCH_SHARE)
    if len(gains) < FEWEST_DAYS:
        return None
    outcomes = sorted(_grown(gains[start : start + length]) for start in range(len(gains) - length + 1))
    return Start(
        stretches=len(outcomes),
        days=length,
        gain_chance=sum(outcome > 0 for outcome in outcomes) / len(outcomes),
        median=outcomes[len(outcomes) // 2],
        bad=outcomes[len(outcomes) * 5 // 100],
    )


def depth_of(gains: Sequence[float]) -> float:
    """The deepest fall of 1 plus the running sum, as a fraction of the peak before it."""
    worth = peak = 1.0
    deepest = 0.0
    for gain in gains:
        worth += gain
        peak = max(peak, worth)
        deepest = max(deepest, 1 - worth / peak)
    return deepest


def _grown(gains: Sequence[float]) -> float:
    worth = 1.0
    for gain in gains:
        worth *= 1 + gain
    return worth - 1

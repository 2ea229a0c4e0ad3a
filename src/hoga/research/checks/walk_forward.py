"""Walk forward: choose parameters on the past, trade the time after with them, and move on; only the latter counts.

Between the two lies a gap (`purge_ms`), so that a position or an average that began in the past does not reach into
the time that judges it.
"""

from collections.abc import Callable, Mapping, Sequence

from msgspec import Struct

from hoga.model.errors import ConfigError
from hoga.research.calendar import DAY_MS
from hoga.research.checks.subject import Subject
from hoga.research.report.curves import daily_gains, sharpe
from hoga.research.result import EquityPoint, Result

#: How good a result is; None where it cannot be said. The higher the better.
Objective = Callable[[Result], float | None]
#: Told after each backtest: how many are done, of how many.
Progress = Callable[[int, int], None]

#: A stretch to choose on is this many times as long as the one to trade.
TRAIN_TO_TEST = 3


class Fold(Struct, frozen=True, kw_only=True):
    """One step: chosen on [train_begin_ms, train_end_ms), traded on [test_begin_ms, test_end_ms); UTC milliseconds."""

    train_begin_ms: int
    train_end_ms: int
    test_begin_ms: int
    test_end_ms: int


class Step(Struct, frozen=True, kw_only=True):
    """What one fold came to: the choice, how good it looked, and what it brought on new data."""

    fold: Fold
    params: Mapping[str, object]
    looked: float | None
    result: Result


class WalkForward(Struct, frozen=True, kw_only=True):
    """All steps. `gains` are the daily gains on new data, one stretch after the other; Sharpe is a year's."""

    steps: Sequence[Step]
    gains: Sequence[float]

    @property
    def total_return(self) -> float:
        """What the chosen parameters brought on new data, as a fraction, each stretch reinvesting the one before."""
        worth = 1.0
        for step in self.steps:
            worth *= float(step.result.ending_equity / step.result.starting_equity)
        return worth - 1

    @property
    def sharpe(self) -> float | None:
        """The Sharpe ratio of the days traded on new data."""
        return sharpe(self.gains)


def yearly_sharpe(result: Result) -> float | None:
    """The usual objective: the Sharpe ratio of the daily gains."""
    return sharpe(gains_of(result))


def gains_of(result: Result) -> list[float]:
    """The daily gains of a result, KST days."""
    return daily_gains(EquityPoint(result.begin_ms, result.starting_equity, result.starting_equity), result.days)


def folds_of(begin_ms: int, end_ms: int, count: int, purge_ms: int = DAY_MS) -> list[Fold]:
    """Cut a range into `count` steps, each traded stretch beginning where the last ended; whole KST days.

    `ConfigError` when a traded stretch would be shorter than a day.
    """
    test_ms = (end_ms - begin_ms - purge_ms) // (TRAIN_TO_TEST + count) // DAY_MS * DAY_MS
    if count < 1 or test_ms < DAY_MS:
        days = (end_ms - begin_ms) / DAY_MS
        raise ConfigError(
            [f"{days:.1f} days are too few for {count} steps of walking forward; take fewer or more data."]
        )
    folds = []
    for number in range(count):
        train_begin_ms = begin_ms + number * test_ms
        train_end_ms = train_begin_ms + TRAIN_TO_TEST * test_ms
        test_begin_ms = train_end_ms + purge_ms
        folds.append(
            Fold(
                train_begin_ms=train_begin_ms,
                train_end_ms=train_end_ms,
                test_begin_ms=test_begin_ms,
                test_end_ms=test_begin_ms + test_ms,
            )
        )
    return folds


def walk_forward(
    subject: Subject,
    candidates: Sequence[Mapping[str, object]],
    *,
    folds: Sequence[Fold],
    objective: Objective = yearly_sharpe,
    progress: Progress | None = None,
) -> WalkForward:
    """Choose among `candidates` anew in every fold and trade the time after with the choice.

    Candidates that cannot be judged are never chosen; where none can, the first is taken, as it would be in life.
    """
    steps, gains, done = [], [], 0
    total = len(folds) * (len(candidates) + 1)
    for fold in folds:
        scores = []
        for candidate in candidates:
            scores.append(
                objective(subject.run(params=candidate, begin_ms=fold.train_begin_ms, end_ms=fold.train_end_ms))
            )
            done += 1
            if progress is not None:
                progress(done, total)
        best = max(range(len(candidates)), key=lambda number: _rank(scores[number]))
        result = subject.run(params=candidates[best], begin_ms=fold.test_begin_ms, end_ms=fold.test_end_ms)
        done += 1
        if progress is not None:
            progress(done, total)
        steps.append(Step(fold=fold, params=candidates[best], looked=scores[best], result=result))
        gains += gains_of(result)
    return WalkForward(steps=steps, gains=gains)


def _rank(score: float | None) -> tuple[bool, float]:
    return score is not None, score or 0.0

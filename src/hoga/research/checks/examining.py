"""The whole examination of one strategy, from the first backtest to the verdict."""

from collections.abc import Callable, Mapping, Sequence

from msgspec import Struct

from hoga.research.checks.chance import Order, Start, other_orders, other_starts
from hoga.research.checks.look_ahead import CUTS, LookAhead, look_ahead
from hoga.research.checks.overfit import daily_sharpe, deflated_sharpe, probability_of_overfitting
from hoga.research.checks.sensitivity import Sensitivity, neighbours, sensitivity
from hoga.research.checks.subject import Subject
from hoga.research.checks.walk_forward import Fold, WalkForward, gains_of, walk_forward
from hoga.research.report.figures import Figures, figures
from hoga.research.result import Result

#: Told after each backtest: how many are done, of how many, and what for.
Progress = Callable[[int, int, str], None]


class Examination(Struct, frozen=True, kw_only=True):
    """Everything that was looked at. `tried` is how many parameter sets the choice was made among."""

    result: Result
    figures: Figures
    tried: int
    look_ahead: LookAhead
    walk_forward: WalkForward | None
    deflated_sharpe: float | None
    overfitting: float | None
    order: Order | None
    start: Start | None
    sensitivity: Sensitivity


def examine(
    subject: Subject,
    candidates: Sequence[Mapping[str, object]],
    folds: Sequence[Fold],
    *,
    seed: int = 0,
    progress: Progress | None = None,
) -> Examination:
    """Run everything. `candidates` are the parameter sets one chose (or would choose) among; empty takes neighbours.

    No folds: no walk forward. The subject's own parameters are always among the trials.
    """
    own = subject.run()
    trials = list(candidates) or [{name: value} for name, value in neighbours(subject)]
    trials = [{}, *(trial for trial in trials if trial)]
    steps = _Steps(
        progress, 1 + len(trials) + len(CUTS) + len(folds) * (len(trials) + 1) + len(neighbours(subject)) + 2
    )
    steps.done("look-ahead")
    ahead = look_ahead(subject, own)
    steps.done("look-ahead", len(CUTS))
    gains = [gains_of(own)]
    for trial in trials[1:]:
        gains.append(gains_of(subject.run(params=trial)))
        steps.done("trials")
    sharpes = [found for found in map(daily_sharpe, gains) if found is not None]
    walked = (
        walk_forward(subject, trials, folds=folds, progress=lambda *_: steps.done("walk forward")) if folds else None
    )
    sensitive = sensitivity(subject, own)
    steps.finish("sensitivity")
    return Examination(
        result=own,
        figures=figures(own),
        tried=len(trials),
        look_ahead=ahead,
        walk_forward=walked,
        deflated_sharpe=deflated_sharpe(gains[0], sharpes),
        overfitting=probability_of_overfitting(gains),
        order=other_orders(own, seed),
        start=other_starts(own),
        sensitivity=sensitive,
    )


class _Steps:
    """Counts backtests for whoever watches."""

    def __init__(self, progress: Progress | None, total: int) -> None:
        self._progress, self._total, self._count = progress, total, 0

    def done(self, what: str, number: int = 1) -> None:
        self._count = min(self._total, self._count + number)
        if self._progress is not None:
            self._progress(self._count, self._total, what)

    def finish(self, what: str) -> None:
        self.done(what, self._total)

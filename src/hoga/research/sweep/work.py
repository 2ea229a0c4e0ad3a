"""What a worker does with a handful of parameter sets. Nothing of a backtest stays behind but a few numbers."""

import gc
import time
from collections.abc import Mapping, Sequence

from hoga.model.errors import HogaError
from hoga.research.checks.subject import Subject
from hoga.research.report.figures import Figures, figures
from hoga.research.sweep.objectives import read_objectives
from hoga.research.sweep.study import Outcome


def try_sets(subject: Subject, sets: Sequence[Mapping[str, str]], objectives: Sequence[str]) -> list[Outcome]:
    """Run a backtest for every set, in order. A set with which the strategy or hoga fails is an outcome too."""
    outcomes = [_try(subject, params, objectives) for params in sets]
    gc.collect()  # a worker lives long, and brains refer to themselves in circles
    return outcomes


def _try(subject: Subject, params: Mapping[str, str], objectives: Sequence[str]) -> Outcome:
    began_s = time.perf_counter()
    try:
        found = figures(subject.run(params=params))
    except HogaError as error:
        unknown = (None,) * len(objectives)
        return Outcome(params=params, values=unknown, problem=str(error), wall_s=time.perf_counter() - began_s)
    return Outcome(
        params=params,
        values=tuple(objective.of(found) for objective in read_objectives(objectives)),
        figures=_for_people(found),
        wall_s=time.perf_counter() - began_s,
    )


def _for_people(found: Figures) -> dict[str, float | int | None]:
    return {
        "return": found.total_return,
        "sharpe": found.sharpe,
        "drawdown": None if found.drawdown is None else found.drawdown.depth,
        "round_trips": found.trading.round_trips,
        "win_rate": found.trading.win_rate,
        "profit_factor": found.trading.profit_factor,
        "fees": float(found.fees),
    }

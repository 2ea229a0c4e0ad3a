"""`sweep`: from the parameters' ranges to the outcomes of all sets, best first."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from msgspec import Struct

from hoga.model.errors import ConfigError
from hoga.model.money import plain
from hoga.research.checks.subject import Subject
from hoga.research.sweep.choosing import Chooser, Direction, Sampler
from hoga.research.sweep.cluster import Workers, cpu_count, workers_at, workers_here
from hoga.research.sweep.objectives import Objective, read_objectives
from hoga.research.sweep.study import Outcome, Study, key_of

#: A handful of sets is one task: large enough that handing it over costs little, small enough to share the work.
MOST_IN_A_HANDFUL = 8


class Progress(Struct, frozen=True, kw_only=True):
    """How far a sweep is: sets done (those known before included), of how many, the best so far, where to look."""

    done: int
    total: int
    best: Outcome | None
    dashboard: str


class Sweep(Struct, frozen=True, kw_only=True):
    """Every set that was tried, once each, in the order in which they were proposed.

    `ran` is how many were run now; the others were known from an earlier run of the study or proposed twice.
    """

    axes: Mapping[str, Sequence[str]]
    objectives: Sequence[str]
    higher: Sequence[bool]
    outcomes: Sequence[Outcome]
    ran: int

    @property
    def ranked(self) -> list[Outcome]:
        """Known outcomes, best first by the first objective; equal ones in the order of proposal."""
        known = [outcome for outcome in self.outcomes if outcome.is_known]
        return sorted(known, key=lambda outcome: outcome.values[0] or 0.0, reverse=self.higher[0])

    @property
    def best(self) -> Outcome | None:
        """The best set by the first objective."""
        return next(iter(self.ranked), None)

    @property
    def front(self) -> list[Outcome]:
        """Sets that no other one beats in one objective without losing in another (the Pareto front)."""
        known = [outcome for outcome in self.outcomes if outcome.is_known]
        return [one for one in self.ranked if not any(_beats(other, one, self.higher) for other in known)]

    def _repr_html_(self) -> str:
        """The best sets as a table, for a notebook."""
        from hoga.research.sweep.page import best_as_html  # noqa: PLC0415 - the page knows sweeps, not the other way

        return best_as_html(self)


def sweep(
    subject: Subject,
    axes: Mapping[str, Sequence[str]],
    *,
    objectives: Sequence[str] = ("sharpe",),
    sampler: Sampler = Sampler.GRID,
    trials: int | None = None,
    study: Path | None = None,
    workers: int | None = None,
    scheduler: str = "",
    seed: int = 0,
    progress: Callable[[Progress], None] | None = None,
) -> Sweep:
    """Try parameter sets of `axes` (name -> values as text) and rank them.

    With a `study` file a sweep that was interrupted goes on where it ended. `workers` processes on this machine, or
    those of a Dask `scheduler`. Raises `ConfigError`, `StudyError` or `ClusterError`.
    """
    wanted = read_objectives(objectives)
    _require_readable(subject, axes)
    directions: list[Direction] = ["maximize" if objective.higher else "minimize" for objective in wanted]
    chooser = Chooser(axes, sampler=sampler, directions=directions, count=trials, seed=seed)
    kept = None if study is None else Study.open(study, _question(subject, axes, wanted, sampler, seed))
    try:
        with _workers(workers, scheduler, subject, objectives) as crew:
            return _Course(chooser, crew, kept, wanted, axes, progress).run()
    finally:
        if kept is not None:
            kept.close()


class _Course:
    """One sweep on its way."""

    def __init__(
        self,
        chooser: Chooser,
        crew: Workers,
        kept: Study | None,
        objectives: Sequence[Objective],
        axes: Mapping[str, Sequence[str]],
        progress: Callable[[Progress], None] | None,
    ) -> None:
        self._chooser, self._crew, self._kept = chooser, crew, kept
        self._objectives, self._axes, self._progress = objectives, axes, progress
        self._known: dict[str, Outcome] = {} if kept is None else kept.known()
        self._order: dict[str, None] = {}
        self._done = self._ran = 0

    def run(self) -> Sweep:
        """Batch after batch, until the chooser has no more."""
        while proposed := self._chooser.propose():
            keys = [key_of(params) for params in proposed]
            missing = {key: params for key, params in zip(keys, proposed, strict=True) if key not in self._known}
            self._see(len(proposed) - len(missing))
            for outcomes in self._crew.run(list(self._handfuls(list(missing.values())))):
                for outcome in outcomes:
                    self._keep(outcome)
                self._see(len(outcomes))
            found = [self._known[key] for key in keys]
            self._chooser.tell([_values(outcome) for outcome in found])
            self._order.update(dict.fromkeys(keys))
        return Sweep(
            axes=self._axes,
            objectives=[objective.name for objective in self._objectives],
            higher=[objective.higher for objective in self._objectives],
            outcomes=[self._known[key] for key in self._order],
            ran=self._ran,
        )

    def _keep(self, outcome: Outcome) -> None:
        if self._kept is not None:
            self._kept.add(outcome)
        self._known[key_of(outcome.params)] = outcome
        self._ran += 1

    def _see(self, number: int) -> None:
        self._done += number
        if self._progress is not None:
            sign = 1 if self._objectives[0].higher else -1
            known = (outcome for outcome in self._known.values() if outcome.is_known)
            best = max(known, key=lambda outcome: sign * (outcome.values[0] or 0.0), default=None)
            told = Progress(done=self._done, total=self._chooser.count, best=best, dashboard=self._crew.dashboard)
            self._progress(told)

    def _handfuls(self, sets: Sequence[Mapping[str, str]]) -> Iterator[Sequence[Mapping[str, str]]]:
        size = max(1, min(MOST_IN_A_HANDFUL, len(sets) // (2 * self._crew.count)))
        for start in range(0, len(sets), size):
            yield sets[start : start + size]


@contextmanager
def _workers(count: int | None, scheduler: str, subject: Subject, objectives: Sequence[str]) -> Iterator[Workers]:
    if count is not None and count < 1:
        raise ConfigError([f"{count} workers: there must be at least one."])
    opened = (
        workers_at(scheduler, subject, objectives)
        if scheduler
        else workers_here(count or cpu_count(), subject, objectives)
    )
    with opened as crew:
        yield crew


def _values(outcome: Outcome) -> Sequence[float] | None:
    return [value for value in outcome.values if value is not None] if outcome.is_known else None


def _require_readable(subject: Subject, axes: Mapping[str, Sequence[str]]) -> None:
    """A typing error in a range is found before the first backtest: each axis' ends are read alone."""
    problems: list[str] = []
    known = subject.values()
    for name, values in axes.items():
        if name not in known:
            problems.append(f"strategy.{name} is not a setting; there are: {', '.join(known)}.")
        elif not values:
            problems.append(f"strategy.{name} has no values.")
    if problems:
        raise ConfigError(problems)


def _question(
    subject: Subject, axes: Mapping[str, Sequence[str]], objectives: Sequence[Objective], sampler: Sampler, seed: int
) -> dict[str, object]:
    """All that an outcome depends on, for telling one study from another."""
    source = subject.open_source(subject.begin_ms, subject.end_ms)
    return {
        "strategy": subject.kind.__qualname__,
        "params": {name: str(value) for name, value in subject.params.items()},
        "axes": {name: list(values) for name, values in axes.items()},
        "objectives": [objective.name for objective in objectives],
        "sampler": sampler.value,
        "seed": seed,
        "data": source.name,
        "markets": list(source.markets),
        "begin_ms": subject.begin_ms,
        "end_ms": subject.end_ms,
        "balances": {currency: plain(amount) for currency, amount in subject.balances.items()},
        "models": repr(subject.models),
    }


def _beats(one: Outcome, other: Outcome, higher: Sequence[bool]) -> bool:
    pairs = [
        ((a or 0.0), (b or 0.0)) if up else (-(a or 0.0), -(b or 0.0))
        for a, b, up in zip(one.values, other.values, higher, strict=True)
    ]
    return all(a >= b for a, b in pairs) and any(a > b for a, b in pairs)

"""Sweeps and checks by one call each, for scripts and notebooks; the commands do the same with words."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from pathlib import Path

from hoga.brain.strategy import Strategy
from hoga.model.money import use_exact_money
from hoga.research.checks.examining import examine
from hoga.research.checks.subject import Subject
from hoga.research.checks.verdict import Verdict, judge
from hoga.research.checks.walk_forward import folds_of
from hoga.research.engine.run import DEFAULT_BALANCES
from hoga.research.engine.source import Source
from hoga.research.grid import every_set
from hoga.research.sweep.choosing import Sampler
from hoga.research.sweep.sweeping import Sweep, sweep as sweep_subject
from hoga.simulator.direct.models import Models
from hoga.strategies.choosing import strategy_of


def sweep(  # noqa: PLR0913 - each has its default
    strategy: type[Strategy] | str,
    axes: Mapping[str, Sequence[object]],
    source: Source,
    *,
    params: Mapping[str, object] | None = None,
    balances: Mapping[str, Decimal] | None = None,
    models: Models | None = None,
    objectives: Sequence[str] = ("sharpe",),
    sampler: str = "grid",
    trials: int | None = None,
    study: Path | None = None,
    workers: int | None = None,
    scheduler: str = "",
    seed: int = 0,
) -> Sweep:
    """Try the parameter sets of `axes` (name -> values) over `source`; `params` stay as they are.

    `workers` processes, one for each core unless told, or those of a Dask `scheduler`. With a `study` file a sweep that
    was broken off goes on. In a script call it under `if __name__ == "__main__":`, since workers import the script.
    """
    return sweep_subject(
        _subject(strategy, source, params, balances, models),
        {name: tuple(map(str, values)) for name, values in axes.items()},
        objectives=objectives,
        sampler=Sampler(sampler),
        trials=trials,
        study=study,
        workers=workers,
        scheduler=scheduler,
        seed=seed,
    )


def check(
    strategy: type[Strategy] | str,
    source: Source,
    *,
    params: Mapping[str, object] | None = None,
    axes: Mapping[str, Sequence[object]] | None = None,
    balances: Mapping[str, Decimal] | None = None,
    models: Models | None = None,
    folds: int = 3,
    seed: int = 0,
) -> Verdict:
    """Look for self-deception; `axes` are the parameters one chose among. See docs/checks.md."""
    subject = _subject(strategy, source, params, balances, models)
    sets = every_set({name: tuple(map(str, values)) for name, values in (axes or {}).items()})
    steps = folds_of(source.begin_ms, source.end_ms, folds) if folds else []
    return judge(examine(subject, [each for each in sets if each], steps, seed=seed))


def _subject(
    strategy: type[Strategy] | str,
    source: Source,
    params: Mapping[str, object] | None,
    balances: Mapping[str, Decimal] | None,
    models: Models | None,
) -> Subject:
    use_exact_money()
    given = dict(params or {})
    if isinstance(strategy, str):
        strategy = type(strategy_of(strategy.replace("_", "-"), given, tuple(source.markets)))
    if "market" in strategy.Params.__struct_fields__:
        given.setdefault("market", next(iter(source.markets)))
    return Subject(
        kind=strategy,
        params=given,
        open_source=source.within,
        begin_ms=source.begin_ms,
        end_ms=source.end_ms,
        balances=balances or DEFAULT_BALANCES,
        models=models or Models(),
    )

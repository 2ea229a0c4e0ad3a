"""`hoga sweep`: which parameters would have been best, and how much that says."""

import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import msgspec
from cyclopts import App, Parameter
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress as ProgressBar, TextColumn, TimeRemainingColumn
from rich.table import Table

from hoga.research.commands.asked import amount_of, positive
from hoga.research.commands.subjects import Where, models_of, say_made_up, subject_of
from hoga.research.engine.moments import range_ms
from hoga.research.grid import read_axes
from hoga.research.report.words import Language
from hoga.research.sweep.choosing import Sampler
from hoga.research.sweep.objectives import read_objectives
from hoga.research.sweep.page import write_sweep_html
from hoga.research.sweep.study import Outcome, read_study
from hoga.research.sweep.sweeping import Progress, Sweep, sweep

app = App(name="sweep", help="Try many parameter sets: grid, random or learning; resumable; on all cores or a cluster.")

DEFAULT_MARKET = "KRW-BTC"
SHOWN = 10
#: Where there is no terminal, a line at most so often.
LINE_EVERY_S = 5.0

Flag = Annotated[bool, Parameter(negative=())]


@app.command
def run(  # noqa: PLR0913 - the options of a command
    strategy: str,
    *,
    set_: Annotated[list[str], Parameter(name="--set", negative=())],
    from_: Annotated[str | None, Parameter(name="--from")] = None,
    to: str | None = None,
    market: Annotated[list[str] | None, Parameter(name=["--market", "-m"], negative=())] = None,
    objective: str = "sharpe",
    sampler: Sampler = Sampler.GRID,
    trials: int | None = None,
    study: Path | None = None,
    workers: int | None = None,
    scheduler: str = "",
    data: Path | None = None,
    unit: str = "60m",
    balance: str = "10000000",
    fee: str | None = None,
    latency: str = "50ms",
    slippage: int = 1,
    seed: int = 7,
    report: Path | None = None,
    lang: Language = "ko",
    json: Flag = False,
) -> int:
    """Try every set (or some) of the parameters' ranges. Killed or stopped, the same command goes on where it ended.

    Args:
        set_: k=0.3:0.7:0.1 is a range, fast=3,5,8 a choice, spend=50000 fixed; repeatable.
        from_: First day (KST); default: all there is.
        to: The day after the last one.
        objective: return, sharpe, sortino, calmar, profit_factor, win_rate, drawdown, fees, turnover; several by comma.
        sampler: grid tries all in order, random draws, tpe learns from what it saw.
        trials: How many sets; a grid needs none.
        study: Where outcomes are kept; default: sweep-STRATEGY.sqlite.
        workers: Processes on this machine; default: one for each core.
        scheduler: A Dask scheduler instead, e.g. tcp://10.0.0.5:8786.
        report: Where to write the HTML page; default: sweep-STRATEGY.html.
    """
    axes = read_axes(set_)
    where = Where(codes=tuple(dict.fromkeys(market or [DEFAULT_MARKET])), unit=unit, store=data, seed=seed)
    subject, is_made_up = subject_of(
        strategy,
        {name: values[0] for name, values in axes.items()},
        where,
        range_ms(from_, to, time.time_ns() // 1_000_000),
        {"KRW": positive(amount_of("--balance", balance))},
        models_of(fee, latency, slippage, seed),
    )
    name = Path(strategy.partition(":")[0]).stem.replace("_", "-")
    with _progress(name) as told:
        found = sweep(
            subject,
            axes,
            objectives=[part.strip() for part in objective.split(",")],
            sampler=sampler,
            trials=trials,
            study=study or Path(f"sweep-{name}.sqlite"),
            workers=workers,
            scheduler=scheduler,
            seed=seed,
            progress=told,
        )
    path = report or Path(f"sweep-{name}.html")
    write_sweep_html(found, f"{name} · {', '.join(where.codes)}", path, lang)
    _tell(found, as_json=json)
    if not json:
        if is_made_up:
            say_made_up(where)
        Console(highlight=False).print(
            f"Report: {path}. Before you trust the best: hoga check {strategy}", markup=False
        )
    return 0


@app.command
def show(study: Path, *, json: Flag = False) -> int:
    """Show what a study holds, best first, also while its sweep is stopped."""
    question, outcomes = read_study(study)
    names = msgspec.convert(question.get("objectives", []), type=list[str])
    axes = msgspec.convert(question.get("axes", {}), type=dict[str, list[str]])
    higher = [objective.higher for objective in read_objectives(names)]
    found = Sweep(axes=axes, objectives=names, higher=higher, outcomes=outcomes, ran=0)
    _tell(found, as_json=json)
    return 0


def _tell(found: Sweep, *, as_json: bool) -> None:
    if as_json:
        sys.stdout.write(_as_json(found) + "\n")
    else:
        _print(found)


def _print(found: Sweep) -> None:
    varied = [name for name, values in found.axes.items() if len(values) > 1]
    ranked: Sequence[Outcome] = found.ranked
    rest = [name for name in (ranked[0].figures if ranked else {}) if name not in found.objectives]
    table = Table(*varied, *found.objectives, *rest, box=None, pad_edge=False)
    for outcome in ranked[:SHOWN]:
        values = [*outcome.values, *(outcome.figures.get(name) for name in rest)]
        table.add_row(*(outcome.params[name] for name in varied), *map(_text, values))
    console = Console(highlight=False)
    console.print(table)
    failed = sum(not outcome.is_known for outcome in found.outcomes)
    unknown = f", {failed} without a result" if failed else ""
    console.print(f"{len(found.outcomes):,} parameter sets ({found.ran:,} run now){unknown}.")


def _text(value: float | None) -> str:
    return "-" if value is None else f"{value:,.4g}"


def _as_json(found: Sweep) -> str:
    told = {
        "objectives": found.objectives,
        "sets": len(found.outcomes),
        "ran": found.ran,
        "best": found.best,
        "front": found.front if len(found.objectives) > 1 else [],
        "outcomes": found.outcomes,
    }
    return msgspec.json.encode(told).decode()


@contextmanager
def _progress(name: str) -> Iterator[Callable[[Progress], None]]:
    """A bar on a terminal, a line now and then elsewhere; always on stderr."""
    console = Console(stderr=True, highlight=False)
    if not console.is_terminal:
        yield _Lines().see
        return
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TextColumn("{task.fields[best]}"))
    with ProgressBar(*columns, TimeRemainingColumn(), console=console, transient=True) as bar:
        task = bar.add_task(name, total=None, best="")
        said: set[str] = set()

        def see(told: Progress) -> None:
            if told.dashboard not in said:
                said.add(told.dashboard)
                console.print(f"dashboard: {told.dashboard}", markup=False)
            best = "" if told.best is None else f"best {_text(told.best.values[0])}"
            bar.update(task, completed=told.done, total=told.total, best=best)

        yield see


class _Lines:
    """Tells where the dashboard is, and then how far the sweep is."""

    def __init__(self) -> None:
        self._next_s = 0.0
        self._told = False

    def see(self, told: Progress) -> None:
        """The sweep has come this far."""
        if not self._told:
            self._told = True
            sys.stderr.write(f"dashboard: {told.dashboard}\n")
        if time.monotonic() >= self._next_s or told.done == told.total:
            self._next_s = time.monotonic() + LINE_EVERY_S
            best = "" if told.best is None else f", best {_text(told.best.values[0])} with {dict(told.best.params)}"
            sys.stderr.write(f"{told.done} of {told.total} parameter sets{best}\n")
            sys.stderr.flush()

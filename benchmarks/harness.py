"""What every benchmark needs: interleaved rounds, medians, ratio tables and goals."""

import gc
import math
import statistics
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

#: One candidate's measurements, one a round.
Rounds = Mapping[str, Sequence[float]]


@dataclass(frozen=True)
class Goal:
    """What a subject should reach: `reached` is the median over rounds, `best` compares the best rounds."""

    text: str
    reached: float
    bound: float
    at_least: bool = False
    best: float = math.nan

    @property
    def met(self) -> bool:
        """Whether the median reaches the bound."""
        return self.reached >= self.bound if self.at_least else self.reached <= self.bound


@dataclass(frozen=True)
class Table:
    """One printed table: a row a candidate."""

    title: str
    head: tuple[str, ...]
    rows: list[list[object]]
    note: str = ""


@dataclass
class Result:
    """All that one subject found."""

    subject: str
    tables: list[Table] = field(default_factory=list)
    goals: list[Goal] = field(default_factory=list)
    raw: dict[str, object] = field(default_factory=dict)


@dataclass(frozen=True)
class Effort:
    """How much to measure: `full` for the record, `quick` for a look, `tiny` to see that everything runs."""

    name: str
    rounds: int
    scale: float

    def of(self, count: int, least: int = 1) -> int:
        """`count` of a full run, scaled down."""
        return max(least, int(count * self.scale))


EFFORTS = {effort.name: effort for effort in (Effort("full", 9, 1), Effort("quick", 3, 0.4), Effort("tiny", 1, 0.01))}


def say(text: str) -> None:
    """A line of progress, apart from the results."""
    print(text, file=sys.stderr, flush=True)


def time_rounds(candidates: Mapping[str, Callable[[], int]], rounds: int, seconds: float) -> dict[str, list[float]]:
    """Nanoseconds an item for candidates that run in this process, A B C, then C B A, and so on.

    A candidate does some items and says how many; it is called again until `seconds` have passed.
    """
    found: dict[str, list[float]] = {name: [] for name in candidates}
    for run in candidates.values():
        run()
    gc.collect()
    gc.freeze()  # what a peer's import left on the heap must not slow its neighbours down
    for n in range(rounds):
        for name in in_turn(list(candidates), n):
            found[name].append(_time(candidates[name], seconds))
    gc.unfreeze()
    return found


def in_turn(names: list[str], n: int) -> list[str]:
    """The order of round `n`: forward and backward by turns, so that a slow spell of the machine hits all alike."""
    return names if n % 2 == 0 else names[::-1]


def _time(run: Callable[[], int], seconds: float) -> float:
    done = 0
    start = time.perf_counter_ns()
    end = start + int(seconds * 1e9)
    while True:
        done += run()
        now = time.perf_counter_ns()
        if now >= end:
            return (now - start) / done


def kept(values: Sequence[float]) -> list[float]:
    """The rounds that measured something; a failed one is NaN, so that rounds stay side by side."""
    return [value for value in values if not math.isnan(value)]


def median(values: Sequence[float]) -> float:
    """The middle one of those kept, NaN of nothing."""
    return statistics.median(kept(values)) if kept(values) else math.nan


def quantile(values: Sequence[float], share: float) -> float:
    """The value that `share` of all do not exceed, NaN of nothing."""
    ranked = sorted(values)
    return ranked[max(0, math.ceil(share * len(ranked)) - 1)] if ranked else math.nan


def ratio(rounds: Rounds, ours: str, theirs: str) -> float:
    """The median of ours / theirs within each round: what disturbs one round disturbs both sides of its ratio."""
    return median([a / b for a, b in zip(rounds.get(ours, ()), rounds.get(theirs, ()), strict=False) if b])


def best_ratio(rounds: Rounds, ours: str, theirs: str, *, best: Callable[[Sequence[float]], float] = min) -> float:
    """Ours / theirs, each in its own best round: the cost of the code with the least of the machine's noise in it."""
    mine, other = kept(rounds.get(ours, ())), kept(rounds.get(theirs, ()))
    return best(mine) / best(other) if mine and other else math.nan


def at_most(text: str, rounds: Rounds, ours: str, theirs: str, bound: float) -> Goal:
    """The goal that ours costs at most `bound` times theirs."""
    return Goal(text, ratio(rounds, ours, theirs), bound, best=best_ratio(rounds, ours, theirs))


def at_least(text: str, rounds: Rounds, ours: str, theirs: str, bound: float) -> Goal:
    """The goal that ours does at least `bound` times what theirs does."""
    best = best_ratio(rounds, ours, theirs, best=max)
    return Goal(text, ratio(rounds, ours, theirs), bound, at_least=True, best=best)


def show(table: Table) -> str:
    """A table as text with aligned columns, readable in a terminal and as Markdown."""
    cells = [list(table.head), *[[_cell(value) for value in row] for row in table.rows]]
    cells = [row + [""] * (len(table.head) - len(row)) for row in cells]  # a candidate that failed has a short row
    widths = [max(len(row[i]) for row in cells) for i in range(len(table.head))]
    lines = ["| " + " | ".join(_pad(row, widths)) + " |" for row in cells]
    lines.insert(1, "|" + "|".join("-" * (width + 1) + (":" if i else "-") for i, width in enumerate(widths)) + "|")
    text = f"### {table.title}\n\n" + "\n".join(lines)
    return f"{text}\n\n{table.note}" if table.note else text


def show_goals(goals: Sequence[Goal]) -> str:
    """The last table: what was asked, what was reached, whether that is enough."""
    rows: list[list[object]] = []
    for goal in goals:
        sign = ">=" if goal.at_least else "<="
        bound = f"{sign} {goal.bound:g}"
        rows.append([goal.text, bound, goal.reached, goal.best, "-" if math.isnan(goal.reached) else _word(goal.met)])
    return show(Table("Goals", ("goal", "bound", "reached (median)", "best rounds", "met"), rows))


def complaints(failed: Mapping[str, str]) -> str:
    """Which candidates failed and why, one line each, for under a table."""
    last = {name: why.strip().splitlines()[-1] if why.strip() else "no reason given" for name, why in failed.items()}
    return "\n".join(f"{name} failed: {why}" for name, why in last.items())


def _word(met: bool) -> str:  # noqa: FBT001 - a table cell
    return "yes" if met else "NO"


def _pad(row: list[str], widths: list[int]) -> list[str]:
    return [cell.ljust(w) if i == 0 else cell.rjust(w) for i, (cell, w) in enumerate(zip(row, widths, strict=True))]


def _cell(value: object) -> str:
    if isinstance(value, float):
        if math.isnan(value):
            return "-"
        size = abs(value)
        return f"{value:,.0f}" if size >= 100 else f"{value:.1f}" if size >= 10 else f"{value:.3g}"  # noqa: PLR2004
    return f"{value:,}" if isinstance(value, int) else str(value)

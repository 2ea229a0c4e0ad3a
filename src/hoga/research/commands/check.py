"""`hoga check`: can the gain of a backtest be trusted?"""

import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import msgspec
from cyclopts import Parameter
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table

from hoga.model.errors import ConfigError
from hoga.research.checks.examining import Examination, examine
from hoga.research.checks.looks import Outcome
from hoga.research.checks.subject import Subject
from hoga.research.checks.verdict import Verdict, judge
from hoga.research.checks.walk_forward import folds_of
from hoga.research.commands.asked import amount_of, positive
from hoga.research.commands.subjects import Where, models_of, say_made_up, subject_of
from hoga.research.engine.moments import range_ms
from hoga.research.grid import every_set, read_axes
from hoga.research.report.words import Language, Words

DEFAULT_MARKET = "KRW-BTC"
MARKS = {Outcome.OK: "✓", Outcome.DOUBT: "?", Outcome.BAD: "✗", Outcome.UNKNOWN: "·"}
NAMES: Mapping[str, Words] = {
    "look-ahead": Words("미래 참조", "look-ahead"),
    "gain": Words("수익", "gain"),
    "round trips": Words("거래 횟수", "round trips"),
    "walk forward": Words("전진 분석", "walk forward"),
    "deflated sharpe": Words("할인 샤프", "deflated Sharpe"),
    "overfitting": Words("과최적화", "overfitting"),
    "neighbours": Words("이웃 설정", "neighbours"),
    "costs": Words("비용과 지연", "costs and delay"),
    "order of trades": Words("거래 순서", "order of trades"),
    "start date": Words("시작일", "start date"),
}

Flag = Annotated[bool, Parameter(negative=())]


def check(  # noqa: PLR0913 - the options of a command
    strategy: str,
    *,
    from_: Annotated[str | None, Parameter(name="--from")] = None,
    to: str | None = None,
    market: Annotated[list[str] | None, Parameter(name=["--market", "-m"], negative=())] = None,
    set_: Annotated[list[str] | None, Parameter(name="--set", negative=())] = None,
    data: Path | None = None,
    unit: str = "60m",
    balance: str = "10000000",
    fee: str | None = None,
    latency: str = "50ms",
    slippage: int = 1,
    folds: int = 3,
    seed: int = 7,
    lang: Language = "ko",
    json: Flag = False,
) -> int:
    """Look for self-deception in a backtest: future prices, luck, too many tries, small changes that change everything.

    Args:
        strategy: A ready one (`hoga strategies` lists them), or a file: mine.py, mine.py:ClassName.
        from_: First day, e.g. 2025-09-01 (KST); default: all there is.
        to: The day after the last one.
        market: Market code; may be repeated.
        set_: Parameter: k=0.5 is fixed, k=0.3:0.7:0.1 or fast=3,5,8 is what one chooses among; repeatable.
        data: The store of recorded prices.
        unit: Length of the candles, or `trades`.
        balance: What the account begins with, in KRW.
        fee: Fee rate for takers and makers, e.g. 0.0005; default: the market's own.
        latency: One way between decision and exchange, e.g. 50ms.
        slippage: Ticks between the last price and the best prices.
        folds: Steps of walking forward; 0 leaves it out.
        seed: Of made-up prices and of chance.
        lang: ko or en.
        json: Machine-readable output.
    """
    models = models_of(fee, latency, slippage, seed)
    where = Where(codes=tuple(dict.fromkeys(market or [DEFAULT_MARKET])), unit=unit, store=data, seed=seed)
    bounds = range_ms(from_, to, time.time_ns() // 1_000_000)
    money = {"KRW": positive(amount_of("--balance", balance))}
    axes = read_axes(set_ or [])
    subject, is_made_up = subject_of(
        strategy, {name: values[0] for name, values in axes.items()}, where, bounds, money, models
    )
    candidates = _candidates(axes, subject)
    steps = folds_of(subject.begin_ms, subject.end_ms, folds) if folds else []
    with _progress(strategy) as told:
        examined = examine(subject, candidates, steps, seed=seed, progress=told)
    verdict = judge(examined)
    if json:
        sys.stdout.write(_as_json(examined, verdict) + "\n")
    else:
        _print(verdict, lang, strategy)
    if is_made_up and not json:
        say_made_up(where)
    return 1 if verdict.outcome is Outcome.BAD else 0


def _candidates(axes: Mapping[str, Sequence[str]], subject: Subject) -> list[dict[str, str]]:
    """What one chooses among; every set is read before the first backtest, so that a typing error costs no hour."""
    candidates = every_set({name: values for name, values in axes.items() if len(values) > 1})
    candidates = [candidate for candidate in candidates if candidate]
    problems: list[str] = []
    for candidate in candidates:
        try:
            subject.kind.Params.read({**subject.params, **candidate}, where="strategy")
        except ConfigError as error:
            problems += [problem for problem in error.problems if problem not in problems]
    if problems:
        raise ConfigError(problems)
    return candidates


def _print(verdict: Verdict, lang: Language, strategy: str) -> None:
    table = Table(box=None, show_header=False, pad_edge=False)
    for finding in verdict.findings:
        table.add_row(MARKS[finding.outcome], NAMES[finding.name].in_(lang), finding.words.in_(lang))
    console = Console(highlight=False)
    console.print(strategy, style="bold", markup=False)
    console.print(table)
    console.print(f"{MARKS[verdict.outcome]} {verdict.words.in_(lang)}", style="bold", markup=False)


def _as_json(examined: Examination, verdict: Verdict) -> str:
    return msgspec.json.encode(
        {
            "outcome": verdict.outcome,
            "verdict": verdict.words._asdict(),
            "tried": examined.tried,
            "deflated_sharpe": examined.deflated_sharpe,
            "overfitting": examined.overfitting,
            "order": examined.order,
            "start": examined.start,
            "sensitivity": examined.sensitivity,
            "findings": [
                {"name": finding.name, "outcome": finding.outcome, "words": finding.words._asdict()}
                for finding in verdict.findings
            ],
        }
    ).decode()


@contextmanager
def _progress(name: str) -> Iterator[Callable[[int, int, str], None]]:
    """A bar on a terminal, a line after every tenth backtest elsewhere; always on stderr."""
    console = Console(stderr=True)
    if not console.is_terminal:
        yield _say_line
        return
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TextColumn("backtests"))
    with Progress(*columns, TimeRemainingColumn(), console=console, transient=True) as bar:
        task = bar.add_task(name, total=None)
        yield lambda done, total, what: bar.update(task, completed=done, total=total, description=f"{name}: {what}")


def _say_line(done: int, total: int, what: str) -> None:
    if done % 10 == 0 or done == total:
        sys.stderr.write(f"{done} of {total} backtests ({what})\n")

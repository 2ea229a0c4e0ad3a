"""`hoga backtest`: would it have made money?"""

import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter
from msgspec.structs import replace
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn

from hoga.brain.risk.limits import RiskLimits, for_history
from hoga.research.calendar import DAY_MS
from hoga.research.commands.asked import amount_of, open_source, pairs, positive
from hoga.research.data.units import name_of
from hoga.research.engine.moments import day_text, length_ns, range_ms
from hoga.research.engine.run import backtest as run_backtest
from hoga.research.engine.source import Source
from hoga.research.engine.strategy_file import find_strategy
from hoga.research.report.page import write_html
from hoga.research.report.table import as_json, print_table
from hoga.research.report.words import Language
from hoga.research.result import Result
from hoga.simulator.direct.models import Intrabar, Models, Queue

DEFAULT_MARKET = "KRW-BTC"
#: Where there is no terminal, a line after each so many hundredths.
LINE_EVERY = 25

Words = Annotated[list[str] | None, Parameter(negative=())]
Flag = Annotated[bool, Parameter(negative=())]


def backtest(  # noqa: PLR0913 - the options of a command
    strategy: str,
    *,
    from_: Annotated[str | None, Parameter(name="--from")] = None,
    to: str | None = None,
    market: Annotated[list[str] | None, Parameter(name=["--market", "-m"], negative=())] = None,
    set_: Annotated[list[str] | None, Parameter(name="--set", negative=())] = None,
    data: Path | None = None,
    unit: str = "1m",
    balance: str = "10000000",
    fee: str | None = None,
    latency: str = "50ms",
    slippage: int = 1,
    queue: Queue = Queue.BACK,
    intrabar: Intrabar = Intrabar.PESSIMISTIC,
    limit: Words = None,
    seed: int = 7,
    report: Path | None = None,
    lang: Language = "ko",
    json: Flag = False,
) -> int:
    """Run a strategy over the past: recorded candles or trades, or made-up ones where nothing is recorded yet.

    Args:
        strategy: A ready one (`hoga strategies` lists them), or a file: mine.py, mine.py:ClassName.
        from_: First day, e.g. 2025-09-01 (KST); default: all there is.
        to: The day after the last one.
        market: Market code; may be repeated.
        set_: Strategy parameter, e.g. k=0.5; repeatable.
        data: The store of recorded prices.
        unit: Length of the candles (1m, 60m, 1d ...), or `trades`, or `books` for books and trades.
        balance: What the account begins with, in KRW.
        fee: Fee rate for takers and makers, e.g. 0.0005; default: the market's own.
        latency: One way between decision and exchange, e.g. 50ms.
        slippage: Ticks between the last price and the best prices where no real book is recorded.
        queue: Where a resting order stands: back, front or through.
        intrabar: In which order a candle went through its prices: pessimistic, optimistic or ohlc.
        limit: Risk limit, e.g. max_order_value=5000000; repeatable.
        seed: Of made-up prices and chance.
        report: Where to write the HTML report; default: backtest-STRATEGY.html.
        lang: Language of the report: ko or en.
        json: Machine-readable output.
    """
    codes = tuple(dict.fromkeys(market or [DEFAULT_MARKET]))
    chosen = find_strategy(strategy, pairs("--set", set_), codes)
    codes = tuple(dict.fromkeys((*chosen.needs().markets, *codes)))
    models = _models(fee, latency, slippage, queue, intrabar, seed)
    limits = _limits(pairs("--limit", limit))
    source, is_made_up = open_source(codes, unit, data, range_ms(from_, to, time.time_ns() // 1_000_000), seed)
    balances = {"KRW": positive(amount_of("--balance", balance))}
    with _progress(source, strategy) as told:
        result = run_backtest(chosen, source, balances=balances, models=models, limits=limits, progress=told)
    path = report or (None if json else Path(f"backtest-{_file_name(strategy)}.html"))
    if path is not None:
        write_html(result, path, lang)
    if json:
        sys.stdout.write(as_json(result) + "\n")
    else:
        _tell(result, path, lang, _hint(source, codes, seed) if is_made_up else ())
    return 1 if result.halted else 0


def _tell(result: Result, path: Path | None, lang: Language, hint: Sequence[str]) -> None:
    console = Console(highlight=False)
    print_table(result, lang, console)
    for line in (*hint, f"Report: {path}"):
        console.print(line, markup=False)


def _hint(source: Source, codes: Sequence[str], seed: int) -> tuple[str, str]:
    return (
        f"Nothing is recorded of {', '.join(codes)}: these prices are made up (seed {seed}).",
        f"Real ones: hoga data download {codes[0]} --unit {name_of(source.unit_s)}",
    )


def _limits(given: Mapping[str, object]) -> RiskLimits:
    read = RiskLimits.read(given, where="limit")
    return replace(for_history(), **{name: getattr(read, name) for name in given})


def _models(fee: str | None, latency: str, slippage: int, queue: Queue, intrabar: Intrabar, seed: int) -> Models:
    rate = None if fee is None else amount_of("--fee", fee)
    models = Models(
        taker_fee=rate,
        maker_fee=rate,
        latency_ns=length_ns(latency, "--latency"),
        slippage_ticks=slippage,
        queue=queue,
        intrabar=intrabar,
        seed=seed,
    )
    models.check()
    return models


@contextmanager
def _progress(source: Source, name: str) -> Iterator[Callable[[int], None]]:
    """A bar on a terminal, a few lines elsewhere; always on stderr."""
    console = Console(stderr=True)
    days = max((source.end_ms - source.begin_ms) // DAY_MS, 1)
    if not console.is_terminal:
        yield _Lines(source, name).see
        return
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TextColumn("days"))
    with Progress(*columns, TimeElapsedColumn(), TimeRemainingColumn(), console=console, transient=True) as bar:
        task = bar.add_task(name, total=days)
        yield lambda at_ms: bar.update(task, completed=(at_ms - source.begin_ms) // DAY_MS)


class _Lines:
    """Tells every quarter."""

    def __init__(self, source: Source, name: str) -> None:
        self._source, self._name = source, name
        self._told = 0

    def see(self, at_ms: int) -> None:
        """The test has come to this moment."""
        source = self._source
        done = 100 * (at_ms - source.begin_ms) // (source.end_ms - source.begin_ms)
        if done >= self._told + LINE_EVERY:
            self._told = done // LINE_EVERY * LINE_EVERY
            sys.stderr.write(f"{self._name}: {self._told} % ({day_text(at_ms)})\n")


def _file_name(strategy: str) -> str:
    return Path(strategy.partition(":")[0]).stem.replace("_", "-")

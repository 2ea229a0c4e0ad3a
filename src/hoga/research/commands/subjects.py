"""A strategy over prices, as the commands that run it many times ask for it."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from pathlib import Path
from typing import NamedTuple

from rich.console import Console

from hoga.brain.strategy import Strategy
from hoga.model.money import use_exact_money
from hoga.research.checks.subject import Subject
from hoga.research.commands.asked import amount_of, open_source
from hoga.research.engine.moments import length_ns
from hoga.research.engine.source import Source
from hoga.research.engine.strategy_file import find_strategy
from hoga.simulator.direct.models import Models


class Where(NamedTuple):
    """Where the prices are from."""

    codes: tuple[str, ...]
    unit: str
    store: Path | None
    seed: int


def models_of(fee: str | None, latency: str, slippage: int, seed: int) -> Models:
    """Read the assumptions; `ConfigError` names the option."""
    rate = None if fee is None else amount_of("--fee", fee)
    return Models(
        taker_fee=rate,
        maker_fee=rate,
        latency_ns=length_ns(latency, "--latency"),
        slippage_ticks=slippage,
        seed=seed,
    )


def say_made_up(where: Where) -> None:
    """Say that no real price was used."""
    codes = ", ".join(where.codes)
    Console().print(f"Nothing is recorded of {codes}: these prices are made up (seed {where.seed}).")


def subject_of(
    strategy: str,
    params: Mapping[str, object],
    where: Where,
    bounds: tuple[int | None, int | None],
    balances: Mapping[str, Decimal],
    models: Models,
) -> tuple[Subject, bool]:
    """What is run, and whether its prices are made up; `ConfigError` for what does not fit together."""
    use_exact_money()
    models.check()
    first = find_strategy(strategy, params, where.codes)
    codes = tuple(dict.fromkeys((*first.needs().markets, *where.codes)))
    whole, is_made_up = open_source(codes, where.unit, where.store, bounds, where.seed)

    def open_stretch(begin_ms: int, end_ms: int) -> Source:
        if is_made_up:
            return whole.within(begin_ms, end_ms)
        return open_source(codes, where.unit, where.store, (begin_ms, end_ms), where.seed)[0]

    subject = Subject(
        kind=type(first),
        params={**_market_of(type(first), codes), **params},
        open_source=open_stretch,
        begin_ms=whole.begin_ms,
        end_ms=whole.end_ms,
        balances=balances,
        models=models,
    )
    return subject, is_made_up


def _market_of(kind: type[Strategy], codes: Sequence[str]) -> dict[str, object]:
    return {"market": codes[0]} if "market" in kind.Params.__struct_fields__ else {}

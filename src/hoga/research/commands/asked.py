"""What the commands of research are told in the same words: where prices come from, settings, money."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from pathlib import Path

from hoga.model.errors import ConfigError, MoneyError
from hoga.model.money import amount
from hoga.research.calendar import DAY_MS
from hoga.research.commands.told import store_of
from hoga.research.data.layout import Kind
from hoga.research.data.units import unit_of
from hoga.research.engine.source import Source
from hoga.research.engine.stored import from_store, is_recorded
from hoga.research.engine.synthetic import FIRST_MS, synthetic

#: Of made-up prices where only the end was asked for.
DAYS_BEFORE = 90


def open_source(
    codes: Sequence[str], unit: str, data: Path | None, bounds: tuple[int | None, int | None], seed: int
) -> tuple[Source, bool]:
    """What is recorded; made-up candles where nothing is and nobody named a store."""
    kind: Kind = "trades" if unit == "trades" else "books" if unit == "books" else "candles"
    unit_s = unit_of(unit) if kind == "candles" else 0
    store, (begin_ms, end_ms) = store_of(data), bounds
    if data is not None and not data.is_dir():
        raise ConfigError([f"There is no folder {data}; `hoga data download` and `hoga data import` make one."])
    if data is not None or kind != "candles" or any(is_recorded(store, code, kind, unit_s) for code in codes):
        return from_store(store, codes, kind=kind, unit_s=unit_s, begin_ms=begin_ms, end_ms=end_ms), False
    begin_ms = FIRST_MS if begin_ms is None and end_ms is None else begin_ms
    if begin_ms is None:
        begin_ms = (end_ms or 0) - DAYS_BEFORE * DAY_MS
    return synthetic(codes, seed=seed, unit_s=unit_s, begin_ms=begin_ms, end_ms=end_ms), True


def pairs(option: str, words: Sequence[str] | None) -> Mapping[str, object]:
    """Read `name=value` words; `ConfigError` with every one that is none."""
    wrong = [word for word in words or () if "=" not in word]
    if wrong:
        raise ConfigError([f"{option} {word}: write it as name=value." for word in wrong])
    return dict(word.split("=", 1) for word in words or ())


def amount_of(option: str, text: str) -> Decimal:
    """Read an exact amount; `ConfigError` names the option."""
    try:
        return amount(text)
    except MoneyError as fault:
        raise ConfigError([f"{option}: {fault}"]) from None


def positive(value: Decimal) -> Decimal:
    """Money to begin with."""
    if value <= 0:
        raise ConfigError([f"--balance {value}: there must be something to begin with."])
    return value

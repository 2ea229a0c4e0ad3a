"""Parameter sets as a trader writes them: `k=0.3:0.7:0.1` is a range, `fast=3,5,8` a choice, `spend=9000` fixed."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from itertools import product
from math import prod

from hoga.model.errors import ConfigError, MoneyError
from hoga.model.money import amount, plain

#: More sets than this are a typing error, or work for a sampler instead of a grid.
MAX_SETS = 100_000


def read_axes(words: Sequence[str], option: str = "--set") -> dict[str, tuple[str, ...]]:
    """Read every word into the values of its parameter, as text; `ConfigError` lists all faults at once."""
    axes: dict[str, tuple[str, ...]] = {}
    problems = []
    for word in words:
        name, equals, values = word.partition("=")
        if not equals or not name or not values:
            problems.append(f"{option} {word}: write it as name=value, name=a,b,c or name=low:high:step.")
            continue
        if name in axes:
            problems.append(f"{option} {word}: {name} is there twice.")
            continue
        try:
            axes[name] = tuple(_values(values))
        except (ConfigError, MoneyError) as error:
            problems.append(f"{option} {word}: {error}")
    if problems:
        raise ConfigError(problems)
    return axes


def every_set(axes: Mapping[str, Sequence[str]]) -> list[dict[str, str]]:
    """Every combination, the last parameter changing fastest; `ConfigError` when there are too many."""
    count = prod(len(values) for values in axes.values())
    if count > MAX_SETS:
        raise ConfigError(
            [f"{count:,} parameter sets are more than {MAX_SETS:,}; take wider steps or fewer parameters."]
        )
    return [dict(zip(axes, values, strict=True)) for values in product(*axes.values())]


def _values(text: str) -> list[str]:
    if ":" not in text:
        return list(dict.fromkeys(text.split(",")))
    parts = text.split(":")
    if len(parts) != 3:  # noqa: PLR2004 - low, high, step
        raise ConfigError(["a range is low:high:step."])
    low, high, step = map(amount, parts)
    if step <= 0 or high < low:
        raise ConfigError(["a range goes up from low to high in steps above zero."])
    count = int((high - low) / step) + 1
    if count > MAX_SETS:
        raise ConfigError([f"{count:,} values are more than {MAX_SETS:,}."])
    return [plain(_short(low + number * step)) for number in range(count)]


def _short(value: Decimal) -> Decimal:
    return value.normalize() if value else value

"""Typed parameters that read themselves from text or TOML and report every fault at once."""

from collections.abc import Mapping
from decimal import Decimal
from difflib import get_close_matches
from typing import ClassVar, Self, TypeVar

import msgspec
from msgspec import Struct

from hoga.model.errors import ConfigError, MoneyError
from hoga.model.money import MOST, amount, plain

#: Lowest and highest allowed value of a parameter, both included; None where there is no end.
Bounds = tuple[Decimal | int | None, Decimal | int | None]

AnyParams = TypeVar("AnyParams", bound="Params")

POSITIVE: Bounds = (Decimal("0.00000001"), None)
SHARE: Bounds = (Decimal(0), Decimal(1))


class Params(Struct, kw_only=True):
    """Named settings with defaults. Subclass it, give each field a type and a default, and limits in `bounds`.

    Read from text with `read`; construct directly in code. `problems` may check fields against each other.
    """

    bounds: ClassVar[Mapping[str, Bounds]] = {}

    def problems(self) -> list[str]:
        """Faults between fields (each already within its own bounds), one sentence each."""
        return []

    @classmethod
    def read(cls, values: Mapping[str, object], where: str = "") -> Self:
        """Make one from a mapping of text, numbers or TOML values; `ConfigError` lists every fault at once.

        `where` begins each sentence, e.g. `strategy`, so that the reader finds the place in the file.
        """
        prefix = f"{where}." if where else ""
        fields = {field.name: field for field in msgspec.structs.fields(cls)}
        problems = [f"{prefix}{name} is not a setting{_meant(name, list(fields))}" for name in values.keys() - fields]
        problems.sort()
        read: dict[str, object] = {}
        for name, field in fields.items():
            if name not in values:
                if field.required:
                    problems.append(f"{prefix}{name} is missing.")
                continue
            try:
                read[name] = _read_value(values[name], field.type, cls.bounds.get(name))
            except (msgspec.ValidationError, MoneyError, ValueError) as error:
                problems.append(f"{prefix}{name} = {values[name]!r}: {error}")
        if problems:
            raise ConfigError(problems)
        made = cls(**read)
        if crossed := [f"{prefix}{problem}" for problem in made.problems()]:
            raise ConfigError(crossed)
        return made


def _read_value(value: object, wanted: object, bounds: Bounds | None) -> object:
    # A number in a TOML file is a float by the time we see it; its shortest text is what the trader typed.
    given = repr(value) if isinstance(value, float) else value
    if wanted == Decimal and isinstance(given, str | int) and not isinstance(given, bool):
        read: object = amount(given)
    else:
        read = msgspec.convert(given, type=wanted, strict=False)
    if isinstance(read, Decimal) and not read.is_finite():
        raise MoneyError("is not a finite number.")
    if isinstance(read, Decimal | int) and abs(Decimal(read)) > MOST:
        raise MoneyError(f"must be at most {plain(MOST)}.")
    if bounds and isinstance(read, int | Decimal):
        _check_bounds(Decimal(read), bounds)
    return read


def _check_bounds(value: Decimal, bounds: Bounds) -> None:
    low, high = bounds
    if low is not None and value < low:
        raise ValueError(f"must be at least {plain(Decimal(low))}.")
    if high is not None and value > high:
        raise ValueError(f"must be at most {plain(Decimal(high))}.")


def _meant(name: str, known: list[str]) -> str:
    close = get_close_matches(name, known, n=1)
    return f"; did you mean {close[0]}?" if close else f"; there are: {', '.join(known)}."

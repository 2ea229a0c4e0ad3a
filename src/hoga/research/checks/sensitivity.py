"""Small changes that must not change everything: a neighbouring parameter, twice the fee, a slower wire."""

from collections.abc import Mapping, Sequence
from decimal import Decimal

from msgspec import Struct
from msgspec.structs import replace

from hoga.model.errors import ConfigError
from hoga.model.money import plain
from hoga.research.checks.subject import Subject
from hoga.research.report.curves import ratio
from hoga.research.result import Result

#: A neighbour's parameter is smaller or larger by this share, a whole number at least by one.
STEP = Decimal("0.1")
SLOWER_NS = 200_000_000


class Variant(Struct, frozen=True, kw_only=True):
    """One change and what it brought, as a fraction; `name` is for people: `k 0.45`, `fee x 2`, `latency + 200 ms`."""

    name: str
    total_return: float | None


class Sensitivity(Struct, frozen=True, kw_only=True):
    """The subject's own return beside that of every variant."""

    own: float | None
    neighbours: Sequence[Variant]
    double_fee: Variant
    slower: Variant


def sensitivity(subject: Subject, whole: Result | None = None) -> Sensitivity:
    """Run every variant once."""
    own = whole or subject.run()
    models = subject.models
    doubled = {code: (2 * taker, 2 * maker) for code, (taker, maker) in own.assumptions.fee_rates.items()}
    return Sensitivity(
        own=gain_of(own),
        neighbours=[
            Variant(name=f"{name} {_text(value)}", total_return=gain_of(subject.run(params={name: value})))
            for name, value in neighbours(subject)
        ],
        double_fee=Variant(
            name="fee x 2", total_return=gain_of(subject.run(models=replace(models, fee_rates=doubled)))
        ),
        slower=Variant(
            name="latency + 200 ms",
            total_return=gain_of(subject.run(models=replace(models, latency_ns=models.latency_ns + SLOWER_NS))),
        ),
    )


def neighbours(subject: Subject) -> list[tuple[str, object]]:
    """A step down and a step up in every parameter that is a number, where the strategy allows it.

    A step after which it wants bars of another length is none: the data may not have them.
    """
    found: list[tuple[str, object]] = []
    for name, value in subject.values().items():
        for step in (-STEP, STEP):
            near = _near(value, step)
            if near is not None and _is_allowed(subject, {name: near}):
                found.append((name, near))
    return found


def gain_of(result: Result) -> float | None:
    """The return as a fraction; None where the test began with nothing."""
    growth = ratio(result.ending_equity, result.starting_equity)
    return None if growth is None else growth - 1


def _near(value: object, step: Decimal) -> object | None:
    if isinstance(value, bool) or not isinstance(value, int | Decimal) or not value:
        return None
    if isinstance(value, int):
        return value + (1 if step > 0 else -1) * max(1, round(abs(value) * STEP))
    return value * (1 + step)


def _is_allowed(subject: Subject, change: Mapping[str, object]) -> bool:
    try:
        return _bars(subject, change) == _bars(subject, {})
    except ConfigError:
        return False


def _bars(subject: Subject, change: Mapping[str, object]) -> set[int]:
    values = {**subject.values(), **change}
    needs = subject.kind(subject.kind.Params.read(values, where="strategy")).needs()
    return {*needs.candle_units_s, *needs.history}


def _text(value: object) -> str:
    return plain(value.normalize()) if isinstance(value, Decimal) else str(value)

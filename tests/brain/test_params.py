"""Settings are read from text or TOML, and every fault is told at once with its place."""

from collections.abc import Mapping
from decimal import Decimal
from typing import ClassVar

import pytest

from hoga.brain.params import POSITIVE, Bounds, Params
from hoga.brain.risk.limits import RiskLimits
from hoga.model.errors import ConfigError


class Sample(Params):
    market: str = "KRW-BTC"
    fast: int = 5
    slow: int = 20
    spend: Decimal = Decimal(100_000)
    base: Decimal | None = None
    post_only: bool = True
    bounds: ClassVar[Mapping[str, Bounds]] = {"fast": (1, 50), "spend": POSITIVE, "base": POSITIVE}

    def problems(self) -> list[str]:
        return [] if self.fast < self.slow else ["fast must be below slow."]


def faults(values: Mapping[str, object]) -> list[str]:
    with pytest.raises(ConfigError) as caught:
        Sample.read(values, where="strategy")
    return caught.value.problems


def test_defaults_hold_where_nothing_is_said():
    assert Sample.read({}) == Sample()


def test_text_numbers_and_toml_values_are_read_exactly():
    read = Sample.read({"fast": "3", "slow": 40, "spend": 0.1, "base": "95000000.5", "post_only": "false"})

    assert read == Sample(fast=3, slow=40, spend=Decimal("0.1"), base=Decimal("95000000.5"), post_only=False)


def test_every_fault_is_told_at_once():
    told = faults({"fast": "x", "slow": 1.5, "spend": "NaN", "base": -1, "fats": 1, "post_only": "maybe"})

    assert len(told) == 6
    assert all(problem.startswith("strategy.") for problem in told)
    assert "strategy.fats is not a setting; did you mean fast?" in told


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"spend": "Infinity"}, "not a finite number"),
        ({"spend": "-5"}, "must be at least"),
        ({"fast": 51}, "must be at most 50"),
        ({"spend": "9" * 100}, "characters"),
        ({"spend": True}, "bool"),
        ({"fast": 30}, "fast must be below slow"),
        ({"zzz": 1}, "there are: market, fast"),
    ],
)
def test_a_fault_says_what_is_wrong(values: Mapping[str, object], words: str):
    told = faults(values)

    assert len(told) == 1
    assert words in told[0]


def test_risk_limits_are_read_like_any_settings():
    limits = RiskLimits.read({"max_order_value": 50_000, "price_collar": 0.01, "max_slippage": "0.001"}, where="risk")

    assert (limits.max_order_value, limits.price_collar) == (Decimal(50_000), Decimal("0.01"))
    with pytest.raises(ConfigError):
        RiskLimits.read({"price_collar": 2, "orders_per_s": 0})

"""Parameter sets as people type them."""

import pytest

from hoga.model.errors import ConfigError
from hoga.research.grid import every_set, read_axes


def test_ranges_choices_and_fixed_values_are_read_exactly():
    axes = read_axes(["k=0.3:0.7:0.1", "fast=3,5,8,5", "spend=50000"])

    assert axes == {"k": ("0.3", "0.4", "0.5", "0.6", "0.7"), "fast": ("3", "5", "8"), "spend": ("50000",)}


def test_a_range_stops_at_or_below_its_end():
    assert read_axes(["n=1:10:4"])["n"] == ("1", "5", "9")
    assert read_axes(["n=2:2:1"])["n"] == ("2",)


def test_the_grid_holds_every_combination_once():
    assert every_set({"a": ("1", "2"), "b": ("x", "y")}) == [
        {"a": "1", "b": "x"},
        {"a": "1", "b": "y"},
        {"a": "2", "b": "x"},
        {"a": "2", "b": "y"},
    ]


def test_every_fault_is_told_at_once():
    with pytest.raises(ConfigError) as raised:
        read_axes(["k", "n=1:5", "m=5:1:1", "x=1:2:0", "y=1,2", "y=3", "z=0:1:0.000001"])

    problems = "\n".join(raised.value.problems)
    for part in ("--set k:", "--set n=1:5:", "--set m=5:1:1:", "--set x=1:2:0:", "y is there twice", "z=0:1:0.000001"):
        assert part in problems


def test_a_grid_without_end_is_refused():
    hundred = tuple(map(str, range(100)))

    with pytest.raises(ConfigError, match=r"1,000,000 parameter sets are more than 100,000"):
        every_set({"a": hundred, "b": hundred, "c": hundred})

"""The README in both languages promises only what is there: its code runs, its commands exist, its settings load."""

import re
import shlex
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest

import hoga
from hoga.brain.risk.limits import RiskLimits
from hoga.cli import app
from hoga.run.settings.config import load
from hoga.simulator.faults.plan import FaultPlan
from hoga.strategies import STRATEGIES

ROOT = Path(__file__).resolve().parents[2]
README = ("README.md", "README.ko.md")
DOOR = {"test", "check", "lock"}  # what do.py does itself; all other words are hoga's

pytestmark = pytest.mark.parametrize("name", README)


def text_of(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


def blocks(name: str, language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```", text_of(name), re.DOTALL | re.MULTILINE)


def commands(name: str) -> Iterator[list[str]]:
    """Every `python3 do.py …` of a README, in its blocks and in its sentences, as words."""
    joined = text_of(name).replace("\\\n", " ")
    for line in re.findall(r"python3 do\.py([^`\n]*)", joined):
        words = shlex.split(line, comments=True)
        if words:
            yield words


def test_every_command_is_one_with_the_options_it_is_given(name):
    found = list(commands(name))

    assert {words[0] for words in found} >= {"demo", "test", "simulate", "run", "doctor", "strategies", "cancel-all"}
    for words in found:
        if words[0] not in DOOR:
            app.parse_args(words, exit_on_error=False, print_error=False)


def test_every_fault_that_is_shown_is_one(name):
    faults = [words[at + 1] for words in commands(name) for at, word in enumerate(words[:-1]) if word == "--fault"]

    assert faults
    assert FaultPlan.parse(faults).armed


def test_the_code_of_a_strategy_runs_and_its_parameters_are_read(name):
    for number, code in enumerate(blocks(name, "python")):
        module = ModuleType(f"readme_{number}")
        exec(compile(code, f"{name}:{number}", "exec"), module.__dict__)  # noqa: S102 - our own README
        made = [
            kind
            for kind in vars(module).values()
            if isinstance(kind, type) and issubclass(kind, hoga.Strategy) and kind is not hoga.Strategy
        ]
        assert made
        for kind in made:
            strategy = kind(kind.Params.read({"market": "KRW-ETH"}))
            assert strategy.needs().markets == ("KRW-ETH",)


def test_the_configuration_loads_and_each_part_of_it_is_known(name, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (block,) = blocks(name, "toml")
    path = tmp_path / "hoga.toml"
    path.write_text(block, encoding="utf-8")
    settings = load(path)

    assert settings.trade.budget_krw == 1_000_000
    assert RiskLimits.read(settings.risk).max_order_value == 200_000
    STRATEGIES[settings.trade.strategy].Params.read(settings.strategy)


def test_every_ready_strategy_and_every_file_it_names_is_there(name):
    text = text_of(name)

    assert [strategy for strategy in STRATEGIES if f"`{strategy}`" not in text] == []
    links = re.findall(r"\]\(((?!http)[^)#]+)\)", text)
    assert links
    assert [link for link in links if not (ROOT / link).exists()] == []


def test_exit_codes_are_documented(name):
    assert re.search(r"0 .+ 1 .+ 2 .+ 3 ", text_of(name))

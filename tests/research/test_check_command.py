"""`hoga check` as a trader calls it."""

import json
from pathlib import Path

import pytest

from hoga.cli import main

SHORT = ("--from", "2026-01-01", "--to", "2026-01-21", "--unit", "60m")


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]):
    monkeypatch.chdir(tmp_path)

    def call(*words: str) -> tuple[int, str, str]:
        code = main(["check", *words])
        out, err = capsys.readouterr()
        return code, out, err

    return call


def test_the_verdict_is_told_in_words_and_as_json(run):
    code, out, err = run("volatility_breakout", *SHORT, "--set", "k=0.4,0.6", "--folds", "2", "--lang", "en")
    again, told, _ = run("volatility_breakout", *SHORT, "--set", "k=0.4,0.6", "--folds", "2", "--json")

    facts = json.loads(told)
    assert code == again
    assert code == (1 if facts["outcome"] == "bad" else 0)
    assert facts["tried"] == 3
    assert len(facts["findings"]) == 10
    assert "look-ahead" in out
    assert "made up (seed 7)" in out
    assert "backtests" in err


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["volatility_brekout"], "did you mean volatility-breakout?"),
        (["volatility_breakout", "--set", "k=0.3:0.7"], "a range is low:high:step"),
        (["volatility_breakout", "--set", "kk=0.3,0.5"], "did you mean k?"),
        (["volatility_breakout", "--set", "k=0.5,-1"], "must be at least 0"),
        (["volatility_breakout", *SHORT, "--folds", "30"], "too few for 30 steps"),
        (["volatility_breakout", "--balance", "-5"], "there must be something to begin with"),
        (["volatility_breakout", "--fee", "free"], "--fee"),
        (["volatility_breakout", "--from", "2026-02-01", "--to", "2026-01-01"], "2026-02-01"),
        (["volatility_breakout", "--data", "nowhere"], "There is no folder nowhere"),
    ],
)
def test_what_makes_no_sense_is_said_before_anything_runs(run, words: list[str], said: str):
    code, out, err = run(*words)

    assert code == 2
    assert said in err + out
    assert "backtests" not in err

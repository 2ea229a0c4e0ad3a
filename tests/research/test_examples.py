"""Every example runs, says what it promises, and leaves the files it names."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
EXAMPLES = ROOT / "examples"

# Example -> (words it says, files it leaves).
PROMISES = {
    "first_backtest.py": (("Round trips", "Buy and hold"), ("first-backtest.html",)),
    "own_strategy.py": (("depth 0.01: profit", "depth 0.02: profit"), ()),
    "read_a_result.py": (("deepest fall", "2026-01", "round trips", "equity"), ()),
    "prices.py": (("--clock utc or --clock kst", "1 outage of 15 minutes", "1,440 bars, 15 of them"), ()),
    "sweep_and_check.py": (("best of 4", "look-ahead: ok", "walk forward"), ()),
    "books_to_csv.py": (("2026 KRW", "moving average"), ("trades-2026.csv", "trades-2026.xlsx")),
}


@pytest.mark.parametrize("name", PROMISES)
def test_an_example_runs_and_keeps_its_promise(name: str, tmp_path: Path):
    environment = {**os.environ, "PYTHONPATH": str(ROOT / "src")}

    done = subprocess.run(  # noqa: S603 - our own files
        [sys.executable, str(EXAMPLES / name)],
        cwd=tmp_path,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )

    words, files = PROMISES[name]
    assert done.returncode == 0, done.stderr
    assert [word for word in words if word not in done.stdout] == []
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted(files)


def test_every_example_is_run_and_listed():
    listed = (EXAMPLES / "README.md").read_text(encoding="utf-8")

    assert {path.name for path in EXAMPLES.glob("*.py")} == set(PROMISES)
    assert [name for name in PROMISES if f"({name})" not in listed] == []

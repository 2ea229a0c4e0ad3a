"""The benchmarks run to their end; what they measure here means nothing."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

RUN = Path(__file__).parents[2] / "benchmarks" / "run.py"

pytest.importorskip("uvloop", reason="the benchmarks compare on uvloop")


@pytest.mark.slow
def test_every_subject_runs_with_every_stack_and_tells_each_goal(tmp_path: Path):
    told = tmp_path / "told.json"

    done = subprocess.run(  # noqa: S603 - our own file with fixed words
        [sys.executable, RUN, "--tiny", "--json", told], capture_output=True, text=True, check=False, timeout=100
    )

    assert done.returncode == 0, done.stderr
    found = json.loads(told.read_text(encoding="utf-8"))
    assert set(found["subjects"]) == {"decode", "sign", "receive", "rest", "tick_to_order"}
    assert "failed" not in done.stdout, done.stdout
    assert [goal["text"] for goal in found["goals"] if not goal["reached"] > 0] == []

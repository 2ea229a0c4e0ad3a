"""The peers' table can be made: one scenario with hoga and one peer."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

PROGRAM = Path(__file__).parents[2] / "benchmarks" / "reliability.py"


@pytest.mark.slow
def test_a_lost_answer_leaves_one_order_with_us_and_two_with_the_official_client(tmp_path: Path):
    told = tmp_path / "told.json"
    words = ["--only", "answer cut off, once", "--client", "hoga", "--client", "upbit-sdk", "--json", str(told)]

    done = subprocess.run(  # noqa: S603 - our own file with fixed words
        [sys.executable, str(PROGRAM), *words], capture_output=True, text=True, check=False, timeout=100
    )

    assert done.returncode == 0, done.stderr
    cells = {cell["client"]: cell for cell in json.loads(told.read_text(encoding="utf-8"))["cells"]}
    assert (cells["hoga"]["left"], cells["hoga"]["states"]) == (1, ["working"])
    assert (cells["upbit-sdk"]["left"], cells["upbit-sdk"]["saw"]) == (2, "success")
    assert "| answer cut off, once |" in done.stdout

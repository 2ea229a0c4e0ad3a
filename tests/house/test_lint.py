"""Format, lint and types are judged with the rest, so that one command tells all."""

import subprocess
import sys

import pytest
from do import LINT
from tests.house.tree import ROOT

JUDGES = ["format", "lint", "types"]


@pytest.mark.timeout(300)  # a first judgement of the types, without a cache and beside other tests, takes its time
@pytest.mark.parametrize("judge", JUDGES)
def test_the_judge_is_content(judge: str):
    done = subprocess.run([sys.executable, *LINT[judge]], cwd=ROOT, capture_output=True, text=True, check=False)

    assert done.returncode == 0, done.stdout + done.stderr

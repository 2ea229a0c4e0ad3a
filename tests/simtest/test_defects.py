"""Faults wait to be planted; finding all of them is `python -m simtest defects`."""

from pathlib import Path

import pytest
from simtest.defects import PLANTED, Planted

ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.parametrize("planted", PLANTED, ids=lambda planted: planted.name)
def test_each_fault_can_still_be_planted(planted: Planted):
    text = (ROOT / planted.path).read_text(encoding="utf-8")

    assert text.count(planted.old) == 1

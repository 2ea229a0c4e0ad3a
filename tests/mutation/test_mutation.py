"""Faults are planted and caught: two of them, to see that the machine works; `python -m mutation` does them all."""

from pathlib import Path

import pytest
from mutation.defects import DEFECTS, Defect
from mutation.plant import ROOT, copied, judge


@pytest.mark.slow
@pytest.mark.parametrize("name", ["a secret is compared letter by letter", "a browser may use the back door"])
def test_a_planted_fault_turns_its_tests_red(name: str, tmp_path: Path):
    defect = next(one for one in DEFECTS if one.name == name)

    verdict = judge(defect, copied(tmp_path))

    assert verdict.is_red, verdict.how


def test_each_fault_has_a_place_tests_and_a_name_of_its_own():
    assert len({one.name for one in DEFECTS}) == len(DEFECTS) == 25
    assert [one.name for one in DEFECTS if one.old == one.new or not one.tests] == []
    assert [test for one in DEFECTS for test in one.tests if not (ROOT / test.partition("::")[0]).exists()] == []


def test_the_page_on_reliability_has_each_fault():
    page = (ROOT / "docs" / "reliability.md").read_text(encoding="utf-8")

    assert [one.name for one in DEFECTS if f"| {one.name} (`" not in page] == []


def test_a_fault_that_no_longer_fits_is_told_and_not_passed_over(tmp_path: Path):
    moved = Defect("moved", "src/hoga/upbit/auth.py", "a text that stands nowhere", "", ("tests/upbit/test_auth.py",))

    verdict = judge(moved, copied(tmp_path))

    assert (verdict.is_red, verdict.how) == (False, "cannot be planted: its text is 0 times in the file")

"""Every row of the catalogue has a test that bears its number, or stands in `NOT_YET` with a reason."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

from tests.catalogue.rows import NOT_YET, ROWS

TESTS = Path(__file__).parent.parent
_TAGS = re.compile(r"(?:_[wrpas]\d{1,2})+$")


def tags_of(name: str) -> list[str]:
    """The rows a test proves, read from the end of its name."""
    found = _TAGS.search(name)
    return found[0].upper().strip("_").split("_") if found else []


def tagged_tests() -> Iterator[tuple[str, str]]:
    """(row, test) for every tag in the tree."""
    for path in sorted(TESTS.rglob("test_*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.name.startswith("test_"):
                yield from ((row, f"{path.relative_to(TESTS)}::{node.name}") for row in tags_of(node.name))


TAGGED = list(tagged_tests())


def test_every_row_has_a_test_or_a_reason():
    proved = {row for row, _ in TAGGED}

    assert [f"{row}: {what}" for row, what in ROWS.items() if row not in proved and row not in NOT_YET] == []


def test_what_has_a_test_is_no_longer_excused():
    proved = {row for row, _ in TAGGED}

    assert [row for row in NOT_YET if row in proved] == []
    assert [row for row, why in NOT_YET.items() if row not in ROWS or not why] == []


def test_no_test_claims_a_row_that_is_not_there():
    assert [f"{row} in {where}" for row, where in TAGGED if row not in ROWS] == []


def test_the_catalogue_is_whole():
    counts = {letter: sum(row.startswith(letter) for row in ROWS) for letter in "WRPAS"}

    assert counts == {"W": 30, "R": 40, "P": 30, "A": 20, "S": 18}
    assert list(ROWS) == [f"{letter}{number}" for letter, count in counts.items() for number in range(1, count + 1)]


def test_a_name_is_read_from_its_end():
    assert tags_of("test_a_lost_answer_is_found_r3_w16") == ["R3", "W16"]
    assert tags_of("test_nothing_is_claimed_here") == []
    assert tags_of("test_r3_is_only_claimed_at_the_end_of_a_name") == []

"""The power goes while the journal is written; all of it in numbers is `python -m simtest power`."""

import pytest
from simtest.powercut import cuts
from simtest.vfs import is_possible

pytestmark = pytest.mark.skipif(not is_possible(), reason="this Python's SQLite shows its functions to nobody")


def test_whatever_part_of_what_was_not_synced_is_lost_or_torn_the_journal_opens_with_all_it_acknowledged():
    assert cuts(40, "suite") == []

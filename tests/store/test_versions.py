"""A journal of a newer hoga, or of another major version, is not traded on, and who wrote it is said."""

from pathlib import Path

import pytest
from tests.scenario.programs import addresses_of, keys_of, ran
from tests.scenario.scenery import exchange
from tests.scenario.test_stop import GRID

from hoga.model.errors import JournalError
from hoga.model.version import __version__
from hoga.store.journal import GENESIS, Journal, chained, read_journal
from hoga.store.records import RunBegan, encode
from hoga.store.versions import is_mixed, why_not


@pytest.mark.parametrize(
    ("written", "ours", "may"),
    [
        ("0.1.0", "0.1.0", True),
        ("0.1.0", "0.2.0", True),
        ("1.9", "1.10.2", True),
        ("0.2.0", "0.1.9", False),
        ("1.0.1", "1.0.0", False),
        ("0.9.0", "1.0.0", False),
        ("2.0.0", "1.0.0", False),
        ("0", "0.1.0", True),
        ("0.1.0rc1", "0.1.0", True),
    ],
)
def test_an_older_journal_of_the_same_major_version_is_read_and_no_other_p25(written: str, ours: str, may: bool):
    assert (why_not(written, ours) is None) is may
    assert may or written in str(why_not(written, ours))


def test_two_versions_at_work_are_noticed_p25():
    assert is_mixed("9.0.0")
    assert not is_mixed("")
    assert not is_mixed(__version__)


def written_by(version: str, path: Path) -> Path:
    """A journal as that version would leave it, with a word of tomorrow after its first row."""
    journal = Journal.open(path)
    began = RunBegan(run_id="hg-a", id_prefix="hg-a-", version=version, at_ns=1)
    tomorrow = b'{"type":"WordOfTomorrow"}'
    head = chained(GENESIS, encode(began))
    rows = [(1, "RunBegan", encode(began), head), (2, "WordOfTomorrow", tomorrow, chained(head, tomorrow))]
    journal._database.executemany("INSERT INTO journal VALUES (?, ?, ?, ?)", rows)
    journal.close()
    return path


def test_the_version_is_told_before_any_word_that_is_not_known_p25(tmp_path: Path):
    path = written_by("99.1.0", tmp_path / "hoga.journal")

    with pytest.raises(JournalError, match=r"row 1: it was written by hoga 99\.1\.0, a newer hoga; this is hoga"):
        Journal.open(path)
    with pytest.raises(JournalError, match=r"99\.1\.0"):
        list(read_journal(path))


async def test_a_bot_places_no_order_on_the_journal_of_a_newer_hoga_and_so_say_the_tools_p25(tmp_path: Path):
    written_by("99.1.0", tmp_path / "var" / "hoga.journal")
    async with exchange() as there:
        keys = keys_of(there)
        bot = await ran(*GRID, "--for", "3s", *addresses_of(there), folder=tmp_path, environment=keys)
        verify = await ran("journal", "verify", folder=tmp_path)

        assert (bot.process.returncode, await there.orders()) == (1, [])
        for told in (bot, verify):
            assert told.process.returncode == 1
            assert "written by hoga 99.1.0" in told.err
            assert "Traceback" not in told.text

"""A full disk: the spare room is given up, what must still be written is, and nothing acknowledged is lost."""

from pathlib import Path

import pytest
from tests.store.scenery import decided, place

from hoga.model.errors import JournalError
from hoga.store import spare
from hoga.store.journal import Journal, read_journal


@pytest.fixture(autouse=True)
def _small_spare(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(spare, "SPARE_BYTES", 1024 * 1024)


def spare_of(journal: Path) -> Path:
    return journal.with_name(f"{journal.name}.spare")


def full_after(journal: Journal, pages: int) -> None:
    """SQLite itself says that there is no room beyond so many pages."""
    now = journal._database.execute("PRAGMA page_count").fetchone()[0]
    journal._database.execute(f"PRAGMA max_page_count={now + pages}")


def test_the_room_is_really_taken_and_only_the_owner_may_read_it_p4(tmp_path: Path):
    journal = Journal.open(tmp_path / "hoga.journal")
    journal.spare.keep()
    taken = spare_of(journal.path).stat()
    journal.spare.keep()
    journal.close()
    journal.spare.end()

    assert (taken.st_size, taken.st_mode & 0o777) == (1024 * 1024, 0o600)
    assert taken.st_blocks * 512 >= 1024 * 1024
    assert not spare_of(journal.path).exists()


def test_without_room_for_the_spare_there_is_no_start_p4(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(spare, "SPARE_BYTES", 1 << 60)
    journal = Journal.open(tmp_path / "hoga.journal")

    with pytest.raises(JournalError, match=r"kept for a full disk, cannot be had .*Make room"):
        journal.spare.keep()
    journal.close()


def test_a_full_disk_takes_the_spare_room_and_goes_on_writing_until_that_is_full_too_p4(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    journal = Journal.open(tmp_path / "hoga.journal")
    journal.spare.keep()
    full_after(journal, 8)
    give_up = journal.spare.give_up

    def more_room() -> bool:
        full_after(journal, 40)
        return give_up()

    monkeypatch.setattr(journal.spare, "give_up", more_room)
    written = 0

    def write(*, until_given_up: bool) -> None:
        nonlocal written
        while not (until_given_up and journal.spare.is_given_up):
            journal.append([decided(*(place(f"hg-{written}-{number}") for number in range(20)))])
            written += 1

    write(until_given_up=True)
    at_first = written
    assert not spare_of(journal.path).exists()
    with pytest.raises(JournalError, match="full"):
        write(until_given_up=False)
    with pytest.raises(JournalError, match="takes nothing since it failed"):
        write(until_given_up=False)
    journal.close()

    assert written > at_first > 0
    assert len(list(read_journal(journal.path))) == written
    Journal.open(journal.path).close()

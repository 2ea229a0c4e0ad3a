"""The journal on real files: what was acknowledged is there, and what was tampered with is found."""

import random
import signal
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest
from tests.store.scenery import decided, handled, journal_of, place, updated

from hoga.model.errors import JournalError
from hoga.model.events import OrderStateSeen
from hoga.store.journal import Journal, read_journal
from hoga.store.marks import mark_path
from hoga.store.records import KillPulled, Record, RunBegan, RunEnded


def copy_as_left(source: Path, target: Path) -> Path:
    """Copy the files of an open journal: what a power cut or a kill would leave behind."""
    for suffix in ("", "-wal", ".mark"):
        left = source.with_name(source.name + suffix)
        if left.exists():
            target.with_name(target.name + suffix).write_bytes(left.read_bytes())
    return target


def wal(path: Path) -> Path:
    return path.with_name(f"{path.name}-wal")


def test_what_was_appended_is_read_back_after_reopening(tmp_path: Path):
    path = tmp_path / "var" / "hoga.journal"
    records: list[Record] = [
        RunBegan(run_id="r1", id_prefix="hg-1-", version="0", at_ns=5),
        handled(updated("hg-1", OrderStateSeen.WAIT)),
        decided(place("hg-1")),
        KillPulled(reason="enough", at_ns=9),
        RunEnded(left_open=()),
    ]
    journal = Journal.open(path)
    journal.append(records[:2])
    journal.append(records[2:])
    journal.append([])
    journal.close()

    again = Journal.open(path)
    assert [row.record for row in again.read()] == records
    assert again.rows == len(records)
    again.close()
    assert [row.record for row in read_journal(path)] == records


def test_only_the_owner_may_read_the_files_s18(tmp_path: Path):
    path = tmp_path / "var" / "hoga.journal"
    journal = journal_of(path, 1)

    modes = {file.name: file.stat().st_mode & 0o777 for file in path.parent.iterdir()}
    journal.close()

    assert set(modes.values()) == {0o600}
    assert path.parent.stat().st_mode & 0o777 == 0o700


def test_a_second_process_is_refused_in_clear_words_p7(tmp_path: Path):
    path = tmp_path / "hoga.journal"
    journal = journal_of(path, 1)

    code = f"from pathlib import Path\nfrom hoga.store.journal import Journal\nJournal.open(Path({str(path)!r}))"
    second = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)

    assert second.returncode != 0
    assert "is in use by another hoga" in second.stderr
    journal.append([decided(place("hg-still-mine"))])
    assert len(list(read_journal(path))) == 2  # reading is allowed meanwhile
    journal.close()
    Journal.open(path).close()


WRITER = """
import sys
from pathlib import Path
from tests.store.scenery import decided, place
from hoga.store.journal import Journal

journal = Journal.open(Path(sys.argv[1]))
print("open", flush=True)
number = 0
while True:
    burst = number % 5 + 1
    journal.append([decided(place(f"hg-{number + n}"), number=number + n) for n in range(burst)])
    number += burst
    print(number, flush=True)
"""


@pytest.mark.parametrize("seed", range(6))
def test_a_kill_at_any_moment_keeps_everything_that_was_acknowledged_p1(seed: int, tmp_path: Path):
    path = tmp_path / "hoga.journal"
    random_lines = random.Random(seed).randrange(1, 120)
    root = Path(__file__).resolve().parents[2]
    process = subprocess.Popen([sys.executable, "-c", WRITER, str(path)], stdout=subprocess.PIPE, text=True, cwd=root)
    assert process.stdout is not None
    with process:
        for _ in range(random_lines):
            process.stdout.readline()
        process.send_signal(signal.SIGKILL)
        told = [line for line in process.stdout.read().splitlines() if line.isdecimal()]

    acknowledged = int(told[-1]) if told else 0
    journal = Journal.open(path)
    numbers = [row.record.number for row in journal.read()]  # type: ignore[union-attr]
    journal.close()

    assert len(numbers) >= acknowledged
    assert numbers == list(range(len(numbers)))


def test_a_transaction_cut_in_the_middle_is_as_if_it_had_never_been_begun(tmp_path: Path):
    path = tmp_path / "hoga.journal"
    journal = journal_of(path, 5)
    before = wal(path).stat().st_size
    copy_as_left(path, tmp_path / "mark-of-five")
    journal.append([decided(place("hg-never-acknowledged"))])
    after = wal(path).stat().st_size
    whole = wal(path).read_bytes()

    for size in range(before, after, 611):
        cut = copy_as_left(tmp_path / "mark-of-five", tmp_path / f"cut-{size}")
        wal(cut).write_bytes(whole[:size])
        opened = Journal.open(cut)
        assert opened.rows == 5
        opened.append([decided(place("hg-next"))])
        opened.close()
    journal.close()


def test_a_torn_last_page_loses_only_what_was_never_acknowledged_p2(tmp_path: Path):
    path = tmp_path / "hoga.journal"
    journal = journal_of(path, 5)
    left = copy_as_left(path, tmp_path / "torn")
    before = wal(path).stat().st_size
    journal.append([decided(place("hg-never-acknowledged"))])
    torn = bytearray(wal(path).read_bytes())
    torn[before + 2000 : before + 4000] = bytes(2000)
    wal(left).write_bytes(torn)

    opened = Journal.open(left)

    assert opened.rows == 5
    opened.close()
    journal.close()


def test_an_end_that_was_cut_off_below_the_last_acknowledged_row_is_refused(tmp_path: Path):
    path = tmp_path / "hoga.journal"
    journal = journal_of(path, 5)
    before = wal(path).stat().st_size
    journal.append([decided(place("hg-acknowledged"))])
    left = copy_as_left(path, tmp_path / "cut")
    wal(left).write_bytes(wal(path).read_bytes()[:before])

    with pytest.raises(JournalError, match="rows 6 to 6 were acknowledged and are missing"):
        Journal.open(left)
    journal.close()


def test_without_its_mark_a_shorter_journal_is_taken_as_it_is(tmp_path: Path):
    path = tmp_path / "hoga.journal"
    journal_of(path, 3).close()
    mark_path(path).write_bytes(b"not a mark")

    journal = Journal.open(path)

    assert journal.rows == 3
    journal.close()


@pytest.mark.parametrize("seed", range(5))
def test_a_flipped_bit_in_an_old_record_is_found_and_its_place_is_named_p3(seed: int, tmp_path: Path):
    path = tmp_path / "hoga.journal"
    journal_of(path, 40).close()
    chance = random.Random(seed)
    row = chance.randrange(1, 41)
    content = bytearray(path.read_bytes())
    at = content.index(f'"order_id":"hg-{row - 1}"'.encode()) + chance.randrange(20)
    content[at] ^= 1 << chance.randrange(8)
    path.write_bytes(content)

    with pytest.raises(JournalError, match=f"the chain breaks at row {row}"):
        Journal.open(path)
    with pytest.raises(JournalError, match=f"the chain breaks at row {row}"):
        list(read_journal(path))


@pytest.mark.parametrize(
    ("change", "found"),
    [
        ("DELETE FROM journal WHERE seq = 3", "row 3 is missing"),
        ("UPDATE journal SET kind = 'RunEnded' WHERE seq = 2", "the chain breaks at row 2, which is no RunEnded"),
        ("UPDATE journal SET hash = zeroblob(32) WHERE seq = 4", "the chain breaks at row 4"),
        ("DELETE FROM journal WHERE seq = 5", "rows 5 to 5 were acknowledged and are missing"),
        ("PRAGMA user_version = 99", "has schema 99"),
        ("PRAGMA application_id = 1", "is not a journal of hoga"),
    ],
)
def test_every_kind_of_tampering_is_refused_p3(change: str, found: str, tmp_path: Path):
    path = tmp_path / "hoga.journal"
    journal_of(path, 5).close()
    database = sqlite3.connect(path)
    database.execute(change)
    database.commit()
    database.close()

    with pytest.raises(JournalError, match=found):
        Journal.open(path)
    with mark_path(path).open("rb") as mark:  # a refusal gives the lock back
        assert mark.read()


def test_a_file_that_is_no_database_and_a_folder_are_refused(tmp_path: Path):
    (tmp_path / "text.journal").write_text("not a database " * 100)

    with pytest.raises(JournalError, match="cannot be read"):
        Journal.open(tmp_path / "text.journal")
    with pytest.raises(JournalError, match="cannot be opened"):
        Journal.open(tmp_path)
    with pytest.raises(JournalError, match="There is no journal"):
        list(read_journal(tmp_path / "none"))


def test_a_network_share_is_refused_p7(tmp_path: Path):
    with pytest.raises(JournalError, match="is on a network share"):
        Journal.open(tmp_path / "hoga.journal", file_system=lambda _: "nfs4")


FULL_DISK = """
import resource, sys
from pathlib import Path
from tests.store.scenery import decided, place
from hoga.model.errors import JournalError
from hoga.store.journal import Journal

path = Path(sys.argv[1])
journal = Journal.open(path)
journal.append([decided(place("hg-0"))])
resource.setrlimit(resource.RLIMIT_FSIZE, (40_000, resource.RLIM_INFINITY))
acknowledged = 1
try:
    while True:
        journal.append([decided(place(f"hg-{acknowledged}"))])
        acknowledged += 1
except JournalError as error:
    print(error)
resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
try:
    journal.append([decided(place("hg-after"))])
except JournalError as error:
    print(error)
print(acknowledged)
"""


def test_a_full_disk_is_an_error_and_nothing_more_is_taken_until_the_journal_is_opened_anew_p4_p5(tmp_path: Path):
    path = tmp_path / "hoga.journal"
    root = Path(__file__).resolve().parents[2]
    done = subprocess.run(
        [sys.executable, "-c", FULL_DISK, str(path)], capture_output=True, text=True, check=True, cwd=root
    )

    first, second, acknowledged = done.stdout.splitlines()
    assert "could not be written" in first
    assert "takes nothing since it failed" in second
    journal = Journal.open(path)
    assert journal.rows == int(acknowledged)
    journal.append([decided(place("hg-again"))])
    journal.close()


def test_room_made_in_advance_is_used_and_leaves_nothing_behind(tmp_path: Path):
    path = tmp_path / "hoga.journal"
    journal = Journal.open(path)
    journal.reserve()
    grown = wal(path).stat().st_size
    for number in range(50):
        journal.append([decided(place(f"hg-{number}"))])

    assert wal(path).stat().st_size == grown > 4_000_000
    journal.reserve()
    journal.close()
    again = Journal.open(path)
    assert again.rows == 50
    again.close()


def test_a_journal_that_was_not_closed_is_opened_all_the_same(tmp_path: Path):
    path = tmp_path / "hoga.journal"
    journal = journal_of(path, 3)
    left = copy_as_left(path, tmp_path / "left")
    journal.close()

    opened = Journal.open(left)

    assert opened.rows == 3
    opened.close()

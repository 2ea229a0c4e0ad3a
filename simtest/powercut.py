"""The power goes while the real SQLite writes the real journal: at any moment, with any part of what was not synced.

What a run writes, transaction by transaction, is written once more through the product's own `Journal`, and everything
SQLite does to its files is noted (`simtest.vfs`). A cut takes a moment of these notes and makes the disk as it may look
then: what was synced is there; of every write since, each sector of 512 bytes is there or not, so that pages are lost,
kept, or half new and half old, in any mixture; a file may have its old length or its new one; the mark, which is never
synced, is the last one, an earlier one or gone. On that disk the journal is opened as at a start. It must open, hold
every transaction that was acknowledged, whole ones only, and take the next one.
"""

import shutil
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from random import Random

from msgspec import Struct

from hoga.model.errors import HogaError
from hoga.store.journal import Journal
from hoga.store.marks import mark_path
from hoga.store.records import Record, StrategyFailed
from hoga.store.recovery import recover
from simtest.every import Course
from simtest.vfs import Note, noted

NAME = "journal.db"
SECTOR = 512
#: Pages after which SQLite folds its log into the file; it would be 1,000, which a short run never writes.
FOLDED_AFTER = 40
#: How often a sector that was not synced is there.
SHARES = (0.0, 0.1, 0.5, 0.9, 1.0)


class Written(Struct, frozen=True):
    """What one run of the journal did: its notes, and after how many of them which number of rows was acknowledged.

    `marks` are the mark files there were, each with the number of notes before it; `payloads` are the rows.
    """

    notes: list[Note]
    acknowledged: list[tuple[int, int]]
    marks: list[tuple[int, bytes]]
    payloads: list[bytes]


def transactions() -> list[list[Record]]:
    """What the short course of `simtest.every` gives to the disk."""
    course, found = Course(None), list[list[Record]]()
    begin = course.disk.begin

    def listen(records: Sequence[Record]) -> float:
        found.append(list(records))
        return begin(records)

    course.disk.begin = listen  # type: ignore[method-assign]
    course.run()
    return found


def write(folder: Path) -> Written:
    """Write the transactions of a run through the product's journal, with and without room made in advance."""
    given = transactions()
    acknowledged, marks = list[tuple[int, int]](), list[tuple[int, bytes]]()
    with noted() as notes:
        journal = Journal.open(folder / NAME)
        journal._database.execute(f"PRAGMA wal_autocheckpoint={FOLDED_AFTER}")
        for number, records in enumerate(given):
            if number == len(given) // 2:
                journal.reserve()
            journal.append(records)
            acknowledged.append((len(notes), journal.rows))
            marks.append((len(notes), mark_path(folder / NAME).read_bytes()))
        payloads = [row.payload for row in journal.read()]
        journal.close()
    return Written(list(notes), acknowledged, marks, payloads)


def cuts(number: int, seed: str) -> list[str]:
    """Cut the power so many times; tell all that was wrong."""
    chance, wrong = Random(f"{seed}:cuts"), list[str]()
    with tempfile.TemporaryDirectory(prefix="hoga-power-") as name:
        root = Path(name)
        (root / "written").mkdir()
        written = write(root / "written")
        disk, done = _Disk(), 0
        for at in sorted(_moments(written, number, chance)):
            for note in written.notes[done:at]:
                disk.take(note)
            done = at
            (found := root / "found").mkdir()
            wrong += _cut(disk, written, at, chance, found)
            shutil.rmtree(found)
    return wrong


def _moments(written: Written, number: int, chance: Random) -> Iterator[int]:
    """Moments within a commit, and as often any moment at all: most notes are of the making of room."""
    edges = [0, *(notes for notes, _ in written.acknowledged)]
    for count in range(number):
        commit = chance.randrange(1, len(edges))
        yield chance.randint(edges[commit - 1], edges[commit]) if count % 2 else chance.randint(0, len(written.notes))


def _cut(disk: "_Disk", written: Written, at: int, chance: Random, folder: Path) -> list[str]:
    """Start again on what a cut after so many notes leaves, and tell what is wrong with it."""
    for name, content in disk.after_cut(chance).items():
        (folder / name).write_bytes(content)
    marks = [mark for notes, mark in written.marks if notes <= at]
    if marks and (mark := chance.choice([marks[-1], *marks[-3:], b""])):
        mark_path(folder / NAME).write_bytes(mark)
    return _judge(written, at, folder)


def _judge(written: Written, at: int, folder: Path) -> list[str]:
    known = max((rows for notes, rows in written.acknowledged if notes <= at), default=0)
    try:
        journal = Journal.open(folder / NAME)
    except HogaError as error:
        return [f"cut {at}: it does not open: {error}"]
    try:
        rows = list(journal.read())
        found = [row.payload for row in rows]
        wrong = []
        if len(found) < known:
            wrong.append(f"cut {at}: {known} rows were acknowledged and {len(found)} are there")
        if found != written.payloads[: len(found)]:
            wrong.append(f"cut {at}: the rows are not those that were written")
        if len(found) not in {0, *(rows_then for _, rows_then in written.acknowledged)}:
            wrong.append(f"cut {at}: {len(found)} rows are there, which is half a transaction")
        recover(rows)
        journal.append([StrategyFailed(number=0, error="after the cut", at_ns=0)])
        if sum(1 for _ in journal.read()) != len(found) + 1:
            wrong.append(f"cut {at}: what is written after it is not there")
    except HogaError as error:
        return [f"cut {at}: {error}"]
    finally:
        journal.close()
    return wrong


class _Disk:
    """Files as they are on the platter, and what has been done to each since its last sync."""

    def __init__(self) -> None:
        self._files: dict[str, bytearray] = {}
        self._since: dict[str, list[Note]] = {}

    def take(self, note: Note) -> None:
        """One thing more was done."""
        if note.what == "delete":
            self._files.pop(note.file, None)
            self._since.pop(note.file, None)
        elif note.what == "sync":
            for earlier in self._since.pop(note.file, ()):
                _do(earlier, self._files.setdefault(note.file, bytearray()), 1.0, None)
        else:
            self._since.setdefault(note.file, []).append(note)

    def after_cut(self, chance: Random) -> dict[str, bytes]:
        """The files as they may be found after a cut now."""
        found = {name: bytearray(content) for name, content in self._files.items()}
        for name, notes in self._since.items():
            share, content = chance.choice(SHARES), found.setdefault(name, bytearray())
            for note in notes:
                _do(note, content, share, chance)
        return {name: bytes(content) for name, content in found.items()}


def _do(note: Note, content: bytearray, share: float, chance: Random | None) -> None:
    """Do to a file what was noted, or by chance a `share` of it."""
    if note.what == "cut":
        if chance is None or chance.random() < share:
            del content[note.offset :]
        return
    for start in range(0, len(note.data), SECTOR):
        if chance is not None and chance.random() >= share:
            continue
        piece, offset = note.data[start : start + SECTOR], note.offset + start
        if len(content) < offset:
            content.extend(bytes(offset - len(content)))
        content[offset : offset + len(piece)] = piece

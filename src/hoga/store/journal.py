"""The journal: one SQLite file to which every decision is written before it may leave.

Theory. The file is in WAL mode with `synchronous=FULL`: a transaction that returned is on the disk, one that did not
is as if it had never been begun. Each row carries the SHA-256 of the row before it and its own payload, so that a
changed, missing or foreign row breaks the chain at a place that can be named. What a chain cannot show is an end that
was cut off; so beside the journal lies a small mark (`<journal>.mark`) with the number and hash of the last row that
was acknowledged. It is written after the commit and not synced: it may be behind after a power cut, never ahead. A
journal that ends before its mark has lost rows that somebody relied upon.

The mark file is also the lock: one process writes, others may read meanwhile.
"""

import hashlib
import os
import sqlite3
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Self

from hoga.model.errors import JournalError
from hoga.store import marks, versions
from hoga.store.mounts import NETWORK_FILE_SYSTEMS, file_system_of
from hoga.store.records import Record, Row, RunBegan, encode, kind_of
from hoga.store.spare import Spare, is_full

SCHEMA_VERSION = 1
APPLICATION_ID = 0x686F6761  # "hoga", so that another program's database is never taken for a journal
GENESIS = hashlib.sha256(b"hoga journal").digest()  # stands before the first row

_SCHEMA = (
    "CREATE TABLE journal (seq INTEGER PRIMARY KEY, kind TEXT NOT NULL, payload BLOB NOT NULL, hash BLOB NOT NULL)"
)
_INSERT = "INSERT INTO journal VALUES (?, ?, ?, ?)"
#: Grows the log to where SQLite folds it into the file anyway (1000 pages of 4 KiB), once.
_RESERVE = (
    "CREATE TABLE IF NOT EXISTS room (bytes BLOB)",
    "INSERT INTO room VALUES (zeroblob(4000000))",
    "DROP TABLE room",
    "PRAGMA wal_checkpoint(RESTART)",
)
_READ = "SELECT seq, kind, payload, hash FROM journal ORDER BY seq"


class Journal:
    """An open journal. `open` it, `append` to it, `close` it; one process at a time."""

    def __init__(self, path: Path, database: sqlite3.Connection, mark: int) -> None:
        self.path = path
        self.rows = 0
        self.head = GENESIS
        self.spare = Spare(path)
        self._database = database
        self._mark = mark
        self._broken: str | None = None

    @classmethod
    def open(cls, path: Path, *, file_system: Callable[[Path], str] = file_system_of) -> Self:
        """Open or make the journal and verify all of it; `JournalError` says why it cannot be trusted or written."""
        try:
            path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            kind = file_system(path.parent)
            if kind in NETWORK_FILE_SYSTEMS:
                raise JournalError(f"{path} is on a network share ({kind}): put the journal on a disk of this machine.")
            mark = marks.lock(path)
        except OSError as error:
            raise JournalError(f"The journal {path} cannot be opened: {error.strerror}.") from None
        database: sqlite3.Connection | None = None
        try:
            database = _connect(path)
            journal = cls(path, database, mark)
            journal._begin()
        except BaseException:
            if database is not None:
                database.close()
            os.close(mark)
            raise
        return journal

    def append(self, records: Sequence[Record]) -> None:
        """Make all records durable together. After a failure nothing is taken until the journal is opened anew."""
        if self._broken is not None:
            raise JournalError(f"The journal {self.path} takes nothing since it failed: {self._broken}")
        if not records:
            return
        seq, head, rows = self.rows, self.head, []
        for record in records:
            payload = encode(record)
            seq, head = seq + 1, chained(head, payload)
            rows.append((seq, kind_of(record), payload, head))
        try:
            self._write(rows)
            self.rows, self.head = seq, head
            os.pwrite(self._mark, marks.marked(seq, head), 0)
        except (sqlite3.Error, OSError) as error:
            self._broken = str(error)
            raise JournalError(f"The journal {self.path} could not be written: {error}") from error

    def _write(self, rows: list[tuple[int, str, bytes, bytes]]) -> None:
        """One transaction; where there is no room for it, once more in the spare room."""
        try:
            self._database.execute("BEGIN IMMEDIATE")
            self._database.executemany(_INSERT, rows)
            self._database.execute("COMMIT")
        except sqlite3.Error as error:
            if not is_full(error) or not self.spare.give_up():
                raise
            self._database.rollback()
            self._write(rows)

    def reserve(self) -> None:
        """Grow the write-ahead log once, so that later commits overwrite it: a sync without growth is a quicker one."""
        try:
            for step in _RESERVE:
                self._database.execute(step).fetchall()
        except sqlite3.Error as error:
            self._broken = str(error)
            raise JournalError(f"The journal {self.path} finds no room: {error}") from error

    def read(self) -> Iterator[Row]:
        """Every row, oldest first, the chain checked on the way."""
        return _checked(self._database, self.path)

    def close(self) -> None:
        """Fold the write-ahead log into the file and give the lock back."""
        try:
            self._database.close()
        except sqlite3.Error as error:
            raise JournalError(f"The journal {self.path} could not be closed cleanly: {error}") from error
        finally:
            os.close(self._mark)

    def _begin(self) -> None:
        """Make the table in a new file, verify an old one up to its mark."""
        marked_seq, marked_hash = marks.read_mark(self._mark)
        try:
            _check_schema(self._database, self.path, writable=True)
            for row in self.read():
                self.rows, self.head = row.seq, row.hash
                if row.seq == marked_seq and row.hash.hex() != marked_hash:
                    raise JournalError(f"{self.path}: row {row.seq} is not the acknowledged one. {_QUARANTINE}")
        except sqlite3.Error as error:
            raise _unreadable(self.path, self.rows, error) from None
        if marked_seq > self.rows:
            lost = f"rows {self.rows + 1} to {marked_seq} were acknowledged and are missing"
            raise JournalError(f"{self.path}: {lost}. {_QUARANTINE}")


def read_journal(path: Path) -> Iterator[Row]:
    """Every row of a journal, oldest first, checked on the way; works while a bot writes it."""
    if not path.is_file():
        raise JournalError(f"There is no journal at {path}.")
    try:
        database = sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True)
        try:
            _check_schema(database, path, writable=False)
            yield from _checked(database, path)
        finally:
            database.close()
    except sqlite3.Error as error:
        raise _unreadable(path, None, error) from None


def chained(head: bytes, payload: bytes) -> bytes:
    """The hash of a row with this payload after a row with this hash."""
    return hashlib.sha256(head + payload).digest()


# ------------------------------------------------ the file

_QUARANTINE = (
    "Trade no more on this journal: move it aside with its mark, and compare with the venue (docs/operations.md)."
)


def _unreadable(path: Path, after: int | None, error: sqlite3.Error) -> JournalError:
    place = "" if after is None else f" after row {after}"
    return JournalError(f"{path} cannot be read{place}: {error}. {_QUARANTINE}")


def _connect(path: Path) -> sqlite3.Connection:
    # Made here, so that nobody else may read it even for a moment; the WAL inherits the mode.
    try:
        os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600))
        path.chmod(0o600)
        folder = os.open(path.parent, os.O_RDONLY | os.O_CLOEXEC)
        os.fsync(folder)
        os.close(folder)
    except OSError as error:
        raise JournalError(f"The journal {path} cannot be opened: {error.strerror}.") from None
    # Opened by one thread and written by another, never by two at once.
    database = sqlite3.connect(path, isolation_level=None, check_same_thread=False, timeout=1.0)
    try:
        for setting in ("journal_mode=WAL", "synchronous=FULL", "fullfsync=1", "checkpoint_fullfsync=1"):
            database.execute(f"PRAGMA {setting}").fetchone()
    except sqlite3.Error as error:
        database.close()
        raise _unreadable(path, None, error) from None
    return database


def _check_schema(database: sqlite3.Connection, path: Path, *, writable: bool) -> None:
    application, version = (
        database.execute(f"PRAGMA {name}").fetchone()[0] for name in ("application_id", "user_version")
    )
    tables = database.execute("SELECT count(*) FROM sqlite_schema").fetchone()[0]
    if not tables and writable:
        database.execute("BEGIN IMMEDIATE")
        database.execute(_SCHEMA)
        database.execute(f"PRAGMA application_id={APPLICATION_ID}")
        database.execute(f"PRAGMA user_version={SCHEMA_VERSION}")
        database.execute("COMMIT")
    elif application != APPLICATION_ID:
        raise JournalError(f"{path} is not a journal of hoga. Choose another file in [journal].")
    elif version != SCHEMA_VERSION:
        raise JournalError(
            f"{path} has schema {version}; this hoga reads {SCHEMA_VERSION}. Use the hoga that wrote it."
        )


def _checked(database: sqlite3.Connection, path: Path) -> Iterator[Row]:
    head, expected = GENESIS, 1
    for seq, kind, payload, found in database.execute(_READ):
        if seq != expected:
            raise JournalError(f"{path}: row {expected} is missing. {_QUARANTINE}")
        if isinstance(payload, bytes):
            head = chained(head, payload)
        if found != head:
            raise JournalError(f"{path}: the chain breaks at row {seq}. {_QUARANTINE}")
        row = Row(seq=seq, kind=kind, payload=payload, hash=head)
        record = row.record
        if isinstance(record, RunBegan) and (why := versions.why_not(record.version)):
            raise JournalError(f"{path}: run {record.run_id} in row {seq}: {why}. Trade on it with that version only.")
        if kind_of(record) != kind:
            raise JournalError(f"{path}: the chain breaks at row {seq}, which is no {kind}. {_QUARANTINE}")
        yield row
        expected += 1

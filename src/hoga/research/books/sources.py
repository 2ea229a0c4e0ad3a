"""Where books come from: journals, and rows that `hoga journal export` wrote."""

from collections.abc import Iterable, Iterator
from pathlib import Path

import msgspec
from msgspec import Struct

from hoga.research.books.book import Book, book_of
from hoga.research.books.entries import BooksError, Gathering
from hoga.store.journal import GENESIS, chained, read_journal
from hoga.store.records import Record, decode

_SQLITE = b"SQLite format 3\0"


class _Exported(Struct):
    seq: int
    hash: str
    record: msgspec.Raw


_READ_ROW = msgspec.json.Decoder(_Exported)


def book_of_journals(paths: Iterable[Path]) -> Book:
    """One book of several journals or exports; a fill that stands in two of them is booked once.

    `BooksError` or `JournalError` names the file that is absent, damaged or changed.
    """
    gathering = Gathering()
    for path in paths:
        gathering.read(records_of(path), str(path))
    return book_of(gathering.entries())


def records_of(path: Path) -> Iterator[Record]:
    """What a journal, or an export of one, holds; its chain is checked on the way."""
    try:
        with path.open("rb") as file:
            is_journal = file.read(len(_SQLITE)) in {_SQLITE, b""}
    except OSError as error:
        raise BooksError(f"{path} cannot be read: {error.strerror}. Name a journal, or an export of one.") from None
    if is_journal:
        return (row.record for row in read_journal(path))
    return _exported(path)


def _exported(path: Path) -> Iterator[Record]:
    head, expected = GENESIS, 1
    with path.open("rb") as file:
        for number, line in enumerate(file, 1):
            try:
                row = _READ_ROW.decode(line)
            except (msgspec.MsgspecError, UnicodeDecodeError):
                raise BooksError(f"Line {number} of {path} is no row of `hoga journal export`.") from None
            payload = bytes(row.record)
            head = chained(head, payload)
            if row.seq != expected or row.hash != head.hex():
                raise BooksError(f"Row {expected} of {path} is missing or was changed. Export the journal again.")
            yield decode(payload, f"row {row.seq} of {path}")
            expected += 1

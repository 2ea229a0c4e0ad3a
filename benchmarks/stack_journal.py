"""hoga's whole bot once more, with a journal: on the disk of this folder, or on one that costs nothing."""

import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from statistics import median
from typing import Any

import stack_hoga

from hoga.run.clock import steady_clock_ns
from hoga.run.desk import Desk
from hoga.run.state.journaling import Journaling
from hoga.store.journal import Journal
from hoga.store.records import CommandsDecided, JournalPort, Record


class Weightless:
    """A journal on a disk that syncs in no time: what is left is the way there and back."""

    def append(self, records: Sequence[Record]) -> None:
        """Take them and forget them."""


class Timed:
    """A journal on the disk that remembers how long each transaction took in which an order waited."""

    def __init__(self, journal: Journal) -> None:
        self.journal = journal
        self.us: list[float] = []

    def append(self, records: Sequence[Record]) -> None:
        """Write them and look at the clock."""
        began_ns = time.perf_counter_ns()
        self.journal.append(records)
        if any(isinstance(record, CommandsDecided) and record.attempts for record in records):
            self.us.append((time.perf_counter_ns() - began_ns) / 1e3)


def ticks(host: str, count: int, keep: str) -> dict[str, object]:
    """The job of `stack_hoga` with `keep`: none, weightless or disk."""
    books: list[Journaling] = []
    with _journal(keep) as journal:

        class Keeping(Desk):
            def __init__(self, **parts: Any) -> None:  # noqa: ANN401 - handed on as they are
                super().__init__(**parts)
                if journal is not None:
                    self.books = Journaling(journal, clock_ns=steady_clock_ns())
                    books.append(self.books)

        stack_hoga.Desk = Keeping  # type: ignore[misc]
        try:
            told = stack_hoga.ticks(host, count)
        finally:
            stack_hoga.Desk = Desk  # type: ignore[misc]
            for one in books:
                one.close()
    return told | {"commit_p50_us": median(journal.us) if isinstance(journal, Timed) else 0}


@contextmanager
def _journal(keep: str) -> Iterator[JournalPort | None]:
    if keep != "disk":
        yield Weightless() if keep == "weightless" else None
        return
    with tempfile.TemporaryDirectory(dir=Path(__file__).parent) as folder:
        journal = Journal.open(Path(folder) / "bench.journal")
        journal.reserve()
        try:
            yield Timed(journal)
        finally:
            journal.close()

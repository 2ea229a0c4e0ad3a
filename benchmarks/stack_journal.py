"""hoga's whole bot once more, with a journal: on the disk of this folder, or on one that costs nothing."""

import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import stack_hoga

from hoga.run.clock import steady_clock_ns
from hoga.run.desk import Desk
from hoga.run.journaling import Journaling
from hoga.store.journal import Journal
from hoga.store.records import JournalPort, Record


class Weightless:
    """A journal on a disk that syncs in no time: what is left is the way there and back."""

    def append(self, records: Sequence[Record]) -> None:
        """Take them and forget them."""


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
    figures = books[0].figures if books else None
    return told | {"commit_p50_us": figures.commit_p50_us if figures else 0}


@contextmanager
def _journal(keep: str) -> Iterator[JournalPort | None]:
    if keep != "disk":
        yield Weightless() if keep == "weightless" else None
        return
    with tempfile.TemporaryDirectory(dir=Path(__file__).parent) as folder:
        journal = Journal.open(Path(folder) / "bench.journal")
        journal.reserve()
        try:
            yield journal
        finally:
            journal.close()

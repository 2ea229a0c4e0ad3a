"""hoga's whole bot once more, with a journal: on the disk of this folder, or on one that costs nothing."""

import asyncio
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from statistics import median
from typing import Any

import stack_hoga

from hoga.model.commands import Command, PlaceOrder
from hoga.run.clock import steady_clock_ns
from hoga.run.desk import Desk
from hoga.run.state.bookkeeping import Bookkeeping, JournalFigures, body_sha256
from hoga.run.state.journaling import WRITE_EVERY_S, Journaling
from hoga.store.journal import Journal
from hoga.store.records import Attempt, CommandsDecided, JournalPort, Record


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


class Inline:
    """Books without a thread: an order's record is written in the event loop itself, and all else waits for the disk.

    Only to be measured: it shows what the way to the thread and back costs. A disk that hesitates would stop the bot.
    """

    def __init__(self, journal: JournalPort) -> None:
        self._journal = journal
        self._waiting: list[Record] = []
        self._is_due = False

    def begin(
        self,
        *,
        release: Callable[[PlaceOrder], None],
        refuse: Callable[[PlaceOrder, str], None],
        failed: Callable[[str], None],
    ) -> None:
        """Nothing to begin."""

    def note(self, record: Record) -> None:
        """Keep it for the next write, which comes as soon as the thread's would."""
        self._waiting.append(record)
        if not self._is_due:
            self._is_due = True
            asyncio.get_running_loop().call_later(WRITE_EVERY_S, self._write)

    def decided(self, number: int, commands: Sequence[Command]) -> Sequence[Command]:
        """Write where there is an order, and let all of them go."""
        orders = [command for command in commands if isinstance(command, PlaceOrder)]
        attempts = tuple(Attempt(order_id=one.order_id, number=1, body_sha256=body_sha256(one)) for one in orders)
        self.note(CommandsDecided(number=number, commands=tuple(commands), at_ns=time.time_ns(), attempts=attempts))
        if orders:
            self._write()
        return commands

    def _write(self) -> None:
        self._is_due = False
        self._journal.append(self._waiting)
        self._waiting.clear()

    def close(self) -> None:
        """Nothing to end."""

    @property
    def figures(self) -> JournalFigures:
        """None are kept."""
        return JournalFigures(0, 0, 0, 0, 0)


def ticks(host: str, count: int, keep: str) -> dict[str, object]:
    """The job of `stack_hoga` with `keep`: none, weightless, disk, or inline."""
    books: list[Bookkeeping] = []
    with _journal(keep) as journal:

        class Keeping(Desk):
            def __init__(self, **parts: Any) -> None:  # noqa: ANN401 - handed on as they are
                super().__init__(**parts)
                if journal is not None:
                    is_inline = keep == "inline"
                    self.books = Inline(journal) if is_inline else Journaling(journal, clock_ns=steady_clock_ns())
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
    if keep not in {"disk", "inline"}:
        yield Weightless() if keep == "weightless" else None
        return
    with tempfile.TemporaryDirectory(dir=Path(__file__).parent) as folder:
        journal = Journal.open(Path(folder) / "bench.journal")
        journal.reserve()
        try:
            yield Timed(journal)
        finally:
            journal.close()

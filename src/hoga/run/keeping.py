"""What a run keeps on disk: its journal and its tape, opened before anything is sent and closed after everything."""

import hashlib
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from msgspec import Struct

from hoga.brain.brain import Brain
from hoga.brain.strategy import Needs
from hoga.model.errors import JournalError
from hoga.model.events import Candle
from hoga.model.version import __version__
from hoga.run.bookkeeping import Bookkeeping
from hoga.run.clock import steady_clock_ns
from hoga.run.config import Settings
from hoga.run.journaling import Journaling
from hoga.run.logs import Log
from hoga.run.remaking import made_of
from hoga.store.journal import Journal
from hoga.store.records import RunBegan
from hoga.store.recovered import Recovered
from hoga.store.recovery import recover


class Kept(Struct):
    """What a run writes to, and what earlier runs left. `books` is None where no journal is kept."""

    clock_ns: Callable[[], int]
    books: Bookkeeping | None = None
    recovered: Recovered = Recovered()

    def begin(self, settings: Settings, needs: Needs, history: Sequence[Candle], id_prefix: str, now_ns: int) -> None:
        """Write down that a run begins, and what its brain is made of."""
        if self.books is None:
            return
        facts = settings.model_dump_json(exclude={"access_key", "secret_key"})
        self.books.note(
            RunBegan(
                run_id=run_id(id_prefix),
                id_prefix=id_prefix,
                version=__version__,
                at_ns=now_ns,
                config_hash=hashlib.sha256(facts.encode()).hexdigest(),
                brain=made_of(settings, needs, history, now_ns),
            )
        )

    def hand_over(self, brain: Brain, log: Log) -> None:
        """Let the brain know what earlier runs left in question."""
        found = self.recovered
        if found.last_run is None:
            return
        log(
            "recovered",
            last_run=found.last_run.run_id,
            ended_by_itself=found.ended_by_itself,
            in_question=len(found.orders),
            abandoned=len(found.abandoned),
            killed=found.kill.reason if found.kill else None,
        )
        for order in found.orders:
            log("order_in_question", order_id=order.order_id, market=order.intent.market, state=order.state)
        if recover_in := getattr(brain, "recover", None):
            recover_in(found)


def run_id(id_prefix: str) -> str:
    """The name of a run: what its order ids begin with."""
    return id_prefix.rstrip("-")


@contextmanager
def keeping(journal_path: Path | None, log: Log) -> Iterator[Kept]:
    """Open the journal, read what earlier runs left, and close it at the end; `JournalError` when it is not sound."""
    clock_ns = steady_clock_ns()
    if journal_path is None:
        yield Kept(clock_ns)
        return
    journal = Journal.open(journal_path)
    books = Journaling(journal, clock_ns=clock_ns)
    try:
        recovered = recover(journal.read(), clock_ns())
        yield Kept(clock_ns, books, recovered)
    finally:
        books.close()
        try:
            journal.close()
        except JournalError as error:
            log("journal_failed", level="error", why=str(error))

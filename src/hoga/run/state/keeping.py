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
from hoga.run.clock import steady_clock_ns
from hoga.run.replaying.remaking import made_of
from hoga.run.screen.logs import Log
from hoga.run.settings.config import Settings
from hoga.run.state.bookkeeping import Bookkeeping
from hoga.run.state.journaling import Journaling
from hoga.run.state.taping import Tape
from hoga.store.journal import Journal
from hoga.store.records import RunBegan
from hoga.store.recovered import Recovered
from hoga.store.recovery import recover, still_watched


class Kept(Struct):
    """What a run writes to, and what earlier runs left. `books` is None where no journal is kept."""

    clock_ns: Callable[[], int]
    books: Bookkeeping | None = None
    recovered: Recovered = Recovered()
    tape_directory: Path | None = None
    tape: Tape | None = None

    def open_tape(self, settings: Settings, id_prefix: str, log: Log) -> Tape | None:
        """Begin the tape of a run, where one is wanted."""
        if self.tape_directory is not None:
            self.tape = Tape(
                self.tape_directory,
                run_id(id_prefix),
                keep_days=settings.tape.keep_days,
                clock_ns=self.clock_ns,
                log=log,
            )
        return self.tape

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
                tape=str(self.tape_directory.absolute()) if self.tape_directory else "",
                config_hash=hashlib.sha256(facts.encode()).hexdigest(),
                brain=made_of(settings, needs, history, now_ns),
            )
        )

    def hand_over(self, brain: Brain, log: Log, now_ns: int) -> None:
        """Let the brain know what earlier runs left in question."""
        found = still_watched(self.recovered, now_ns)
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
        brain.recover(found)


def run_id(id_prefix: str) -> str:
    """The name of a run: what its order ids begin with."""
    return id_prefix.rstrip("-")


@contextmanager
def keeping(
    journal_path: Path | None, tape_directory: Path | None, log: Log, *, is_for_long: bool = True
) -> Iterator[Kept]:
    """Open the journal, read what earlier runs left, and close all at the end; `JournalError` when it is not sound.

    A journal that is kept for long makes room in advance, also for a full disk.
    """
    kept = Kept(steady_clock_ns(), tape_directory=tape_directory)
    journal = None if journal_path is None else Journal.open(journal_path)
    try:
        if journal is not None:
            kept.recovered = recover(journal.read())
            if is_for_long:
                journal.spare.keep()
                journal.reserve()
            spare = journal.spare
            kept.books = Journaling(journal, clock_ns=kept.clock_ns, is_low=lambda: spare.is_given_up)
        yield kept
    finally:
        if kept.tape is not None:
            kept.tape.close()
        if kept.books is not None:
            kept.books.close()
        if journal is not None:
            _close(journal, log)
            journal.spare.end()


def _close(journal: Journal, log: Log) -> None:
    try:
        journal.close()
    except JournalError as error:
        log("journal_failed", level="error", why=str(error))

"""A run once more: its journal and its tape feed a fresh brain, which must answer with the same commands.

The journal has every account event and every decision, each with its number; the tape has the market news and the
numbers under which it was handled. Together they are all the first brain was told. If the same code answers otherwise,
something outside those events had a say in a decision, and nothing proved about the brain can be relied upon.
"""

from collections.abc import Iterable, Sequence
from contextlib import suppress
from pathlib import Path

import msgspec
from msgspec import Struct

from hoga.brain.brain import Brain
from hoga.model.commands import Command
from hoga.model.events import AccountEvent, Event, MarketEvent
from hoga.run.replaying.newsreel import Newsreel, ReplayError
from hoga.run.replaying.remaking import made_again
from hoga.store.journal import read_journal
from hoga.store.records import CommandsDecided, EventHandled, Record, RunBegan, RunEnded, StrategyFailed
from hoga.store.recovery import recover_records
from hoga.store.tape import segments


class Divergence(Struct, frozen=True, kw_only=True):
    """The first event on which the replayed brain answered otherwise, and both answers as JSON."""

    number: int
    event: str
    then: tuple[str, ...]
    now: tuple[str, ...]


class Verdict(Struct, frozen=True, kw_only=True):
    """What a replay found. `lost` are later events that a crash left only one half of."""

    run_id: str
    events: int
    market_events: int
    commands: int
    lost: int = 0
    divergence: Divergence | None = None


class _Run(Struct, kw_only=True):
    """One run as the journal tells it."""

    began: RunBegan
    before: list[Record]
    heard: dict[int, AccountEvent] = {}
    decided: dict[int, tuple[Command, ...]] = {}
    failed: dict[int, StrategyFailed] = {}
    has_ended: bool = False


def replay(journal: Path, run_id: str | None = None, tape: Path | None = None) -> Verdict:
    """Repeat a run (the last one, unless named) and compare; `ReplayError` when too little was kept of it.

    `tape` is the folder of its tape, where it is no longer the one the journal names.
    """
    run = _read_run((row.record for row in read_journal(journal)), run_id, journal)
    if tape is None and not run.began.tape:
        raise ReplayError(f"{run.began.run_id} kept no tape: set directory in [tape], or `hoga demo --tape`.")
    paths = segments(tape or Path(run.began.tape), run.began.run_id)
    if not paths:
        raise ReplayError(f"There is no tape of {run.began.run_id} in {tape or run.began.tape}.")
    return _Replay(run, Newsreel(paths)).play()


def _read_run(records: Iterable[Record], run_id: str | None, journal: Path) -> _Run:
    found: _Run | None = None
    before: list[Record] = []
    for record in records:
        if isinstance(record, RunBegan):
            if found is not None and run_id is not None:
                break
            if run_id in {None, record.run_id}:
                found = _Run(began=record, before=list(before))
        elif found is not None:
            _add(found, record)
        before.append(record)
    if found is None:
        raise ReplayError(f"{journal} knows of no run{f' {run_id}' if run_id else ''}; `hoga journal show` lists them.")
    return found


def _add(run: _Run, record: Record) -> None:
    if isinstance(record, EventHandled):
        run.heard[record.number] = record.event
    elif isinstance(record, CommandsDecided):
        run.decided[record.number] = record.commands
    elif isinstance(record, StrategyFailed):
        run.failed[record.number] = record
    elif isinstance(record, RunEnded):
        run.has_ended = True


class _Replay:
    """Feeds one run to a brain and compares what it answers."""

    def __init__(self, run: _Run, reel: Newsreel) -> None:
        if run.began.brain is None:
            raise ReplayError(f"The journal does not say what the brain of {run.began.run_id} was made of.")
        self._run = run
        self._news = iter(reel)
        self._next: tuple[int, MarketEvent] | None = next(self._news, None)
        self._brain: Brain = made_again(run.began.brain, run.began.id_prefix)
        self._market_events = 0
        self._commands = 0

    def play(self) -> Verdict:
        """Repeat every event, up to the first one that is answered otherwise."""
        earlier = recover_records(self._run.before, self._run.began.at_ns)
        if earlier.last_run is not None:
            self._brain.recover(earlier)
        number, event = 0, None
        divergence = self._compare(0, None, self._brain.start(), raised=False)
        while divergence is None and not self._brain.stopped:
            event = self._event(number + 1)
            if event is None or self._overran(number + 1):
                break
            number += 1
            divergence = self._handle(number, event)
        return Verdict(
            run_id=self._run.began.run_id,
            events=number,
            market_events=self._market_events,
            commands=self._commands,
            lost=0 if divergence else self._lost(number),
            divergence=divergence,
        )

    def _overran(self, number: int) -> bool:
        """Tell whether the strategy was stopped over this event for want of time, which no replay can repeat."""
        failed = self._run.failed.get(number)
        return failed is not None and failed.overran

    def _event(self, number: int) -> Event | None:
        if self._next is not None and self._next[0] == number:
            self._market_events += 1
            event, self._next = self._next[1], next(self._news, None)
            return event
        return self._run.heard.get(number)

    def _handle(self, number: int, event: Event) -> Divergence | None:
        decided: Sequence[Command] = ()
        raised = True
        with suppress(Exception):  # a strategy that raises is judged below: it must have raised then, too
            decided = self._brain.handle(event)
            raised = False
        failed = self._run.failed.get(number)
        if raised and failed is not None:
            decided = self._brain.strategy_failed(failed.error, failed.at_ns)
        self._brain.take_notes()
        return self._compare(number, event, decided, raised=raised)

    def _compare(
        self, number: int, event: Event | None, decided: Sequence[Command], *, raised: bool
    ) -> Divergence | None:
        then, now = _spelt(self._run.decided.get(number, ())), _spelt(decided)
        self._commands += len(now)
        raised_then = number in self._run.failed
        if then == now and raised == raised_then:
            return None
        told = "the start" if event is None else f"{type(event).__name__} {event!r}"
        return Divergence(
            number=number,
            event=told,
            then=(*then, *(("the strategy raised",) if raised_then else ())),
            now=(*now, *(("the strategy raised",) if raised else ())),
        )

    def _lost(self, number: int) -> int:
        """Count what is known of later events; only a run that was cut off may leave such halves."""
        later = sum(1 for known in self._run.heard if known > number) + (self._next is not None)
        if later and self._run.has_ended and not self._overran(number + 1):
            raise ReplayError(f"Event {number + 1:,} stands neither in the journal nor on the tape.")
        return later


def _spelt(commands: Sequence[Command]) -> tuple[str, ...]:
    return tuple(msgspec.json.encode(command).decode() for command in commands)

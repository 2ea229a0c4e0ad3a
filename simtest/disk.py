"""The journal's disk in memory: what is synced stays, what is under way when the power goes is there or not by chance.

A transaction is whole or not there at all, as SQLite's log promises; that the real journal keeps this promise when
pages are lost and torn is shown by `simtest.powercut`.
"""

import hashlib
import re
from collections.abc import Callable, Sequence
from random import Random
from types import SimpleNamespace
from typing import cast

from msgspec import Struct

from hoga.model.commands import OrderId, PlaceOrder
from hoga.model.errors import JournalError
from hoga.run.state.journaling import Journaling, _Held
from hoga.store.records import CommandsDecided, Record, Row, decode, encode, kind_of
from hoga.store.recovered import Recovered
from hoga.store.recovery import _OPEN, _Reader
from simtest.loop import VirtualLoop

_IDENTIFIER = re.compile(rb'"identifier":"([^"]+)"')

#: Records that nobody waits for are written after so long.
LAZY_S = 0.05


class Moods(Struct, kw_only=True):
    """How the disk is now: seconds of a sync, and the chance that one fails for good."""

    sync_s: tuple[float, float] = (0.0005, 0.005)
    slow: float = 0.0
    slow_s: float = 8.0
    fails: float = 0.0


class Disk:
    """What survives. Every record goes through the journal's own bytes on its way."""

    def __init__(self, seed: str) -> None:
        self.chance = Random(f"{seed}:disk")
        self.moods = Moods()
        self.rows: list[Row] = []
        self.placed: set[str] = set()
        self.taken: dict[str, int] = {}
        self.on_point: Callable[[], None] | None = None
        self._head = b""
        self._under_way: list[Record] = []
        self._reader = _Reader()

    def begin(self, records: Sequence[Record]) -> float:
        """Start a transaction; gives the seconds until it is synced, `JournalError` when the disk refuses."""
        if self._strikes("fails", self.moods.fails):
            raise JournalError("No space left on device")
        self._under_way = list(records)
        self._point()
        if self._strikes("slow", self.moods.slow):
            return self.chance.uniform(0.2, self.moods.slow_s)
        return self.chance.uniform(*self.moods.sync_s)

    def commit(self) -> None:
        """The transaction under way is durable."""
        self._point()
        self._keep()
        self._point()

    def _keep(self) -> None:
        for record in self._under_way:
            payload = encode(record)
            self._head = hashlib.sha256(self._head + payload).digest()
            self.rows.append(Row(seq=len(self.rows) + 1, kind=kind_of(record), payload=payload, hash=self._head))
            read = decode(payload, f"row {len(self.rows)}")
            self._reader.take(read)
            if isinstance(read, CommandsDecided):
                self.placed.update(command.order_id for command in read.commands if isinstance(command, PlaceOrder))
        self._under_way = []

    def lose_power(self, *, keeps: bool | None = None) -> None:
        """What was not synced is there all the same, or lost: `keeps` says which, or chance does."""
        if not self._under_way:
            return
        if self.chance.random() < 0.5 if keeps is None else keeps:
            self._count("kept unsynced")
            self._keep()
        else:
            self._count("lost unsynced")
            self._under_way = []

    def recovered(self, now_ns: int) -> Recovered:
        """What a new run is told, as `hoga.store.recovery` reads it."""
        return self._reader.recovered(now_ns)

    def has_in_question(self, name: str) -> bool:
        """Tell whether a new run would be told of this order as one whose end is not known."""
        card = self._reader._cards.get(OrderId(name))
        return card is not None and card.state in _OPEN

    def has_intent(self, request: bytes) -> str:
        """Name the order of a request that is not on the disk, or nothing."""
        found = _IDENTIFIER.search(request)
        name = "an order without an identifier" if found is None else found[1].decode()
        return "" if name in self.placed else name

    def _point(self) -> None:
        """A moment between two things the disk does, for those who end lives at each of them."""
        if self.on_point is not None:
            self.on_point()

    def _strikes(self, name: str, share: float) -> bool:
        if share <= 0 or self.chance.random() >= share:
            return False
        self._count(name)
        return True

    def _count(self, name: str) -> None:
        self.taken[f"disk.{name}"] = self.taken.get(f"disk.{name}", 0) + 1


class Books(Journaling):
    """The product's journaling with turns of the simulated loop in place of its thread."""

    def __init__(self, disk: Disk, loop: VirtualLoop, clock_ns: Callable[[], int]) -> None:
        super().__init__(disk, clock_ns=clock_ns)  # type: ignore[arg-type]  # it is never asked to append
        self._disk = disk
        self._virtual = loop
        self._is_syncing = False
        self._is_called = False
        self._wake = cast("Event", SimpleNamespace(set=self._call))  # type: ignore[name-defined]  # noqa: F821

    def begin(
        self,
        *,
        release: Callable[[PlaceOrder], None],
        refuse: Callable[[PlaceOrder, str], None],
        failed: Callable[[str], None],
    ) -> None:
        """Start without a thread."""
        self._release, self._refuse, self._tell_failed = release, refuse, failed
        self._loop = self._virtual
        self._call()

    def note(self, record: Record) -> None:
        """Write a record soon."""
        super().note(record)
        if not self._is_called and hasattr(self, "_release"):
            self._is_called = True
            self._virtual.call_later(LAZY_S, self._write)

    def close(self) -> None:
        """Write what waits, at once."""
        if self._is_syncing:
            self._disk.commit()
        records, _ = self._collect()
        if records and self.failure is None:
            try:
                self._disk.begin(records)
            except JournalError as error:
                self.failure = str(error)
            else:
                self._disk.commit()

    def _call(self) -> None:
        self._virtual.call_soon(self._write)

    def _write(self) -> None:
        self._is_called = False
        if self._is_syncing or self.failure is not None:
            return
        records, held = self._collect()
        if not records and not held:
            return
        try:
            after_s = self._disk.begin(records)
        except JournalError as error:
            self._fail(str(error), held)
            return
        self._is_syncing = True
        self._virtual.call_later(after_s, self._synced, held)

    def _synced(self, held: list[_Held]) -> None:
        self._disk.commit()
        self._is_syncing = False
        self._let_go(held)
        if self._waiting:
            self._write()

    def _collect(self) -> tuple[list[Record], list[_Held]]:
        records: list[Record] = []
        held: list[_Held] = []
        for item in self._drained():
            if isinstance(item, _Held):
                held.append(item)
            else:
                records.append(self._with_attempts(item) if isinstance(item, CommandsDecided) else item)
        return records, held

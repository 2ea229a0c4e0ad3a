"""What the journal holds, one record a row: what was handled, what was decided, and what happened to the run itself.

Every event the brain handled has a number; so have the commands it answered with. Account events stand here whole.
Market news does not: the tape holds it, with the number under which each was handled.
"""

from collections.abc import Sequence
from typing import Protocol

import msgspec
from msgspec import Struct

from hoga.model.commands import Command, OrderId, VenueOrderId
from hoga.model.errors import JournalError
from hoga.model.events import AccountEvent, Candle
from hoga.model.recovered import MoneyMemory


class BrainMade(Struct, frozen=True, kw_only=True):
    """All that a brain was made of, so that the same one can be made again for a replay."""

    strategy: str
    params: dict[str, object]
    risk: dict[str, object]
    markets: tuple[str, ...]
    now_ns: int
    reconcile_every_s: float
    candle_units_s: tuple[int, ...] = ()
    history: tuple[Candle, ...] = ()
    account: str = ""


class RunBegan(Struct, frozen=True, kw_only=True, tag=True):
    """A run opened the journal. `run_id` names it and its tape; every order id of the run begins with `id_prefix`.

    `tape` is the folder its frames are kept in, empty where they are not.
    """

    run_id: str
    id_prefix: str
    version: str
    at_ns: int
    config_hash: str = ""
    tape: str = ""
    brain: BrainMade | None = None


class EventHandled(Struct, frozen=True, kw_only=True, tag=True):
    """The brain handled this account event as its `number`-th event."""

    number: int
    event: AccountEvent


class Attempt(Struct, frozen=True, kw_only=True):
    """One sending of one order: how often it was sent with this, and the SHA-256 of the text its token signs."""

    order_id: OrderId
    number: int
    body_sha256: str = ""


class CommandsDecided(Struct, frozen=True, kw_only=True, tag=True):
    """The brain answered its `number`-th event with these commands; 0 is the start, before any event.

    No order of it may leave before this record is durable. `attempts` has one entry for each order in it.
    """

    number: int
    commands: tuple[Command, ...]
    at_ns: int = 0
    attempts: tuple[Attempt, ...] = ()


class StrategyFailed(Struct, frozen=True, kw_only=True, tag=True):
    """The strategy raised while the brain handled its `number`-th event, or was stopped because its time was over."""

    number: int
    error: str
    at_ns: int
    overran: bool = False


class OrderAbandoned(Struct, frozen=True, kw_only=True, tag=True):
    """The venue was proven not to have this order; it is watched for a day all the same."""

    order_id: OrderId
    at_ns: int


class OrderWrittenOff(Struct, frozen=True, kw_only=True, tag=True):
    """A person looked at the venue and says that this order is over, of which the venue itself tells no end."""

    order_id: OrderId
    at_ns: int
    by: str = ""


class Corrected(Struct, frozen=True, kw_only=True, tag=True):
    """Our own books were wrong and were set to what the venue says: of what, from what, to what."""

    number: int
    what: str
    was: str
    now: str
    at_ns: int = 0


class MoneyNoted(Struct, frozen=True, kw_only=True, tag=True):
    """What the limits over a day and over all days go by after the `number`-th event; the newest one holds."""

    number: int
    memory: MoneyMemory
    at_ns: int = 0


#: Who pulled the kill switch when a limit over the money did.
BY_LIMITS = "the risk limits"


class KillPulled(Struct, frozen=True, kw_only=True, tag=True):
    """Somebody pulled the kill switch; no new order leaves, in this run or a later one, until it is released."""

    reason: str
    at_ns: int
    by: str = ""


class KillReleased(Struct, frozen=True, kw_only=True, tag=True):
    """A person released the kill switch."""

    at_ns: int
    by: str = ""
    reason: str = ""


class RunEnded(Struct, frozen=True, kw_only=True, tag=True):
    """The run came to its end by itself; `left_open` are our orders that may still be open at the venue.

    `venue_ids` are the venue's names for them, in the same order; None where it never told one.
    """

    left_open: tuple[OrderId, ...] = ()
    venue_ids: tuple[VenueOrderId | None, ...] = ()
    run_id: str = ""
    at_ns: int = 0


Record = (
    RunBegan
    | EventHandled
    | CommandsDecided
    | StrategyFailed
    | OrderAbandoned
    | OrderWrittenOff
    | Corrected
    | MoneyNoted
    | KillPulled
    | KillReleased
    | RunEnded
)


class Row(Struct, frozen=True, kw_only=True):
    """A record as it stands in the journal: `hash` is the SHA-256 of the row before it and of `payload`."""

    seq: int
    kind: str
    payload: bytes
    hash: bytes

    @property
    def record(self) -> Record:
        """What the row says."""
        return decode(self.payload, f"row {self.seq}")


class JournalPort(Protocol):
    """Where records become durable."""

    def append(self, records: Sequence[Record]) -> None:
        """Return when all of them are durable, together; `JournalError` when that cannot be promised."""


_DECODER = msgspec.json.Decoder(Record)
encode = msgspec.json.Encoder().encode


def kind_of(record: Record) -> str:
    """The name of a record's kind, as it stands in the journal."""
    return type(record).__name__


def decode(payload: bytes, place: str) -> Record:
    """Read a record; `JournalError` with the place when it cannot be read."""
    try:
        record: Record = _DECODER.decode(payload)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as fault:
        raise JournalError(f"The journal cannot be read at {place}: {fault}") from None
    return record

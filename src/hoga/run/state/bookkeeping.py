"""What of a run is written down, and the one door a desk writes it through."""

import hashlib
from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from typing import Protocol

from msgspec import Struct

from hoga.brain.notes import Note
from hoga.brain.summary import Summary
from hoga.model.commands import Command, OrderId, PlaceOrder, VenueOrderId
from hoga.model.errors import HogaError
from hoga.model.events import Announcement, Candle, MarketEvent, Orderbook, Ticker, Trade
from hoga.model.money import plain
from hoga.model.orders import Order, OrderState
from hoga.store.records import Corrected, OrderAbandoned, Record, RunEnded
from hoga.upbit import dialect

#: What is on the tape; everything else goes into the journal whole.
MARKET_NEWS = (Trade, Ticker, Orderbook, Candle, Announcement)


class JournalFigures(Struct, frozen=True):
    """What a journal has been through in this run; commits in microseconds."""

    records: int
    commits: int
    commit_p50_us: int
    commit_p99_us: int
    refused: int


class Bookkeeping(Protocol):
    """What a desk needs of a journal; `Journaling` is the one with a thread, a simulation has its own."""

    def begin(
        self,
        *,
        release: Callable[[PlaceOrder], None],
        refuse: Callable[[PlaceOrder, str], None],
        failed: Callable[[str], None],
    ) -> None:
        """Start on the running event loop; all three are called there.

        `release` gets each order that may leave, `refuse` each that may not and why, `failed` hears once of a disk
        that refuses.
        """

    def note(self, record: Record) -> None:
        """Write a record soon; nobody waits for it."""

    def decided(self, number: int, commands: Sequence[Command]) -> Sequence[Command]:
        """Write what the brain decided on its `number`-th event; give back what may be sent at once.

        New orders are held until the record is durable; then `release` hears of them, or `refuse`.
        """

    def close(self) -> None:
        """Write what waits, and end."""

    @property
    def figures(self) -> JournalFigures:
        """Counts and times so far."""


class Taping(Protocol):
    """What a desk needs of a tape: to be told which news the brain handled, and as its which event."""

    frames: int
    dropped: int

    def handled(self, number: int, event: MarketEvent) -> None:
        """The brain handles this as its `number`-th event."""


def record_of(note: Note, number: int, at_ns: int) -> Record | None:
    """What of the brain's notes must outlive the log: an order given up, our books corrected."""
    fields = note.fields
    if note.event == "order_state" and fields.get("now") == OrderState.ABANDONED:
        return OrderAbandoned(order_id=OrderId(str(fields["order_id"])), at_ns=at_ns)
    if note.event == "ledger_corrected":
        now, difference = fields["now"], fields["difference"]
        assert isinstance(now, Decimal), "a balance is money"
        assert isinstance(difference, Decimal), "so is what it was off by"
        return Corrected(
            number=number, what=str(fields["currency"]), was=plain(now - difference), now=plain(now), at_ns=at_ns
        )
    return None


def body_sha256(order: PlaceOrder) -> str:
    """SHA-256 of the text an order's token signs; empty for an order that cannot be spelled and so never leaves."""
    try:
        requests = dialect.requests_for(order)
    except HogaError:
        return ""
    return hashlib.sha256("".join(request.hashed for request in requests).encode()).hexdigest()


def end_of(summary: Summary, orders: Mapping[OrderId, Order], at_ns: int) -> RunEnded:
    """The last record of a run."""
    left = summary.left_open
    return RunEnded(run_id=summary.run_id, left_open=left, venue_ids=venue_ids(left, orders), at_ns=at_ns)


def venue_ids(order_ids: Sequence[OrderId], orders: Mapping[OrderId, Order]) -> tuple[VenueOrderId | None, ...]:
    """What the venue calls these orders; None where it never told."""
    return tuple(order.venue_id if (order := orders.get(one)) else None for one in order_ids)

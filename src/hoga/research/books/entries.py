"""One fill as the books hold it, and how fills are gathered from what journals say.

A fill is booked once, by its order and its trade id, however many journals and answers tell of it. What one telling
lacks (the fee in a trade list) is taken from another. Where the exchange told the fee of a whole order and every fill
of it is known, what no fill's own fee explains is shared by funds, to the last digit. Any other fee is unknown.
"""

from collections.abc import Iterable, Iterator
from decimal import Decimal

from msgspec import Struct
from msgspec.structs import replace

from hoga.model.commands import Side
from hoga.model.events import AccountEvent, Fill, OrderReport, OrderStateSeen
from hoga.model.money import ZERO, exactly, share_of
from hoga.research.data.errors import DataError
from hoga.store.records import EventHandled, Record

_ENDED = {OrderStateSeen.DONE, OrderStateSeen.CANCEL, OrderStateSeen.PREVENTED}
_MS = 1_000_000


class BooksError(DataError):
    """The books cannot be made of what was given: what is wrong with which file, and what to do."""


class Entry(Struct, frozen=True, kw_only=True):
    """One fill. `fee` is None where nobody told it; `is_fee_shared` where it is a share of the order's.

    `order_id` is empty for orders placed by hand. `source` names the journal or run it was first read in.
    """

    trade_id: str
    venue_id: str
    order_id: str
    market: str
    side: Side
    price: Decimal
    volume: Decimal
    fee: Decimal | None
    is_maker: bool | None
    at_ms: int
    source: str = ""
    is_fee_shared: bool = False

    @property
    def funds(self) -> Decimal:
        """Price times volume, the fee apart."""
        return self.price * self.volume


class _Told(Struct):
    """What the exchange said of one whole order, the most of it."""

    executed_volume: Decimal = ZERO
    paid_fee: Decimal | None = None
    is_ended: bool = False


class Gathering:
    """Joins what several journals, or one result, say of fills."""

    def __init__(self) -> None:
        self._entries: dict[tuple[str, str], Entry] = {}
        self._orders: dict[str, _Told] = {}

    def read(self, records: Iterable[Record], source: str) -> None:
        """Take in every fill of a journal."""
        for record in records:
            if isinstance(record, EventHandled):
                self._hear(record.event, source)

    def add(self, fill: Fill, source: str) -> None:
        """Take in one fill; `BooksError` when the same trade was told otherwise before."""
        told = Entry(
            trade_id=fill.trade_id,
            venue_id=fill.venue_id,
            order_id=fill.order_id or "",
            market=fill.market,
            side=fill.side,
            price=fill.price,
            volume=fill.volume,
            fee=fill.fee,
            is_maker=fill.is_maker,
            at_ms=fill.trade_timestamp_ms or fill.received_ns // _MS,
            source=source,
        )
        key = (told.venue_id, told.trade_id)
        known = self._entries.get(key)
        self._entries[key] = told if known is None else _joined(known, told)

    def entries(self) -> list[Entry]:
        """Every fill, oldest first; those of one moment in the order in which they were told."""
        with exactly():
            by_order: dict[str, list[Entry]] = {}
            for entry in self._entries.values():
                by_order.setdefault(entry.venue_id, []).append(entry)
            shared = {
                (entry.venue_id, entry.trade_id): entry
                for venue_id, fills in by_order.items()
                for entry in _with_shares(fills, self._orders.get(venue_id, _Told()))
            }
        # The order in which they were told is kept; sorting by time leaves it where times are equal.
        return sorted((shared[key] for key in self._entries), key=lambda entry: entry.at_ms)

    def _hear(self, event: AccountEvent, source: str) -> None:
        if isinstance(event, Fill):
            self.add(event, source)
        for report in _reports(event):
            told = self._orders.setdefault(report.venue_id, _Told())
            told.executed_volume = max(told.executed_volume, report.executed_volume or ZERO)
            told.is_ended = told.is_ended or report.state in _ENDED
            if report.paid_fee is not None:
                told.paid_fee = max(told.paid_fee or ZERO, report.paid_fee)
            for fill in report.trades or ():
                self.add(replace(fill, order_id=fill.order_id or report.order_id), source)


def _reports(event: AccountEvent) -> Iterator[OrderReport]:
    one = getattr(event, "report", None)
    if isinstance(one, OrderReport):
        yield one
    yield from getattr(event, "reports", ())


def _joined(known: Entry, told: Entry) -> Entry:
    same = ("market", "side", "price", "volume")
    if any(getattr(known, name) != getattr(told, name) for name in same):
        raise BooksError(
            f"Trade {told.trade_id} of {told.market} is {known.volume} at {known.price} in {known.source} and"
            f" {told.volume} at {told.price} in {told.source}. Are these journals of different exchanges?"
            " Keep those of one exchange in one book."
        )
    better = told if known.fee is None and told.fee is not None else known
    return replace(
        better,
        order_id=known.order_id or told.order_id,
        is_maker=told.is_maker if known.is_maker is None else known.is_maker,
        source=known.source,
    )


def _with_shares(fills: list[Entry], order: _Told) -> Iterator[Entry]:
    """The fills of one order; those without a fee get their share where the order's fee is known for sure."""
    missing = [fill for fill in fills if fill.fee is None]
    volume = sum((fill.volume for fill in fills), ZERO)
    if not missing or order.paid_fee is None or not order.is_ended or volume != order.executed_volume:
        yield from fills
        return
    left = order.paid_fee - sum((fill.fee or ZERO for fill in fills), ZERO)
    funds = sum((fill.funds for fill in missing), ZERO)
    for fill in fills:
        if fill.fee is not None or left < 0:
            yield fill
            continue
        share = share_of(left, fill.funds, funds)
        left, funds = left - share, funds - fill.funds
        yield replace(fill, fee=share, is_fee_shared=True)

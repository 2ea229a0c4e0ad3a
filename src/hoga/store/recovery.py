"""What a journal proves about our orders: every one that may still be open, and what is known of it.

Theory. An order is ours from the moment its record is durable, and it stays in question until the venue has been heard
to say how it ended and every fill it speaks of has been heard too. Evidence is joined, never believed by turn: fills
are a set by trade id, executed volume is the greatest seen. What the journal does not prove is not guessed: an order
without an end is in question, whatever the time.
"""

from collections.abc import Iterable

from msgspec.structs import replace

from hoga.model.commands import CancelOrder, CancelOrders, OrderId, PlaceOrder, Side, VenueOrderId
from hoga.model.events import (
    AccountEvent,
    Fill,
    OpenOrdersReported,
    OrderAccepted,
    OrderLost,
    OrderRejected,
    OrderReport,
    OrderReported,
    OrderStateSeen,
    OrderUpdated,
)
from hoga.model.money import ZERO
from hoga.model.orders import OrderState
from hoga.store.cards import Card
from hoga.store.money import MoneyReader, MoneyRecord
from hoga.store.records import (
    CommandsDecided,
    EventHandled,
    KillPulled,
    KillReleased,
    OrderAbandoned,
    OrderWrittenOff,
    Record,
    Row,
    RunBegan,
    RunEnded,
)
from hoga.store.recovered import FillTotals, Recovered

#: An order that the venue was proven not to have is watched this long: a late proof of existence must find it.
WATCH_NS = 24 * 3600 * 1_000_000_000

#: Ended orders kept while reading, so that late news of them is known for what it is.
KEPT_ENDED = 20_000

_ENDS = {OrderStateSeen.DONE: OrderState.DONE, OrderStateSeen.CANCEL: OrderState.CANCELLED}


def recover(rows: Iterable[Row], now_ns: int = 0) -> Recovered:
    """Read the rows of a journal, oldest first, to what a new run must know.

    `now_ns` ends the watch over abandoned orders; 0 lets none end.
    """
    reader = _Reader()
    for row in rows:
        reader.take(row.record)
    return reader.recovered(now_ns)


def recover_records(records: Iterable[Record], now_ns: int = 0) -> Recovered:
    """The same for records that are in no journal (yet)."""
    reader = _Reader()
    for record in records:
        reader.take(record)
    return reader.recovered(now_ns)


def still_watched(found: Recovered, now_ns: int) -> Recovered:
    """The same without abandoned orders whose day is over."""
    watched = tuple(order for order in found.abandoned if order.abandoned_ns > now_ns - WATCH_NS)
    return replace(found, abandoned=watched)


_OPEN = frozenset({OrderState.SENDING, OrderState.UNKNOWN, OrderState.WORKING, OrderState.PARTIAL})


class _Reader:
    """Joins the records of a journal, one after another."""

    def __init__(self) -> None:
        self._cards: dict[OrderId, Card] = {}
        self._by_venue: dict[VenueOrderId, OrderId] = {}
        self._ended: dict[OrderId, None] = {}
        self._totals: dict[str, FillTotals] = {}
        self._prefixes: dict[str, None] = {}
        self._kill: KillPulled | None = None
        self._run: RunBegan | None = None
        self._end: RunEnded | None = None
        self._money = MoneyReader()
        self._rows = 0

    def take(self, record: Record) -> None:
        """Learn from one record."""
        self._rows += 1
        if isinstance(record, MoneyRecord):
            self._money.take(record)
        if isinstance(record, EventHandled):
            self._hear(record.event)
        elif isinstance(record, CommandsDecided):
            self._decided(record)
        elif isinstance(record, OrderAbandoned | OrderWrittenOff):
            if card := self._cards.get(record.order_id):
                card.abandoned_ns = record.at_ns
                card.written_off |= isinstance(record, OrderWrittenOff)
        elif isinstance(record, RunBegan):
            self._run, self._end = record, None
            self._prefixes[record.id_prefix] = None
        elif isinstance(record, RunEnded):
            self._end = record
        elif isinstance(record, KillPulled):
            self._kill = record
        elif isinstance(record, KillReleased):
            self._kill = None

    def recovered(self, now_ns: int) -> Recovered:
        """What is known now."""
        cards = list(self._cards.values())
        watched_since_ns = now_ns - WATCH_NS if now_ns else 0
        return Recovered(
            orders=tuple(card.told() for card in cards if card.state in _OPEN),
            abandoned=tuple(
                card.told()
                for card in cards
                if card.state is OrderState.ABANDONED and card.abandoned_ns > watched_since_ns
            ),
            kill=self._kill,
            money=self._money.known,
            totals=self._totals,
            id_prefixes=tuple(self._prefixes),
            last_run=self._run,
            last_end=self._end,
            rows=self._rows,
        )

    # ------------------------------------------------ what we did

    def _decided(self, record: CommandsDecided) -> None:
        for command in record.commands:
            if isinstance(command, PlaceOrder):
                self._place(command, record.at_ns)
            elif isinstance(command, CancelOrder):
                self._cancel(self._find(command.order_id, command.venue_id))
            elif isinstance(command, CancelOrders):
                for venue_id in command.venue_ids:
                    self._cancel(self._find(None, venue_id))

    def _place(self, intent: PlaceOrder, at_ns: int) -> None:
        known = self._cards.get(intent.order_id)
        if known is not None:
            # The same order once more: what was heard of the first attempt proves nothing about this one.
            known.attempts += 1
            known.lost, known.rejected, known.abandoned_ns = True, False, 0
            self._ended.pop(intent.order_id, None)
            return
        run_id = self._run.run_id if self._run else ""
        self._cards[intent.order_id] = Card(intent=intent, decided_ns=at_ns, run_id=run_id)

    def _cancel(self, card: Card | None) -> None:
        if card is not None:
            card.cancel_asked = True

    # ------------------------------------------------ what we heard

    def _hear(self, event: AccountEvent) -> None:
        if isinstance(event, OrderAccepted | OrderReported):
            if event.report is not None:
                self._report(self._find(event.order_id, event.report.venue_id), event.report)
        elif isinstance(event, OrderUpdated):
            self._report(self._find(event.report.order_id, event.report.venue_id), event.report)
        elif isinstance(event, Fill):
            self._fill(event)
        elif isinstance(event, OpenOrdersReported):
            for report in event.reports:
                self._report(self._find(report.order_id, report.venue_id), report)
        elif isinstance(event, OrderRejected):
            self._rejected(event)
        elif isinstance(event, OrderLost) and (card := self._find(event.order_id, None)):
            card.lost = True

    def _rejected(self, event: OrderRejected) -> None:
        card = self._find(event.order_id, None)
        # A refusal of a second attempt, or after a lost answer, says nothing of the first.
        if card is not None and card.attempts == 1 and not card.lost and not card.exists:
            card.rejected = True
            self._note_end(card)

    def _fill(self, fill: Fill) -> None:
        card = self._find(fill.order_id, fill.venue_id)
        if card is None:
            return
        self._exists(card, fill.venue_id)
        self._count(card, fill)
        if fill.report is not None:
            self._report(card, fill.report)

    def _report(self, card: Card | None, report: OrderReport) -> None:
        if card is None:
            return
        self._exists(card, report.venue_id)
        for fill in report.trades or ():
            self._count(card, fill)
        card.executed_volume = max(card.executed_volume, report.executed_volume or ZERO)
        card.paid_fee = max(card.paid_fee, report.paid_fee or ZERO)
        if end := _ENDS.get(report.state):
            card.ended = end
            self._note_end(card)

    def _exists(self, card: Card, venue_id: VenueOrderId) -> None:
        card.exists, card.venue_id, card.written_off = True, venue_id, False
        self._by_venue[venue_id] = card.intent.order_id

    def _count(self, card: Card, fill: Fill) -> None:
        known = card.fills.get(fill.trade_id)
        if known is not None and (known.fee is not None or fill.fee is None):
            return
        card.fills[fill.trade_id] = fill
        totals = self._totals.setdefault(fill.market, FillTotals())
        totals.fees += fill.fee or ZERO
        if known is not None:
            return  # only its fee was new
        totals.fills += 1
        if fill.side is Side.BUY:
            totals.bought += fill.volume
            totals.paid += fill.price * fill.volume
        else:
            totals.sold += fill.volume
            totals.received += fill.price * fill.volume
        card.executed_volume = max(card.executed_volume, sum((one.volume for one in card.fills.values()), ZERO))

    def _find(self, order_id: OrderId | None, venue_id: VenueOrderId | None) -> Card | None:
        if order_id is not None and order_id in self._cards:
            return self._cards[order_id]
        known = self._by_venue.get(venue_id) if venue_id is not None else None
        return None if known is None else self._cards.get(known)

    def _note_end(self, card: Card) -> None:
        """Remember that an order has ended, and forget the one that ended first when there are too many."""
        self._ended[card.intent.order_id] = None
        while len(self._ended) > KEPT_ENDED:
            oldest = next(iter(self._ended))
            del self._ended[oldest]
            old = self._cards.get(oldest)
            if old is not None and old.state not in _OPEN:
                del self._cards[oldest]
                if old.venue_id is not None:
                    self._by_venue.pop(old.venue_id, None)

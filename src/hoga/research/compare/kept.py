"""What a journal and a tape kept of one run, as far as a comparison needs it."""

from collections.abc import Iterable, Iterator, Mapping
from decimal import Decimal
from pathlib import Path

from msgspec import Struct

from hoga.model.commands import OrderId, PlaceOrder
from hoga.model.errors import HogaError
from hoga.model.events import (
    AccountEvent,
    AccountsReported,
    Balance,
    BalanceChanged,
    FeedDown,
    FeedUp,
    Fill,
    MarketEvent,
    MarketReported,
    OrderAccepted,
    OrderRejected,
    OrderReport,
    OrderReported,
    OrderUpdated,
    RejectReason,
    Stream,
    Ticker,
    Trade,
)
from hoga.model.market import Market
from hoga.model.money import ZERO
from hoga.research.compare.orders import Done
from hoga.store.journal import read_journal
from hoga.store.newsreel import Reel
from hoga.store.records import BrainMade, CommandsDecided, EventHandled, Record, RunBegan
from hoga.store.tape import segments
from hoga.upbit.stream.frames import decode_frame


class CompareError(HogaError):
    """A run cannot be compared from what was kept of it; the text says what is missing."""


class Hole(Struct, frozen=True):
    """A stretch of time of which the run, or its tape, has no market news (nanoseconds since 1970)."""

    begin_ns: int
    end_ns: int


class Refusal(Struct, frozen=True):
    """The exchange, or the way to it, did not take an order of the run."""

    intent: PlaceOrder
    decided_ns: int
    answer: OrderRejected


class KeptRun(Struct, kw_only=True):
    """One run. `told` are its account events by number; `round_trips` are (decided, answered after) of its orders."""

    began: RunBegan
    made: BrainMade
    paths: list[Path]
    told: dict[int, AccountEvent]
    orders: dict[OrderId, Done]
    refusals: list[Refusal]
    round_trips: list[tuple[int, int]]
    markets: dict[str, Market]
    starting: dict[str, Balance]
    ending: dict[str, Balance]
    prices: dict[str, Decimal]
    holes: list[Hole]
    end_ns: int
    frames: int


def kept_run(journal: Path, run_id: str | None = None, tape: Path | None = None) -> KeptRun:
    """Read a run (the last one, unless named); `CompareError` when too little was kept of it."""
    began, records = _records_of(journal, run_id)
    if began.brain is None:
        raise CompareError(f"The journal does not say what the brain of {began.run_id} was made of.")
    if tape is None and not began.tape:
        raise CompareError(f"{began.run_id} kept no tape: set directory in [tape], or use --venue paper.")
    paths = segments(tape or Path(began.tape), began.run_id)
    if not paths:
        raise CompareError(f"There is no tape of {began.run_id} in {tape or began.tape}.")
    told = {one.number: one.event for one in records if isinstance(one, EventHandled)}
    reader = _Reader(told)
    reader.read_tape(paths)
    reader.read_orders(records, began.brain.now_ns)
    starting = next((one for one in told.values() if isinstance(one, AccountsReported)), None)
    if starting is None:
        raise CompareError(f"{began.run_id} never heard of its balances: there is nothing to compare.")
    return KeptRun(
        began=began,
        made=began.brain,
        paths=paths,
        told=told,
        orders=reader.orders,
        refusals=reader.refusals,
        round_trips=reader.round_trips,
        markets=_markets(told.values()),
        starting={one.currency: one for one in starting.balances},
        ending=_balances(told.values()),
        prices=reader.prices,
        holes=sorted((*reader.holes, *_silences(told)), key=lambda hole: hole.begin_ns),
        end_ns=reader.end_ns,
        frames=reader.frames,
    )


def _records_of(journal: Path, run_id: str | None) -> tuple[RunBegan, list[Record]]:
    found: RunBegan | None = None
    records: list[Record] = []
    for row in read_journal(journal):
        record = row.record
        if isinstance(record, RunBegan):
            if found is not None and run_id is not None:
                break
            if run_id in {None, record.run_id}:
                found, records = record, []
        elif found is not None:
            records.append(record)
    if found is None:
        named = f" {run_id}" if run_id else ""
        raise CompareError(f"{journal} knows of no run{named}; `hoga journal show` lists them.")
    return found, records


class _Reader:
    """Joins what stands in the journal with the times of the tape."""

    def __init__(self, told: Mapping[int, AccountEvent]) -> None:
        self._told = told
        self._at_ns: dict[int, int] = {number: event.received_ns for number, event in told.items()}
        self.orders: dict[OrderId, Done] = {}
        self.refusals: list[Refusal] = []
        self.round_trips: list[tuple[int, int]] = []
        self.prices: dict[str, Decimal] = {}
        self.holes: list[Hole] = []
        self.frames = 0
        self.end_ns = 0

    def read_tape(self, paths: list[Path]) -> None:
        """Learn when each piece of news was handled, the last prices, and where something is missing."""
        reel = Reel(paths, decode_frame, self._price)
        lost: set[int] = set()
        for row, event in reel:
            if event is None:
                lost.add(row.number)
            self._at_ns[row.number] = row.key.received_ns
        self.frames = reel.frames
        numbers = sorted(self._at_ns)
        self.end_ns = max(self._at_ns.values(), default=0)
        begin_ns = 0
        expected = 1
        for number in numbers:
            at_ns = self._at_ns[number]
            if number > expected or number in lost:
                self._add_hole(begin_ns or at_ns, at_ns)
            expected, begin_ns = number + 1, max(begin_ns, at_ns)
            self._at_ns[number] = begin_ns  # the brain's time never goes back

    def read_orders(self, records: Iterable[Record], begin_ns: int) -> None:
        """Learn what became of each order."""
        for record in records:
            if isinstance(record, CommandsDecided):
                decided_ns = max(self._at_ns.get(record.number, begin_ns), begin_ns)
                for command in record.commands:
                    if isinstance(command, PlaceOrder) and command.order_id not in self.orders:
                        self.orders[command.order_id] = Done(intent=command, decided_ns=decided_ns)
            elif isinstance(record, EventHandled):
                self._hear(record.event)

    def _price(self, event: MarketEvent) -> None:
        if isinstance(event, Trade | Ticker):
            self.prices[event.market] = event.price

    def _add_hole(self, begin_ns: int, end_ns: int) -> None:
        if self.holes and begin_ns <= self.holes[-1].end_ns:
            begin_ns = self.holes.pop().begin_ns
        self.holes.append(Hole(begin_ns, end_ns))

    def _hear(self, event: AccountEvent) -> None:
        if isinstance(event, Fill):
            if (order := self._find(event.order_id)) is not None:
                order.add(event)
        elif isinstance(event, OrderAccepted | OrderReported | OrderUpdated):
            self._report(event.report)
            if isinstance(event, OrderAccepted) and (order := self._find(event.order_id)) is not None:
                self.round_trips.append((order.decided_ns, event.received_ns - order.decided_ns))
        elif isinstance(event, OrderRejected) and (order := self._find(event.order_id)) is not None:
            order.refused = event.reason.value
            if event.reason is not RejectReason.RISK:
                self.refusals.append(Refusal(order.intent, order.decided_ns, event))

    def _report(self, report: OrderReport | None) -> None:
        order = None if report is None else self._find(report.order_id)
        if report is not None and order is not None:
            order.paid_fee = max(order.paid_fee, report.paid_fee or ZERO)
            for fill in report.trades or ():
                order.add(fill)

    def _find(self, order_id: OrderId | None) -> Done | None:
        return None if order_id is None else self.orders.get(order_id)


def _markets(events: Iterable[AccountEvent]) -> dict[str, Market]:
    found: dict[str, Market] = {}
    for event in events:
        if isinstance(event, MarketReported):
            found.setdefault(event.market.code, event.market)
    return found


def _balances(events: Iterable[AccountEvent]) -> dict[str, Balance]:
    known: dict[str, Balance] = {}
    for event in events:
        if isinstance(event, AccountsReported):
            known = {}
        if isinstance(event, AccountsReported | BalanceChanged):
            known |= {one.currency: one for one in event.balances}
    return known


def _silences(told: Mapping[int, AccountEvent]) -> Iterator[Hole]:
    """From each end of the public feed to its return; what came meanwhile nobody heard."""
    down_ns = 0
    for _, event in sorted(told.items()):
        if isinstance(event, FeedDown) and event.stream is Stream.PUBLIC:
            down_ns = down_ns or event.received_ns
        elif isinstance(event, FeedUp) and event.stream is Stream.PUBLIC and down_ns:
            yield Hole(down_ns, event.received_ns)
            down_ns = 0

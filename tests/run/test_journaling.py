"""Orders leave when their record is durable and not before; everything else waits for nothing; a bad disk refuses."""

import asyncio
import threading
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from decimal import Decimal
from pathlib import Path

import pytest
from tests.scenario.scenery import Bot, Clock, Exchange, Obedient, Remembering, exchange
from tests.store.scenery import accepted, decided, handled, place

from hoga.brain.notes import Note
from hoga.brain.risk.limits import RiskLimits
from hoga.model.commands import CancelOrder, OrderId, PlaceOrder, QueryAccounts
from hoga.model.errors import JournalError
from hoga.model.events import OrderRejected, RejectReason
from hoga.model.orders import OrderState
from hoga.run.commands.live import make_desk
from hoga.run.screen.logs import silent
from hoga.run.settings.config import load
from hoga.run.state.bookkeeping import body_sha256, record_of
from hoga.run.state.journaling import MAX_HELD_S, Journaling
from hoga.run.state.keeping import Kept, keeping
from hoga.store.journal import Journal, read_journal
from hoga.store.records import CommandsDecided, Corrected, OrderAbandoned, Record, RunBegan, RunEnded


class Disk:
    """A place for records that is as slow or as broken as a test wants."""

    def __init__(self) -> None:
        self.transactions: list[list[Record]] = []
        self.is_free = threading.Event()
        self.is_free.set()
        self.breaks_with: Exception | None = None

    @property
    def records(self) -> list[Record]:
        return [record for records in self.transactions for record in records]

    def append(self, records: Sequence[Record]) -> None:
        assert self.is_free.wait(20)
        if self.breaks_with:
            raise self.breaks_with
        self.transactions.append(list(records))


class Desk:
    """What the journal tells the desk."""

    def __init__(self, disk: Disk, now_ns: Callable[[], int] = lambda: 0) -> None:
        self.released: list[PlaceOrder] = []
        self.refused: list[tuple[PlaceOrder, str]] = []
        self.failures: list[str] = []
        self.journal = Journaling(disk, clock_ns=now_ns)
        self.journal.begin(
            release=self.released.append,
            refuse=lambda order, why: self.refused.append((order, why)),
            failed=self.failures.append,
        )

    async def until(self, holds: Callable[[], bool]) -> None:
        async with asyncio.timeout(20):
            while True:
                if holds():
                    return
                await asyncio.sleep(0.005)


@asynccontextmanager
async def at_work(now_ns: Callable[[], int] = lambda: 0) -> AsyncIterator[tuple[Desk, Disk]]:
    disk = Disk()
    desk = Desk(disk, now_ns)
    try:
        yield desk, disk
    finally:
        disk.is_free.set()
        desk.journal.close()


async def test_an_order_is_held_until_its_record_is_durable_and_a_cancel_is_not():
    cancel, query = CancelOrder(OrderId("hg-0")), QueryAccounts()
    async with at_work() as (desk, disk):
        disk.is_free.clear()

        at_once = desk.journal.decided(3, [query, place("hg-1"), cancel])
        await asyncio.sleep(0.1)

        assert list(at_once) == [query, cancel]
        assert desk.released == []
        disk.is_free.set()
        await desk.until(lambda: bool(desk.released))
        assert desk.released == [place("hg-1")]
        (written,) = disk.records
        assert isinstance(written, CommandsDecided)
        assert (written.number, written.commands) == (3, (query, place("hg-1"), cancel))


async def test_a_burst_of_orders_pays_for_one_sync_together_and_leaves_in_its_order():
    async with at_work() as (desk, disk):
        disk.is_free.clear()
        desk.journal.decided(1, [place("hg-first")])
        await asyncio.sleep(0.1)  # the first is at the disk now
        for number in range(2, 12):
            desk.journal.note(handled(accepted("hg-0"), number))
            desk.journal.decided(number, [place(f"hg-{number}")])
        disk.is_free.set()

        await desk.until(lambda: len(desk.released) == 11)

        assert len(disk.transactions) == 2
        assert [order.order_id for order in desk.released] == ["hg-first", *(f"hg-{n}" for n in range(2, 12))]
        assert desk.journal.figures.commits == 2
        assert desk.journal.figures.records == 21


async def test_each_order_stands_there_with_its_attempt_and_the_hash_of_its_body():
    async with at_work() as (desk, disk):
        desk.journal.decided(1, [place("hg-1")])
        desk.journal.decided(2, [place("hg-1")])
        await desk.until(lambda: len(desk.released) == 2)

    found = [attempt for record in disk.records if isinstance(record, CommandsDecided) for attempt in record.attempts]
    assert [(one.order_id, one.number) for one in found] == [("hg-1", 1), ("hg-1", 2)]
    assert {one.body_sha256 for one in found} == {body_sha256(place("hg-1"))}
    assert body_sha256(place("hg-1")) != body_sha256(place("hg-2"))


async def test_what_nobody_waits_for_is_written_soon_and_at_the_latest_at_the_end():
    async with at_work() as (desk, disk):
        desk.journal.note(handled(accepted("hg-1")))
        await desk.until(lambda: bool(disk.records))
        desk.journal.note(handled(accepted("hg-2")))

    assert len(disk.records) == 2


@pytest.mark.parametrize("fault", [JournalError("the disk is full"), TypeError("a bug of ours")])
@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
async def test_when_the_disk_refuses_new_orders_are_refused_and_cancels_go_on_p5(fault: Exception):
    async with at_work() as (desk, disk):
        disk.breaks_with = fault

        desk.journal.decided(1, [place("hg-1")])
        await desk.until(lambda: bool(desk.failures))
        at_once = desk.journal.decided(2, [place("hg-2"), CancelOrder(OrderId("hg-0"))])

        assert at_once == [CancelOrder(OrderId("hg-0"))]
        assert [order.order_id for order, _ in desk.refused] == ["hg-1", "hg-2"]
        assert desk.released == []
        assert len(desk.failures) == 1
        assert desk.journal.figures.refused == 2


async def test_an_order_that_a_slow_disk_has_kept_too_long_is_not_sent_p6():
    times = iter([0, int(MAX_HELD_S * 1e9) + 1])
    async with at_work(lambda: next(times)) as (desk, _):
        desk.journal.decided(1, [place("hg-1")])
        await desk.until(lambda: bool(desk.refused))

        assert desk.released == []
        assert "the disk took 5.0 s" in desk.refused[0][1]


def test_of_the_brains_notes_a_given_up_order_and_a_correction_are_kept():
    gone = Note("order_state", {"order_id": "hg-1", "was": OrderState.UNKNOWN, "now": OrderState.ABANDONED})
    moved = Note("order_state", {"order_id": "hg-1", "was": OrderState.SENDING, "now": OrderState.WORKING})
    off = Note("ledger_corrected", {"currency": "KRW", "difference": Decimal("-0.5"), "now": Decimal(10)})

    assert record_of(gone, 5, 7) == OrderAbandoned(order_id=OrderId("hg-1"), at_ns=7)
    assert record_of(moved, 5, 7) is None
    assert record_of(off, 5, 7) == Corrected(number=5, what="KRW", was="10.5", now="10", at_ns=7)


def test_a_journal_is_handed_on_from_one_run_to_the_next(tmp_path: Path):
    path = tmp_path / "hoga.journal"
    with keeping(path, None, silent) as kept:
        assert kept.recovered.last_run is None

    journal = Journal.open(path)
    journal.append([RunBegan(run_id="r1", id_prefix="hg-a-", version="0", at_ns=1), decided(place("hg-a-1"))])
    journal.close()

    with keeping(path, None, silent) as kept:
        assert [order.order_id for order in kept.recovered.orders] == ["hg-a-1"]
        assert not kept.recovered.ended_by_itself


@asynccontextmanager
async def trading(there: Exchange, folder: Path, kept: Kept, clock: Clock) -> AsyncIterator[Bot]:
    """A bot that writes to this journal, ready for wishes."""
    where = {"rest_url": there.rest_url, "websocket_url": there.websocket_url}
    settings = load(None, {"exchange": where, "access_key": there.access_key, "secret_key": there.secret_key})
    strategy, log = Obedient(Obedient.Params()), Remembering(folder / "bot.jsonl")
    limits = RiskLimits.read({"stale_feed_s": 3600, "max_order_value": 10**8})
    desk = await make_desk(settings, strategy, limits, log, kept=kept)
    working = Bot(desk, strategy, log, there, clock)
    try:
        await working.ready()
        yield working
    finally:
        await working.stop()
        log.close()


async def test_every_order_the_exchange_has_stands_in_the_journal_with_all_that_came_of_it(tmp_path: Path):
    path, clock = tmp_path / "hoga.journal", Clock()
    journal = Journal.open(path)
    books = Journaling(journal, clock_ns=clock)
    async with exchange() as there:
        async with trading(there, tmp_path, Kept(clock, books), clock) as bot:
            bought = await bot.ended(await bot.buy_now())
            resting = await bot.rest_a_buy()
            await bot.in_state(resting, OrderState.WORKING)
        at_the_exchange = {order["identifier"] for order in await there.orders()}
    books.close()
    journal.close()

    records = [row.record for row in read_journal(path)]
    written = {
        command.order_id
        for record in records
        if isinstance(record, CommandsDecided)
        for command in record.commands
        if isinstance(command, PlaceOrder)
    }
    assert written == at_the_exchange == {bought.order_id, resting}
    assert isinstance(records[0], RunBegan)
    assert isinstance(records[-1], RunEnded)
    with keeping(path, None, silent) as kept:
        assert kept.recovered.orders == ()
        assert kept.recovered.ended_by_itself
        assert kept.recovered.totals["KRW-BTC"].bought == bought.filled_volume


async def test_with_a_broken_disk_nothing_new_leaves_and_what_is_open_is_cancelled_p4(tmp_path: Path):
    disk, clock = Disk(), Clock()
    books = Journaling(disk, clock_ns=clock)
    async with exchange() as there:
        async with trading(there, tmp_path, Kept(clock, books), clock) as bot:
            resting = await bot.rest_a_buy()
            await bot.in_state(resting, OrderState.WORKING)
            disk.breaks_with = JournalError("No space left on device")

            refused = await bot.rest_a_buy(depth="0.98")
            await bot.in_state(refused, OrderState.REJECTED)
            await bot.until(lambda: bot.desk.brain.reason.startswith("paused: the journal failed"), "it is paused")
            await bot.cancel(resting)
            await bot.in_state(resting, OrderState.CANCELLED)

        assert {order["identifier"] for order in await there.orders()} == {resting}
    books.close()
    told = [news for news in bot.strategy.news if isinstance(news, OrderRejected) and news.order_id == refused]
    assert [news.reason for news in told] == [RejectReason.NOT_SENT]
    assert "No space left on device" in told[0].detail

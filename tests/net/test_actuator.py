"""Commands in, events out, against a peer on loopback that behaves as badly as the reliability table says."""

import asyncio
import itertools
import json
import socket
import tracemalloc
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from decimal import Decimal

import pytest
from tests.net.http_peer import Act, Asked, Peer, peer, until

from hoga.model.commands import (
    CancelOrder,
    CancelOrders,
    Command,
    OrderId,
    PlaceOrder,
    QueryAccounts,
    QueryOpenOrders,
    QueryOrder,
    Side,
    Stop,
    VenueOrderId,
)
from hoga.model.errors import ConfigError
from hoga.model.events import (
    AccountEvent,
    AccountsReported,
    ActuatorStopped,
    CancelAccepted,
    CancelFailed,
    OpenOrdersReported,
    OrderAccepted,
    OrderLost,
    OrderRejected,
    OrderReported,
    QueryFailed,
    RejectReason,
)
from hoga.net.actuator import Actuator
from hoga.net.courier import MAX_TRIES, MAX_WAITING
from hoga.net.http_connection import AnswerLost, NotSent
from hoga.net.lanes import Patience
from hoga.upbit.auth import Signer
from hoga.upbit.limits.limiter import GROUPS, GroupLimit, RateLimiter, Window
from hoga.upbit.rest.request import Request

KEY = "hoga-sim-test"
SECRET = "made-up-for-tests"
PLENTY = dict.fromkeys(GROUPS, GroupLimit((Window(10_000),)))
QUICK = Patience(order_wait_s=5.0, other_wait_s=5.0, order_deadline_s=0.25, other_deadline_s=0.25)
RELAXED = Patience(order_wait_s=30.0, other_wait_s=30.0)


@dataclass
class Desk:
    """An actuator at work, and everything that came of it."""

    actuator: Actuator
    commands: asyncio.Queue[Command]
    events: list[AccountEvent] = field(default_factory=list)
    logged: list[tuple[str, dict[str, object]]] = field(default_factory=list)
    running: asyncio.Task[None] | None = None

    def tell(self, *commands: Command) -> None:
        for command in commands:
            self.commands.put_nowait(command)

    async def heard(self, count: int) -> list[AccountEvent]:
        await until(lambda: len(self.events) >= count)
        return self.events

    async def stop(self) -> list[AccountEvent]:
        assert self.running is not None
        self.tell(Stop())
        await self.running
        return self.events


@asynccontextmanager
async def desk(
    url: str, *, patience: Patience = QUICK, limits: dict[str, GroupLimit] = PLENTY, signer: Signer | None = None
) -> AsyncIterator[Desk]:
    numbers = itertools.count()
    clock = itertools.count(1_000_000_000, 1_000)
    commands: asyncio.Queue[Command] = asyncio.Queue(10_000)
    events: list[AccountEvent] = []
    logged: list[tuple[str, dict[str, object]]] = []
    actuator = Actuator(
        commands=commands,
        report=events.append,
        rest_url=url,
        signer=signer or Signer(KEY, SECRET),
        limiter=RateLimiter(limits),
        clock_ns=lambda: next(clock),
        nonce=lambda: f"nonce-{next(numbers)}",
        log=lambda event, **fields: logged.append((event, fields)),
        patience=patience,
    )
    this = Desk(actuator, commands, events, logged)
    this.running = asyncio.create_task(actuator.run())
    try:
        yield this
    finally:
        this.running.cancel()
        await asyncio.gather(this.running, return_exceptions=True)


@asynccontextmanager
async def at(
    act: Act, *, patience: Patience = QUICK, limits: dict[str, GroupLimit] = PLENTY
) -> AsyncIterator[tuple[Desk, Peer]]:
    async with peer(act) as there, desk(there.url, patience=patience, limits=limits) as here:
        yield here, there


def buy(number: int | str) -> PlaceOrder:
    return PlaceOrder(
        order_id=OrderId(f"o-{number}"), market="KRW-BTC", side=Side.BUY, price=Decimal(1000), volume=Decimal(6)
    )


def order(identifier: str, state: str = "wait") -> bytes:
    return json.dumps(
        {
            "uuid": f"uuid-of-{identifier}",
            "identifier": identifier,
            "side": "bid",
            "ord_type": "limit",
            "price": "1000",
            "state": state,
            "market": "KRW-BTC",
            "created_at": "2026-11-24T09:00:00+09:00",
            "volume": "6",
            "remaining_volume": "6",
            "reserved_fee": "3",
            "remaining_fee": "3",
            "paid_fee": "0",
            "locked": "6003",
            "executed_volume": "0",
            "trades_count": 0,
        }
    ).encode()


def kind(asked: Asked) -> str:
    return f"{asked.method} {asked.target.partition('?')[0]}"


def behave(asked: Asked) -> None:
    """Do as the venue does when all is well."""
    match kind(asked):
        case "POST /v1/orders":
            asked.reply(201, order(asked.json["identifier"]))
        case "GET /v1/order" | "DELETE /v1/order":
            asked.reply(200, order(asked.query["identifier"][0]))
        case "GET /v1/orders/open":
            asked.reply(200, b"[]")
        case "GET /v1/accounts":
            asked.reply(200, b"[]")
        case other:
            raise AssertionError(other)


def error(name: str, message: str = "…") -> bytes:
    return json.dumps({"error": {"name": name, "message": message}}).encode()


def ids(asked: list[Asked]) -> list[str]:
    return [each.json["identifier"] for each in asked if each.method == "POST"]


# ---------------------------------------------------------------- when all is well


async def test_every_command_is_answered_once_and_stop_comes_last():
    async with at(behave) as (here, _):
        here.tell(buy(1), CancelOrder(OrderId("o-2")), QueryOrder(OrderId("o-3")), QueryAccounts(), QueryOpenOrders())
        events = await here.stop()

    assert {type(event) for event in events[:-1]} == {
        OrderAccepted,
        CancelAccepted,
        OrderReported,
        AccountsReported,
        OpenOrdersReported,
    }
    assert len(events) == 6
    assert isinstance(events[-1], ActuatorStopped)


async def test_requests_are_signed_with_a_fresh_nonce_each_and_nothing_secret_is_logged_s1():
    async with at(behave) as (here, there):
        here.tell(buy(1), buy(2))
        await here.stop()

    tokens = [line for asked in there.asked for line in asked.head.split(b"\r\n") if line.startswith(b"Authorization")]
    assert len(set(tokens)) == 2
    logged = repr(here.logged)
    assert "request_sent" in logged
    assert "answer" in logged
    assert "Bearer" not in logged
    assert KEY not in logged
    assert SECRET not in logged


async def test_orders_leave_in_the_order_they_were_asked_for():
    limits = {**PLENTY, "order": GroupLimit((Window(1, per_s=0.005),))}
    async with at(behave, limits=limits) as (here, there):
        here.tell(*(buy(n) for n in range(20)))
        await here.stop()

    assert ids(there.asked) == [f"o-{n}" for n in range(20)]


async def test_a_cancel_overtakes_the_orders_that_wait():
    limits = {**PLENTY, "order": GroupLimit((Window(1, per_s=0.02),))}
    async with at(behave, limits=limits) as (here, there):
        here.tell(*(buy(n) for n in range(10)), CancelOrder(OrderId("o-0")))
        await here.stop()

    assert "DELETE" in [asked.method for asked in there.asked[:3]]


async def test_a_cancel_overtakes_questions_that_wait_for_the_same_limit():
    limits = {**PLENTY, "default": GroupLimit((Window(2, per_s=0.03),), reserved=1)}
    async with at(behave, limits=limits) as (here, there):
        here.tell(*(QueryAccounts() for _ in range(6)), CancelOrder(OrderId("o-1")))
        await here.stop()

    assert [asked.method for asked in there.asked].index("DELETE") <= 1


async def test_a_cancel_finds_a_connection_when_orders_hang_on_all_others():
    def act(asked: Asked) -> None:
        if asked.method != "POST":
            behave(asked)

    async with at(act) as (here, _):
        here.tell(*(buy(n) for n in range(40)))
        await until(lambda: here.actuator.in_flight >= 12)
        here.tell(CancelOrder(OrderId("o-0")))
        await until(lambda: any(isinstance(event, CancelAccepted) for event in here.events))


async def test_cancels_by_id_go_out_in_chunks_of_twenty():
    sizes: list[int] = []

    def act(asked: Asked) -> None:
        uuids = asked.query["uuids[]"]
        sizes.append(len(uuids))
        done = [{"uuid": uuid, "market": "KRW-BTC"} for uuid in uuids]
        none: dict[str, object] = {"count": 0, "orders": []}
        asked.reply(200, json.dumps({"success": {"count": len(done), "orders": done}, "failed": none}).encode())

    async with at(act) as (here, _):
        here.tell(CancelOrders(tuple(VenueOrderId(f"u-{n}") for n in range(45))))
        events = await here.stop()

    assert sizes == [20, 20, 5]
    assert len([event for event in events if isinstance(event, CancelAccepted)]) == 45


async def test_open_orders_are_read_to_the_last_page():
    page = b"[" + b",".join(order(f"o-{n}") for n in range(100)) + b"]"

    async with at(lambda asked: asked.reply(200, page if asked.number == 0 else b"[]")) as (here, there):
        here.tell(QueryOpenOrders())
        events = await here.stop()

    assert isinstance(events[0], OpenOrdersReported)
    assert len(events[0].reports) == 100
    assert len(there.asked) == 2


async def test_asked_is_when_the_question_left():
    async def act(asked: Asked) -> None:
        await asyncio.sleep(0.05)
        behave(asked)

    async with at(act) as (here, _):
        here.tell(QueryAccounts())
        events = await here.stop()

    assert isinstance(events[0], AccountsReported)
    assert events[0].received_ns - events[0].asked_ns >= 40_000_000


# ---------------------------------------------------------------- orders that come to nothing


async def test_an_order_that_could_not_be_sent_is_rejected_and_not_lost_r1():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        async with desk(f"http://127.0.0.1:{taken.getsockname()[1]}") as here:
            here.tell(buy(1))
            events = await here.stop()

    assert isinstance(events[0], OrderRejected)
    assert events[0].reason is RejectReason.NOT_SENT
    assert not events[0].by_venue


@pytest.mark.parametrize(
    "act",
    [
        lambda asked: None,
        lambda asked: asked.reset(),
        lambda asked: asked.reply(201, b'{"uuid": "x'),
        lambda asked: asked.reply(201, b"<html>"),
        lambda asked: asked.reply(201, b""),
        lambda asked: asked.reply(201, order("somebody-elses")),
        lambda asked: asked.reply(500, error("internal_server_error")),
        lambda asked: asked.reply(502, b"<html>Bad Gateway</html>"),
        lambda asked: asked.reply(307, b"", "Location: /v1/elsewhere"),
        lambda asked: asked.reply(429, b"Too many API requests."),
        lambda asked: asked.reply(418, error("blocked", "blocked for 1 second")),
        lambda asked: asked.reply(400, error("a_word_nobody_published")),
    ],
    ids=["hang", "reset", "cut", "html", "empty", "swapped", "500", "502", "307", "429", "418", "unknown"],
)
async def test_an_order_whose_outcome_is_open_is_lost_and_never_sent_twice_r3_r6_r8(act: Act):
    async with at(act) as (here, there):
        here.tell(buy(1))
        events = await here.stop()

    assert isinstance(events[0], OrderLost)
    assert events[0].order_id == "o-1"
    assert len(there.asked) == 1
    assert len(events) == 2


async def test_a_refused_order_is_rejected_with_its_reason():
    async with at(lambda asked: asked.reply(400, error("insufficient_funds_bid"))) as (here, _):
        here.tell(buy(1))
        events = await here.stop()

    assert isinstance(events[0], OrderRejected)
    assert events[0].reason is RejectReason.FUNDS


async def test_a_connection_reset_while_idle_costs_no_order_r2():
    def act(asked: Asked) -> None:
        behave(asked)
        asked.close()

    async with at(act) as (here, there):
        for number in range(5):
            here.tell(buy(number))
            await here.heard(number + 1)
            await until(lambda: not there.writers)
            await asyncio.sleep(0.005)
        events = await here.stop()

    assert all(isinstance(event, OrderAccepted) for event in events[:5])


async def test_an_order_that_waited_too_long_is_refused_here_and_not_sent_late():
    limits = {**PLENTY, "order": GroupLimit((Window(1, per_s=60.0),))}
    patience = Patience(order_wait_s=0.05)
    async with at(behave, patience=patience, limits=limits) as (here, there):
        here.tell(buy(1), buy(2), buy(3))
        events = await here.heard(3)

    assert isinstance(events[0], OrderAccepted)
    for event in events[1:]:
        assert isinstance(event, OrderRejected)
        assert event.reason is RejectReason.RATE_LIMIT
        assert "not sent" in event.detail
        assert not event.by_venue
    assert ids(there.asked) == ["o-1"]


async def test_orders_beyond_what_may_wait_are_refused_and_cancels_still_get_through_p20():
    limits = {**PLENTY, "order": GroupLimit((Window(1, per_s=60.0),))}
    async with at(behave, patience=RELAXED, limits=limits) as (here, there):
        here.tell(*(buy(n) for n in range(MAX_WAITING + 11)), CancelOrder(OrderId("o-0")))
        events = await here.heard(12)

        assert here.actuator.waiting == MAX_WAITING

    full = [event for event in events if isinstance(event, OrderRejected) and event.reason is RejectReason.QUEUE_FULL]
    assert len(full) == 10
    assert any(isinstance(event, CancelAccepted) for event in events[:12])
    assert ids(there.asked) == ["o-0"]


async def test_an_order_nobody_can_spell_is_refused_as_invalid():
    nonsense = PlaceOrder(
        order_id=OrderId("o-1"), market="KRW-BTC", side=Side.BUY, price=Decimal("NaN"), volume=Decimal(1)
    )
    async with at(behave) as (here, there):
        here.tell(nonsense)
        events = await here.stop()

    assert isinstance(events[0], OrderRejected)
    assert events[0].reason is RejectReason.INVALID
    assert there.asked == []


# ---------------------------------------------------------------- cancels and questions may be repeated


@pytest.mark.parametrize(
    "first",
    [
        lambda asked: None,
        lambda asked: asked.reset(),
        lambda asked: asked.reply(503, b"<html>"),
        lambda asked: asked.reply(429, b"Too many API requests."),
    ],
    ids=["hang", "reset", "503", "429"],
)
@pytest.mark.parametrize("command", [CancelOrder(OrderId("o-1")), QueryAccounts()], ids=["cancel", "question"])
async def test_a_cancel_or_a_question_that_met_trouble_is_sent_again_r32(first: Act, command: Command):
    def act(asked: Asked) -> None:
        if asked.number == 0:
            first(asked)
        else:
            behave(asked)

    limits = {**PLENTY, "default": GroupLimit((Window(100, per_s=0.05),))}
    async with at(act, limits=limits) as (here, there):
        here.tell(command)
        events = await here.stop()

    assert isinstance(events[0], CancelAccepted | AccountsReported)
    assert len(there.asked) == 2
    assert here.actuator.counters.repeated == 1


async def test_a_cancel_that_never_gets_an_answer_is_given_up_after_a_few_tries():
    async with at(lambda asked: asked.reset()) as (here, there):
        here.tell(CancelOrder(OrderId("o-1")), QueryAccounts())
        events = await here.stop()

    failed = {type(event): event for event in events}
    cancel = failed[CancelFailed]
    assert isinstance(cancel, CancelFailed)
    assert cancel.lost
    assert isinstance(failed[QueryFailed], QueryFailed)
    assert len(there.asked) == 2 * MAX_TRIES


async def test_what_a_cancel_met_is_not_unsaid_by_a_last_try_that_never_left():
    async with peer(lambda asked: asked.reset()) as there, desk(there.url) as here:
        here.tell(CancelOrder(OrderId("o-1")))
        await until(lambda: there.asked)
        await until(lambda: here.actuator.counters.repeated == 1)
        here.actuator._client._port = 1  # nobody listens there
        events = await here.stop()

    assert isinstance(events[0], CancelFailed)
    assert events[0].lost


async def test_a_refused_cancel_is_not_repeated():
    async with at(lambda asked: asked.reply(404, error("order_not_found"))) as (here, there):
        here.tell(CancelOrder(OrderId("o-1")))
        events = await here.stop()

    assert isinstance(events[0], CancelFailed)
    assert events[0].reason is RejectReason.NOT_FOUND
    assert len(there.asked) == 1


# ---------------------------------------------------------------- limits as the venue tells them


async def test_a_429_closes_its_group_and_no_other_r16():
    def act(asked: Asked) -> None:
        if asked.number == 0:
            asked.reply(429, b"Too many API requests.")
        else:
            behave(asked)

    async with at(act, patience=Patience(order_wait_s=0.2)) as (here, there):
        here.tell(buy(1))
        await here.heard(1)
        here.tell(buy(2), CancelOrder(OrderId("o-0")))
        events = await here.heard(3)

    assert here.actuator.counters.refused_429 == 1
    assert isinstance(events[1], CancelAccepted)
    assert isinstance(events[2], OrderRejected)
    assert ids(there.asked) == ["o-1"]


async def test_a_418_stops_everything_and_says_that_nothing_can_be_cancelled_r17():
    async with at(
        lambda asked: asked.reply(418, error("blocked", "blocked for 600 seconds")),
        patience=Patience(order_wait_s=0.05, other_wait_s=0.05),
    ) as (here, there):
        here.tell(buy(1))
        await here.heard(1)
        here.tell(buy(2), CancelOrder(OrderId("o-0")), QueryAccounts())
        events = await here.heard(4)

    assert {type(event) for event in events[1:]} == {OrderRejected, CancelFailed, QueryFailed}
    assert len(there.asked) == 1
    assert any(name == "blocked" and 595 < float(str(fields["for_s"])) < 605 for name, fields in here.logged)


async def test_the_header_is_heeded():
    def act(asked: Asked) -> None:
        asked.reply(201, order(asked.json["identifier"]), "Remaining-Req: group=order; min=480; sec=0")

    async with at(act, patience=Patience(order_wait_s=0.3), limits=dict(GROUPS)) as (here, there):
        here.tell(*(buy(n) for n in range(8)))
        await here.heard(8)

    assert len(there.asked) <= 3  # scouts; the rest was told that nothing is left


async def test_a_redirect_is_an_alarm_r9():
    async with at(lambda asked: asked.reply(301, b"", "Location: http://127.0.0.1:1/")) as (here, _):
        here.tell(CancelOrder(OrderId("o-1")))
        await here.stop()

    assert ("redirect_not_followed", "error") in [(name, fields["level"]) for name, fields in here.logged]


# ---------------------------------------------------------------- a venue that stands still


async def test_a_frozen_venue_blocks_nothing_grows_nothing_and_after_the_thaw_every_command_was_answered_once():
    thawed = asyncio.Event()

    async def act(asked: Asked) -> None:
        await thawed.wait()
        behave(asked)

    patience = Patience(order_wait_s=0.05, other_wait_s=0.05, order_deadline_s=0.1, other_deadline_s=0.1)
    async with at(act, patience=patience) as (here, _):
        tracemalloc.start()
        sent = 0
        for turn in range(20):
            here.tell(
                *(buy(f"{turn}-{n}") for n in range(20)), *(QueryOrder(OrderId(f"q-{turn}-{n}")) for n in range(5))
            )
            sent += 25
            await asyncio.sleep(0.02)
            assert here.commands.empty()
        held, _ = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        thawed.set()
        here.tell(buy("thawed"))
        events = await here.stop()

    assert len(events) == sent + 2
    orders = [event.order_id for event in events if isinstance(event, OrderLost | OrderRejected | OrderAccepted)]
    assert len(orders) == len(set(orders)) == 401
    assert held < 20_000_000
    assert isinstance(events[-1], ActuatorStopped)


async def test_a_run_that_is_cancelled_reports_what_was_in_flight_as_lost_and_the_rest_as_not_sent_p22():
    limits = {**PLENTY, "order": GroupLimit((Window(1, per_s=60.0),))}
    async with at(lambda asked: None, patience=RELAXED, limits=limits) as (here, there):
        here.tell(buy(1), buy(2))
        await until(lambda: there.asked)
        here.tell(buy(3))
        assert here.running is not None
        here.running.cancel()
        with pytest.raises(asyncio.CancelledError):
            await here.running

    told = {event.order_id: type(event) for event in here.events if isinstance(event, OrderLost | OrderRejected)}
    assert told == {"o-1": OrderLost, "o-2": OrderRejected, "o-3": OrderRejected}
    assert len(here.events) == 3


async def test_a_bug_in_whoever_listens_ends_the_run_instead_of_being_swallowed_p21():
    asyncio.get_running_loop().set_exception_handler(lambda _loop, _context: None)
    async with at(behave) as (here, _):

        def broken(event: AccountEvent) -> None:
            raise ZeroDivisionError(event)

        here.actuator._report = broken
        here.tell(buy(1))
        assert here.running is not None
        with pytest.raises(ZeroDivisionError):
            await here.running


# ---------------------------------------------------------------- without queues


async def test_one_command_or_question_can_be_asked_without_queues():
    async with at(behave) as (here, _):
        assert isinstance((await here.actuator.ask(buy(1)))[0], OrderAccepted)
        answer = await here.actuator.fetch(Request(method="GET", path="/v1/accounts", group="default"))

    assert answer.status == 200
    assert here.events == []


async def test_fetch_raises_what_went_wrong():
    async with at(lambda asked: asked.reset()) as (here, _):
        with pytest.raises(AnswerLost):
            await here.actuator.fetch(Request(method="POST", path="/v1/orders/test", group="order-test"))
        here.actuator._courier.close()
        with pytest.raises(NotSent):
            await here.actuator.fetch(Request(method="GET", path="/v1/accounts", group="default"))


async def test_what_became_of_an_order_is_reported_though_whoever_asked_has_gone():
    gate = asyncio.Event()

    async def act(asked: Asked) -> None:
        await gate.wait()
        behave(asked)

    async with at(act, patience=RELAXED) as (here, there):
        asking = asyncio.ensure_future(here.actuator.ask(buy(1)))
        await until(lambda: there.asked)
        asking.cancel()
        gate.set()
        events = await here.heard(1)

    assert isinstance(events[0], OrderAccepted)


async def test_without_a_key_public_questions_are_answered_and_nothing_signed_leaves():
    async with peer(lambda asked: asked.reply(200, b"[]")) as there:
        actuator = Actuator(
            commands=asyncio.Queue(),
            report=lambda event: None,
            rest_url=there.url,
            signer=None,
            limiter=RateLimiter(),
            clock_ns=lambda: 1,
            nonce=lambda: "unused",
        )
        answer = await actuator.fetch(Request(method="GET", path="/v1/ticker", group="ticker", signed=False))
        events = await actuator.ask(QueryAccounts())
        await actuator.close()

    assert answer.body == b"[]"
    assert isinstance(events[0], QueryFailed)
    assert events[0].reason is RejectReason.NOT_SENT
    assert len(there.asked) == 1


async def test_what_comes_after_the_end_is_answered_too():
    async with at(behave) as (here, _):
        await here.stop()

        assert isinstance((await here.actuator.ask(buy(1)))[0], OrderRejected)


async def test_what_rests_between_two_tries_is_answered_when_the_run_ends():
    async with at(lambda asked: asked.reset()) as (here, _):
        here.tell(CancelOrder(OrderId("o-1")))
        await until(lambda: here.actuator.counters.repeated)
        assert here.running is not None
        here.running.cancel()
        await asyncio.gather(here.running, return_exceptions=True)

    assert isinstance(here.events[0], CancelFailed)
    assert here.events[0].lost


async def test_a_bug_reaches_whoever_asks(monkeypatch: pytest.MonkeyPatch):
    def broken(*_: object) -> None:
        raise ZeroDivisionError

    asyncio.get_running_loop().set_exception_handler(lambda _loop, _context: None)
    monkeypatch.setattr("hoga.upbit.dialect.event_for", broken)
    async with at(behave) as (here, _):
        with pytest.raises(ZeroDivisionError):
            await here.actuator.ask(QueryAccounts())


async def test_an_actuator_is_not_made_where_its_key_must_not_go_s16():
    for url, signer in [
        ("https://api.upbit.com", Signer(KEY, SECRET)),
        ("http://127.0.0.1:1", Signer("real-looking", SECRET)),
        ("https://evil.example", Signer("real-looking", SECRET)),
    ]:
        with pytest.raises(ConfigError):
            async with desk(url, signer=signer):
                pass

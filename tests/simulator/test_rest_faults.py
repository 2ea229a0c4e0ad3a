"""Each fault of the REST vocabulary over real sockets: what the client meets, and whether the venue acted."""

import asyncio

import aiohttp
import pytest
from tests.simulator.rest_scenery import BTC, Line, served

ORDERS = "@path=/v1/orders,method=POST"
LINE_ERRORS = (aiohttp.ServerDisconnectedError, aiohttp.ClientPayloadError, aiohttp.ClientOSError)


async def placed(line: Line) -> int:
    """How many orders the venue really has."""
    return len((await line.admin("GET", "/orders")).rows)


@pytest.mark.parametrize(
    ("fault", "orders"),
    [
        ("rest.rst(before)", 0),
        ("rest.rst(after)", 1),
        ("rest.drop", 1),
        ("rest.hang_after_accept(10ms)", 1),
        ("rest.blackhole_before(10ms)", 0),
        ("rest.truncate", 1),
    ],
)
async def test_the_line_ends_without_an_answer_whether_or_not_the_order_exists(fault: str, orders: int):
    async with served(fault + ORDERS) as line:
        with pytest.raises(LINE_ERRORS):
            await line.place()

        assert await placed(line) == orders


@pytest.mark.parametrize(
    ("fault", "status", "kind", "orders"),
    [
        ("rest.status(503)", 503, "text/html; charset=utf-8", 0),
        ("rest.status(502,accepted)", 502, "text/html; charset=utf-8", 1),
        ("rest.redirect(307)", 307, "text/html; charset=utf-8", 0),
        ("rest.html200", 200, "text/html; charset=utf-8", 1),
        ("rest.empty", 201, "application/json;charset=UTF-8", 1),
    ],
)
async def test_an_answer_that_says_nothing_certain(fault: str, status: int, kind: str, orders: int):
    async with served(fault + ORDERS) as line:
        answer = await line.place()

        assert (answer.status, answer.headers["content-type"], await placed(line)) == (status, kind, orders)


@pytest.mark.parametrize(
    ("fault", "error"),
    [
        ("rest.reject(under_min_total_bid)", (400, "under_min_total_bid")),
        ("rest.reject(something_new,409)", (409, "something_new")),
        ("rest.auth(expired_access_key)", (401, "expired_access_key")),
        ("rest.nonce_used", (401, "nonce_used")),
        ("rest.429", (429, "too_many_requests")),
        ("rest.418(30s)", (418, "too_many_requests")),
    ],
)
async def test_a_refusal_on_request_places_nothing(fault: str, error: tuple[int, str]):
    async with served(fault + ORDERS) as line:
        answer = await line.place()

        assert (answer.error, await placed(line)) == (error, 0)
        assert answer.headers["remaining-req"].startswith("group=order;")


async def test_a_block_tells_its_time_and_holds_for_the_whole_account():
    async with served("rest.418(30s)@nth=1") as line:
        first = await line.ask("GET", "/v1/accounts")
        second = await line.ask("GET", "/v1/orders/open")
        public = await line.ask("GET", f"/v1/ticker?markets={BTC}")

    assert (first.status, second.status, public.status) == (418, 418, 200)
    assert "30 seconds" in first.body.decode()


async def test_another_orders_ids_come_back():
    async with served("rest.swap_body" + ORDERS) as line:
        answer = await line.place(identifier="mine-0001")
        [truth] = (await line.admin("GET", "/orders")).rows

    assert (answer.status, answer.row["identifier"]) == (201, "mine-beef")
    assert answer.row["uuid"] != truth["uuid"]


async def test_error_names_change_their_kind():
    async with served("rest.error_shape") as line:
        private = await line.ask("GET", "/v1/order?uuid=nobody")
        public = await line.ask("GET", "/v1/ticker?markets=KRW-NOPE")

    assert (private.error, public.error) == ((404, 404), (404, "404"))


@pytest.mark.parametrize(("how", "expected"), [("none", None), ("low", "group=order; min=1; sec=0")])
async def test_the_remaining_header_lies(how: str, expected: str | None):
    async with served(f"rest.rr({how})") as line:
        answer = await line.ask("GET", "/v1/accounts")

    assert (answer.status, answer.headers.get("remaining-req")) == (200, expected)


async def test_a_huge_answer_is_huge():
    async with served("rest.huge(3MB)@path=/v1/accounts") as line:
        assert len((await line.ask("GET", "/v1/accounts")).body) == 3_000_000


async def test_a_slow_answer_comes_byte_by_byte():
    async with served("rest.slowloris@path=/v1/orders/open") as line:
        async with asyncio.timeout(30):
            answer = await line.ask("GET", "/v1/orders/open")

    assert answer.body == b"[]"


@pytest.mark.parametrize("fault", ["rest.slowloris", "rest.huge(100MB)"])
async def test_a_client_that_leaves_in_the_middle_of_an_answer_is_no_error_of_the_exchange(fault, caplog):
    async with served(fault) as line:
        before = asyncio.all_tasks()
        host, port = line.running.rest_url.removeprefix("http://").split(":")
        reader, writer = await asyncio.open_connection(host, int(port))
        writer.write(b"GET /v1/market/all HTTP/1.1\r\nHost: here\r\n\r\n")
        await reader.readuntil(b"\r\n\r\n")
        serving = asyncio.all_tasks() - before
        writer.transport.abort()
        _, still_serving = await asyncio.wait(serving, timeout=30)

    assert not still_serving
    assert caplog.text == ""


async def test_a_delayed_answer_arrives_after_the_order_is_there():
    async with served("rest.delay(200ms)" + ORDERS) as line:
        waiting = asyncio.create_task(line.place())
        while await placed(line) == 0:
            assert not waiting.done()

        assert (await waiting).status == 201


async def test_look_ups_may_lag_behind_the_truth():
    async with served("rest.lag_read(60s)@method=GET") as line:
        await line.place(identifier="mine")
        by_name = await line.ask("GET", "/v1/order?identifier=mine")
        listed = await line.ask("GET", "/v1/orders/open")

        assert (by_name.status, listed.rows, await placed(line)) == (404, [], 1)


async def test_a_cancel_may_be_taken_now_and_done_later():
    async with served("rest.cancel_lag(50ms)") as line:
        uuid = (await line.place()).row["uuid"]
        answer = await line.ask("DELETE", f"/v1/order?uuid={uuid}")
        before = (await line.ask("GET", f"/v1/order?uuid={uuid}")).row["state"]
        async with asyncio.timeout(5):
            while (await line.admin("GET", "/orders")).rows[0]["state"] != "cancel":
                assert (await line.admin("GET", "/orders")).rows[0]["uuid"] == uuid

    assert (answer.status, answer.row["state"], before) == (200, "wait", "wait")


async def test_faults_strike_only_where_they_were_asked_for_and_are_counted():
    async with served("rest.status(503)@path=/v1/accounts,nth=2") as line:
        statuses = [(await line.ask("GET", "/v1/accounts")).status for _ in range(3)]
        counters = (await line.admin("GET", "/counters")).row

    assert (statuses, counters["faults"]) == ([200, 503, 200], {"rest.status": 1})

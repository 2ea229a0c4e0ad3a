"""The served exchange as a whole: ports, keys, heads of answers, and an end that leaves nothing behind."""

import asyncio
import json
from decimal import Decimal

import aiohttp
import pytest
from tests.simulator.rest_scenery import BTC, ETH, StillMarket, served

from hoga.model.errors import UnknownMarketError
from hoga.model.events import Orderbook, Trade
from hoga.simulator.server import serve


async def test_one_call_serves_an_exchange_and_stop_leaves_nothing_behind():
    before = asyncio.all_tasks()
    running = await serve(seed=7, markets=(BTC,))
    async with aiohttp.ClientSession() as session, session.get(f"{running.rest_url}/v1/ticker?markets={BTC}") as got:
        [row] = json.loads(await got.read())

    assert (got.status, row["market"]) == (200, BTC)
    assert running.websocket_url == running.rest_url.replace("http", "ws") + "/websocket/v1"
    await running.stop()
    await asyncio.sleep(0)
    assert asyncio.all_tasks() == before
    async with aiohttp.ClientSession() as session:
        with pytest.raises(aiohttp.ClientConnectorError):
            await session.get(running.rest_url)


async def test_the_same_seed_serves_the_same_market_under_the_same_keys():
    first, second = [await serve(seed=7, source=StillMarket()) for _ in range(2)]

    assert (first.access_key, first.secret_key) == (second.access_key, second.secret_key)
    assert first.rest_url != second.rest_url
    assert first.secret_key not in repr(first)
    for running in (first, second):
        await running.stop()


async def test_a_taken_port_is_an_error_and_closes_what_was_opened():
    running = await serve(source=StillMarket())
    port = int(running.rest_url.rpartition(":")[2])

    with pytest.raises(OSError, match="address already in use"):
        await serve(port=port, source=StillMarket())
    await running.stop()


async def test_a_market_that_cannot_be_listed_is_named():
    with pytest.raises(UnknownMarketError, match="bitcoin"):
        await serve(markets=("bitcoin",))


async def test_answers_carry_the_venues_heads_over_the_wire():
    async with served() as line:
        private = await line.ask("GET", "/v1/accounts")
        public = await line.ask("GET", f"/v1/ticker?markets={BTC}")
        refused = await line.ask("GET", "/v1/order?uuid=nobody")

    for answer in (private, public, refused):
        assert answer.headers["content-type"] == "application/json;charset=UTF-8"
        assert answer.headers["cache-control"] == "no-cache, no-store, max-age=0, must-revalidate"
        assert answer.headers["remaining-req"].startswith("group=")
    assert (public.headers.get("limit-by-ip"), private.headers.get("limit-by-ip")) == ("Yes", None)


async def test_only_the_quotation_side_answers_in_gzip():
    tickers, gzip = f"/v1/ticker?markets={BTC},{ETH}", {"Accept-Encoding": "gzip"}
    async with served() as line:
        zipped = await line.ask("GET", tickers, headers=gzip)
        plain = await line.ask("GET", tickers, headers={"Accept-Encoding": "identity"})
        private = await line.ask("GET", f"/v1/orders/chance?market={BTC}", headers=gzip)

    assert [a.headers.get("content-encoding") for a in (zipped, plain, private)] == ["gzip", None, None]
    assert zipped.json == plain.json


async def test_a_double_slash_and_encoded_brackets_survive_the_wire():
    async with served() as line:
        await line.place(identifier="mine")
        by_name = await line.ask("GET", "/v1/orders/uuids?identifiers%5B%5D=mine")
        deposits = await line.ask("GET", "//v1/deposits")

    assert ([row["identifier"] for row in by_name.rows], deposits.status) == (["mine"], 200)


async def test_requests_at_once_on_many_lines_lose_no_money():
    async with served() as line:
        answers = await asyncio.gather(*(line.place(ord_type="price", price="10000", volume=None) for _ in range(10)))
        accounts = {row["currency"]: row for row in (await line.ask("GET", "/v1/accounts")).rows}
        orders = (await line.admin("GET", "/orders")).rows

    assert {answer.status for answer in answers} == {201}
    spent = sum(Decimal(str(order["executed_funds"])) + Decimal(str(order["paid_fee"])) for order in orders)
    bought = sum(Decimal(str(order["executed_volume"])) for order in orders)
    assert Decimal(str(accounts["KRW"]["balance"])) == 100_000_000 - spent
    assert Decimal(str(accounts["BTC"]["balance"])) == 1 + bought


async def test_delays_keep_every_request_and_its_answer_together():
    async with served() as line:
        line.running.gate.latency.in_ms = line.running.gate.latency.out_ms = (0.0, 20.0)
        names = [f"n{number}" for number in range(10)]
        answers = await asyncio.gather(*(line.place(identifier=name) for name in names))

    assert [answer.row["identifier"] for answer in answers] == names


async def test_every_interface_is_reached_over_loopback():
    running = await serve(host="0.0.0.0", source=StillMarket())  # noqa: S104 - for the length of this test

    assert running.rest_url.startswith("http://127.0.0.1:")
    assert running.admin_url.startswith("http://127.0.0.1:")
    await running.stop()


class DyingMarket(StillMarket):
    """A market with a fault of ours in it, which shows after the start."""

    def advance(self, now_ms: int) -> list[Trade | Orderbook]:
        if self._told:
            raise AssertionError("a bug")
        return super().advance(now_ms)


async def test_a_market_that_dies_is_reported_and_raised_at_the_end():
    died = asyncio.get_running_loop().create_future()
    asyncio.get_running_loop().set_exception_handler(lambda _, context: died.set_result(context["message"]))
    running = await serve(source=DyingMarket())

    assert await asyncio.wait_for(died, 5) == "The simulated market has died"
    with pytest.raises(AssertionError, match="a bug"):
        await running.stop()


async def test_open_sockets_are_told_goodbye():
    running = await serve(source=StillMarket())
    async with aiohttp.ClientSession() as session, session.ws_connect(running.websocket_url) as socket:
        await socket.send_str("PING")
        assert (await socket.receive()).data == b'{"status":"UP"}'
        await running.stop()

        assert (await socket.receive()).data == 1001

"""Faults on request: the words they are written in, when they strike, and what WebSocket clients then see."""

import asyncio
from decimal import Decimal

import aiohttp
import msgspec
import pytest
from tests.simulator.feed_scenery import ACCOUNT, BTC, ETH, GONE, Json, Scene, hear, hear_all, scene, small_book, trade

from hoga.model.errors import ConfigError
from hoga.simulator.faults.plan import FaultPlan
from hoga.simulator.faults.vocabulary import SHORT, SPECS, Stage

D = Decimal
TRADES: Json = {"type": "trade", "codes": [BTC], "is_only_realtime": True}


# ------------------------------------------------ words


def test_a_fault_is_read_with_its_arguments_and_conditions():
    plan = FaultPlan.parse(["rest.status(502,accepted)@path=/v1/orders,method=POST,nth=3"])

    struck = [
        plan.strike(Stage.REST_OUT, 0.0, path=path, method="POST")
        for path in ("/v1/orders", "/v1/accounts", "/v1/orders", "/v1/orders", "/v1/orders")
    ]

    assert [len(faults) for faults in struck] == [0, 0, 0, 1, 0]
    assert struck[3][0].args == (502, "accepted")


def test_short_forms_stand_for_several_faults():
    plan = FaultPlan.parse(["latency=200ms,drop=1%"])

    assert list(plan.armed.values()) == ["rest.delay(200ms)", "ws.delay(200ms)", "ws.drop@p=1%"]


@pytest.mark.parametrize("name", SPECS)
def test_every_fault_of_the_vocabulary_can_be_armed_by_its_bare_name(name: str):
    assert list(FaultPlan.parse([name]).armed.values()) == [name]


def test_every_short_form_can_be_armed():
    assert len(FaultPlan.parse([f"{short}=1%" if short == "drop" else f"{short}=1s" for short in SHORT]).armed) == 4


def test_everything_wrong_is_told_at_once_with_what_was_probably_meant():
    with pytest.raises(ConfigError) as refused:
        FaultPlan.parse(
            ["ws.clos(1001)", "ws.drop@p=7", "rest.429@pth=/v1", "ws.cut(sideways)", "latncy=1s", "ws.delay(200)"]
        )

    told = refused.value.problems
    assert len(told) == 6
    assert "Did you mean 'ws.close'?" in told[0]
    assert "no share" in told[1]
    assert "Did you mean 'path'?" in told[2]
    assert "mid_frame, between" in told[3]
    assert "Did you mean 'latency'?" in told[4]
    assert "200ms, 5s or 2m" in told[5]


def test_nothing_is_armed_when_anything_is_wrong():
    plan = FaultPlan()
    with pytest.raises(ConfigError):
        plan.add("ws.drop", "ws.drip")

    assert plan.armed == {}


@pytest.mark.parametrize(
    ("conditions", "expected"),
    [
        ("", [0, 1, 2, 3, 4, 5]),
        ("@count=2", [0, 1]),
        ("@nth=2", [1]),
        ("@every=3", [2, 5]),
        ("@every=2s", [2, 4]),
        ("@after=3s", [3, 4, 5]),
        ("@until=2s", [0, 1]),
        ("@after=1s,every=2s,count=1", [2]),
    ],
)
def test_conditions_say_which_matches_are_struck(conditions: str, expected: list[int]):
    plan = FaultPlan.parse([f"ws.drop{conditions}"])

    assert [second for second in range(6) if plan.strike(Stage.FRAME, float(second))] == expected


def test_the_same_seed_strikes_the_same_matches_about_as_often_as_asked():
    def struck(seed: int) -> list[int]:
        plan = FaultPlan.parse(["ws.drop@p=10%"], seed=seed)
        return [match for match in range(1000) if plan.strike(Stage.FRAME, 0.0)]

    assert struck(1) == struck(1) != struck(2)
    assert 70 < len(struck(1)) < 130


def test_faults_can_be_disarmed_and_what_was_done_is_counted():
    plan = FaultPlan()
    first, second = plan.add("ws.drop", "ws.dup")
    plan.strike(Stage.FRAME, 0.0)

    assert plan.remove(first)
    assert not plan.remove(first)
    plan.strike(Stage.FRAME, 0.0)

    assert plan.armed == {second: "ws.dup"}
    assert plan.counts == {"ws.drop": 1, "ws.dup": 2}
    plan.clear()
    assert not plan.has(Stage.FRAME)


# ------------------------------------------------ what clients see


async def listener(venue: Scene) -> aiohttp.ClientWebSocketResponse:
    return await venue.subscribed(TRADES)


@pytest.mark.parametrize("code", [1000, 1001, 1011, 1012])
async def test_close_ends_the_connection_with_the_code(code: int):
    async with scene(f"ws.close({code})@nth=2") as venue:
        socket = await listener(venue)
        venue.tell(trade(), trade())

        await hear_all(socket, 2)
        closing = await socket.receive(timeout=5)

    assert (closing.type, closing.data) == (aiohttp.WSMsgType.CLOSE, code)


async def test_cut_resets_the_line_in_the_middle_of_a_frame():
    async with scene("ws.cut(mid_frame)") as venue:
        socket = await listener(venue)
        venue.tell(trade())

        assert (await socket.receive(timeout=5)).type in GONE
        assert socket.close_code != 1000


async def test_a_fault_by_the_clock_hits_silent_connections_too():
    async with scene("ws.close(1001)@every=5s,socket=private") as venue:
        public = await listener(venue)
        private = await venue.subscribed({"type": "myOrder"}, path="/private", **venue.token())
        venue.faults.strike_by_clock(Stage.SOCKET, venue.streams._loop.time() - 6, socket="private")
        venue.tell()

        assert (await private.receive(timeout=5)).data == 1001
        venue.tell(trade())
        assert (await hear(public))["type"] == "trade"


async def test_a_black_hole_stays_open_and_says_nothing_more():
    async with scene("ws.blackhole@nth=2") as venue:
        socket = await listener(venue)
        venue.tell(trade())
        venue.tell(trade(), trade())
        await socket.send_str("PING")

        await hear(socket)
        with pytest.raises(TimeoutError):
            await socket.receive(timeout=0.05)
        assert not socket.closed


async def test_a_stall_silences_one_type_only():
    async with scene("ws.stall(trade)@type=trade,nth=1") as venue:
        socket = await venue.subscribed(TRADES, {"type": "ticker", "codes": [BTC]})
        venue.tell(trade(), trade())
        venue.tell(trade())

        assert {f["type"] for f in await hear_all(socket, 2)} == {"ticker"}


async def test_an_upgrade_is_refused_with_the_status():
    async with scene("ws.refuse(503)@count=1") as venue:
        with pytest.raises(aiohttp.WSServerHandshakeError) as refused:
            await venue.connect()
        await venue.connect()

    assert refused.value.status == 503


async def test_auth_fails_on_request_though_the_key_is_good():
    async with scene("ws.auth_fail") as venue:
        socket = await venue.connect("/private", **venue.token())

        assert (await hear(socket))["error"]["name"] == "INVALID_AUTH"


async def test_a_subscription_is_swallowed_or_answered_with_an_error():
    async with scene("ws.ignore_sub@nth=1", "ws.error(WRONG_FORMAT)@nth=1") as venue:
        socket = await venue.connect()
        await venue.ask(socket, TRADES)
        await venue.ask(socket, TRADES)
        venue.tell(trade())

        assert (await hear(socket))["type"] == "trade"
    async with scene("ws.error(NO_CODES)") as venue:
        socket = await venue.connect()
        await socket.send_str("[]")

        assert (await hear(socket))["error"]["name"] == "NO_CODES"


@pytest.mark.parametrize("kind", ["json", "utf8", "empty"])
async def test_garbage_comes_beside_the_frame(kind: str):
    async with scene(f"ws.garbage({kind})") as venue:
        socket = await listener(venue)
        venue.tell(trade())

        await hear(socket)
        with pytest.raises((msgspec.DecodeError, UnicodeDecodeError)):
            msgspec.json.decode((await socket.receive(timeout=5)).data)


async def test_a_huge_frame_is_as_huge_as_asked():
    async with scene("ws.huge(3MB)") as venue:
        socket = await listener(venue)
        venue.tell(trade())

        await hear(socket)
        assert len((await socket.receive(timeout=5)).data) == 3_000_000


async def test_frames_are_lost_doubled_swapped_or_late():
    async with scene(
        "ws.drop@type=trade,nth=1", "ws.dup@type=trade,nth=2", "ws.reorder(1)@type=trade,nth=3", "ws.delay(1ms)@nth=6"
    ) as venue:
        socket = await listener(venue)
        venue.tell(*(trade(price) for price in (1, 2, 3, 4, 5, 6)))

        prices = [frame["trade_price"] for frame in await hear_all(socket, 6)]

    assert prices == [2, 2, 4, 3, 5, 6]


async def test_a_burst_is_as_many_frames_as_asked():
    async with scene("ws.burst(100)@nth=1") as venue:
        socket = await listener(venue)
        venue.tell(trade(1), trade(2))

        assert [frame["trade_price"] for frame in await hear_all(socket, 101)] == [1] * 100 + [2]


async def test_mutations_change_types_schema_numbers_and_times():
    async with scene() as venue:
        socket = await listener(venue)
        seen = []
        for fault in ("ws.mutate(types)", "ws.mutate(schema)", "ws.mutate(nan)", "ws.ts_skew(1s)", "ws.glitch"):
            (number,) = venue.faults.add(fault)
            venue.tell(trade(123))
            venue.faults.remove(number)
            seen.append((await socket.receive(timeout=5)).data)

    types, schema, nan, skewed, glitched = seen
    assert b'"trade_price":"123.0"' in types
    assert b'"something_new"' in schema
    assert b'"trade_price":NaN' in nan
    assert msgspec.json.decode(skewed)["timestamp"] == venue.now_ms - 100 + 1000
    assert msgspec.json.decode(glitched)["trade_price"] == 1230


async def test_exponents_spell_the_same_numbers():
    async with scene("ws.mutate(exponent)") as venue:
        socket = await listener(venue)
        venue.tell(trade(100_001_000, "0.012"))
        payload = (await socket.receive(timeout=5)).data

    assert b'"trade_price":1.000010000E8' in payload
    frame = msgspec.json.decode(payload)
    assert (frame["trade_price"], frame["trade_volume"]) == (100_001_000, 0.012)


async def test_a_snapshot_overlaps_with_the_news_and_a_text_frame_comes_instead_of_a_binary_one():
    async with scene("ws.snapshot_overlap@nth=1", "ws.text@nth=2") as venue:
        socket = await listener(venue)
        venue.tell(trade(), trade())

        news, again = await hear_all(socket, 2)
        text = await socket.receive(timeout=5)

    assert (news["stream_type"], again["stream_type"]) == ("REALTIME", "SNAPSHOT")
    assert text.type is aiohttp.WSMsgType.TEXT


async def test_reading_stops_while_sending_goes_on():
    async with scene("ws.no_read@nth=1") as venue:
        socket = await listener(venue)
        venue.tell(trade())
        await socket.send_str("PING")
        venue.tell(trade())

        assert [f["type"] for f in await hear_all(socket, 2)] == ["trade", "trade"]
        with pytest.raises(TimeoutError):
            await socket.receive(timeout=0.05)


async def test_balances_stay_silent_for_a_while_after_the_first_subscription():
    async with scene("ws.asset_warmup(1m)@count=1") as venue:
        silent = await venue.subscribed({"type": "myAsset"}, path="/private", **venue.token())
        told = await venue.subscribed({"type": "myAsset"}, path="/private", **venue.token())
        venue.venue.operator.deposit(ACCOUNT, "KRW", D(1), venue.now_ms)
        venue.pump.flush()

        assert (await hear(told))["assets"][0]["currency"] == "KRW"
        with pytest.raises(TimeoutError):
            await silent.receive(timeout=0.05)


# ------------------------------------------------ what happens to accounts and markets


async def test_moves_by_the_clock_happen_once_and_are_told_to_the_account():
    async with scene("acct.deposit(BTC,0.5)", "acct.manual_order(bid,10000)", "rest.limit(8,order)") as venue:
        venue.tell(small_book())
        before = venue.venue.exchange.balance(ACCOUNT, "BTC").free
        venue.tell()
        venue.tell()

    assert venue.venue.exchange.balance(ACCOUNT, "BTC").free - before == 0
    assert venue.faults.counts == {"acct.deposit": 1, "acct.manual_order": 1, "rest.limit": 1}
    assert venue.venue.exchange.balance(ACCOUNT, "BTC").free > D("100.5")
    assert venue.venue.pacer.groups["order"].limit == 8


async def test_a_suspended_market_opens_again():
    async with scene(f"mkt.suspend(1s)@market={ETH}") as venue:
        venue.tell()
        suspended = venue.venue.exchange.markets[ETH].state
        venue.tell(later_ms=1000)

    assert (suspended, venue.venue.exchange.markets[ETH].state) == ("suspended", "active")


async def test_a_move_the_venue_refuses_does_not_happen():
    async with scene("acct.withdraw(KRW,999999999999)") as venue:
        venue.tell()
        await asyncio.sleep(0)

    assert venue.venue.exchange.balance(ACCOUNT, "KRW").free == D(10_000_000_000)

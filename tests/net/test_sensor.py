"""The sensor on real sockets, against a venue that misbehaves in every way we know."""

import asyncio
import contextlib
import itertools
import json
import resource
from decimal import Decimal

import pytest
from tests.net.peer import BINARY, CLOSE, CONTINUATION, TEXT, Visit, frame
from tests.net.scenery import ASSETS, BOOK, ORDER, QUICK, WANTED, stage, trade

from hoga.model.commands import OrderId
from hoga.model.errors import ConfigError
from hoga.model.events import (
    BalanceChanged,
    FeedDown,
    FeedStale,
    FeedUp,
    Halt,
    Orderbook,
    OrderUpdated,
    Stream,
    Trade,
)
from hoga.net.inbox import Inbox
from hoga.net.sensor import SensorDiedError
from hoga.upbit.stream.subscriptions import Subscription

INVALID_AUTH = {"error": {"name": "INVALID_AUTH", "message": "인증 정보가 올바르지 않습니다."}}


async def healthy(venue: Visit) -> None:
    """Take the subscription and show something of every part of it."""
    await venue.subscription()
    venue.show(trade(0))
    venue.show(trade(1, code="KRW-ETH"))
    venue.show(BOOK)


async def test_what_the_venue_shows_arrives_decoded_and_stamped():
    async with stage() as play:
        venue = await play.peer.visit()
        asked = await venue.subscription()
        venue.show(trade(1))

        up = await play.hear(FeedUp)
        heard = await play.hear(Trade)

        assert [part["type"] for part in asked] == ["trade", "orderbook"]
        assert up.stream is Stream.PUBLIC
        assert heard.price == Decimal("100.5")
        assert heard.received_ns > 1_700_000_000 * 10**9
        assert play.counted().frames == 1


async def test_the_upgrade_request_carries_no_origin_no_extension_and_on_the_public_socket_no_key_w25():
    async with stage() as play:
        venue = await play.peer.visit()

        assert sorted(name for name, _ in venue.headers) == [
            "Connection",
            "Host",
            "Sec-WebSocket-Key",
            "Sec-WebSocket-Version",
            "Upgrade",
        ]


async def test_the_private_socket_brings_a_token_with_a_fresh_nonce_each_time():
    async with stage(private=True) as play:
        first = await play.peer.visit("/websocket/v1/private")
        await play.next_up(Stream.PRIVATE)
        first.hang_up()
        second = await play.peer.visit("/websocket/v1/private")

        tokens = [visit.header("Authorization") for visit in (first, second)]
        assert all(token and token.startswith("Bearer ") for token in tokens)
        assert tokens[0] != tokens[1]
        assert "Bearer" not in repr(play.notes)
        assert "hoga-sim-key" not in repr(play.notes)


async def test_text_frames_and_fragments_are_read_like_whole_binary_ones():
    async with stage() as play:
        venue = await play.peer.visit()
        message = json.dumps(trade(2)).encode()
        venue.show(trade(1), opcode=TEXT)
        venue.writer.write(frame(BINARY, message[:9], fin=False) + frame(CONTINUATION, message[9:30], fin=False))
        venue.show(b"", opcode=9)
        venue.writer.write(frame(CONTINUATION, message[30:]))
        venue.show(trade(3))

        assert await play.hear_trades(3) == [1, 2, 3]


ENDINGS = {
    "closed 1000": lambda venue: venue.close(1000),
    "closed 1001": lambda venue: venue.close(1001, b"going away"),
    "closed 1011": lambda venue: venue.close(1011),
    "closed 1012": lambda venue: venue.close(1012),
    "closed 4000": lambda venue: venue.close(4000),
    "closed without a code": lambda venue: venue.writer.write(frame(CLOSE)),
    "closed with a forbidden code": lambda venue: venue.close(1005),
    "end of file": lambda venue: venue.hang_up(),
    "reset": lambda venue: venue.reset(),
    "cut in a frame": lambda venue: (venue.writer.write(frame(BINARY, b"x" * 100)[:50]), venue.hang_up()),
    "reset in a frame": lambda venue: (venue.writer.write(frame(BINARY, b"x" * 100)[:50]), venue.reset()),
    "no WebSocket at all": lambda venue: venue.writer.write(b"\xff" * 100),
    "a continuation of nothing": lambda venue: venue.writer.write(frame(CONTINUATION, b"x")),
    "goes dark": lambda venue: venue.go_dark(),
    "garbage": lambda venue: [venue.show(b"{broken") for _ in range(11)],
}


@pytest.mark.parametrize("ending", ENDINGS)
async def test_however_the_socket_ends_the_sensor_says_so_comes_back_and_subscribes_to_everything_w1_w5_w6(ending: str):
    async with stage() as play:
        venue = await play.peer.visit()
        await healthy(venue)
        await play.next_up()

        ENDINGS[ending](venue)
        down = await play.hear(FeedDown)
        again = await play.peer.visit()
        asked = await again.subscription()
        again.show(trade(5))
        up = await play.next_up()

        assert down.reason
        assert asked == [
            {"type": "trade", "codes": ["KRW-BTC", "KRW-ETH"]},
            {"type": "orderbook", "codes": ["KRW-BTC.5"]},
        ]
        assert up.reconnects == 1
        assert play.counted().reconnects <= 1


async def test_a_frame_of_100_megabytes_ends_the_socket_with_1009_and_not_the_memory_w24():
    async with stage() as play:
        venue = await play.peer.visit()
        await healthy(venue)
        await play.next_up()
        before_kb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss

        venue.writer.write(frame(BINARY, b"")[:1] + b"\x7f" + (100 * 1024 * 1024).to_bytes(8, "big"))
        sent = 0
        with contextlib.suppress(ConnectionError):
            while not venue.writer.transport.is_closing():
                venue.writer.write(b"x" * 65536)
                sent += 65536
                await venue.writer.drain()
        again = await play.peer.visit()

        assert again is not venue
        assert venue.close_code.result() == 1009
        assert "1009" in play.noted("feed_closed")[0]["reason"]
        assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before_kb < 40_000


async def test_a_message_in_endless_fragments_ends_the_socket_too_w24():
    async with stage() as play:
        venue = await play.peer.visit()
        venue.writer.write(frame(BINARY, b"x" * 65000, fin=False))
        for _ in range(20):
            venue.writer.write(frame(CONTINUATION, b"x" * 65000, fin=False))

        await play.peer.visit()

        assert "1009" in play.noted("feed_closed")[0]["reason"]


async def test_a_broken_frame_costs_that_one_frame_w23():
    async with stage() as play:
        venue = await play.peer.visit()
        for broken in (b"", b"{", b"\xff\xfe", b"null", b"[" * 5000, b'{"type":"trade","code":"KRW-BTC"}'):
            venue.show(broken)
        venue.show(trade(1))

        await play.hear(Trade)

        assert play.counted().broken == 6
        assert play.counted().connects == 1


async def test_while_the_venue_refuses_connections_the_sensor_keeps_trying_and_alerts_w7():
    async with stage() as play:
        venue = await play.peer.visit()
        await healthy(venue)
        await play.next_up()

        await play.peer.shut()
        venue.reset()
        await play.until(lambda: len(play.noted("feed_still_down")) >= 2)
        await play.peer.open()
        again = await play.peer.visit()
        await healthy(again)

        assert (await play.next_up()).reconnects == 1
        assert "Refused" in play.noted("feed_refused")[0]["reason"]


async def test_a_refused_upgrade_and_a_redirect_are_failures_and_the_token_goes_nowhere_else():
    refusals = itertools.cycle(
        [
            b"HTTP/1.1 302 Found\r\nLocation: /elsewhere\r\nContent-Length: 0\r\n\r\n",
            b"HTTP/1.1 503 Busy\r\nContent-Length: 4\r\n\r\nbusy",
            b"rubbish\r\n\r\n",
            b"",
        ]
    )
    async with stage(private=True) as play:
        paths = []

        def refuse(visit: Visit) -> bytes | None:
            paths.append(visit.path)
            return next(refusals) if len(paths) <= 4 else None

        play.peer.answer = refuse
        await play.next_up(Stream.PRIVATE)

        assert set(paths) == {"/websocket/v1/private"}
        assert [note["status"] for note in play.noted("feed_refused")] == [302, 503, 0, 0]


async def test_a_handshake_that_hangs_is_given_up_and_tried_again():
    async with stage(connect_within_s=0.1) as play:

        async def silent(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            await reader.read()
            writer.close()

        await play.peer.shut()
        deaf = await asyncio.start_server(silent, "127.0.0.1", play.peer.port)
        await play.until(lambda: len(play.noted("feed_refused")) >= 3)
        deaf.close()
        await play.peer.open()
        await play.peer.visit()


async def test_wrong_keys_are_tried_three_times_with_fresh_nonces_and_then_trading_halts_w10():
    async with stage(private=True, subscriptions=WANTED) as play:
        tokens = set()
        play.peer.lists = False
        for _ in range(3):
            venue = await play.peer.visit("/websocket/v1/private")
            tokens.add(venue.header("Authorization"))
            venue.show(INVALID_AUTH)
        halt = await play.hear(Halt)
        public = await play.peer.visit()
        await healthy(public)
        await play.hear(Trade)

        assert len(tokens) == 3
        assert "INVALID_AUTH" in halt.reason
        assert play.counted(Stream.PRIVATE).connects == 3
        assert not play.task.done()


async def test_a_public_socket_that_shows_nothing_after_the_subscription_is_replaced():
    async with stage() as play:
        ignored = await play.peer.visit()
        await ignored.subscription()
        taken = await play.peer.visit()
        await healthy(taken)

        assert (await play.next_up()).reconnects == 0
        assert play.noted("feed_closed")[0]["reason"] == "no data after subscribing"


async def test_a_part_of_the_subscription_that_shows_nothing_is_asked_once_more_and_then_named_stale_w12():
    async with stage() as play:
        venue = await play.peer.visit()
        await venue.subscription()
        venue.show(trade(1))
        venue.show(BOOK)
        asked_again = await venue.subscription()
        venue.show(BOOK)
        venue.show(trade(2))
        stale = await play.hear(FeedStale)

        assert [part["type"] for part in asked_again] == ["trade", "orderbook"]
        assert stale.market == "KRW-ETH"
        assert play.counted().connects == 1


async def test_a_private_socket_that_does_not_confirm_its_subscription_is_replaced_w12():
    async with stage(private=True) as play:
        play.peer.lists = False
        await play.peer.visit("/websocket/v1/private")
        play.peer.lists = True
        await play.peer.visit("/websocket/v1/private")

        assert (await play.next_up(Stream.PRIVATE)).reconnects == 0


async def test_a_private_stream_that_does_not_tell_of_an_accepted_order_is_replaced_w4():
    async with stage(private=True) as play:
        venue = await play.peer.visit("/websocket/v1/private")
        await play.next_up(Stream.PRIVATE)
        venue.show(ORDER)
        await play.hear(OrderUpdated)

        play.sensor.expect_private(OrderId("ours-1"))
        await asyncio.sleep(2 * QUICK.deaf_after_s)
        assert play.counted(Stream.PRIVATE).connects == 1
        play.sensor.expect_private(OrderId("ours-2"))
        await play.hear(FeedDown)

        assert "ours-2" in play.noted("feed_closed")[0]["reason"]


async def test_quiet_sockets_are_kept_alive_by_pings():
    async with stage(private=True) as play:
        venue = await play.peer.visit("/websocket/v1/private")
        await play.next_up(Stream.PRIVATE)
        await play.until(lambda: venue.pings >= 4)

        assert play.counted(Stream.PRIVATE).connects == 1


async def test_a_trade_that_is_repeated_after_a_reconnect_counts_once_w13_w20():
    async with stage() as play:
        venue = await play.peer.visit()
        await healthy(venue)
        venue.show(trade(3))
        venue.show(trade(3))
        await play.next_up()
        venue.close(1001)
        again = await play.peer.visit()
        again.show(trade(3, stream_type="SNAPSHOT"))
        again.show(trade(1))
        again.show(trade(4))
        ids = await play.hear_trades(5)

        assert ids == [0, 1, 3, 1, 4]  # the first 1 is another market's, whose ids are its own
        assert play.counted().duplicates == 2


async def test_a_slow_brain_pauses_the_socket_and_loses_no_trade_w26():
    inbox = Inbox(market_capacity=50)
    count = 20_000
    async with stage(inbox=inbox, subscriptions=[Subscription(type="trade", codes=("KRW-BTC",))]) as play:
        venue = await play.peer.visit()
        for number in range(count):
            venue.show(trade(number))
        await play.until(lambda: bool(play.counted().pauses))
        await asyncio.sleep(3 * QUICK.ping_every_s)
        backlog = inbox.unread

        ids = await play.hear_trades(count)

        assert ids == list(range(count))
        assert backlog < count
        assert play.counted().connects == 1


async def test_books_nobody_has_read_are_replaced_by_newer_ones_but_trades_never_w26():
    async with stage() as play:
        venue = await play.peer.visit()
        for number in range(10):
            venue.show(trade(number))
            venue.show(BOOK | {"timestamp": number})
        await play.until(lambda: play.counted().frames >= 20)
        heard = [play.inbox.get_nowait() for _ in range(play.inbox.unread)]

        assert sum(isinstance(event, Trade) for event in heard) == 10
        assert [event.timestamp_ms for event in heard if isinstance(event, Orderbook)] == [9]
        assert play.inbox.conflated == 9


async def test_account_events_overtake_market_events():
    async with stage(private=True, subscriptions=WANTED) as play:
        public = await play.peer.visit()
        private = await play.peer.visit("/websocket/v1/private")
        await play.next_up(Stream.PRIVATE)
        for number in range(10):
            public.show(trade(number))
        await play.until(lambda: play.counted().frames >= 10)
        private.show(ASSETS)
        await play.until(lambda: play.counted(Stream.PRIVATE).frames >= 2)
        first = [play.inbox.get_nowait() for _ in range(3)]

        assert [type(event) for event in first] == [FeedUp, BalanceChanged, Trade]


async def test_the_private_socket_is_read_even_while_the_public_one_is_paused():
    inbox = Inbox(market_capacity=5)
    async with stage(inbox=inbox, private=True, subscriptions=WANTED) as play:
        public = await play.peer.visit()
        private = await play.peer.visit("/websocket/v1/private")
        await play.until(lambda: play.counted(Stream.PRIVATE).frames == 1)
        for number in range(20):
            public.show(trade(number))
        await play.until(lambda: play.counted().pauses == 1)
        private.show(ASSETS)
        await play.until(lambda: play.counted(Stream.PRIVATE).frames == 2)
        private.show(ASSETS)
        await play.until(lambda: play.counted(Stream.PRIVATE).frames == 3)

        await play.hear(BalanceChanged)
        await play.hear(BalanceChanged)
        assert play.counted(Stream.PRIVATE).pauses == 0


async def test_a_venue_whose_clock_is_off_is_noted_once_and_its_news_are_taken_all_the_same_w29_r25():
    async with stage() as play:
        venue = await play.peer.visit()
        venue.show(trade(1))
        await play.hear(Trade)
        venue.show(trade(2, timestamp=2_000_000_000_000))
        await play.hear(Trade)

        assert len(play.noted("venue_time_skew")) == 1
        assert play.counted().skewed == 2


async def test_the_tape_gets_every_frame_as_it_came_even_a_broken_one():
    taped = []
    async with stage(tape=lambda *frame: taped.append(frame)) as play:
        venue = await play.peer.visit()
        venue.show(b"{broken")
        venue.show(trade(1))
        await play.hear(Trade)

        assert [(stream, raw) for stream, _, raw in taped] == [
            (Stream.PUBLIC, b"{broken"),
            (Stream.PUBLIC, json.dumps(trade(1)).encode()),
        ]


async def test_subscribing_to_more_sends_all_of_it_again():
    async with stage() as play:
        venue = await play.peer.visit()
        await healthy(venue)
        await play.next_up()

        play.sensor.subscribe((*WANTED, Subscription(type="ticker", codes=("KRW-XRP",))))

        assert [part["type"] for part in await venue.subscription()] == ["trade", "orderbook", "ticker"]


async def test_a_fault_of_our_own_ends_the_sensor_with_that_fault():
    def tear(*_frame: object) -> None:
        raise OSError("the tape is torn")

    async with stage(tape=tear) as play:
        venue = await play.peer.visit()
        venue.show(trade(1))
        await asyncio.wait({play.task}, timeout=5)

        with pytest.raises(OSError, match="torn"):
            play.task.result()


async def test_killing_one_stream_ends_the_sensor_loudly_p21():
    async with stage(private=True, subscriptions=WANTED) as play:
        await play.next_up(Stream.PRIVATE)
        (victim,) = (task for task in asyncio.all_tasks() if task.get_name() == "sensor-public")
        victim.cancel()
        await asyncio.wait({play.task}, timeout=5)

        with pytest.raises(SensorDiedError, match="sensor-public"):
            play.task.result()


async def test_stopping_says_goodbye_and_returns():
    async with stage() as play:
        venue = await play.peer.visit()
        await healthy(venue)
        await play.next_up()

        play.sensor.stop()
        await asyncio.wait({play.task}, timeout=5)

        assert play.task.done()
        assert await venue.close_code == 1000
        assert play.task.exception() is None


async def test_a_real_key_is_never_brought_to_a_strange_host_s16():
    with pytest.raises(ConfigError):
        async with stage(private=True, websocket_url="wss://example.com/websocket/v1"):
            pass

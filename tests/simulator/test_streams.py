"""The three WebSockets, over real sockets: what a client sends and what it hears."""

import asyncio
from decimal import Decimal
from pathlib import Path

import aiohttp
import msgspec
import pytest
from tests.simulator.feed_scenery import (
    ACCOUNT,
    BTC,
    ETH,
    GONE,
    Json,
    hear,
    hear_all,
    scene,
    small_book,
    trade,
)

from hoga.simulator.core.orders import NewOrder

D = Decimal

# The order of keys on the wire, from the Upbit docs (stream pages of 2026) and the official SDK 1.1.0.
TICKER = [
    ("type", "ty"),
    ("code", "cd"),
    ("opening_price", "op"),
    ("high_price", "hp"),
    ("low_price", "lp"),
    ("trade_price", "tp"),
    ("prev_closing_price", "pcp"),
    ("acc_trade_price", "atp"),
    ("change", "c"),
    ("change_price", "cp"),
    ("signed_change_price", "scp"),
    ("change_rate", "cr"),
    ("signed_change_rate", "scr"),
    ("ask_bid", "ab"),
    ("trade_volume", "tv"),
    ("acc_trade_volume", "atv"),
    ("trade_date", "tdt"),
    ("trade_time", "ttm"),
    ("trade_timestamp", "ttms"),
    ("acc_ask_volume", "aav"),
    ("acc_bid_volume", "abv"),
    ("highest_52_week_price", "h52wp"),
    ("highest_52_week_date", "h52wdt"),
    ("lowest_52_week_price", "l52wp"),
    ("lowest_52_week_date", "l52wdt"),
    ("market_state", "ms"),
    ("is_trading_suspended", "its"),
    ("delisting_date", "dd"),
    ("market_warning", "mw"),
    ("timestamp", "tms"),
    ("acc_trade_price_24h", "atp24h"),
    ("acc_trade_volume_24h", "atv24h"),
    ("stream_type", "st"),
]
TRADE = [
    ("type", "ty"),
    ("code", "cd"),
    ("timestamp", "tms"),
    ("trade_date", "td"),
    ("trade_time", "ttm"),
    ("trade_timestamp", "ttms"),
    ("trade_price", "tp"),
    ("trade_volume", "tv"),
    ("ask_bid", "ab"),
    ("prev_closing_price", "pcp"),
    ("change", "c"),
    ("change_price", "cp"),
    ("sequential_id", "sid"),
    ("best_ask_price", "bap"),
    ("best_ask_size", "bas"),
    ("best_bid_price", "bbp"),
    ("best_bid_size", "bbs"),
    ("stream_type", "st"),
]
BOOK = [
    ("type", "ty"),
    ("code", "cd"),
    ("timestamp", "tms"),
    ("total_ask_size", "tas"),
    ("total_bid_size", "tbs"),
    ("orderbook_units", "obu"),
    ("stream_type", "st"),
    ("level", "lv"),
]
UNIT = [("ask_price", "ap"), ("bid_price", "bp"), ("ask_size", "as"), ("bid_size", "bs")]
CANDLE = [
    ("type", "ty"),
    ("code", "cd"),
    ("candle_date_time_utc", "cdttmu"),
    ("candle_date_time_kst", "cdttmk"),
    ("opening_price", "op"),
    ("high_price", "hp"),
    ("low_price", "lp"),
    ("trade_price", "tp"),
    ("candle_acc_trade_volume", "catv"),
    ("candle_acc_trade_price", "catp"),
    ("timestamp", "tms"),
    ("stream_type", "st"),
]
MY_ORDER = [
    ("type", "ty"),
    ("code", "cd"),
    ("uuid", "uid"),
    ("ask_bid", "ab"),
    ("order_type", "ot"),
    ("state", "s"),
    ("trade_uuid", "tuid"),
    ("price", "p"),
    ("avg_price", "ap"),
    ("volume", "v"),
    ("remaining_volume", "rv"),
    ("executed_volume", "ev"),
    ("trades_count", "tc"),
    ("reserved_fee", "rsf"),
    ("remaining_fee", "rmf"),
    ("paid_fee", "pf"),
    ("locked", "l"),
    ("executed_funds", "ef"),
    ("time_in_force", "tif"),
    ("trade_fee", "tf"),
    ("is_maker", "im"),
    ("identifier", "id"),
    ("smp_type", "smpt"),
    ("prevented_volume", "pv"),
    ("prevented_locked", "pl"),
    ("trade_timestamp", "ttms"),
    ("order_timestamp", "otms"),
    ("timestamp", "tms"),
    ("stream_type", "st"),
]
MY_ASSET = [
    ("type", "ty"),
    ("asset_uuid", "astuid"),
    ("assets", "ast"),
    ("asset_timestamp", "asttms"),
    ("timestamp", "tms"),
    ("stream_type", "st"),
]
GOLDEN = {"ticker": TICKER, "trade": TRADE, "orderbook": BOOK, "candle.1m": CANDLE}


async def test_a_subscriber_hears_the_state_first_and_news_after_it():
    async with scene() as venue:
        venue.tell(trade(), small_book())
        socket = await venue.subscribed({"type": "trade", "codes": [BTC]})
        venue.tell(trade(100_002_000))

        frames = await hear_all(socket, 2)

    assert [(f["stream_type"], f["trade_price"]) for f in frames] == [
        ("SNAPSHOT", 100_000_000),
        ("REALTIME", 100_002_000),
    ]


@pytest.mark.parametrize("flag", ["is_only_snapshot", "isOnlySnapshot"])
async def test_only_the_state_is_told_to_who_asks_for_it_alone(flag: str):
    async with scene() as venue:
        venue.tell(trade(), small_book())
        socket = await venue.subscribed(
            {"type": "trade", "codes": [BTC], flag: True}, {"type": "ticker", "codes": [ETH]}
        )
        venue.tell(trade(1), trade(3_000_000, code=ETH))

        frames = await hear_all(socket, 2)

    assert [(f["type"], f["stream_type"]) for f in frames] == [("trade", "SNAPSHOT"), ("ticker", "REALTIME")]


@pytest.mark.parametrize("flag", ["is_only_realtime", "isOnlyRealtime"])
async def test_only_news_are_told_to_who_asks_for_them_alone(flag: str):
    async with scene() as venue:
        venue.tell(trade(), small_book())
        socket = await venue.subscribed({"type": "trade", "codes": [BTC], flag: True})
        venue.tell(trade(100_002_000))

        assert (await hear(socket))["stream_type"] == "REALTIME"


@pytest.mark.parametrize("frame_format", ["DEFAULT", "SIMPLE", "JSON_LIST", "SIMPLE_LIST"])
@pytest.mark.parametrize("stream", GOLDEN)
async def test_every_stream_has_the_venues_keys_in_the_venues_order(stream: str, frame_format: str):
    async with scene() as venue:
        venue.tell(trade(), small_book())
        socket = await venue.subscribed({"format": frame_format}, {"type": stream, "codes": [BTC]})
        message = await socket.receive(timeout=5)

    frame = msgspec.json.decode(message.data)
    if frame_format.endswith("LIST"):
        (frame,) = frame
    short = frame_format.startswith("SIMPLE")
    assert list(frame) == [keys[short] for keys in GOLDEN[stream]]
    if stream == "orderbook":
        assert list(frame["obu" if short else "orderbook_units"][0]) == [keys[short] for keys in UNIT]


@pytest.mark.parametrize(
    "fixture",
    [
        "ws_ticker_default_snapshot",
        "ws_trade_default_snapshot",
        "ws_orderbook_default_snapshot_level10000_first2units",
        "ws_candle_1m_default_snapshot",
        "ws_myorder_default_trade",
        "ws_myorder_live_wait_price_order_2025-11",
        "ws_myasset_default",
    ],
)
def test_the_golden_orders_are_those_of_recorded_frames(fixture: str, shared: Path):
    recorded = msgspec.json.decode((shared / "reference" / "fixtures" / f"{fixture}.json").read_bytes())
    golden = {**GOLDEN, "myOrder": MY_ORDER, "myAsset": MY_ASSET}

    assert list(recorded) == [long for long, _ in golden[recorded["type"]]]


@pytest.mark.parametrize(
    ("stream", "fixture"),
    [
        ("ticker", "ws_ticker_default_snapshot"),
        ("trade", "ws_trade_default_snapshot"),
        ("orderbook", "ws_orderbook_default_snapshot_level10000_first2units"),
        ("candle.1m", "ws_candle_1m_default_snapshot"),
    ],
)
async def test_every_value_has_the_type_of_a_recorded_one(stream: str, fixture: str, shared: Path):
    recorded = msgspec.json.decode((shared / "reference" / "fixtures" / f"{fixture}.json").read_bytes())
    async with scene() as venue:
        venue.tell(small_book(), msgspec.structs.replace(trade(), best_ask_price=D(1), best_bid_price=D(1)))
        socket = await venue.subscribed({"type": stream, "codes": [BTC]})
        frame = await hear(socket)

    sizes = {"best_ask_size", "best_bid_size"}  # this print does not tell them
    assert {key: type(value) for key, value in frame.items() if key not in sizes} == {
        key: type(value) for key, value in recorded.items() if key not in sizes
    }


async def test_numbers_are_exact_and_whole_prices_look_like_doubles():
    async with scene() as venue:
        venue.tell(trade(100_000_000, "0.00000001"))
        socket = await venue.subscribed({"type": "trade", "codes": [BTC]})
        payload = (await socket.receive(timeout=5)).data

    assert b'"trade_price":100000000.0,"trade_volume":0.00000001,' in payload
    assert b'"sequential_id":17877290420000000,' in payload


async def test_a_second_message_replaces_the_first():
    async with scene() as venue:
        socket = await venue.subscribed({"type": "trade", "codes": [BTC]})
        await venue.ask(socket, {"type": "trade", "codes": [ETH]})
        venue.tell(trade(), trade(3_000_000, code=ETH))

        assert (await hear(socket))["code"] == ETH


async def test_one_type_may_come_twice_with_a_level_and_a_depth_each():
    async with scene() as venue:
        venue.tell(small_book())
        socket = await venue.subscribed(
            {"type": "orderbook", "codes": [f"{BTC}.1"]}, {"type": "orderbook", "codes": [BTC], "level": 10_000}
        )
        best, grouped = await hear_all(socket, 2)

    assert best["orderbook_units"] == [
        {"ask_price": 100_001_000, "bid_price": 99_999_000, "ask_size": 0.1, "bid_size": 0.3}
    ]
    assert grouped["orderbook_units"] == [
        {"ask_price": 100_010_000, "bid_price": 99_990_000, "ask_size": 0.3, "bid_size": 0.7},
        {"ask_price": 100_020_000, "bid_price": 0, "ask_size": 1e-8, "bid_size": 0},
    ]
    assert (grouped["total_ask_size"], grouped["level"]) == (0.30000001, 10_000)


async def test_unknown_and_lower_case_codes_are_swallowed_while_the_others_deliver():
    async with scene() as venue:
        socket = await venue.subscribed({"type": "trade", "codes": ["KRW-NONE", "krw-btc", ETH]})
        venue.tell(trade(), trade(3_000_000, code=ETH))

        assert (await hear(socket))["code"] == ETH


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("hello", "WRONG_FORMAT"),
        ('{"ticket":"t"}', "WRONG_FORMAT"),
        ('[{"ticket":"t"},{"type":"trade","codes":"KRW-BTC"}]', "WRONG_FORMAT"),
        ('[{"ticket":"t"},{"type":"trade","codes":["KRW-BTC"],"is_only_realtime":1}]', "WRONG_FORMAT"),
        ('[{"type":"trade","codes":["KRW-BTC"]}]', "NO_TICKET"),
        ('[{"ticket":"t"}]', "NO_TYPE"),
        ('[{"ticket":"t"},{"codes":["KRW-BTC"]}]', "NO_TYPE"),
        ('[{"ticket":"t"},{"type":"trade"}]', "NO_CODES"),
        ('[{"ticket":"t"},{"type":"trade","codes":[]}]', "NO_CODES"),
        ('[{"ticket":"t"},{"type":"myTrade","codes":["KRW-BTC"]}]', "INVALID_PARAM"),
        ('[{"ticket":"t"},{"type":"trade","codes":["KRW-BTC"]},{"format":"SHORT"}]', "INVALID_PARAM"),
        ('[{"ticket":"t"},{"type":"orderbook","codes":["KRW-BTC"],"level":1500}]', "INVALID_PARAM"),
        ('[{"ticket":"t"},{"method":"SUBSCRIBE"}]', "INVALID_PARAM"),
    ],
)
async def test_a_wrong_message_gets_its_error_by_name_and_the_connection_ends(text: str, name: str):
    async with scene() as venue:
        socket = await venue.connect()
        await socket.send_str(text)

        error = await hear(socket)
        closing = await socket.receive(timeout=5)

    assert (error["error"]["name"], closing.type, closing.data) == (name, aiohttp.WSMsgType.CLOSE, 1000)


async def test_the_subscriptions_can_be_listed_and_the_list_changes_the_format_of_what_follows():
    async with scene() as venue:
        socket = await venue.subscribed(
            {"type": "ticker", "codes": [BTC, ETH]}, {"type": "orderbook", "codes": [f"{BTC}.5"]}
        )
        await venue.ask(socket, {"method": "LIST_SUBSCRIPTIONS"}, {"format": "SIMPLE"})
        listed = await hear(socket)
        venue.tell(trade())

        assert listed == {
            "mthd": "LIST_SUBSCRIPTIONS",
            "rslt": [{"ty": "ticker", "cds": [BTC, ETH]}, {"ty": "orderbook", "cds": [f"{BTC}.5"], "lv": 0}],
            "tckt": "t",
        }
        assert (await hear(socket))["ty"] == "ticker"


async def test_a_text_ping_is_answered_up_at_once():
    async with scene() as venue:
        socket = await venue.connect()
        await socket.send_str("PING")

        assert await hear(socket) == {"status": "UP"}


async def test_a_sixth_message_in_a_second_is_too_many_and_the_connection_lives_on():
    async with scene() as venue:
        socket = await venue.connect()
        for _ in range(12):  # two seconds may share the messages, but not twelve
            await socket.send_str("PING")

        frames = await hear_all(socket, 12)

    assert {"TOO_MANY_REQUEST"} == {f["error"]["name"] for f in frames if "error" in f}


async def test_an_idle_connection_is_dropped_and_a_busy_one_is_not():
    async with scene(idle_close_s=60.0) as venue:
        idle, busy = await venue.connect(), await venue.connect()
        for socket in venue.streams.sockets:
            socket.active_s -= 61
        await venue.say(busy, "PING")
        venue.tell()

        assert (await idle.receive(timeout=5)).type in GONE
        assert await hear(busy) == {"status": "UP"}


async def test_a_sixth_connect_in_a_second_is_refused():
    async with scene() as venue:
        for _ in range(5):
            await venue.connect()
        with pytest.raises(aiohttp.WSServerHandshakeError) as refused:
            await venue.connect()

    assert refused.value.status == 429


# ------------------------------------------------ candles


async def test_a_candle_is_told_at_most_once_a_second_and_only_when_it_changed():
    async with scene() as venue:
        socket = await venue.subscribed({"type": "candle.1m", "codes": [BTC], "is_only_realtime": True})
        venue.tell(trade(100), later_ms=1000)
        venue.tell(trade(110), later_ms=100)
        venue.tell(trade(90), later_ms=100)
        venue.tell(later_ms=800)
        venue.tell(later_ms=1000)
        venue.tell(trade(95), later_ms=1000)

        frames = await hear_all(socket, 3)

    told = [tuple(f[key] for key in ("opening_price", "high_price", "low_price", "trade_price")) for f in frames]
    assert told == [(100, 100, 100, 100), (100, 110, 90, 90), (100, 110, 90, 95)]


# ------------------------------------------------ private


async def test_an_order_is_told_from_its_placing_to_its_end_with_the_fills_own_figures():
    async with scene() as venue:
        venue.tell(small_book())
        socket = await venue.subscribed({"type": "myOrder"}, {"type": "myAsset"}, path="/private", **venue.token())
        wish = NewOrder(
            market=BTC, side="bid", ord_type="limit", price=D(100_001_000), volume=D("0.05"), identifier="mine"
        )
        venue.venue.exchange.place(ACCOUNT, wish, venue.now_ms)
        venue.pump.flush()

        frames = await hear_all(socket, 5)

    orders = [f for f in frames if f["type"] == "myOrder"]
    assert [f["state"] for f in orders] == ["wait", "trade", "done"]
    assert all(list(f) == [long for long, _ in MY_ORDER] for f in orders)
    waits, trades, _ = orders
    assert (waits["trade_uuid"], waits["trade_fee"], waits["is_maker"], waits["trade_timestamp"]) == (None,) * 4
    assert (trades["price"], trades["volume"], trades["trade_fee"]) == (100_001_000, 0.05, 2500.025)
    assert (trades["is_maker"], trades["identifier"], trades["remaining_volume"]) == (False, "mine", 0)
    assert trades["order_timestamp"] % 1000 == 0
    assets = [f for f in frames if f["type"] == "myAsset"]
    assert all(list(f) == [long for long, _ in MY_ASSET] for f in assets)
    assert {a["currency"] for f in assets for a in f["assets"]} == {"KRW", "BTC"}


async def test_a_buy_asked_in_money_has_null_volumes_while_it_waits():
    async with scene() as venue:
        venue.tell(small_book())
        socket = await venue.subscribed({"type": "myOrder", "codes": [BTC]}, path="/private", **venue.token())
        wish = NewOrder(market=BTC, side="bid", ord_type="price", price=D(5000))
        venue.venue.exchange.place(ACCOUNT, wish, venue.now_ms)
        venue.pump.flush()

        waits, _, ends = await hear_all(socket, 3)

    assert [waits[key] for key in ("volume", "remaining_volume", "executed_volume", "prevented_volume")] == [None] * 4
    assert (waits["price"], waits["locked"], waits["reserved_fee"]) == (5000, 5002.5, 2.5)
    assert ends["state"] == "cancel"


async def test_an_account_hears_only_of_the_markets_it_asked_for():
    async with scene() as venue:
        venue.tell(small_book(), small_book(code=ETH))
        socket = await venue.subscribed({"type": "myOrder", "codes": [ETH]}, path="/private", **venue.token())
        for code in (BTC, ETH):
            wish = NewOrder(market=code, side="bid", ord_type="limit", price=D(1_000_000), volume=D("0.1"))
            venue.venue.exchange.place(ACCOUNT, wish, venue.now_ms)
        venue.pump.flush()

        assert (await hear(socket))["code"] == ETH


async def test_a_bad_token_is_told_so_and_the_connection_ends():
    async with scene() as venue:
        socket = await venue.connect("/private", **venue.token(secret="k" * 40))

        error = await hear(socket)
        closing = await socket.receive(timeout=5)

    assert (error["error"]["name"], closing.data) == ("INVALID_AUTH", 1000)


async def test_one_token_opens_the_private_socket_twice():
    async with scene() as venue:
        for _ in range(2):
            socket = await venue.connect("/private", **venue.token(nonce="the same"))
            await socket.send_str("PING")
            assert await hear(socket) == {"status": "UP"}


async def test_codes_do_not_go_with_my_asset():
    async with scene() as venue:
        socket = await venue.connect("/private", **venue.token())
        await socket.send_str('[{"ticket":"t"},{"type":"myAsset","codes":["KRW-BTC"]}]')

        assert (await hear(socket))["error"]["name"] == "WRONG_FORMAT"


async def test_one_event_is_spelled_once_for_all_who_want_it_the_same_way():
    async with scene() as venue:
        wanted: Json = {"type": "orderbook", "codes": [BTC]}
        sockets = [await venue.subscribed(wanted) for _ in range(3)]
        spelled = []
        venue.streams._teller.book = lambda *args: spelled.append(args) or b"{}"  # type: ignore[method-assign,func-returns-value]
        venue.tell(small_book())

        assert [await hear(socket) for socket in sockets] == [{}] * 3
        assert len(spelled) == 1


async def test_a_client_that_does_not_read_is_dropped_and_the_others_are_served():
    async with scene() as venue:
        slow = await venue.subscribed({"type": "trade", "codes": [BTC]})
        kept = await venue.subscribed({"type": "ticker", "codes": [ETH]})
        first = next(iter(venue.streams.sockets))
        first.transport.write(b"\x82\x7f" + (64 << 20).to_bytes(8, "big") + bytes(64 << 20))
        venue.tell(trade(), trade(3_000_000, code=ETH))

        assert (await hear(kept))["code"] == ETH
        assert (await slow.receive(timeout=5)).type in GONE
        assert venue.streams.slow_dropped == 1


async def test_the_book_is_shown_with_the_users_own_orders_at_the_next_place_of_the_grid():
    async with scene() as venue:
        venue.tell(small_book())
        socket = await venue.subscribed({"type": "orderbook", "codes": [BTC], "is_only_realtime": True})
        wish = NewOrder(market=BTC, side="bid", ord_type="limit", price=D(100_000_000), volume=D("0.5"))
        venue.venue.exchange.place(ACCOUNT, wish, venue.now_ms)
        venue.pump.flush()
        venue.tell(later_ms=100)

        best = (await hear(socket))["orderbook_units"][0]

    assert (best["bid_price"], best["bid_size"]) == (100_000_000, 0.5)


async def test_the_pump_beats_by_itself_until_it_is_stopped():
    async with scene() as venue:
        socket = await venue.subscribed({"type": "trade", "codes": [BTC]})
        pumping = asyncio.create_task(venue.pump.run())
        venue.source.news.append(trade())

        assert (await hear(socket))["type"] == "trade"
        pumping.cancel()

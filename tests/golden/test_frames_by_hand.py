"""Frames written by hand from the venue's documents: one fact of its wire each, the source beside it.

"Reference" is the project's collection of facts about Upbit's API as of 2026-11-23, by section.
"""

import json
from decimal import Decimal

import pytest

from hoga.model.commands import OrderId, OrderKind, SelfMatch, Side, TimeInForce, VenueOrderId
from hoga.model.events import (
    Announcement,
    AskBid,
    Balance,
    BalanceChanged,
    BookUnit,
    Candle,
    Event,
    Fill,
    Orderbook,
    OrderReport,
    OrderStateSeen,
    OrderUpdated,
    StreamType,
    Ticker,
    Trade,
)
from hoga.upbit.stream.frames import (
    Heard,
    StatusUp,
    Subscribed,
    SubscriptionList,
    UnknownFrame,
    VenueError,
    decode_frame,
)
from hoga.upbit.stream.subscriptions import FrameFormat

AT = 1_787_728_551_800_000_000

D = Decimal


def hear(text: str, frame_format: FrameFormat = FrameFormat.DEFAULT) -> Heard:
    (heard,) = decode_frame(text.encode(), AT, frame_format)
    return heard


# Reference 9.3, trade: keys and their order.
TRADE = """{"type":"trade","code":"KRW-ETH","timestamp":1787728551752,"trade_date":"2026-08-26","trade_time":"07:15:51",
"trade_timestamp":1787728551696,"trade_price":3427000.0,"trade_volume":0.00883869,"ask_bid":"BID",
"prev_closing_price":3394000.0,"change":"RISE","change_price":33000.0,"sequential_id":17877285516960000,
"best_ask_price":3427000,"best_ask_size":1.12778516,"best_bid_price":3426000,"best_bid_size":10.05419423,
"stream_type":"SNAPSHOT"}"""

TRADE_MEANS = Trade(
    market="KRW-ETH",
    price=D("3427000.0"),
    volume=D("0.00883869"),
    ask_bid=AskBid.BID,
    trade_timestamp_ms=1787728551696,
    timestamp_ms=1787728551752,
    sequential_id=17877285516960000,
    best_ask_price=D(3427000),
    best_ask_size=D("1.12778516"),
    best_bid_price=D(3426000),
    best_bid_size=D("10.05419423"),
    stream_type=StreamType.SNAPSHOT,
    received_ns=AT,
)


def test_a_trade():
    heard = hear(TRADE)

    assert heard == TRADE_MEANS
    assert type(heard) is Trade


# Reference 9.1, format: SIMPLE has short keys, the list forms wrap the payload in an array.
SHORT_TRADE = """{"ty":"trade","cd":"KRW-ETH","tms":1787728551752,"td":"2026-08-26","ttm":"07:15:51",
"ttms":1787728551696,"tp":3427000.0,"tv":0.00883869,"ab":"BID","pcp":3394000.0,"c":"RISE","cp":33000.0,"sid":17877285516960000,
"bap":3427000,"bas":1.12778516,"bbp":3426000,"bbs":10.05419423,"st":"SNAPSHOT"}"""


@pytest.mark.parametrize(
    ("text", "frame_format"),
    [
        (SHORT_TRADE, FrameFormat.SIMPLE),
        (f"[{TRADE}]", FrameFormat.JSON_LIST),
        (f"[{SHORT_TRADE}]", FrameFormat.SIMPLE_LIST),
        # Reference 9.2: a question may have changed the format of the live streams under our feet.
        (SHORT_TRADE, FrameFormat.DEFAULT),
        (TRADE, FrameFormat.SIMPLE),
        (f"[{TRADE}]", FrameFormat.DEFAULT),
        (f"[{SHORT_TRADE}]", FrameFormat.JSON_LIST),
        (TRADE, FrameFormat.SIMPLE_LIST),
    ],
)
def test_the_same_trade_in_each_format(text: str, frame_format: FrameFormat):
    assert hear(text, frame_format) == TRADE_MEANS


def test_a_list_may_hold_several_things():
    heard = decode_frame(f'[{TRADE},{{"status":"UP"}},{TRADE}]'.encode(), AT, FrameFormat.JSON_LIST)

    assert heard == (TRADE_MEANS, StatusUp(), TRADE_MEANS)
    assert decode_frame(b"[]", AT, FrameFormat.JSON_LIST) == ()


def trade(**changes: object) -> Trade:
    spoken = json.loads(TRADE) | changes
    heard = hear(json.dumps({key: value for key, value in spoken.items() if value != "absent"}))
    assert isinstance(heard, Trade)
    return heard


# Data facts 4: two trades can agree in market, millisecond, price, size and side.
def test_trades_that_differ_only_in_their_sequential_id_are_two():
    one, other = trade(sequential_id=17853912345670000), trade(sequential_id=17853912345670001)

    assert one != other
    assert (one.price, one.volume, one.trade_timestamp_ms) == (other.price, other.volume, other.trade_timestamp_ms)


# Reference 9.3, sequential_id: beyond 2^53, where a float would lose the last digit; three forms over the years.
@pytest.mark.parametrize("sequential_id", [9_007_199_254_740_993, 17877285516960001, 1618678262000003, 2**63 - 1])
def test_an_id_beyond_two_to_the_53_keeps_its_last_digit(sequential_id: int):
    assert trade(sequential_id=sequential_id).sequential_id == sequential_id


# Data facts 4: frames can arrive with sequential_id out of order; it is no order, so both stay as they came.
def test_trades_out_of_order_are_taken_as_they_come():
    ids = [trade(sequential_id=n).sequential_id for n in (16186782620000005, 16186782620000003)]

    assert ids == [16186782620000005, 16186782620000003]


# Data facts 1: after the step changed on 2025-07-31, older orders still traded between the new steps.
def test_a_price_between_the_steps_is_no_fault_of_the_market():
    assert trade(trade_price=250050.0).price == D("250050.0")
    assert trade(trade_price=312.4).price == D("312.4")


# Observed 2026-09-23: DEFAULT spells large prices with an exponent; reference 9.3: small ones too.
@pytest.mark.parametrize(
    ("spelled", "meant"),
    [
        ("1.16539E8", "116539000"),
        ("1.16539e+8", "116539000"),
        ("9.101e-05", "0.00009101"),
        ("1E-8", "0.00000001"),
        ("91154000.00000000", "91154000"),
        ("1386929.37231066771348207123", "1386929.37231066771348207123"),
    ],
)
def test_a_number_is_exact_however_it_is_spelled_w22(spelled: str, meant: str):
    heard = hear(TRADE.replace("3427000.0", spelled).replace("0.00883869", spelled))

    assert isinstance(heard, Trade)
    assert (heard.price, heard.volume) == (D(meant), D(meant))
    assert str(heard.price) == str(D(spelled))


# Reference 9.3, trade: frames of 2021 have no best_* keys; null says what a missing key says.
@pytest.mark.parametrize("gap", [None, "absent"])
def test_a_trade_without_the_best_prices_is_still_a_trade(gap: object):
    heard = trade(best_ask_price=gap, best_ask_size=gap, best_bid_price=gap, best_bid_size=gap, stream_type=gap)

    assert (heard.best_ask_price, heard.best_bid_size) == (None, None)
    assert heard.stream_type == StreamType.REALTIME


def test_words_and_keys_of_tomorrow_do_not_cost_the_trade_w21():
    heard = trade(ask_bid="AUCTION", change="HALTED", stream_type="REPLAY", auction={"round": [1, 2]})

    assert (heard.price, heard.ask_bid, heard.stream_type) == (D("3427000.0"), AskBid.UNKNOWN, "REPLAY")


# Quirk of ccxt's recordings: whole numbers in quotes.
def test_whole_numbers_in_quotes_are_numbers():
    heard = trade(timestamp="1787728551752", sequential_id="17877285516960000", trade_price="3427000.0")

    assert heard == TRADE_MEANS


# Reference 9.3, ticker.
def test_a_ticker():
    heard = hear(
        """{"type":"ticker","code":"KRW-BTC","opening_price":109165000.0,"high_price":110117000.0,
        "low_price":108958000.0,"trade_price":109868000.0,"prev_closing_price":109165000.0,"acc_trade_price":5.9E10,
        "change":"FALL","change_price":703000.0,"signed_change_price":-703000.0,"change_rate":0.006439793,
        "signed_change_rate":-0.006439793,"ask_bid":"ASK","trade_volume":9.101e-05,"acc_trade_volume":544.24861805,
        "trade_date":"20260826","trade_time":"072400","trade_timestamp":1787729040682,"acc_ask_volume":271.9810004,
        "acc_bid_volume":272.26761765,"highest_52_week_price":179869000.0,"highest_52_week_date":"2025-10-09",
        "lowest_52_week_price":88342000.0,"lowest_52_week_date":"2026-08-14","market_state":"ACTIVE",
        "is_trading_suspended":false,"delisting_date":null,"market_warning":"NONE","timestamp":1787729042606,
        "acc_trade_price_24h":198189163442.74924,"acc_trade_volume_24h":1807.38027625,"stream_type":"REALTIME"}"""
    )

    assert heard == Ticker(
        market="KRW-BTC",
        price=D("109868000.0"),
        opening_price=D("109165000.0"),
        high_price=D("110117000.0"),
        low_price=D("108958000.0"),
        prev_closing_price=D("109165000.0"),
        signed_change_rate=D("-0.006439793"),
        volume=D("0.00009101"),
        ask_bid=AskBid.ASK,
        acc_trade_price_24h=D("198189163442.74924"),
        acc_trade_volume_24h=D("1807.38027625"),
        trade_timestamp_ms=1787729040682,
        timestamp_ms=1787729042606,
        received_ns=AT,
    )


# Reference 9.3, orderbook: best first, level is a number, always the whole book; observed 2026-09-23: zero slots.
BOOK = """{"type":"orderbook","code":"BTC-XYZ","timestamp":1787727947526,"total_ask_size":12.5,"total_bid_size":3,
"orderbook_units":[{"ask_price":1.1E-7,"bid_price":1e-07,"ask_size":10,"bid_size":3.00000000},
{"ask_price":1.2E-7,"bid_price":0,"ask_size":2.5,"bid_size":0}],"stream_type":"SNAPSHOT","level":0}"""
SHORT_BOOK = """{"ty":"orderbook","cd":"BTC-XYZ","tms":1787727947526,"tas":12.5,"tbs":3,
"obu":[{"ap":1.1E-7,"bp":1e-07,"as":10,"bs":3.00000000},{"ap":1.2E-7,"bp":0,"as":2.5,"bs":0}],"st":"SNAPSHOT","lv":0}"""


@pytest.mark.parametrize(("text", "frame_format"), [(BOOK, FrameFormat.DEFAULT), (SHORT_BOOK, FrameFormat.SIMPLE)])
def test_a_book_with_a_short_side_padded_by_zeros(text: str, frame_format: FrameFormat):
    book = hear(text, frame_format)

    assert isinstance(book, Orderbook)
    assert type(book) is Orderbook
    assert book.best == BookUnit(D("1.1E-7"), D("1E-7"), D(10), D(3))
    assert book.units[1] == BookUnit(D("1.2E-7"), D(0), D("2.5"), D(0))
    assert book.bids == [(D("1E-7"), D(3))]
    assert book.asks == [(D("1.1E-7"), D(10)), (D("1.2E-7"), D("2.5"))]
    assert (book.total_ask_size, book.total_bid_size, book.level, book.timestamp_ms) == (
        D("12.5"),
        D(3),
        D(0),
        1787727947526,
    )


# Reference Q7: key order inside a depth differs between REST and WebSocket.
def test_depths_are_read_by_name_not_by_place():
    book = hear(BOOK.replace('"ask_price":1.1E-7,"bid_price":1e-07', '"bid_price":1e-07,"ask_price":1.1E-7'))

    assert isinstance(book, Orderbook)
    assert book.best == BookUnit(D("1.1E-7"), D("1E-7"), D(10), D(3))


def test_an_empty_book_has_no_best_price():
    book = hear('{"type":"orderbook","code":"KRW-X","timestamp":1,"total_ask_size":0,"total_bid_size":0,'
                '"orderbook_units":[]}')  # fmt: skip

    assert isinstance(book, Orderbook)
    assert (book.best, book.units) == (None, ())


# Reference 9.3, candle: each unit is a stream of its own; 10: …_utc has no zone.
@pytest.mark.parametrize(
    ("stream", "unit_s"),
    [
        ("candle.1s", 1),
        ("candle.1m", 60),
        ("candle.3m", 180),
        ("candle.5m", 300),
        ("candle.10m", 600),
        ("candle.15m", 900),
        ("candle.30m", 1800),
        ("candle.60m", 3600),
        ("candle.240m", 14400),
    ],
)
def test_a_bar_of_each_unit(stream: str, unit_s: int):
    heard = hear(
        f"""{{"type":"{stream}","code":"KRW-BTC","candle_date_time_utc":"2026-08-26T08:08:00",
        "candle_date_time_kst":"2026-08-26T17:08:00","opening_price":91154000.00000000,"high_price":109756000.0,
        "low_price":91154000.0,"trade_price":109756000.0,"candle_acc_trade_volume":0.71326612,
        "candle_acc_trade_price":78269528.64757,"timestamp":1787731717049,"stream_type":"SNAPSHOT"}}"""
    )

    assert heard == Candle(
        market="KRW-BTC",
        unit_s=unit_s,
        start_ms=1787731680000,
        opening_price=D(91154000),
        high_price=D("109756000.0"),
        low_price=D(91154000),
        close=D("109756000.0"),
        volume=D("0.71326612"),
        value=D("78269528.64757"),
        timestamp_ms=1787731717049,
        stream_type=StreamType.SNAPSHOT,
        received_ns=AT,
    )


# Reference 9.3, myOrder: in the state `trade`, price and volume are the fill's.
FILL = """{"type":"myOrder","code":"KRW-BTC","uuid":"u-1","ask_bid":"BID","order_type":"limit","state":"trade",
"trade_uuid":"t-1","price":100000000,"avg_price":100000000,"volume":0.001,"remaining_volume":0.004,
"executed_volume":0.001,"trades_count":1,"reserved_fee":250,"remaining_fee":200,"paid_fee":50,"locked":400200,
"executed_funds":100000,"time_in_force":null,"trade_fee":50.0,"is_maker":true,"identifier":"grid-7",
"smp_type":"cancel_maker","prevented_volume":0,"prevented_locked":0,"trade_timestamp":1710751590421,
"order_timestamp":1710751590000,"timestamp":1710751597500,"stream_type":"REALTIME"}"""


def test_a_fill_carries_its_own_price_and_what_became_of_the_order():
    assert hear(FILL) == Fill(
        trade_id="t-1",
        venue_id=VenueOrderId("u-1"),
        order_id=OrderId("grid-7"),
        market="KRW-BTC",
        side=Side.BUY,
        price=D(100000000),
        volume=D("0.001"),
        fee=D("50.0"),
        is_maker=True,
        trade_timestamp_ms=1710751590421,
        report=OrderReport(
            venue_id=VenueOrderId("u-1"),
            order_id=OrderId("grid-7"),
            market="KRW-BTC",
            side=Side.BUY,
            kind=OrderKind.LIMIT,
            state=OrderStateSeen.TRADE,
            remaining_volume=D("0.004"),
            executed_volume=D("0.001"),
            executed_funds=D(100000),
            paid_fee=D(50),
            locked=D(400200),
            prevented_volume=D(0),
            self_match=SelfMatch.CANCEL_MAKER,
            trades_count=1,
            created_at_ms=1710751590000,
        ),
        received_ns=AT,
    )


# Reference 9.3, nulls: a buy by total that waits has null volumes; 6: order_type `price` is a market buy.
def test_a_market_buy_that_waits_has_no_volumes():
    heard = hear(
        """{"type":"myOrder","code":"KRW-BTC","uuid":"u-1","ask_bid":"BID","order_type":"price","state":"wait",
        "trade_uuid":null,"price":5000,"avg_price":0,"volume":null,"remaining_volume":null,"executed_volume":null,
        "trades_count":0,"reserved_fee":2.5,"remaining_fee":2.5,"paid_fee":0,"locked":5002.5,"executed_funds":0,
        "time_in_force":null,"trade_fee":null,"is_maker":null,"identifier":null,"smp_type":null,
        "prevented_volume":null,"prevented_locked":0,"trade_timestamp":null,"order_timestamp":1762190961000,
        "timestamp":1762190961161,"stream_type":"REALTIME"}"""
    )

    assert heard == OrderUpdated(
        report=OrderReport(
            venue_id=VenueOrderId("u-1"),
            order_id=None,
            market="KRW-BTC",
            side=Side.BUY,
            kind=OrderKind.MARKET,
            state=OrderStateSeen.WAIT,
            price=D(5000),
            executed_funds=D(0),
            paid_fee=D(0),
            locked=D("5002.5"),
            created_at_ms=1762190961000,
        ),
        received_ns=AT,
    )


def order(**changes: object) -> Event:
    heard = hear(json.dumps(json.loads(FILL) | changes))
    assert isinstance(heard, Fill | OrderUpdated)
    return heard


# Reference 6, WS states.
@pytest.mark.parametrize("state", ["wait", "watch", "done", "cancel", "prevented"])
def test_each_state_of_an_order_is_told(state: str):
    heard = order(state=state, trade_uuid=None, time_in_force="post_only", smp_type="none", order_type="best")

    assert isinstance(heard, OrderUpdated)
    report = heard.report
    assert (report.state, report.tif, report.self_match) == (state, TimeInForce.POST_ONLY, SelfMatch.NONE)
    assert (report.kind, report.price, report.volume) == (OrderKind.BEST, D(100000000), D("0.001"))


def test_an_order_state_of_tomorrow_is_unknown_and_makes_the_brain_ask_w21():
    heard = order(state="frozen", order_type="stop_limit", time_in_force="gtd", smp_type="merge")

    assert isinstance(heard, OrderUpdated)
    assert heard.report.state is OrderStateSeen.UNKNOWN
    assert (heard.report.tif, heard.report.self_match) == (TimeInForce.GTC, None)


# Reference 9.3, myOrder of 2024: trade_fee, is_maker, identifier, smp_* and prevented_* were not there.
def test_a_fill_of_the_older_kind_says_nothing_of_its_fee():
    later_keys = ("trade_fee", "is_maker", "identifier", "smp_type", "prevented_volume", "prevented_locked")
    spoken = {key: value for key, value in json.loads(FILL).items() if key not in later_keys}

    heard = hear(json.dumps(spoken))

    assert isinstance(heard, Fill)
    assert (heard.fee, heard.is_maker, heard.order_id) == (None, None, None)


# Without the trade's id a fill could be counted twice, so it is only news of the order.
def test_a_trade_state_without_a_trade_is_only_news():
    heard = order(trade_uuid=None)

    assert isinstance(heard, OrderUpdated)
    assert (heard.report.price, heard.report.volume, heard.report.executed_volume) == (None, None, D("0.001"))


# Reference 9.3, myAsset, number types: more than 17 digits.
@pytest.mark.parametrize(
    ("text", "frame_format"),
    [
        (
            """{"type":"myAsset","asset_uuid":"a","assets":[{"currency":"KRW","balance":1386929.37231066771348207123,
            "locked":10329.670127489597585685}],"asset_timestamp":1710146517259,"timestamp":1710146517267,
            "stream_type":"REALTIME"}""",
            FrameFormat.DEFAULT,
        ),
        (
            """{"ty":"myAsset","astuid":"a","ast":[{"cu":"KRW","b":1386929.37231066771348207123,
            "l":10329.670127489597585685}],"asttms":1710146517259,"tms":1710146517267,"st":"REALTIME"}""",
            FrameFormat.SIMPLE,
        ),
    ],
)
def test_balances_keep_every_digit(text: str, frame_format: FrameFormat):
    krw = Balance(currency="KRW", free=D("1386929.37231066771348207123"), locked=D("10329.670127489597585685"))

    assert hear(text, frame_format) == BalanceChanged(balances=(krw,), timestamp_ms=1710146517259, received_ns=AT)


# Reference 9.3, announcement.
def test_an_announcement():
    heard = hear(
        """{"type":"announcement","event_type":"CREATED","uuid":"562593104","title":"공지","category":"trade",
        "url":"https://www.upbit.com/service_center/notice?id=562593104","first_listed_at":"2026-07-14T16:36:34+09:00",
        "listed_at":"2026-07-14T16:36:34+09:00","timestamp":1752566400123,"stream_type":"REALTIME","body":null}"""
    )

    assert heard == Announcement(
        event_type="CREATED",
        venue_id="562593104",
        title="공지",
        category="trade",
        url="https://www.upbit.com/service_center/notice?id=562593104",
        timestamp_ms=1752566400123,
        received_ns=AT,
    )


# Reference 9.1 and 9.2: what is no stream.
@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ('{"status":"UP"}', StatusUp()),
        (
            '{"error":{"name":"INVALID_AUTH","message":"인증 정보가 올바르지 않습니다."}}',
            VenueError("INVALID_AUTH", "인증 정보가 올바르지 않습니다."),
        ),
        ('{"error":{"message":"Wrong Format","name":"WRONG_FORMAT"}}', VenueError("WRONG_FORMAT", "Wrong Format")),
        ('{"error":{"name":404,"message":"Code not found"}}', VenueError("404", "Code not found")),
        (
            (
                '{"method":"LIST_SUBSCRIPTIONS","result":[{"type":"myAsset"},{"type":"orderbook","codes":["KRW-BTC"],'
                '"level":0}],"ticket":"t"}'
            ),
            SubscriptionList("t", (Subscribed("myAsset"), Subscribed("orderbook", ("KRW-BTC",), D(0)))),
        ),
        (
            '{"mthd":"LIST_SUBSCRIPTIONS","rslt":[{"ty":"trade","cds":["KRW-BTC"],"lv":10000}],"tckt":"t"}',
            SubscriptionList("t", (Subscribed("trade", ("KRW-BTC",), D(10000)),)),
        ),
        ('{"type":"indicator","code":"KRW-BTC","value":{"rsi":58.7}}', UnknownFrame("indicator")),
        ('{"ty":"indicator_signal","cd":"KRW-BTC"}', UnknownFrame("indicator_signal")),
        ('{"type":"myTrade"}', UnknownFrame("myTrade")),
        ('{"type":"candle.7m","code":"KRW-BTC"}', UnknownFrame("candle.7m")),
    ],
)
def test_what_is_no_stream_we_read_is_told_by_name(text: str, meant: Heard):
    assert hear(text) == meant

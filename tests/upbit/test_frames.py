"""Broken frames: whatever comes, nothing but `WireError` leaves, and never a half-read event."""

import contextlib
import json
from decimal import Decimal

import pytest
from hypothesis import given, strategies as st

from hoga.model.errors import WireError
from hoga.model.events import AskBid, Fill, Orderbook, Trade
from hoga.upbit.stream.frames import decode_frame
from hoga.upbit.stream.subscriptions import FrameFormat
from hoga.upbit.words import MAX_DRIFT_WORDS, notice, schema_drift

TRADE = {
    "type": "trade",
    "code": "KRW-BTC",
    "timestamp": 2,
    "trade_timestamp": 1,
    "trade_price": 100.5,
    "trade_volume": 0.25,
    "ask_bid": "ASK",
    "sequential_id": 3,
    "best_ask_price": 101,
    "best_ask_size": 1,
    "best_bid_price": 100,
    "best_bid_size": 1,
    "stream_type": "REALTIME",
}
TICKER = {
    "type": "ticker",
    "code": "KRW-BTC",
    "opening_price": 1,
    "high_price": 2,
    "low_price": 1,
    "trade_price": 2,
    "prev_closing_price": 1,
    "signed_change_rate": 1,
    "trade_volume": 1,
    "ask_bid": "ASK",
    "acc_trade_price_24h": 1,
    "acc_trade_volume_24h": 1,
    "trade_timestamp": 1,
    "timestamp": 1,
}
CANDLE = {
    "type": "candle.1m",
    "code": "KRW-BTC",
    "candle_date_time_utc": "2026-08-26T08:08:00",
    "opening_price": 1,
    "high_price": 2,
    "low_price": 1,
    "trade_price": 2,
    "candle_acc_trade_volume": 1,
    "candle_acc_trade_price": 2,
    "timestamp": 1,
}
BOOK = {
    "type": "orderbook",
    "code": "KRW-BTC",
    "timestamp": 1,
    "total_ask_size": 1,
    "total_bid_size": 1,
    "orderbook_units": [{"ask_price": 2, "bid_price": 1, "ask_size": 1, "bid_size": 1}],
    "level": 0,
}
MY_ORDER = {
    "type": "myOrder",
    "code": "KRW-BTC",
    "uuid": "u",
    "ask_bid": "BID",
    "order_type": "limit",
    "state": "trade",
    "trade_uuid": "t",
    "price": 1,
    "volume": 1,
    "executed_volume": 1,
    "trade_fee": 1,
}
MY_ASSET = {"type": "myAsset", "assets": [{"currency": "KRW", "balance": 1, "locked": 1}], "asset_timestamp": 1}

FRAMES = {"trade": TRADE, "ticker": TICKER, "candle": CANDLE, "book": BOOK, "order": MY_ORDER, "assets": MY_ASSET}
AMOUNTS = [
    *(("trade", key) for key in TRADE if "price" in key or "volume" in key or "size" in key),
    *(("ticker", key) for key in TICKER if "price" in key or "volume" in key),
    *(("candle", key) for key in CANDLE if "price" in key or "volume" in key),
    *(("book", key) for key in ("total_ask_size", "total_bid_size", "level")),
    *(("order", key) for key in ("price", "volume", "executed_volume")),
]


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b" ",
        b"{",
        b"null",
        b"5",
        b'"trade"',
        b"{}",
        b"[1]",
        b"[{}]",
        b"PING",
        b"<html>502 Bad Gateway</html>",
        b"\xff\xfe\x00",
        b'{"type":"trade","code":"\xff"}',
        b'{"type":5}',
        b'{"type":null}',
        b'{"type":"trade"}',
        b'{"error":5}',
        b'{"error":{}}',
        b'{"error":{"name":null}}',
        b'{"status":5}',
        b'{"method":"LIST_SUBSCRIPTIONS"}',
        b'{"method":"LIST_SUBSCRIPTIONS","result":5,"ticket":"t"}',
        b'{"method":"LIST_SUBSCRIPTIONS","result":[{"codes":[]}],"ticket":"t"}',
        b"[" * 100_000,
        b'{"type":"trade","code":' + b"[" * 100_000,
        b'{"a":' * 100_000,
        json.dumps(TRADE).encode()[:-1],
        json.dumps(TRADE).encode() + b"}",
        b"\xef\xbb\xbf" + json.dumps(TRADE).encode(),
    ],
)
@pytest.mark.parametrize("frame_format", FrameFormat)
def test_bytes_that_are_no_message_are_refused_w23_w24(raw: bytes, frame_format: FrameFormat):
    with pytest.raises(WireError):
        decode_frame(raw, 0, frame_format)


@pytest.mark.parametrize(("frame", "key"), AMOUNTS)
@pytest.mark.parametrize(
    "bad", ["NaN", "sNaN", "-NaN", "Infinity", "-Infinity", -1, "-0.1", "1E+400", "text", [], True]
)
def test_an_amount_that_is_none_costs_the_frame_w22(frame: str, key: str, bad: object):
    raw = json.dumps(FRAMES[frame] | {key: bad}).encode()

    with pytest.raises(WireError):
        decode_frame(raw, 0)


@pytest.mark.parametrize("key", ["balance", "locked"])
@pytest.mark.parametrize("bad", ["NaN", "Infinity", -1, None])
def test_a_balance_that_is_none_costs_the_frame(key: str, bad: object):
    raw = json.dumps(MY_ASSET | {"assets": [{"currency": "KRW", "balance": 1, "locked": 1, key: bad}]}).encode()

    with pytest.raises(WireError):
        decode_frame(raw, 0)


@pytest.mark.parametrize(("frame", "key"), [(name, key) for name, frame in FRAMES.items() for key in frame])
@pytest.mark.parametrize("bad", [{}, [[]], "", 1.5, None, False])
def test_a_value_of_the_wrong_kind_is_refused_or_harmless(frame: str, key: str, bad: object):
    raw = json.dumps(FRAMES[frame] | {key: bad}).encode()

    with contextlib.suppress(WireError):
        (heard,) = decode_frame(raw, 0)
        if isinstance(heard, Orderbook):
            assert heard.units
        assert repr(heard)


@pytest.mark.parametrize(
    "unit",
    [
        {"ask_price": "NaN", "bid_price": 1, "ask_size": 1, "bid_size": 1},
        {"ask_price": 1, "bid_price": "Infinity", "ask_size": 1, "bid_size": 1},
        {"ask_price": 1, "bid_price": 1, "ask_size": -1, "bid_size": 1},
        {"ask_price": 1, "bid_price": 1, "ask_size": 1},
        {"ask_price": 1, "bid_price": 1, "ask_size": 1, "bid_size": None},
        {"ask_price": 1, "bid_price": 1, "ask_size": 1, "bid_size": "text"},
        5,
        "text",
        {},
    ],
)
def test_a_broken_depth_is_refused_when_it_is_read(unit: object):
    (book,) = decode_frame(json.dumps(BOOK | {"orderbook_units": [unit]}).encode(), 0)

    assert isinstance(book, Orderbook)
    with pytest.raises(WireError):
        _ = book.units


@pytest.mark.parametrize("units", [5, "[", {}, None, True, {"ask_price": 1}])
def test_a_book_without_a_list_of_depths_is_refused_when_it_is_read(units: object):
    (book,) = decode_frame(json.dumps(BOOK | {"orderbook_units": units}).encode(), 0)

    assert isinstance(book, Orderbook)
    with pytest.raises(WireError):
        _ = book.best
    with pytest.raises(WireError):
        _ = book.units


@pytest.mark.parametrize("bad", ["NaN", -1, None, "text"])
def test_a_broken_depth_with_short_keys_is_refused_at_once(bad: object):
    raw = (
        f'{{"ty":"orderbook","cd":"X","tms":1,"tas":1,"tbs":1,"obu":[{{"ap":1,"bp":1,"as":1,"bs":{json.dumps(bad)}}}]}}'
    )

    with pytest.raises(WireError):
        decode_frame(raw.encode(), 0, FrameFormat.SIMPLE)


def test_the_error_quotes_the_beginning_of_a_frame_and_no_more():
    with pytest.raises(WireError) as caught:
        decode_frame(b'{"type":"trade","code":"KRW-BTC","trade_price":' + b"1" * 100_000, 0)

    assert '"code":"KRW-BTC"' in str(caught.value)
    assert len(str(caught.value)) < 500


@given(st.binary() | st.text().map(str.encode), st.sampled_from(FrameFormat))
def test_no_bytes_raise_anything_but_a_wire_error(raw: bytes, frame_format: FrameFormat):
    with contextlib.suppress(WireError):
        decode_frame(raw, 0, frame_format)


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.sampled_from(["NaN", "-1", "1E+999999"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=5,
)


@given(st.sampled_from(list(FRAMES.values())), st.data())
def test_no_mangled_frame_raises_anything_but_a_wire_error(frame: dict[str, object], data: st.DataObject):
    keys = data.draw(st.lists(st.sampled_from(sorted(frame)), min_size=1, max_size=3))
    mangled = frame | {key: data.draw(json_values) for key in keys if key != "type"}

    with contextlib.suppress(WireError):
        (heard,) = decode_frame(json.dumps(mangled).encode(), 0)
        if isinstance(heard, Orderbook):
            _ = (heard.best, heard.units, heard.asks, heard.bids)


prices = st.decimals(min_value=0, max_value=Decimal("1E+15"), places=8)


@given(prices, prices, st.integers(0, 2**63 - 1))
def test_every_price_volume_and_id_is_read_to_the_last_digit(price: Decimal, volume: Decimal, sequential_id: int):
    text = json.dumps(TRADE).replace("100.5", str(price)).replace("0.25", f"{volume:E}")
    text = text.replace('"sequential_id": 3', f'"sequential_id": {sequential_id}')

    (heard,) = decode_frame(text.encode(), 9)

    assert isinstance(heard, Trade)
    assert (heard.price, heard.volume, heard.sequential_id) == (price, volume, sequential_id)
    assert heard.received_ns == 9


def test_each_trade_is_an_object_of_its_own():
    raw = json.dumps(TRADE).encode()

    (one,), (other,) = decode_frame(raw, 1), decode_frame(raw, 2)

    assert (type(one), one.received_ns, other.received_ns) == (Trade, 1, 2)  # type: ignore[union-attr]


def test_an_unread_book_keeps_its_depths_when_it_is_copied_or_shown():
    (book,) = decode_frame(json.dumps(BOOK).encode(), 1)

    assert isinstance(book, Orderbook)
    assert "KRW-BTC" in repr(book)
    assert book.best == book.units[0]


def test_words_the_venue_invents_are_counted_w21():
    before = schema_drift().get("ask_bid=?", 0)

    (heard,) = decode_frame(json.dumps(TRADE | {"ask_bid": "BOTH"}).encode(), 0)

    assert isinstance(heard, Trade)
    assert heard.ask_bid is AskBid.UNKNOWN
    assert schema_drift()["ask_bid=?"] == before + 1


def test_a_venue_gone_mad_does_not_fill_our_memory():
    for number in range(10 * MAX_DRIFT_WORDS):
        notice("state", f"word {number}")

    assert len(schema_drift()) <= MAX_DRIFT_WORDS


@given(
    st.lists(st.integers(1, 10**16), min_size=1, max_size=20),
    st.lists(st.sampled_from(["f", "E", "e"]), min_size=20, max_size=20),
)
def test_fills_add_up_to_the_order_however_it_was_split_and_spelled(parts: list[int], spellings: list[str]):
    volumes = [Decimal(part).scaleb(-8) for part in parts]
    frames = [
        json.dumps(MY_ORDER | {"trade_uuid": f"t-{n}"}).replace('"volume": 1', f'"volume": {volume:{spelling}}')
        for n, (volume, spelling) in enumerate(zip(volumes, spellings, strict=False))
    ]

    fills = [decode_frame(frame.encode(), 0)[0] for frame in frames]

    assert sum(fill.volume for fill in fills if isinstance(fill, Fill)) == Decimal(sum(parts)).scaleb(-8)
    assert len({fill.trade_id for fill in fills if isinstance(fill, Fill)}) == len(parts)

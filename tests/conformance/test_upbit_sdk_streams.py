"""The official SDK (upbit-sdk 1.1.0), blocking and asynchronous, on the WebSocket: public and private streams."""

from collections.abc import Callable, Iterator
from decimal import Decimal
from itertools import pairwise
from typing import Any

import pytest
from tests.conformance.calls import Calls
from tests.conformance.exchange import MARKET, TICK, Exchange, assert_tells, eventually
from upbit.types.connect_private_server_event import MyOrder
from upbit.types.connect_public_server_event import Trade
from upbit.types.simple_trade import SimpleTrade

import upbit

pytestmark = [pytest.mark.conformance, pytest.mark.timeout(60)]

FORMS = [
    pytest.param(upbit.Upbit, id="sync", marks=pytest.mark.xdist_group("upbit-sdk-streams-sync")),
    pytest.param(upbit.AsyncUpbit, id="async", marks=pytest.mark.xdist_group("upbit-sdk-streams-async")),
]
MOST = 200  # frames after which what a test waits for will not come any more


@pytest.fixture(scope="module", params=FORMS)
def form(request: pytest.FixtureRequest) -> Any:
    return request.param


@pytest.fixture(scope="module")
def sdk(form: Any, served: Exchange, call: Calls) -> Iterator[Any]:
    client = form(access_key=served.access_key, secret_key=served.secret_key, base_url=served.rest_url, max_retries=0)
    yield client
    call(client.close())


def hear(call: Calls, stream: Any, until: Callable[[Any], bool]) -> list[Any]:
    """Every event up to the first that will do."""
    heard: list[Any] = []
    while not heard or not until(heard[-1]):
        assert len(heard) < MOST
        heard.append(call(stream.recv()))
    return heard


def is_live(event: Any) -> bool:
    return bool(event.stream_type == "REALTIME")


def rest_inside(exchange: Exchange, call: Calls, sdk: Any) -> Any:
    """A buy one tick below the best offer that rests there; None where the spread leaves no room."""
    best = exchange.rows(f"orderbook?markets={MARKET}")[0]["orderbook_units"][0]
    if best["ask_price"] - best["bid_price"] <= TICK:
        return None
    price = str(best["ask_price"] - TICK)
    wish = {"market": MARKET, "side": "bid", "ord_type": "limit", "price": price, "volume": "0.0001"}
    placed = call(sdk.orders.create(**wish, time_in_force="post_only"))
    return placed if call(sdk.orders.retrieve(uuid=placed.uuid)).state != "cancel" else None


def gap_among_bids(exchange: Exchange) -> Decimal | None:
    """A price between two shown bids, well below the best, at which nobody bids; None where there is none now."""
    bids = [unit["bid_price"] for unit in exchange.rows(f"orderbook?markets={MARKET}")[0]["orderbook_units"]]
    return next((low + TICK for high, low in pairwise(bids[5:]) if high - low > TICK), None)


def strange_and_missing(event: Any) -> tuple[set[str], set[str]]:
    """The keys for which the SDK's model has no field, and the fields for which no key came."""
    return set(event.model_extra), type(event).model_fields.keys() - event.model_fields_set


def trades_by_id(exchange: Exchange) -> dict[int, dict[str, Any]]:
    return {row["sequential_id"]: row for row in exchange.rows(f"trades/ticks?market={MARKET}&count=500")}


def test_the_ticker_stream_follows_the_trades(exchange: Exchange, call: Calls, sdk: Any):
    with call.opened(sdk.ws_stream.ticker([MARKET])) as stream:
        heard = hear(call, stream, is_live)

    traded = [(row["timestamp"], row["trade_price"], row["trade_volume"]) for row in trades_by_id(exchange).values()]
    assert heard[0].stream_type == "SNAPSHOT"
    for event in heard:
        assert (event.type, event.code) == ("ticker", MARKET)
        assert (event.trade_timestamp, Decimal(event.trade_price), Decimal(event.trade_volume)) in traded


def test_the_trade_stream_tells_every_trade(exchange: Exchange, call: Calls, sdk: Any):
    with call.opened(sdk.ws_stream.trade([MARKET])) as stream:
        heard = hear(call, stream, is_live)
        heard += [call(stream.recv()) for _ in range(4)]

    truth = trades_by_id(exchange)
    live = [event.sequential_id for event in heard[1:]]
    assert [number for number in reversed(truth) if live[0] <= number <= live[-1]] == live
    for event in heard:
        row = truth[event.sequential_id]
        assert (event.trade_timestamp, event.ask_bid) == (row["timestamp"], row["ask_bid"])
        assert Decimal(event.trade_price) == row["trade_price"]
        assert Decimal(event.trade_volume) == row["trade_volume"]
        assert Decimal(event.prev_closing_price) == row["prev_closing_price"]


def test_the_book_stream_shows_own_orders(exchange: Exchange, call: Calls, sdk: Any):
    gap = eventually(lambda: gap_among_bids(exchange))
    with call.opened(sdk.ws_stream.orderbook([MARKET])) as stream:
        first = call(stream.recv())
        call(sdk.orders.create(market=MARKET, side="bid", ord_type="limit", price=str(gap), volume="0.01234567"))
        heard = hear(call, stream, lambda book: any(Decimal(unit.bid_price) == gap for unit in book.orderbook_units))

    shown = {Decimal(unit.bid_price): Decimal(unit.bid_size) for unit in heard[-1].orderbook_units}
    assert (first.stream_type, heard[-1].stream_type, heard[-1].code) == ("SNAPSHOT", "REALTIME", MARKET)
    assert shown[gap] >= Decimal("0.01234567")
    assert list(shown) == sorted(shown, reverse=True)
    assert Decimal(heard[-1].total_bid_size) == sum(shown.values())


def test_the_book_stream_has_the_wanted_depth(exchange: Exchange, call: Calls, sdk: Any):
    depths = {}
    for depth in (1, 5, 15, 30):
        with call.opened(sdk.ws_stream.orderbook([f"{MARKET}.{depth}"])) as stream:
            depths[depth] = [len(call(stream.recv()).orderbook_units) for _ in range(2)]

    assert depths == {depth: [depth, depth] for depth in (1, 5, 15, 30)}


def test_the_candle_stream_ends_where_the_candle_ended(exchange: Exchange, call: Calls, sdk: Any):
    with call.opened(sdk.ws_stream.candle([MARKET], interval="1s")) as stream:
        first = hear(call, stream, is_live)[-1].candle_date_time_utc
        heard = hear(call, stream, lambda candle: candle.candle_date_time_utc > first)
        heard += hear(call, stream, lambda candle: candle.candle_date_time_utc > heard[-1].candle_date_time_utc)

    told = {candle.candle_date_time_utc: candle for candle in heard}
    ended = sorted(told)[-2]
    truth = exchange.candles("seconds", 20)[ended]
    names = ("opening_price", "high_price", "low_price", "trade_price", "candle_acc_trade_volume")
    assert {name: Decimal(getattr(told[ended], name)) for name in names} == {name: truth[name] for name in names}


def test_every_format_is_read(exchange: Exchange, call: Calls, sdk: Any):
    found = {}
    for wire in ("DEFAULT", "SIMPLE", "JSON_LIST", "SIMPLE_LIST"):
        with call.opened(sdk.ws_stream.trade([MARKET], format=wire)) as stream:
            found[wire] = call(stream.recv())

    assert type(found["DEFAULT"]) is type(found["JSON_LIST"][0]) is Trade
    assert type(found["SIMPLE"]) is type(found["SIMPLE_LIST"][0]) is SimpleTrade
    assert found["SIMPLE"].cd == MARKET


def test_public_streams_have_just_the_keys_the_sdk_knows(exchange: Exchange, call: Calls, sdk: Any):
    """But for two of the ticker that are deprecated and still sent (Upbit docs, websocket-ticker of 2026)."""
    public = {
        "ticker": [MARKET],
        "trade": [MARKET],
        "orderbook": [MARKET],
        "candle": {"1s": [MARKET], "240m": [MARKET]},
    }
    deprecated = {"DEFAULT": {"is_trading_suspended", "market_warning"}, "SIMPLE": {"its", "mw"}}

    for wire, old in deprecated.items():
        with call.opened(sdk.ws_stream.subscribe(**public, format=wire)) as stream:
            heard = [call(stream.recv()) for _ in range(5)]

        kinds = [getattr(event, "type", None) or event.ty for event in heard]
        assert kinds == ["ticker", "trade", "orderbook", "candle.1s", "candle.240m"]
        assert [strange_and_missing(event) for event in heard] == [(old, set()), *[(set(), set())] * 4]


def test_private_streams_have_just_the_keys_the_sdk_knows(exchange: Exchange, call: Calls, sdk: Any):
    for wire in ("DEFAULT", "SIMPLE"):
        with call.opened(sdk.ws_stream.subscribe_private(my_order=[], my_asset=True, format=wire)) as stream:
            call(stream.list_subscriptions())
            call(sdk.orders.create(market=MARKET, side="bid", ord_type="price", price="10001"))
            heard = hear(call, stream, lambda event: "cancel" in (getattr(event, "state", ""), getattr(event, "s", "")))

        assert len(heard) >= 4
        assert [strange_and_missing(event) for event in heard] == [(set(), set())] * len(heard)


def test_subscriptions_are_listed(exchange: Exchange, call: Calls, sdk: Any):
    with call.opened(sdk.ws_stream.subscribe(ticker=[MARKET], candle={"1m": [MARKET, "KRW-ETH"]})) as stream:
        answer = call(stream.list_subscriptions())

    assert [(row.type, row.codes) for row in answer.result] == [
        ("ticker", [MARKET]),
        ("candle.1m", [MARKET, "KRW-ETH"]),
    ]


def test_my_order_tells_an_orders_life(exchange: Exchange, call: Calls, sdk: Any):
    with call.opened(sdk.ws_stream.my_order([MARKET])) as stream:
        call(stream.list_subscriptions())  # from now on it hears everything
        price = str(exchange.taking_bid())
        placed = call(
            sdk.orders.create(
                market=MARKET, side="bid", ord_type="limit", price=price, volume="0.3", identifier="heard"
            )
        )
        heard = hear(call, stream, lambda event: event.state == "done")

    truth = exchange.order(placed.uuid)
    trades = heard[1:-1]
    assert {type(event) for event in heard} == {MyOrder}
    assert [event.state for event in heard] == ["wait", *["trade"] * len(truth.trades), "done"]
    assert {(event.uuid, event.identifier, event.code) for event in heard} == {(truth.uuid, "heard", MARKET)}
    assert [
        (each.trade_uuid, Decimal(each.price), Decimal(each.volume), Decimal(each.trade_fee), each.is_maker)
        for each in trades
    ] == [(each.uuid, each.price, each.volume, each.fee, each.is_maker) for each in truth.trades]
    assert_tells(heard[-1], truth)
    assert Decimal(heard[-1].executed_funds) == truth.executed_funds


def test_my_order_tells_a_makers_fill(exchange: Exchange, call: Calls, sdk: Any):
    """Somebody else sells into a bid of ours that rests inside the spread."""
    exchange.move("/accounts", account="else", balances={"BTC": "1"})
    with call.opened(sdk.ws_stream.my_order([MARKET])) as stream:
        call(stream.list_subscriptions())
        placed = eventually(lambda: rest_inside(exchange, call, sdk))
        exchange.move(
            "/manual_order", account="else", market=MARKET, side="ask", price=placed.price, volume=placed.volume
        )
        heard = hear(call, stream, lambda event: event.uuid == placed.uuid and event.state == "done")

    trades = [event for event in heard if event.uuid == placed.uuid and event.state == "trade"]
    assert {(event.is_maker, event.price) for event in trades} == {(True, placed.price)}
    assert sum(Decimal(event.volume) for event in trades) == Decimal(placed.volume)
    assert_tells(heard[-1], exchange.order(placed.uuid))


def test_my_order_tells_a_cancel(exchange: Exchange, call: Calls, sdk: Any):
    with call.opened(sdk.ws_stream.my_order([])) as stream:
        call(stream.list_subscriptions())
        price = str(exchange.far_ask())
        placed = call(sdk.orders.create(market=MARKET, side="ask", ord_type="limit", price=price, volume="0.002"))
        call(sdk.orders.cancel(uuid=placed.uuid))
        heard = hear(call, stream, lambda event: event.state == "cancel")

    assert [event.state for event in heard] == ["wait", "cancel"]
    assert_tells(heard[-1], exchange.order(placed.uuid))


def test_my_asset_tells_every_balance_that_changed(exchange: Exchange, call: Calls, sdk: Any):
    told: dict[str, tuple[Decimal, Decimal]] = {}
    with call.opened(sdk.ws_stream.subscribe_private(my_order=[MARKET], my_asset=True)) as stream:
        call(stream.list_subscriptions())
        call(sdk.orders.create(market=MARKET, side="bid", ord_type="price", price="3000007"))
        heard = hear(call, stream, lambda event: getattr(event, "state", "") == "cancel")
        heard += hear(call, stream, lambda event: event.type == "myAsset")

    for event in (each for each in heard if each.type == "myAsset"):
        told |= {each.currency: (Decimal(each.balance), Decimal(each.locked)) for each in event.assets}
    assert told == exchange.balances()


def test_a_notice_is_heard(exchange: Exchange, call: Calls, sdk: Any):
    with call.opened(sdk.ws_stream.announcement(categories=["notice"])) as stream:
        call(stream.list_subscriptions())
        exchange.move("/announce", title="점검 안내")
        heard = call(stream.recv())

    assert (heard.type, heard.title, heard.category, heard.event_type) == (
        "announcement",
        "점검 안내",
        "notice",
        "CREATED",
    )


def test_a_strange_key_hears_an_error(exchange: Exchange, call: Calls, sdk: Any):
    stranger = sdk.with_options(access_key="hoga-sim-nobody")
    with call.opened(stranger.ws_stream.my_asset()) as stream:
        heard = call(stream.recv())

    assert heard.error["name"] == "INVALID_AUTH"


def test_a_lost_connection_is_opened_again(exchange: Exchange, call: Calls, sdk: Any):
    again: list[bool] = []
    manager = sdk.ws_stream.trade([MARKET], retry_delay=0.01, on_reconnect=lambda: again.append(True))
    with call.opened(manager) as stream:
        events = aiter(stream) if hasattr(stream, "__aiter__") else iter(stream)
        step = anext if hasattr(stream, "__aiter__") else next
        call(step(events))
        exchange.cut("public")
        while not again:
            call(step(events))

        assert call(step(events)).stream_type == "REALTIME"

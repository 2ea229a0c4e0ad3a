"""ccxt.pro 4.5.90, class upbit, on the WebSocket: public and private streams beside its own REST calls."""

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from contextlib import suppress
from typing import Any

import ccxt.pro
import pytest
from tests.conformance.calls import Calls
from tests.conformance.exchange import MARKET, Exchange, assert_tells, eventually

pytestmark = [pytest.mark.conformance, pytest.mark.timeout(60), pytest.mark.xdist_group("ccxt-pro-streams")]

SYMBOL = "BTC/KRW"


@pytest.fixture(scope="module")
def client(served: Exchange, call: Calls) -> Iterator[Any]:
    client = ccxt.pro.upbit({"apiKey": served.access_key, "secret": served.secret_key, "rateLimit": 1})
    client.urls["api"] = {"public": served.rest_url, "private": served.rest_url, "ws": served.websocket_url}
    yield client
    call(client.close())


def trades_by_id(exchange: Exchange) -> dict[str, dict[str, Any]]:
    return {str(row["sequential_id"]): row for row in exchange.rows(f"trades/ticks?market={MARKET}&count=500")}


async def watching(
    exchange: Exchange, watch: Callable[[], Awaitable[Any]], act: Callable[[], Awaitable[Any]], kinds: set[str]
) -> tuple[Any, Any]:
    """Listen, act once the exchange knows who listens to what, and give the act's answer and the first thing heard."""
    hearing = asyncio.ensure_future(watch())
    try:
        await asyncio.to_thread(eventually, lambda: exchange.is_heard(kinds))
        return await act(), await hearing
    finally:
        hearing.cancel()


async def until_closed(client: Any, uuid: str) -> dict[str, Any]:
    """Go on watching until the order has ended.

    Of frames that come together ccxt hands on the first and keeps the rest: the end of an order may stand in `orders`
    although no watch has returned it.
    """
    while True:
        found = next((order for order in client.orders or [] if order["id"] == uuid), None)
        if found is not None and found["status"] in {"closed", "canceled"}:
            return dict(found)
        with suppress(TimeoutError):
            async with asyncio.timeout(0.2):
                await client.watch_orders()


def test_the_ticker_stream_follows_the_trades(exchange: Exchange, call: Calls, client: Any):
    heard = [call(client.watch_ticker(SYMBOL)) for _ in range(2)]

    traded = [(row["timestamp"], row["trade_price"]) for row in trades_by_id(exchange).values()]
    for ticker in heard:
        assert (ticker["symbol"], ticker["last"]) == (SYMBOL, ticker["info"]["trade_price"])
        assert (ticker["info"]["trade_timestamp"], ticker["last"]) in traded


def test_the_ticker_stream_tells_several_markets(exchange: Exchange, call: Calls, client: Any):
    heard: set[str] = set()
    while heard != {SYMBOL, "ETH/KRW"}:
        heard |= call(client.watch_tickers([SYMBOL, "ETH/KRW"])).keys()


def test_the_trade_stream_tells_every_trade(exchange: Exchange, call: Calls, client: Any):
    trades: dict[str, dict[str, Any]] = {}
    while len(trades) < 4:
        trades |= {trade["id"]: trade for trade in call(client.watch_trades(SYMBOL))}

    truth = trades_by_id(exchange)
    for number, trade in trades.items():
        row = truth[number]
        assert (trade["price"], trade["amount"]) == (float(row["trade_price"]), float(row["trade_volume"]))
        assert trade["side"] == {"ASK": "sell", "BID": "buy"}[row["ask_bid"]]
    first, last = min(trades), max(trades)
    assert {number for number in truth if first <= number <= last} == set(trades)


def test_the_book_stream_tells_books(exchange: Exchange, call: Calls, client: Any):
    books = [call(client.watch_order_book(SYMBOL)) for _ in range(3)]

    for book in books:
        assert book["symbol"] == SYMBOL
        assert book["bids"][0][0] < book["asks"][0][0]
        assert (len(book["bids"]), len(book["asks"])) == (15, 15)  # ccxt keeps fifteen of thirty
        assert [price for price, _ in book["bids"]] == sorted((price for price, _ in book["bids"]), reverse=True)


def test_the_candle_stream_ends_where_the_candle_ended(exchange: Exchange, call: Calls, client: Any):
    told: dict[int, list[float]] = {}
    while len(told) < 4:
        row = call(client.watch_ohlcv(SYMBOL, "1s"))
        told[row[0]] = row
    truth = {client.parse8601(start + "Z"): row for start, row in exchange.candles("seconds", 30).items()}

    names = ("opening_price", "high_price", "low_price", "trade_price", "candle_acc_trade_volume")
    for start in sorted(told)[1:-1]:  # the first may be a snapshot, the last may still grow
        assert told[start][1:] == [float(truth[start][name]) for name in names]


def test_my_order_tells_an_orders_life(exchange: Exchange, call: Calls, client: Any):
    price = exchange.taking_bid()

    async def live() -> tuple[str, dict[str, Any]]:
        placed, _ = await watching(
            exchange,
            client.watch_orders,
            lambda: client.create_order(SYMBOL, "limit", "buy", 0.3, price, {"clientOrderId": "heard"}),
            {"myOrder"},
        )
        return placed["id"], await until_closed(client, placed["id"])

    uuid, ended = call(live())

    truth = exchange.order(uuid)
    trades = [trade for trade in client.myTrades if trade["order"] == uuid]
    assert_tells(ended["info"], truth)
    assert (ended["status"], ended["filled"], ended["clientOrderId"]) == ("closed", 0.3, "heard")
    assert ended["average"] == float(truth.avg_price)
    assert [(each["id"], each["price"], each["amount"], each["fee"]["cost"]) for each in trades] == [
        (each.uuid, float(each.price), float(each.volume), float(each.fee)) for each in truth.trades
    ]
    assert {each["takerOrMaker"] for each in trades} == {"taker"}


def test_my_order_tells_a_cancel(exchange: Exchange, call: Calls, client: Any):
    price = exchange.far_ask()

    async def live() -> dict[str, Any]:
        placed, _ = await watching(
            exchange,
            lambda: client.watch_orders(SYMBOL),
            lambda: client.create_order(SYMBOL, "limit", "sell", 0.002, price),
            {"myOrder"},
        )
        await client.cancel_order(placed["id"])
        return await until_closed(client, placed["id"])

    ended = call(live())

    assert ended["status"] == "canceled"
    assert_tells(ended["info"], exchange.order(ended["id"]))


def test_my_asset_tells_every_balance_that_changed(exchange: Exchange, call: Calls, client: Any):
    """Beside myOrder on one connection: a message replaces the one before, so ccxt sends both again."""

    async def live() -> None:
        orders = asyncio.ensure_future(client.watch_orders())
        await watching(
            exchange,
            client.watch_balance,
            lambda: client.create_market_buy_order_with_cost(SYMBOL, 3000007),
            {"myOrder", "myAsset"},
        )
        await orders

    call(live())

    def agree() -> bool:
        with suppress(TimeoutError):
            call(asyncio.wait_for(client.watch_balance(), 0.1))
        truth = exchange.balances()
        told = {currency: (client.balance[currency]["free"], client.balance[currency]["used"]) for currency in truth}
        return told == {currency: (float(free), float(locked)) for currency, (free, locked) in truth.items()}

    assert eventually(agree)


def test_a_lost_connection_is_opened_again(exchange: Exchange, call: Calls, client: Any):
    """With the token of the first: ccxt signs once, so the same nonce comes with every handshake."""

    async def cut() -> None:
        exchange.cut("private")

    with pytest.raises(ccxt.NetworkError):
        call(watching(exchange, client.watch_orders, cut, {"myOrder"}))
    token = client.options["ws"]["token"]
    placed, _ = call(
        watching(
            exchange,
            client.watch_orders,
            lambda: client.create_order(SYMBOL, "limit", "sell", 0.002, exchange.far_ask()),
            {"myOrder"},
        )
    )

    assert placed["id"] in {order["id"] for order in client.orders}
    assert client.options["ws"]["token"] == token

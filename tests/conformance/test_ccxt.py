"""ccxt 4.5.90, blocking, asynchronous and pro, class upbit: only its addresses and pace are set, as its manual says.

It has no call for many orders at once, and cannot send one by hand: a list becomes Python's own text for it.
"""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import ccxt
import ccxt.async_support
import ccxt.pro
import pytest
from tests.conformance.calls import Calls
from tests.conformance.exchange import MARKET, Exchange, assert_no_holes, assert_tells, at_one_moment, keep_asking

from hoga.simulator.core.orders import VenueOrder

pytestmark = [pytest.mark.conformance, pytest.mark.timeout(60)]

FORMS = [
    pytest.param(ccxt.upbit, id="sync", marks=pytest.mark.xdist_group("ccxt-sync")),
    pytest.param(ccxt.async_support.upbit, id="async", marks=pytest.mark.xdist_group("ccxt-async")),
    pytest.param(ccxt.pro.upbit, id="pro", marks=pytest.mark.xdist_group("ccxt-pro")),
]
SYMBOL = "BTC/KRW"
STATES = {"wait": "open", "done": "closed", "cancel": "canceled"}


@pytest.fixture(scope="module", params=FORMS)
def form(request: pytest.FixtureRequest) -> Any:
    return request.param


@pytest.fixture(scope="module")
def client(form: Any, served: Exchange, call: Calls) -> Iterator[Any]:
    client = form({"apiKey": served.access_key, "secret": served.secret_key, "rateLimit": 1})
    client.urls["api"] = {"public": served.rest_url, "private": served.rest_url}
    yield client
    call(client.close())


def bid(exchange: Exchange, client: Any, volume: float = 0.001, **more: object) -> Any:
    """A limit buy that rests."""
    return client.create_order(SYMBOL, "limit", "buy", volume, exchange.far_bid(), more)


def assert_order(told: dict[str, Any], truth: VenueOrder, *, state: str | None = None) -> None:
    """Hold ccxt's own structure, and the venue's answer it keeps in `info`, against the exchange's truth."""
    assert_tells(told["info"], truth, state=state)
    assert (told["id"], told["clientOrderId"], told["symbol"]) == (truth.uuid, truth.identifier, SYMBOL)
    assert told["status"] == STATES[state or truth.state]
    assert told["side"] == {"bid": "buy", "ask": "sell"}[truth.side]
    assert told["filled"] == float(truth.executed_volume)
    assert Decimal(told["fee"]["cost"]) == truth.paid_fee
    if truth.ord_type == "limit":
        assert (told["price"], told["amount"]) == (float(truth.price or 0), float(truth.volume or 0))
        assert told["remaining"] == float(truth.remaining_volume or 0)


def moment_of(milliseconds: int) -> datetime:
    return datetime.fromtimestamp(milliseconds / 1000, UTC).replace(tzinfo=None)


def assert_candle(told: list[float], truth: dict[str, Any]) -> None:
    names = ("opening_price", "high_price", "low_price", "trade_price", "candle_acc_trade_volume")
    assert told[1:] == [float(truth[name]) for name in names]


def test_markets_are_listed(exchange: Exchange, call: Calls, client: Any):
    markets = call(client.load_markets())

    assert [market["id"] for market in markets.values()] == list(exchange.look("/state")["markets"])
    assert (markets[SYMBOL]["base"], markets[SYMBOL]["quote"], markets[SYMBOL]["taker"]) == ("BTC", "KRW", 0.0005)


def test_a_ticker_tells_the_venues_figures(exchange: Exchange, call: Calls, client: Any):
    truth, told = at_one_moment(
        lambda: exchange.rows(f"ticker?markets={MARKET}")[0], lambda: call(client.fetch_ticker(SYMBOL))
    )

    names = {"last": "trade_price", "open": "opening_price", "high": "high_price", "low": "low_price"}
    names |= {"baseVolume": "acc_trade_volume_24h", "quoteVolume": "acc_trade_price_24h", "timestamp": "timestamp"}
    assert {name: told[name] for name in names} == {name: float(truth[theirs]) for name, theirs in names.items()}
    assert list(call(client.fetch_tickers())) == ["BTC/KRW", "ETH/KRW"]


def test_a_book_is_the_venues_book(exchange: Exchange, call: Calls, client: Any):
    truth, told = at_one_moment(
        lambda: exchange.rows(f"orderbook?markets={MARKET}")[0], lambda: call(client.fetch_order_book(SYMBOL))
    )

    units = truth["orderbook_units"]
    assert told["bids"] == [[float(unit["bid_price"]), float(unit["bid_size"])] for unit in units]
    assert told["asks"] == [[float(unit["ask_price"]), float(unit["ask_size"])] for unit in units]
    assert list(call(client.fetch_order_books(limit=5))) == ["BTC/KRW", "ETH/KRW"]


def test_minute_candles_are_paged_without_holes(exchange: Exchange, call: Calls, client: Any):
    since, rows = client.milliseconds() - 500 * 60_000, []
    while page := call(client.fetch_ohlcv(SYMBOL, "1m", since=since, limit=200)):
        rows += page
        since = page[-1][0] + 60_000
    truth = exchange.candles("minutes/1", 600)

    assert len(rows) >= 499
    assert_no_holes([moment_of(row[0]) for row in reversed(rows)], timedelta(minutes=1))
    for row in rows[:498]:  # those that had ended before the first was asked for
        assert_candle(row, truth[moment_of(row[0]).isoformat()])


def test_day_candles_are_paged_without_holes(exchange: Exchange, call: Calls, client: Any):
    since, rows = client.milliseconds() - 380 * 86_400_000, []
    while page := call(client.fetch_ohlcv(SYMBOL, "1d", since=since, limit=200)):
        rows += page
        since = page[-1][0] + 86_400_000
    truth = exchange.candles("days", 400)

    assert len(rows) >= 380
    assert_no_holes([moment_of(row[0]) for row in reversed(rows)], timedelta(days=1))
    for row in rows[:379]:
        assert_candle(row, truth[moment_of(row[0]).isoformat()])


def test_trades_are_paged_by_cursor(exchange: Exchange, call: Calls, client: Any):
    newer = call(client.fetch_trades(SYMBOL, limit=40))
    older = call(client.fetch_trades(SYMBOL, limit=40, params={"cursor": newer[0]["id"]}))
    truth = {row["sequential_id"]: row for row in exchange.rows(f"trades/ticks?market={MARKET}&count=500")}

    trades = older + newer
    assert len({trade["id"] for trade in trades}) == 80
    for trade in trades:
        row = truth[Decimal(trade["id"])]
        assert (trade["price"], trade["amount"]) == (float(row["trade_price"]), float(row["trade_volume"]))
        assert (trade["timestamp"], trade["side"]) == (row["timestamp"], {"ASK": "sell", "BID": "buy"}[row["ask_bid"]])


def test_balances_are_exact(exchange: Exchange, call: Calls, client: Any):
    call(bid(exchange, client))

    told = call(client.fetch_balance())

    truth = exchange.balances()
    assert told["free"] == {currency: float(free) for currency, (free, _) in truth.items()}
    assert told["used"] == {currency: float(locked) for currency, (_, locked) in truth.items()}


def test_the_order_chance_tells_fees_and_minimum(exchange: Exchange, call: Calls, client: Any):
    fee, market = call(client.fetch_trading_fee(SYMBOL)), call(client.fetch_market(SYMBOL))

    assert (fee["maker"], fee["taker"]) == (0.0005, 0.0005)
    assert market["limits"]["cost"] == {"min": 5000.0, "max": 1_000_000_000.0}
    assert call(client.fetch_currency("BTC"))["active"] is True


def test_a_limit_buy_rests_and_is_listed_open(exchange: Exchange, call: Calls, client: Any):
    placed = call(bid(exchange, client))
    listed = call(client.fetch_open_orders(SYMBOL))

    truth = exchange.order(placed["id"])
    assert_order(placed, truth)
    assert [each["id"] for each in listed] == [truth.uuid]
    assert_order(listed[0], truth)


def test_a_limit_sell_rests_and_is_listed_open(exchange: Exchange, call: Calls, client: Any):
    placed = call(client.create_order(SYMBOL, "limit", "sell", 0.001, exchange.far_ask()))
    listed = call(client.fetch_open_orders(SYMBOL))

    truth = exchange.order(placed["id"])
    assert_order(placed, truth)
    assert [each["id"] for each in listed] == [truth.uuid]
    assert exchange.holds("BTC")[1] == truth.locked


def test_a_cancelled_order_gives_its_money_back(exchange: Exchange, call: Calls, client: Any):
    before = exchange.balances()
    placed = call(bid(exchange, client))

    cancelled = call(client.cancel_order(placed["id"], SYMBOL))

    truth = exchange.order(placed["id"])
    assert truth.state == "cancel"
    assert_order(cancelled, truth, state="wait")
    assert call(client.fetch_open_orders(SYMBOL)) == []
    assert exchange.balances() == before


def test_a_market_buy_ends_cancelled_with_change(exchange: Exchange, call: Calls, client: Any):
    before = exchange.balances()

    placed = call(client.create_market_buy_order_with_cost(SYMBOL, 1000003))
    found = call(client.fetch_order(placed["id"]))

    truth = exchange.order(placed["id"])
    assert truth.state == "cancel"
    assert_order(found, truth)
    assert [trade["amount"] for trade in found["trades"]] == [float(trade.volume) for trade in truth.trades]
    assert found["cost"] == float(truth.executed_funds)
    assert exchange.holds("KRW")[0] == before["KRW"][0] - truth.executed_funds - truth.paid_fee
    assert exchange.holds("BTC")[0] == before["BTC"][0] + truth.executed_volume


def test_a_market_sell_ends_done(exchange: Exchange, call: Calls, client: Any):
    before = exchange.balances()

    placed = call(client.create_order(SYMBOL, "market", "sell", 0.01))
    found = call(client.fetch_order(placed["id"]))

    truth = exchange.order(placed["id"])
    assert truth.state == "done"
    assert_order(found, truth)
    assert exchange.holds("KRW")[0] == before["KRW"][0] + truth.executed_funds - truth.paid_fee


def test_closed_orders_are_listed(exchange: Exchange, call: Calls, client: Any):
    sold = call(client.create_order(SYMBOL, "market", "sell", 0.001))
    gone = call(bid(exchange, client))
    call(client.cancel_order(gone["id"], SYMBOL))
    since = client.milliseconds() - 3_600_000

    done = {order["id"]: order for order in call(client.fetch_closed_orders(SYMBOL, since=since))}
    cancelled = {order["id"]: order for order in call(client.fetch_canceled_orders(SYMBOL))}

    assert_order(done[sold["id"]], exchange.order(sold["id"]))
    assert_order(cancelled[gone["id"]], exchange.order(gone["id"]))
    assert done.keys() & cancelled.keys() == set()


def test_an_order_is_found_by_uuid(exchange: Exchange, call: Calls, client: Any):
    placed = call(bid(exchange, client))

    assert_order(call(client.fetch_order(placed["id"])), exchange.order(placed["id"]))


def test_an_order_is_found_by_identifier(exchange: Exchange, call: Calls, client: Any):
    """With the endpoint's own method: fetch_order always sends a uuid, and the uuid wins."""
    placed = call(bid(exchange, client, clientOrderId="mine-1"))

    found = call(client.private_get_order({"identifier": "mine-1"}))

    assert placed["clientOrderId"] == "mine-1"
    assert_tells(found, exchange.order(placed["id"]))


def test_an_order_is_replaced(exchange: Exchange, call: Calls, client: Any):
    old = call(bid(exchange, client))
    price = exchange.far_bid() - 5000

    new = call(client.edit_order(old["id"], SYMBOL, "limit", "buy", 0.002, price, {"newClientOrderId": "replaced"}))

    truth = exchange.order(new["id"])
    assert new["clientOrderId"] == "replaced"
    assert exchange.order(old["id"]).state == "cancel"
    assert (truth.state, truth.price, truth.volume) == ("wait", Decimal(price), Decimal("0.002"))


def test_an_order_is_tried_without_being_placed(exchange: Exchange, call: Calls, client: Any):
    before = len(exchange.orders())

    assert call(bid(exchange, client, test=True))["status"] == "open"
    assert len(exchange.orders()) == before


def test_an_order_off_the_tick_is_refused(exchange: Exchange, call: Calls, client: Any):
    with pytest.raises(ccxt.ExchangeError, match="invalid_price_bid"):
        call(client.create_order(SYMBOL, "limit", "buy", 0.001, exchange.far_bid() + 1))


def test_too_little_money_is_refused(exchange: Exchange, call: Calls, client: Any):
    with pytest.raises(ccxt.InsufficientFunds):
        call(bid(exchange, client, volume=5))


def test_an_unknown_order_is_not_found(exchange: Exchange, call: Calls, client: Any):
    with pytest.raises(ccxt.OrderNotFound):
        call(client.fetch_order("00000000-0000-4000-8000-000000000000"))


def test_a_strange_key_is_refused(exchange: Exchange, call: Calls, client: Any):
    key, secret = client.apiKey, client.secret
    try:
        client.apiKey = "hoga-sim-nobody"
        with pytest.raises(ccxt.AuthenticationError, match="invalid_access_key"):
            call(client.fetch_balance())
        client.apiKey, client.secret = key, "0" * 64
        with pytest.raises(ccxt.AuthenticationError, match="jwt_verification"):
            call(client.fetch_balance())
    finally:
        client.apiKey, client.secret = key, secret


def test_asking_too_fast_is_told(exchange: Exchange, call: Calls, client: Any):
    """Its own exception comes of an answer in plain text; a JSON one is an ExchangeError to it like any other."""
    exchange.limit("ticker", plain_429=True)
    with pytest.raises(ccxt.RateLimitExceeded):
        keep_asking(lambda: call(client.fetch_ticker(SYMBOL)))
    exchange.limit("ticker", plain_429=False)
    with pytest.raises(ccxt.ExchangeError, match="Too many API requests"):
        keep_asking(lambda: call(client.fetch_ticker(SYMBOL)))

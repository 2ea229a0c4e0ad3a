"""pyupbit 0.2.34, which knows no address but https://api.upbit.com: led to our exchange from outside.

Its code is untouched. `HTTPS_PROXY` points at a forward proxy of ours (redirect.py), whose certificate is trusted
through `REQUESTS_CA_BUNDLE` and `SSL_CERT_FILE`; requests and websockets obey these variables, in child processes too.

pyupbit has no look-up by identifier, no batch cancel, no cancel_and_new, no trades and no private stream.
"""

import json
import multiprocessing
import subprocess
import sys
from collections.abc import Iterator
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import pyupbit
import requests
from tests.conformance import redirect
from tests.conformance.exchange import (
    MARKET,
    Exchange,
    assert_no_holes,
    assert_tells,
    at_one_moment,
    keep_asking,
)

pytestmark = [
    pytest.mark.conformance,
    pytest.mark.timeout(60),
    pytest.mark.xdist_group("pyupbit"),
    # Its WebSocket is a process of multiprocessing, which newer Pythons do not like to see forked beside threads.
    pytest.mark.filterwarnings("ignore:.*multi-threaded, use of fork:DeprecationWarning"),
]

KST = timedelta(hours=9)
OHLCV = {
    "open": "opening_price",
    "high": "high_price",
    "low": "low_price",
    "close": "trade_price",
    "volume": "candle_acc_trade_volume",
    "value": "candle_acc_trade_price",
}


@pytest.fixture(scope="module", autouse=True)
def led(served: Exchange, tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """While this module runs, api.upbit.com is the simulator."""
    folder = tmp_path_factory.mktemp("redirect")
    address = served.rest_url.removeprefix("http://")
    command = [sys.executable, str(Path(redirect.__file__)), address, str(folder)]
    with (
        subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as proxy,  # noqa: S603 - our own program
        pytest.MonkeyPatch.context() as patch,
    ):
        assert proxy.stdout is not None
        facts = json.loads(proxy.stdout.readline())
        patch.setenv("HTTPS_PROXY", facts["proxy"])
        patch.setenv("REQUESTS_CA_BUNDLE", facts["trusted"])
        patch.setenv("SSL_CERT_FILE", facts["trusted"])
        yield
        proxy.terminate()


@pytest.fixture(scope="module")
def mine(served: Exchange) -> Any:
    return pyupbit.Upbit(served.access_key, served.secret_key)


def bid(exchange: Exchange, mine: Any, volume: str = "0.001") -> Any:
    """A limit buy that rests."""
    return mine.buy_limit_order(MARKET, exchange.far_bid(), volume)


def test_markets_are_listed(exchange: Exchange):
    assert pyupbit.get_tickers(fiat="KRW") == list(exchange.look("/state")["markets"])
    assert pyupbit.get_tickers(fiat="KRW", is_details=True)[0]["market_event"]["warning"] is False


def test_a_ticker_tells_the_venues_figures(exchange: Exchange):
    truth, told = at_one_moment(
        lambda: exchange.rows(f"ticker?markets={MARKET},KRW-ETH"),
        lambda: pyupbit.get_current_price([MARKET, "KRW-ETH"], verbose=True),
    )
    price, limit = pyupbit.get_current_price(MARKET, limit_info=True)

    assert told == [{n: float(v) if isinstance(v, Decimal) else v for n, v in row.items()} for row in truth]
    assert price > 0
    assert limit["group"] == "ticker"


def test_a_book_is_the_venues_book(exchange: Exchange):
    truth, book = at_one_moment(
        lambda: exchange.rows(f"orderbook?markets={MARKET}")[0], lambda: pyupbit.get_orderbook(MARKET)
    )

    assert book["orderbook_units"] == [{n: float(v) for n, v in unit.items()} for unit in truth["orderbook_units"]]
    assert len(book["orderbook_units"]) == 30


def assert_candles(frame: Any, truth: dict[str, dict[str, Any]], step: timedelta) -> None:
    """Hold a data frame (oldest first, Seoul times) against the venue's candles; the newest may still grow."""
    assert_no_holes([moment.to_pydatetime() for moment in reversed(frame.index)], step)
    for moment, row in frame.iloc[:-1].iterrows():
        candle = truth[(moment - KST).isoformat()]
        assert row.to_dict() == {name: float(candle[theirs]) for name, theirs in OHLCV.items()}


def test_minute_candles_are_paged_without_holes(exchange: Exchange):
    frame = pyupbit.get_ohlcv(MARKET, "minute1", count=450)

    assert len(frame) == 450
    assert_candles(frame, exchange.candles("minutes/1", 600), timedelta(minutes=1))


def test_day_candles_are_paged_without_holes(exchange: Exchange):
    frame = pyupbit.get_ohlcv(MARKET, "day", count=400)

    assert len(frame) == 400
    assert_candles(frame, exchange.candles("days", 400), timedelta(days=1))


def test_candles_are_read_from_a_day_on(exchange: Exchange):
    begin = datetime.fromisoformat(min(exchange.candles("days", 300)))

    frame = pyupbit.get_ohlcv_from(MARKET, "day", fromDatetime=begin)

    assert_candles(frame, exchange.candles("days", 400), timedelta(days=1))


def test_balances_are_exact(exchange: Exchange, mine: Any):
    bid(exchange, mine)

    told = {each["currency"]: (Decimal(each["balance"]), Decimal(each["locked"])) for each in mine.get_balances()}

    assert told == exchange.balances()
    assert mine.get_balance(MARKET) == float(exchange.holds("BTC")[0])
    assert mine.get_balance_t("KRW") == float(sum(exchange.holds("KRW")))


def test_the_order_chance_tells_fees_and_minimum(exchange: Exchange, mine: Any):
    chance = mine.get_chance(MARKET)

    assert (chance["bid_fee"], chance["ask_fee"], chance["market"]["bid"]["min_total"]) == ("0.0005", "0.0005", "5000")
    assert Decimal(chance["bid_account"]["balance"]) == exchange.holds("KRW")[0]


def test_a_limit_buy_rests_and_is_listed_open(exchange: Exchange, mine: Any):
    placed = bid(exchange, mine)
    listed = mine.get_order(MARKET)

    truth = exchange.order(placed["uuid"])
    assert_tells(placed, truth)
    assert [each["uuid"] for each in listed] == [truth.uuid]
    assert_tells(listed[0], truth)


def test_a_limit_sell_rests_and_is_listed_open(exchange: Exchange, mine: Any):
    placed = mine.sell_limit_order(MARKET, exchange.far_ask(), 0.001)
    listed = mine.get_order(MARKET)

    truth = exchange.order(placed["uuid"])
    assert_tells(placed, truth)
    assert [each["uuid"] for each in listed] == [truth.uuid]
    assert exchange.holds("BTC")[1] == truth.locked


def test_a_cancelled_order_gives_its_money_back(exchange: Exchange, mine: Any):
    before = exchange.balances()
    placed = bid(exchange, mine)

    cancelled = mine.cancel_order(placed["uuid"])

    assert_tells(cancelled, exchange.order(placed["uuid"]), state="wait")
    assert mine.get_order(MARKET) == []
    assert exchange.balances() == before


def test_a_market_buy_ends_cancelled_with_change(exchange: Exchange, mine: Any):
    before = exchange.balances()

    placed = mine.buy_market_order(MARKET, 1000003)
    found = mine.get_order(placed["uuid"])

    truth = exchange.order(placed["uuid"])
    assert truth.state == "cancel"
    assert_tells(found, truth)
    assert exchange.holds("KRW")[0] == before["KRW"][0] - truth.executed_funds - truth.paid_fee
    assert exchange.holds("BTC")[0] == before["BTC"][0] + truth.executed_volume


def test_a_market_sell_ends_done(exchange: Exchange, mine: Any):
    before = exchange.balances()

    placed = mine.sell_market_order(MARKET, 0.01)
    found = mine.get_order(placed["uuid"])

    truth = exchange.order(placed["uuid"])
    assert truth.state == "done"
    assert_tells(found, truth)
    assert exchange.holds("KRW")[0] == before["KRW"][0] + truth.executed_funds - truth.paid_fee


def test_closed_orders_are_listed(exchange: Exchange, mine: Any):
    sold = mine.sell_market_order(MARKET, 0.001)
    gone = bid(exchange, mine)
    mine.cancel_order(gone["uuid"])

    done, cancelled = mine.get_order(MARKET, state="done"), mine.get_order(MARKET, state="cancel")

    assert (done[0]["uuid"], cancelled[0]["uuid"]) == (sold["uuid"], gone["uuid"])
    assert_tells(done[0], exchange.order(sold["uuid"]))


def test_an_order_is_found_by_uuid(exchange: Exchange, mine: Any):
    placed = bid(exchange, mine)

    assert_tells(mine.get_individual_order(placed["uuid"]), exchange.order(placed["uuid"]))


def test_money_that_came_and_went_is_listed(exchange: Exchange, mine: Any):
    exchange.give("BTC", "0.5")

    deposits = mine.get_deposit_list("BTC")

    assert {row["currency"] for row in deposits} == {"BTC"}
    assert Decimal(deposits[0]["amount"]) == Decimal("0.5")
    assert mine.get_individual_deposit_order(deposits[0]["uuid"], "BTC")["uuid"] == deposits[0]["uuid"]
    assert mine.get_withdraw_list("BTC") == []


def test_keys_and_wallets_are_listed(exchange: Exchange, mine: Any):
    assert [row["access_key"] for row in mine.get_api_key_list()] == [exchange.access_key]
    assert "BTC" in {row["currency"] for row in mine.get_deposit_withdraw_status()}


def test_too_little_money_is_refused(exchange: Exchange, mine: Any, capsys: pytest.CaptureFixture[str]):
    assert bid(exchange, mine, volume="5") is None
    assert capsys.readouterr().out == "InsufficientFundsBid\n"  # it prints its exception's name and swallows it


def test_too_small_an_order_is_refused(exchange: Exchange, mine: Any, capsys: pytest.CaptureFixture[str]):
    assert mine.buy_market_order(MARKET, 4999) is None
    assert capsys.readouterr().out == "UnderMinTotalBid\n"


def test_an_unknown_order_is_not_found(exchange: Exchange, mine: Any, capsys: pytest.CaptureFixture[str]):
    assert mine.get_individual_order("00000000-0000-4000-8000-000000000000") is None
    assert capsys.readouterr().out == "UpbitError\n"  # the class for every status it has no name for


def test_a_strange_key_is_refused(exchange: Exchange, mine: Any):
    unknown = pyupbit.Upbit("hoga-sim-nobody", exchange.secret_key).get_balances()
    forger = pyupbit.Upbit(exchange.access_key, "0" * 64)

    assert unknown["error"]["name"] == "invalid_access_key"  # no exception for it: the answer is handed on as it is
    with pytest.raises(pyupbit.errors.JwtVerification):
        forger.get_balances()


def test_asking_too_fast_is_told(exchange: Exchange):
    """No answer can raise its own TooManyRequests: the body is read as JSON before it is compared as text."""
    exchange.limit("orderbook", plain_429=True)
    with pytest.raises(requests.exceptions.JSONDecodeError):
        keep_asking(lambda: pyupbit.get_orderbook(MARKET))
    exchange.limit("ticker", plain_429=False)
    answers = [pyupbit.get_current_price([MARKET, "KRW-ETH"], verbose=True) for _ in range(10)]

    assert any("error" in answer for answer in answers)


def listen(kind: str, count: int) -> list[dict[str, Any]]:
    """What a WebSocketManager hears first; its process is ended."""
    manager = pyupbit.WebSocketManager(kind, [MARKET])
    try:
        return [manager.get() for _ in range(count)]
    finally:
        manager.terminate()
        manager.join()
        manager.close()


def test_the_ticker_stream_follows_the_trades(exchange: Exchange):
    heard = listen("ticker", 2)

    rows = exchange.rows(f"trades/ticks?market={MARKET}&count=500")
    traded = [(row["timestamp"], float(row["trade_price"]), float(row["trade_volume"])) for row in rows]
    for event in heard:
        assert (event["code"], event["stream_type"]) == (MARKET, "REALTIME")
        assert (event["trade_timestamp"], event["trade_price"], event["trade_volume"]) in traded


def test_the_trade_stream_tells_every_trade(exchange: Exchange):
    live = [event["sequential_id"] for event in listen("trade", 3)]

    rows = exchange.rows(f"trades/ticks?market={MARKET}&count=500")
    assert [row["sequential_id"] for row in reversed(rows) if live[0] <= row["sequential_id"] <= live[-1]] == live


def test_the_book_stream_tells_books(exchange: Exchange):
    for book in listen("orderbook", 3):
        assert book["code"] == MARKET
        assert len(book["orderbook_units"]) == 30
        assert book["orderbook_units"][0]["ask_price"] > book["orderbook_units"][0]["bid_price"]


def test_the_simple_client_hears_too(exchange: Exchange):
    queue: Any = multiprocessing.Queue()
    listener = multiprocessing.Process(target=pyupbit.WebSocketClient, args=("ticker", [MARKET], queue))
    listener.start()
    try:
        assert queue.get(timeout=20)["code"] == MARKET
    finally:
        listener.terminate()
        listener.join()
        listener.close()
        queue.close()

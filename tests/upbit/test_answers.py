"""Answers: amounts exact, missing and null alike, and nothing unreadable passes (reference, section 5)."""

import contextlib
from collections.abc import Callable
from decimal import Decimal

import pytest
from hypothesis import given, strategies as st
from tests.upbit.bodies import ACCOUNT, CHANCE, INSTRUMENTS, MARKETS, ORDER, body, without

from hoga.model.commands import OrderId, OrderKind, SelfMatch, Side, TimeInForce, VenueOrderId
from hoga.model.errors import WireError
from hoga.model.events import AskBid, Balance, Fill, OrderReport, OrderStateSeen
from hoga.upbit.answers import account as answers, quotation as answers_quotation, wallet as answers_wallet

D = Decimal


def test_an_order_that_waits():
    assert answers.read_order(body(ORDER | {"time_in_force": "post_only", "smp_type": "none"})) == OrderReport(
        venue_id=VenueOrderId("9ca023a5-851b-4fec-9f0a-48cd83c2eaae"),
        order_id=OrderId("grid-7"),
        market="KRW-BTC",
        side=Side.BUY,
        kind=OrderKind.LIMIT,
        state=OrderStateSeen.WAIT,
        price=D(10000000),
        volume=D("0.0005"),
        remaining_volume=D("0.0005"),
        executed_volume=D(0),
        paid_fee=D(0),
        locked=D("5002.5"),
        prevented_volume=D(0),
        tif=TimeInForce.POST_ONLY,
        self_match=SelfMatch.NONE,
        created_at_ms=1774183628000,
    )


# Reference 6: 10,000 at 102,945,000 buys 0.00009713; the rest stays, so a market buy ends in `cancel`.
def test_a_market_buy_ends_in_cancel_with_its_trade_and_the_rest():
    told = {
        **without(ORDER, "volume", "remaining_volume", "prevented_volume", "identifier"),
        "ord_type": "price",
        "price": "10000",
        "state": "cancel",
        "paid_fee": "4.999523925",
        "locked": "0.952626075",
        "executed_volume": "0.00009713",
        "trades_count": 1,
        "trades": [
            {
                "market": "KRW-BTC",
                "uuid": "t-1",
                "price": "102945000",
                "volume": "0.00009713",
                "funds": "9999.04785",
                "trend": "up",
                "created_at": "2025-08-09T16:44:00.597751+09:00",
                "side": "bid",
            }
        ],
    }

    report = answers.read_order(body(told))

    assert (report.kind, report.state, report.order_id) == (OrderKind.MARKET, OrderStateSeen.CANCEL, None)
    assert (report.volume, report.remaining_volume, report.prevented_volume) == (None, None, None)
    assert (report.paid_fee, report.locked) == (D("4.999523925"), D("0.952626075"))
    assert report.trades == (
        Fill(
            trade_id="t-1",
            venue_id=report.venue_id,
            order_id=None,
            market="KRW-BTC",
            side=Side.BUY,
            price=D(102945000),
            volume=D("0.00009713"),
            trade_timestamp_ms=1754725440597,
        ),
    )


# Reference 10: KST with offset here, UTC with Z on the sites abroad; reference 5: numbers in the docs end in `.0`.
@pytest.mark.parametrize(
    ("spelled", "ms"),
    [
        ("2026-03-22T21:47:08+09:00", 1774183628000),
        ("2026-03-22T12:47:08Z", 1774183628000),
        ("2026-03-22T21:47:08.250+09:00", 1774183628250),
    ],
)
def test_the_moment_an_order_was_made_is_one_moment(spelled: str, ms: int):
    assert answers.read_order(body(ORDER | {"created_at": spelled})).created_at_ms == ms


def test_what_is_missing_or_null_is_unknown_and_not_zero():
    bare = {key: ORDER[key] for key in ("uuid", "side", "ord_type", "state", "market")}

    for told in (bare, bare | dict.fromkeys(set(ORDER) - set(bare))):
        report = answers.read_order(body(told))
        assert (report.price, report.executed_volume, report.executed_funds, report.trades) == (None, None, None, None)


# A client's log once showed the count as text.
def test_a_count_in_quotes_is_a_count():
    assert answers.read_order(body(ORDER | {"trades_count": "2"})).trades_count == 2


def test_words_of_tomorrow_do_not_cost_the_order():
    told = ORDER | {"state": "frozen", "ord_type": "stop", "time_in_force": "gtd", "smp_type": "x", "new_key": {"a": 1}}

    report = answers.read_order(body(told))

    assert (report.state, report.kind, report.tif) == (OrderStateSeen.UNKNOWN, OrderKind.LIMIT, TimeInForce.GTC)
    assert report.self_match is None


def test_lists_keep_the_venues_order():
    listed = [ORDER | {"uuid": f"u-{n}", "executed_funds": "0"} for n in (3, 1, 2)]

    reports = answers.read_orders(body(listed))

    assert [report.venue_id for report in reports] == ["u-3", "u-1", "u-2"]
    assert {report.executed_funds for report in reports} == {D(0)}
    assert answers.read_orders(b"[]") == ()


def test_a_replacement_tells_the_old_order_and_the_new_ids():
    done = answers.read_replaced(body(ORDER | {"new_order_uuid": "u-2", "new_order_identifier": "grid-8"}))
    filled_first = answers.read_replaced(body(ORDER | {"state": "done"}))

    assert (done.old.venue_id, done.new_venue_id, done.new_order_id) == (ORDER["uuid"], "u-2", "grid-8")
    assert (filled_first.old.state, filled_first.new_venue_id) == (OrderStateSeen.DONE, None)


def test_a_cancel_of_many_tells_two_lists():
    lists = answers.read_cancel_lists(
        body(
            {
                "success": {"count": 1, "orders": [{"uuid": "a", "market": "KRW-BTC", "identifier": "grid-7"}]},
                "failed": {"count": 1, "orders": [{"uuid": "b", "market": "KRW-ETH"}]},
            }
        )
    )

    assert [(row.uuid, row.identifier) for row in lists.success] == [("a", "grid-7")]
    assert [(row.uuid, row.identifier) for row in lists.failed] == [("b", None)]


def test_balances():
    krw = Balance(currency="KRW", free=D("50000.47088291"), locked=D("5002.5"), avg_buy_price=D(0))

    assert answers.read_accounts(body([ACCOUNT])) == (krw,)
    assert answers.read_accounts(b"[]") == ()


def test_what_may_be_ordered():
    chance = answers.read_chance(body(CHANCE))
    older = answers.read_chance(body(without(CHANCE, "maker_bid_fee", "maker_ask_fee")))

    assert (chance.bid_fee, chance.maker_bid_fee, chance.maker_ask_fee) == (D("0.0005"), D("0.0004"), D("0.0003"))
    assert (chance.min_total, chance.max_total, chance.state) == (D(5000), D(1000000000), "active")
    assert (chance.quote_balance.currency, chance.base_balance.currency) == ("KRW", "BTC")
    assert "price" in chance.bid_types
    assert (older.maker_bid_fee, older.maker_ask_fee) == (D("0.0005"), D("0.0005"))


def test_markets_with_and_without_details():
    eth, btc = answers_quotation.read_markets(body(MARKETS))
    abroad = answers_quotation.read_markets(body([{"market": "SGD-BTC", "market_warning": "CAUTION"}]))

    assert (eth.code, eth.korean_name, eth.warning, eth.cautions) == ("KRW-ETH", "이더리움", False, ())
    assert (btc.warning, btc.cautions) == (True, ("PRICE_FLUCTUATIONS",))
    assert abroad[0].warning


def test_the_price_step_that_holds_now():
    (btc,) = answers_quotation.read_instruments(body(INSTRUMENTS))

    assert (btc.market, btc.tick_size, btc.supported_levels) == ("KRW-BTC", D(1000), (D(0), D(10000)))


CANDLE = {
    "market": "KRW-BTC",
    "candle_date_time_utc": "2026-03-11T14:40:00",
    "candle_date_time_kst": "2026-03-11T23:40:00",
    "opening_price": 103600000.0,
    "high_price": 103600000.0,
    "low_price": 103425000.0,
    "trade_price": 103460000.0,
    "timestamp": 1773240059132,
    "candle_acc_trade_price": 164899503.14206,
    "candle_acc_trade_volume": 1.5933512,
    "unit": 1,
}


def test_bars_come_newest_first_and_only_the_newest_may_still_change():
    earlier = CANDLE | {"candle_date_time_utc": "2026-03-11T14:38:00"}

    newest, closed = answers_quotation.read_candles(body([CANDLE, earlier]), 60, 5)

    assert (newest.start_ms, newest.closed, closed.start_ms, closed.closed) == (
        1773240000000,
        False,
        1773239880000,
        True,
    )
    assert (newest.unit_s, newest.close, newest.volume) == (60, D(103460000), D("1.5933512"))
    assert (newest.value, newest.received_ns) == (D("164899503.14206"), 5)


def test_past_trades():
    told = {
        "market": "KRW-BTC",
        "trade_date_utc": "2026-03-11",
        "trade_time_utc": "14:40:59",
        "timestamp": 1773240059095,
        "trade_price": 103460000.0,
        "trade_volume": 0.004,
        "prev_closing_price": 102417000.0,
        "change_price": -1043000.0,
        "ask_bid": "ASK",
        "sequential_id": 17732400590950001,
    }

    (trade,) = answers_quotation.read_trades(body([told]))

    assert (trade.price, trade.volume, trade.ask_bid) == (D(103460000), D("0.004"), AskBid.ASK)
    assert (trade.trade_timestamp_ms, trade.sequential_id) == (1773240059095, 17732400590950001)


def test_books_and_tickers():
    unit = {"bid_price": 103460000, "bid_size": 0.004, "ask_price": 103493000, "ask_size": 1e-8}
    told = {
        "market": "KRW-BTC",
        "timestamp": 1,
        "total_ask_size": 4.1,
        "total_bid_size": 2.2,
        "orderbook_units": [unit],
    }
    row = {
        "market": "KRW-BTC",
        "trade_timestamp": 1,
        "opening_price": 102417000.0,
        "high_price": 103988000.0,
        "low_price": 101150000.0,
        "trade_price": 103493000.0,
        "prev_closing_price": 102417000.0,
        "signed_change_rate": -0.0105060683,
        "trade_volume": 0.00094678,
        "acc_trade_price_24h": 162997300132.123,
        "acc_trade_volume_24h": 1587.73606087,
        "timestamp": 2,
    }

    (book,) = answers_quotation.read_orderbooks(body([told]))
    (ticker,) = answers_quotation.read_tickers(body([row]))

    assert book.asks == [(D(103493000), D("0.00000001"))]
    assert book.bids == [(D(103460000), D("0.004"))]
    assert (ticker.price, ticker.signed_change_rate, ticker.ask_bid) == (
        D(103493000),
        D("-0.0105060683"),
        AskBid.UNKNOWN,
    )


# Reference Q14: one call answers in lower case.
def test_the_state_of_a_withdrawal_is_upper_case():
    told = {
        "type": "withdraw",
        "uuid": "w",
        "currency": "KRW",
        "state": "processing",
        "created_at": "2025-07-01T15:00:00+09:00",
        "amount": "10000",
        "fee": "0.0",
        "is_cancelable": False,
    }

    assert answers_wallet.read_withdrawal(body(told)).state == "PROCESSING"
    with pytest.raises(WireError):
        answers_wallet.read_deposit(body(told))


def test_an_address_may_still_be_in_the_making():
    made = answers_wallet.read_one(
        body({"success": True, "message": "BTC 입금 주소를 생성 중 입니다."}), answers_wallet.DepositAddress
    )

    assert (made.success, made.deposit_address) == (True, None)


READERS: list[Callable[[bytes], object]] = [
    answers.read_order,
    answers.read_orders,
    answers.read_replaced,
    answers.read_cancel_lists,
    answers.read_accounts,
    answers.read_chance,
    answers_quotation.read_markets,
    answers_quotation.read_instruments,
    answers_quotation.read_supported_levels,
    lambda raw: answers_quotation.read_candles(raw, 60),
    answers_quotation.read_trades,
    answers_quotation.read_tickers,
    answers_quotation.read_orderbooks,
    answers_wallet.read_withdrawals,
    answers_wallet.read_deposits,
    answers_wallet.read_withdraw_chance,
    answers_wallet.read_pocket_transfers,
]


@pytest.mark.parametrize("read", READERS)
@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"null",
        b"5",
        b'"x"',
        b"[5]",
        b"<html>",
        b"\xff",
        b'{"error":{"name":"x"}}',
        b"[" * 50_000,
        b'[{"a":1}]',
        b"[",
    ],
)
def test_what_is_not_the_answer_is_refused_r40(read: Callable[[bytes], object], raw: bytes):
    with pytest.raises(WireError):
        read(raw)


@given(st.binary() | st.text().map(str.encode))
def test_no_bytes_raise_anything_but_a_wire_error(raw: bytes):
    for read in READERS:
        with contextlib.suppress(WireError):
            read(raw)


@pytest.mark.parametrize("key", ["price", "volume", "remaining_volume", "executed_volume", "locked", "paid_fee"])
@pytest.mark.parametrize("bad", ["NaN", "Infinity", "-Infinity", "sNaN", "1E+400"])
def test_an_amount_that_is_none_is_refused(key: str, bad: str):
    with pytest.raises(WireError):
        answers.read_order(body(ORDER | {key: bad}))


@pytest.mark.parametrize("key", ["balance", "locked"])
@pytest.mark.parametrize("bad", ["NaN", "-1", "Infinity", None, ""])
def test_a_balance_that_is_none_is_refused(key: str, bad: str | None):
    with pytest.raises(WireError):
        answers.read_accounts(body([ACCOUNT | {key: bad}]))


def test_an_order_of_unknown_side_is_refused_since_it_cannot_be_counted():
    with pytest.raises(WireError, match="side"):
        answers.read_order(body(ORDER | {"side": "short"}))


@given(st.decimals(min_value=0, max_value=Decimal("1E+15"), places=16))
def test_amounts_in_quotes_are_read_to_the_last_digit(value: Decimal):
    report = answers.read_order(body(ORDER | {"price": f"{value:f}", "locked": f"{value:E}"}))

    assert (report.price, report.locked) == (value, value)

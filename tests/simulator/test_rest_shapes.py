"""Every answer has the venue's keys in the venue's order, and a string where the venue sends a string.

The golden shapes are written by hand from Upbit's documents and from what recorded answers of 2026-03-11 and 2026-03-22
show; where the recordings themselves lie beside the repository, the answers are compared with them too.
"""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from tests.simulator.rest_scenery import BTC, Answer, Desk, Json, trade

from hoga.simulator.core.orders import NewOrder

#: How a JSON value is spelled: `s` string, `i` whole number, `f` number with a fraction, `b` boolean, `n` null.
Shape = object

_ORDER = (
    "uuid:s side:s ord_type:s price:s state:s market:s created_at:s volume:s remaining_volume:s prevented_volume:s "
    "reserved_fee:s remaining_fee:s paid_fee:s locked:s prevented_locked:s executed_volume:s "
)
_IN_MONEY = _ORDER.replace("volume:s remaining_volume:s prevented_volume:s ", "", 1)
_ACCOUNT = "currency:s balance:s locked:s avg_buy_price:s avg_buy_price_modified:b unit_currency:s"
_CANDLE = (
    "market:s candle_date_time_utc:s candle_date_time_kst:s opening_price:f high_price:f low_price:f trade_price:f "
    "timestamp:i candle_acc_trade_price:f candle_acc_trade_volume:f "
)
_TICKER = (
    "market:s trade_date:s trade_time:s trade_date_kst:s trade_time_kst:s trade_timestamp:i opening_price:f "
    "high_price:f low_price:f trade_price:f prev_closing_price:f change:s change_price:f change_rate:f "
    "signed_change_price:f signed_change_rate:f trade_volume:f acc_trade_price:f acc_trade_price_24h:f "
    "acc_trade_volume:f acc_trade_volume_24h:f highest_52_week_price:f highest_52_week_date:s lowest_52_week_price:f "
    "lowest_52_week_date:s timestamp:i"
)
_TRADE = (
    "market:s trade_date_utc:s trade_time_utc:s timestamp:i trade_price:f trade_volume:f prev_closing_price:f "
    "change_price:f ask_bid:s sequential_id:i"
)
_FILL = "market:s uuid:s price:s volume:s funds:s trend:s created_at:s side:s"
_WITHDRAW = "type:s uuid:s currency:s txid:s state:s created_at:s amount:s fee:s transaction_type:s is_cancelable:b"
_SMP = " smp_type:s"


def row(words: str) -> list[tuple[str, Shape]]:
    return [(name, kind) for name, _, kind in (word.partition(":") for word in words.split())]


def shape(value: object) -> Shape:
    """The keys of a decoded JSON value in their order, each with how its value is spelled."""
    if isinstance(value, dict):
        return [(name, shape(inner)) for name, inner in value.items()]
    if isinstance(value, list):
        return ("list", [shape(inner) for inner in value[:1]])
    return {bool: "b", int: "i", float: "f", str: "s", type(None): "n"}[type(value)]


def of(answer: Answer) -> Shape:
    found = json.loads(answer.body)
    return shape(found[0] if isinstance(found, list) else found)


@pytest.fixture
def desk() -> Desk:
    desk = Desk()
    desk.see(trade(1, desk.now_ms - 100), trade(2, desk.now_ms - 50, price=100_001_000))
    return desk


def lived(desk: Desk) -> Desk:
    """Two orders that ended in trades: a market buy and a market sell."""
    desk.place(ord_type="price", price="10000", volume=None, identifier="buy")
    desk.place(side="ask", ord_type="market", price=None, volume="0.0001", identifier="sell")
    return desk


def test_a_new_limit_order(desk: Desk):
    assert of(desk.place()) == row(_ORDER + "trades_count:i" + _SMP)


def test_a_new_order_with_everything(desk: Desk):
    answer = desk.place(identifier="mine", time_in_force="post_only")

    assert of(answer) == row(_ORDER + "trades_count:i time_in_force:s identifier:s" + _SMP)
    assert answer.row["smp_type"] == "none"


def test_an_order_asked_in_money_has_no_volumes(desk: Desk):
    assert of(desk.place(ord_type="price", price="10000", volume=None)) == row(_IN_MONEY + "trades_count:i" + _SMP)


def test_a_market_sell_has_no_price(desk: Desk):
    answer = desk.place(side="ask", ord_type="market", price=None, volume="0.001")

    assert of(answer) == row(_ORDER.replace("price:s ", "") + "trades_count:i" + _SMP)


def test_one_order_has_its_trades_and_no_executed_funds(desk: Desk):
    answer = lived(desk).get("/v1/order?identifier=buy")

    assert of(answer) == [*row(_IN_MONEY + "trades_count:i identifier:s" + _SMP), ("trades", ("list", [row(_FILL)]))]


@pytest.mark.parametrize("target", ["/v1/orders/closed?states[]=done", "/v1/orders/uuids?identifiers[]=sell"])
def test_lists_have_executed_funds_and_no_trades(desk: Desk, target: str):
    expected = _ORDER.replace("price:s ", "") + "executed_funds:s trades_count:i identifier:s"

    assert of(lived(desk).get(target)) == row(expected + _SMP)


def test_before_november_2026_an_unset_smp_type_was_left_out(desk: Desk):
    desk.venue.tells_smp = False

    assert of(desk.place(smp_type="none")) == row(_ORDER + "trades_count:i")


def test_a_batch_cancel_names_orders_shortly(desk: Desk):
    desk.place(identifier="mine")

    success = [("count", "i"), ("orders", ("list", [row("uuid:s market:s identifier:s")]))]
    failed: Shape = [("count", "i"), ("orders", ("list", []))]
    assert of(desk.ask("DELETE", "/v1/orders/open")) == [("success", success), ("failed", failed)]


def test_cancel_and_new(desk: Desk):
    uuid = str(desk.place().row["uuid"])
    wish: Json = {"prev_order_uuid": uuid, "new_ord_type": "limit", "new_volume": "0.001", "new_price": "9000000"}

    answer = desk.ask("POST", "/v1/orders/cancel_and_new", wish)

    assert of(answer) == row(_ORDER + "trades_count:i" + _SMP + " new_order_uuid:s")


def test_accounts_tell_won_and_what_is_held(desk: Desk):
    answer = desk.get("/v1/accounts")

    assert of(answer) == row(_ACCOUNT)
    assert [(one["currency"], one["avg_buy_price_modified"]) for one in answer.rows] == [("KRW", True), ("BTC", False)]


def test_chance(desk: Desk):
    words = ("list", ["s"])
    expected = [
        *row("bid_fee:s ask_fee:s maker_bid_fee:s maker_ask_fee:s"),
        (
            "market",
            [
                *row("id:s name:s"),
                *((name, words) for name in ("order_types", "order_sides", "bid_types", "ask_types")),
                ("bid", row("currency:s min_total:s")),
                ("ask", row("currency:s min_total:s")),
                *row("max_total:s state:s"),
            ],
        ),
        ("bid_account", row(_ACCOUNT)),
        ("ask_account", row(_ACCOUNT)),
    ]

    assert of(desk.get(f"/v1/orders/chance?market={BTC}")) == expected


@pytest.mark.parametrize(
    ("target", "expected"),
    [
        ("candles/seconds", _CANDLE),
        ("candles/minutes/1", _CANDLE + "unit:i"),
        ("candles/minutes/240", _CANDLE + "unit:i"),
        ("candles/days", _CANDLE + "prev_closing_price:f change_price:f change_rate:f"),
        ("candles/weeks", _CANDLE + "first_day_of_period:s"),
        ("candles/months", _CANDLE + "first_day_of_period:s"),
        ("candles/years", _CANDLE + "first_day_of_period:s"),
        ("trades/ticks", _TRADE),
    ],
)
def test_candles_and_trades(desk: Desk, target: str, expected: str):
    assert of(desk.get(f"/v1/{target}?market={BTC}")) == row(expected)


def test_a_day_may_be_converted_into_won(desk: Desk):
    answer = desk.get(f"/v1/candles/days?market={BTC}&converting_price_unit=KRW")

    assert list(answer.rows[0])[-1] == "converted_trade_price"


@pytest.mark.parametrize("target", [f"/v1/ticker?markets={BTC}", "/v1/ticker/all?quote_currencies=KRW"])
def test_tickers(desk: Desk, target: str):
    assert of(desk.get(target)) == row(_TICKER)


def test_books_print_whole_prices_without_a_fraction(desk: Desk):
    answer = desk.get(f"/v1/orderbook?markets={BTC}&count=1")

    body = answer.body.decode()
    assert list(answer.rows[0]) == [
        "market",
        "timestamp",
        "total_ask_size",
        "total_bid_size",
        "orderbook_units",
        "level",
    ]
    assert '[{"bid_price":100000000,"bid_size":2,"ask_price":100001000,"ask_size":1}],"level":0}' in body


def test_prices_are_printed_as_doubles_without_an_exponent(desk: Desk):
    desk.see(trade(3, desk.now_ms, price=123_456_000, volume="0.00000001"))

    body = desk.get(f"/v1/trades/ticks?market={BTC}").body

    assert b'"trade_price":123456000.0,"trade_volume":0.00000001,"prev_closing_price":' in body


def test_the_list_of_markets(desk: Desk):
    flags = ("PRICE_FLUCTUATIONS", "TRADING_VOLUME_SOARING", "DEPOSIT_AMOUNT_SOARING")
    more = ("GLOBAL_PRICE_DIFFERENCES", "CONCENTRATION_OF_SMALL_ACCOUNTS")
    names = row("market:s korean_name:s english_name:s")
    event = [("warning", "b"), ("caution", [(name, "b") for name in (*flags, *more)])]

    assert of(desk.get("/v1/market/all")) == names
    for query in ("is_details=true", "isDetails=true"):
        assert of(desk.get(f"/v1/market/all?{query}")) == [*names, ("market_event", event)]


def test_instruments_tell_tick_and_levels_as_text(desk: Desk):
    answer = desk.get(f"/v1/orderbook/instruments?markets={BTC}")

    assert answer.rows == [
        {
            "market": BTC,
            "quote_currency": "KRW",
            "tick_size": "1000",
            "supported_levels": ["0", "10000", "100000", "1000000", "10000000", "100000000"],
        }
    ]


def test_withdrawals_and_deposits(desk: Desk):
    withdrawn = desk.ask("POST", "/v1/withdraws/krw", {"amount": "10000", "two_factor_type": "kakao"})
    deposited = desk.ask("POST", "/v1/deposits/krw", {"amount": "10000", "two_factor_type": "kakao"})

    assert of(withdrawn) == row(_WITHDRAW)
    assert of(deposited) == row(_WITHDRAW.removesuffix(" is_cancelable:b"))
    assert (withdrawn.row["state"], deposited.row["state"]) == ("processing", "PROCESSING")
    assert "done_at" in desk.get("/v1/deposits").rows[0]


def placed(desk: Desk) -> str:
    """An order as the recorded ones were: without self-match prevention."""
    return str(desk.place(smp_type="none").row["uuid"])


def cancelled(desk: Desk) -> Answer:
    placed(desk)
    return desk.ask("DELETE", "/v1/orders/open")


LONG_UNITS = ("seconds", "days", "weeks", "months", "years")
RECORDED: list[tuple[str, str, Callable[[Desk], Answer]]] = [
    ("rest_accounts", "GET", lambda desk: desk.get("/v1/accounts")),
    ("rest_orders_chance_KRW-BTC", "GET", lambda desk: desk.get(f"/v1/orders/chance?market={BTC}")),
    ("rest_orders_create_limit_bid_a", "POST", lambda desk: desk.place(smp_type="none")),
    ("rest_lifecycle_2_get_order", "GET", lambda desk: desk.get(f"/v1/order?uuid={placed(desk)}")),
    ("rest_lifecycle_3_cancel", "DELETE", lambda desk: desk.ask("DELETE", f"/v1/order?uuid={placed(desk)}")),
    ("rest_byids_2_get_orders_uuids", "GET", lambda desk: desk.get(f"/v1/orders/uuids?uuids[]={placed(desk)}")),
    ("rest_orders_delete_uuids", "DELETE", lambda desk: desk.ask("DELETE", f"/v1/orders/uuids?uuids[]={placed(desk)}")),
    ("rest_cancelopen_2_delete_orders_open", "DELETE", cancelled),
    ("rest_orders_open_empty", "GET", lambda desk: desk.get("/v1/orders/open")),
    ("rest_ticker_KRW-BTC", "GET", lambda desk: desk.get(f"/v1/ticker?markets={BTC}")),
    ("rest_ticker_all_KRW_full", "GET", lambda desk: desk.get("/v1/ticker/all?quote_currencies=KRW")),
    ("rest_trades_ticks", "GET", lambda desk: desk.get(f"/v1/trades/ticks?market={BTC}")),
    ("rest_orderbook_instruments", "GET", lambda desk: desk.get(f"/v1/orderbook/instruments?markets={BTC}")),
    *(
        (f"rest_candles_{name}", "GET", lambda desk, path=path: desk.get(f"/v1/candles/{path}?market={BTC}"))
        for name, path in (("minutes_1", "minutes/1"), *((unit, unit) for unit in LONG_UNITS))
    ),
    ("rest_market_all_details_docs", "GET", lambda desk: desk.get("/v1/market/all?is_details=true")),
    ("rest_status_wallet_docs", "GET", lambda desk: desk.get("/v1/status/wallet")),
    ("rest_api_keys_docs", "GET", lambda desk: desk.get("/v1/api_keys")),
    ("rest_withdraws_chance_docs", "GET", lambda desk: desk.get("/v1/withdraws/chance?currency=BTC&net_type=BTC")),
    ("rest_travel_rule_vasps_docs", "GET", lambda desk: desk.get("/v1/travel_rule/vasps")),
    ("rest_pockets_docs", "GET", lambda desk: desk.get("/v1/pockets")),
]


@pytest.mark.shared
@pytest.mark.parametrize(("name", "method", "ask"), RECORDED, ids=[name for name, _, _ in RECORDED])
def test_answers_have_the_shape_of_recorded_ones(
    desk: Desk, shared: Path, name: str, method: str, ask: Callable[[Desk], Answer]
):
    fixtures = shared / "reference" / "fixtures"
    recorded = json.loads((fixtures / f"{name}.json").read_text(encoding="utf-8"))
    index = {entry["file"]: entry for entry in json.loads((fixtures / "_http_index.json").read_text(encoding="utf-8"))}
    desk.venue.tells_smp = False

    answer = ask(desk)

    expected = shape(recorded[0]) if isinstance(recorded, list) and recorded else shape(recorded)
    assert of(answer) == expected if recorded else answer.rows == []
    entry = index.get(f"{name}.json")
    if entry is not None:
        ours_alone = set(answer.headers) - set(entry["all_header_names"])
        written_below = {"connection", "date", "transfer-encoding", "content-length"}
        assert (entry["method"], entry["status"]) == (method, answer.status)
        assert set(entry["all_header_names"]) - written_below <= set(answer.headers)
        assert ours_alone == set()


def test_a_manual_order_looks_like_any_other(desk: Desk):
    wish = NewOrder(market=BTC, side="bid", ord_type="price", price=desk.venue.exchange.markets[BTC].min_total)
    desk.venue.operator.order_by_hand("main", wish, desk.now_ms)

    assert "identifier" not in desk.get("/v1/orders/closed").rows[0]

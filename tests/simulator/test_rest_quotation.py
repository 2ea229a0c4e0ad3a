"""The quotation side: paging through candles and trades, several markets in one call, and integer error names."""

import pytest
from tests.simulator.rest_scenery import BTC, ETH, Answer, Desk, trade

MINUTE_MS = 60_000
#: 2026-11-24 15:00:00 UTC.
TOP_MS = 1_795_532_400_000


@pytest.fixture
def desk() -> Desk:
    """Trades in the minutes 14:50 to 14:59 but none in 14:55, one a minute, at 30 s past."""
    desk = Desk()
    for back in range(10, 0, -1):
        if back != 5:
            desk.see(trade(back, TOP_MS - back * MINUTE_MS + 30_000, price=100_000_000 + back * 1_000))
    return desk


def minutes(answer: Answer) -> list[str]:
    return [str(row["candle_date_time_utc"])[14:16] for row in answer.rows]


def ids(answer: Answer) -> list[int]:
    return [int(str(row["sequential_id"])) % 10_000 for row in answer.rows]


def test_candles_come_newest_first_and_a_minute_without_trades_has_none(desk: Desk):
    assert minutes(desk.get(f"/v1/candles/minutes/1?market={BTC}&count=200")) == [
        *("59", "58", "57", "56", "54", "53", "52", "51", "50"),
    ]
    assert minutes(desk.get(f"/v1/candles/minutes/1?market={BTC}")) == ["59"]


@pytest.mark.parametrize(
    "to",
    [
        "2026-11-24T14:58:00Z",
        "2026-11-24%2014:58:00",
        "2026-11-24+14:58:00",
        "2026-11-24%2014%3A58%3A00",
        "2026-11-24T14:58:00",
        "2026-11-24T23%3A58%3A00%2B09%3A00",
    ],
)
def test_the_end_is_exclusive_in_every_spelling(desk: Desk, to: str):
    assert minutes(desk.get(f"/v1/candles/minutes/1?market={BTC}&count=2&to={to}")) == ["57", "56"]


def test_a_blank_end_is_now(desk: Desk):
    assert minutes(desk.get(f"/v1/candles/minutes/1?market={BTC}&to=")) == ["59"]


def test_paging_with_the_oldest_rows_time_sees_every_candle_once(desk: Desk):
    seen: list[str] = []
    to = ""
    while rows := desk.get(f"/v1/candles/minutes/1?market={BTC}&count=4&to={to}").rows:
        seen += [str(row["candle_date_time_utc"])[14:16] for row in rows]
        to = str(rows[-1]["candle_date_time_utc"])

    assert seen == ["59", "58", "57", "56", "54", "53", "52", "51", "50"]


def test_longer_candles_hold_the_shorter_ones(desk: Desk):
    [older] = desk.get(f"/v1/candles/minutes/5?market={BTC}&to=2026-11-24T14:55:00Z").rows

    assert older["candle_date_time_kst"] == "2026-11-24T23:50:00"
    assert (older["opening_price"], older["trade_price"]) == (100_010_000.0, 100_006_000.0)
    assert (older["candle_acc_trade_volume"], older["unit"]) == (2.5, 5)


def test_a_day_compares_with_the_day_before(desk: Desk):
    desk.see(trade(1, TOP_MS - 24 * 3600_000, price=90_000_000))

    today, yesterday = desk.get(f"/v1/candles/days?market={BTC}&count=2").rows

    assert (today["prev_closing_price"], today["change_price"], today["change_rate"]) == (
        9e7,
        10_001_000.0,
        0.1111222222,
    )
    assert yesterday["prev_closing_price"] == yesterday["opening_price"]


def test_trades_come_newest_first_and_page_by_cursor(desk: Desk):
    first = desk.get(f"/v1/trades/ticks?market={BTC}&count=3")
    second = desk.get(f"/v1/trades/ticks?market={BTC}&count=3&cursor={first.rows[-1]['sequential_id']}")

    assert (ids(first), ids(second)) == ([1, 2, 3], [4, 6, 7])


@pytest.mark.parametrize("to", ["14:57:00", "145700", "14%3A57%3A00"])
def test_trades_may_end_at_a_time_of_the_day(desk: Desk, to: str):
    assert ids(desk.get(f"/v1/trades/ticks?market={BTC}&count=2&to={to}")) == [4, 6]


def test_trades_of_yesterday_are_a_day_ago(desk: Desk):
    desk.see(trade(99, TOP_MS - 20 * 3600_000))

    assert ids(desk.get(f"/v1/trades/ticks?market={BTC}&count=5&days_ago=1")) == [99]
    assert ids(desk.get(f"/v1/trades/ticks?market={BTC}&count=5&days_ago=1&to=00:00:01")) == []


def test_a_trades_change_is_signed_and_against_yesterday(desk: Desk):
    desk.see(trade(1, TOP_MS - 24 * 3600_000, price=110_000_000))

    [row] = desk.get(f"/v1/trades/ticks?market={BTC}").rows

    assert (row["prev_closing_price"], row["change_price"]) == (110_000_000.0, -9_999_000.0)


def test_a_ticker_tells_the_day(desk: Desk):
    desk.see(trade(1, TOP_MS - 24 * 3600_000 - 1, price=110_000_000), trade(7, TOP_MS, price=100_500_000))

    [row] = desk.get(f"/v1/ticker?markets={BTC}").rows

    assert (row["trade_date"], row["trade_time"]) == ("20261124", "150000")
    assert (row["trade_date_kst"], row["trade_time_kst"]) == ("20261125", "000000")
    assert (row["opening_price"], row["low_price"], row["trade_price"]) == (100_010_000.0, 100_001_000.0, 100_500_000.0)
    assert (row["change"], row["change_price"], row["signed_change_price"]) == ("FALL", 9_500_000.0, -9_500_000.0)
    assert (row["acc_trade_volume"], row["acc_trade_volume_24h"]) == (5.0, 5.0)
    assert (row["highest_52_week_price"], row["highest_52_week_date"]) == (110_000_000.0, "2026-11-23")


def test_several_markets_come_as_they_were_asked_for_and_lower_case_is_taken(desk: Desk):
    desk.see(trade(1, TOP_MS, market=ETH))

    for markets in (f"{ETH},{BTC}", f"{ETH}%2C{BTC}", "krw-eth,krw-btc"):
        assert [row["market"] for row in desk.get(f"/v1/ticker?markets={markets}").rows] == [ETH, BTC]


def test_all_tickers_are_asked_by_quote_currency(desk: Desk):
    assert [row["market"] for row in desk.get("/v1/ticker/all?quote_currencies=KRW,BTC").rows] == [BTC]
    assert desk.get("/v1/ticker/all?quote_currencies=USDT").rows == []


def test_a_book_may_be_shorter_and_is_never_deeper_than_thirty(desk: Desk):
    depths = {n: desk.get(f"/v1/orderbook?markets={BTC}&count={n}").rows[0]["orderbook_units"] for n in (1, 99)}

    assert {n: len(units) for n, units in depths.items() if isinstance(units, list)} == {1: 1, 99: 3}


def test_a_book_may_be_gathered_into_levels(desk: Desk):
    [row] = desk.get(f"/v1/orderbook?markets={BTC}&level=10000").rows

    assert row["level"] == 10_000
    assert row["orderbook_units"] == [
        {"bid_price": 100_000_000, "bid_size": 2, "ask_price": 100_010_000, "ask_size": 3},
        {"bid_price": 99_990_000, "bid_size": 4, "ask_price": 0, "ask_size": 0},
    ]


def test_an_unsupported_level_gives_an_empty_list(desk: Desk):
    assert desk.get(f"/v1/orderbook?markets={BTC}&level=7").rows == []


MISSING = "Missing request parameter error. Check the required parameters!"
MISMATCH = "Type mismatch error. Check the parameters type!"
INVALID = "Invalid parameter. Check the given value!"


@pytest.mark.parametrize(
    ("target", "status", "message"),
    [
        # The first five were answered so on 2026-09-23.
        ("orderbook?markets=KRW-NOPE", 404, "Code not found"),
        (f"orderbook?markets={BTC},KRW-NOPE", 404, "Code not found"),
        ("orderbook", 400, MISSING),
        (f"orderbook?markets={BTC}&count=abc", 400, MISMATCH),
        ("ticker?markets=KRW-NOPE", 404, "Code not found"),
        ("ticker", 400, MISSING),
        ("ticker/all", 400, MISSING),
        ("candles/days", 400, MISSING),
        ("candles/minutes/1?market=KRW-NOPE", 404, "Code not found"),
        (f"candles/minutes/7?market={BTC}", 400, INVALID),
        (f"candles/minutes/1?market={BTC}&count=201", 400, INVALID),
        (f"candles/minutes/1?market={BTC}&count=0", 400, INVALID),
        (f"candles/minutes/1?market={BTC}&count=x", 400, MISMATCH),
        (f"candles/minutes/1?market={BTC}&to=yesterday", 400, INVALID),
        (f"candles/minutes/1?market={BTC}&to=2026-11-24T23:58:00+09:00", 400, INVALID),
        (f"candles/days?market={BTC}&converting_price_unit=USD", 400, INVALID),
        (f"trades/ticks?market={BTC}&count=501", 400, INVALID),
        (f"trades/ticks?market={BTC}&days_ago=8", 400, INVALID),
        (f"trades/ticks?market={BTC}&to=25:00:00", 400, INVALID),
        (f"trades/ticks?market={BTC}&cursor=x", 400, MISMATCH),
        ("orderbook/instruments?markets=NOPE", 404, "Code not found"),
    ],
)
def test_quotation_errors_are_named_by_their_status(desk: Desk, target: str, status: int, message: str):
    answer = desk.get(f"/v1/{target}")

    assert (answer.status, answer.row) == (status, {"error": {"name": status, "message": message}})
    assert "remaining-req" in answer.headers


def test_a_path_nobody_serves_has_a_word_for_a_name_and_no_count(desk: Desk):
    answer = desk.get("/v1/nope")

    assert answer.row == {"error": {"name": "not_found", "message": "no Route matched with those values"}}
    assert (answer.status, "remaining-req" in answer.headers) == (404, False)


def test_quotation_is_counted_by_address_and_by_group(desk: Desk):
    answers = [desk.get(f"/v1/ticker?markets={BTC}") for _ in range(11)]
    other_group = desk.get(f"/v1/orderbook?markets={BTC}")
    desk.ip = "127.0.0.2"
    other_address = desk.get(f"/v1/ticker?markets={BTC}")

    assert [answer.status for answer in answers] == [200] * 10 + [429]
    assert answers[0].headers["remaining-req"] == "group=ticker; min=600; sec=9"
    assert answers[-1].error == (429, 429)
    assert (other_group.status, other_address.status) == (200, 200)


def test_an_origin_header_has_one_request_in_ten_seconds(desk: Desk):
    def ask() -> Answer:
        return desk.ask("GET", f"/v1/ticker?markets={BTC}", origin=True)

    first, second = ask(), ask()
    desk.later(10)

    assert (first.status, second.status, ask().status) == (200, 429, 200)
    assert first.headers["remaining-req"] == "group=origin; min=6; sec=0"
    assert desk.get(f"/v1/ticker?markets={BTC}").status == 200


def test_etags_follow_the_content(desk: Desk):
    one, same, other = (desk.get(f"/v1/candles/days?market={BTC}&count={n}") for n in (1, 2, 0))

    assert one.headers["etag"] == same.headers["etag"] != other.headers["etag"]
    assert one.headers["etag"].startswith('W/"0')

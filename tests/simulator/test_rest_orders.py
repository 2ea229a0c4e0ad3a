"""The order endpoints as a client meets them: parameters, statuses, what changes and what does not."""

import pytest
from tests.simulator.rest_scenery import BTC, ETH, Answer, Desk, Json, token

PYUPBIT_FORM = "application/x-www-form-urlencoded"


@pytest.fixture
def desk() -> Desk:
    return Desk()


def uuid_of(answer: Answer) -> str:
    return str(answer.row["uuid"])


def batch(answer: Answer) -> tuple[list[object], list[object]]:
    success, failed = answer.row["success"], answer.row["failed"]
    assert isinstance(success, dict)
    assert isinstance(failed, dict)
    assert (success["count"], failed["count"]) == (len(success["orders"]), len(failed["orders"]))
    return [row["uuid"] for row in success["orders"]], [row["uuid"] for row in failed["orders"]]


def test_an_order_is_found_by_uuid_and_by_identifier_and_the_uuid_wins(desk: Desk):
    one, two = desk.place(identifier="one"), desk.place(identifier="two")

    assert desk.get(f"/v1/order?uuid={uuid_of(one)}").row["identifier"] == "one"
    assert desk.get("/v1/order?identifier=two").row["uuid"] == uuid_of(two)
    assert desk.get(f"/v1/order?uuid={uuid_of(one)}&identifier=two").row["identifier"] == "one"


@pytest.mark.parametrize("target", ["/v1/order?uuid=nobody", "/v1/order?identifier=nobody"])
@pytest.mark.parametrize("method", ["GET", "DELETE"])
def test_an_unknown_order_is_404(desk: Desk, method: str, target: str):
    assert desk.ask(method, target).error == (404, "order_not_found")


def test_asking_for_no_order_at_all_is_a_validation_error(desk: Desk):
    assert desk.get("/v1/order").error == (400, "validation_error")


def test_a_cancel_answers_the_order_as_it_was(desk: Desk):
    uuid = uuid_of(desk.place())

    answer = desk.ask("DELETE", f"/v1/order?uuid={uuid}")

    assert (answer.status, answer.row["state"]) == (200, "wait")
    assert desk.get(f"/v1/order?uuid={uuid}").row["state"] == "cancel"


def test_pyupbit_may_cancel_with_a_json_body(desk: Desk):
    uuid = uuid_of(desk.place())

    assert desk.ask("DELETE", "/v1/order", {"uuid": uuid}).status == 200


def test_pyupbit_may_ask_with_a_form_body(desk: Desk):
    uuid = uuid_of(desk.place())
    text = f"market={BTC}&state=wait&page=1&limit=100&order_by=desc"
    signed = token(desk.key, text, nonce="form")

    answer = desk.ask("GET", "/v1/orders", text.encode(), authorization=signed, content_type=PYUPBIT_FORM)

    assert [row["uuid"] for row in answer.rows] == [uuid]


def test_the_old_list_serves_ended_orders_too(desk: Desk):
    uuid = uuid_of(desk.place())
    desk.ask("DELETE", f"/v1/order?uuid={uuid}")

    assert [row["uuid"] for row in desk.get("/v1/orders?state=cancel").rows] == [uuid]
    assert desk.get("/v1/orders?state=wait").rows == []


def test_parameters_of_a_post_may_stand_in_the_query(desk: Desk):
    answer = desk.ask("POST", f"/v1/orders?market={BTC}&side=bid&volume=0.0005&price=10000000&ord_type=limit")

    assert answer.status == 201


def test_a_tested_order_is_answered_like_a_real_one_and_is_none(desk: Desk):
    wish: Json = {"market": BTC, "side": "bid", "volume": "0.0005", "price": "10000000", "ord_type": "limit"}

    answer = desk.ask("POST", "/v1/orders/test", wish)

    assert (answer.status, answer.row["locked"]) == (201, "5002.5")
    assert answer.headers["remaining-req"] == "group=order-test; min=480; sec=7"
    assert desk.get(f"/v1/order?uuid={answer.row['uuid']}").status == 404
    assert desk.get("/v1/orders/open").rows == []


@pytest.mark.parametrize(
    ("fields", "error"),
    [
        ({"side": None}, (400, "validation_error")),
        ({"side": "buy"}, (400, "validation_error")),
        ({"market": None}, (400, "validation_error")),
        ({"market": "KRW-NOPE"}, (400, "notfoundmarket")),
        ({"ord_type": "stop"}, (400, "validation_error")),
        ({"price": "10000500"}, (400, "invalid_price_bid")),
        ({"volume": "0.0001"}, (400, "under_min_total_bid")),
        ({"volume": "1000"}, (400, "over_krw_funds_bid")),
        ({"volume": "50"}, (400, "insufficient_funds_bid")),
        ({"side": "ask", "volume": "2", "price": "200000000"}, (400, "insufficient_funds_ask")),
        ({"price": "NaN"}, (400, "validation_error")),
        ({"volume": "-1"}, (400, "validation_error")),
        ({"time_in_force": "gtc"}, (400, "validation_error")),
        ({"ord_type": "best", "price": "10000", "volume": None}, (400, "invalid_time_in_force")),
        ({"time_in_force": "post_only", "smp_type": "reduce"}, (400, "invalid_post_only")),
        ({"identifier": "x" * 65}, (400, "validation_error")),
    ],
)
def test_a_bad_order_is_refused_by_the_venues_name_for_it(desk: Desk, fields: Json, error: tuple[int, str]):
    assert desk.place(**fields).error == error


def test_an_identifier_is_spent_for_ever(desk: Desk):
    uuid = uuid_of(desk.place(identifier="once"))
    desk.ask("DELETE", f"/v1/order?uuid={uuid}")

    assert desk.place(identifier="once").error == (400, "duplicated_identifier")


def test_open_orders_come_newest_first_and_by_pages(desk: Desk):
    uuids = [uuid_of(desk.place(price=f"{10 + n}000000")) for n in range(5)]

    pages = [[row["uuid"] for row in desk.get(f"/v1/orders/open?limit=2&page={page}").rows] for page in (1, 2, 3, 4)]

    assert pages == [uuids[:2:-1], uuids[2:0:-1], uuids[:1], []]
    assert [row["uuid"] for row in desk.get("/v1/orders/open?order_by=asc").rows] == uuids


@pytest.mark.parametrize(
    "query", ["limit=101", "limit=0", "page=0", "order_by=up", "states[]=done", "state=open", "limit=abc"]
)
def test_open_orders_refuse_senseless_parameters(desk: Desk, query: str):
    assert desk.get(f"/v1/orders/open?{query}").status == 400


def test_closed_orders_look_back_seven_days_unless_told_otherwise(desk: Desk):
    uuid = uuid_of(desk.place())
    desk.ask("DELETE", f"/v1/order?uuid={uuid}")
    made_ms = desk.now_ms
    desk.later(8 * 24 * 3600)

    def found(query: str) -> list[object]:
        return [row["uuid"] for row in desk.get(f"/v1/orders/closed{query}").rows]

    assert found("") == []
    assert found(f"?start_time={made_ms - 1000}") == [uuid]
    assert found("?start_time=2026-11-24T23%3A59%3A00%2B09%3A00") == [uuid]
    assert found(f"?end_time={made_ms - 1000}") == []
    assert found(f"?end_time={made_ms + 1000}&states[]=done") == []
    assert found(f"?end_time={made_ms + 1000}&state=cancel&market={BTC}") == [uuid]


@pytest.mark.parametrize("query", ["start_time=1750741013000&end_time=1760741013000", "start_time=soon", "limit=1001"])
def test_closed_orders_refuse_a_window_of_more_than_seven_days_and_nonsense(desk: Desk, query: str):
    assert desk.get(f"/v1/orders/closed?{query}").status == 400


def test_orders_by_ids_take_one_kind_and_leave_unknown_ones_out(desk: Desk):
    one, two = desk.place(identifier="one"), desk.place(market=ETH, identifier="two")

    by_uuid = desk.get(f"/v1/orders/uuids?uuids[]={uuid_of(one)}&uuids[]={uuid_of(two)}&uuids[]=nobody")
    by_name = desk.get(f"/v1/orders/uuids?identifiers%5B%5D=one&identifiers%5B%5D=two&market={ETH}")

    assert [row["identifier"] for row in by_uuid.rows] == ["two", "one"]
    assert [row["identifier"] for row in by_name.rows] == ["two"]


@pytest.mark.parametrize("method", ["GET", "DELETE"])
@pytest.mark.parametrize("count", [0, 101])
def test_too_many_ids_or_none_are_refused(desk: Desk, method: str, count: int):
    query = "&".join(f"uuids[]={n}" for n in range(count))

    assert desk.ask(method, f"/v1/orders/uuids?{query}".rstrip("?")).status == 400


def test_a_cancel_by_ids_tells_what_it_took_and_what_had_ended(desk: Desk):
    ended, waiting = uuid_of(desk.place()), uuid_of(desk.place())
    desk.ask("DELETE", f"/v1/order?uuid={ended}")

    answer = desk.ask("DELETE", f"/v1/orders/uuids?uuids[]={ended}&uuids[]={waiting}&uuids[]=nobody")

    assert (answer.status, batch(answer)) == (200, ([waiting], [ended]))
    assert answer.headers["remaining-req"].startswith("group=default;")


def test_cancel_open_without_parameters_takes_only_the_latest_twenty(desk: Desk):
    uuids = []
    for n in range(22):
        uuids.append(uuid_of(desk.place(price=f"{10 + n}000000")))
        desk.later(0.1)

    answer = desk.ask("DELETE", "/v1/orders/open")

    assert sorted(batch(answer)[0], key=str) == sorted(uuids[2:])
    assert answer.headers["remaining-req"] == "group=order-cancel-all; min=30; sec=0"
    assert len(desk.get("/v1/orders/open").rows) == 2


@pytest.mark.parametrize(
    ("query", "left"),
    [
        (f"pairs={BTC}", {"c", "d"}),
        (f"pairs={BTC}%2C{ETH}", set()),
        (f"excluded_pairs={BTC}", {"a", "b"}),
        ("quote_currencies=KRW,BTC", set()),
        ("quote_currencies=USDT", {"a", "b", "c", "d"}),
        ("cancel_side=ask", {"a", "c", "d"}),
        ("count=1&order_by=asc", {"b", "c", "d"}),
        ("count=1", {"a", "b", "c"}),
    ],
)
def test_cancel_open_takes_what_was_meant(desk: Desk, query: str, left: set[str]):
    desk.place(identifier="a")
    desk.place(identifier="b", side="ask", price="200000000", volume="0.5")
    desk.place(identifier="c", market=ETH)
    desk.place(identifier="d", market=ETH)

    assert desk.ask("DELETE", f"/v1/orders/open?{query}").status == 200

    assert {row["identifier"] for row in desk.get("/v1/orders/open").rows} == left


@pytest.mark.parametrize(
    "query", [f"pairs={BTC}&quote_currencies=KRW", "count=301", "cancel_side=both", "pairs=" + ",".join(["A"] * 21)]
)
def test_cancel_open_refuses_what_does_not_go_together(desk: Desk, query: str):
    assert desk.ask("DELETE", f"/v1/orders/open?{query}").status == 400


@pytest.mark.parametrize("path", ["/v1/orders/uuids", "/v1/orders/open"])
def test_batch_cancels_take_no_body(desk: Desk, path: str):
    uuid = uuid_of(desk.place())

    answer = desk.ask("DELETE", path, {"uuids": uuid})

    assert answer.error == (400, "QUERY_PARAMETER_NOT_SUPPORTED")
    assert len(desk.get("/v1/orders/open").rows) == 1


def test_cancel_and_new_answers_the_old_order_and_names_the_new(desk: Desk):
    old = uuid_of(desk.place(identifier="old"))
    wish: Json = {
        "prev_order_identifier": "old",
        "new_ord_type": "limit",
        "new_volume": "remain_only",
        "new_price": "11000000",
        "new_identifier": "new",
    }

    answer = desk.ask("POST", "/v1/orders/cancel_and_new", wish)

    new = desk.get(f"/v1/order?uuid={answer.row['new_order_uuid']}").row
    assert (answer.status, answer.row["uuid"], answer.row["state"]) == (200, old, "wait")
    assert answer.row["new_order_identifier"] == "new"
    assert (new["identifier"], new["price"], new["volume"]) == ("new", "11000000", "0.0005")
    assert answer.headers["remaining-req"].startswith("group=order;")


def test_cancel_and_new_needs_to_know_which_and_what(desk: Desk):
    assert desk.ask("POST", "/v1/orders/cancel_and_new", {"new_ord_type": "limit"}).error == (400, "validation_error")


def test_a_market_buy_ends_in_cancel_with_the_rest_returned(desk: Desk):
    answer = desk.place(ord_type="price", price="10000", volume=None)

    order = desk.get(f"/v1/order?uuid={uuid_of(answer)}").row
    assert (answer.row["state"], answer.row["locked"], order["state"]) == ("wait", "10005", "cancel")
    # 10000 at 100,001,000 buys 0.00009999, which costs 9999.09999 and 4.999549995 fee.
    assert (order["executed_volume"], order["paid_fee"]) == ("0.00009999", "4.999549995")
    assert desk.get("/v1/accounts").rows[0]["balance"] == "99989995.900460005"


def test_another_account_sees_nothing_of_it(desk: Desk):
    uuid = uuid_of(desk.place())
    desk.venue.exchange.open_account("bob", {})
    bob = desk.venue.keys.issue("bob", desk.now_ms)

    assert desk.ask("GET", f"/v1/order?uuid={uuid}", key=bob).error == (404, "order_not_found")
    assert desk.ask("DELETE", f"/v1/order?uuid={uuid}", key=bob).error == (404, "order_not_found")
    assert desk.ask("GET", "/v1/orders/open", key=bob).rows == []

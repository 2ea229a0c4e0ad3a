"""Deposits, withdrawals, the travel rule and pockets, as far as a client's screens need them."""

import pytest
from tests.simulator.rest_scenery import Answer, Desk, Json

KRW_MOVE: Json = {"amount": "10000", "two_factor_type": "kakao"}


@pytest.fixture
def desk() -> Desk:
    return Desk()


def balance(desk: Desk, currency: str = "KRW") -> object:
    return next((row["balance"] for row in desk.get("/v1/accounts").rows if row["currency"] == currency), None)


def test_won_deposited_may_be_traded_at_once(desk: Desk):
    answer = desk.ask("POST", "/v1/deposits/krw", KRW_MOVE)

    assert (answer.status, balance(desk)) == (201, "100010000")
    assert desk.get(f"/v1/deposit?uuid={answer.row['uuid']}").row["state"] == "ACCEPTED"


def test_a_withdrawal_takes_the_money_and_may_be_taken_back_until_it_is_done(desk: Desk):
    first = desk.ask("POST", "/v1/withdraws/krw", KRW_MOVE)
    taken = balance(desk)
    cancelled = desk.ask("DELETE", f"/v1/withdraws/coin?uuid={first.row['uuid']}")
    returned = balance(desk)
    second = desk.ask("POST", "/v1/withdraws/krw", KRW_MOVE)
    desk.later(60)

    assert (taken, cancelled.row["state"], returned) == ("99990000", "CANCELLED", "100000000")
    assert desk.get(f"/v1/withdraw?uuid={second.row['uuid']}").row["state"] == "DONE"
    late = desk.ask("DELETE", f"/v1/withdraws/coin?uuid={second.row['uuid']}")
    assert late.error == (404, "withdraw_not_found")


def test_coins_go_only_to_the_registered_address(desk: Desk):
    wish: Json = {"currency": "BTC", "net_type": "BTC", "amount": "0.5", "address": "somewhere"}
    refused = desk.ask("POST", "/v1/withdraws/coin", wish)
    [known] = [row for row in desk.get("/v1/withdraws/coin_addresses").rows if row["currency"] == "BTC"]
    taken = desk.ask("POST", "/v1/withdraws/coin", wish | {"address": known["withdraw_address"]})

    assert refused.error == (400, "withdraw_address_not_registered")
    assert (taken.status, taken.row["net_type"], balance(desk, "BTC")) == (201, "BTC", "0.5")


@pytest.mark.parametrize(
    ("fields", "error"),
    [
        ({}, (400, "validation_error")),
        ({"amount": "10000"}, (400, "validation_error")),
        ({"amount": "10000", "two_factor_type": "letter"}, (400, "validation_error")),
        ({"amount": "-1", "two_factor_type": "kakao"}, (400, "validation_error")),
        ({"amount": "1e12", "two_factor_type": "kakao"}, (400, "insufficient_funds_ask")),
    ],
)
def test_bad_withdrawals_are_refused(desk: Desk, fields: Json, error: tuple[int, str]):
    assert desk.ask("POST", "/v1/withdraws/krw", fields).error == error
    assert balance(desk) == "100000000"


@pytest.mark.parametrize(
    ("target", "error"),
    [
        ("withdraw", (404, "withdraw_not_found")),
        ("deposit?uuid=nobody", (404, "deposit_not_found")),
        ("withdraws/chance?currency=NOPE&net_type=NOPE", (404, "currency_not_found")),
        ("deposits/coin_address?currency=BTC&net_type=BTC", (404, "coin_address_not_found")),
        ("deposits?uuids[]=a&txids[]=b", (400, "invalid_parameter")),
        ("deposits?limit=101", (400, "validation_error")),
    ],
)
def test_what_is_not_there_is_named(desk: Desk, target: str, error: tuple[int, str]):
    assert desk.get(f"/v1/{target}").error == error


def test_deposits_are_listed_by_page_by_state_and_by_uuid_cursor(desk: Desk):
    uuids = []
    for _ in range(4):
        uuids.append(desk.ask("POST", "/v1/deposits/krw", KRW_MOVE).row["uuid"])
        desk.later(1)

    def listed(query: str) -> list[object]:
        return [uuids.index(row["uuid"]) for row in desk.get(f"/v1/deposits?{query}").rows]

    assert listed("limit=3") == [3, 2, 1]
    assert listed("limit=3&page=2") == [0]
    assert listed("order_by=asc&state=accepted&currency=KRW") == [0, 1, 2, 3]
    assert listed(f"to={uuids[2]}") == [1, 0]
    assert listed(f"from={uuids[1]}") == [3, 2]
    assert listed(f"uuids[]={uuids[0]}&uuids[]={uuids[3]}") == [3, 0]
    assert listed("state=PROCESSING") == []


def test_pyupbit_asks_for_deposits_with_a_slash_too_many(desk: Desk):
    assert (desk.get("//v1/deposits").status, desk.get("//v1/deposits").rows) == (200, [])


def test_a_deposit_address_is_made_in_the_background(desk: Desk):
    wish: Json = {"currency": "BTC", "net_type": "BTC"}
    first = desk.ask("POST", "/v1/deposits/generate_coin_address", wish)
    unfinished = desk.get("/v1/deposits/coin_address?currency=BTC&net_type=BTC")
    desk.later(1)
    again = desk.ask("POST", "/v1/deposits/generate_coin_address", wish)

    assert (first.status, first.row["success"]) == (201, True)
    assert (unfinished.status, unfinished.row["deposit_address"]) == (200, None)
    assert list(again.row) == ["currency", "net_type", "deposit_address"]
    assert again.row["deposit_address"] == desk.get("/v1/deposits/coin_addresses").rows[0]["deposit_address"]


def test_a_deposit_is_verified_by_uuid_and_by_txid(desk: Desk):
    deposit = desk.ask("POST", "/v1/deposits/krw", KRW_MOVE).row
    vasp = desk.get("/v1/travel_rule/vasps").rows[0]["vasp_uuid"]

    by_uuid = desk.ask("POST", "/v1/travel_rule/deposit/uuid", {"deposit_uuid": deposit["uuid"], "vasp_uuid": vasp})
    by_txid = desk.ask(
        "POST",
        "/v1/travel_rule/deposit/txid",
        {"vasp_uuid": vasp, "txid": deposit["txid"], "currency": "KRW", "net_type": "KRW"},
    )

    assert (by_uuid.status, by_uuid.row) == (201, by_txid.row)
    assert list(by_uuid.row) == ["deposit_uuid", "verification_result", "deposit_state"]


class TestPockets:
    @pytest.fixture
    def desk(self) -> Desk:
        desk = Desk()
        desk.venue.exchange.open_account("trading", {})
        desk.venue.wallet.add_pocket("trading", "main")
        return desk

    @staticmethod
    def uuids(desk: Desk) -> list[object]:
        return [row["uuid"] for row in desk.get("/v1/pockets").rows]

    def test_the_main_pocket_sees_its_sub_pockets(self, desk: Desk):
        assert [row["type"] for row in desk.get("/v1/pockets").rows] == ["main", "user_spot_trading"]
        assert len(desk.get("/v1/pockets/api_keys").rows) == 2

    def test_a_sub_pocket_may_not_look_over_the_fence(self, desk: Desk):
        key = desk.venue.keys.issue("trading", desk.now_ms)

        assert desk.ask("GET", "/v1/pockets", key=key).error == (403, "out_of_scope")

    def test_money_moves_both_ways_and_is_listed_on_both_sides(self, desk: Desk):
        main, trading = self.uuids(desk)
        key = desk.venue.keys.issue("trading", desk.now_ms)
        there: Json = {"to": trading, "currency": "KRW", "amount": "1000", "identifier": "t-1"}
        back: Json = {"to": main, "currency": "KRW", "amount": "400"}

        sent = desk.ask("POST", "/v1/pockets/universal_transfers", there)
        returned = desk.ask("POST", "/v1/pockets/transfers", back, key=key)

        assert (sent.status, sent.row["state"], returned.status) == (201, "processing", 201)
        assert balance(desk) == "99999400"
        assert desk.get(f"/v1/pockets/assets?uuid={trading}").rows[0]["balance"] == "600"
        assert len(desk.get("/v1/pockets/universal_transfers").rows) == 2
        incoming = desk.ask("GET", "/v1/pockets/transfers?direction=in", key=key).rows
        assert [(row["identifier"], row["state"]) for row in incoming] == [("t-1", "done")]
        assert desk.ask("POST", "/v1/pockets/universal_transfers", there).error == (400, "duplicated_identifier")

    @pytest.mark.parametrize(
        ("fields", "error"),
        [
            ({"to": "nobody"}, (404, "pocket_not_found")),
            ({"currency": "NOPE"}, (404, "currency_not_found")),
            ({"amount": "1e12"}, (400, "insufficient_funds_ask")),
            ({"identifier": "with space"}, (400, "validation_error")),
        ],
    )
    def test_bad_transfers_are_refused(self, desk: Desk, fields: Json, error: tuple[int, str]):
        wish: Json = {"to": self.uuids(desk)[1], "currency": "KRW", "amount": "1000"}

        answer: Answer = desk.ask("POST", "/v1/pockets/universal_transfers", wish | fields)

        assert answer.error == error

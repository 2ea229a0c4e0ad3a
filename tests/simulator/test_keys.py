import hashlib

import pytest
from tests.simulator.rest_scenery import BTC, Desk, Json, token

from hoga.simulator.core.refusals import Refused
from hoga.simulator.rest.keys import KeyRing

NOW_MS = 1_000_000


@pytest.fixture
def desk() -> Desk:
    return Desk()


@pytest.mark.parametrize("algorithm", ["HS256", "HS384", "HS512"])
def test_every_hmac_of_the_family_opens(desk: Desk, algorithm: str):
    signed = token(desk.key, nonce="1", algorithm=algorithm)

    assert desk.ask("GET", "/v1/accounts", authorization=signed).status == 200


def test_an_unsigned_token_does_not_open(desk: Desk):
    head, body, _ = token(desk.key, nonce="1", algorithm="none").split(".")

    assert desk.ask("GET", "/v1/accounts", authorization=f"{head}.{body}.").error == (401, "jwt_verification")


@pytest.mark.parametrize(
    ("authorization", "error"),
    [
        ("", (401, "no_authorization_token")),
        ("Basic abc", (401, "no_authorization_token")),
        ("Bearer ", (401, "no_authorization_token")),
        ("Bearer abc", (401, "jwt_verification")),
        ("Bearer a.b.c", (401, "jwt_verification")),
        ("Bearer eyJhbGciOiJIUzUxMiJ9." + "W1tb" * 900 + ".c", (401, "jwt_verification")),
        ("Bearer é.b.c", (401, "jwt_verification")),
        ("Bearer " + "a" * 5_000, (401, "jwt_verification")),
    ],
)
def test_what_is_no_token_is_named_as_the_venue_names_it(desk: Desk, authorization: str, error: tuple[int, str]):
    assert desk.ask("GET", "/v1/accounts", authorization=authorization).error == error


def test_another_secret_is_a_bad_signature(desk: Desk):
    stranger = KeyRing(seed=2).issue("main", NOW_MS)
    stranger.access_key = desk.key.access_key

    assert desk.ask("GET", "/v1/accounts", key=stranger).error == (401, "jwt_verification")


def test_an_unknown_key_is_named_before_its_signature_is_looked_at(desk: Desk):
    stranger = KeyRing(seed=2).issue("main", NOW_MS)

    assert desk.ask("GET", "/v1/accounts", key=stranger).error == (401, "invalid_access_key")


def test_a_nonce_is_good_for_one_request(desk: Desk):
    first = desk.ask("GET", "/v1/accounts", authorization=token(desk.key, nonce="same"))
    second = desk.ask("GET", "/v1/api_keys", authorization=token(desk.key, nonce="same"))

    assert (first.status, second.error) == (200, (401, "nonce_used"))


def test_the_same_nonce_of_another_key_is_another_nonce(desk: Desk):
    other = desk.venue.keys.issue("main", desk.now_ms)

    answers = [desk.ask("GET", "/v1/accounts", authorization=token(key, nonce="same")) for key in (desk.key, other)]

    assert all(answer.status == 200 for answer in answers)


def test_a_websocket_token_may_come_again_because_ccxt_reuses_it(desk: Desk):
    signed = token(desk.key, nonce="same")

    for _ in range(2):
        key = desk.venue.keys.verify_websocket_token(signed, ip="127.0.0.1", now_ms=desk.now_ms)
        assert key is desk.key


def test_a_key_is_good_for_a_year(desk: Desk):
    desk.later(365 * 24 * 3600 - 1)
    before = desk.get("/v1/accounts")
    desk.later(2)

    assert (before.status, desk.get("/v1/accounts").error) == (200, (401, "expired_access_key"))


def test_a_key_may_be_bound_to_addresses(desk: Desk):
    desk.key.allowed_ips = frozenset({"10.0.0.1"})

    assert desk.get("/v1/accounts").error == (401, "no_authorization_ip")


@pytest.mark.parametrize(
    ("method", "target", "scope"),
    [
        ("GET", "/v1/accounts", "view_account"),
        ("GET", "/v1/orders/open", "view_orders"),
        ("POST", "/v1/orders", "make_orders"),
        ("DELETE", "/v1/orders/open", "make_orders"),
        ("GET", "/v1/withdraws", "view_withdrawals"),
        ("POST", "/v1/withdraws/krw", "withdraw"),
        ("GET", "/v1/deposits", "view_deposits"),
        ("POST", "/v1/deposits/krw", "deposit"),
        ("GET", "/v1/pockets", "manage_pockets"),
        ("POST", "/v1/pockets/transfers", "transfer"),
    ],
)
def test_a_key_without_the_scope_gets_403(desk: Desk, method: str, target: str, scope: str):
    desk.key.scopes -= {scope}

    assert desk.ask(method, target).error == (403, "out_of_scope")


@pytest.mark.parametrize("target", ["/v1/status/wallet", "/v1/api_keys"])
def test_some_answers_need_a_key_but_no_scope(desk: Desk, target: str):
    desk.key.scopes = frozenset()

    assert desk.get(target).status == 200


def test_parameters_without_a_hash_are_refused(desk: Desk):
    signed = token(desk.key, nonce="1")

    assert desk.ask("GET", f"/v1/orders/chance?market={BTC}", authorization=signed).error == (
        401,
        "invalid_query_payload",
    )


def test_a_hash_without_parameters_is_not_looked_at(desk: Desk):
    signed = token(desk.key, "anything", nonce="1")

    assert desk.ask("GET", "/v1/status/wallet", authorization=signed).status == 200


def test_lower_case_and_missing_hash_names_and_unknown_claims_are_fine(desk: Desk):
    digest = hashlib.sha512(f"market={BTC}".encode()).hexdigest()
    lower: Json = {"query_hash": digest, "query_hash_alg": "sha512", "timestamp": 1}
    bare: Json = {"query_hash": digest}
    for number, claims in enumerate((lower, bare)):
        signed = token(desk.key, nonce=str(number), claims=claims)
        assert desk.ask("GET", f"/v1/orders/chance?market={BTC}", authorization=signed).status == 200


@pytest.mark.parametrize(
    ("query", "text"),
    [
        # Upbit docs, authentication page of 2026-08-31, and the clients of 2026 that were seen to send each form.
        (f"market={BTC}&states[]=wait&states[]=watch", f"market={BTC}&states[]=wait&states[]=watch"),
        (f"market={BTC}&states%5B%5D=wait&states%5B%5D=watch", f"market={BTC}&states[]=wait&states[]=watch"),
    ],
)
def test_arrays_are_hashed_with_literal_brackets_however_they_are_sent(desk: Desk, query: str, text: str):
    signed = token(desk.key, text, nonce="1")

    assert desk.ask("GET", f"/v1/orders/open?{query}", authorization=signed).status == 200


def test_times_are_hashed_decoded(desk: Desk):
    signed = token(desk.key, "start_time=2026-11-24T13:56:53+09:00", nonce="1")

    answer = desk.ask("GET", "/v1/orders/closed?start_time=2026-11-24T13%3A56%3A53%2B09%3A00", authorization=signed)

    assert answer.status == 200


@pytest.mark.parametrize(
    "text",
    ["start_time=2026-11-24T13%3A56%3A53%2B09%3A00", "start_time=2026-11-24T13:56:53+09:00"],
)
def test_an_unencoded_plus_reaches_the_venue_as_a_space(desk: Desk, text: str):
    signed = token(desk.key, text, nonce="1")

    answer = desk.ask("GET", "/v1/orders/closed?start_time=2026-11-24T13:56:53+09:00", authorization=signed)

    assert answer.error == (401, "invalid_query_payload")


def test_the_order_of_hashed_parameters_is_the_order_on_the_wire(desk: Desk):
    signed = token(desk.key, f"state=wait&market={BTC}", nonce="1")

    answer = desk.ask("GET", f"/v1/orders/open?market={BTC}&state=wait", authorization=signed)

    assert answer.error == (401, "invalid_query_payload")


@pytest.mark.parametrize(
    ("printed", "text"),
    [
        # Numbers are hashed as they are printed; what is null was never there.
        ('"volume":0.0005,"price":1.0e7', "volume=0.0005&price=1.0e7"),
        ('"volume":"0.0005","price":10000000', "volume=0.0005&price=10000000"),
        ('"volume":"0.0005","identifier":null,"price":"10000000"', "volume=0.0005&price=10000000"),
    ],
)
def test_a_post_hashes_what_its_body_prints(desk: Desk, printed: str, text: str):
    signed = token(desk.key, f"market=KRW-BTC&side=bid&{text}&ord_type=limit", nonce="1")
    body = f'{{"market":"KRW-BTC","side":"bid",{printed},"ord_type":"limit"}}'.encode()

    answer = desk.ask("POST", "/v1/orders", body, authorization=signed)

    assert (answer.status, answer.row.get("price")) == (201, "10000000")


def test_a_hash_of_another_body_is_refused_and_nothing_is_placed(desk: Desk):
    signed = token(desk.key, "market=KRW-BTC&side=bid&volume=0.0006&price=10000000&ord_type=limit", nonce="1")
    body = b'{"market":"KRW-BTC","side":"bid","volume":"0.0005","price":"10000000","ord_type":"limit"}'

    answer = desk.ask("POST", "/v1/orders", body, authorization=signed)

    assert answer.error == (401, "invalid_query_payload")
    assert desk.venue.operator.orders_of("main") == ()


def test_the_same_seed_mints_the_same_keys_and_another_seed_others():
    pairs = [KeyRing(seed=seed).issue("main", NOW_MS) for seed in (7, 7, 8)]

    assert pairs[0].secret_key == pairs[1].secret_key != pairs[2].secret_key
    assert pairs[0].access_key.startswith("hoga-sim-")
    assert pairs[0].secret_key not in repr(pairs[0])


def test_old_nonces_are_forgotten_so_that_memory_is_bounded(monkeypatch: pytest.MonkeyPatch, desk: Desk):
    monkeypatch.setattr("hoga.simulator.rest.keys.MAX_NONCES", 2)
    ring, key = desk.venue.keys, desk.key

    def verify(nonce: str) -> None:
        ring.verify(token(key, nonce=nonce), (), ip="", scope=None, now_ms=desk.now_ms)

    for nonce in ("a", "b", "c", "a"):
        verify(nonce)
    with pytest.raises(Refused):
        verify("c")

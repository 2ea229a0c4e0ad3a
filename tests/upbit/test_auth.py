"""Tokens: the published vectors, and what other people's code makes of the same requests."""

import json
from decimal import Decimal
from urllib.parse import parse_qsl

import jwt
import pytest
from upbit._qs import Querystring
from upbit.lib.jwt_auth import create_jwt_token

from hoga.model.commands import OrderId, PlaceOrder, SelfMatch, Side, TimeInForce, VenueOrderId
from hoga.model.secret import Secret
from hoga.upbit.auth import Algorithm, Signer, query_hash
from hoga.upbit.rest import orders as rest_orders, wallet as rest_wallet
from hoga.upbit.rest.request import Request

ACCESS, SECRET = "test-access", "test-secret"
NONCE = "00000000-0000-4000-8000-000000000000"

ORDER = PlaceOrder(
    order_id=OrderId("grid-7"),
    market="KRW-BTC",
    side=Side.BUY,
    price=Decimal(10_000_000),
    volume=Decimal("0.00050000"),
    tif=TimeInForce.IOC,
    self_match=SelfMatch.NONE,
)

#: Every shape a signed request can have.
REQUESTS = {
    "no parameters": rest_orders.accounts(),
    "one": rest_orders.order_chance("KRW-BTC"),
    "array": rest_orders.open_orders(market="KRW-BTC"),
    "array of ids": rest_orders.orders_by_ids(order_ids=[OrderId("a:1"), OrderId("b+2"), OrderId("c,d")]),
    "comma list": rest_orders.cancel_open_orders(pairs=["KRW-BTC", "KRW-ETH"], count=20),
    "times": rest_wallet.universal_transfers(start_time="2025-06-24T13:56:53+09:00", from_="x"),
    "whole numbers": rest_orders.closed_orders(start_ms=1_750_740_000_000),
    "body": rest_orders.place_order(ORDER),
    "body of a replacement": rest_orders.cancel_and_new(ORDER, old_venue_id=VenueOrderId("uuid-1")),
}


def parameters(request: Request) -> dict[str, object]:
    """The parameters as a dict, the way other clients are given them."""
    if request.body:
        return dict(json.loads(request.body))
    found: dict[str, object] = {}
    for key, value in parse_qsl(request.query):
        if key.endswith("[]"):
            values = found.setdefault(key[:-2], [])
            assert isinstance(values, list)
            values.append(value)
        else:
            found[key] = value
    return found


# Reference, section 2.2, test vectors.
@pytest.mark.parametrize(
    ("hashed", "expected"),
    [
        (
            "market=KRW-BTC",
            (
                "b749dfc2e17f75e5b46c8161f97fe7c9298ed4167ea21c5c94d16573efd8a801"
                "351470c0ff1a9a3f1e763f8249968218c04c571c8b45aa80cd4588e6c4be0738"
            ),
        ),
        (
            "market=KRW-BTC&states[]=wait&states[]=watch",
            (
                "c01bbcb80094d2225c90eda65128baf7ef800471fbdeb76579856d1532cd2630"
                "60e41ede9c52bfc926a0b46c4b7797a61e4327cda59d236f829cde4c875dfe77"
            ),
        ),
        (
            "start_time=2025-06-24T13:56:53+09:00",
            (
                "7876ef1ebf7f76f2944e07293cfe722331df3de548aa3d321cb40935f989126b"
                "21f18bd001661ef2642bdd12b5ce7127fe692366a061c37d8edc77b2927ff121"
            ),
        ),
        (
            "market=KRW-BTC&side=bid&volume=0.0005&price=10000000&ord_type=limit",
            (
                "69098b6c4f1518a87f8b03932e893084bd4034f58a80cfed692567f62fa79838"
                "42426d5fe5f4425222af7e759b0580ad494d9830e6d20ec87bcb55a3f91e0a42"
            ),
        ),
    ],
)
def test_the_hash_of_parameters_is_the_published_one(hashed: str, expected: str):
    assert query_hash(hashed) == expected


@pytest.mark.parametrize(
    ("algorithm", "signature"),
    [
        ("HS256", "TOem5Rm4pG1iXxJf_awEpN0SP5WDGoOPIIH1GweIPDw"),
        ("HS512", "AmV3oRt50M0LDYsGXhvK1cIJH3Nz40OQyO_keZ1xIMz_KZh8mTAC0CqmMYUnG60NBQo9F8Hw8gL9y4RQUuy72Q"),
    ],
)
def test_the_signature_is_the_published_one(algorithm: Algorithm, signature: str):
    signer = Signer(ACCESS, SECRET, algorithm)

    assert signer.authorization("market=KRW-BTC", NONCE).rpartition(".")[2] == signature


@pytest.mark.parametrize("algorithm", ["HS256", "HS512"])
@pytest.mark.parametrize("request_", REQUESTS.values(), ids=REQUESTS)
# The made-up key is shorter than a real one, which PyJWT remarks on.
@pytest.mark.filterwarnings("ignore:.*HMAC key.*")
def test_somebody_elses_code_reads_our_token(algorithm: Algorithm, request_: Request):
    token = Signer(ACCESS, SECRET, algorithm).authorization(request_.hashed, NONCE).removeprefix("Bearer ")

    claims = jwt.decode(token, SECRET, algorithms=[algorithm])

    expected = {"access_key": ACCESS, "nonce": NONCE}
    if request_.hashed:
        expected |= {"query_hash": query_hash(request_.hashed), "query_hash_alg": "SHA512"}
    assert claims == expected
    assert jwt.get_unverified_header(token) == {"alg": algorithm, "typ": "JWT"}


@pytest.mark.parametrize("request_", REQUESTS.values(), ids=REQUESTS)
@pytest.mark.filterwarnings("ignore:.*HMAC key.*")
def test_our_token_is_the_official_clients_token(request_: Request):
    theirs = create_jwt_token(ACCESS, SECRET, parameters(request_), qs=Querystring(array_format="brackets"))
    nonce = jwt.decode(theirs, SECRET, algorithms=["HS256"])["nonce"]

    ours = Signer(ACCESS, SECRET, "HS256").authorization(request_.hashed, nonce)

    assert ours == f"Bearer {theirs}"


def test_a_key_is_never_shown_s2():
    signer = Signer("my-access-key", "my-secret-key")

    assert "my-access-key" not in repr(signer)
    assert "my-secret-key" not in f"{signer} {signer!r} {[signer]}"


def test_a_token_is_whole_on_the_wire_and_hidden_from_a_crash_report_s2():
    token = Signer(ACCESS, Secret(SECRET)).authorization("a=1", "nonce")

    assert token == Signer(ACCESS, SECRET).authorization("a=1", "nonce")
    assert token.encode().startswith(b"Bearer eyJ")
    assert "ey" not in repr({"headers": {"Authorization": token}})


@pytest.mark.parametrize("nonce", ['a","admin":"yes', "back\\slash", "line\nbreak", "호가"])
def test_a_nonce_cannot_add_claims_of_its_own(nonce: str):
    with pytest.raises(ValueError, match="printable ASCII"):
        Signer(ACCESS, SECRET).authorization("", nonce)

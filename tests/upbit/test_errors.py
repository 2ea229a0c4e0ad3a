"""Refusals: every published name, and every body that is none."""

import json

import pytest
from hypothesis import given, strategies as st

from hoga.model.events import RejectReason
from hoga.upbit.answers.errors import MAX_MESSAGE, blocked_for_s, is_transient, proves_no_order, read_refusal

R = RejectReason


def refused(status: int, name: str | int, message: str = "") -> bytes:
    assert status
    return json.dumps({"error": {"name": name, "message": message}}, ensure_ascii=False).encode()


# Reference, section 8 and 2.3: HTTP status, name, and what it means to us.
PUBLISHED = [
    (400, "create_bid_error", R.INVALID),
    (400, "create_ask_error", R.INVALID),
    (400, "insufficient_funds_bid", R.FUNDS),
    (400, "insufficient_funds_ask", R.FUNDS),
    (400, "under_min_total_bid", R.BELOW_MINIMUM),
    (400, "under_min_total_ask", R.BELOW_MINIMUM),
    (400, "over_krw_funds_bid", R.ABOVE_MAXIMUM),
    (400, "over_krw_funds_ask", R.ABOVE_MAXIMUM),
    (400, "volume_too_large", R.ABOVE_MAXIMUM),
    (400, "invalid_price_bid", R.PRICE_TICK),
    (400, "invalid_price_ask", R.PRICE_TICK),
    (400, "invalid_time_in_force", R.TIME_IN_FORCE),
    (400, "invalid_post_only", R.POST_ONLY),
    (400, "duplicated_identifier", R.DUPLICATE_ID),
    (400, "notfoundmarket", R.UNKNOWN_MARKET),
    (400, "validation_error", R.INVALID),
    (400, "invalid_parameter", R.INVALID),
    (400, "invalid_funds", R.INVALID),
    (400, "bad_request", R.INVALID),
    (400, "QUERY_PARAMETER_NOT_SUPPORTED", R.INVALID),
    (400, "withdraw_address_not_registered", R.INVALID),
    (400, "withdraw_address_not_registerd", R.INVALID),
    (400, "already_have_deposit_transaction", R.INVALID),
    (400, "thirdparty_agreement_required", R.RESTRICTED),
    (403, "order_disabled_member", R.RESTRICTED),
    (403, "blocked_member_id", R.RESTRICTED),
    (400, "bank_account_required", R.RESTRICTED),
    (400, "two_factor_auth_required", R.RESTRICTED),
    (401, "invalid_query_payload", R.AUTH),
    (401, "jwt_verification", R.AUTH),
    (401, "expired_access_key", R.AUTH),
    (401, "nonce_used", R.NONCE),
    (401, "no_authorization_ip", R.RESTRICTED),
    (401, "no_authorization_i_p", R.RESTRICTED),
    (401, "no_authorization_token", R.AUTH),
    (401, "invalid_access_key", R.AUTH),
    (403, "out_of_scope", R.PERMISSION),
    (401, "out_of_scope", R.PERMISSION),
    (403, "open_api_withdraw_locked", R.PERMISSION),
    (403, "market_offline", R.MARKET_OFFLINE),
    (404, "order_not_found", R.NOT_FOUND),
    (404, "deposit_not_found", R.NOT_FOUND),
    (404, "withdraw_not_found", R.NOT_FOUND),
    (404, "pocket_not_found", R.NOT_FOUND),
    (404, "currency_not_found", R.NOT_FOUND),
    (500, "internal_server_error", R.SERVER),
    (400, 400, R.INVALID),
    (404, 404, R.UNKNOWN_MARKET),
]


@pytest.mark.parametrize(("status", "name", "reason"), PUBLISHED)
def test_each_published_name_has_its_reason_r12(status: int, name: str | int, reason: RejectReason):
    refusal = read_refusal(status, refused(status, name, "메시지"))

    assert (refusal.reason, refusal.name, refusal.message) == (reason, str(name), "메시지")


def test_the_order_of_keys_does_not_matter():
    body = '{"error":{"message":"잘못된 요청","name":"bad_request"}}'.encode()

    assert read_refusal(400, body).reason is R.INVALID


@pytest.mark.parametrize(
    ("status", "body", "reason"),
    [
        # Q4: the body of a 429 is not reliable JSON, so the status comes first.
        (429, b"Too many API requests.", R.RATE_LIMIT),
        (429, refused(429, "too_many_requests"), R.RATE_LIMIT),
        (429, b"", R.RATE_LIMIT),
        (418, b"<html>teapot</html>", R.BLOCKED),
        (502, b"<html><body>502 Bad Gateway</body></html>", R.SERVER),
        (503, b"", R.SERVER),
        (500, refused(500, "order_not_found"), R.SERVER),
        (400, refused(400, "a_name_of_tomorrow"), R.UNKNOWN),
        (401, refused(401, "a_name_of_tomorrow"), R.AUTH),
        (404, refused(404, "not_found", "no Route matched with those values"), R.UNKNOWN),
        (403, b"<html>Forbidden</html>", R.UNKNOWN),
        (302, b"", R.UNKNOWN),
        (400, b"null", R.UNKNOWN),
        (400, b'{"error":null}', R.UNKNOWN),
        (400, b'{"error":"text"}', R.UNKNOWN),
        (400, b'{"error":{}}', R.UNKNOWN),
        (400, b"\xff\xfe", R.UNKNOWN),
        (400, b"[" * 100_000, R.UNKNOWN),
    ],
)
def test_a_body_that_is_not_the_usual_one_is_read_by_its_status(status: int, body: bytes, reason: RejectReason):
    refusal = read_refusal(status, body)

    assert refusal.reason is reason
    assert len(refusal.message) <= MAX_MESSAGE


@given(st.integers(100, 599), st.binary())
def test_no_body_makes_the_reader_fail(status: int, body: bytes):
    refusal = read_refusal(status, body)

    assert (refusal.status, refusal.detail.split()[0]) == (status, str(status))


@pytest.mark.parametrize(
    ("message", "seconds"),
    [
        ("요청 횟수를 초과하여 30초 동안 차단되었습니다.", 30),
        ("5분간 차단됩니다", 300),
        ("1분 30초 후에 다시 시도해주세요.", 90),
        ("1 시간 동안 이용할 수 없습니다", 3_600),
        ("Blocked for 60 seconds", 60),
        ("Too many requests. You are blocked for 2 minutes and 5 seconds.", 125),
        ("try again in 1 hour", 3_600),
        ("blocked: 10s", 10),
        ("wait 1.5 seconds", 1.5),
        ("You sent 12 orders, the limit is 8 per second", None),
        ("차단되었습니다", None),
        ("", None),
    ],
)
def test_the_time_of_a_block_is_read_from_its_message(message: str, seconds: float | None):
    refusal = read_refusal(418, refused(418, "blocked", message))

    assert blocked_for_s(refusal) == seconds


def test_the_time_of_a_block_is_read_from_plain_text_too():
    assert blocked_for_s(read_refusal(418, "15초 동안 차단".encode())) == 15


@pytest.mark.parametrize(
    ("status", "name", "transient"),
    [
        (429, "", True),
        (418, "", True),
        (500, "internal_server_error", True),
        (503, "", True),
        (401, "nonce_used", True),
        (403, "market_offline", True),
        (400, "validation_error", False),
        (400, "insufficient_funds_bid", False),
        (401, "invalid_access_key", False),
        (404, "order_not_found", False),
        (400, "a_name_of_tomorrow", False),
        (302, "", False),
    ],
)
def test_what_passes_by_itself_is_told_from_what_does_not(status: int, name: str, transient: bool):
    assert is_transient(read_refusal(status, refused(status, name))) is transient


@pytest.mark.parametrize(
    ("status", "name", "proven"),
    [
        *((status, name, status < 500 and name != "nonce_used") for status, name, _ in PUBLISHED),
        (429, "insufficient_funds_bid", False),
        (418, "validation_error", False),
        (502, "insufficient_funds_bid", False),
        (200, "insufficient_funds_bid", False),
        (400, "a_name_of_tomorrow", False),
        (401, "a_name_of_tomorrow", False),
        (400, "", False),
    ],
)
def test_only_a_published_no_proves_that_there_is_no_order(status: int, name: str | int, proven: bool):
    assert proves_no_order(read_refusal(status, refused(status, name))) is proven


@pytest.mark.parametrize(
    "name", ["kyc_required", "member_restricted", "terms-consent-required", "IdentityCheck_identity"]
)
def test_a_name_of_tomorrow_that_speaks_of_the_account_restricts_it_and_proves_no_absence_a16(name: str):
    refusal = read_refusal(403, refused(403, name))

    assert refusal.reason is R.RESTRICTED
    assert not proves_no_order(refusal)
    assert not is_transient(refusal)


def test_a_restriction_says_what_to_do_in_english_and_korean_a16():
    told = read_refusal(403, refused(403, "order_disabled_member", "주문이 제한된 회원입니다.")).detail

    assert told.startswith("403 order_disabled_member 주문이 제한된 회원입니다.")
    assert "Log in at upbit.com" in told
    assert "고객센터" in told


@pytest.mark.parametrize("name", ["remember_me", "determinsm", "invalid_memberless", "reidentity"])
def test_a_word_inside_another_word_restricts_nothing(name: str):
    assert read_refusal(400, refused(400, name)).reason is R.UNKNOWN

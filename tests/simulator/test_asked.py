import pytest

from hoga.simulator.core.refusals import Refused
from hoga.simulator.moments import KST
from hoga.simulator.rest.asked import Asked, read_asked, read_moment


def asked(query: str = "", body: bytes = b"", method: str = "GET", content_type: str = "application/json") -> Asked:
    return read_asked(method, query, body, content_type)


def test_a_form_body_on_get_is_read_and_may_be_hashed_as_pyupbit_does():
    got = asked(
        body=b"market=KRW-BTC&states%5B%5D=wait&states%5B%5D=watch", content_type="application/x-www-form-urlencoded"
    )

    assert got.many("states") == ("wait", "watch")
    assert "market=KRW-BTC&states[]=wait&states[]=watch" in got.texts


def test_a_json_body_on_delete_is_read_as_pyupbit_sends_it():
    got = asked(body=b'{"uuid": "abc"}', method="DELETE")

    assert (got.text("uuid"), got.texts) == ("abc", ("uuid=abc",))


def test_a_post_without_a_body_speaks_in_its_query():
    assert asked("market=KRW-BTC&price=1", method="POST").text("price") == "1"


def test_a_post_with_a_form_body_is_not_taken():
    with pytest.raises(Refused):
        asked(body=b"market=KRW-BTC", method="POST", content_type="application/x-www-form-urlencoded")


def test_arrays_in_a_json_body_are_hashed_with_brackets():
    got = asked(body=b'{"uuids":["a","b"],"count":2}', method="POST")

    assert (got.texts, got.many("uuids")) == (("uuids[]=a&uuids[]=b&count=2",), ("a", "b"))


def test_booleans_may_be_hashed_as_json_or_as_python_prints_them():
    assert asked(body=b'{"flag":true}', method="POST").texts == ("flag=true", "flag=True")


@pytest.mark.parametrize("body", [b"{", b"[1]", b'{"a":tru}', b"\xff", b"1", b'{"a":' + b"[" * 9_000])
def test_a_broken_body_is_refused(body: bytes):
    with pytest.raises(Refused) as refused:
        asked(body=body, method="POST")

    assert refused.value.status == 400


def test_lists_come_repeated_or_with_commas_encoded_or_not():
    for query in ("pairs=A,B", "pairs=A%2CB", "pairs[]=A&pairs[]=B", "pairs%5B%5D=A&pairs%5B%5D=B"):
        assert asked(query).many("pairs") == ("A", "B")


@pytest.mark.parametrize("text", ["NaN", "Infinity", "-Infinity", "1" * 65, "abc", "1,000", "1e99", "1e-999999"])
def test_what_is_no_amount_is_a_validation_error(text: str):
    with pytest.raises(Refused) as refused:
        asked(f"price={text}").amount("price")

    assert (refused.value.name, refused.value.message) == ("validation_error", "price does not have a valid value")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2025-06-24T04:56:53Z", 1_750_741_013_000),
        ("2025-06-24T13:56:53+09:00", 1_750_741_013_000),
        ("2025-06-24 13:56:53", 1_750_741_013_000),
        ("2025-06-24T13:56:53", 1_750_741_013_000),
        ("2025-06-24T13:56:53 09:00", None),
        ("yesterday", None),
        ("0001-01-01T00:00:00+09:00", None),
    ],
)
def test_moments_are_read_in_every_spelling_the_venue_takes(text: str, expected: int | None):
    assert read_moment(text, KST) == expected


def test_a_moment_may_be_milliseconds():
    assert asked("start_time=1750741013000").moment_ms("start_time") == 1_750_741_013_000


@pytest.mark.parametrize("text", ["0", "101", "abc", "1.5", "-1", "9" * 30])
def test_numbers_out_of_bounds_are_refused(text: str):
    with pytest.raises(Refused):
        asked(f"limit={text}").whole("limit", 100, at_most=100)


def test_every_missing_field_is_named():
    with pytest.raises(Refused) as refused:
        asked("a=1&b=").required("a", "b", "c")

    assert refused.value.message == "b is missing, c is missing"

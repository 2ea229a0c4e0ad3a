"""A secret is used in one place and seen in none."""

import copy
import hmac
import json
import pickle
from collections.abc import Callable

import msgspec
import pytest

from hoga.model.secret import Secret, Signed

SECRET = Secret("canary-4711")


@pytest.mark.parametrize(
    "leak",
    [
        str,
        lambda secret: f"{secret}",
        lambda secret: f"{secret:>20}",
        bytes,
        list,
        len,
        pickle.dumps,
        copy.copy,
        copy.deepcopy,
        json.dumps,
        msgspec.json.encode,
        msgspec.msgpack.encode,
        vars,
        hash,
    ],
)
def test_no_way_of_showing_or_copying_works_s2(leak: Callable[[object], object]):
    with pytest.raises(TypeError) as caught:
        leak(SECRET)

    assert "canary" not in str(caught.value)


def test_its_repr_is_the_same_for_all_so_that_crash_reports_can_be_written_s2():
    assert repr(SECRET) == repr(Secret("other")) == "Secret(hidden)"
    assert "canary" not in repr({"key": SECRET}) + repr([SECRET]) + f"{SECRET!r}"


def test_it_is_compared_and_revealed_on_demand():
    assert Secret("canary-4711") == SECRET
    assert Secret("x") != SECRET
    assert SECRET != "canary-4711"
    assert SECRET.reveal() == "canary-4711"
    assert bool(SECRET)
    assert not Secret("")


def test_it_is_compared_in_a_time_that_tells_nothing_of_it(monkeypatch: pytest.MonkeyPatch):
    compared: list[tuple[bytes, bytes]] = []
    in_constant_time = hmac.compare_digest

    def watched(one: bytes, other: bytes) -> bool:
        compared.append((one, other))
        return in_constant_time(one, other)

    monkeypatch.setattr(hmac, "compare_digest", watched)

    assert Secret("canary-4712") != SECRET
    assert compared == [(b"canary-4712", b"canary-4711")]


def test_what_goes_over_the_wire_is_whole_and_yet_hidden_from_a_crash_report_s2():
    signed = Signed(b"Authorization: Bearer canary")

    assert bytes(signed) == b"Authorization: Bearer canary"
    assert "canary" not in repr({"payload": signed, "parts": [signed]})

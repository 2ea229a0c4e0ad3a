"""What a start waits for, and what it does not."""

import pytest

from hoga.model.errors import ConfigError
from hoga.net.http_connection import AnswerLost, NotSent
from hoga.run.commands.account import VenueRefusedError
from hoga.run.patience import PAUSES_S, VenueAwayError, may_pass, patiently, pause_s
from hoga.run.screen.logs import silent
from hoga.upbit.answers.account import Answer


def answer(status: int, name: str = "") -> Answer:
    body = f'{{"error":{{"name":"{name}","message":"told"}}}}' if name else "<html>come back later</html>"
    return Answer(status, {}, body.encode())


WEATHER = {
    "nobody listens": NotSent("no connection to api.upbit.com: Connect call failed"),
    "no such name": NotSent("no connection to api.upbit.com: Name or service not known"),
    "no answer": AnswerLost("no answer within 5 s"),
    "a web page with 503": answer(503),
    "502": answer(502),
    "500 by name": answer(500, "internal_server_error"),
    "maintenance": answer(403, "market_offline"),
    "a redirect to a notice": answer(302),
    "too many requests": answer(429),
    "blocked for a time": answer(418),
}
OURS = {
    "a certificate that does not fit": NotSent("no connection: [SSL] certificate verify failed: self-signed"),
    "an unknown key": answer(401, "invalid_access_key"),
    "an address that is not allowed": answer(401, "no_authorization_ip"),
    "no permission": answer(403, "out_of_scope"),
    "a wrong path": answer(404),
    "a question it does not understand": answer(400, "validation_error"),
}


@pytest.mark.parametrize("outcome", WEATHER.values(), ids=WEATHER)
def test_what_passes_by_itself_is_waited_for_p11(outcome: Answer | NotSent | AnswerLost):
    assert may_pass(outcome)


@pytest.mark.parametrize("outcome", OURS.values(), ids=OURS)
def test_what_a_person_must_put_right_is_not(outcome: Answer | NotSent | AnswerLost):
    assert not may_pass(outcome)


def test_the_pauses_grow_and_stay_at_half_a_minute_p11():
    pauses = [pause_s(tries) for tries in range(1, 10)]

    assert pauses == sorted(pauses)
    assert (pauses[0], pauses[-1]) == (PAUSES_S[0], PAUSES_S[-1]) == (1, 30)


@pytest.mark.parametrize("fault", [ConfigError(["no such market"]), VenueRefusedError("401 invalid_access_key")])
async def test_a_fault_of_ours_comes_out_at_once(fault: Exception):
    told: list[str] = []

    async def ask() -> None:
        raise fault

    with pytest.raises(type(fault)):
        await patiently(ask, log=silent, tell=told.append)
    assert told == []


async def test_it_asks_again_and_says_why_and_when_p11(monkeypatch: pytest.MonkeyPatch):
    told: list[str] = []
    answers = iter([VenueAwayError("The venue gave no list: 503."), None])
    monkeypatch.setattr("hoga.run.patience.PAUSES_S", (0,))

    async def ask() -> str:
        if (away := next(answers)) is not None:
            raise away
        return "there"

    assert await patiently(ask, log=silent, tell=told.append) == "there"
    assert told == ["The venue gave no list: 503. Next try in 0 s (Ctrl+C stops)."]

"""What came in place of an answer to a placement: the cause is told apart, and none of them ends an order."""

import pytest
from tests.upbit.bodies import ORDER, answer, refusal

from hoga.model.commands import OrderId, PlaceOrder, Side
from hoga.model.events import LostCause, OrderLost, OrderRejected
from hoga.model.money import amount
from hoga.model.orders import evidence_of_loss
from hoga.upbit import dialect
from hoga.upbit.answers.account import Answer

PLACE = PlaceOrder(
    order_id=OrderId("grid-7"), market="KRW-BTC", side=Side.BUY, price=amount("10000000"), volume=amount("0.0005")
)

CAUSES: dict[str, tuple[Answer, LostCause]] = {
    "429 without a body r16": (answer(b"", 429), LostCause.LIMITED),
    "429 with a published name of another thing": (refusal(429, "insufficient_funds_bid"), LostCause.LIMITED),
    "418 r17": (refusal(418, "blocked", "10초"), LostCause.BLOCKED),
    "500 by name r8": (refusal(500, "internal_server_error"), LostCause.SERVER),
    "502 with a page": (answer(b"<html>Bad Gateway</html>", 502), LostCause.SERVER),
    "503 with a refusal's name": (refusal(503, "insufficient_funds_bid"), LostCause.SERVER),
    "a nonce used before r13": (refusal(401, "nonce_used"), LostCause.UNCLEAR),
    "a name nobody published r11": (refusal(400, "something_new"), LostCause.UNPUBLISHED),
    "a page with 400": (answer(b"<html>", 400), LostCause.UNCLEAR),
    "a redirect r9": (answer(b"", 302), LostCause.UNCLEAR),
    "an account refused by a word nobody published": (refusal(403, "kyc_pending"), LostCause.RESTRICTED),
    "201 without a body r7": (answer(b"", 201), LostCause.UNREADABLE),
    "201 with a page r40": (answer(b"<html>", 201), LostCause.UNREADABLE),
    "201 about another order r7": (answer(ORDER | {"identifier": "grid-8"}, 201), LostCause.UNREADABLE),
}


@pytest.mark.parametrize(("told", "cause"), CAUSES.values(), ids=CAUSES)
def test_each_answer_that_proves_nothing_has_its_cause_r11_r16_r17(told: Answer, cause: LostCause):
    (event,) = dialect.event_for(PLACE, [told], 5, 9)

    assert isinstance(event, OrderLost), event
    assert (event.order_id, event.cause, event.received_ns) == (PLACE.order_id, cause, 9)


def test_no_answer_at_all_is_the_plainest_loss_r3():
    (event,) = dialect.lost(PLACE, "no answer within 10 s", 9)

    assert event == OrderLost(order_id=PLACE.order_id, detail="no answer within 10 s", received_ns=9)
    assert event.cause is LostCause.NO_ANSWER


@pytest.mark.parametrize("name", ["insufficient_funds_bid", "invalid_price_bid", "order_disabled_member"])
def test_a_published_refusal_is_no_loss_r10(name: str):
    (event,) = dialect.event_for(PLACE, [refusal(400, name)], 5, 9)

    assert isinstance(event, OrderRejected)


@pytest.mark.parametrize("cause", LostCause)
def test_every_cause_is_a_piece_of_evidence(cause: LostCause):
    assert evidence_of_loss(cause)

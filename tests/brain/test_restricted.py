"""An account the venue restricts: the run ends by itself, cancels what is open, and says why."""

from collections.abc import Callable

import pytest
from tests.brain.scenery import Stage, dec, venue_id

from hoga.brain.context import Context
from hoga.model.commands import CancelOrders, OrderId, QueryOpenOrders, QueryOrder
from hoga.model.events import CancelFailed, Event, LostCause, OrderLost, OrderRejected, QueryFailed, RejectReason
from hoga.model.orders import OrderState

WHY = "403 order_disabled_member. Log in at upbit.com / 고객센터에 문의"

WORDS: dict[str, Callable[[Stage, OrderId], Event]] = {
    "a refused order": lambda stage, order_id: OrderRejected(
        order_id=order_id, reason=RejectReason.RESTRICTED, detail=WHY, received_ns=stage.now_ns
    ),
    "an order refused by a word nobody published": lambda stage, order_id: OrderLost(
        order_id=order_id, cause=LostCause.RESTRICTED, detail=WHY, received_ns=stage.now_ns
    ),
    "a refused cancel": lambda stage, order_id: CancelFailed(
        order_id=order_id,
        venue_id=venue_id(order_id),
        reason=RejectReason.RESTRICTED,
        detail=WHY,
        received_ns=stage.now_ns,
    ),
    "a refused question": lambda stage, _: QueryFailed(
        query="accounts", reason=RejectReason.RESTRICTED, detail=WHY, received_ns=stage.now_ns
    ),
}


@pytest.mark.parametrize("word", WORDS)
def test_a_restricted_account_ends_the_run_with_a_text_for_people_a16(word: str):
    stage = Stage()
    resting = stage.buy(98_000_000)
    stage.accept(resting)
    other = stage.buy(99_000_000)

    sent = stage.handle(WORDS[word](stage, other))

    assert [command for command in sent if isinstance(command, CancelOrders)] == [
        CancelOrders((venue_id(resting),), stage.brain.reason)
    ]
    assert stage.brain.reason == stage.brain.summary().fault == f"The venue restricts this account: {WHY}"
    assert not stage.brain.ready
    assert [note.fields["why"] for note in stage.noted("alert")] == [stage.brain.reason]
    assert stage.recorder.ended == 1


def test_nothing_is_sent_any_more_but_cancels_and_questions_a16():
    stage = Stage()
    resting = stage.buy(98_000_000)
    stage.accept(resting)
    other = stage.buy(99_000_000)
    once_more: list[OrderId] = []

    def answer(ctx: Context) -> None:
        if not once_more:
            once_more.append(ctx.limit_buy("KRW-BTC", dec(97_000_000), dec("0.01")))

    stage.recorder.each_rejection = answer
    sent = stage.handle(WORDS["a refused order"](stage, other)) + stage.wait(3)

    assert stage.order(once_more[0]).state is OrderState.REJECTED
    assert {type(command) for command in sent} <= {CancelOrders, QueryOpenOrders, QueryOrder}

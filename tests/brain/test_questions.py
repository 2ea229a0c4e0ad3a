"""In a jam no question is asked a second time before it was answered or given up."""

from tests.brain.scenery import Stage

from hoga.model.commands import OrderId, QueryOpenOrders, QueryOrder
from hoga.model.events import OrderLost, QueryFailed, RejectReason


def given_up(stage: Stage, order_id: OrderId | None = None, reason: RejectReason = RejectReason.NOT_SENT) -> None:
    query = "open_orders" if order_id is None else "order"
    stage.handle(QueryFailed(query=query, reason=reason, order_id=order_id, received_ns=stage.now_ns))


def lost_order(stage: Stage) -> OrderId:
    order_id = stage.buy()
    stage.handle(OrderLost(order_id=order_id, received_ns=stage.now_ns))
    return order_id


def questions(stage: Stage, seconds: float) -> int:
    return sum(isinstance(command, QueryOrder) for command in stage.wait(seconds))


def test_with_a_free_road_the_fate_of_an_order_is_asked_for_at_its_pace():
    stage = Stage()
    lost_order(stage)

    assert questions(stage, 9) == 5


def test_in_a_jam_it_is_asked_for_again_only_when_the_last_question_was_given_up():
    stage = Stage()
    order_id = lost_order(stage)
    assert questions(stage, 0.4) == 1
    given_up(stage, order_id)

    assert questions(stage, 8.6) == 1
    given_up(stage, order_id)
    assert questions(stage, 6.1) == 1


def test_a_question_nobody_ever_answers_does_not_hold_up_the_next_for_ever():
    stage = Stage()
    order_id = lost_order(stage)
    stage.wait(0.4)
    given_up(stage, order_id, RejectReason.RATE_LIMIT)

    assert questions(stage, 60) >= 2


def test_a_jam_is_over_a_minute_after_its_last_sign():
    stage = Stage()
    given_up(stage)
    stage.wait(61)
    stage.book("100_000_000", "100_010_000")
    lost_order(stage)

    assert questions(stage, 9) == 5


def test_a_list_that_had_left_before_a_gap_is_followed_by_another():
    stage = Stage()
    old = stage.listing()
    stage.wait(31)  # a round begins
    sent = stage.handle(old)

    assert sent == [QueryOpenOrders()]

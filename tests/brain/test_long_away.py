"""A restart after a minute, eight days or ninety: each order is asked for; what the venue forgot is in quarantine."""

import pytest
from tests.brain.scenery import SECOND_NS, Stage, dec, report_of, venue_id
from tests.brain.test_taking_over import INTENT, OLD, SecondRun, asked, past_order, trade

from hoga.model.commands import OrderId, QueryOrder
from hoga.model.events import OrderReported, OrderStateSeen
from hoga.model.orders import OrderState

AWAY = {"a minute": 60, "eight days": 8 * 86_400, "ninety days": 90 * 86_400}
CASES = pytest.mark.parametrize("away_s", AWAY.values(), ids=AWAY)


def deny(stage: Stage, for_s: int) -> None:
    """The venue answers every question within so many seconds: there is no such order."""
    until_ns = stage.now_ns + for_s * SECOND_NS
    while stage.now_ns < until_ns:
        for question in asked(stage, 1):
            event = OrderReported(
                order_id=question.order_id, report=None, asked_ns=stage.now_ns, received_ns=stage.now_ns
            )
            stage.handle(event)


def long_ago(away_s: int, state: OrderState, **facts: object) -> SecondRun:
    past = past_order(state, venue_id=venue_id(OLD), **facts)
    stage = SecondRun(past)
    stage.order(OLD).created_ns = stage.now_ns - away_s * SECOND_NS
    return stage


@CASES
def test_each_order_is_asked_for_and_what_it_traded_is_known_however_long_ago_p10(away_s: int):
    stage = long_ago(away_s, OrderState.PARTIAL, fills=(trade("a", "0.004"),))
    stage.tell_account()
    assert asked(stage, 0.4) == [QueryOrder(OLD, venue_id(OLD))]
    stage.found(OrderStateSeen.DONE, "0.01", (trade("a", "0.004"), trade("b", "0.006")))
    stage.wait(1)
    stage.tell_account(9_009_505, "0.01")

    assert stage.order(OLD).state is OrderState.DONE
    assert sorted(stage.order(OLD).fills) == ["a", "b"]
    assert stage.brain.ready
    assert stage.brain.summary().differences == 0


@CASES
@pytest.mark.parametrize("state", [OrderState.WORKING, OrderState.PARTIAL])
def test_an_order_the_venue_does_not_know_any_more_is_in_quarantine_and_never_booked_as_ended_p10(
    away_s: int, state: OrderState
):
    stage = long_ago(away_s, state)
    stage.tell_account()
    deny(stage, 20)
    early = stage.brain.ready
    deny(stage, 20)
    stage.tell_account()
    stage.wait(1)

    assert not early
    assert stage.order(OLD).state is state
    assert stage.brain.portfolio.reserved(OLD) == ("KRW", dec("990495"))
    assert any("write-off" in str(note.fields["why"]) for note in stage.noted("alert"))
    assert stage.brain.ready  # other markets may trade
    refused, _ = stage.act(lambda ctx: ctx.limit_buy("KRW-BTC", dec(99_000_000), dec("0.001")))
    assert stage.order(refused).state is OrderState.REJECTED
    assert OLD in str(stage.noted("order_refused")[-1].fields["why"])


def test_found_after_all_it_leaves_the_quarantine_p10():
    stage = long_ago(8 * 86_400, OrderState.WORKING)
    stage.tell_account()
    deny(stage, 40)
    stage.tell_account()
    stage.wait(1)
    report = report_of(INTENT, OrderStateSeen.WAIT)
    stage.handle(OrderReported(order_id=OLD, report=report, asked_ns=stage.now_ns, received_ns=stage.now_ns))
    allowed, _ = stage.act(lambda ctx: ctx.limit_buy("KRW-BTC", dec(98_000_000), dec("0.001")))

    assert stage.order(allowed).state is OrderState.SENDING
    assert stage.order(OrderId(OLD)).state is OrderState.WORKING

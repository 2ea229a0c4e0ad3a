"""The roads of one order through the brain: whatever comes late, twice or in the wrong order ends the same."""

from collections.abc import Callable
from itertools import permutations

import msgspec
import pytest
from hypothesis import given, strategies as st
from tests.brain.scenery import Stage, dec, venue_id

from hoga.model.commands import (
    CancelOrder,
    Command,
    OrderId,
    OrderKind,
    QueryAccounts,
    QueryClosedOrders,
    QueryMarket,
    QueryOpenOrders,
    QueryOrder,
)
from hoga.model.events import (
    CancelAccepted,
    CancelFailed,
    ClosedOrdersReported,
    FeedDown,
    FeedUp,
    Fill,
    MarketReported,
    OpenOrdersReported,
    OrderAccepted,
    OrderLost,
    OrderRejected,
    OrderReport,
    OrderReported,
    OrderStateSeen,
    OrderUpdated,
    RejectReason,
    Stream,
)
from hoga.model.market import Market
from hoga.model.orders import OrderState


def lose(stage: Stage, order_id: OrderId) -> None:
    stage.handle(OrderLost(order_id=order_id, detail="timeout", received_ns=stage.now_ns))


def questions(commands: list[Command]) -> list[QueryOrder]:
    return [command for command in commands if isinstance(command, QueryOrder)]


def list_nothing(stage: Stage) -> None:
    stage.handle(OpenOrdersReported(reports=(), asked_ns=stage.now_ns, received_ns=stage.now_ns))


def prove_nothing_is_there(stage: Stage) -> None:
    """Answer the three questions that follow the last 'no such order'."""
    at_ns = stage.now_ns
    stage.handle(ClosedOrdersReported(market="KRW-BTC", reports=(), since_ms=0, asked_ns=at_ns, received_ns=at_ns))
    stage.compare(stage.accounts())
    list_nothing(stage)


def test_a_buy_that_fills_moves_money_to_the_last_digit_and_tells_the_strategy_in_order():
    stage = Stage()
    order_id = stage.buy(99_000_000, "0.01")

    assert stage.brain.portfolio.free("KRW") == dec(10_000_000) - dec("990495")
    stage.accept(order_id)
    stage.fill(order_id, "t1", "0.004")
    stage.fill(order_id, "t2", "0.006", 98_999_000)
    stage.update(order_id, OrderStateSeen.DONE, "0.01")

    assert [type(event) for event in stage.recorder.heard] == [OrderAccepted, Fill, Fill, OrderUpdated]
    assert stage.order(order_id).state is OrderState.DONE
    spent = dec("0.004") * 99_000_000 + dec("0.006") * 98_999_000
    assert stage.brain.portfolio.cash() == dec(10_000_000) - spent * dec("1.0005")
    assert stage.brain.portfolio.position("KRW-BTC") == dec("0.01")
    assert stage.brain.portfolio.locked("KRW") == 0


def test_a_fill_may_come_before_the_answer_to_the_order_w16():
    stage = Stage()
    order_id = stage.buy(99_000_000, "0.01")

    stage.fill(order_id, "t1", "0.01")
    stage.update(order_id, OrderStateSeen.DONE, "0.01")
    stage.accept(order_id)

    assert stage.order(order_id).state is OrderState.DONE
    assert stage.brain.portfolio.position("KRW-BTC") == dec("0.01")
    assert len(stage.heard(OrderUpdated)) == 1


def test_a_fill_that_beats_the_cancel_still_moves_money_r29():
    stage = Stage()
    order_id = stage.buy(99_000_000, "0.01")
    stage.accept(order_id)

    stage.update(order_id, OrderStateSeen.CANCEL, "0.002")
    told_early = stage.heard(OrderUpdated)
    stage.fill(order_id, "t1", "0.002")

    assert told_early == []
    assert len(stage.heard(OrderUpdated)) == 1
    assert stage.order(order_id).state is OrderState.CANCELLED
    assert stage.brain.portfolio.cash() == dec(10_000_000) - dec("0.002") * 99_000_000 * dec("1.0005")
    assert stage.brain.portfolio.locked("KRW") == 0


def test_fills_the_stream_never_brings_are_fetched_and_priced_with_their_fee_w15():
    stage = Stage()
    order_id = stage.buy(99_000_000, "0.01")
    stage.accept(order_id)
    stage.update(order_id, OrderStateSeen.DONE, "0.01")
    held_back = stage.brain.portfolio.locked("KRW")

    asked = questions(stage.wait(0.6))
    fills = (stage.fill_event(order_id, "a", "0.007"), stage.fill_event(order_id, "b", "0.003"))
    stage.answer(order_id, stage.report(order_id, OrderStateSeen.DONE, "0.01", fills))

    assert held_back == dec("990495")
    assert [question.venue_id for question in asked] == [venue_id(order_id)]
    assert stage.brain.portfolio.cash() == dec(10_000_000) - dec("990495")
    assert len(stage.heard(Fill)) == 2
    assert len(stage.heard(OrderUpdated)) == 1
    assert questions(stage.wait(20)) == []


def test_a_lost_order_is_asked_for_and_found():
    stage = Stage()
    order_id = stage.buy()
    lose(stage, order_id)

    assert questions(stage.wait(0.35)) == [QueryOrder(order_id)]
    stage.answer(order_id, stage.report(order_id))

    assert stage.order(order_id).state is OrderState.WORKING
    assert [type(event) for event in stage.recorder.heard] == [OrderLost, OrderAccepted]
    assert questions(stage.wait(20)) == []


def test_a_lost_order_is_asked_for_at_growing_distances():
    stage = Stage()
    order_id = stage.buy()
    lose(stage, order_id)
    begun_ns, moments = stage.now_ns, []

    while (stage.now_ns - begun_ns) / 1e9 < 61:
        if questions(stage.wait(0.1)):
            moments.append(round((stage.now_ns - begun_ns) / 1e9, 1))

    assert moments == [0.3, 1.0, 2.0, 4.0, 8.0, 15.0, 30.0, 45.0, 60.0]


def test_absence_needs_three_answers_half_a_minute_and_a_list_r4_r26():
    stage = Stage()
    order_id = stage.buy()
    held = stage.brain.portfolio.locked("KRW")
    lose(stage, order_id)

    for wait_s in (0.3, 0.7, 1, 2, 4, 7):
        assert questions(stage.wait(wait_s))
        stage.answer(order_id, None)
    list_nothing(stage)
    early = stage.order(order_id).state
    stage.wait(15)
    stage.answer(order_id, None)
    late = stage.order(order_id).state
    prove_nothing_is_there(stage)
    still_held = stage.brain.portfolio.locked("KRW")
    stage.wait(1)
    stage.compare(stage.accounts())

    assert (early, late) == (OrderState.UNKNOWN, OrderState.UNKNOWN)
    assert stage.order(order_id).state is OrderState.ABANDONED
    assert still_held == held
    assert (held, stage.brain.portfolio.locked("KRW")) == (dec("990495"), dec(0))
    rejected = stage.heard(OrderRejected)
    assert [(event.reason, event.by_venue) for event in rejected] == [(RejectReason.NOT_SENT, False)]


def test_where_only_lists_and_balances_are_wanting_they_are_asked_for_until_they_come():
    stage = Stage()
    order_id = stage.buy()
    lose(stage, order_id)
    for wait_s in (0.3, 0.7, 1):
        stage.wait(wait_s)
        stage.answer(order_id, None)
    stage.wait(28)

    commands = stage.answer(order_id, None)
    again = stage.wait(2)
    held = stage.brain.portfolio.locked("KRW")
    prove_nothing_is_there(stage)

    since_ms = stage.order(order_id).created_ns // 1_000_000 - 5_000
    assert commands == [QueryOpenOrders(), QueryClosedOrders("KRW-BTC", since_ms), QueryAccounts()]
    assert again == commands
    assert held > 0
    assert stage.order(order_id).state is OrderState.ABANDONED


def test_answers_while_the_private_feed_was_away_prove_nothing():
    stage = Stage()
    order_id = stage.buy()
    lose(stage, order_id)
    for wait_s in (0.3, 0.7, 1):
        stage.wait(wait_s)
        stage.answer(order_id, None)
    stage.handle(FeedDown(stream=Stream.PRIVATE, received_ns=stage.now_ns))
    stage.wait(28)
    stage.handle(FeedUp(stream=Stream.PRIVATE, reconnects=1, received_ns=stage.now_ns))
    stage.answer(order_id, None)
    list_nothing(stage)

    assert stage.order(order_id).state is OrderState.UNKNOWN


def test_after_a_long_outage_the_questions_begin_anew_at_their_first_pace():
    stage = Stage()
    order_id = stage.buy()
    lose(stage, order_id)
    stage.handle(FeedDown(stream=Stream.PRIVATE, received_ns=stage.now_ns))
    stage.wait(400)
    stage.handle(FeedUp(stream=Stream.PRIVATE, reconnects=1, received_ns=stage.now_ns))

    for wait_s in (0.3, 0.7, 1, 2, 4, 7, 15):
        assert questions(stage.wait(wait_s))
        stage.answer(order_id, None)
    prove_nothing_is_there(stage)

    assert stage.order(order_id).state is OrderState.ABANDONED


def test_once_an_order_was_refused_its_absence_ends_every_question():
    stage = Stage()
    order_id = stage.buy()
    stage.do(lambda ctx: ctx.cancel(order_id))
    stage.wait(3)
    refused = CancelFailed(order_id=order_id, venue_id=None, reason=RejectReason.NOT_FOUND, received_ns=stage.now_ns)
    stage.handle(refused)
    stage.handle(OrderRejected(order_id=order_id, reason=RejectReason.NOT_SENT, by_venue=False))
    stage.wait(0.3)

    stage.answer(order_id, None)

    assert questions(stage.wait(600)) == []


def test_an_order_given_up_that_appears_is_adopted_cancelled_and_an_alarm_r5():
    stage = Stage()
    order_id = stage.buy()
    stage.handle(OrderRejected(order_id=order_id, reason=RejectReason.NOT_SENT, by_venue=False))

    commands = stage.update(order_id, OrderStateSeen.WAIT)

    assert stage.order(order_id).state is OrderState.WORKING
    assert [command for command in commands if isinstance(command, CancelOrder)]
    assert stage.brain.portfolio.locked("KRW") == dec("990495")
    assert stage.noted("order_adopted")
    assert stage.noted("alert")


def test_a_placement_nobody_answers_becomes_lost():
    stage = Stage()
    order_id = stage.buy()

    stage.wait(21)

    assert stage.order(order_id).state is OrderState.UNKNOWN
    assert len(stage.heard(OrderLost)) == 1


def test_a_cancel_asked_while_the_order_is_under_way_goes_out_once_it_has_arrived():
    stage = Stage()
    order_id = stage.buy()
    at_once = stage.do(lambda ctx: ctx.cancel(order_id))

    later = stage.accept(order_id)

    assert not [command for command in at_once if isinstance(command, CancelOrder)]
    assert [command.venue_id for command in later if isinstance(command, CancelOrder)] == [venue_id(order_id)]


def test_a_refused_cancel_makes_us_ask_and_cancel_again_if_the_order_is_still_open_r30():
    stage = Stage()
    order_id = stage.buy()
    stage.accept(order_id)
    stage.do(lambda ctx: ctx.cancel(order_id))
    reason = RejectReason.SERVER
    failed = CancelFailed(order_id=order_id, venue_id=None, reason=reason, lost=True, received_ns=stage.now_ns)
    stage.handle(failed)

    asked = questions(stage.wait(0.4))
    again = stage.answer(order_id, stage.report(order_id))

    assert len(asked) == 1
    assert [type(command) for command in again] == [CancelOrder]


def test_the_end_of_a_cancel_that_nobody_tells_is_asked_for_r31():
    stage = Stage()
    order_id = stage.buy()
    stage.accept(order_id)
    stage.do(lambda ctx: ctx.cancel(order_id))

    asked = questions(stage.wait(2.1))
    stage.answer(order_id, stage.report(order_id, OrderStateSeen.CANCEL))

    assert len(asked) == 1
    assert stage.order(order_id).state is OrderState.CANCELLED
    assert stage.brain.portfolio.cash() == dec(10_000_000)


def test_a_market_buy_ends_in_cancel_with_the_rest_given_back_r36():
    stage = Stage()
    order_id, _ = stage.act(lambda ctx: ctx.market_buy("KRW-BTC", dec(100_000)))
    locked = stage.brain.portfolio.locked("KRW")

    stage.accept(order_id)
    stage.fill(order_id, "t", "0.00099999", 100_000_000)
    stage.update(order_id, OrderStateSeen.CANCEL, "0.00099999")

    assert locked == dec("100050")
    assert stage.order(order_id).state is OrderState.CANCELLED
    assert stage.brain.portfolio.cash() == dec(10_000_000) - dec("99999") * dec("1.0005")


def test_a_refusal_of_the_queue_ends_the_order_and_frees_its_money_p20():
    stage = Stage()
    order_id = stage.buy()

    stage.handle(OrderRejected(order_id=order_id, reason=RejectReason.QUEUE_FULL, by_venue=False))

    assert stage.order(order_id).state is OrderState.REJECTED
    assert stage.brain.portfolio.cash() == dec(10_000_000)
    assert [event.reason for event in stage.heard(OrderRejected)] == [RejectReason.QUEUE_FULL]


EVIDENCE: dict[str, Callable[[Stage, OrderId], object]] = {
    "accepted": Stage.accept,
    "wait": lambda stage, order_id: stage.update(order_id, OrderStateSeen.WAIT),
    "fill 1": lambda stage, order_id: stage.fill(order_id, "t1", "0.004"),
    "fill 2": lambda stage, order_id: stage.fill(order_id, "t2", "0.006"),
    "done": lambda stage, order_id: stage.update(order_id, OrderStateSeen.DONE, "0.01"),
    "lost": lose,
}


def end_of(names: list[str]) -> tuple[object, ...]:
    stage = Stage()
    order_id = stage.buy(99_000_000, "0.01")
    for name in names:
        EVIDENCE[name](stage, order_id)
    order, portfolio = stage.order(order_id), stage.brain.portfolio
    told = (len(stage.heard(Fill)), len(stage.heard(OrderUpdated)), len(stage.heard(OrderAccepted)))
    return order.state, order.executed_volume, portfolio.totals, portfolio.locked("KRW"), portfolio.fees, told


PLAIN_END = end_of(["accepted", "wait", "fill 1", "fill 2", "done"])


def test_true_evidence_in_any_order_ends_the_same_w14():
    orders = permutations(["accepted", "fill 1", "fill 2", "done"])

    assert [names for names in orders if end_of(list(names)) != PLAIN_END] == []


@given(st.permutations([*EVIDENCE, *EVIDENCE]))
def test_true_evidence_twice_and_in_any_order_ends_the_same_w13_w14(names: list[str]):
    assert end_of(names) == PLAIN_END


@pytest.mark.parametrize("state", [OrderStateSeen.DONE, OrderStateSeen.CANCEL])
def test_late_news_of_an_ended_order_changes_nothing_w17(state: OrderStateSeen):
    stage = Stage()
    order_id = stage.buy()
    stage.accept(order_id)
    stage.fill(order_id, "t1", "0.01")
    stage.update(order_id, state, "0.01")
    before = (stage.order(order_id).state, dict(stage.brain.portfolio.totals), len(stage.recorder.heard))

    stage.update(order_id, OrderStateSeen.WAIT)
    stage.fill(order_id, "t1", "0.01")
    stage.accept(order_id)

    after = (stage.order(order_id).state, dict(stage.brain.portfolio.totals), len(stage.recorder.heard))
    assert after == before
    assert stage.brain.portfolio.locked("KRW") == 0


def without_fee(fill: Fill, paid: str | None = None, executed: str = "0") -> Fill:
    report = None
    if paid is not None:
        report = OrderReport(
            venue_id=fill.venue_id,
            order_id=fill.order_id,
            market=fill.market,
            side=fill.side,
            kind=OrderKind.LIMIT,
            state=OrderStateSeen.TRADE,
            executed_volume=dec(executed),
            paid_fee=dec(paid),
        )
    return msgspec.structs.replace(fill, fee=None, report=report)


def test_a_fill_without_its_fee_is_estimated_and_settled_by_the_venues_figure_r38():
    stage = Stage()
    order_id = stage.buy(99_000_000, "0.01")
    stage.accept(order_id)
    stage.handle(without_fee(stage.fill_event(order_id, "t", "0.01")))
    estimated = stage.brain.portfolio.fees["KRW"]
    fills = (stage.fill_event(order_id, "t", "0.01"),)
    report = stage.report(order_id, OrderStateSeen.DONE, "0.01", fills)
    stage.answer(order_id, msgspec.structs.replace(report, paid_fee=dec(400)))

    assert estimated == dec(495)
    assert stage.brain.portfolio.fees["KRW"] == dec(400)
    assert stage.brain.portfolio.cash() == dec(10_000_000) - 990_000 - 400


def dearer(stage: Stage) -> Market:
    """The rules as the venue tells them after it made trading dearer."""
    rates = dict.fromkeys(("bid_fee", "ask_fee", "maker_bid_fee", "maker_ask_fee"), dec("0.0025"))
    return msgspec.structs.replace(stage.market, **rates)


def test_a_fee_that_does_not_fit_is_booked_as_told_and_the_rules_are_asked_for_at_once_r38():
    stage = Stage()
    resting = stage.buy(98_000_000, "0.01")
    stage.accept(resting)
    order_id = stage.buy(99_000_000, "0.01")
    stage.accept(order_id)
    fill = msgspec.structs.replace(stage.fill_event(order_id, "t", "0.01"), fee=dec(2475))
    asked = stage.handle(fill)
    stage.handle(MarketReported(market=dearer(stage), received_ns=stage.now_ns))

    assert asked == [QueryMarket("KRW-BTC")]
    assert stage.brain.portfolio.fees["KRW"] == dec(2475)
    assert stage.brain.portfolio.reserved(resting) == ("KRW", dec(980_000) + dec(2_450))
    assert len(stage.noted("fee_differs")) == 1


def test_fees_that_never_fit_are_asked_about_once_a_minute():
    stage = Stage()
    order_id = stage.buy(99_000_000, "0.01")
    stage.accept(order_id)
    asked = []
    for number in range(6):
        fill = msgspec.structs.replace(stage.fill_event(order_id, f"t{number}", "0.001"), fee=dec(1))
        asked.append(QueryMarket("KRW-BTC") in stage.handle(fill))
        stage.wait(25)

    assert asked == [True, False, False, True, False, False]


@pytest.mark.parametrize("fee", ["495", "495.0000001", "494.99999999"])
def test_a_fee_that_fits_up_to_the_last_digits_asks_nothing(fee: str):
    stage = Stage()
    order_id = stage.buy(99_000_000, "0.01")
    stage.accept(order_id)

    assert stage.handle(msgspec.structs.replace(stage.fill_event(order_id, "t", "0.01"), fee=dec(fee))) == []


def test_an_estimate_is_settled_as_it_was_made_also_when_the_rules_have_changed_since_r38():
    stage = Stage()
    order_id = stage.buy(99_000_000, "0.01")
    stage.accept(order_id)
    stage.handle(without_fee(stage.fill_event(order_id, "t", "0.01")))
    stage.handle(MarketReported(market=dearer(stage), received_ns=stage.now_ns))
    fills = (stage.fill_event(order_id, "t", "0.01"),)
    report = stage.report(order_id, OrderStateSeen.DONE, "0.01", fills)
    asked = stage.answer(order_id, msgspec.structs.replace(report, paid_fee=dec(2475)))

    assert QueryMarket("KRW-BTC") in asked
    assert stage.brain.portfolio.fees["KRW"] == dec(2475)
    assert stage.brain.portfolio.cash() == dec(10_000_000) - 990_000 - 2475


def test_a_fill_that_names_only_the_venues_id_is_still_ours():
    stage = Stage()
    order_id = stage.buy(99_000_000, "0.01")
    stage.accept(order_id)
    stage.handle(msgspec.structs.replace(stage.fill_event(order_id, "t", "0.01"), order_id=None))

    assert [fill.order_id for fill in stage.heard(Fill)] == [order_id]


def test_a_self_match_prevention_is_told_while_the_order_lives_on_r37():
    stage = Stage()
    order_id = stage.buy()
    stage.accept(order_id)
    stage.update(order_id, OrderStateSeen.PREVENTED)

    assert [event.report.state for event in stage.heard(OrderUpdated)] == [OrderStateSeen.PREVENTED]
    assert stage.order(order_id).is_open


def test_an_unknown_word_for_a_state_makes_us_ask_w21():
    stage = Stage()
    order_id = stage.buy()
    stage.accept(order_id)
    stage.update(order_id, OrderStateSeen.UNKNOWN)

    assert len(questions(stage.wait(0.4))) == 1
    assert stage.noted("alert")


def test_an_open_order_the_list_lacks_is_asked_for_and_its_end_found():
    stage = Stage()
    order_id = stage.buy()
    stage.accept(order_id)
    stage.wait(5)
    list_nothing(stage)
    asked = questions(stage.wait(0.4))
    stage.answer(order_id, stage.report(order_id, OrderStateSeen.CANCEL))

    assert len(asked) == 1
    assert stage.order(order_id).state is OrderState.CANCELLED


def test_news_of_orders_nobody_knows_changes_nothing():
    stage = Stage()
    nobody = OrderId("hg-nobody")
    reason = RejectReason.SERVER
    stage.handle(OrderRejected(order_id=nobody, reason=reason, received_ns=stage.now_ns))
    lose(stage, nobody)
    stage.handle(OrderReported(order_id=nobody, report=None, received_ns=stage.now_ns))
    stage.handle(CancelAccepted(order_id=nobody, venue_id=None, received_ns=stage.now_ns))
    stage.handle(CancelFailed(order_id=nobody, venue_id=None, reason=reason, received_ns=stage.now_ns))

    assert stage.brain.orders == {}
    assert stage.recorder.heard == []


def test_a_cancel_of_what_has_ended_or_was_cancelled_before_does_nothing():
    stage = Stage()
    order_id = stage.buy()
    stage.accept(order_id)
    first = stage.do(lambda ctx: ctx.cancel(order_id))
    again = stage.do(lambda ctx: ctx.cancel(order_id))
    stage.handle(CancelAccepted(order_id=order_id, venue_id=None, received_ns=stage.now_ns))
    stage.update(order_id, OrderStateSeen.CANCEL)
    ended = stage.do(lambda ctx: ctx.cancel(order_id))

    assert ([type(command) for command in first], again, ended) == ([CancelOrder], [], [])


def test_ended_orders_are_forgotten_when_there_are_too_many(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("hoga.brain.orders.records.MAX_ORDERS", 3)
    stage = Stage()
    kept_open = stage.buy(98_000_000, "0.0001")
    for number in range(5):
        stage.wait(1)
        order_id = stage.buy(97_000_000 + number * 1000, "0.0001")
        stage.accept(order_id)
        stage.update(order_id, OrderStateSeen.CANCEL)

    assert len(stage.brain.orders) == 3
    assert kept_open in stage.brain.orders

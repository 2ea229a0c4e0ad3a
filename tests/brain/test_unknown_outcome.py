"""An order of unknown fate: what may be asked, said and sent until it is proven to exist or not."""

import msgspec
import pytest
from tests.brain.scenery import NOON_NS, SECOND_NS, Stage, dec, venue_id

from hoga.model.commands import (
    CancelOrder,
    CancelOrders,
    Command,
    OrderId,
    PlaceOrder,
    QueryAccounts,
    QueryClosedOrders,
    QueryOpenOrders,
    QueryOrder,
    WhenLost,
)
from hoga.model.events import (
    AccountsReported,
    Balance,
    CancelFailed,
    ClosedOrdersReported,
    FeedDown,
    FeedUp,
    Halt,
    LostCause,
    MarketReported,
    OpenOrdersReported,
    OrderAccepted,
    OrderLost,
    OrderRejected,
    OrderReported,
    OrderStateSeen,
    OrderUpdated,
    QueryFailed,
    RejectReason,
    Stream,
    TimerFired,
)
from hoga.model.orders import OrderState

#: The distances between the questions up to half a minute.
PACES_S = (0.3, 0.7, 1, 2, 4, 7, 15)


def lose(stage: Stage, order_id: OrderId, cause: LostCause = LostCause.NO_ANSWER) -> None:
    stage.handle(OrderLost(order_id=order_id, cause=cause, received_ns=stage.now_ns))


def deny_for_half_a_minute(stage: Stage, order_id: OrderId) -> None:
    for wait_s in PACES_S:
        stage.wait(wait_s)
        stage.answer(order_id, None)


def tell_lists(stage: Stage) -> None:
    at_ns = stage.now_ns
    stage.handle(OpenOrdersReported(reports=(), asked_ns=at_ns, received_ns=at_ns))
    stage.handle(ClosedOrdersReported(market="KRW-BTC", reports=(), since_ms=0, asked_ns=at_ns, received_ns=at_ns))


def abandon(stage: Stage, order_id: OrderId) -> None:
    lose(stage, order_id)
    deny_for_half_a_minute(stage, order_id)
    tell_lists(stage)
    stage.compare(stage.accounts())
    assert stage.order(order_id).state is OrderState.ABANDONED


def with_locked(stage: Stage, amount: str) -> AccountsReported:
    balance = Balance(currency="KRW", free=stage.krw - dec(amount), locked=dec(amount))
    return AccountsReported(balances=(balance,), asked_ns=stage.now_ns, received_ns=stage.now_ns)


def of_kind(commands: list[Command], kind: type[Command]) -> list[Command]:
    return [command for command in commands if isinstance(command, kind)]


def test_a_question_without_an_answer_is_not_a_no_and_its_time_does_not_count_r4():
    stage = Stage()
    order_id = stage.buy()
    lose(stage, order_id)
    for wait_s in PACES_S[:-1]:
        stage.wait(wait_s)
        stage.answer(order_id, None)
    stage.handle(QueryFailed(query="order", reason=RejectReason.SERVER, order_id=order_id, received_ns=stage.now_ns))
    stage.wait(15)
    commands = stage.answer(order_id, None)

    assert of_kind(commands, QueryOpenOrders) == []
    assert stage.order(order_id).state is OrderState.UNKNOWN


def test_a_locked_amount_that_the_order_would_explain_keeps_it_alive():
    stage = Stage()
    order_id = stage.buy(99_000_000, "0.01")
    lose(stage, order_id)
    deny_for_half_a_minute(stage, order_id)
    tell_lists(stage)

    stage.handle(with_locked(stage, "990495"))
    with_it = stage.order(order_id).state
    asked = stage.wait(2)
    stage.handle(with_locked(stage, "0"))

    assert with_it is OrderState.UNKNOWN
    assert of_kind(asked, QueryAccounts) == [QueryAccounts()]
    assert stage.order(order_id).state is OrderState.ABANDONED


def test_a_list_that_begins_after_the_order_was_sent_proves_nothing():
    stage = Stage()
    order_id = stage.buy()
    lose(stage, order_id)
    deny_for_half_a_minute(stage, order_id)
    stage.compare(stage.accounts())
    at_ns = stage.now_ns
    stage.handle(OpenOrdersReported(reports=(), asked_ns=at_ns, received_ns=at_ns))
    stage.handle(
        ClosedOrdersReported(
            market="KRW-BTC", reports=(), since_ms=at_ns // 1_000_000, asked_ns=at_ns, received_ns=at_ns
        )
    )

    assert stage.order(order_id).state is OrderState.UNKNOWN


def test_an_order_that_only_the_list_of_ended_ones_has_is_found_there_r26():
    stage = Stage()
    order_id = stage.buy(99_000_000, "0.01")
    lose(stage, order_id)
    deny_for_half_a_minute(stage, order_id)
    at_ns, report = stage.now_ns, stage.report(order_id, OrderStateSeen.DONE, "0.01")
    stage.handle(
        ClosedOrdersReported(market="KRW-BTC", reports=(report,), since_ms=0, asked_ns=at_ns, received_ns=at_ns)
    )

    assert stage.order(order_id).state is OrderState.DONE
    assert [command.venue_id for command in stage.wait(0.6) if isinstance(command, QueryOrder)] == [venue_id(order_id)]


def test_a_venue_that_answers_slowly_gets_a_minute():
    stage = Stage()
    order_id = stage.buy()
    lose(stage, order_id)
    for wait_s in PACES_S:
        stage.wait(wait_s)
        asked_ns = stage.now_ns
        stage.now_ns += int(2.5 * SECOND_NS) if wait_s == 1 else 0
        stage.handle(OrderReported(order_id=order_id, report=None, asked_ns=asked_ns, received_ns=stage.now_ns))
        stage.now_ns = asked_ns
    early = stage.order(order_id).state
    tell_lists(stage)
    stage.compare(stage.accounts())

    assert early is OrderState.UNKNOWN
    assert stage.order(order_id).state is OrderState.UNKNOWN


@pytest.mark.parametrize("cause", LostCause)
def test_the_strategy_hears_once_that_the_fate_is_open_and_then_how_it_ended_r3(cause: LostCause):
    stage = Stage()
    order_id = stage.buy(99_000_000, "0.01")
    lose(stage, order_id, cause)
    lose(stage, order_id, cause)
    stage.wait(0.4)
    stage.answer(order_id, stage.report(order_id))
    stage.fill(order_id, "t", "0.01")
    stage.update(order_id, OrderStateSeen.DONE, "0.01")

    told = [type(event) for event in stage.recorder.heard if not isinstance(event, TimerFired)]
    assert [kind.__name__ for kind in told] == ["OrderLost", "OrderAccepted", "Fill", "OrderUpdated"]


def test_no_second_order_on_this_side_of_the_market_while_the_first_may_live_k24():
    stage = Stage()
    lose(stage, stage.buy())

    again = stage.buy(98_000_000)

    assert stage.order(again).state is OrderState.REJECTED
    assert [order.order_id for order in stage.place_orders()] != [again]


def test_an_order_given_up_is_watched_for_a_day_adopted_and_cancelled_r5():
    stage = Stage()
    order_id = stage.buy()
    abandon(stage, order_id)
    stage.wait(20 * 3600)

    commands = stage.update(order_id, OrderStateSeen.WAIT)
    stage.update(order_id, OrderStateSeen.CANCEL)

    assert [command.venue_id for command in commands if isinstance(command, CancelOrder)] == [venue_id(order_id)]
    assert stage.noted("order_adopted")
    assert stage.order(order_id).state is OrderState.CANCELLED


def test_an_order_given_up_is_asked_for_once_more_after_every_gap_r5_i4():
    stage = Stage()
    order_id = stage.buy(99_000_000, "0.01")
    abandon(stage, order_id)
    quiet = of_kind(stage.wait(3600), QueryOrder)
    stage.handle(FeedDown(stream=Stream.PRIVATE, reason="cut", received_ns=stage.now_ns))
    stage.handle(FeedUp(stream=Stream.PRIVATE, reconnects=1, received_ns=stage.now_ns))

    first = of_kind(stage.wait(0.5), QueryOrder)
    stage.handle(OrderReported(order_id=order_id, report=None, asked_ns=stage.now_ns, received_ns=stage.now_ns))
    later = of_kind(stage.wait(600), QueryOrder)

    assert (quiet, first, later) == ([], [QueryOrder(order_id)], [])
    assert stage.order(order_id).state is OrderState.ABANDONED


def test_its_money_is_free_only_after_ledger_and_venue_agreed_once_more():
    stage = Stage()
    order_id = stage.buy(99_000_000, "0.01")
    abandon(stage, order_id)
    held = stage.brain.portfolio.locked("KRW")
    stage.wait(1)
    stage.compare(stage.accounts())

    assert (held, stage.brain.portfolio.locked("KRW")) == (dec("990495"), dec(0))


def resending(stage: Stage) -> OrderId:
    return stage.act(lambda ctx: ctx.limit_buy("KRW-BTC", dec(99_000_000), dec("0.01"), when_lost=WhenLost.RESEND))[0]


def prove_absence(stage: Stage, order_id: OrderId) -> list[Command]:
    lose(stage, order_id)
    deny_for_half_a_minute(stage, order_id)
    tell_lists(stage)
    return stage.compare(stage.accounts())


def test_where_it_was_wished_the_very_same_order_is_sent_once_more_r4():
    stage = Stage()
    order_id = resending(stage)
    first = stage.place_orders()

    again = of_kind(prove_absence(stage, order_id), PlaceOrder)
    stage.accept(order_id)

    assert again == first
    assert stage.order(order_id).attempts == 2
    assert stage.order(order_id).state is OrderState.WORKING
    assert len(stage.heard(OrderLost)) == len(stage.heard(OrderAccepted)) == 1


def test_a_no_to_the_second_attempt_may_mean_that_the_first_arrived_so_it_is_asked_for_r34():
    stage = Stage()
    order_id = resending(stage)
    prove_absence(stage, order_id)
    reason = RejectReason.DUPLICATE_ID
    stage.handle(OrderRejected(order_id=order_id, reason=reason, received_ns=stage.now_ns))
    state = stage.order(order_id).state
    stage.wait(0.4)
    stage.answer(order_id, stage.report(order_id))

    assert state is OrderState.UNKNOWN
    assert stage.order(order_id).state is OrderState.WORKING
    assert stage.heard(OrderRejected) == []


def test_a_refusal_by_an_unpublished_word_is_confirmed_by_three_answers_and_the_lists_r11():
    stage = Stage()
    order_id = stage.buy()
    lose(stage, order_id, LostCause.UNPUBLISHED)
    for _ in range(3):
        stage.wait(0.8)
        early = stage.order(order_id).state
        stage.answer(order_id, None)
    unlisted = stage.order(order_id).state
    tell_lists(stage)
    stage.compare(stage.accounts())
    stage.wait(1)
    stage.compare(stage.accounts())

    assert early is unlisted is OrderState.UNKNOWN
    assert stage.order(order_id).state is OrderState.ABANDONED
    assert [event.reason for event in stage.heard(OrderRejected)] == [RejectReason.UNKNOWN]
    assert stage.brain.portfolio.locked("KRW") == 0


def test_it_is_adopted_and_cancelled_should_it_exist_all_the_same_r11():
    stage = Stage()
    order_id = stage.buy()
    lose(stage, order_id, LostCause.UNPUBLISHED)
    for _ in range(3):
        stage.wait(0.8)
        stage.answer(order_id, None)
    tell_lists(stage)
    stage.compare(stage.accounts())

    commands = stage.update(order_id, OrderStateSeen.WAIT)

    assert stage.order(order_id).state is OrderState.WORKING
    assert of_kind(commands, CancelOrder)


def test_it_is_sent_three_times_at_most_and_then_given_up():
    stage = Stage()
    order_id = resending(stage)
    for _ in range(3):
        prove_absence(stage, order_id)

    assert len(stage.place_orders()) == 3
    assert stage.order(order_id).state is OrderState.ABANDONED


def test_a_market_order_is_never_sent_again():
    stage = Stage()
    order_id, _ = stage.act(lambda ctx: ctx.market_buy("KRW-BTC", dec(100_000)))
    intent = stage.order(order_id).intent
    stage.order(order_id).intent = msgspec.structs.replace(intent, when_lost=WhenLost.RESEND)

    assert of_kind(prove_absence(stage, order_id), PlaceOrder) == []
    assert stage.order(order_id).state is OrderState.ABANDONED


def test_a_refused_key_lets_nothing_new_leave_until_a_person_says_so_r14_r15():
    stage = Stage()
    order_id = stage.buy()
    stage.handle(OrderRejected(order_id=order_id, reason=RejectReason.AUTH, received_ns=stage.now_ns))
    again = stage.buy(98_000_000)

    assert not stage.brain.ready
    assert stage.order(again).state is OrderState.REJECTED
    assert stage.noted("alert")


def test_a_second_order_under_one_id_is_cancelled_and_trading_rests_r35():
    stage = Stage()
    order_id = stage.buy()
    stage.accept(order_id)
    twin = msgspec.structs.replace(stage.report(order_id), venue_id="twin")

    commands = stage.handle(OrderUpdated(report=twin, received_ns=stage.now_ns))

    assert [command.venue_id for command in commands if isinstance(command, CancelOrder)] == ["twin"]
    assert stage.order(order_id).venue_id == venue_id(order_id)
    assert not stage.brain.ready


def test_of_two_orders_under_one_id_the_younger_is_cancelled_whichever_was_heard_first_r35():
    stage = Stage()
    order_id = stage.buy()
    younger = msgspec.structs.replace(stage.report(order_id), venue_id="younger", created_at_ms=2_000)
    older = msgspec.structs.replace(younger, venue_id="older", created_at_ms=1_000)
    stage.handle(OrderUpdated(report=younger, received_ns=stage.now_ns))

    commands = stage.handle(OrderUpdated(report=older, received_ns=stage.now_ns))
    gone = msgspec.structs.replace(younger, state=OrderStateSeen.CANCEL)
    later = stage.handle(OrderUpdated(report=gone, received_ns=stage.now_ns))

    assert [command.venue_id for command in commands if isinstance(command, CancelOrder)] == ["younger"]
    assert [command for command in later if isinstance(command, CancelOrder)] == []
    assert stage.order(order_id).venue_id == "older"
    assert stage.order(order_id).state is OrderState.WORKING
    assert not stage.brain.ready


def test_a_confirmed_order_the_venue_denies_three_times_lets_its_market_rest_but_never_ends_it_r26():
    stage = Stage()
    order_id = stage.buy()
    stage.accept(order_id)
    for _ in range(3):
        stage.answer(order_id, None)
    while_denied = stage.buy(98_000_000)
    stage.answer(order_id, stage.report(order_id))
    stage.trade("100_000_000")
    after = stage.buy(97_000_000)

    assert stage.order(order_id).state is OrderState.WORKING
    assert stage.order(while_denied).state is OrderState.REJECTED
    assert stage.order(after).state is OrderState.SENDING


def test_fills_that_are_missing_for_a_minute_let_the_market_rest_w15():
    stage = Stage()
    order_id = stage.buy(99_000_000, "0.01")
    stage.accept(order_id)
    stage.update(order_id, OrderStateSeen.DONE, "0.01")
    stage.wait(70)

    assert stage.brain.context._world.why_resting("KRW-BTC")
    fills = (stage.fill_event(order_id, "t", "0.01"),)
    stage.answer(order_id, stage.report(order_id, OrderStateSeen.DONE, "0.01", fills))
    assert stage.brain.context._world.why_resting("KRW-BTC") is None


def test_a_cancel_of_an_order_nobody_answers_for_goes_out_by_our_own_id_after_two_seconds():
    stage = Stage()
    order_id = stage.buy()
    stage.do(lambda ctx: ctx.cancel(order_id))

    assert of_kind(stage.wait(1.9), CancelOrder) == []
    assert [command.order_id for command in stage.wait(0.2) if isinstance(command, CancelOrder)] == [order_id]


def test_a_cancel_whose_answer_is_lost_is_sent_again_after_one_two_and_five_seconds_r32():
    stage = Stage()
    order_id = stage.buy()
    stage.accept(order_id)
    stage.do(lambda ctx: ctx.cancel(order_id))
    moments = []
    for _ in range(3):
        stage.handle(
            CancelFailed(
                order_id=order_id,
                venue_id=None,
                reason=RejectReason.UNKNOWN,
                lost=True,
                received_ns=stage.now_ns,
            )
        )
        waited = 0.0
        while not of_kind(stage.wait(0.5), CancelOrder):
            waited += 0.5
        moments.append(waited + 0.5)

    assert moments == [1, 2, 5]


def test_a_suspended_market_makes_us_ask_for_its_orders():
    stage = Stage()
    order_id = stage.buy()
    stage.accept(order_id)
    offline = msgspec.structs.replace(stage.market, state="delisted")
    stage.handle(MarketReported(market=offline, received_ns=stage.now_ns))

    assert of_kind(stage.wait(0.4), QueryOrder) == [QueryOrder(order_id, venue_id(order_id))]


def test_after_standing_still_everything_is_compared_before_the_next_order_p13():
    stage = Stage()
    stage.now_ns += 3600 * SECOND_NS

    asked = stage.trade("100_000_000")
    closed = not stage.brain.ready
    tell_lists(stage)
    stage.compare(stage.accounts())

    assert of_kind(asked, QueryOpenOrders)
    assert closed
    assert stage.brain.ready


def test_a_block_is_a_gap_and_everything_is_compared_when_it_ends_r17():
    stage = Stage()
    stage.handle(QueryFailed(query="accounts", reason=RejectReason.BLOCKED, received_ns=stage.now_ns))
    closed = not stage.brain.ready
    asked = stage.wait(1.1)
    tell_lists(stage)
    stage.compare(stage.accounts())

    assert closed
    assert of_kind(asked, QueryOpenOrders)
    assert stage.brain.ready


def test_an_order_known_to_exist_is_asked_for_every_eight_seconds_until_one_answer_comes():
    stage = Stage()
    order_id = stage.buy()
    stage.accept(order_id)
    stage.wait(1)
    tell_lists(stage)
    begun_ns, moments = stage.now_ns, []
    while stage.now_ns < begun_ns + 40 * SECOND_NS:
        if of_kind(stage.wait(0.1), QueryOrder):
            moments.append(round((stage.now_ns - begun_ns) / SECOND_NS, 1))

    assert moments == [0.3, 1, 2, 4, 8, 16, 24, 32, 40]


def test_every_ten_minutes_the_ended_orders_are_listed_too():
    stage = Stage()
    order_id = stage.buy()
    stage.accept(order_id)
    asked = [command for command in stage.wait(601) if isinstance(command, QueryClosedOrders)]

    assert [(command.market, command.since_ms <= NOON_NS // 1_000_000) for command in asked] == [("KRW-BTC", True)]


def test_a_proof_that_the_private_feed_slept_through_begins_anew():
    stage = Stage()
    order_id = stage.buy()
    lose(stage, order_id)
    deny_for_half_a_minute(stage, order_id)
    stage.handle(FeedDown(stream=Stream.PRIVATE, received_ns=stage.now_ns))
    tell_lists(stage)
    stage.compare(stage.accounts())
    down = stage.order(order_id).state
    stage.handle(FeedUp(stream=Stream.PRIVATE, reconnects=1, received_ns=stage.now_ns))
    tell_lists(stage)
    stage.compare(stage.accounts())

    assert (down, stage.order(order_id).state) == (OrderState.UNKNOWN, OrderState.UNKNOWN)


def test_a_halt_asks_to_cancel_what_may_exist_by_our_own_id():
    stage = Stage()
    order_id = stage.buy()
    lose(stage, order_id)
    commands = stage.handle(Halt(reason="enough", received_ns=stage.now_ns))

    assert [command.order_id for command in commands if isinstance(command, CancelOrder)] == [order_id]
    assert of_kind(commands, CancelOrders) == []

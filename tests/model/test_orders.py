"""The life of an order: whatever order the evidence comes in, and however often, the end is the same."""

from decimal import Decimal
from itertools import permutations

import pytest
from hypothesis import given, strategies as st

from hoga.model.commands import OrderId, OrderKind, PlaceOrder, Side, VenueOrderId
from hoga.model.events import Fill, OrderReport, OrderStateSeen
from hoga.model.orders import NEXT, TERMINAL, Evidence, Order, OrderState

D = Decimal
ID, VENUE_ID = OrderId("hg-1"), VenueOrderId("u-1")


def order():
    intent = PlaceOrder(order_id=ID, market="KRW-BTC", side=Side.BUY, price=D(100), volume=D(3))
    made = Order(intent=intent, created_ns=0)
    made.learn(Evidence.SENT, 1)
    return made


def report(state, executed, paid_fee="0", trades=None):
    return OrderReport(
        venue_id=VENUE_ID,
        order_id=ID,
        market="KRW-BTC",
        side=Side.BUY,
        kind=OrderKind.LIMIT,
        state=state,
        executed_volume=D(executed),
        paid_fee=D(paid_fee),
        trades=trades,
    )


def fill(trade_id, volume, fee=None):
    return Fill(
        trade_id=trade_id,
        venue_id=VENUE_ID,
        order_id=ID,
        market="KRW-BTC",
        side=Side.BUY,
        price=D(100),
        volume=D(volume),
        fee=None if fee is None else D(fee),
    )


def tell(subject, news):
    kind, *what = news
    if kind == "fill":
        subject.add_fill(fill(*what), 2)
    elif kind == "stream":
        subject.merge(report(*what), from_stream=True, now_ns=2)
    elif kind == "answer":
        subject.merge(report(*what), from_stream=False, now_ns=2)
    else:
        subject.learn(what[0], 2)


FILLED = [
    ("learn", Evidence.ACCEPTED),
    ("stream", OrderStateSeen.WAIT, "0"),
    ("fill", "t1", "1"),
    ("fill", "t2", "2"),
    ("stream", OrderStateSeen.DONE, "3"),
]


@pytest.mark.parametrize("news", list(permutations(FILLED)), ids=str)
def test_a_filled_order_ends_done_whatever_comes_first(news):
    subject = order()

    for one in news:
        tell(subject, one)

    assert OrderState.DONE is subject.state
    assert D(3) == subject.executed_volume == subject.filled_volume


@given(
    st.lists(st.sampled_from([*FILLED, ("answer", OrderStateSeen.WAIT, "1"), ("learn", Evidence.LOST)]), max_size=12)
)
def test_repeated_and_stale_evidence_never_moves_an_order_backwards(extra):
    subject = order()
    for one in [*FILLED, *extra]:
        tell(subject, one)

    assert OrderState.DONE is subject.state
    assert D(3) == subject.filled_volume


def test_a_cancelled_order_keeps_the_fill_that_was_told_late_w17():
    subject = order()
    tell(subject, ("stream", OrderStateSeen.CANCEL, "1"))
    assert subject.has_fill_gap

    tell(subject, ("fill", "t1", "1"))

    assert OrderState.CANCELLED is subject.state
    assert not subject.has_fill_gap


def test_a_lost_answer_is_unknown_and_asks_the_venue():
    subject = order()

    step = subject.learn(Evidence.LOST, 2)

    assert (step.state, step.ask) == (OrderState.UNKNOWN, True)


def test_an_order_that_appears_after_it_was_given_up_is_adopted_with_an_alarm():
    subject = order()
    subject.learn(Evidence.LOST, 2)
    subject.learn(Evidence.ABSENT, 3)
    assert OrderState.ABANDONED is subject.state

    step = subject.merge(report(OrderStateSeen.WAIT, "0"), from_stream=True, now_ns=4)

    assert (step.state, step.adopted, step.alert) == (OrderState.WORKING, True, True)


def test_a_state_word_nobody_knows_moves_nothing_and_asks():
    subject = order()

    step = subject.merge(report(OrderStateSeen.UNKNOWN, "0"), from_stream=True, now_ns=2)

    assert (step.state, step.ask) == (OrderState.SENDING, True)


def test_every_cell_of_the_table_is_filled():
    assert len(Evidence) * len(OrderState) == len(NEXT)


def test_nothing_but_proof_of_existence_leaves_a_terminal_state():
    left = {
        (evidence, state)
        for (evidence, state), step in NEXT.items()
        if state in TERMINAL and step.state is not state and not step.adopted and not step.alert
    }

    assert not left


def test_the_fee_a_rest_answer_tells_in_one_sum_is_shared_to_the_last_digit():
    subject = order()
    subject.add_fill(fill("t1", "1", "0.05"), 2)
    told = report(OrderStateSeen.DONE, "3", "0.17", (fill("t1", "1"), fill("t2", "0.5"), fill("t3", "1.5")))

    missing = subject.missing_fills(told)

    assert [one.trade_id for one in missing] == ["t2", "t3"]
    assert D("0.12") == sum(one.fee for one in missing)

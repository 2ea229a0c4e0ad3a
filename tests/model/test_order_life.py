"""The table of an order's life: complete, never downwards, and blind to the order and number of what it is told."""

from decimal import Decimal
from typing import NamedTuple

import pytest
from hypothesis import given, strategies as st

from hoga.model.commands import OrderId, OrderKind, PlaceOrder, Side, VenueOrderId
from hoga.model.events import Fill, LostCause, OrderReport, OrderStateSeen, RejectReason
from hoga.model.order_life import AGAIN, NEXT, TABLE, TERMINAL, Evidence, OrderState
from hoga.model.orders import Order, evidence_of_loss, evidence_of_refusal

D = Decimal
ID, VENUE_ID = OrderId("hg-1"), VenueOrderId("u-1")
RANK = dict(zip(OrderState, (0, 1, 2, 3, 4, 5, 5, 5, 5), strict=True))
NO_ORDER = {OrderState.REJECTED, OrderState.ABANDONED}
#: The acts and proofs of our own that lead downwards, as the theory above the table names them.
DOWNWARDS = {Evidence.NOT_SENT, Evidence.SENT}


def test_the_table_has_a_cell_for_every_evidence_in_every_state():
    assert set(NEXT) == {(evidence, state) for evidence in Evidence for state in OrderState}
    assert {evidence: len(row.split()) for evidence, row in TABLE.items()} == dict.fromkeys(Evidence, len(OrderState))


def test_a_state_falls_only_where_the_theory_says_so():
    falls = {
        evidence for (evidence, state), step in NEXT.items() if RANK[step.state] < RANK[state] and not step.adopted
    }

    assert falls == DOWNWARDS


def test_an_impossible_cell_moves_nothing():
    assert [key for key, step in NEXT.items() if step.impossible and step.state is not key[1]] == []


@pytest.mark.parametrize("state", sorted(TERMINAL))
def test_an_ended_order_asks_for_no_action_of_ours(state: OrderState):
    assert [evidence for evidence in Evidence if NEXT[evidence, state].cancel or NEXT[evidence, state].resend] == []


@pytest.mark.parametrize("state", sorted(NO_ORDER))
def test_proof_of_existence_is_adopted_wherever_we_thought_there_was_no_order_r5(state: OrderState):
    proofs = {evidence for evidence in Evidence if NEXT[evidence, OrderState.UNKNOWN].state in EXISTS}

    assert {evidence for evidence in Evidence if NEXT[evidence, state].adopted} == proofs


EXISTS = {OrderState.WORKING, OrderState.PARTIAL, OrderState.DONE, OrderState.CANCELLED}


@pytest.mark.parametrize("first", sorted(AGAIN))
def test_a_no_to_a_second_attempt_proves_nothing_about_the_first_r11_r34(first: Evidence):
    order = sent()
    order.learn(Evidence.LOST, 2)
    order.learn(Evidence.ABSENT_AGAIN, 3)
    order.learn(Evidence.SENT, 4)

    step = order.learn(first, 5)

    assert (order.attempts, step.state, step.ask) == (2, OrderState.UNKNOWN, True)


@pytest.mark.parametrize("cause", LostCause)
def test_whatever_came_instead_of_an_answer_leaves_the_fate_open_and_asks_r4_r7_r8_r16_r17(cause: LostCause):
    step = sent().learn(evidence_of_loss(cause), 2)

    assert (step.state, step.ask) == (OrderState.UNKNOWN, True)


@pytest.mark.parametrize("reason", [RejectReason.AUTH, RejectReason.PERMISSION])
def test_a_refused_key_ends_the_order_and_bars_new_ones_r14_r15(reason: RejectReason):
    step = sent().learn(evidence_of_refusal(reason, by_venue=True), 2)

    assert (step.state, step.bar, step.alert) == (OrderState.REJECTED, True, True)


# ------------------------------------------------ in any order, any number of times


class Report(NamedTuple):
    """News with amounts, told by the stream or as an answer."""

    state: OrderStateSeen
    executed: str
    from_stream: bool


News = Evidence | Report | str  # a text is a trade's id, each of one coin

SIZE = 3
#: What proves nothing at all and may come at any time after the order was sent.
NOISE: tuple[News, ...] = (
    Evidence.LOST,
    Evidence.UNREADABLE,
    Evidence.REFUSED_UNCLEAR,
    Evidence.LIMITED,
    Evidence.BLOCKED,
    Evidence.NOT_FOUND,
    Evidence.UNLISTED,
    Evidence.CANCEL_REFUSED,
    Evidence.CANCEL_LOST,
    Evidence.CANCEL_TAKEN,
    Evidence.CANCEL_ASKED,
    Evidence.SUSPENDED,
    Evidence.RESTARTED,
)
NOTHING_PROVEN = [one for one in NOISE if one != Evidence.CANCEL_TAKEN]


@st.composite
def lawful_histories(draw: st.DrawFn) -> tuple[list[News], Report]:
    """All that a venue keeping its own rules may say of one order that exists, and the last truth about it."""
    traded = draw(st.integers(0, SIZE))
    ends = [OrderStateSeen.WAIT, OrderStateSeen.CANCEL] if traded < SIZE else [OrderStateSeen.DONE]
    end = draw(st.sampled_from(ends))
    stages = [Report(OrderStateSeen.WAIT, str(n), is_stream) for n in range(traded + 1) for is_stream in (True, False)]
    news: list[News] = [Evidence.ACCEPTED, Evidence.PREVENTED, Evidence.LISTED, *stages]
    news += [f"t{n}" for n in range(traded)]
    news += [Report(end, str(traded), is_stream) for is_stream in (True, False)]
    return draw(st.permutations(news)), Report(end, str(traded), from_stream=False)


def sent() -> Order:
    intent = PlaceOrder(order_id=ID, market="KRW-BTC", side=Side.BUY, price=D(100), volume=D(SIZE))
    order = Order(intent=intent, created_ns=0)
    order.learn(Evidence.SENT, 1)
    return order


def tell(order: Order, news: News) -> None:
    if isinstance(news, Evidence):
        assert not order.learn(news, 2).impossible, f"{news} in {order.state}"
    elif isinstance(news, Report):
        assert not order.merge(report(news), from_stream=news.from_stream, now_ns=2).impossible
    else:
        order.add_fill(fill(news), 2)


def report(news: Report) -> OrderReport:
    return OrderReport(
        venue_id=VENUE_ID,
        order_id=ID,
        market="KRW-BTC",
        side=Side.BUY,
        kind=OrderKind.LIMIT,
        state=news.state,
        executed_volume=D(news.executed),
    )


def fill(trade_id: str) -> Fill:
    return Fill(
        trade_id=trade_id,
        venue_id=VENUE_ID,
        order_id=ID,
        market="KRW-BTC",
        side=Side.BUY,
        price=D(100),
        volume=D(1),
    )


def end_of(history: list[News], truth: Report) -> tuple[object, ...]:
    order = sent()
    for news in history:
        tell(order, news)
    tell(order, truth)  # the protocol asks until it is answered
    return order.state, order.executed_volume, sorted(order.fills), order.venue_id


@given(lawful_histories(), st.data())
def test_true_evidence_in_any_order_and_number_has_one_end_i6(made: tuple[list[News], Report], data: st.DataObject):
    history, truth = made
    noise = data.draw(st.lists(st.sampled_from(NOISE), max_size=8))
    repeated = data.draw(st.lists(st.sampled_from(history), max_size=8))

    shuffled = data.draw(st.permutations([*history, *noise, *repeated]))

    assert end_of(list(shuffled), truth) == end_of(history, truth)


@given(st.lists(st.sampled_from([*NOTHING_PROVEN, Evidence.REFUSED, Evidence.BARRED]), max_size=12))
def test_an_order_that_never_was_ends_as_none_whatever_the_order_of_the_news_i6(history: list[News]):
    order = sent()
    for news in history:
        tell(order, news)
    if order.is_open:
        tell(order, Evidence.ABSENT)

    assert order.state in NO_ORDER
    assert order.executed_volume == 0


@given(lawful_histories(), st.data())
def test_executed_volume_never_falls_and_an_end_is_never_left_i6(made: tuple[list[News], Report], data: st.DataObject):
    history, _ = made
    order, seen, ended = sent(), D(0), None
    for news in [*history, *data.draw(st.permutations(history))]:
        tell(order, news)
        assert order.executed_volume >= seen
        assert ended in {None, order.state}
        seen, ended = order.executed_volume, order.state if order.state in TERMINAL else None


@pytest.mark.parametrize(("evidence", "state"), sorted(key for key, step in NEXT.items() if not step.impossible))
def test_telling_the_same_once_more_changes_nothing(evidence: Evidence, state: OrderState):
    again = NEXT[evidence, NEXT[evidence, state].state]

    assert again.impossible or again.state is NEXT[evidence, state].state or evidence in DOWNWARDS

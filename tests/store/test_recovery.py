"""What a journal proves about orders: never one that was not appended, never one lost that was."""

from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given, settings, strategies as st
from tests.store.scenery import (
    ONE,
    TWO,
    accepted,
    decided,
    fill,
    handled,
    place,
    report,
    updated,
    venue_id,
)

from hoga.model.commands import CancelOrder, CancelOrders, OrderId
from hoga.model.events import (
    AccountEvent,
    OpenOrdersReported,
    OrderLost,
    OrderRejected,
    OrderReported,
    OrderStateSeen,
    RejectReason,
)
from hoga.model.orders import OrderState
from hoga.store.journal import Journal
from hoga.store.records import (
    KillPulled,
    KillReleased,
    OrderAbandoned,
    Record,
    RunBegan,
    RunEnded,
)
from hoga.store.recovery import WATCH_NS, recover, recover_records


def refused(name: str, *, by_venue: bool = True) -> OrderRejected:
    return OrderRejected(order_id=OrderId(name), reason=RejectReason.FUNDS, by_venue=by_venue)


def lost(name: str) -> OrderLost:
    return OrderLost(order_id=OrderId(name))


#: Two coins were asked for; what was heard since, and what the journal then proves.
LIVES: dict[str, tuple[list[AccountEvent], OrderState | None]] = {
    "nothing was heard": ([], OrderState.SENDING),
    "its answer was lost": ([lost("hg-1")], OrderState.UNKNOWN),
    "accepted": ([accepted("hg-1")], OrderState.WORKING),
    "lost, then heard of": ([lost("hg-1"), updated("hg-1", OrderStateSeen.WAIT)], OrderState.WORKING),
    "traded in part": ([fill("hg-1", "t1")], OrderState.PARTIAL),
    "refused": ([refused("hg-1")], None),
    "proven not sent": ([refused("hg-1", by_venue=False)], None),
    "refused after a lost answer": ([lost("hg-1"), refused("hg-1")], OrderState.UNKNOWN),
    "refused, and yet it exists": ([refused("hg-1"), updated("hg-1", OrderStateSeen.WAIT)], OrderState.WORKING),
    "cancelled": ([updated("hg-1", OrderStateSeen.CANCEL)], None),
    "cancelled, then an old report": (
        [updated("hg-1", OrderStateSeen.CANCEL), updated("hg-1", OrderStateSeen.WAIT)],
        None,
    ),
    "done with all fills": (
        [fill("hg-1", "t1"), fill("hg-1", "t2"), updated("hg-1", OrderStateSeen.DONE, TWO)],
        None,
    ),
    "done, a fill is missing": (
        [fill("hg-1", "t1"), updated("hg-1", OrderStateSeen.DONE, TWO)],
        OrderState.PARTIAL,
    ),
    "done, the last fill came late": (
        [fill("hg-1", "t1"), updated("hg-1", OrderStateSeen.DONE, TWO), fill("hg-1", "t2")],
        None,
    ),
    "one fill told twice is one fill": (
        [fill("hg-1", "t1"), fill("hg-1", "t1"), updated("hg-1", OrderStateSeen.DONE, TWO)],
        OrderState.PARTIAL,
    ),
    "a question found it with its trades": (
        [
            OrderReported(
                order_id=OrderId("hg-1"),
                report=report(
                    "hg-1", OrderStateSeen.DONE, TWO, trades=(fill("hg-1", "t1"), fill("hg-1", "t2")), paid_fee=ONE
                ),
            )
        ],
        None,
    ),
    "a question found nothing": ([OrderReported(order_id=OrderId("hg-1"), report=None)], OrderState.SENDING),
    "it stands in a list": (
        [OpenOrdersReported(reports=(report("hg-1", OrderStateSeen.WAIT),))],
        OrderState.WORKING,
    ),
    "news of a stranger": ([accepted("hg-other"), fill("hg-other", "t9")], OrderState.SENDING),
}


@pytest.mark.parametrize("name", LIVES)
def test_an_order_is_in_question_until_its_end_is_proven(name: str):
    events, state = LIVES[name]

    found = recover_records([decided(place("hg-1")), *(handled(event) for event in events)])

    assert [order.state for order in found.orders] == ([] if state is None else [state])
    assert [order.order_id for order in found.orders] == ([] if state is None else ["hg-1"])


def test_all_that_is_known_of_an_open_order_is_handed_on():
    records: list[Record] = [
        RunBegan(run_id="r1", id_prefix="hg-a-", version="0", at_ns=1),
        decided(place("hg-1"), at_ns=42),
        handled(accepted("hg-1")),
        handled(fill("hg-1", "t1", fee=Decimal("0.5"))),
        decided(CancelOrder(OrderId("hg-1"))),
    ]

    (order,) = recover_records(records).orders

    assert (order.intent, order.run_id, order.decided_ns) == (place("hg-1"), "r1", 42)
    assert (order.venue_id, order.executed_volume) == (venue_id("hg-1"), ONE)
    assert [one.trade_id for one in order.fills] == ["t1"]
    assert order.cancel_asked
    assert order.attempts == 1


def test_a_cancel_of_many_marks_each_of_them():
    records: list[Record] = [
        decided(place("hg-1"), place("hg-2")),
        handled(accepted("hg-1")),
        handled(accepted("hg-2")),
    ]
    records.append(decided(CancelOrders((venue_id("hg-2"), venue_id("hg-strange")))))

    assert [order.cancel_asked for order in recover_records(records).orders] == [False, True]


def test_an_order_sent_again_is_one_order_in_question():
    records: list[Record] = [
        decided(place("hg-1")),
        handled(lost("hg-1")),
        decided(place("hg-1")),
        handled(refused("hg-1")),
    ]

    (order,) = recover_records(records).orders

    assert (order.attempts, order.state) == (2, OrderState.UNKNOWN)


def test_an_abandoned_order_is_watched_for_a_day():
    records: list[Record] = [
        decided(place("hg-1")),
        handled(lost("hg-1")),
        OrderAbandoned(order_id=OrderId("hg-1"), at_ns=100),
    ]

    assert [order.order_id for order in recover_records(records, now_ns=WATCH_NS).abandoned] == ["hg-1"]
    assert recover_records(records, now_ns=WATCH_NS + 100).abandoned == ()
    assert recover_records(records).orders == ()
    back = recover_records([*records, handled(updated("hg-1", OrderStateSeen.WAIT))])
    assert [order.state for order in back.orders] == [OrderState.WORKING]


def test_the_kill_switch_stays_pulled_over_runs_until_it_is_released():
    run = RunBegan(run_id="r2", id_prefix="hg-b-", version="0", at_ns=3)
    pulled = KillPulled(reason="enough", at_ns=1)

    assert recover_records([pulled, run]).kill == pulled
    assert recover_records([pulled, run, KillReleased(at_ns=2)]).kill is None


def test_fills_are_totalled_once_with_the_fees_that_are_known():
    events = [fill("hg-1", "t1"), fill("hg-1", "t1", fee=Decimal(3)), fill("hg-1", "t1", fee=Decimal(3))]

    found = recover_records([decided(place("hg-1")), *map(handled, events)])

    totals = found.totals["KRW-BTC"]
    assert (totals.fills, totals.bought, totals.paid, totals.fees) == (1, ONE, Decimal(1000), Decimal(3))


def test_whether_the_last_run_ended_by_itself_is_known():
    run = RunBegan(run_id="r1", id_prefix="hg-a-", version="0", at_ns=1)

    assert recover_records([]).ended_by_itself
    assert not recover_records([run]).ended_by_itself
    assert recover_records([run, RunEnded()]).ended_by_itself
    assert not recover_records([run, RunEnded(), run]).ended_by_itself


def test_rows_of_a_real_journal_are_read_the_same_way(tmp_path: Path):
    records: list[Record] = [decided(place("hg-1"), place("hg-2")), handled(accepted("hg-2"))]
    journal = Journal.open(tmp_path / "hoga.journal")
    journal.append(records)

    assert recover(journal.read()) == recover_records(records)
    journal.close()


# ------------------------------------------------ whatever the history, and wherever it is cut

NAMES = st.sampled_from([f"hg-{n}" for n in range(4)])
EVIDENCE = st.one_of(
    NAMES.map(accepted),
    NAMES.map(lost),
    NAMES.map(refused),
    st.builds(updated, NAMES, st.sampled_from(OrderStateSeen), st.sampled_from([Decimal(0), ONE, TWO])),
    st.builds(fill, NAMES, st.sampled_from(["t1", "t2"])),
    NAMES.map(lambda name: OrderReported(order_id=OrderId(name), report=None)),
)
RECORDS = st.one_of(
    NAMES.map(lambda name: decided(place(name))),
    EVIDENCE.map(handled),
    NAMES.map(lambda name: OrderAbandoned(order_id=OrderId(name), at_ns=5)),
)


def proves_an_end(record: Record, name: str) -> bool:
    """Tell whether a record could be all the proof there is that an order of this name is over."""
    text = repr(record)
    return f"'{name}'" in text and any(
        word in text for word in ("OrderRejected", "OrderAbandoned", "OrderStateSeen.DONE", "OrderStateSeen.CANCEL")
    )


@settings(max_examples=300, deadline=None)
@given(st.lists(RECORDS, max_size=25), st.data())
def test_any_prefix_knows_every_order_appended_and_no_other(records: list[Record], data: st.DataObject):
    prefix = records[: data.draw(st.integers(0, len(records)))]
    appended = {f"hg-{n}" for n in range(4) if any(record == decided(place(f"hg-{n}")) for record in prefix)}

    found = recover_records(prefix)

    known = {str(order.order_id) for order in (*found.orders, *found.abandoned)}
    assert known <= appended
    gone = appended - known
    assert all(any(proves_an_end(record, name) for record in prefix) for name in gone)


@settings(max_examples=200, deadline=None)
@given(st.lists(EVIDENCE, max_size=12), st.randoms(use_true_random=False))
def test_fills_and_ends_do_not_depend_on_the_order_in_which_they_were_heard(events: list[AccountEvent], chance):
    of_the_venue = [event for event in events if not isinstance(event, OrderLost | OrderRejected)]
    orders = [decided(place(f"hg-{n}")) for n in range(4)]
    shuffled = list(of_the_venue)
    chance.shuffle(shuffled)

    one = recover_records([*orders, *map(handled, of_the_venue)])
    other = recover_records([*orders, *map(handled, (*shuffled, *of_the_venue))])

    def told(found: object) -> list[tuple[object, ...]]:
        return [
            (order.order_id, order.state, order.executed_volume, {one.trade_id for one in order.fills})
            for order in found.orders  # type: ignore[attr-defined]
        ]

    ends_differ = {OrderStateSeen.DONE, OrderStateSeen.CANCEL} <= {
        event.report.state for event in of_the_venue if hasattr(event, "report") and event.report is not None
    }
    assert ends_differ or told(one) == told(other)
    assert one.totals == other.totals

"""Two bots on one account: the younger stops, both agree which one that is, and the dead are let rest."""

import msgspec
import pytest
from tests.brain.scenery import Stage, stranger

from hoga.model.commands import Stop
from hoga.model.events import OpenOrdersReported, OrderReport, OrderStateSeen, OrderUpdated
from hoga.model.recovered import RecoveredOrders

#: The brain of the scenery is run `hg-test-`; texts sort as runs age.
OLDER, YOUNGER = "hg-seen-4", "hg-tesu-4"


def hear(stage: Stage, report: OrderReport) -> None:
    stage.handle(OrderUpdated(report=report, received_ns=stage.now_ns))


def placed(stage: Stage, order_id: str, state: OrderStateSeen = OrderStateSeen.WAIT, after_s: int = 60) -> OrderReport:
    at_ms = stage.now_ns // 1_000_000 + after_s * 1000
    return msgspec.structs.replace(stranger("x", order_id=order_id), state=state, created_at_ms=at_ms)


def listed(stage: Stage, *reports: OrderReport) -> None:
    stage.handle(OpenOrdersReported(reports=reports, asked_ns=stage.now_ns, received_ns=stage.now_ns))


def test_the_younger_of_two_bots_halts_at_the_first_order_it_hears_of_p8():
    stage = Stage()
    mine = stage.buy()
    stage.accept(mine)
    hear(stage, placed(stage, OLDER))

    assert OLDER in stage.brain.summary().fault
    assert "cancel-all" in stage.brain.summary().fault
    assert not stage.brain.ready
    assert stage.recorder.ended == 1
    stage.update(mine, OrderStateSeen.CANCEL)
    listed(stage, placed(stage, OLDER))
    assert isinstance(stage.sent[-1], Stop)


def test_it_halts_at_the_first_list_too_before_anything_was_ordered_p8():
    stage = Stage(open_now=False)
    listed(stage, stranger("x", order_id=OLDER))
    stage.open()

    assert stage.brain.summary().fault
    assert not stage.recorder.started


def test_the_older_goes_on_and_a_person_is_told_once_p8():
    stage = Stage()
    hear(stage, placed(stage, YOUNGER))
    hear(stage, placed(stage, YOUNGER, OrderStateSeen.CANCEL))

    assert (stage.brain.summary().fault, stage.brain.ready) == ("", True)
    told = [note.fields["why"] for note in stage.noted("alert") if "younger bot" in str(note.fields["why"])]
    assert len(told) == 1


def test_an_id_of_this_very_run_that_it_never_made_is_another_bots_p8():
    stage = Stage()
    hear(stage, placed(stage, "hg-test-1"))

    assert stage.brain.summary().fault


@pytest.mark.parametrize("after_s", [-3600, 0, 2])
def test_an_order_that_ended_proves_nothing_unless_it_began_while_we_were_there_p8(after_s: int):
    stage = Stage()
    hear(stage, placed(stage, OLDER, OrderStateSeen.CANCEL, after_s))
    assert not stage.brain.summary().fault
    hear(stage, placed(stage, OLDER, OrderStateSeen.DONE))
    assert stage.brain.summary().fault


def test_runs_of_our_own_journal_and_orders_by_hand_are_no_rivals_p8():
    stage = Stage(open_now=False)
    stage.brain.recover(RecoveredOrders(id_prefixes=("hg-seen-",)))
    stage.open()
    hear(stage, placed(stage, OLDER))
    hear(stage, stranger("by hand"))
    hear(stage, stranger("another program", order_id="seen-4"))
    mine = stage.buy()
    hear(stage, placed(stage, mine))

    assert (stage.brain.summary().fault, stage.brain.ready) == ("", True)


def test_an_id_that_names_no_run_is_nobodys_and_stops_nobody():
    stage = Stage()
    hear(stage, placed(stage, "hg-seen0004"))

    assert (stage.brain.summary().fault, stage.brain.ready) == ("", True)

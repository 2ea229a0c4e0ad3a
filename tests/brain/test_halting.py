"""Stopping cancels what is open until the venue lists none, then sends Stop; at the deadline it says what is left."""

from tests.brain.scenery import Stage, dec, stranger, venue_id

from hoga.model.commands import CancelOrder, CancelOrders, QueryOpenOrders, QueryOrder, Stop
from hoga.model.events import (
    ActuatorStopped,
    Halt,
    OpenOrdersReported,
    OrderLost,
    OrderRejected,
    OrderReport,
    OrderStateSeen,
)
from hoga.model.recovered import RecoveredOrders


def halt(stage: Stage) -> list[object]:
    return list(stage.handle(Halt(reason="Ctrl+C", received_ns=stage.now_ns)))


def listed(stage: Stage, *reports: OrderReport) -> list[object]:
    return list(stage.handle(OpenOrdersReported(reports=reports, asked_ns=stage.now_ns, received_ns=stage.now_ns)))


def test_with_nothing_sent_it_stops_at_once():
    stage = Stage()

    assert halt(stage) == [Stop()]
    assert stage.recorder.ended == 1


def test_open_orders_are_cancelled_by_the_venues_id_and_stop_waits_for_an_empty_list():
    stage = Stage()
    order_id = stage.buy()
    stage.accept(order_id)

    first = halt(stage)
    stage.wait(0.1)
    still_listed = listed(stage, stage.report(order_id))
    stage.update(order_id, OrderStateSeen.CANCEL)
    stage.wait(0.1)
    last = listed(stage)

    assert first == [CancelOrders((venue_id(order_id),), "Ctrl+C"), QueryOpenOrders()]
    assert Stop() not in still_listed
    assert last == [Stop()]
    assert stage.brain.left_open == ()


def test_an_order_still_under_way_is_cancelled_by_our_id_and_asked_for():
    stage = Stage()
    order_id = stage.buy()

    first = halt(stage)
    asked = stage.wait(0.4)

    assert first == [CancelOrder(order_id, None, "Ctrl+C"), QueryOpenOrders()]
    assert [command for command in asked if isinstance(command, QueryOrder)]


def test_the_cancel_is_repeated_every_second():
    stage = Stage()
    stage.accept(stage.buy())
    halt(stage)

    assert len([command for command in stage.wait(3.5) if isinstance(command, CancelOrders)]) == 3


def test_at_the_deadline_it_stops_and_names_what_is_left_p24():
    stage = Stage()
    order_id = stage.buy()
    stage.handle(OrderLost(order_id=order_id, received_ns=stage.now_ns))
    halt(stage)

    early = stage.wait(9.9)
    late = stage.wait(0.2)

    assert Stop() not in early
    assert Stop() in late
    assert stage.brain.left_open == (order_id,)
    assert stage.noted("left_open")


def test_asked_twice_it_hurries_p23():
    stage = Stage()
    stage.accept(stage.buy())
    halt(stage)
    stage.wait(1)
    halt(stage)

    assert Stop() in stage.wait(3.1)


def test_no_order_leaves_while_stopping():
    stage = Stage()
    stage.accept(stage.buy())
    halt(stage)
    order_id = stage.brain.context.limit_buy("KRW-BTC", dec(99_000_000), dec("0.01"))
    stage.trade("100_000_000")

    assert stage.brain.orders[order_id].is_open is False
    assert ["being stopped" in event.detail for event in stage.heard(OrderRejected)] == [True]


def test_the_brain_has_stopped_when_the_actuator_has():
    stage = Stage()
    halt(stage)
    before = stage.brain.stopped
    stage.handle(ActuatorStopped(received_ns=stage.now_ns))

    assert (before, stage.brain.stopped) == (False, True)


def test_an_earlier_runs_orders_are_cancelled_only_where_that_is_wished():
    for wished in (False, True):
        stage = Stage(cancel_recovered=wished)
        stage.brain.recover(RecoveredOrders(id_prefixes=("hg-before-",)))
        listed(stage, stranger("old", order_id="hg-before-1"), stranger("by hand"))
        commands = halt(stage)

        assert (CancelOrders((stranger("old").venue_id,), "Ctrl+C") in commands) is wished

"""The owner of the account acts beside the bot: cancels its orders and reserves money."""

import msgspec
from tests.brain.scenery import Stage, dec, stranger

from hoga.model.commands import PlaceOrder
from hoga.model.events import OpenOrdersReported, OrderStateSeen, OrderUpdated
from hoga.model.orders import OrderState


def test_our_order_cancelled_by_hand_is_cancelled_and_not_placed_again_a2():
    stage = Stage()
    order_id = stage.buy()
    stage.accept(order_id)
    stage.update(order_id, OrderStateSeen.CANCEL)
    after = [*stage.wait(60), *stage.trade(100_000_000)]

    assert stage.order(order_id).state is OrderState.CANCELLED
    assert [event.report.state for event in stage.heard(OrderUpdated)] == [OrderStateSeen.CANCEL]
    assert stage.brain.portfolio.cash() == dec(10_000_000)
    assert [command for command in after if isinstance(command, PlaceOrder)] == []


def test_a_reserved_order_of_the_owner_locks_its_money_a19():
    stage = Stage()
    reserved = msgspec.structs.replace(stranger("reserved", locked="4000000"), state=OrderStateSeen.WATCH)
    stage.handle(OpenOrdersReported(reports=(reserved,), asked_ns=stage.now_ns, received_ns=stage.now_ns))

    assert stage.brain.portfolio.free("KRW") == dec(6_000_000)
    assert [order.venue_id for order in stage.brain.strangers.external] == ["reserved"]

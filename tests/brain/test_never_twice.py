"""Whatever is or is not heard of an order, the brain orders it once."""

from tests.brain.scenery import Stage

from hoga.model.events import OrderLost, OrderStateSeen


def test_an_order_without_an_answer_is_not_ordered_again_under_another_id_r3_r4():
    stage = Stage()
    order_id = stage.buy()
    stage.handle(OrderLost(order_id=order_id, received_ns=stage.now_ns))
    for _ in range(10):
        stage.wait(1)
        stage.trade(100_000_000)
    stage.update(order_id, OrderStateSeen.WAIT)
    stage.wait(60)

    assert [command.order_id for command in stage.place_orders()] == [order_id]

"""What leaves is what was decided, once, in time and within the limits; anything else ends at the last hop."""

from collections.abc import Callable

import msgspec
import pytest
from tests.brain.scenery import NOON_NS, SECOND_NS, dec

from hoga.brain.risk.last_hop import LastHop
from hoga.brain.risk.limits import RiskLimits
from hoga.model.commands import OrderId, PlaceOrder, Side
from hoga.model.orders import Evidence, Order

ORDER = PlaceOrder(
    order_id=OrderId("hg-1"), market="KRW-BTC", side=Side.BUY, price=dec(99_000_000), volume=dec("0.001")
)


def decided(*orders: PlaceOrder) -> dict[OrderId, Order]:
    known = {order.order_id: Order(intent=order, created_ns=NOON_NS) for order in orders}
    for order in known.values():
        order.learn(Evidence.SENT, NOON_NS)
    return known


def hop(*orders: PlaceOrder, **limits: object) -> LastHop:
    made = LastHop(RiskLimits.read(limits))
    made.orders = decided(*orders)
    return made


def test_what_was_decided_leaves_once_k14():
    last = hop(ORDER)

    assert last.why_not(ORDER, NOON_NS) is None
    assert last.why_not(ORDER, NOON_NS) == "this identifier has left already"
    assert last.refused == 1


@pytest.mark.parametrize(
    ("change", "late_s", "words"),
    [
        (lambda order: msgspec.structs.replace(order, order_id=OrderId("hg-2")), 0, "nobody decided this order"),
        (lambda order: msgspec.structs.replace(order, volume=dec("0.01")), 0, "differs from what was decided"),
        (lambda order: order, 11, "decided more than 10 s ago"),
    ],
)
def test_what_was_not_decided_so_and_now_does_not_leave_k15_k29(
    change: Callable[[PlaceOrder], PlaceOrder], late_s: int, words: str
):
    assert words in str(hop(ORDER).why_not(change(ORDER), NOON_NS + late_s * SECOND_NS))


def test_a_flood_ends_at_the_last_hop_k13():
    orders = [msgspec.structs.replace(ORDER, order_id=OrderId(f"hg-{number}")) for number in range(3)]
    last = hop(*orders, sends_per_s=2)

    assert [last.why_not(order, NOON_NS) is None for order in orders] == [True, True, False]
    assert last.why_not(orders[2], NOON_NS + SECOND_NS) is None


def test_an_order_that_is_too_large_does_not_leave_whoever_decided_it_k3():
    assert "value 99000, maximum 50000" in str(hop(ORDER, max_order_value=50_000).why_not(ORDER, NOON_NS))


def test_nothing_leaves_after_a_kill_k30():
    last = hop(ORDER)
    last.killed = "fire"

    assert "kill switch was pulled: fire" in str(last.why_not(ORDER, NOON_NS))

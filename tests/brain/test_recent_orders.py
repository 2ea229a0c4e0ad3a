"""What was sent a moment ago is remembered, and memory stays small however long the run."""

from decimal import Decimal

from hoga.brain.orders.recent import REMEMBERED, RecentOrders
from hoga.model.commands import OrderId, PlaceOrder, Side


def buy(price: int) -> PlaceOrder:
    return PlaceOrder(
        order_id=OrderId(f"hg-{price}"), market="KRW-BTC", side=Side.BUY, price=Decimal(price), volume=Decimal(1)
    )


def test_the_last_moment_of_the_same_order_is_known_whatever_its_id_and_spelling():
    recent = RecentOrders()
    recent.add(buy(1_000), 10)
    recent.add(buy(2_000), 20)
    recent.add(buy(1_000), 30)

    same = PlaceOrder(
        order_id=OrderId("hg-other"), market="KRW-BTC", side=Side.BUY, price=Decimal("1E+3"), volume=Decimal("1.0")
    )
    assert recent.last_ns(same) == 30
    assert recent.last_ns(buy(2_000)) == 20
    assert recent.last_ns(buy(3_000)) is None


def test_orders_are_counted_from_the_moment_asked_for():
    recent = RecentOrders()
    for at_ns in (10, 20, 30):
        recent.add(buy(at_ns), at_ns)

    assert recent.sent_since(10, enough=2) == 2
    assert recent.sent_since(9, enough=2) == 3
    assert recent.sent_since(20, enough=2) == 0


def test_what_was_sent_long_ago_is_forgotten_first():
    recent = RecentOrders()
    for at_ns in range(REMEMBERED):
        recent.add(buy(at_ns + 1), at_ns)
    recent.add(buy(1), REMEMBERED)
    recent.add(buy(REMEMBERED + 1), REMEMBERED + 1)

    assert recent.last_ns(buy(1)) == REMEMBERED
    assert recent.last_ns(buy(2)) is None
    assert recent.sent_since(-1, enough=1) == REMEMBERED

"""A fixed amount at fixed times."""

from tests.brain.scenery import dec
from tests.strategies.floor import MARKET_BUY, Floor


def test_it_buys_at_whole_multiples_of_its_time():
    floor = Floor("dca", every_s=60, offset_s=10, spend="10000")
    bought_at = []
    for _ in range(150):
        before = len(floor.orders)
        floor.price(100_000_000)
        if len(floor.orders) > before:
            bought_at.append(floor.stage.now_ns // 1_000_000_000 % 60)

    assert bought_at == [10, 10, 10]
    assert set(floor.sides()) == {MARKET_BUY}
    assert all(order.spend == dec(10_000) for order in floor.orders)


def test_a_day_of_purchases_is_at_nine_in_seoul():
    floor = Floor("dca")
    floor.price(100_000_000, after_s=20 * 3600 + 3599)
    before = len(floor.orders)
    floor.book(100_000_000)
    floor.price(100_000_000, after_s=2)

    assert (before, len(floor.orders)) == (0, 1)


def test_a_refused_purchase_is_tried_again_a_few_times_and_then_left_out():
    floor = Floor("dca", every_s=600)
    floor.pass_time(600)
    for _ in range(60):
        floor.pass_time(5)

    assert floor.stage.brain.summary().refused == 3


def test_a_refused_purchase_succeeds_when_prices_are_fresh_again():
    floor = Floor("dca", every_s=600)
    floor.pass_time(601)
    for _ in range(10):
        floor.price(100_000_000, after_s=2)

    assert floor.fills == 1


def test_it_stops_at_the_largest_position():
    floor = Floor("dca", every_s=2, spend="10000", most_position="25000")
    for _ in range(30):
        floor.price(100_000_000)

    assert floor.fills == 3

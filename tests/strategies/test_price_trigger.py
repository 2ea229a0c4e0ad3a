"""Buy above one price, sell below another."""

from tests.brain.scenery import dec
from tests.strategies.floor import MARKET_BUY, MARKET_SELL, Floor


def test_it_buys_at_the_upper_mark_and_sells_at_the_lower():
    floor = Floor("price-trigger", buy_above="100100000", sell_below="99900000", spend="50000")
    for price in (100_050_000, 100_100_000, 100_200_000, 99_950_000, 99_900_000, 99_800_000):
        floor.price(price)

    assert floor.sides() == [MARKET_BUY, MARKET_SELL]
    assert floor.orders[0].spend == dec(50_000)
    assert floor.position() == 0


def test_marks_that_are_not_given_lie_around_the_first_price():
    floor = Floor("price-trigger", rise="0.001", fall="0.001")
    floor.price(100_099_000)
    before = list(floor.sides())
    floor.price(100_100_000)
    floor.price(99_900_000)

    assert (before, floor.sides()) == ([], [MARKET_BUY, MARKET_SELL])


def test_a_position_found_at_the_start_is_not_added_to_and_is_sold_at_the_mark():
    floor = Floor("price-trigger", btc="0.01", buy_above="100100000", sell_below="99900000")
    floor.price(100_200_000)
    floor.price(99_900_000)

    assert floor.sides() == [MARKET_SELL]
    assert floor.orders[0].volume == dec("0.01")


def test_with_once_it_buys_once():
    floor = Floor("price-trigger", buy_above="100100000", sell_below="99900000", once="true")
    for price in (100_100_000, 99_900_000, 100_200_000):
        floor.price(price)

    assert floor.sides() == [MARKET_BUY, MARKET_SELL]

"""Buys in steps below, each sold one step higher."""

from tests.brain.scenery import dec
from tests.strategies.floor import LIMIT_BUY, LIMIT_SELL, Floor


def grid(**params: object) -> Floor:
    floor = Floor("grid", step="0.001", levels=3, spend="20000", **params)  # type: ignore[arg-type]
    floor.price(100_000_000)
    return floor


def test_it_rests_a_buy_at_every_rung():
    floor = grid()

    assert [order.price for order in floor.orders] == [dec(99_900_000), dec(99_800_000), dec(99_700_000)]
    assert len(floor.resting) == 3


def test_a_filled_rung_is_sold_one_step_higher_and_bought_again():
    floor = grid()
    floor.price(99_890_000)
    floor.price(99_890_000)
    sale = floor.orders[-1]
    floor.price(100_010_000)
    floor.price(100_010_000)

    assert sale.price == dec(99_999_900).quantize(dec(1)) or sale.price == dec(100_000_000)
    assert floor.sides() == [LIMIT_BUY, LIMIT_BUY, LIMIT_BUY, LIMIT_SELL, LIMIT_BUY]
    assert floor.position() == 0
    assert floor.stage.brain.portfolio.realised() > 0


def test_while_nothing_is_held_it_follows_a_rising_price():
    floor = grid()
    floor.price(100_200_000)
    floor.price(100_200_000)

    assert sorted(floor.stage.order(order_id).price or 0 for order_id in floor.resting) == [
        dec(99_899_000),
        dec(99_999_000),
        dec(100_099_000),
    ]


def test_with_coins_in_hand_it_stays_where_it_is():
    floor = grid()
    floor.price(99_690_000)
    floor.price(99_690_000)
    before = floor.position()
    floor.price(99_950_000)

    assert before > 0
    assert LIMIT_SELL in floor.sides()
    assert len(floor.sides()) == 3 + 3 + 2


def test_a_given_base_is_kept():
    floor = grid(base="99000000")

    assert floor.orders[0].price == dec(98_901_000)


def test_coins_that_were_there_before_are_left_alone():
    floor = grid(btc="0.5")
    floor.price(100_050_000)

    assert LIMIT_SELL not in floor.sides()

"""Rest a bid while bids outweigh offers, sell a little higher or soon."""

from tests.brain.scenery import dec
from tests.strategies.floor import LIMIT_BUY, LIMIT_SELL, MARKET_SELL, Floor

from hoga.model.commands import TimeInForce
from hoga.model.events import OrderStateSeen


def entered(**params: object) -> Floor:
    floor = Floor("book-imbalance", take="0.001", stop="0.001", hold_s=30, **params)  # type: ignore[arg-type]
    floor.book(100_000_000, bid_size="5")
    return floor


def test_a_heavy_bid_side_makes_it_join_the_best_bid():
    floor = entered()

    assert floor.sides() == [LIMIT_BUY]
    assert (floor.orders[0].price, floor.orders[0].tif) == (dec(99_995_000), TimeInForce.POST_ONLY)


def test_an_even_book_makes_it_do_nothing():
    floor = Floor("book-imbalance")
    floor.book(100_000_000)

    assert floor.sides() == []


def test_an_entry_that_does_not_fill_is_cancelled():
    floor = entered()
    floor.pass_time(5)
    floor.book(100_000_000)

    assert floor.resting == []
    assert floor.position() == 0


def test_it_rests_its_sale_above_the_price_paid_and_takes_the_gain():
    floor = entered()
    floor.book(99_990_000)
    floor.book(100_000_000)
    sale = floor.orders[-1]
    floor.book(100_200_000)

    assert floor.sides()[:2] == [LIMIT_BUY, LIMIT_SELL]
    assert sale.price == dec(100_095_000)
    assert floor.position() == 0


def test_at_a_loss_it_cancels_the_sale_and_sells_at_market():
    floor = entered()
    floor.book(99_990_000)
    floor.book(100_000_000)
    floor.book(99_800_000)
    floor.book(99_800_000)

    assert floor.sides() == [LIMIT_BUY, LIMIT_SELL, MARKET_SELL]
    assert floor.position() == 0


def test_a_partial_fill_too_small_to_sell_is_kept_for_the_next_time():
    floor = entered()
    order_id = floor.orders[0].order_id
    floor.stage.fill(order_id, "part", "0.00001")
    floor.resting.clear()
    floor.stage.update(order_id, OrderStateSeen.CANCEL, "0.00001")
    floor.pass_time(2)
    floor.book(100_000_000)

    assert floor.sides() == [LIMIT_BUY]
    assert floor.position() == dec("0.00001")


def test_when_its_time_is_over_it_leaves():
    floor = entered()
    floor.book(99_990_000)
    floor.book(100_000_000)
    floor.pass_time(31)
    floor.book(100_000_000)
    floor.book(100_000_000)

    assert floor.sides() == [LIMIT_BUY, LIMIT_SELL, MARKET_SELL]

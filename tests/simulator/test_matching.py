"""Which resting order fills, from what, and how much: the rules of docs/fills.md, one by one."""

import pytest
from tests.simulator.core_scenery import D, Levels, book, these

from hoga.simulator.core.matching import MatchBook, Offer, Resting
from hoga.simulator.core.orders import Side

Pairs = list[tuple[str, int]]


def market_showing(asks: Levels = ((101, 5),), bids: Levels = ((100, 5),)) -> MatchBook:
    made = MatchBook("KRW-BTC")
    made.see_book(book(asks, bids), 1)
    return made


def rest(made: MatchBook, uuid: str, side: Side, price: int, volume: int) -> Resting:
    order = Resting(uuid, "ann", side, D(price), D(volume))
    made.rest(order)
    return order


def hit(made: MatchBook, price: int, volume: int, taker: Side) -> Pairs:
    filled = []
    for order, size in made.hits(D(price), D(volume), taker):
        made.fill(order, size)
        filled.append((order.uuid, int(size)))
    return filled


def cross(made: MatchBook, asks: Levels, bids: Levels) -> Pairs:
    made.see_book(book(asks, bids), 2)
    filled = []
    for order, size in made.crossings():
        made.fill(order, size)
        filled.append((order.uuid, int(size)))
    made.follow_queue()
    return filled


# ------------------------------------------------ the queue


def test_an_order_waits_until_the_size_shown_before_it_has_traded():
    made = market_showing()
    rest(made, "a", "bid", 100, 3)

    assert hit(made, 100, 4, "ask") == []
    assert hit(made, 100, 3, "ask") == [("a", 2)]
    assert hit(made, 100, 9, "ask") == [("a", 1)]
    assert not made.has_resting


def test_an_order_inside_the_spread_is_first():
    made = market_showing(asks=[(103, 5)])
    rest(made, "a", "bid", 101, 3)

    assert hit(made, 101, 1, "ask") == [("a", 1)]


def test_a_print_at_the_price_from_a_taker_of_our_own_side_fills_nothing():
    made = market_showing()
    rest(made, "a", "bid", 101 - 1, 3).ahead = D(0)

    assert hit(made, 100, 9, "bid") == []


@pytest.mark.parametrize(("side", "price", "through"), [("bid", 100, 99), ("ask", 101, 102)])
@pytest.mark.parametrize("taker", ["bid", "ask"])
def test_a_print_through_the_price_fills_whatever_stood_before_and_whoever_took(
    side: Side, price: int, through: int, taker: Side
):
    made = market_showing()
    rest(made, "a", side, price, 3)

    assert hit(made, through, 2, taker) == [("a", 2)]
    assert made.resting[side][0].ahead == 0


def test_the_volume_of_a_print_is_used_once_best_price_first():
    made = market_showing(bids=[(98, 5)])
    rest(made, "low", "bid", 99, 3)
    rest(made, "high", "bid", 100, 3)
    rest(made, "later", "bid", 100, 3)

    assert hit(made, 98, 8, "ask") == [("high", 3), ("later", 3), ("low", 2)]


def test_those_at_one_price_share_the_size_they_wait_behind():
    made = market_showing()
    rest(made, "a", "bid", 100, 2)
    made.see_book(book([(101, 5)], [(100, 9)]), 2)
    made.follow_queue()
    rest(made, "b", "bid", 100, 2)

    assert [order.ahead for order in made.resting["bid"]] == [5, 9]
    # 5 before a, 2 of a, 4 more before b, and b gets what is left.
    assert hit(made, 100, 12, "ask") == [("a", 2), ("b", 1)]


def test_a_book_that_shows_less_moves_the_order_up_and_one_that_shows_more_does_not_move_it_back():
    made = market_showing()
    order = rest(made, "a", "bid", 100, 3)

    made.see_book(book([(101, 5)], [(100, 2)]), 2)
    made.follow_queue()
    assert order.ahead == 2

    made.see_book(book([(101, 5)], [(100, 50)]), 3)
    made.follow_queue()
    assert order.ahead == 2


def test_an_order_below_all_shown_levels_stands_behind_all_that_is_first_shown_at_its_price():
    made = market_showing()
    order = rest(made, "a", "bid", 90, 3)
    assert order.ahead is None
    assert hit(made, 90, 9, "ask") == []

    made.see_book(book([(91, 5)], [(90, 7)]), 2)
    made.follow_queue()

    assert order.ahead == 7


def test_a_padded_side_is_known_to_end_so_nobody_stands_before_an_order_below_it():
    made = market_showing(asks=[(101, 5), (102, 5)], bids=[(100, 5)])

    assert rest(made, "a", "bid", 90, 3).ahead == 0


def test_without_any_book_nobody_stands_before_an_order():
    made = MatchBook("KRW-BTC")

    rest(made, "a", "bid", 100, 3)

    assert hit(made, 100, 1, "ask") == [("a", 1)]


# ------------------------------------------------ a book that crosses


def test_a_book_that_crosses_an_order_fills_it_up_to_the_crossing_size():
    made = market_showing()
    rest(made, "a", "bid", 100, 9)

    assert cross(made, asks=[(99, 2), (100, 3), (101, 50)], bids=[(98, 5)]) == [("a", 5)]
    assert made.shown(5)[0].ask_price == 101


def test_crossing_size_is_used_once_among_orders():
    made = market_showing()
    rest(made, "first", "ask", 101, 3)
    rest(made, "second", "ask", 101, 3)

    assert cross(made, asks=[(104, 5)], bids=[(102, 4), (100, 5)]) == [("first", 3), ("second", 1)]
    assert these(*made.best("bid")) == (100, 5)


def test_a_book_that_only_touches_does_not_fill():
    made = market_showing()
    rest(made, "a", "bid", 100, 9)

    assert cross(made, asks=[(101, 2)], bids=[(100, 5)]) == []


# ------------------------------------------------ what a taker meets


def test_at_one_price_a_taker_meets_the_size_shown_first_then_the_order_then_the_size_that_came_later():
    made = market_showing(asks=[(101, 5)])
    order = rest(made, "a", "ask", 101, 3)
    made.see_book(book([(101, 12)], [(100, 5)]), 2)
    made.follow_queue()

    expected = [Offer(D(101), D(5)), Offer(D(101), D(3), order), Offer(D(101), D(7))]
    assert list(made.available("bid", None)) == expected
    met = []
    while offer := made.first_offer("bid", None):
        met.append((offer.maker is None, int(offer.size)))
        if offer.maker is None:
            made.take_outside("bid", offer.price, offer.size)
        else:
            made.fill(offer.maker, offer.size)
    assert met == [(True, 5), (False, 3), (True, 7)]


def test_a_better_price_of_a_user_comes_before_the_outside():
    made = market_showing(asks=[(103, 5)])
    order = rest(made, "a", "ask", 102, 3)

    assert made.first_offer("bid", None) == Offer(D(102), D(3), order)
    assert made.first_offer("bid", D(101)) is None


def test_what_a_taker_took_stays_away_until_the_next_book():
    made = market_showing(asks=[(101, 5), (102, 7)])

    made.take_outside("bid", D(101), D(5))
    assert these(*made.best("ask")) == (102, 7)

    made.see_book(book([(101, 5)], [(100, 5)]), 2)
    assert these(*made.best("ask")) == (101, 5)


# ------------------------------------------------ what is shown


def test_the_shown_book_adds_users_orders_and_pads_the_short_side():
    made = market_showing(asks=[(101, 5)], bids=[(100, 5), (98, 1)])
    rest(made, "a", "bid", 100, 3)
    rest(made, "b", "bid", 99, 2)

    units = made.shown(30)

    assert [these(unit.bid_price, unit.bid_size) for unit in units] == [(100, 8), (99, 2), (98, 1)]
    assert [these(unit.ask_price, unit.ask_size) for unit in units] == [(101, 5), (0, 0), (0, 0)]
    assert len(made.shown(2)) == 2


def test_a_removed_order_is_gone_and_removing_it_again_changes_nothing():
    made = market_showing()
    rest(made, "a", "bid", 100, 3)
    rest(made, "b", "bid", 100, 3)

    made.remove("bid", D(100), "a")
    made.remove("bid", D(100), "a")

    assert [order.uuid for order in made.resting["bid"]] == ["b"]

"""Orders of every kind from placing to end: figures, states and what is told of them."""

import pytest
from tests.simulator.core_scenery import (
    BTC,
    D,
    best,
    book,
    bought,
    exchange,
    fills_of,
    limit,
    market,
    now_of,
    print_of,
    sell_off,
    sold,
    spend,
    story,
    these,
)

from hoga.model.errors import UnknownMarketError
from hoga.model.events import AskBid
from hoga.simulator.core.exchange import SimulatedExchange
from hoga.simulator.core.happenings import OrderChanged, TradePrinted
from hoga.simulator.core.orders import VenueOrder
from hoga.simulator.core.refusals import Refused

NOW = 1_774_183_342_000


def deep() -> SimulatedExchange:
    """A venue with two users and a book of a few levels."""
    made = exchange(users=("ann", "bob"))
    made.see_book(book([(101_000, 1), (102_000, 2), (103_000, 3)], [(100_000, 1), (99_000, 2), (98_000, 3)]))
    return made


def figures(order: VenueOrder) -> list[str]:
    """State, executed volume and funds, paid and remaining fee, locked; in short spelling."""
    amounts = (order.executed_volume, order.executed_funds, order.paid_fee, order.remaining_fee, order.locked)
    return [order.state, *(f"{amount.normalize():f}" for amount in amounts)]


# ------------------------------------------------ the recorded numbers (Upbit, 2026-03-22)


def test_a_limit_buy_reserves_its_fee_and_locks_both():
    made = exchange()

    order = made.place("ann", limit("bid", 10_000_000, "0.0005"), NOW)

    assert figures(order) == ["wait", "0", "0", "0", "2.5", "5002.5"]
    assert order.reserved_fee == D("2.5")
    assert made.balance("ann", "KRW").locked == D("5002.5")


def test_a_market_buy_ends_in_cancel_and_gives_the_change_back():
    made = exchange()
    made.see_book(book([(102_945_000, 1)], [(102_944_000, 1)]))

    placed = made.place("ann", spend(10_000), NOW)

    assert figures(placed) == ["wait", "0", "0", "0", "5", "10005"]
    end = now_of(made, placed)
    assert figures(end) == ["cancel", "0.00009713", "9999.04785", "4.999523925", "0.000476075", "0.952626075"]
    assert (placed.remaining_volume, end.remaining_volume, end.volume) == (None, None, None)
    assert made.balance("ann", "KRW").free == 10_000_000_000 - D("9999.04785") - D("4.999523925")
    assert made.balance("ann", "KRW").locked == 0


def test_a_market_sell_ends_in_done_and_pays_its_fee_from_the_proceeds():
    made = exchange()
    made.see_book(book([(102_902_000, 1)], [(102_901_000, 1)]))

    placed = made.place("ann", sell_off("0.00009713"), NOW)

    assert figures(placed) == ["wait", "0", "0", "0", "0", "0.00009713"]
    assert these(placed.price, placed.reserved_fee) == (None, 0)
    funds = D("102901000") * D("0.00009713")
    assert figures(now_of(made, placed))[:2] == ["done", "0.00009713"]
    assert now_of(made, placed).paid_fee == funds * D("0.0005")
    assert now_of(made, placed).locked == 0
    assert made.balance("ann", "KRW").free == 10_000_000_000 + funds - funds * D("0.0005")


# ------------------------------------------------ taking


def test_a_market_buy_that_fits_exactly_is_done():
    made = deep()

    order = made.place("ann", spend(101_000), NOW)

    assert now_of(made, order).state == "done"


def test_a_taker_walks_the_book_and_pays_each_level():
    made = deep()

    order = made.place("ann", limit("bid", 102_000, 4), NOW)

    assert fills_of(made, order) == [(101_000, 1), (102_000, 2)]
    after = now_of(made, order)
    assert these(after.state, after.remaining_volume, after.trades_count) == ("wait", 1, 2)
    assert len({trade.uuid for trade in after.trades}) == 2
    assert not any(trade.is_maker for trade in after.trades)
    shown = made.shown_book(BTC)
    assert these(shown.asks[0], shown.bids[0]) == ((103_000, 3), (102_000, 1))


def test_a_better_price_gives_the_difference_back_at_the_fill():
    made = deep()

    order = made.place("ann", limit("bid", 102_000, 2), NOW)

    changes = [each for each in made.take_happenings() if isinstance(each, OrderChanged)]
    first = next(each.order for each in changes if each.word == "trade")
    assert these(first.remaining_volume, first.remaining_fee, first.locked) == (1, 51, 102_051)
    assert figures(now_of(made, order)) == ["done", "2", "203000", "101.5", "0", "0"]
    assert made.balance("ann", "KRW").free == 10_000_000_000 - D("203101.5")


def test_a_market_sell_larger_than_the_book_sells_what_there_is_and_ends_in_cancel():
    made = deep()

    order = made.place("ann", sell_off(10), NOW)

    assert these(now_of(made, order).state, now_of(made, order).remaining_volume) == ("cancel", 4)
    assert made.balance("ann", "BTC").free == 94


def test_every_fill_of_a_taker_is_a_public_print_with_an_id_of_its_own():
    made = deep()

    made.place("ann", spend(250_000), NOW)

    prints = [each.trade for each in made.take_happenings() if isinstance(each, TradePrinted)]
    assert [these(each.price, each.ask_bid, each.best_ask_price) for each in prints] == [
        (101_000, AskBid.BID, 102_000),
        (102_000, AskBid.BID, 102_000),
    ]
    assert [each.sequential_id for each in prints] == [NOW * 10_000 + 5_000, NOW * 10_000 + 5_001]


@pytest.mark.parametrize(
    ("wish", "fills", "state"),
    [
        (limit("bid", 102_000, 9, time_in_force="ioc"), [(101_000, 1), (102_000, 2)], "cancel"),
        (limit("bid", 102_000, 3, time_in_force="ioc"), [(101_000, 1), (102_000, 2)], "done"),
        (limit("bid", 100_000, 3, time_in_force="ioc"), [], "cancel"),
        (limit("bid", 102_000, 4, time_in_force="fok"), [], "cancel"),
        (limit("bid", 102_000, 3, time_in_force="fok"), [(101_000, 1), (102_000, 2)], "done"),
        (limit("ask", 99_000, 3, time_in_force="fok"), [(100_000, 1), (99_000, 2)], "done"),
        (best("bid", 151_500, "ioc"), [(101_000, 1)], "cancel"),
        (best("bid", 151_500, "fok"), [], "cancel"),
        (best("bid", 50_500, "fok"), [(101_000, D("0.5"))], "done"),
        (best("ask", 2, "ioc"), [(100_000, 1)], "cancel"),
        (best("ask", 2, "fok"), [], "cancel"),
        (best("ask", 1, "fok"), [(100_000, 1)], "done"),
    ],
)
def test_orders_that_may_not_wait_take_what_they_may_and_end(wish, fills, state):
    made = deep()

    order = made.place("ann", wish, NOW)

    assert (fills_of(made, order), now_of(made, order).state) == (fills, state)
    assert made.balance("ann", "KRW").locked == made.balance("ann", "BTC").locked == 0


@pytest.mark.parametrize(("price", "state"), [(101_000, "cancel"), (100_000, "wait")])
def test_post_only_rests_or_is_cancelled_but_never_takes(price: int, state: str):
    made = deep()

    order = made.place("ann", limit("bid", price, 1, time_in_force="post_only"), NOW)

    assert (now_of(made, order).state, fills_of(made, order)) == (state, [])


# ------------------------------------------------ resting


def test_a_resting_buy_fills_behind_the_shown_size_at_its_own_price_as_maker():
    made = exchange(market(maker_bid_fee=D("0.0002")))
    made.see_book(book([(101_000, 1)], [(100_000, 1)]))
    order = made.place("ann", limit("bid", 100_000, 2), NOW)
    assert these(order.reserved_fee, order.locked) == (100, 200_100)

    made.see_trade(sold(100_000, 2), NOW + 5)

    after = now_of(made, order)
    assert fills_of(made, order) == [(100_000, 1)]
    assert after.trades[0].is_maker
    assert these(after.paid_fee, after.remaining_fee, after.locked) == (20, 50, 100_050)
    assert made.balance("ann", "KRW").free == 10_000_000_000 - 100_020 - 100_050


def test_where_making_costs_more_than_taking_a_buy_reserves_the_dearer_fee_and_gets_the_rest_back():
    made = exchange(market(maker_bid_fee=D("0.002")))
    made.see_book(book([(101_000, 1)], [(100_000, 1)]))

    order = made.place("ann", limit("bid", 101_000, 2), NOW)

    assert order.reserved_fee == 404
    after = now_of(made, order)
    assert these(after.paid_fee, after.remaining_fee, after.locked) == (D("50.5"), 202, 101_202)
    assert made.balance("ann", "KRW").free == 10_000_000_000 - D("101050.5") - 101_202


def test_a_resting_sell_fills_when_the_market_trades_through_it():
    made = deep()
    order = made.place("ann", limit("ask", 101_000, 5), NOW)

    made.see_trade(bought(101_500, 2), NOW + 5)

    assert fills_of(made, order) == [(101_000, 2)]


def test_a_crossing_book_fills_a_resting_order_and_the_public_sees_the_trade():
    made = deep()
    order = made.place("ann", limit("bid", 100_000, 5), NOW)
    made.take_happenings()

    made.see_book(book([(99_000, 2)], [(98_000, 1)]), NOW + 5)

    assert fills_of(made, order) == [(100_000, 2)]
    assert story(made.take_happenings()) == ["ann trade", "ann BTC KRW", "print ASK 2"]
    assert made.shown_book(BTC).asks == []


def test_users_trade_with_each_other_by_price_then_time():
    made = exchange(users=("ann", "bob", "cho"))
    late = made.place("ann", limit("ask", 102_000, 1), NOW)
    first = made.place("bob", limit("ask", 101_000, 1), NOW)
    second = made.place("cho", limit("ask", 101_000, 1), NOW)

    made.place("ann", spend(151_500), NOW + 1)

    assert fills_of(made, first) == [(101_000, 1)]
    assert fills_of(made, second) == [(101_000, D("0.5"))]
    assert fills_of(made, late) == []


def test_both_orders_of_a_trade_bear_its_id_and_the_takers_direction():
    made = exchange(users=("ann", "bob"))
    maker = made.place("ann", limit("ask", 101_000, 1), NOW)

    taker = made.place("bob", spend(101_000), NOW)

    (mine,), (theirs,) = now_of(made, maker).trades, now_of(made, taker).trades
    assert mine.uuid == theirs.uuid
    assert (mine.trend, mine.side, mine.is_maker) == ("up", "ask", True)
    assert (theirs.trend, theirs.side, theirs.is_maker) == ("up", "bid", False)


# ------------------------------------------------ what is told


def test_a_filled_order_is_told_to_wait_then_trade_then_be_done():
    made = deep()

    made.place("ann", limit("bid", 101_000, 1), NOW)

    assert story(made.take_happenings()) == [
        "ann wait",
        "ann KRW",
        "ann trade",
        "ann BTC KRW",
        "ann done",
        "print BID 1",
        "book",
    ]
    assert made.take_happenings() == []


def test_a_cancel_answers_the_order_as_it_was_and_the_end_is_told():
    made = deep()
    placed = made.place("ann", limit("bid", 90_000, 1), NOW)
    made.take_happenings()

    answer = made.cancel("ann", uuid=placed.uuid, now_ms=NOW + 9)

    assert answer == placed
    assert story(made.take_happenings()) == ["ann cancel", "ann KRW", "book"]
    end = now_of(made, placed)
    assert these(end.state, end.locked, end.remaining_volume, end.remaining_fee) == ("cancel", D("90045"), 1, 45)
    assert made.balance("ann", "KRW").locked == 0


def test_a_told_order_keeps_the_figures_of_its_moment():
    made = deep()
    made.place("ann", limit("bid", 102_000, 3), NOW)

    told = [each for each in made.take_happenings() if isinstance(each, OrderChanged)]

    assert [these(each.word, each.order.executed_volume) for each in told] == [
        ("wait", 0),
        ("trade", 1),
        ("trade", 3),
        ("done", 3),
    ]
    assert [each.fill.price for each in told if each.fill] == [101_000, 102_000]


def test_the_market_outside_alone_tells_nothing():
    made = deep()

    made.see_trade(sold(100_000, 2))
    made.see_book(book([(101_000, 1)], [(100_000, 1)]))

    assert made.take_happenings() == []


def test_what_is_outside_every_known_market_is_an_error_of_the_caller():
    with pytest.raises(UnknownMarketError):
        exchange().see_trade(print_of(1, 1, AskBid.BID, code="KRW-NOPE"))


# ------------------------------------------------ ids and tests


def test_one_seed_gives_the_same_ids_and_another_seed_others():
    ids = [deep_with(seed).place("ann", limit("bid", 90_000, 1), NOW).uuid for seed in (1, 1, 2)]

    assert ids[0] == ids[1] != ids[2]
    assert [len(part) for part in ids[0].split("-")] == [8, 4, 4, 4, 12]
    assert ids[0][14] == "4"


def deep_with(seed: int) -> SimulatedExchange:
    return exchange(seed=seed)


def test_a_test_order_is_checked_but_never_exists():
    made = deep()
    wish = limit("bid", 101_000, 1, identifier="mine")

    order = made.test_order("ann", wish, NOW)

    assert figures(order) == ["wait", "0", "0", "0", "50.5", "101050.5"]
    assert made.take_happenings() == []
    assert made.balance("ann", "KRW").locked == 0
    with pytest.raises(Refused, match="order_not_found"):
        made.order("ann", uuid=order.uuid)
    assert made.place("ann", wish, NOW).identifier == "mine"
    with pytest.raises(Refused, match="duplicated_identifier"):
        made.test_order("ann", wish, NOW)

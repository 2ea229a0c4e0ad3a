"""Nobody trades with themselves unless they asked to; the taker's setting decides at the moment of the match."""

import pytest
from msgspec.structs import replace
from tests.simulator.core_scenery import (
    D,
    book,
    exchange,
    fills_of,
    limit,
    market,
    now_of,
    sell_off,
    spend,
    story,
    these,
)

from hoga.model.commands import SelfMatch
from hoga.simulator.core.exchange import SimulatedExchange
from hoga.simulator.core.orders import VenueOrder

NOW = 1_774_183_342_000


def resting_ask(volume: int = 2, smp_type: str = "none") -> tuple[SimulatedExchange, VenueOrder]:
    made = exchange(users=("ann", "bob"))
    maker = made.place("ann", limit("ask", 100_000, volume, smp_type=smp_type), NOW)
    made.take_happenings()
    return made, maker


def test_cancel_maker_takes_the_resting_order_away_and_the_new_one_goes_on():
    made, maker = resting_ask()
    behind = made.place("bob", limit("ask", 100_000, 3), NOW)
    made.take_happenings()

    taker = made.place("ann", limit("bid", 100_000, 3, smp_type="cancel_maker"), NOW)

    end = now_of(made, maker)
    assert these(end.state, end.prevented_volume, end.prevented_locked, end.remaining_volume) == ("cancel", 2, 2, 0)
    assert fills_of(made, taker) == [(100_000, 3)]
    assert now_of(made, behind).state == "done"
    assert story(made.take_happenings())[2:5] == ["ann prevented", "ann BTC", "ann cancel"]
    assert made.balance("ann", "BTC").free == 103


def test_cancel_taker_ends_the_new_order_and_leaves_the_resting_one():
    made, maker = resting_ask()

    taker = made.place("ann", limit("bid", 100_000, 3, smp_type="cancel_taker"), NOW)

    end = now_of(made, taker)
    assert these(end.state, end.prevented_volume, end.remaining_volume) == ("cancel", 3, 0)
    assert end.prevented_locked == D("300150")  # price times volume, fee included
    assert now_of(made, maker) == maker
    assert made.balance("ann", "KRW").locked == 0


@pytest.mark.parametrize(
    ("volume", "maker_end", "taker_end"),
    [
        (3, ("cancel", 2, 0), ("wait", 2, 1)),
        (1, ("wait", 1, 1), ("cancel", 1, 0)),
        (2, ("cancel", 2, 0), ("cancel", 2, 0)),
    ],
)
def test_reduce_takes_the_overlap_from_both_and_the_rest_lives(volume, maker_end, taker_end):
    made, maker = resting_ask()

    taker = made.place("ann", limit("bid", 101_000, volume, smp_type="reduce"), NOW)

    for order, end in ((maker, maker_end), (taker, taker_end)):
        after = now_of(made, order)
        assert these(after.state, after.prevented_volume, after.remaining_volume) == end
        assert after.executed_volume == 0
    bid = now_of(made, taker)
    assert bid.prevented_locked == bid.prevented_volume * 101_000 * D("1.0005")
    assert bid.locked == (bid.remaining_volume or 0) * 101_000 * D("1.0005")


def test_none_lets_an_account_trade_with_itself():
    made, maker = resting_ask()

    taker = made.place("ann", limit("bid", 100_000, 2, smp_type="none"), NOW)

    assert fills_of(made, maker) == fills_of(made, taker) == [(100_000, 2)]
    assert made.balance("ann", "BTC").free == 100
    assert made.balance("ann", "KRW").free == 10_000_000_000 - 2 * 100


@pytest.mark.parametrize("makers", list(SelfMatch))
def test_only_the_takers_setting_counts(makers: SelfMatch):
    made, maker = resting_ask(smp_type=makers)

    taker = made.place("ann", limit("bid", 100_000, 2, smp_type="cancel_taker"), NOW)

    assert (now_of(made, maker).state, now_of(made, taker).state) == ("wait", "cancel")


def test_unset_means_cancel_maker_since_november_2026_and_none_before():
    made, maker = resting_ask()
    assert made.place("ann", limit("bid", 100_000, 2), NOW).smp_type is SelfMatch.CANCEL_MAKER
    assert now_of(made, maker).state == "cancel"

    older = SimulatedExchange({"KRW-BTC": market()}, default_self_match=SelfMatch.NONE)
    older.open_account("ann", {"KRW": D(1_000_000)})
    assert older.place("ann", limit("bid", 100_000, 2), NOW).smp_type is SelfMatch.NONE


def test_post_only_needs_no_protection():
    made, _ = resting_ask()

    for smp_type in (None, "none"):
        wish = replace(limit("bid", 99_000, 1, time_in_force="post_only"), smp_type=smp_type)
        assert made.place("ann", wish, NOW).smp_type is SelfMatch.NONE


def test_other_peoples_orders_are_traded_with_before_ones_own_are_met():
    made = exchange(users=("ann", "bob"))
    made.place("bob", limit("ask", 99_000, 1), NOW)
    made.place("ann", limit("ask", 100_000, 1), NOW)

    taker = made.place("ann", limit("bid", 100_000, 3, smp_type="cancel_taker"), NOW)

    after = now_of(made, taker)
    assert these(after.state, after.executed_volume, after.prevented_volume) == ("cancel", 1, 2)


def test_a_buy_asked_in_money_is_reduced_by_what_the_overlap_costs():
    made, maker = resting_ask(volume=1)
    made.see_book(book([(101_000, 5)], [(99_000, 5)]))

    taker = made.place("ann", spend(201_000, smp_type="reduce"), NOW)

    after = now_of(made, taker)
    assert now_of(made, maker).state == "cancel"
    assert fills_of(made, taker) == [(101_000, 1)]
    assert these(after.state, after.prevented_locked) == ("done", 100_050)


def test_a_market_sell_meets_ones_own_bid():
    made = exchange()
    made.see_book(book([(101_000, 5)], [(99_000, 5)]))
    bid = made.place("ann", limit("bid", 100_000, 1), NOW)

    sale = made.place("ann", sell_off(2), NOW)

    assert now_of(made, bid).prevented_locked == D("100050")
    assert fills_of(made, sale) == [(99_000, 2)]


@pytest.mark.parametrize(
    ("smp_type", "state"), [("cancel_maker", "done"), ("cancel_taker", "cancel"), ("reduce", "cancel")]
)
def test_fill_or_kill_does_not_count_on_ones_own_orders(smp_type: str, state: str):
    made, maker = resting_ask()
    made.place("bob", limit("ask", 100_000, 3), NOW)

    order = made.place("ann", limit("bid", 100_000, 3, time_in_force="fok", smp_type=smp_type), NOW)

    assert now_of(made, order).state == state
    assert (now_of(made, maker).state == "wait") == (state == "cancel")
    assert now_of(made, order).executed_volume in {0, 3}

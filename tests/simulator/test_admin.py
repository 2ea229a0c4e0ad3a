"""What happens to an account and a market without the client's doing."""

import pytest
from tests.simulator.core_scenery import BTC, D, book, exchange, fills_of, limit, now_of, sold, story

from hoga.simulator.core.exchange import SimulatedExchange
from hoga.simulator.core.operator import Operator
from hoga.simulator.core.refusals import Refused

NOW = 1_774_183_342_000


@pytest.fixture
def made() -> SimulatedExchange:
    venue = exchange()
    venue.see_book(book([(101_000, 5)], [(100_000, 5)]))
    return venue


def test_deposits_and_withdrawals_are_told(made: SimulatedExchange):
    operator = Operator(made)

    operator.deposit("ann", "ETH", D(3), NOW)
    operator.withdraw("ann", "BTC", D(1), NOW)

    assert story(made.take_happenings()) == ["ann ETH", "ann BTC"]
    assert (made.balance("ann", "ETH").free, made.balance("ann", "BTC").free) == (D(3), D(99))
    with pytest.raises(Refused, match="insufficient_funds"):
        operator.withdraw("ann", "BTC", D(100), NOW)


def test_an_order_by_hand_has_no_identifier_and_locks_like_any_other(made: SimulatedExchange):
    order = Operator(made).order_by_hand("ann", limit("bid", 90_000, 1, identifier="ours"), NOW)

    assert order.identifier is None
    assert made.balance("ann", "KRW").locked == D(90_045)
    assert made.place("ann", limit("bid", 90_000, 1, identifier="ours"), NOW).identifier == "ours"


def test_a_reserved_order_locks_but_trades_only_when_woken(made: SimulatedExchange):
    operator = Operator(made)
    order = operator.reserve_by_hand("ann", limit("bid", 101_000, 1), NOW)
    assert story(made.take_happenings()) == ["ann watch", "ann KRW"]
    assert (order.state, made.balance("ann", "KRW").locked) == ("watch", order.locked)

    operator.wake(order.uuid, NOW + 5)

    assert fills_of(made, order) == [(101_000, 1)]
    assert story(made.take_happenings())[:2] == ["ann wait", "ann trade"]
    with pytest.raises(Refused):
        operator.wake(order.uuid, NOW + 6)


def test_a_suspended_market_takes_no_orders_and_fills_none_until_it_is_resumed(made: SimulatedExchange):
    operator = Operator(made)
    order = made.place("ann", limit("bid", 100_000, 1), NOW)
    operator.suspend(BTC)

    with pytest.raises(Refused, match="403 market_offline: 시스템 점검 중입니다"):
        made.place("ann", limit("bid", 90_000, 1), NOW)
    made.see_trade(sold(99_000, 9))
    made.see_book(book([(99_000, 9)], [(98_000, 5)]))
    assert fills_of(made, order) == []

    operator.resume(BTC)
    made.see_trade(sold(99_000, 9))
    assert now_of(made, order).state == "done"


def test_cancels_work_while_a_market_is_suspended_unless_said_otherwise(made: SimulatedExchange):
    first, second = (made.place("ann", limit("bid", 90_000, 1), NOW) for _ in range(2))
    operator = Operator(made)
    operator.suspend(BTC)
    made.cancel("ann", uuid=first.uuid, now_ms=NOW)

    operator.suspend(BTC, cancels_too=True)
    with pytest.raises(Refused, match="market_offline"):
        made.cancel("ann", uuid=second.uuid, now_ms=NOW)
    operator.resume(BTC)

    made.cancel("ann", uuid=second.uuid, now_ms=NOW)
    assert made.open_orders("ann") == ()


@pytest.mark.parametrize(("wipe", "left"), [(False, 1), (True, 0)])
def test_a_new_tick_keeps_or_wipes_resting_orders(made: SimulatedExchange, left: int, *, wipe: bool):
    made.place("ann", limit("bid", 91_000, 1), NOW)

    Operator(made).change_tick(BTC, D(5000), wipe=wipe, now_ms=NOW)

    assert len(made.open_orders("ann")) == left
    with pytest.raises(Refused, match="invalid_price_bid"):
        made.place("ann", limit("bid", 91_000, 1), NOW)


def test_a_new_fee_holds_for_new_orders_only(made: SimulatedExchange):
    old = made.place("ann", limit("bid", 100_000, 1), NOW)

    Operator(made).change_fee(BTC, D("0.0025"))
    new = made.place("ann", limit("bid", 100_000, 1), NOW)
    made.see_trade(sold(99_000, 9))

    assert (now_of(made, old).paid_fee, now_of(made, new).paid_fee) == (D(50), D(250))
    assert made.markets[BTC].bid_fee == D("0.0025")


def test_a_delisted_market_cancels_everything_and_is_unknown(made: SimulatedExchange):
    order = made.place("ann", limit("bid", 91_000, 1), NOW)

    Operator(made).delist(BTC, NOW)

    assert now_of(made, order).state == "cancel"
    assert made.balance("ann", "KRW").locked == D(0)
    assert BTC not in made.markets
    with pytest.raises(Refused, match="notfoundmarket"):
        made.place("ann", limit("bid", 91_000, 1), NOW)

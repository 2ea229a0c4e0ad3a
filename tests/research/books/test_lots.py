"""What coins cost: moving average and first in first out, and nothing is ever lost between them."""

from decimal import Decimal

import pytest
from hypothesis import given, strategies as st

from hoga.model.money import ZERO, exactly
from hoga.research.books.lots import Average, FirstInFirstOut, Lot, Taken

VOLUMES = st.integers(1, 10**16).map(lambda n: Decimal(n).scaleb(-8))
COSTS = st.integers(1, 10**40).map(lambda n: Decimal(n).scaleb(-24))
STEPS = st.lists(st.tuples(st.booleans(), VOLUMES, COSTS), max_size=30)


def test_the_moving_average_is_the_same_for_every_coin():
    lots = Average()
    lots.buy(Decimal(1), Decimal(100), 1)
    lots.buy(Decimal(3), Decimal(500), 2)

    taken = lots.sell(Decimal(2))

    assert taken == Taken(volume=Decimal(2), cost=Decimal(300), uncosted=Decimal(0), fees_known=True, since_ms=1)
    assert [lot.average_price for lot in lots.held()] == [150]


def test_first_in_first_out_takes_the_oldest():
    lots = FirstInFirstOut()
    lots.buy(Decimal(1), Decimal(100), 1)
    lots.buy(Decimal(3), Decimal(600), 2)

    taken = lots.sell(Decimal(2))

    assert taken.cost == 300
    assert taken.since_ms == 1
    assert lots.held() == (Lot(Decimal(2), Decimal(400), 2),)


def test_the_average_begins_anew_when_nothing_is_left():
    lots = Average()
    lots.buy(Decimal(1), Decimal(100), 1, fees_known=False)
    lots.sell(Decimal(1))
    lots.buy(Decimal(1), Decimal(900), 5)

    taken = lots.sell(Decimal(1))

    assert taken.cost == 900
    assert (taken.since_ms, taken.fees_known) == (5, True)


@pytest.mark.parametrize("lots", [Average(), FirstInFirstOut()], ids=["average", "fifo"])
def test_coins_that_were_never_bought_have_no_cost(lots):
    lots.buy(Decimal(1), Decimal(100), 1)

    taken = lots.sell(Decimal(3))
    again = lots.sell(Decimal(1))

    assert (taken.volume, taken.cost, taken.uncosted) == (1, 100, 2)
    assert (again.volume, again.cost, again.uncosted) == (0, 0, 1)
    assert lots.held() == ()


@pytest.mark.parametrize("lots", [Average(), FirstInFirstOut()], ids=["average", "fifo"])
def test_a_cost_with_an_unknown_fee_says_so(lots):
    lots.buy(Decimal(1), Decimal(100), 1, fees_known=False)
    lots.buy(Decimal(1), Decimal(100), 2)

    assert not lots.sell(Decimal(2)).fees_known


@pytest.mark.parametrize("kind", [Average, FirstInFirstOut])
@given(steps=STEPS)
def test_coins_and_costs_are_conserved_to_the_last_digit(kind, steps):
    with exactly():
        lots, volume, cost = kind(), ZERO, ZERO
        for number, (is_buy, amount, price) in enumerate(steps):
            if is_buy:
                lots.buy(amount, price, number)
                volume, cost = volume + amount, cost + price
            else:
                taken = lots.sell(amount)
                assert taken.volume + taken.uncosted == amount
                volume, cost = volume - taken.volume, cost - taken.cost
        assert sum((lot.volume for lot in lots.held()), ZERO) == volume
        assert sum((lot.cost for lot in lots.held()), ZERO) == cost
        assert all(lot.cost >= 0 for lot in lots.held())

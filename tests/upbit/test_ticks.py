"""Price steps: the published tables (reference, section 7)."""

from decimal import Decimal

import pytest

from hoga.model.market import tick_in
from hoga.upbit.ticks import bands_for


@pytest.mark.parametrize(
    ("quote", "price", "tick"),
    [
        ("KRW", "150000000", "1000"),
        ("KRW", "1000000", "1000"),
        ("KRW", "999999", "500"),
        ("KRW", "499999", "100"),
        ("KRW", "99999", "50"),
        ("KRW", "49999", "10"),
        ("KRW", "9999", "5"),
        ("KRW", "4999", "1"),
        ("KRW", "100", "1"),
        ("KRW", "99.9", "0.1"),
        ("KRW", "9.99", "0.01"),
        ("KRW", "0.999", "0.001"),
        ("KRW", "0.0999", "0.0001"),
        ("KRW", "0.00999", "0.00001"),
        ("KRW", "0.000999", "0.000001"),
        ("KRW", "0.0000999", "0.0000001"),
        ("KRW", "0.00000999", "0.00000001"),
        ("BTC", "0.5", "0.00000001"),
        ("USDT", "100000", "0.01"),
        ("USDT", "9.999", "0.001"),
        ("USDT", "0.00009999", "0.00000001"),
    ],
)
def test_the_step_at_a_price_is_the_published_one(quote: str, price: str, tick: str):
    assert tick_in(bands_for(quote), Decimal(price)) == Decimal(tick)


def test_nothing_is_made_up_for_a_currency_we_do_not_know():
    assert bands_for("SGD") == ()


@pytest.mark.parametrize("quote", ["KRW", "BTC", "USDT"])
def test_bands_stand_highest_first_and_reach_down_to_zero(quote: str):
    bounds = [band.at_least for band in bands_for(quote)]

    assert bounds == sorted(bounds, reverse=True)
    assert bounds[-1] == 0

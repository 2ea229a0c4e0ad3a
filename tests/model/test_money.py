"""Exact money: every rounding names its direction, and nothing that is not a number gets in."""

from decimal import Decimal, FloatOperation, getcontext

import pytest
from hypothesis import given, strategies as st

from hoga.model import money
from hoga.model.errors import MoneyError

PRICES = st.decimals(min_value="0.00000001", max_value="999999999", places=8)
TICKS = st.sampled_from([Decimal(text) for text in ("1000", "500", "100", "1", "0.1", "0.001", "0.00000001")])


@given(price=PRICES, tick=TICKS)
def test_floor_and_ceil_stand_on_the_grid_on_either_side_of_the_price(price, tick):
    low, high = money.floor_to_tick(price, tick), money.ceil_to_tick(price, tick)

    assert low <= price <= high
    assert money.is_on_tick(low, tick)
    assert money.is_on_tick(high, tick)
    assert high - low in {Decimal(0), tick}


@given(st.decimals(allow_nan=False, allow_infinity=False, places=8, min_value=-(10**11), max_value=10**11))
def test_an_amount_survives_the_way_to_the_wire_and_back(value):
    text = money.plain(value)

    assert "E" not in text
    assert money.amount(text) == value


@pytest.mark.parametrize(
    ("value", "text"),
    [("1E-8", "0.00000001"), ("100", "100"), ("5002.50", "5002.5"), ("-0", "0"), ("0.0", "0"), ("1E+3", "1000")],
)
def test_amounts_are_spelt_as_the_venue_spells_them(value, text):
    assert text == money.plain(Decimal(value))


@pytest.mark.parametrize("text", ["NaN", "Infinity", "-inf", "", "abc", "1" * 65, "1,000"])
def test_what_is_not_a_finite_number_is_refused(text):
    with pytest.raises(MoneyError):
        money.amount(text)


def test_the_largest_price_times_the_largest_volume_keeps_every_digit():
    price, volume = Decimal("123456789.12345678"), Decimal("12345678901.12345678")

    units = int(price.scaleb(8)) * int(volume.scaleb(8))
    assert price * volume == Decimal(units).scaleb(-16)
    assert len(str(money.funds_needed(price, volume, Decimal("0.0005"))).replace(".", "")) <= money.DIGITS


def test_a_float_can_not_be_mixed_into_money():
    assert money.counts_exactly()
    assert getcontext().prec == money.DIGITS
    with pytest.raises(FloatOperation):
        Decimal(float("0.1"))


def test_a_recorded_market_buy_is_recomputed_to_the_last_digit():
    """10,000 KRW at 102,945,000 on 2026-03-22: volume, funds and fee as the venue answered."""
    price, spend = Decimal(102_945_000), Decimal(10_000)

    volume = money.volume_for(spend, price)

    assert Decimal("0.00009713") == volume
    assert Decimal("9999.04785") == price * volume
    assert Decimal("4.999523925") == money.fee_of(price * volume, Decimal("0.0005"))

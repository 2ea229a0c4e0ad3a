"""Fees and funds of every size are exact: no digit passes through a binary float."""

from decimal import Decimal

import pytest

from hoga.model.money import fee_of, funds_needed, volume_for

RATE = Decimal("0.0005")


@pytest.mark.parametrize(
    ("funds", "fee"),
    [
        ("123456789012.34567891", "61728394.506172839455"),
        ("0.00000001", "0.000000000005"),
        ("5000.1", "2.50005"),
    ],
)
def test_a_fee_keeps_every_digit(funds: str, fee: str):
    assert fee_of(Decimal(funds), RATE) == Decimal(fee)


def test_what_a_buy_locks_keeps_every_digit():
    locked = funds_needed(Decimal(143_251_000), Decimal("1234.56789012"), RATE)

    assert locked == Decimal("176853084827.58012") * (1 + RATE)


def test_no_more_is_bought_than_the_money_pays_for():
    volume = volume_for(Decimal(10_000), Decimal(143_251_000))

    assert volume == Decimal("0.00006980")
    assert volume * 143_251_000 <= 10_000

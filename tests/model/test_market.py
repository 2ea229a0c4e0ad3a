"""A market's rules are data: ticks follow the price, and what is not a price is refused."""

from decimal import Decimal

import pytest

from hoga.model.errors import MoneyError
from hoga.model.market import Market, TickBand

D = Decimal
BANDS = (TickBand(D(1_000_000), D(1000)), TickBand(D(500_000), D(500)), TickBand(D(0), D(1)))


def market(**changes):
    fee = D("0.0005")
    facts = {
        "code": "KRW-ETH",
        "tick": D(1000),
        "bands": BANDS,
        "min_total": D(5000),
        "max_total": D(10**9),
        "bid_fee": fee,
        "ask_fee": fee,
        "maker_bid_fee": fee,
        "maker_ask_fee": fee,
    }
    return Market(**{**facts, **changes})


def test_the_tick_follows_the_price_across_bands():
    rules = market()

    assert [D(1000), D(500), D(1)] == [rules.tick_at(D(price)) for price in (1_000_000, 999_999, 499_999)]


def test_without_bands_the_published_tick_holds_everywhere():
    assert D(1000) == market(bands=()).tick_at(D(3))


def test_a_buy_is_rounded_down_and_a_sell_up():
    rules = market()

    assert (D(1_000_000), D(1_001_000)) == (rules.floor_to_tick(D(1_000_400)), rules.ceil_to_tick(D(1_000_400)))
    assert D(1_000_000) == rules.round_price(D(1_000_500))


@pytest.mark.parametrize("price", ["NaN", "Infinity", "0", "-1"])
def test_what_is_not_a_price_is_refused(price):
    with pytest.raises(MoneyError):
        market().floor_to_tick(D(price))


def test_a_code_names_both_currencies():
    assert (market().quote, market().base) == ("KRW", "ETH")

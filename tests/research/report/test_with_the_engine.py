"""Real backtests, and what the report makes of them: not a digit of money is lost between fills, figures and books."""

from decimal import Decimal

import pytest

from hoga.model.money import ZERO, exactly
from hoga.research.books.book import book_of_result, totals
from hoga.research.engine.run import backtest
from hoga.research.engine.synthetic import FIRST_MS, synthetic
from hoga.research.report.page import html
from hoga.research.result import Result

DAYS = 12
END_MS = FIRST_MS + DAYS * 86_400_000
CODES = ("KRW-BTC", "KRW-ETH")
TESTS: dict[str, tuple[tuple[str, ...], dict[str, object], dict[str, Decimal]]] = {
    "sma_cross": (("KRW-BTC",), {"unit_s": 3600, "fast": 3, "slow": 9}, {}),
    "dca": (("KRW-BTC",), {}, {}),
    "grid": (("KRW-BTC",), {}, {"BTC": Decimal("0.123")}),
    "sma_cross on one of two": (
        CODES,
        {"unit_s": 3600, "fast": 3, "slow": 9, "market": "KRW-ETH"},
        {"BTC": Decimal(1)},
    ),
}


@pytest.fixture(scope="module", params=TESTS)
def made(request: pytest.FixtureRequest) -> Result:
    codes, params, coins = TESTS[request.param]
    prices = synthetic(codes, seed=11, unit_s=3600, begin_ms=FIRST_MS, end_ms=END_MS)
    balances = {"KRW": Decimal(10_000_000), **coins}
    return backtest(request.param.partition(" ")[0], prices, params=params, balances=balances)


def test_realised_and_open_gains_are_the_profit(made: Result):
    found = made.figures()

    with exactly():
        open_gains = sum((one.open_gain or ZERO for one in found.markets), ZERO)
        assert found.trading.realised + open_gains == made.ending_equity - made.starting_equity
        assert found.fees == sum((fill.fee or ZERO for fill in made.fills), ZERO)


def test_the_books_of_both_ways_gain_what_the_account_gained(made: Result):
    book = book_of_result(made)

    with exactly():
        for name, lots in (("gain_average", book.average), ("gain_fifo", book.fifo)):
            gained = sum((getattr(total, name) for total in totals(book.lines)), ZERO)
            for code, left in lots.items():
                assert sum((lot.volume for lot in left), ZERO) == made.ending.get(made.markets[code].base, ZERO)
                gained += sum((lot.volume * made.last_prices[code] - lot.cost for lot in left), ZERO)
            assert gained == made.ending_equity - made.starting_equity


def test_days_and_months_cover_the_whole_test(made: Result):
    found = made.figures()

    growth = 1.0
    for month in found.months:
        growth *= 1 + month.gain
    assert growth - 1 == pytest.approx(found.total_return, abs=1e-12)
    assert DAYS <= found.days <= DAYS + 1
    assert found.curve[0] == (made.begin_ms, float(made.starting_equity))
    assert found.curve[-1][1] == float(made.ending_equity)


def test_it_has_a_page(made: Result):
    text = html(made)

    assert "<!doctype html>" in text
    assert len(text) < 1_000_000

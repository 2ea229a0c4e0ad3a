"""Every figure against a calculation by hand; what cannot be said is None."""

import math
import statistics
from decimal import Decimal, localcontext

import pytest
from msgspec.structs import replace
from tests.research.report.scenery import (
    BEGIN,
    DAY_MS,
    MILLION,
    bars,
    fill,
    kst_ms,
    market,
    orders_of,
    result,
    traded,
    worths,
)

from hoga.model.commands import Side
from hoga.research.report.figures import figures
from hoga.research.result import EquityPoint

HOUR_MS = 3_600_000


def test_profit_return_and_a_years_gain():
    found = figures(result(end_ms=BEGIN + 73 * DAY_MS, ending_equity=Decimal(1_100_000)))

    assert found.profit == 100_000
    assert found.total_return == pytest.approx(0.1)
    assert found.cagr == pytest.approx(1.1**5 - 1)  # 73 days are a fifth of a year


def test_round_trips_are_sell_orders_against_the_moving_average_with_both_fees():
    found = figures(traded()).trading

    # 100 cost 100,050. 60 of them cost 60,030 and brought 72,000 - 36 = 71,964.
    first = Decimal(11934)
    # 40 at 40,020 and 60 at 66,033 are 100 at 106,053; 50 cost 53,026.5 and brought 45,000 - 22.5 = 44,977.5.
    second = Decimal(-8049)
    assert found.round_trips == 2
    assert (found.best, found.worst) == (first, second)
    assert found.average == (first + second) / 2
    assert found.average_fraction == pytest.approx((11934 / 60030 - 8049 / 53026.5) / 2)
    assert found.win_rate == 0.5
    assert found.profit_factor == pytest.approx(11934 / 8049)


def test_what_was_realised_and_what_is_open_are_the_profit_to_the_last_digit():
    found = figures(traded())
    (only,) = found.markets

    assert only.open_gain is not None
    assert found.trading.realised + only.open_gain == found.profit
    assert found.fees == Decimal(50) + 36 + 33 + Decimal("22.5")
    assert only.position == 50


def test_a_sell_order_in_three_pieces_is_one_round_trip():
    fills = [
        fill(1, Side.BUY, 1000, 3),
        *[fill(n, Side.SELL, 1100, 1, order="out") for n in (2, 3, 4)],
    ]

    found = figures(result(fills=fills, orders=orders_of(fills)))

    assert found.trading.round_trips == 1
    assert found.trading.best == Decimal(3300) - Decimal("1.65") - Decimal("3001.5")
    assert (found.orders, found.filled_orders, found.fills) == (2, 2, 4)


def test_the_deepest_fall_has_its_dates_and_the_time_until_it_was_made_good():
    days = worths(1_200_000, 900_000, 1_100_000, 1_300_000, 1_290_000)

    found = figures(result(days=days, end_ms=BEGIN + 5 * DAY_MS, ending_equity=Decimal(1_290_000)))

    assert found.drawdown is not None
    assert found.drawdown.depth == pytest.approx(0.25)
    assert found.drawdown.peak_ms == BEGIN + DAY_MS
    assert found.drawdown.trough_ms == BEGIN + 2 * DAY_MS
    assert found.drawdown.recovered_ms == BEGIN + 4 * DAY_MS
    assert found.under_water_ms == 3 * DAY_MS


def test_a_fall_that_lasts_has_no_end_and_stays_under_water():
    found = figures(result(days=worths(900_000, 950_000), end_ms=BEGIN + 2 * DAY_MS, ending_equity=Decimal(950_000)))

    assert found.drawdown is not None
    assert found.drawdown.recovered_ms is None
    assert found.under_water_ms == 2 * DAY_MS


def test_sharpe_and_sortino_come_from_daily_gains_and_a_year_of_365_days():
    found = figures(
        result(days=worths(1_010_000, 999_900, 1_019_898), end_ms=BEGIN + 3 * DAY_MS, ending_equity=Decimal(1_019_898))
    )

    gains = [0.01, -0.01, 0.02]
    assert found.sharpe == pytest.approx(statistics.fmean(gains) / statistics.stdev(gains) * math.sqrt(365))
    assert found.sortino == pytest.approx(statistics.fmean(gains) / math.sqrt(0.01**2 / 3) * math.sqrt(365))


def test_calmar_is_a_years_gain_over_the_deepest_fall():
    found = figures(traded())

    assert found.cagr is not None
    assert found.drawdown is not None
    assert found.drawdown.depth == pytest.approx(1 - 990_000 / 1_010_000)
    assert found.calmar == pytest.approx(found.cagr / found.drawdown.depth)


def test_exposure_and_turnover_weigh_time():
    equity = [
        EquityPoint(BEGIN, MILLION, Decimal(0)),
        EquityPoint(BEGIN + 6 * HOUR_MS, MILLION, Decimal(500_000)),
        EquityPoint(BEGIN + 24 * HOUR_MS, MILLION, Decimal(1_000_000)),
    ]
    fills = [fill(1, Side.BUY, 1000, 500)]

    found = figures(result(equity=equity, fills=fills, orders=orders_of(fills)))

    assert found.exposure == pytest.approx(0.375)  # a quarter of the day without, three quarters with a half
    assert found.turnover == pytest.approx(0.5)


def test_months_are_korean_months_and_midnight_ends_the_day_before():
    begin = kst_ms(2026, 1, 31)
    days = worths(1_100_000, 1_210_000, begin_ms=begin)

    found = figures(result(begin_ms=begin, end_ms=begin + 2 * DAY_MS, days=days, ending_equity=Decimal(1_210_000)))

    assert [(month.year, month.month) for month in found.months] == [(2026, 1), (2026, 2)]
    assert [month.gain for month in found.months] == pytest.approx([0.1, 0.1])


def test_the_holder_pays_the_fee_once_and_keeps_what_eight_decimals_leave():
    found = figures(
        result(
            last_prices={"KRW-BTC": Decimal(1500)},
            bars={"KRW-BTC": bars(1200.0, 800.0, 1500.0, step_ms=DAY_MS // 3)},
            equity=[EquityPoint(BEGIN + n * DAY_MS // 3, MILLION, Decimal(0)) for n in range(4)],
        )
    ).holding

    assert found is not None
    coins = Decimal("999.50024987")  # 1,000,000 / 1.0005 / 1,000
    fee = coins * 1000 * Decimal("0.0005")
    assert found.fees == fee
    assert found.ending_equity == MILLION - coins * 1000 - fee + coins * 1500
    assert found.total_return == pytest.approx(0.49925, abs=1e-6)
    assert found.drawdown is not None
    assert found.drawdown.depth == pytest.approx(1 - 800 / 1200, abs=1e-6)


def test_the_holder_of_two_markets_splits_the_money():
    codes = {code: market(code) for code in ("KRW-BTC", "KRW-ETH")}
    last = {"KRW-BTC": Decimal(2000), "KRW-ETH": Decimal(500)}

    found = figures(result(markets=codes, last_prices=last)).holding

    assert found is not None
    assert found.total_return == pytest.approx(0.5 * 2 / 1.0005 + 0.5 * 0.5 / 1.0005 - 1)


def test_markets_are_told_apart():
    codes = {code: market(code) for code in ("KRW-BTC", "KRW-ETH")}
    fills = [
        fill(1, Side.BUY, 1000, 1),
        fill(2, Side.BUY, 1000, 1, code="KRW-ETH"),
        fill(3, Side.SELL, 2000, 1, code="KRW-ETH"),
    ]

    bitcoin, ether = figures(result(markets=codes, fills=fills, orders=orders_of(fills))).markets

    assert (bitcoin.trading.round_trips, ether.trading.round_trips) == (0, 1)
    assert ether.trading.realised == Decimal(2000) - 1 - Decimal("1000.5")
    assert bitcoin.open_gain == Decimal("-0.5")
    assert (ether.orders, ether.fills) == (2, 2)
    assert ether.sold_funds == 2000


def test_coins_from_the_start_count_as_bought_at_the_first_price():
    fills = [fill(1, Side.SELL, 1100, 1)]

    found = figures(result(starting={"KRW": MILLION, "BTC": Decimal(2)}, fills=fills, orders=orders_of(fills)))

    assert found.trading.realised == Decimal(1100) - Decimal("0.55") - 1000


def test_without_a_trade_nothing_is_made_up():
    found = figures(result())

    assert found.trading.round_trips == 0
    nothing = (found.trading.win_rate, found.trading.profit_factor, found.trading.average, found.trading.best)
    assert nothing == (None, None, None, None)
    assert (found.sharpe, found.sortino, found.calmar, found.cagr, found.exposure) == (None,) * 5
    assert found.drawdown is None
    assert found.profit == found.fees == 0
    assert (found.total_return, found.turnover) == (0.0, 0.0)


def test_one_day_has_no_ratio_and_no_year():
    found = figures(result(days=worths(1_010_000), ending_equity=Decimal(1_010_000)))

    assert (found.sharpe, found.sortino, found.cagr) == (None, None, None)
    assert found.total_return == pytest.approx(0.01)
    assert found.days == 1


def test_days_without_any_difference_have_no_sharpe():
    found = figures(
        result(days=worths(1_010_000, 1_020_100), end_ms=BEGIN + 2 * DAY_MS, ending_equity=Decimal(1_020_100))
    )

    assert (found.sharpe, found.sortino) == (None, None)


def test_a_total_loss_is_a_loss_of_everything_and_no_accident_of_arithmetic():
    days = worths(500_000, 0, *[0] * 38)

    found = figures(result(days=days, end_ms=BEGIN + 40 * DAY_MS, ending_equity=Decimal(0)))

    assert (found.total_return, found.cagr) == (-1.0, -1.0)
    assert found.drawdown is not None
    assert found.drawdown.depth == 1.0
    assert found.calmar == -1.0
    assert found.sharpe == pytest.approx(-0.75 / statistics.stdev([-0.5, -1.0]) * math.sqrt(365))


def test_an_account_without_money_has_no_return():
    found = figures(result(starting_equity=Decimal(0), ending_equity=Decimal(0)))

    assert (found.total_return, found.cagr, found.turnover) == (None, None, None)


def test_a_run_that_was_halted_is_worked_out_like_any_other():
    found = figures(replace(traded(), halted="daily loss"))

    assert found == figures(traded())


def test_a_fee_nobody_told_is_counted_as_unknown():
    fills = [fill(1, Side.BUY, 1000, 1, fee=None), fill(2, Side.SELL, 1000, 1)]

    found = figures(result(fills=fills, orders=orders_of(fills)))

    assert (found.fees, found.unknown_fees) == (Decimal("0.5"), 1)


def test_only_losses_have_a_profit_factor_of_zero_and_only_gains_have_none():
    lost = [fill(1, Side.BUY, 1000, 1), fill(2, Side.SELL, 900, 1)]
    won = [fill(1, Side.BUY, 1000, 1), fill(2, Side.SELL, 1100, 1)]

    assert figures(result(fills=lost, orders=orders_of(lost))).trading.profit_factor == 0.0
    assert figures(result(fills=won, orders=orders_of(won))).trading.profit_factor is None


def test_the_figures_do_not_depend_on_how_the_caller_counts():
    made = traded()
    with localcontext() as coarse:
        coarse.prec = 6
        found = figures(made)

    assert found.profit == Decimal("858.5")
    assert found.trading.realised == 3885

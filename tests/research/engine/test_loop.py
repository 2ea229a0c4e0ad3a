"""The backtest's loop: what a strategy sees, when its orders arrive, and that the future stays unseen."""

from collections.abc import Mapping
from decimal import Decimal

import numpy as np
import pytest
from msgspec.structs import replace
from tests.research.engine.scenery import BEGIN_MS, BTC, ETH, MINUTE_MS, Diary, Gambler, candles, trades
from tests.simulator.core_scenery import book

from hoga.brain.context import Context
from hoga.brain.risk.limits import RiskLimits
from hoga.brain.strategy import Strategy
from hoga.model.commands import Side
from hoga.model.errors import ConfigError
from hoga.model.events import Candle, Orderbook, TimerFired, Trade
from hoga.model.orders import TERMINAL
from hoga.research.data.blocks import CandleBlock, TradeBlock
from hoga.research.engine.loop import SpinError
from hoga.research.engine.run import backtest
from hoga.research.engine.source import Source, from_blocks
from hoga.research.result import Result
from hoga.simulator.direct.models import Intrabar, Models

D = Decimal


def figures(bar: Candle) -> tuple[object, ...]:
    prices = (bar.opening_price, bar.high_price, bar.low_price, bar.close)
    return (bar.market, bar.start_ms, *prices, bar.volume, bar.is_empty)


def test_the_bars_a_strategy_sees_are_those_of_the_data_to_the_last_digit():
    block, diary = candles(300), Diary()

    backtest(diary, from_blocks(block))

    assert [figures(bar) for bar in diary.bars] == [figures(bar) for bar in block.candles()][:-1]
    assert any(bar.is_empty for bar in diary.bars)


def decisions(result: Result, until_ms: int) -> list[object]:
    return [(o.intent, o.created_ns) for o in result.orders if o.created_ns < until_ms * 1_000_000]


def shuffled(block: CandleBlock | TradeBlock, after_ms: int) -> CandleBlock | TradeBlock:
    """The same data with everything from `after_ms` on in another order; the times stay in place."""
    times = block.start_ms if isinstance(block, CandleBlock) else block.at_ms
    first = int(np.searchsorted(times, after_ms))
    order = np.concatenate((np.arange(first), first + np.random.default_rng(9).permutation(len(times) - first)))
    moved = {
        name: column[order]
        for name in block.__struct_fields__
        if isinstance(column := getattr(block, name), np.ndarray) and name not in {"start_ms", "at_ms"}
    }
    return replace(block, **moved)


@pytest.mark.parametrize("block", [candles(400, seed=3, quiet=0.02), trades(1_200, seed=4)], ids=["candles", "trades"])
def test_what_is_decided_before_a_moment_does_not_depend_on_what_comes_after_it(block: CandleBlock | TradeBlock):
    whole = backtest(Gambler(), from_blocks(block))
    times = block.start_ms if isinstance(block, CandleBlock) else block.at_ms
    moments = [int(times[n]) for n in range(50, len(times), len(times) // 6)]

    assert len(whole.orders) > 40
    for moment in moments:
        other = backtest(Gambler(), from_blocks(shuffled(block, moment)))
        assert decisions(other, moment) == decisions(whole, moment)
        assert [f for f in other.fills if f.received_ns < moment * 1_000_000] == [
            f for f in whole.fills if f.received_ns < moment * 1_000_000
        ]
    assert decisions(other, 2**60) != decisions(whole, 2**60)


class BuyOnce(Diary):
    """One market buy at the first trade."""

    def on_trade(self, ctx: Context, trade: Trade) -> None:
        super().on_trade(ctx, trade)
        if len(self.trades) == 1:
            ctx.market_buy(trade.market, D(100_000))


def test_an_order_meets_the_book_of_its_arrival_and_not_of_its_decision():
    block = trades(50)
    for latency_ns in (0, 5_000_500_000):
        strategy = BuyOnce()
        backtest(strategy, from_blocks(block), models=Models(latency_ns=latency_ns))
        arrival_ms = block.at_ms[0] + latency_ns // 1_000_000
        met = int(np.searchsorted(block.at_ms, arrival_ms, side="right")) - 1 if latency_ns else 0

        assert (met > 0) == (latency_ns > 0)
        assert [fill.price for fill in strategy.fills][:1] == [strategy.trades[met].price + 1000]


def one_bar(*rows: tuple[int, int, int, int]) -> CandleBlock:
    """Bars by their prices in thousands, ten coins each."""
    prices = [np.array(column, np.int64) * 1000 * 10**8 for column in zip(*rows, strict=True)]
    return CandleBlock(
        market=BTC,
        unit_s=60,
        start_ms=BEGIN_MS + np.arange(len(rows), dtype=np.int64) * MINUTE_MS,
        opening=prices[0],
        high=prices[1],
        low=prices[2],
        close=prices[3],
        volume=np.full(len(rows), 10 * 10**8, np.int64),
        is_empty=np.zeros(len(rows), np.bool_),
    )


class Bracket(Diary):
    """Buys at 95,000 in the first bar; once it holds coins, wants to sell them at 105,000."""

    def on_candle(self, ctx: Context, candle: Candle) -> None:
        if candle.start_ms == BEGIN_MS:
            ctx.limit_buy(BTC, D(95_000_000), D("0.005"))

    def on_fill(self, ctx: Context, fill: object) -> None:
        super().on_fill(ctx, fill)  # type: ignore[arg-type]
        if ctx.position(BTC):
            ctx.limit_sell(BTC, D(105_000_000), ctx.position(BTC))


@pytest.mark.parametrize(("intrabar", "sells"), [("pessimistic", 0), ("optimistic", 1), ("ohlc", 0)])
def test_a_buy_does_not_gain_from_a_rise_in_its_own_bar_unless_the_model_is_optimistic(intrabar: str, sells: int):
    source = from_blocks(one_bar((100_000, 100_000, 100_000, 100_000), (100_000, 106_000, 94_000, 100_000)))

    result = backtest(Bracket(), source, models=Models(intrabar=Intrabar(intrabar), latency_ns=0))

    assert sum(fill.side is Side.SELL for fill in result.fills) == sells
    assert sum(fill.side is Side.BUY for fill in result.fills) == 1


def test_an_order_at_the_very_low_is_not_filled_by_a_touch():
    source = from_blocks(one_bar((100_000, 100_000, 100_000, 100_000), (100_000, 100_000, 95_000, 100_000)))

    assert backtest(Bracket(), source).fills == ()


def test_the_past_a_strategy_needs_is_made_of_what_lies_before_the_beginning():
    block, diary = candles(2 * 1440 + 300), Diary(history={86_400: 2, 3_600: 5, 60: 3})
    seen: dict[int, list[Candle]] = {}

    class Looks(Diary):
        def on_start(self, ctx: Context) -> None:
            seen.update({unit: list(ctx.candles(BTC, unit)) for unit in (86_400, 3_600, 60)})

    looks = Looks(history=diary.history)
    backtest(looks, from_blocks(block, begin_ms=BEGIN_MS + (2 * 1440 + 90) * MINUTE_MS))
    bars = [bar for bar in block.candles() if not bar.is_empty]
    day = [bar for bar in bars if bar.start_ms < BEGIN_MS + 1440 * MINUTE_MS]

    assert {unit: len(found) for unit, found in seen.items()} == {86_400: 2, 3_600: 5, 60: 3}
    assert seen[86_400][0].high_price == max(bar.high_price for bar in day)
    assert seen[86_400][0].volume == sum(bar.volume for bar in day)
    assert seen[3_600][-1].start_ms == BEGIN_MS + 48 * 60 * MINUTE_MS


def test_two_markets_are_told_in_the_order_of_time():
    diary = Diary(BTC, ETH)
    backtest(diary, from_blocks(candles(50), candles(50, seed=2, market=ETH)))
    times = [trade.received_ns for trade in diary.trades]

    assert times == sorted(times)
    assert {trade.market for trade in diary.trades} == {BTC, ETH}


def test_recorded_books_are_met_as_they_were():
    books = [
        book([(101_000, 1)], [(99_000, 1)], at_ms=BEGIN_MS),
        book([(120_000, 1)], [(99_000, 1)], at_ms=BEGIN_MS + 900),
    ]
    plain = from_blocks(trades(20))
    source: Source = replace(plain, name="books and trades", open_books=lambda _: iter(books))

    class Buys(Diary):
        def on_orderbook(self, ctx: Context, book: Orderbook) -> None:
            if not self.books:
                ctx.limit_buy(BTC, D(101_000), D("0.1"))
            super().on_orderbook(ctx, book)

    strategy = Buys()
    backtest(strategy, source, models=Models(latency_ns=1_000_000))

    assert [seen.timestamp_ms for seen in strategy.books] == [BEGIN_MS, BEGIN_MS + 900]
    assert [(fill.price, fill.volume) for fill in strategy.fills] == [(D(101_000), D("0.1"))]


def test_money_is_counted_exactly_to_the_end():
    block = candles(400, seed=5)
    result = backtest(Gambler(), from_blocks(block), balances={"KRW": D(1_000_000), "BTC": D("0.01")})
    won, coins = D(1_000_000), D("0.01")
    for fill in result.fills:
        sign = 1 if fill.side is Side.BUY else -1
        assert fill.fee is not None
        won -= sign * fill.price * fill.volume + fill.fee
        coins += sign * fill.volume

    assert len(result.fills) > 20
    assert result.ending == {"KRW": won, "BTC": coins}
    assert result.ending_equity == won + coins * result.last_prices[BTC]
    assert result.equity[0].equity == result.starting_equity == 1_000_000 + D("0.01") * result.first_prices[BTC]
    assert result.equity[-1].equity == result.ending_equity
    assert all(order.state in TERMINAL for order in result.orders)


def test_long_tests_keep_a_bounded_number_of_points_and_every_day():
    result = backtest(Diary(), from_blocks(candles(9_000, quiet=0)))

    assert 2_000 < len(result.equity) < 5_000
    assert 900 < len(result.bars[BTC]) <= 2_048
    assert [point.at_ms for point in result.equity] == sorted(point.at_ms for point in result.equity)
    assert len(result.days) == 7
    assert result.days[0].at_ms == BEGIN_MS + 15 * 3_600_000 - 1  # midnight in Korea


def test_what_a_strategy_raises_comes_out():
    class Breaks(Diary):
        def on_candle(self, ctx: Context, candle: Candle) -> None:
            raise ValueError("of my own making")

    with pytest.raises(ValueError, match="of my own making"):
        backtest(Breaks(), from_blocks(candles(10)))


def test_a_run_that_the_risk_limits_end_says_so():
    limits = RiskLimits(max_drawdown=D("0.0001"))

    result = backtest(Gambler(), from_blocks(candles(300)), balances={"BTC": D(1), "KRW": D(10**7)}, limits=limits)

    assert "lost from the peak" in result.halted


def test_a_strategy_that_goes_round_in_circles_is_stopped():
    class Circles(Diary):
        def on_trade(self, ctx: Context, trade: Trade) -> None:
            ctx.set_timer("now", ctx.now_ns)

        def on_timer(self, ctx: Context, timer: TimerFired) -> None:
            ctx.set_timer("now", ctx.now_ns)

    with pytest.raises(SpinError):
        backtest(Circles(), from_blocks(candles(10)))


@pytest.mark.parametrize(
    ("strategy", "params", "word"),
    [("sma-crss", {}, "sma-cross"), ("sma_cross", {"fast": "0"}, "fast"), ("sma_cross", {"unit_s": "90"}, "90 s")],
)
def test_what_does_not_fit_is_told_before_anything_runs(strategy: str, params: Mapping[str, object], word: str):
    with pytest.raises(ConfigError, match=word):
        backtest(strategy, from_blocks(candles(10)), params=params)


def test_a_market_that_is_not_among_the_data_is_named():
    with pytest.raises(ConfigError, match="KRW-ETH is needed"):
        backtest(Diary(ETH), from_blocks(candles(10)))


def test_a_ready_strategy_trades_on_candles_and_on_trades():
    for source in (from_blocks(candles(600, quiet=0)), from_blocks(trades(6_000))):
        result = backtest("sma_cross", source, params={"fast": "2", "slow": "5"})

        assert result.strategy == "SmaCross"
        assert len(result.fills) > 5


def test_a_strategy_class_has_the_defaults_of_a_strategy():
    assert Strategy.Params().problems() == []

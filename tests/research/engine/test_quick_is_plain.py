"""The quick road gives what the plain road gives: the same orders, fills, money, curve, whatever the market does."""

from decimal import Decimal
from itertools import pairwise

import msgspec
import pytest
from hypothesis import Phase, given, settings, strategies as st
from msgspec.structs import replace
from tests.research.engine.scenery import BTC, ETH, Diary, Gambler, candles, trades

from hoga.brain.context import Context
from hoga.brain.risk.limits import RiskLimits, for_history
from hoga.brain.strategy import Needs, Strategy
from hoga.model.events import Candle, Orderbook, Ticker, Trade
from hoga.research.data.blocks import CandleBlock, TradeBlock
from hoga.research.engine.run import backtest
from hoga.research.engine.source import clip, from_blocks
from hoga.research.result import Result
from hoga.simulator.direct.models import Intrabar, Models, Queue

D = Decimal
CALM = for_history()


class OnTrades(Gambler):
    """Decides on trades alone, and looks at the book now and then."""

    on_orderbook = Strategy.on_orderbook

    def __init__(self, units_s: tuple[int, ...] = (), *markets: str) -> None:
        super().__init__(*markets)
        self.units_s = units_s
        self.seen: list[Orderbook | None] = []
        self.tickers: list[Ticker] = []

    def needs(self) -> Needs:
        return Needs(markets=self.markets, candle_units_s=self.units_s)

    def _gamble(self, ctx: Context, code: str, number: int) -> None:
        if number % 5 == 0:
            self.seen.append(ctx.orderbook(code))
        super()._gamble(ctx, code, number)


class OnCandles(OnTrades):
    """Decides on closed bars alone."""

    on_trade = Strategy.on_trade


class OnTickers(OnTrades):
    """Decides on tickers, and hears no trades."""

    def needs(self) -> Needs:
        return Needs(markets=self.markets, streams=("ticker", "orderbook"))

    def on_ticker(self, ctx: Context, ticker: Ticker) -> None:
        self.tickers.append(ticker)
        self._gamble(ctx, ticker.market, int(ticker.price) // 1000)


class OnBoth(OnTickers):
    """Decides on trades and on tickers; sees no books."""

    def needs(self) -> Needs:
        return Needs(markets=self.markets, streams=("trade", "ticker"), candle_units_s=self.units_s)


def told(strategy: OnTrades) -> list[object]:
    """Everything a strategy was told or looked at; books by what they say."""
    books = [None if book is None else (book.timestamp_ms, book.total_ask_size, book.units) for book in strategy.seen]
    return [strategy.trades, strategy.bars, strategy.tickers, books, strategy.fills, strategy.news]


def outcome(result: Result) -> dict[str, object]:
    return {name: value for name, value in msgspec.structs.asdict(result).items() if name != "wall_s"}


def in_pieces(block: CandleBlock | TradeBlock, count: int) -> list[CandleBlock | TradeBlock]:
    times = block.start_ms if isinstance(block, CandleBlock) else block.at_ms
    cuts = [int(times[len(times) * n // count]) for n in range(count)] + [int(times[-1]) + 1]
    return [clip(block, begin, end) for begin, end in pairwise(cuts)]


@settings(max_examples=30, deadline=None, phases=(Phase.explicit, Phase.generate))
@given(
    seed=st.integers(0, 10_000),
    kind=st.sampled_from(["trades", "candles"]),
    markets=st.sampled_from([(BTC,), (BTC,), (BTC, ETH)]),
    strategy=st.sampled_from([OnTrades, OnCandles, OnTickers, OnBoth]),
    unit_s=st.sampled_from([1, 60, 3_600]),
    latency_ms=st.sampled_from([0, 1, 50, 3_000]),
    slippage=st.integers(0, 3),
    queue=st.sampled_from(list(Queue)),
    intrabar=st.sampled_from(list(Intrabar)),
    pieces=st.integers(1, 4),
    limits=st.sampled_from([CALM, RiskLimits(swing_10s=D("0.001"), max_drawdown=D("0.01"), daily_loss=D("0.002"))]),
)
def test_the_quick_road_gives_what_the_plain_one_gives(
    *,
    seed: int,
    kind: str,
    markets: tuple[str, ...],
    strategy: type[OnTrades],
    unit_s: int,
    latency_ms: int,
    slippage: int,
    queue: Queue,
    intrabar: Intrabar,
    pieces: int,
    limits: RiskLimits,
):
    make = trades if kind == "trades" else candles
    length = 400 if kind == "trades" else 120
    blocks = [make(length, seed=seed + n, market=market) for n, market in enumerate(markets)]
    models = Models(
        latency_ns=latency_ms * 1_000_000, slippage_ticks=slippage, queue=queue, intrabar=intrabar, seed=seed
    )
    source = from_blocks(*(piece for block in blocks for piece in in_pieces(block, pieces)))
    units = (unit_s,) if kind == "trades" else (60, 3_600)
    plain, quick = strategy(units, *markets), strategy(units, *markets)
    first = backtest(plain, source, models=models, limits=limits, plain=True)
    second = backtest(quick, source, models=models, limits=limits)

    assert told(quick) == told(plain)
    assert outcome(second) == outcome(first)


def test_what_a_strategy_keeps_of_the_market_does_not_change_afterwards():
    class Keeps(OnTrades):
        def on_trade(self, ctx: Context, trade: Trade) -> None:
            self.trades.append(trade)
            self.seen.append(ctx.orderbook(BTC))

        def on_candle(self, ctx: Context, candle: Candle) -> None:
            self.bars.append(candle)

    block = trades(500, seed=2)
    keeps = Keeps((60,))
    backtest(keeps, from_blocks(block))

    assert [trade.price for trade in keeps.trades] == [trade.price for trade in block.trades()]
    assert [trade.sequential_id for trade in keeps.trades] == block.sequential_id.tolist()
    assert [book.units[0].ask_price for book in keeps.seen if book] == [t.price + 1000 for t in keeps.trades]


@pytest.mark.parametrize("slow", [Diary, Gambler])
def test_a_strategy_that_hears_books_takes_the_plain_road(slow: type[Diary]):
    first, second = slow(), slow()
    block = replace(trades(300))

    assert outcome(backtest(first, from_blocks(block), plain=True)) == outcome(backtest(second, from_blocks(block)))
    assert first.books == second.books != []

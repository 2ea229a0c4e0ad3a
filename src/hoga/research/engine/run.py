"""`backtest`: one strategy over one stretch of the past."""

import gc
import time
from collections.abc import Callable, Iterator, Mapping
from decimal import Decimal
from functools import partial

import msgspec

from hoga.brain.brain import Brain
from hoga.brain.risk.limits import RiskLimits, for_history
from hoga.brain.strategy import Strategy
from hoga.model import money
from hoga.model.money import ZERO
from hoga.research.data.blocks import CandleBlock, TradeBlock
from hoga.research.engine.candle_stream import CandleStream, leans_high
from hoga.research.engine.fitting import chosen, with_patience
from hoga.research.engine.loop import Loop
from hoga.research.engine.prints import MS_NS, BookStream, Stream
from hoga.research.engine.quick import QuickTrades
from hoga.research.engine.quick_bars import QuickBars
from hoga.research.engine.recording import ChartBars, EquityCurve
from hoga.research.engine.source import Source
from hoga.research.engine.tickers import TickerMaker
from hoga.research.engine.trade_stream import TradeStream
from hoga.research.result import Assumptions, EquityPoint, Result
from hoga.simulator.direct.exchange import ACCOUNT, DirectExchange
from hoga.simulator.direct.models import Models

#: Told after each block: the moment (ms) it ends at.
Progress = Callable[[int], None]

#: The brain asks for rules and balances so long before the first news, so that it is ready for it.
LEAD_NS = 10_000_000_000
#: Nothing can go missing here, so nothing is compared.
NO_COMPARING_S = 1e9
DAY_S = 86_400
ID_PREFIX = "bt-"
DEFAULT_BALANCES: Mapping[str, Decimal] = {"KRW": Decimal(10_000_000)}


def backtest(
    strategy: Strategy | str,
    source: Source,
    *,
    params: Mapping[str, object] | None = None,
    balances: Mapping[str, Decimal] | None = None,
    models: Models | None = None,
    limits: RiskLimits | None = None,
    progress: Progress | None = None,
    plain: bool = False,
) -> Result:
    """Run a strategy (or one by its name, with `params`) over `source`, beginning with `balances`.

    `models` are the assumptions, `limits` the risk limits (those of `for_history` unless given).
    Raises `ConfigError` for what does not fit together. What the strategy itself raises comes out of here; a run that
    the risk limits ended early says so in `Result.halted`. `plain` takes no short cuts; the result is the same.
    """
    begun_s = time.perf_counter()
    money.use_exact_money()
    models, balances = models or Models(), dict(balances or DEFAULT_BALANCES)
    models.check()
    ready = chosen(strategy, params, source)
    test = _Test(ready, source, balances, models, limits or for_history(), progress, may_hurry=not plain)
    gc.freeze()  # what is there already stays; the collector need not walk through it again and again
    try:
        test.run()
    finally:
        gc.unfreeze()
    return test.result(time.perf_counter() - begun_s)


class _Test:
    """Everything of one run, put together."""

    def __init__(
        self,
        strategy: Strategy,
        source: Source,
        balances: Mapping[str, Decimal],
        models: Models,
        limits: RiskLimits,
        progress: Progress | None,
        *,
        may_hurry: bool,
    ) -> None:
        self.strategy, self.source, self.models = strategy, source, models
        self.balances, self._progress = balances, progress
        self._may_hurry = may_hurry
        self.needs = needs = strategy.needs()
        self.exchange = DirectExchange(source.markets, balances, models, is_terse=True)
        lead_ns = LEAD_NS + 4 * models.latency_ns + 40 * models.jitter_ns
        self.begin_ns = source.begin_ms * MS_NS - lead_ns
        self.brain = Brain(
            strategy,
            needs.markets,
            limits=with_patience(limits, source.unit_s),
            id_prefix=ID_PREFIX,
            now_ns=self.begin_ns,
            reconcile_every_s=NO_COMPARING_S,
            candle_units_s=needs.candle_units_s,
            needs_private=False,
        )
        self.quote = self.brain.markets[0].partition("-")[0]
        self.charts = {code: ChartBars(source.begin_ms, source.end_ms) for code in self.brain.markets}
        curve = EquityCurve(self.brain.portfolio, self.quote, source.begin_ms, source.end_ms)
        tickers = self._tickers() if "ticker" in needs.streams else {}
        self.loop = Loop(self.brain, self.exchange, strategy, (), curve, tickers)

    def run(self) -> None:
        """From the first event to the last."""
        source, loop, end_ns = self.source, self.loop, self.source.end_ms * MS_NS
        for code in self.brain.markets:
            for unit_s, count in self.needs.history.items():
                self.brain.seed_candles(source.history(code, unit_s, count))
        loop.start(self.begin_ns)
        loop.streams += [stream for code in self.brain.markets for stream in self._streams(code)]
        if self._may_hurry:
            roads = {id(stream): self._quick_road(stream) for stream in loop.streams}
            loop.quick = {name: road for name, road in roads.items() if road is not None}
        loop.run(end_ns)
        loop.stop(end_ns)

    def result(self, wall_s: float) -> Result:
        """What it brought home."""
        loop, source = self.loop, self.source
        first, last = loop.first_prices, loop.last_prices
        starting = {currency: amount for currency, amount in self.balances.items() if amount}
        ending = {each.currency: each.free + each.locked for each in self.exchange.core.balances(ACCOUNT)}
        held = _worth(starting, first, self.quote) - starting.get(self.quote, ZERO)
        begin = EquityPoint(source.begin_ms, _worth(starting, first, self.quote), held)
        worth = _worth(ending, last, self.quote)
        end = EquityPoint(source.end_ms, worth, worth - ending.get(self.quote, ZERO))
        return Result(
            strategy=_name_of(self.strategy),
            params=_texts(self.strategy),
            markets={code: self.exchange.core.markets[code] for code in self.brain.markets},
            quote=self.quote,
            begin_ms=source.begin_ms,
            end_ms=source.end_ms,
            assumptions=self._assumptions(),
            starting=starting,
            ending=ending,
            starting_equity=begin.equity,
            ending_equity=worth,
            first_prices=first,
            last_prices=last,
            equity=(begin, *loop.curve.points, end),
            days=tuple(loop.curve.days),
            bars={code: chart.bars for code, chart in self.charts.items()},
            orders=tuple(loop.orders.values()),
            fills=tuple(loop.fills),
            refused=loop.refused,
            events=loop.events,
            wall_s=wall_s,
            halted=loop.halted,
        )

    # ------------------------------------------------ inside

    def _quick_road(self, stream: Stream) -> QuickTrades | QuickBars | None:
        told = self.needs.streams
        tells_trades, tells_books = "trade" in told, "orderbook" in told
        if isinstance(stream, CandleStream):
            tickers = self.loop.tickers.get(stream.market.code)
            return QuickBars(
                self.brain, self.exchange, stream, tickers, tells_trades=tells_trades, tells_books=tells_books
            )
        if isinstance(stream, TradeStream) and stream.makes_books and tells_trades and "ticker" not in told:
            return QuickTrades(self.brain, self.exchange, stream, tells_books=tells_books)
        return None

    def _assumptions(self) -> Assumptions:
        models, markets = self.models, self.exchange.core.markets
        return Assumptions(
            data=self.source.name,
            fee_rates={code: (markets[code].bid_fee, markets[code].maker_bid_fee) for code in self.brain.markets},
            latency_ns=models.latency_ns,
            slippage_ticks=models.slippage_ticks,
            queue=models.queue.value,
            intrabar=models.intrabar.value,
            seed=models.seed,
        )

    def _tickers(self) -> dict[str, TickerMaker]:
        return {code: TickerMaker(self.source.history(code, DAY_S, 1)) for code in self.brain.markets}

    def _streams(self, code: str) -> Iterator[Stream]:
        source, market, ticks = self.source, self.exchange.core.markets[code], self.models.slippage_ticks
        blocks = self._watched(code, source.open_blocks(code))
        if source.unit_s:
            high_first = partial(self._leans_high, code)
            yield CandleStream(market, blocks, ticks, high_first)  # type: ignore[arg-type]
            return
        yield TradeStream(market, blocks, ticks, makes_books=source.open_books is None)  # type: ignore[arg-type]
        if source.open_books is not None:
            yield BookStream(source.open_books(code))

    def _watched(
        self, code: str, blocks: Iterator[CandleBlock] | Iterator[TradeBlock]
    ) -> Iterator[CandleBlock | TradeBlock]:
        for block in blocks:
            self.charts[code].add(block)
            yield block
            if self._progress is not None:
                times = block.start_ms if isinstance(block, CandleBlock) else block.at_ms
                self._progress(int(times[-1]))

    def _leans_high(self, code: str) -> bool:
        has_buys, holds = self.loop.leans(code)
        return leans_high(self.models.intrabar, has_buys=has_buys, holds=holds)


def _worth(balances: Mapping[str, Decimal], prices: Mapping[str, Decimal], quote: str) -> Decimal:
    coins = (amount * prices.get(f"{quote}-{currency}", ZERO) for currency, amount in balances.items())
    return balances.get(quote, ZERO) + sum(coins, ZERO)


def _name_of(strategy: Strategy) -> str:
    return type(strategy).__name__


def _texts(strategy: Strategy) -> dict[str, str]:
    values = msgspec.structs.asdict(strategy.params)
    return {name: money.plain(value) if isinstance(value, Decimal) else str(value) for name, value in values.items()}

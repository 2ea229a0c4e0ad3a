"""`backtest_signals`: a strategy's vectorised form through the compiled loop, used where it agrees with its events.

The same data, assumptions and rules as `backtest`, for one market, with one order at a time and no shorting. Before the
result counts, both forms run over a window and must give the same orders and fills. The compiled form knows no risk
limits: in the window none may refuse an order. All money of the result is reckoned exactly from the fills.
"""

import time
from collections.abc import Mapping
from decimal import Decimal

import numpy as np
from msgspec.structs import replace

from hoga.brain.risk.limits import RiskLimits
from hoga.brain.strategy import Strategy
from hoga.model import money
from hoga.model.errors import ConfigError, HogaError
from hoga.model.market import Market
from hoga.research.data.blocks import CandleBlock, TradeBlock
from hoga.research.engine.run import DEFAULT_BALANCES, backtest
from hoga.research.engine.source import Source
from hoga.research.result import Result
from hoga.research.signals import courses, kernel
from hoga.research.signals.form import Columns, Flags, HasSignals, Signals, ints_of
from hoga.research.signals.reckoning import Run, figures, reckon
from hoga.simulator.direct.models import Intrabar, Models, Queue

Block = CandleBlock | TradeBlock

#: Rows of the window in which both forms are compared.
WINDOW = 3_000
#: Orders and fills there is room for: one in so many rows, and at least this many.
EVERY, LEAST = 4, 10_000

#: With a longer one the brain begins to ask what became of its orders.
MAX_LATENCY_NS = 1_000_000_000

_WHY = {
    kernel.NO_BOOK: "an order met a market in which nothing had been traded yet",
    kernel.FULL: "there are more orders or fills than rows to hold them",
}
_INTRABAR = {Intrabar.PESSIMISTIC: 0, Intrabar.OPTIMISTIC: 1, Intrabar.OHLC: 2}


class SignalsError(HogaError):
    """The vectorised form cannot be used; the text says why and where the two forms part."""


def backtest_signals(
    strategy: Strategy,
    source: Source,
    *,
    balances: Mapping[str, Decimal] | None = None,
    models: Models | None = None,
    limits: RiskLimits | None = None,
    window: int = WINDOW,
) -> Result:
    """Run `strategy.signals` over `source`; `SignalsError` where it differs from the strategy's events in the window.

    The strategy is used up by the comparison: it must not have been run before.
    """
    begun_s = time.perf_counter()
    money.use_exact_money()
    models, balances = models or Models(), dict(balances or DEFAULT_BALANCES)
    models.check()
    _with_signals(strategy)
    if len(source.markets) != 1 or models.jitter_ns or source.open_books is not None:
        raise ConfigError(["The compiled form takes one market without recorded books, and a constant latency."])
    if models.latency_ns > MAX_LATENCY_NS:
        raise ConfigError(["The compiled form takes a latency of one second at most."])
    block = _joined(source)
    rows = min(window, len(block))
    end_ms = source.end_ms if rows == len(block) else int(_times(block)[rows])
    _compare(strategy, source.within(source.begin_ms, end_ms), _part(block, rows), balances, models, limits)
    made = _run(_with_signals(strategy), source, block, models)
    return reckon(strategy, source, block, made, balances, models, time.perf_counter() - begun_s)


def _with_signals(strategy: Strategy) -> HasSignals:
    if not isinstance(strategy, HasSignals):
        raise ConfigError([f"{type(strategy).__name__} has no `signals`; run it with `backtest`."])
    return strategy


def _compare(
    strategy: Strategy,
    source: Source,
    block: Block,
    balances: Mapping[str, Decimal],
    models: Models,
    limits: RiskLimits | None,
) -> None:
    made = _run(_with_signals(strategy), source, block, models)
    events = backtest(strategy, source, balances=balances, models=models, limits=limits)
    if events.refused or events.halted:
        raise SignalsError(f"Orders were refused in the window: {events.refused or events.halted}")
    for name, ours, theirs in zip(("order", "fill"), figures(made), _told(events), strict=True):
        for number, (one, other) in enumerate(zip(ours, theirs, strict=False)):
            if one != other:
                raise SignalsError(f"The forms part at {name} {number}: signals {one}, events {other}.")
        if len(ours) != len(theirs):
            raise SignalsError(f"The signals give {len(ours)} {name}s, the events {len(theirs)}.")


def _told(result: Result) -> tuple[list[tuple[object, ...]], list[tuple[object, ...]]]:
    orders: list[tuple[object, ...]] = [
        (o.created_ns, o.side, o.price, o.intent.volume if o.intent.spend is None else o.intent.spend, o.filled_volume)
        for o in result.orders
    ]
    fills: list[tuple[object, ...]] = [
        (f.trade_timestamp_ms, f.side, f.price, f.volume, bool(f.is_maker)) for f in result.fills
    ]
    return orders, fills


def _run(strategy: HasSignals, source: Source, block: Block, models: Models) -> Run:
    market = models.rules_of(next(iter(source.markets.values())))
    signals = strategy.signals(_columns(block))
    length = len(block)
    spend, volume = (0 if amount is None else int(amount * 10**8) for amount in (signals.spend, signals.volume))
    state = kernel.fresh_state(
        latency_ns=models.latency_ns,
        slip=models.slippage_ticks,
        is_front=models.queue is Queue.FRONT,
        volume=volume,
        spend=spend,
    )
    room = length // EVERY + LEAST
    fills, orders = np.zeros((room, 6), np.int64), np.zeros((room, 5), np.int64)
    enter, leave = _flags(signals, length)
    told = enter, leave, ints_of(signals.enter_price, enter), ints_of(signals.leave_price, leave)
    bands = _bands(market)
    if isinstance(block, TradeBlock):
        courses.run_trades(state, bands, fills, orders, block.at_ms, block.price, block.volume, block.is_bid, told)
    else:
        bars = (block.opening, block.high, block.low, block.close, block.volume)
        frame = block.unit_s * 1_000, _INTRABAR[models.intrabar], source.end_ms * 1_000_000
        courses.run_candles(state, bands, fills, orders, block.start_ms, bars, block.is_empty, frame, told)
    kernel.pass_time(state, bands, fills, orders, source.end_ms * 1_000_000 - 1)
    if state[kernel.STOPPED]:
        raise SignalsError(f"The compiled form gave up: {_WHY[int(state[kernel.STOPPED])]}. Use `backtest`.")
    return Run(market, fills[: state[kernel.FILLS]], orders[: state[kernel.ORDERS]], spend > 0)


def _flags(signals: Signals, length: int) -> tuple[Flags, Flags]:
    for name, column in (("enter", signals.enter), ("leave", signals.leave)):
        if len(column) != length:
            raise SignalsError(f"`{name}` has {len(column)} rows, the data {length}.")
    if (signals.enter_price is None) == (signals.spend is None) or (signals.enter_price is None) != (
        signals.volume is None
    ):
        raise SignalsError("Entering takes either `spend`, or `enter_price` and `volume`.")
    return signals.enter, signals.leave


def _columns(block: Block) -> Columns:
    prices, coins = 10.0**block.price_scale, 10.0**block.volume_scale
    if isinstance(block, TradeBlock):
        return Columns(block.market, block.at_ms, block.price / prices, block.volume / coins, is_bid=block.is_bid)
    return Columns(
        block.market,
        block.start_ms,
        block.close / prices,
        block.volume / coins,
        block.opening / prices,
        block.high / prices,
        block.low / prices,
    )


def _joined(source: Source) -> Block:
    blocks: list[Block] = list(source.open_blocks(next(iter(source.markets))))
    if not blocks:
        raise ConfigError(["There is nothing to run through."])
    if any((block.price_scale, block.volume_scale) != (8, 8) for block in blocks):
        raise SignalsError("Prices or volumes have more than eight decimals. Use `backtest`.")
    first: Block = blocks[0]
    names = [name for name in first.__struct_fields__ if isinstance(getattr(first, name), np.ndarray)]
    return replace(first, **{name: np.concatenate([getattr(block, name) for block in blocks]) for name in names})


def _part(block: Block, rows: int) -> Block:
    names = [name for name in block.__struct_fields__ if isinstance(getattr(block, name), np.ndarray)]
    return replace(block, **{name: getattr(block, name)[:rows] for name in names})


def _times(block: Block) -> kernel.Ints:
    return block.at_ms if isinstance(block, TradeBlock) else block.start_ms


def _bands(market: Market) -> kernel.Table:
    rows = [(int(band.at_least * 10**8), int(band.tick * 10**8)) for band in market.bands]
    return np.array(rows or [(0, int(market.tick * 10**8))], np.int64)

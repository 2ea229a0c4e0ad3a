"""Backtests beside the bare loop and backtesting.py, in one run: `python benchmarks/backtest.py [--quick]`.

Two pieces of work. Trades: five million of them, an average kept at every one, every thousandth a limit order in place
of the one before. Candles: a year of minutes, a cross of averages, market orders, 0.05 % fee. Each candidate runs in a
process of its own, so that its memory is its own, timed by processor time. Compiling is not counted, nor making the
data except where it is streamed. Peers that are not installed were measured beside the same bare loop on the same work;
they are told relative to it.
"""

import argparse
import json
import math
import resource
import statistics
import subprocess
import sys
import time
import warnings
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from decimal import Decimal
from pathlib import Path

import harness
import msgspec
import numpy as np

import hoga
from hoga.brain.risk.limits import RiskLimits
from hoga.model.events import Candle, OrderEvent, OrderUpdated, Trade
from hoga.research.data.blocks import CandleBlock, TradeBlock
from hoga.research.engine.run import backtest
from hoga.research.engine.source import Source, from_blocks
from hoga.research.result import Result
from hoga.research.signals.form import Columns, Signals
from hoga.research.signals.run import backtest_signals
from hoga.simulator.direct.models import Models, Queue
from hoga.simulator.market.listing import list_markets

D = Decimal
CODE, BEGIN_MS, SCALE, ROWS = "KRW-BTC", 1_704_067_200_000, 10**8, 65_536
CASH, COINS, FEE, FAST, SLOW, EVERY, ALPHA, AWAY = 100_000_000, D("0.01"), D("0.0005"), 10, 30, 1_000, 0.001, 0.0005
TRADES, BARS = 5_000_000, 525_600
BALANCES = {"KRW": D(CASH)}
MODELS = Models(taker_fee=FEE, maker_fee=FEE, latency_ns=0, slippage_ticks=0, queue=Queue.FRONT)
LIMITS = RiskLimits(
    max_order_value=D(10**9), max_depth_share=None, max_slippage=None, max_turnover=None, max_fees=None,
    daily_loss=None, daily_loss_kill=None, max_drawdown=None, swing_10s=None, swing_60s=None,
    max_position_share=None, max_exposure_share=None, max_executions=None,
)  # fmt: skip

#: Events a second of peers on this very work, and of the bare loop beside them (2026-11-23, medians of three rounds).
PEERS = {
    "trades": (3_887_269, {"NautilusTrader": 141_196, "hftbacktest": 10_569_177}),
    "candles": (
        2_093_554,
        {"vectorbt": 4_838_733, "jesse": 29_101, "NautilusTrader": 16_925, "backtrader": 5_920},
    ),
}


# ------------------------------------------------ the work


def pieces(count: int) -> Iterator[TradeBlock]:
    """A random walk of trades, none smaller than the orders, made piece by piece."""
    chance = np.random.default_rng(7)
    level, at_ms = math.log(137_000), BEGIN_MS
    for begin in range(0, count, ROWS):
        rows = min(ROWS, count - begin)
        walk = level + np.cumsum(chance.normal(0, 0.00004, rows))
        times = at_ms + np.cumsum(chance.exponential(800, rows).astype(np.int64) + 1)
        level, at_ms = float(walk[-1]), int(times[-1])
        yield TradeBlock(
            market=CODE,
            at_ms=times,
            sequential_id=times * 10_000,
            price=np.round(np.exp(walk)).astype(np.int64) * 1000 * SCALE,
            volume=np.round((chance.exponential(0.02, rows) + 0.01) * SCALE).astype(np.int64),
            is_bid=np.asarray(chance.integers(0, 2, rows) == 1, np.bool_),
        )


def trades(count: int) -> list[TradeBlock]:
    """The same, all of it at once."""
    return list(pieces(count))


def streamed(count: int) -> Source:
    """The same as a source that never holds more than a piece, as the store does."""
    last_ms = max(int(block.at_ms[-1]) for block in pieces(count))
    return Source(
        name="trades",
        markets=list_markets([CODE]),
        begin_ms=BEGIN_MS,
        end_ms=last_ms + 1,
        unit_s=0,
        open_blocks=lambda _: pieces(count),
    )


def bars(count: int) -> CandleBlock:
    """Minutes that open where the one before closed."""
    chance = np.random.default_rng(7)
    close = np.round(137e6 * np.exp(np.cumsum(chance.normal(0, 0.0006, count))) / 1000).astype(np.int64) * 1000
    opening = np.concatenate(([137_000_000], close[:-1]))
    high = np.maximum(opening, close) + 1000 * chance.integers(0, 50, count)
    low = np.minimum(opening, close) - 1000 * chance.integers(0, 50, count)
    return CandleBlock(
        market=CODE,
        unit_s=60,
        start_ms=BEGIN_MS + np.arange(count, dtype=np.int64) * 60_000,
        opening=opening * SCALE,
        high=high * SCALE,
        low=low * SCALE,
        close=close * SCALE,
        volume=np.round((chance.gamma(2, 1, count) + 1) * SCALE).astype(np.int64),
        is_empty=np.zeros(count, np.bool_),
    )


class Work(hoga.Strategy):
    """A piece of work; it has no parameters."""

    def __init__(self) -> None:
        super().__init__(hoga.Strategy.Params())


class Averaged(Work):
    """The work on trades, as events and as signals."""

    def __init__(self) -> None:
        super().__init__()
        self.average, self.count = 0.0, 0
        self.wish: tuple[Decimal, Decimal] | None = None

    def needs(self) -> hoga.Needs:
        """Trades alone."""
        return hoga.Needs(markets=(CODE,), streams=("trade",))

    def on_trade(self, ctx: hoga.Context, trade: Trade) -> None:
        """Keep the average; now and then put another order in place of the last."""
        price = float(trade.price)
        self.average += ALPHA * (price - (self.average or price)) if self.average else price
        self.count += 1
        if self.count % EVERY == 0:
            low = math.floor(min(price, self.average) * (1 - AWAY) / 1000) * 1000
            high = math.ceil(max(price, self.average) * (1 + AWAY) / 1000) * 1000
            self.wish = D(low), D(high)
            waiting = ctx.open_orders(CODE)
            for order in waiting:
                ctx.cancel(order.order_id)
            if not waiting:
                self._place(ctx)

    def on_order(self, ctx: hoga.Context, event: OrderEvent) -> None:
        """The last one is gone: the next one goes out."""
        if isinstance(event, OrderUpdated) and self.wish and ctx.is_ready and not ctx.open_orders(CODE):
            self._place(ctx)

    def _place(self, ctx: hoga.Context) -> None:
        assert self.wish is not None
        (low, high), self.wish = self.wish, None
        held = ctx.position(CODE)
        if held:
            ctx.limit_sell(CODE, high, held)
        else:
            ctx.limit_buy(CODE, low, COINS)

    def signals(self, columns: Columns) -> Signals:
        """The same at once."""
        average = averages(columns.price)
        acts = np.zeros(len(average), np.bool_)
        acts[EVERY - 1 :: EVERY] = True
        low, high = np.full(len(average), np.nan), np.full(len(average), np.nan)
        low[acts] = np.floor(np.minimum(columns.price[acts], average[acts]) * (1 - AWAY) / 1000) * 1000
        high[acts] = np.ceil(np.maximum(columns.price[acts], average[acts]) * (1 + AWAY) / 1000) * 1000
        return Signals(acts, acts, low, high, COINS)


class Crossing(Work):
    """The work on candles, as events and as signals; sums are whole numbers, so that no rounding decides a tie."""

    def __init__(self) -> None:
        super().__init__()
        self.fast: deque[int] = deque(maxlen=FAST)
        self.slow: deque[int] = deque(maxlen=SLOW)
        self.sums = [0, 0]
        self.was = 0

    def needs(self) -> hoga.Needs:
        """Bars of a minute."""
        return hoga.Needs(markets=(CODE,), candle_units_s=(60,))

    def on_candle(self, ctx: hoga.Context, candle: Candle) -> None:
        """In and out where the averages cross."""
        close, fast, slow, sums = int(candle.close), self.fast, self.slow, self.sums
        if len(slow) == SLOW:
            sums[0] -= fast[0]
            sums[1] -= slow[0]
        elif len(fast) == FAST:
            sums[0] -= fast[0]
        fast.append(close)
        slow.append(close)
        sums[0] += close
        sums[1] += close
        if len(slow) < SLOW:
            return
        above = sums[0] * (SLOW // FAST) - sums[1]
        was, self.was = self.was, above
        if above > 0 >= was and not ctx.position(CODE):
            ctx.market_buy(CODE, D(1_000_000))
        elif above < 0 <= was and (held := ctx.position(CODE)):
            ctx.market_sell(CODE, held)

    def signals(self, columns: Columns) -> Signals:
        """The same at once."""
        sums = np.concatenate(([0], np.cumsum(np.rint(columns.price).astype(np.int64))))
        above = np.zeros(len(columns.price), np.int64)
        ends = np.arange(SLOW, len(sums))
        above[SLOW - 1 :] = (sums[ends] - sums[ends - FAST]) * (SLOW // FAST) - (sums[ends] - sums[ends - SLOW])
        was = np.concatenate(([0], above[:-1]))
        return Signals((above > 0) & (was <= 0), (above < 0) & (was >= 0), spend=D(1_000_000))


def averages(prices: "np.ndarray[tuple[int], np.dtype[np.float64]]") -> "np.ndarray[tuple[int], np.dtype[np.float64]]":
    """The average at every trade, compiled."""
    import numba  # noqa: PLC0415 - only where it is needed

    if "kept" not in _COMPILED:
        _COMPILED["kept"] = numba.njit(_averages)
    return _COMPILED["kept"](prices)  # type: ignore[return-value]


_COMPILED: dict[str, Callable[..., object]] = {}


def _averages(prices: "np.ndarray[tuple[int], np.dtype[np.float64]]") -> "np.ndarray[tuple[int], np.dtype[np.float64]]":
    kept, average = np.empty_like(prices), prices[0]
    for n in range(len(prices)):
        average += ALPHA * (prices[n] - average)
        kept[n] = average
    return kept


# ------------------------------------------------ the candidates


def bare_trades(blocks: list[TradeBlock]) -> tuple[float, float]:
    """One class with floats: an average, a comparison, nothing else."""
    row = msgspec.defstruct("Row", [("at", int), ("p", float), ("q", float), ("s", int)], gc=False)
    rows = []
    for b in blocks:
        columns = (b.at_ms, b.price / SCALE, b.volume / SCALE, b.is_bid)
        rows += [row(*each) for each in zip(*(c.tolist() for c in columns), strict=True)]
    return _timed(_BareTrades(float(blocks[0].price[0]) / SCALE).on_trade, rows)


class _BareTrades:
    def __init__(self, price: float) -> None:
        self.e, self.i, self.cash, self.pos, self.side, self.limit = price, 0, float(CASH), 0.0, 0, 0.0

    def match(self, x: float) -> None:
        """Fill what waits."""
        if self.side == 1 and x <= self.limit:
            self.cash -= self.limit * 0.01 * 1.0005
            self.pos += 0.01
        elif self.side == -1 and x >= self.limit:
            self.cash += self.limit * 0.01 * 0.9995
            self.pos = 0.0
        else:
            return
        self.side = 0

    def on_trade(self, trade: object) -> None:
        """One trade."""
        x = trade.p  # type: ignore[attr-defined]
        if self.side:
            self.match(x)
        self.e += ALPHA * (x - self.e)
        self.i += 1
        if self.i % EVERY == 0:
            if not self.pos:
                self.side, self.limit = 1, math.floor(min(x, self.e) * (1 - AWAY) / 1000) * 1000
            else:
                self.side, self.limit = -1, math.ceil(max(x, self.e) * (1 + AWAY) / 1000) * 1000


def bare_candles(block: CandleBlock) -> tuple[float, float]:
    """One class with floats and two deques."""
    row = msgspec.defstruct("Bar", [("at", int), ("c", float)], gc=False)
    rows = [row(*each) for each in zip(block.start_ms.tolist(), (block.close / SCALE).tolist(), strict=True)]
    return _timed(_BareCandles().on_bar, rows)


class _BareCandles:
    def __init__(self) -> None:
        self.f: deque[float] = deque(maxlen=FAST)
        self.s: deque[float] = deque(maxlen=SLOW)
        self.sf = self.ss = self.pf = self.ps = self.pos = 0.0
        self.cash, self.k = float(CASH), 0

    def on_bar(self, bar: object) -> None:
        """One bar."""
        x, f, s = bar.c, self.f, self.s  # type: ignore[attr-defined]
        if len(f) == FAST:
            self.sf -= f[0]
        if len(s) == SLOW:
            self.ss -= s[0]
        f.append(x)
        s.append(x)
        self.sf += x
        self.ss += x
        self.k += 1
        if self.k < SLOW:
            return
        a, c = self.sf / FAST, self.ss / SLOW
        if self.k > SLOW:
            if a > c and self.pf <= self.ps and self.pos == 0:
                self.cash -= x * 0.01 * 1.0005
                self.pos = 0.01
            elif a < c and self.pf >= self.ps and self.pos > 0:
                self.cash += x * 0.01 * 0.9995
                self.pos = 0.0
        self.pf, self.ps = a, c


def _timed(act: Callable[[object], None], rows: Sequence[object]) -> tuple[float, float]:
    begun = time.process_time()
    for each in rows:
        act(each)
    return time.process_time() - begun, math.nan


def backtesting_candles(block: CandleBlock) -> tuple[float, float]:
    """backtesting.py; prices are scaled so that its whole units are hundredths of a coin."""
    warnings.simplefilter("ignore")
    import backtesting  # type: ignore[import-untyped]  # noqa: PLC0415 - only here
    import pandas as pd  # type: ignore[import-untyped]  # noqa: PLC0415 - only here

    columns = {"Open": block.opening, "High": block.high, "Low": block.low, "Close": block.close}
    frame = pd.DataFrame({name: column / SCALE * 0.01 for name, column in columns.items()})
    frame["Volume"], frame.index = block.volume / SCALE, pd.to_datetime(block.start_ms, unit="ms")

    def average(values: object, count: int) -> object:
        return pd.Series(values).rolling(count).mean()

    class Theirs(backtesting.Strategy):  # type: ignore[misc]
        def init(self) -> None:
            self.fast, self.slow = self.I(average, self.data.Close, FAST), self.I(average, self.data.Close, SLOW)

        def next(self) -> None:
            fast, slow = self.fast, self.slow
            if fast[-1] > slow[-1] and fast[-2] <= slow[-2]:
                if not self.position:
                    self.buy(size=1)
            elif fast[-1] < slow[-1] and fast[-2] >= slow[-2] and self.position:
                self.position.close()

    begun = time.process_time()
    found = backtesting.Backtest(frame, Theirs, cash=CASH, commission=float(FEE), finalize_trades=False).run()
    return time.process_time() - begun, float(found["Equity Final [$]"])


def events(strategy: type[Work], source: Source) -> tuple[float, float]:
    """hoga, event by event."""
    begun = time.process_time()
    result = backtest(strategy(), source, balances=BALANCES, models=MODELS, limits=LIMITS)
    return time.process_time() - begun, _checked(result)


def signals(strategy: type[Work], small: Source, source: Source) -> tuple[float, float]:
    """hoga, compiled, the comparison with the events included."""
    backtest_signals(strategy(), small, balances=BALANCES, models=MODELS, limits=LIMITS, window=100)  # compiles
    begun = time.process_time()
    result = backtest_signals(strategy(), source, balances=BALANCES, models=MODELS, limits=LIMITS)
    return time.process_time() - begun, _checked(result)


def _checked(result: Result) -> float:
    assert not result.refused, result.refused
    assert result.fills
    return float(result.ending_equity)


CANDIDATES: dict[str, dict[str, Callable[[int], tuple[float, float]]]] = {
    "trades": {
        "bare loop": lambda count: bare_trades(trades(count)),
        "hoga events": lambda count: events(Averaged, streamed(count)),
        "hoga signals": lambda count: signals(Averaged, from_blocks(*trades(5_000)), from_blocks(*trades(count))),
    },
    "candles": {
        "bare loop": lambda count: bare_candles(bars(count)),
        "hoga events": lambda count: events(Crossing, from_blocks(bars(count))),
        "hoga signals": lambda count: signals(Crossing, from_blocks(bars(2_000)), from_blocks(bars(count))),
        "backtesting.py": lambda count: backtesting_candles(bars(count)),
    },
}


# ------------------------------------------------ measuring


def one(work: str, name: str, count: int) -> None:
    """One candidate, once, in this process: seconds, equity, peak of memory."""
    seconds, equity = CANDIDATES[work][name](count)
    peak_mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(json.dumps({"events_s": count / seconds, "equity": equity, "peak_mb": peak_mb}))


def measure(work: str, count: int, rounds: int) -> dict[str, list[dict[str, float]]]:
    """Every candidate in turn, round by round."""
    found: dict[str, list[dict[str, float]]] = {name: [] for name in CANDIDATES[work]}
    for _ in range(rounds):
        for name, kept in found.items():
            words = [sys.executable, __file__, "--one", work, name, "--count", str(count)]
            done = subprocess.run(words, capture_output=True, text=True, check=False)
            if done.returncode:
                raise RuntimeError(f"{work}, {name}: {done.stderr[-2_000:]}")
            kept.append(json.loads(done.stdout.splitlines()[-1]))
    return found


def told(work: str, found: dict[str, list[dict[str, float]]], count: int) -> harness.Table:
    """Each candidate beside the bare loop, the peers that are not here by their own ratio to it."""
    rates = {name: statistics.median(each["events_s"] for each in kept) for name, kept in found.items()}
    bare, (their_bare, peers) = rates["bare loop"], PEERS[work]
    rows: list[list[object]] = []
    for name, kept in found.items():
        equity, peak = kept[-1]["equity"], max(each["peak_mb"] for each in kept)
        rows.append([name, f"{rates[name]:,.0f}", f"{rates[name] / bare:.3f}", f"{equity:,.0f}", f"{peak:,.0f}"])
    rows += [[f"{name} (earlier)", "", f"{rate / their_bare:.3f}", "", ""] for name, rate in peers.items()]
    head = ("candidate", "events/s", "of the bare loop", "final equity", "peak MB")
    return harness.Table(f"{count:,} {work}", head, rows)


def main() -> int:
    """Measure both works and print the tables."""
    parser = argparse.ArgumentParser(description="backtests beside the bare loop and peers, as ratios")
    parser.add_argument("--quick", action="store_true", help="a tenth of the data, one round")
    parser.add_argument("--tiny", action="store_true", help="as little as runs at all")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--json", type=Path)
    parser.add_argument("--one", nargs=2, metavar=("WORK", "NAME"))
    parser.add_argument("--count", type=int)
    words = parser.parse_args()
    if words.one:
        one(words.one[0], words.one[1], words.count)
        return 0
    part = 400 if words.tiny else 10 if words.quick else 1
    rounds = 1 if part > 1 else words.rounds
    kept = {}
    for work, count in (("trades", TRADES // part), ("candles", BARS // part)):
        kept[work] = measure(work, count, rounds)
        print(harness.show(told(work, kept[work], count)), end="\n\n", flush=True)
    if words.json:
        words.json.write_text(json.dumps(kept), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())

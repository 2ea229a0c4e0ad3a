"""Strategies to examine: an honest one, one that always wins a little, and one that knows how the data ends."""

from collections.abc import Mapping
from decimal import Decimal
from typing import ClassVar

from tests.research.engine.scenery import BEGIN_MS, BTC, candles

from hoga.brain.context import Context
from hoga.brain.params import Bounds, Params as BaseParams
from hoga.brain.strategy import Needs, Strategy
from hoga.model.events import Candle
from hoga.research.checks.subject import Subject
from hoga.research.data.blocks import CandleBlock
from hoga.research.engine.source import Source, from_blocks
from hoga.simulator.direct.models import Models

HOUR_S, DAY_MS = 3_600, 86_400_000


class EveryOther(Strategy):
    """Buys at one bar and sells `hold` bars later, whatever happens."""

    class Params(BaseParams):
        market: str = BTC
        hold: int = 2
        spend: Decimal = Decimal(100_000)
        bounds: ClassVar[Mapping[str, Bounds]] = {"hold": (1, 5)}

    params: Params

    def __init__(self, params: Params) -> None:
        super().__init__(params)
        self.bars = 0

    def needs(self) -> Needs:
        return Needs(markets=(BTC,), candle_units_s=(HOUR_S,))

    def wants_coins(self, candle: Candle) -> bool:
        return self.bars // self.params.hold % 2 == 0

    def on_candle(self, ctx: Context, candle: Candle) -> None:
        self.bars += 1
        held = ctx.sellable(BTC)
        if ctx.open_orders(BTC):
            return
        if self.wants_coins(candle) and not held:
            ctx.market_buy(BTC, self.params.spend)
        elif not self.wants_coins(candle) and held:
            ctx.market_sell(BTC, held)


class Prophet(EveryOther):
    """Knows the last price of the data, which nobody can."""

    last_close: ClassVar[int] = 0

    def wants_coins(self, candle: Candle) -> bool:
        return int(candle.close) < self.last_close


def subject(kind: type[Strategy] = EveryOther, *, days: int = 20, seed: int = 1, **params: object) -> Subject:
    block = candles(days * 24, seed=seed, unit_s=HOUR_S, quiet=0.0)

    def open_source(begin_ms: int, end_ms: int) -> Source:
        Prophet.last_close = last_close(block, end_ms)
        return from_blocks(block, begin_ms=begin_ms, end_ms=end_ms)

    return Subject(
        kind=kind,
        params=params,
        open_source=open_source,
        begin_ms=BEGIN_MS,
        end_ms=BEGIN_MS + days * DAY_MS,
        balances={"KRW": Decimal(10_000_000)},
        models=Models(),
    )


def last_close(block: CandleBlock, end_ms: int) -> int:
    return int(block.close[block.start_ms < end_ms][-1]) // 10**8

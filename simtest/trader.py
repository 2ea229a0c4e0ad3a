"""A strategy that does a bit of everything: limit, market, IOC and post-only orders, several at once, and cancels.

What it was told is kept, so that the oracle can ask whether each fill was told once.
"""

from collections import Counter
from decimal import Decimal
from random import Random

from hoga.brain.context import Context
from hoga.brain.params import Params
from hoga.brain.strategy import Needs, Strategy
from hoga.model.commands import TimeInForce
from hoga.model.events import Fill, Orderbook, OrderEvent, TimerFired

SECOND_NS = 1_000_000_000
TICK = "act"
#: How many orders at once in a market.
CROWDS = (0, 1, 1, 1, 2, 2, 3, 4) * 8 + (12,)


class Control:
    """What the conductor of a run may tell the strategies of every bot."""

    def __init__(self, pace_s: tuple[float, float]) -> None:
        self.is_active = True
        self.pace_s = pace_s


class Trader(Strategy):
    """Acts every now and then while `control` says so."""

    class Params(Params):
        """The markets to trade."""

        markets: tuple[str, ...] = ("KRW-BTC",)

    params: Params

    def __init__(self, params: Params, control: Control, chance: Random, asked_ever: set[str]) -> None:
        super().__init__(params)
        self.control = control
        self.chance = chance
        self.is_ticking = False
        self.asked: set[str] = set()
        self.asked_ever = asked_ever
        self.told_fills: Counter[tuple[str, str]] = Counter()
        self.told_words: Counter[str] = Counter()

    def needs(self) -> Needs:
        """Trades and books."""
        return Needs(markets=self.params.markets)

    def on_start(self, ctx: Context) -> None:
        """Begin."""
        self.is_ticking = True
        ctx.set_timer(TICK, ctx.now_ns + SECOND_NS)

    def on_orderbook(self, ctx: Context, book: Orderbook) -> None:
        """Wake up when there is something to do again."""
        if self.control.is_active and not self.is_ticking:
            self.is_ticking = True
            ctx.set_timer(TICK, ctx.now_ns)

    def on_fill(self, ctx: Context, fill: Fill) -> None:
        """Count it."""
        self.told_fills[str(fill.order_id), fill.trade_id] += 1
        if self.control.is_active and self.chance.random() < 0.2:
            self._one(ctx, fill.market)

    def on_order(self, ctx: Context, event: OrderEvent) -> None:
        """Count it."""
        self.told_words[type(event).__name__] += 1

    def on_timer(self, ctx: Context, timer: TimerFired) -> None:
        """Act, and come back later."""
        self.is_ticking = self.control.is_active
        if not self.is_ticking:
            return
        low, high = self.control.pace_s
        ctx.set_timer(TICK, ctx.now_ns + int(self.chance.uniform(low, high) * SECOND_NS))
        for code in self.params.markets:
            orders = list(ctx.open_orders(code))
            for order in orders:
                if self.chance.random() < (0.3 if len(orders) < 6 else 0.8):
                    ctx.cancel(order.order_id, reason="simulated")
            for _ in range(self.chance.choice(CROWDS)):
                self._one(ctx, code)

    def _one(self, ctx: Context, code: str) -> None:
        best, chance = ctx.best(code), self.chance
        if best is None or not best.ask_size or not best.bid_size:
            return
        tick = best.ask_price - best.bid_price
        funds = Decimal(chance.randint(5_100, 60_000))
        way = chance.random()
        buys = chance.random() < 0.5 or ctx.sellable(code) * best.bid_price < 6_000
        price = (
            (best.bid_price - chance.randint(0, 8) * tick) if buys else (best.ask_price + chance.randint(0, 8) * tick)
        )
        volume = funds / price if buys else min(funds / price, ctx.sellable(code))
        if way < 0.15:
            self._note(ctx.market_buy(code, funds) if buys else ctx.market_sell(code, volume))
            return
        if way < 0.35:
            price = best.ask_price if buys else best.bid_price
            volume = funds / price if buys else volume
        tif = TimeInForce.GTC
        if way > 0.9:
            tif = chance.choice((TimeInForce.IOC, TimeInForce.FOK, TimeInForce.POST_ONLY))
        if buys:
            self._note(ctx.limit_buy(code, price, volume, tif=tif))
        else:
            self._note(ctx.limit_sell(code, price, volume, tif=tif))

    def _note(self, order_id: str) -> None:
        self.asked.add(order_id)
        self.asked_ever.add(order_id)

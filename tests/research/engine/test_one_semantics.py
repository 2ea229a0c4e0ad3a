"""One market, three ways: a backtest, the exchange without a wire, and the real server with the real client.

The server runs on the virtual clock and network of `simtest`; everything else about it is what `hoga simulate` serves
and `hoga run` connects to. Orders, fills and every won must be the same.
"""

import asyncio
import gc
import warnings
from collections.abc import Sequence
from decimal import Decimal
from random import Random
from typing import cast

import numpy as np
import pytest
from msgspec.structs import replace
from simtest.loop import WORLD, Process, VirtualLoop, context_of
from simtest.net import Network, Weather
from simtest.seams import sewn
from simtest.trace import Trace

from hoga.brain.brain import Brain
from hoga.brain.context import Context
from hoga.brain.risk.limits import RiskLimits, for_history
from hoga.brain.strategy import Needs, Strategy
from hoga.model import money
from hoga.model.events import AskBid, BookUnit, FeedUp, Fill, Halt, Orderbook, Stream, TimerFired, Trade
from hoga.research.data.blocks import TradeBlock
from hoga.research.engine.run import backtest
from hoga.research.engine.source import from_blocks
from hoga.run.commands.live import make_desk
from hoga.run.screen.logs import EventLog
from hoga.run.settings.config import load
from hoga.simulator.admin_words import MAIN_ACCOUNT
from hoga.simulator.direct.exchange import ACCOUNT, NEVER_NS, DirectExchange
from hoga.simulator.direct.models import Models
from hoga.simulator.market.history import Stretch
from hoga.simulator.market.listing import list_markets
from hoga.simulator.server import serve

D = Decimal
BTC = "KRW-BTC"
MS = 1_000_000
BALANCES = {"KRW": D(5_000_000), "BTC": D("0.02")}
#: Trading begins when every way is ready, so that all see the same first trade.
WARM_UP_MS = 20_000
DELAY_MS = 20
SEEN_FROM_OUTSIDE = 5_000  # numbers of the exchange's own prints within a millisecond begin here

News = Trade | Orderbook


def script(seed: int, begin_ms: int, seconds: int) -> list[News]:
    """A book each second and a trade half a second after it."""
    chance, news, price = Random(seed), cast("list[News]", []), 100_000
    for second in range(seconds):
        at_ms = begin_ms + second * 1_000
        price += chance.randint(-3, 3)
        units = tuple(
            BookUnit(
                ask_price=D(price + 1 + n) * 1000,
                bid_price=D(price - n) * 1000,
                ask_size=D(chance.randint(1, 40)) / 1000,
                bid_size=D(chance.randint(1, 40)) / 1000,
            )
            for n in range(8)
        )
        sizes = [sum((size for unit in units if (size := each(unit))), D(0)) for each in (_ask, _bid)]
        news.append(
            Orderbook(market=BTC, timestamp_ms=at_ms, total_ask_size=sizes[0], total_bid_size=sizes[1], unread=units)
        )
        is_bid = chance.random() < 0.5
        news.append(
            Trade(
                market=BTC,
                price=D(price + chance.randint(0, 2) if is_bid else price - chance.randint(0, 2)) * 1000,
                volume=D(chance.randint(1, 60)) / 1000,
                ask_bid=AskBid.BID if is_bid else AskBid.ASK,
                trade_timestamp_ms=at_ms + 500,
                timestamp_ms=at_ms + 500,
                sequential_id=(at_ms + 500) * 10_000 + second % SEEN_FROM_OUTSIDE,
            )
        )
    return news


def _ask(unit: BookUnit) -> Decimal:
    return unit.ask_size


def _bid(unit: BookUnit) -> Decimal:
    return unit.bid_size


class Busy(Strategy):
    """Acts on trades of others alone: rests orders near the price, takes at the market, cancels."""

    def __init__(self, begin_ms: int) -> None:
        super().__init__(Strategy.Params())
        self.begin_ms = begin_ms + WARM_UP_MS
        self.fills: list[Fill] = []

    def needs(self) -> Needs:
        return Needs(markets=(BTC,))

    def on_fill(self, ctx: Context, fill: Fill) -> None:
        self.fills.append(fill)

    def on_trade(self, ctx: Context, trade: Trade) -> None:
        at_ms, price = trade.trade_timestamp_ms, trade.price
        if at_ms < self.begin_ms or trade.sequential_id % 10_000 >= SEEN_FROM_OUTSIDE:
            return
        turn = (at_ms - self.begin_ms) // 1_000 % 12
        if turn in {4, 8}:
            for order in ctx.open_orders(BTC):
                ctx.cancel(order.order_id)
        elif turn in {0, 1, 2}:
            ctx.limit_buy(BTC, price + (turn - 2) * 1_000, D("0.004"))
        elif turn in {5, 6, 7}:
            ctx.limit_sell(BTC, price + (7 - turn) * 1_000, D("0.004"))
        elif turn == 9:
            ctx.market_buy(BTC, D(300_000))
        elif turn == 10:
            ctx.market_sell(BTC, D("0.003"))


LIMITS: RiskLimits = replace(for_history(), max_depth_share=None, max_slippage=None)


Seen = tuple[list[tuple[object, ...]], dict[str, str]]


def told(strategy: Busy, balances: Sequence[object]) -> Seen:
    """Fills in their order, and the ledger to the last digit."""
    fills: list[tuple[object, ...]] = [
        (f.side, money.plain(f.price), money.plain(f.volume), f.fee, f.is_maker) for f in strategy.fills
    ]
    rows = [cast("tuple[str, Decimal]", row) for row in balances]
    return fills, {currency: money.plain(total) for currency, total in rows}


def orders_of(venue_orders: Sequence[object]) -> list[tuple[object, ...]]:
    """Orders as the exchange has them at the end, in the order they came."""
    names = ("side", "ord_type", "price", "volume", "executed_volume", "executed_funds", "paid_fee", "state")
    return [tuple(getattr(order, name) for name in names) for order in venue_orders]


# ------------------------------------------------ the three ways


def by_backtest(news: Sequence[News], begin_ms: int) -> tuple[Seen, list[tuple[object, ...]]]:
    trades = [one for one in news if isinstance(one, Trade)]
    block = TradeBlock(
        market=BTC,
        at_ms=np.array([one.timestamp_ms for one in trades]),
        sequential_id=np.array([one.sequential_id for one in trades]),
        price=np.array([int(one.price * 10**8) for one in trades]),
        volume=np.array([int(one.volume * 10**8) for one in trades]),
        is_bid=np.array([one.ask_bid is AskBid.BID for one in trades]),
    )
    books = [replace(one) for one in news if isinstance(one, Orderbook)]
    end_ms = news[-1].timestamp_ms + 2_000
    source = from_blocks(block, begin_ms=begin_ms, end_ms=end_ms)
    source = replace(source, name="books and trades", open_books=lambda _: iter(books))
    strategy = Busy(begin_ms)
    result = backtest(strategy, source, balances=BALANCES, models=Models(latency_ns=DELAY_MS * MS), limits=LIMITS)
    reports = [order.last_report for order in result.orders]
    figures = [(r.executed_volume, r.executed_funds, r.paid_fee) for r in reports if r is not None]
    return told(strategy, list(result.ending.items())), cast("list[tuple[object, ...]]", figures)


def without_a_wire(news: Sequence[News], begin_ms: int) -> tuple[Seen, list[tuple[object, ...]]]:
    """The brain and the direct exchange as a paper run drives them: everything told, own prints and books too."""
    exchange = DirectExchange(list_markets([BTC]), BALANCES, Models(latency_ns=DELAY_MS * MS), shows_own=True)
    strategy, now_ns = Busy(begin_ms), (begin_ms - 1_000) * MS
    brain = Brain(strategy, [BTC], limits=LIMITS, id_prefix="paper-", now_ns=now_ns, needs_private=False)
    exchange.send(brain.start(), now_ns)
    brain.handle(FeedUp(stream=Stream.PUBLIC, received_ns=now_ns))

    def pass_time(until_ns: int) -> None:
        while (due_ns := min(exchange.next_ns, brain.next_deadline_ns or NEVER_NS)) <= until_ns:
            if (brain.next_deadline_ns or NEVER_NS) < exchange.next_ns:
                exchange.send(brain.handle(TimerFired(name="", due_ns=due_ns, received_ns=due_ns)), due_ns)
            elif (one := exchange.hear(due_ns)) is not None:
                exchange.send(brain.handle(one), one.received_ns)

    for one in news:
        at_ns = one.timestamp_ms * MS
        pass_time(at_ns)
        if isinstance(one, Trade):
            exchange.see_trade(one, at_ns)
            exchange.send(brain.handle(replace(one, received_ns=at_ns)), at_ns)
        else:
            exchange.see_book(one, at_ns)
            exchange.send(brain.handle(replace(exchange.shown_book(BTC), received_ns=at_ns)), at_ns)
    end_ns = (news[-1].timestamp_ms + 2_000) * MS
    pass_time(end_ns)
    exchange.send(brain.handle(Halt(reason="over", received_ns=end_ns)), end_ns)
    pass_time(end_ns + 10_000 * MS)
    exchange.core._clearing.ledger.check()
    rows = [(row.currency, row.free + row.locked) for row in exchange.core.balances(ACCOUNT)]
    return told(strategy, rows), orders_of(exchange.core._orders.all_of(ACCOUNT))


def _log(*_: object, **__: object) -> None:
    """Nobody reads it."""


class Scripted:
    """The script as the source of a served market."""

    markets = (BTC,)

    def __init__(self, news: Sequence[News]) -> None:
        self._news = list(news)

    @property
    def next_ms(self) -> int | None:
        return self._news[0].timestamp_ms if self._news else None

    def past(self) -> list[Stretch]:
        return []

    def advance(self, now_ms: int) -> list[News]:
        due = [one for one in self._news if one.timestamp_ms <= now_ms]
        del self._news[: len(due)]
        return due


def over_the_wire(seed: int, seconds: int) -> tuple[Seen, list[tuple[object, ...]], int]:
    loop = VirtualLoop()
    network = Network(loop, "one", Trace(loop.time, shown=False))
    network.weather = Weather(delay_s=(DELAY_MS / 2000, DELAY_MS / 2000))
    loop.network = network
    begin_ms = loop.wall_ns() // MS + 1_000
    news = script(seed, begin_ms, seconds)
    strategy, server, client = Busy(begin_ms), Process("exchange"), Process("bot")

    async def live() -> tuple[Seen, list[tuple[object, ...]]]:
        serving = loop.create_task(serve(seed=7, source=Scripted(news), balances=BALANCES), context=context_of(server))
        running = await serving
        keys = {"access_key": running.access_key, "secret_key": running.secret_key}
        urls = {"rest_url": running.rest_url, "websocket_url": running.websocket_url}
        settings = load(None, {"trade": {"markets": (BTC,)}, "exchange": urls, **keys})

        async def trade() -> None:
            desk = await make_desk(settings, strategy, LIMITS, cast("EventLog", _log), clock_ns=loop.wall_ns)
            loop.call_later(seconds + 3 - loop.time(), desk.halt, "over")
            await desk.run()

        await loop.create_task(trade(), context=context_of(client))
        exchange = running.venue.exchange
        exchange._clearing.ledger.check()
        rows = [(row.currency, row.free + row.locked) for row in exchange.balances(MAIN_ACCOUNT)]
        seen = told(strategy, rows), orders_of(exchange._orders.all_of(MAIN_ACCOUNT))
        await loop.create_task(running.stop(), context=context_of(server))
        return seen

    with sewn(loop, "one"), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        asyncio.set_event_loop(loop)
        try:
            seen, orders = loop.run_until_complete(live())
        finally:
            for process in (client, server, WORLD):
                process.bury()
            WORLD.is_dead = False
            loop.close()
            asyncio.set_event_loop(None)
            gc.collect()
    return seen, orders, begin_ms


@pytest.mark.parametrize("seed", [1, 2])
def test_a_backtest_the_exchange_without_a_wire_and_the_served_one_give_the_same_fills_and_ledger(seed: int):
    served, served_orders, begin_ms = over_the_wire(seed, 240)
    direct, direct_orders = without_a_wire(script(seed, begin_ms, 240), begin_ms)
    tested, tested_orders = by_backtest(script(seed, begin_ms, 240), begin_ms)

    assert len(served[0]) > 60
    assert {fill[4] for fill in served[0]} == {True, False}
    assert direct == served
    assert tested == served
    assert direct_orders == served_orders
    assert tested_orders == [order[4:7] for order in served_orders]

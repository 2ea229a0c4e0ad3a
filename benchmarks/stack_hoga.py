"""hoga as a trader runs it: the parts wired by its own `run` room, only the limiter's and the risk figures are high."""

import asyncio
import contextlib
import itertools
import tempfile
import time
from collections.abc import AsyncIterator, Mapping
from decimal import Decimal
from pathlib import Path

import bare

from hoga.brain.brain import Brain
from hoga.brain.context import Context
from hoga.brain.params import Params
from hoga.brain.risk.limits import RiskLimits
from hoga.brain.strategy import Needs, Strategy
from hoga.model.commands import Command, OrderId, PlaceOrder, Side, Stop
from hoga.model.events import AccountEvent, Event, OrderAccepted, Orderbook, StreamType, Ticker, Trade
from hoga.net.inbox import Inbox
from hoga.run.clock import steady_clock_ns
from hoga.run.desk import Desk
from hoga.run.loop import run_async
from hoga.run.screen.logs import EventLog
from hoga.run.wiring import MAX_COMMANDS, Connection, actuator_for, sensor_for
from hoga.upbit.auth import Signer
from hoga.upbit.limits.limiter import GROUPS, GroupLimit, RateLimiter, Window
from hoga.upbit.stream.subscriptions import Subscription

MARKET = "KRW-BTC"
VOLUME = Decimal(bare.VOLUME)
HIGH = GroupLimit((Window(90_000),))  # in place and asked for every request, but never the reason to wait
NOTHING_CONFLATED: frozenset[type] = frozenset()
READY_S = 10.0
_runs = itertools.count()


class AverageParams(Params):
    """Which stream to follow."""

    stream: str = "ticker"
    count: int = 0


class AverageCrosser(Strategy):
    """At every tick one limit order: buy at or above the moving average, sell below it."""

    def __init__(self, params: AverageParams) -> None:
        super().__init__(params)
        self.average = bare.Average()
        self.asked = 0

    def needs(self) -> Needs:
        """One stream of one market."""
        return Needs(markets=(MARKET,), streams=("ticker",))

    def on_ticker(self, ctx: Context, ticker: Ticker) -> None:
        """Decide and order; the state at subscription is no news."""
        if ticker.stream_type == StreamType.SNAPSHOT:
            return
        self.asked += 1
        order = ctx.limit_buy if self.average.side(float(ticker.price)) == "bid" else ctx.limit_sell
        order(MARKET, ticker.price, VOLUME)


class Counter(Strategy):
    """Counts what it hears and does nothing."""

    Params = AverageParams

    def __init__(self, params: AverageParams) -> None:
        super().__init__(params)
        self.stream, self.count = params.stream, params.count
        self.seen = 0
        self.is_counting = False
        self.marks: list[int] = []
        self.done = asyncio.Event()

    def needs(self) -> Needs:
        """One stream of one market."""
        return Needs(markets=(MARKET,), streams=(self.stream,))

    def on_trade(self, ctx: Context, trade: Trade) -> None:
        """One more."""
        self._one_more()

    def on_ticker(self, ctx: Context, ticker: Ticker) -> None:
        """One more."""
        self._one_more()

    def on_orderbook(self, ctx: Context, book: Orderbook) -> None:
        """One more."""
        self._one_more()

    def _one_more(self) -> None:
        self.seen += self.is_counting
        if self.seen in {1, self.count}:
            self.marks.append(time.perf_counter_ns())
        if self.seen == self.count:
            self.done.set()


def connection(host: str) -> Connection:
    """Where the fake venue is, with a limiter that is high but there."""
    limits: Mapping[str, GroupLimit] = {**GROUPS, **dict.fromkeys(("order", "default", "market", "orderbook"), HIGH)}
    return Connection(
        rest_url=f"http://{host}",
        websocket_url=f"ws://{host}/websocket/v1",
        signer=Signer(bare.ACCESS_KEY, bare.SECRET_KEY),
        limiter=RateLimiter(limits),
    )


@contextlib.asynccontextmanager
async def desk_at_work(host: str, strategy: Strategy, inbox: Inbox) -> AsyncIterator[Desk]:
    """A whole bot, ready to trade; it is simply dropped at the end, the venue being made up."""
    clock_ns = steady_clock_ns()
    commands = asyncio.Queue[Command](MAX_COMMANDS)
    wired, needs = connection(host), strategy.needs()
    with tempfile.TemporaryDirectory() as folder:
        log = EventLog(Path(folder) / "bench.jsonl", console=None)
        actuator = actuator_for(wired, commands=commands, report=inbox.put_first, log=log, clock_ns=clock_ns)
        subscriptions = [Subscription(type=stream, codes=needs.markets) for stream in needs.streams]
        sensor = sensor_for(wired, subscriptions=subscriptions, inbox=inbox, log=log, clock_ns=clock_ns)
        brain = Brain(
            strategy,
            needs.markets,
            limits=RiskLimits(max_open_orders=200, orders_per_s=1000),
            id_prefix=f"hg-{next(_runs)}-",
            now_ns=clock_ns(),
        )
        desk = Desk(
            strategy=strategy,
            brain=brain,
            inbox=inbox,
            commands=commands,
            sensor=sensor,
            actuator=actuator,
            limiter=wired.limiter,
            log=log,
            clock_ns=clock_ns,
        )
        trading = asyncio.create_task(desk.run())
        try:
            until_s = time.monotonic() + READY_S
            await asyncio.sleep(0.01)
            while not brain.ready:
                assert time.monotonic() < until_s, f"the bot is not ready: {brain.reason}"
                await asyncio.sleep(0.01)
            yield desk
        finally:
            trading.cancel()
            await asyncio.gather(trading, return_exceptions=True)
            log.close()


def ticks(host: str, count: int) -> dict[str, object]:
    """Sensor on both sockets, Inbox, Brain with its risk checks and a Strategy, Actuator with its limiter."""
    return run_async(_ticks(host, count))


async def _ticks(host: str, count: int) -> dict[str, object]:
    strategy = AverageCrosser(AverageParams())
    async with desk_at_work(host, strategy, Inbox()) as desk:
        await _go(host)
        async with asyncio.timeout(30):
            # A ticker that comes while the last one is unread takes its place: the inbox does so unless told not to.
            while strategy.asked + desk.inbox.conflated < count or _answered(desk) < strategy.asked:
                await asyncio.sleep(0.05)
        return {"answered": desk.brain.summary().accepted, "conflated": desk.inbox.conflated}


def receive_bot(host: str, kind: str, count: int) -> dict[str, object]:
    """The whole bot, a strategy counting what it hears."""
    return run_async(_receive_bot(host, kind, count))


async def _receive_bot(host: str, kind: str, count: int) -> dict[str, object]:
    strategy = Counter(AverageParams(stream=kind, count=count))
    async with desk_at_work(host, strategy, Inbox(conflate=NOTHING_CONFLATED)):
        strategy.is_counting = True
        await _go(host)
        async with asyncio.timeout(30):
            await strategy.done.wait()
    return {"seen": strategy.seen, "user": strategy.seen, "seconds": (strategy.marks[-1] - strategy.marks[0]) / 1e9}


def receive(host: str, kind: str, count: int) -> dict[str, object]:
    """Sensor and Inbox, read the way the desk reads them."""
    return run_async(_receive(host, kind, count))


async def _receive(host: str, kind: str, count: int) -> dict[str, object]:
    inbox = Inbox(conflate=NOTHING_CONFLATED)
    log = EventLog(None, console=None)
    asked = [Subscription(type=kind, codes=(MARKET,))]
    sensor = sensor_for(connection(host), subscriptions=asked, inbox=inbox, log=log, clock_ns=steady_clock_ns())
    listening = asyncio.create_task(sensor.run())
    wanted = {"ticker": Ticker, "trade": Trade, "orderbook": Orderbook}[kind]
    seen, marks = 0, []
    async with asyncio.timeout(30):
        while type(await inbox.get()) is not wanted:
            pass
        await _go(host)
        while seen < count:
            event: Event | None = inbox.get_nowait()
            if event is None:
                event = await inbox.get()
            if type(event) is not wanted:
                continue
            seen += 1
            if seen in {1, count}:
                marks.append(time.perf_counter_ns())
    listening.cancel()
    await asyncio.gather(listening, return_exceptions=True)
    log.close()
    return {"seen": seen, "user": seen, "seconds": (marks[-1] - marks[0]) / 1e9}


def orders(host: str, count: int, flying: int) -> dict[str, object]:
    """A command put on the queue until its `OrderAccepted` is reported, `flying` at a time."""
    return {"latencies_ns": run_async(_orders(host, count, flying))}


async def _orders(host: str, count: int, flying: int) -> list[int]:
    commands = asyncio.Queue[Command](MAX_COMMANDS)
    waiting: dict[str, asyncio.Future[None]] = {}
    found: list[int] = []
    refused: list[AccountEvent] = []
    log = EventLog(None, console=None)

    def report(event: AccountEvent) -> None:
        if isinstance(event, OrderAccepted):
            waiting.pop(event.order_id).set_result(None)
        else:
            refused.append(event)

    actuator = actuator_for(connection(host), commands=commands, report=report, log=log, clock_ns=steady_clock_ns())
    acting = asyncio.create_task(actuator.run())
    loop = asyncio.get_running_loop()
    run = next(_runs)

    async def one_by_one(share: int, worker: int) -> None:
        for n in range(share + 2):
            order_id = OrderId(f"hg-{run}-{worker}-{n}")
            answer = waiting[order_id] = loop.create_future()
            start = time.perf_counter_ns()
            commands.put_nowait(
                PlaceOrder(order_id=order_id, market=MARKET, side=Side.BUY, price=Decimal(137_000_000), volume=VOLUME)
            )
            await answer
            if n > 1:  # the first opens a connection
                found.append(time.perf_counter_ns() - start)

    async with asyncio.timeout(30):
        await asyncio.gather(*(one_by_one(count // flying, worker) for worker in range(flying)))
    commands.put_nowait(Stop())
    await acting
    log.close()
    assert not refused or len(refused) == 1, refused[:3]
    return found


def _answered(desk: Desk) -> int:
    told = desk.brain.summary()
    return told.accepted + told.refused + told.rejected


async def _go(host: str) -> None:
    """Tell the venue that we are ready for its ticks."""
    name, _, port = host.partition(":")
    reader, writer = await asyncio.open_connection(name, int(port))
    writer.write(b"GET /bench/go HTTP/1.1\r\nHost: bench\r\n\r\n")
    await reader.readuntil(b"\r\n\r\n")
    writer.close()

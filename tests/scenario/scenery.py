"""A bot that does what a test asks, at an exchange over real sockets, with the exchange's admin door as truth."""

import asyncio
import json
import time
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from decimal import Decimal
from pathlib import Path
from typing import Any

import aiohttp
from trials.exchange import Served
from trials.proxy import Wire

from hoga.brain.context import Context
from hoga.brain.params import Params
from hoga.brain.risk.limits import RiskLimits
from hoga.brain.strategy import Needs, Strategy
from hoga.model.commands import OrderId
from hoga.model.events import FeedDown, FeedStale, FeedUp, Fill, OrderEvent, Stream, TimerFired, Trade
from hoga.model.orders import Order, OrderState
from hoga.run.commands.live import make_desk
from hoga.run.desk import Desk
from hoga.run.screen.logs import EventLog
from hoga.run.settings.config import load
from hoga.simulator.server import serve

MARKET = "KRW-BTC"
POLL_S = 0.02
PATIENCE_S = 40.0  # far more than anything here takes: a busy machine must not fail a test
MS = 1_000_000

Wish = Callable[[Context], OrderId | None]


class Exchange(Served):
    """A simulated exchange in this process, spoken to over its sockets only."""

    async def orders(self) -> list[dict[str, Any]]:
        """Every order ever placed, oldest first."""
        async with self.http.get(f"{self.admin_url}/orders") as answer:
            told: list[dict[str, Any]] = await answer.json()
            return told

    async def open_orders(self) -> list[dict[str, Any]]:
        """Orders that may still trade."""
        return [order for order in await self.orders() if order["state"] in {"wait", "watch"}]

    async def totals(self) -> dict[str, Decimal]:
        """All the account holds, currency by currency, locked or not; nothings left out."""
        state: Any = await self.look("state")
        rows = state["accounts"]["main"]["balances"]
        owned = {row["currency"]: Decimal(row["free"]) + Decimal(row["locked"]) for row in rows}
        return {currency: total for currency, total in owned.items() if total}

    async def strike(self, *faults: str) -> None:
        """Arm these faults and no others."""
        await self.move("faults", clear=True, add=list(faults))

    async def struck(self) -> Mapping[str, int]:
        """How often each fault has struck."""
        counters: Any = await self.look("counters")
        counts: dict[str, int] = counters["faults"]
        return counts

    async def refused(self) -> int:
        """How many requests met a 429 or 418, all groups together."""
        counters: Any = await self.look("counters")
        return sum(group["refused_429"] + group["blocked_418"] for group in counters["groups"].values())


@asynccontextmanager
async def exchange(
    *, seed: int = 7, krw: int = 100_000_000, btc: str = "1", markets: Sequence[str] = (MARKET,)
) -> AsyncIterator[Exchange]:
    """Serve an exchange for the length of a `with`."""
    balances = {"KRW": Decimal(krw), "BTC": Decimal(btc)}
    running = await serve(seed=seed, markets=markets, balances=balances)
    try:
        async with aiohttp.ClientSession() as http:
            yield Exchange(
                rest_url=running.rest_url,
                websocket_url=running.websocket_url,
                admin_url=running.admin_url,
                access_key=running.access_key,
                secret_key=running.secret_key,
                http=http,
            )
    finally:
        await running.stop()


def bid(ctx: Context) -> Decimal:
    """The best bid."""
    best = ctx.best(MARKET)
    assert best is not None, "wishes wait for a book"
    return best.bid_price


class Obedient(Strategy):
    """Does what it is asked, one wish a tick, and remembers all it is told."""

    class Params(Params):
        market: str = MARKET

    params: Params

    def __init__(self, params: Params) -> None:
        super().__init__(params)
        self.wishes: deque[tuple[Wish, asyncio.Future[OrderId | None]]] = deque()
        self.fills: list[Fill] = []
        self.news: list[OrderEvent] = []
        self.feeds: list[FeedUp | FeedDown | FeedStale] = []
        self.each_trade: Callable[[Context], None] | None = None

    def needs(self) -> Needs:
        return Needs(markets=(self.params.market,))

    def on_start(self, ctx: Context) -> None:
        ctx.set_timer("tick", ctx.now_ns)

    def on_trade(self, ctx: Context, trade: Trade) -> None:
        if self.each_trade is not None:
            self.each_trade(ctx)

    def on_timer(self, ctx: Context, timer: TimerFired) -> None:
        ctx.set_timer("tick", ctx.now_ns + 20 * MS)
        if self.wishes and ctx.best(self.params.market):
            wish, told = self.wishes.popleft()
            told.set_result(wish(ctx))

    def on_fill(self, ctx: Context, fill: Fill) -> None:
        self.fills.append(fill)

    def on_order(self, ctx: Context, event: OrderEvent) -> None:
        self.news.append(event)

    def on_feed(self, ctx: Context, event: FeedUp | FeedDown | FeedStale) -> None:
        self.feeds.append(event)


class Remembering(EventLog):
    """A log that tests can ask what was said."""

    def __init__(self, path: Path) -> None:
        super().__init__(path, level="debug", console=None)
        self.said: list[tuple[str, dict[str, object]]] = []

    def __call__(self, event: str, *, level: str = "info", **fields: object) -> None:
        self.said.append((event, fields))
        super().__call__(event, level=level, **fields)

    def named(self, event: str) -> list[dict[str, object]]:
        """The fields of everything said under one name."""
        return [fields for name, fields in self.said if name == event]


class Clock:
    """Goes forward, as fast as a test wants: half a minute of proof takes a second and a half."""

    def __init__(self) -> None:
        self._wall_ns, self._since_ns, self._speed = time.time_ns(), time.monotonic_ns(), 1

    def __call__(self) -> int:
        return self._wall_ns + (time.monotonic_ns() - self._since_ns) * self._speed

    def run_at(self, speed: int) -> None:
        """Go on from now at another speed."""
        self._wall_ns, self._since_ns = self(), time.monotonic_ns()
        self._speed = speed


class Bot:
    """One desk at work."""

    def __init__(self, desk: Desk, strategy: Obedient, log: Remembering, there: Exchange, clock: Clock) -> None:
        self.desk = desk
        self.strategy = strategy
        self.log = log
        self.there = there
        self.clock = clock
        self.task = asyncio.create_task(desk.run())

    async def until(self, holds: Callable[[], bool | Awaitable[bool]], what: str) -> None:
        """Wait until something holds; a bot that dies meanwhile fails the test with its own reason."""
        deadline_s = time.monotonic() + PATIENCE_S
        while True:
            held = holds()
            if held if isinstance(held, bool) else await held:
                return
            if self.task.done():
                self.task.result()
                raise AssertionError(f"the bot ended before {what}: {self.desk.failure}")
            if time.monotonic() > deadline_s:
                raise AssertionError(f"not within {PATIENCE_S:g} s: {what}; {self.log.path} has more")
            await asyncio.sleep(POLL_S)

    async def ready(self) -> None:
        """Wait until orders may leave."""
        await self.until(lambda: self.desk.brain.ready, "orders may leave")

    async def do(self, wish: Wish) -> OrderId:
        """Let the strategy do something and give the id of the order it made, if it made one."""
        told: asyncio.Future[OrderId | None] = asyncio.get_running_loop().create_future()
        self.strategy.wishes.append((wish, told))
        await self.until(told.done, "the wish is done")
        return told.result() or OrderId("")

    async def rest_a_buy(self, volume: str = "0.001", depth: str = "0.99") -> OrderId:
        """A limit buy far below the market."""

        def wish(ctx: Context) -> OrderId:
            return ctx.limit_buy(MARKET, bid(ctx) * Decimal(depth), Decimal(volume))

        return await self.do(wish)

    async def buy_now(self, spend: int = 20_000) -> OrderId:
        """A market buy."""
        return await self.do(lambda ctx: ctx.market_buy(MARKET, Decimal(spend)))

    async def sell_now(self, volume: str = "0.0002") -> OrderId:
        """A market sale."""
        return await self.do(lambda ctx: ctx.market_sell(MARKET, Decimal(volume)))

    async def cancel(self, order_id: OrderId) -> None:
        """Ask for a cancel."""

        def wish(ctx: Context) -> None:
            ctx.cancel(order_id)

        await self.do(wish)

    def order(self, order_id: OrderId) -> Order:
        """What the brain knows of an order."""
        return self.desk.brain.orders[order_id]

    async def in_state(self, order_id: OrderId, *states: OrderState) -> Order:
        """Wait until the brain believes the order to be in one of these states."""
        await self.until(
            lambda: self.order(order_id).state in states, f"{order_id} is {states}, not {self.order(order_id).state}"
        )
        return self.order(order_id)

    async def ended(self, order_id: OrderId) -> Order:
        """Wait until the order has ended with all its fills known."""
        await self.until(
            lambda: not self.order(order_id).is_open and not self.order(order_id).has_fill_gap, f"{order_id} has ended"
        )
        return self.order(order_id)

    def totals(self) -> dict[str, Decimal]:
        """What the brain believes to own, currency by currency; nothings left out."""
        return {currency: total for currency, total in self.desk.brain.portfolio.totals.items() if total}

    async def money_agrees(self) -> None:
        """Every currency is the exchange's to the last digit; the brain had to correct nothing."""

        async def agrees() -> bool:
            return self.totals() == await self.there.totals()

        await self.until(agrees, f"the books are equal: {self.totals()} and {await self.there.totals()}")

    async def stop(self) -> None:
        """Stop as Ctrl+C does."""
        self.clock.run_at(1)
        if not self.task.done():
            self.desk.halt("the test is over")
        await asyncio.wait_for(self.task, PATIENCE_S)


@asynccontextmanager
async def bot(
    there: Exchange,
    folder: Path,
    *,
    order_deadline_s: float = 10.0,
    reconcile_every_s: float = 30.0,
    limits: Mapping[str, object] | None = None,
    strategy: Obedient | None = None,
    rest_url: str | None = None,
    is_ready: bool = True,
) -> AsyncIterator[Bot]:
    """A bot that waits for wishes, ready unless told otherwise; it is stopped afterwards and leaves nothing open."""
    settings = load(
        None,
        {
            "exchange": {
                "rest_url": rest_url or there.rest_url,
                "websocket_url": there.websocket_url,
                "order_deadline_s": order_deadline_s,
                "reconcile_every_s": reconcile_every_s,
            },
            "access_key": there.access_key,
            "secret_key": there.secret_key,
        },
    )
    strategy = strategy or Obedient(Obedient.Params())
    clock, log = Clock(), Remembering(folder / "bot.jsonl")
    risk = RiskLimits.read({"stale_feed_s": 3600, "max_order_value": 10**8, **(limits or {})})
    desk = await make_desk(settings, strategy, risk, log, clock_ns=clock)
    working = Bot(desk, strategy, log, there, clock)
    try:
        if is_ready:
            await working.ready()
        yield working
    finally:
        try:
            await working.stop()
        finally:
            working.task.cancel()
            await asyncio.gather(working.task, return_exceptions=True)
            log.close()


class Door(Wire):
    """The way to the exchange's REST side, which can be shut (nobody listens any more) and opened again."""

    async def shut(self) -> None:
        """Refuse connections and end those that are open."""
        await self.__aexit__()

    async def open(self) -> None:
        """Listen again at the same address."""
        port = int(self.url.rpartition(":")[2])
        self._server = await asyncio.start_server(self._take, "127.0.0.1", port)

    async def _pump(self, source: asyncio.StreamReader, sink: asyncio.StreamWriter) -> None:
        try:
            await super()._pump(source, sink)
        finally:
            sink.close()


def reconnects(working: Bot, stream: Stream) -> int:
    """How often one socket was replaced."""
    return working.desk.sensor.counters[stream].reconnects


def told(answer: str) -> Any:
    """What a program printed as JSON."""
    return json.loads(answer)

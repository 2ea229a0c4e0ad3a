"""A small venue with sockets for tests of the streams: a hand-driven market, a clock, and one account."""

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from decimal import Decimal
from typing import Any

import aiohttp
import jwt
import msgspec
from aiohttp import web
from aiohttp.test_utils import TestServer
from tests.simulator.core_scenery import book, exchange, market, print_of

from hoga.model.events import AskBid, Orderbook, Trade
from hoga.simulator.core.operator import Operator
from hoga.simulator.faults.plan import FaultPlan
from hoga.simulator.market.candles import CandleStore
from hoga.simulator.market.history import Stretch
from hoga.simulator.pump import Pump
from hoga.simulator.rest.board import Board
from hoga.simulator.rest.keys import ApiKey, KeyRing
from hoga.simulator.rest.pacing import Pacer
from hoga.simulator.streams.doors import Doors
from hoga.simulator.streams.streams import Streams
from hoga.simulator.venue import Venue
from hoga.simulator.wallet import Wallet

D = Decimal
BTC, ETH = "KRW-BTC", "KRW-ETH"
START_MS = 1_787_729_042_000
ACCOUNT = "ann"

Json = dict[str, Any]


#: What a client sees when the other side is gone without a word.
GONE = {aiohttp.WSMsgType.CLOSED, aiohttp.WSMsgType.ERROR, aiohttp.WSMsgType.CLOSE}


def trade(price: int = 100_000_000, volume: str = "0.01", *, at_ms: int = START_MS, code: str = BTC) -> Trade:
    return print_of(price, volume, AskBid.BID, code=code, at_ms=at_ms)


def small_book(*, code: str = BTC, at_ms: int = START_MS) -> Orderbook:
    asks = [(100_001_000, "0.1"), (100_009_000, "0.2"), (100_011_000, "0.00000001")]
    return book(asks, [(99_999_000, "0.3"), (99_990_000, "0.4")], code=code, at_ms=at_ms)


class HandMarket:
    """A market whose news a test hands in, to be told at the next beat."""

    markets = (BTC, ETH)
    next_ms: int | None = None

    def __init__(self) -> None:
        self.news: list[Trade | Orderbook] = []

    def past(self) -> list[Stretch]:
        return []

    def advance(self, now_ms: int) -> list[Trade | Orderbook]:
        told, self.news = self.news, []
        return told


class Scene:
    """One venue at work. `tell` lets the market do something and beats once; `later` moves its clock."""

    def __init__(self, faults: FaultPlan, *, idle_close_s: float, error_close_s: float) -> None:
        self.now_ms = START_MS
        made = exchange(market(BTC), market(ETH), users=(ACCOUNT,))
        operator = Operator(made)
        candles = CandleStore()
        self.venue = Venue(
            exchange=made,
            operator=operator,
            board=Board(candles),
            candles=candles,
            keys=KeyRing(seed=1),
            pacer=Pacer(),
            wallet=Wallet(operator, 1),
        )
        self.faults = faults
        self.key: ApiKey = self.venue.keys.issue(ACCOUNT, START_MS)
        self.source = HandMarket()
        clock: Callable[[], int] = lambda: self.now_ms  # noqa: E731
        self.streams = Streams(self.venue, faults, clock, idle_close_s=idle_close_s, error_close_s=error_close_s)
        self.doors = Doors(self.streams, self.venue, faults, clock)
        self.pump = Pump(self.venue, self.source, self.streams, faults, clock, account=ACCOUNT)
        self.url = ""
        self.session: aiohttp.ClientSession

    def tell(self, *news: Trade | Orderbook, later_ms: int = 100) -> None:
        self.now_ms += later_ms
        self.source.news += news
        self.pump.beat()

    def token(self, nonce: str = "1", secret: str | None = None) -> Mapping[str, str]:
        claims = {"access_key": self.key.access_key, "nonce": nonce}
        return {"Authorization": f"Bearer {jwt.encode(claims, secret or self.key.secret_key, 'HS256')}"}

    async def connect(self, path: str = "", **headers: str) -> aiohttp.ClientWebSocketResponse:
        return await self.session.ws_connect(f"{self.url}/websocket/v1{path}", headers=headers, max_msg_size=0)

    async def subscribed(self, *wanted: Json, path: str = "", **headers: str) -> aiohttp.ClientWebSocketResponse:
        socket = await self.connect(path, **headers)
        await self.ask(socket, *wanted)
        return socket

    async def ask(self, socket: aiohttp.ClientWebSocketResponse, *wanted: Json) -> None:
        """Send one message and wait until the venue has read it."""
        await self.say(socket, msgspec.json.encode([{"ticket": "t"}, *wanted]).decode())

    async def say(self, socket: aiohttp.ClientWebSocketResponse, text: str) -> None:
        before = self.heard
        await socket.send_str(text)
        while self.heard == before:  # noqa: ASYNC110 - the venue does not know that somebody waits
            await asyncio.sleep(0)

    @property
    def heard(self) -> int:
        """How many messages the venue has read from clients that are still there."""
        return sum(socket.heard for socket in self.streams.sockets)


@asynccontextmanager
async def scene(*faults: str, idle_close_s: float = 60.0, error_close_s: float = 0.0) -> AsyncIterator[Scene]:
    """Open a venue on a free port and close it again."""
    made = Scene(FaultPlan.parse(faults, seed=3), idle_close_s=idle_close_s, error_close_s=error_close_s)
    app = web.Application()
    app.add_routes(made.doors.routes())
    server = TestServer(app)
    await server.start_server()
    made.url = str(server.make_url("")).rstrip("/")
    async with aiohttp.ClientSession() as made.session:
        yield made
        await made.streams.stop()
    await server.close()


async def hear(socket: aiohttp.ClientWebSocketResponse) -> Json:
    """Give the next frame, which must be a binary one."""
    message = await socket.receive(timeout=5)
    assert message.type is aiohttp.WSMsgType.BINARY, message
    return msgspec.json.decode(message.data, type=Json)


async def hear_all(socket: aiohttp.ClientWebSocketResponse, count: int) -> Sequence[Json]:
    return [await hear(socket) for _ in range(count)]

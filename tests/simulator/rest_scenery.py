"""A venue whose REST door is knocked on without sockets, at times the test chooses; and a client that signs by hand."""

import hashlib
import hmac
import json
from base64 import urlsafe_b64encode
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from decimal import Decimal
from urllib.parse import unquote_plus

import aiohttp
import msgspec
from msgspec import Struct

from hoga.model.events import AskBid, BookUnit, Orderbook, Trade
from hoga.simulator.core.exchange import SimulatedExchange
from hoga.simulator.core.operator import Operator
from hoga.simulator.faults.plan import FaultPlan
from hoga.simulator.market.candles import CandleStore
from hoga.simulator.market.history import Stretch
from hoga.simulator.market.listing import list_markets
from hoga.simulator.rest import dispatch as rest
from hoga.simulator.rest.board import Board
from hoga.simulator.rest.dispatch import Incoming
from hoga.simulator.rest.keys import ApiKey, KeyRing
from hoga.simulator.rest.pacing import Pacer
from hoga.simulator.server import RunningSimulator, serve
from hoga.simulator.venue import Venue
from hoga.simulator.wallet import Wallet

D = Decimal
BTC, ETH = "KRW-BTC", "KRW-ETH"
ACCOUNT = "main"
#: 2026-11-24 15:00:00.500 UTC, which is 2026-11-25 00:00:00.500 in Seoul.
NOW_S = 1_795_532_400.5

HASHES = {"HS256": "sha256", "HS384": "sha384", "HS512": "sha512"}

Json = dict[str, object]


def book(market: str, at_ms: int) -> Orderbook:
    """Three depths around 100,000,000."""
    units = tuple(
        BookUnit(
            ask_price=D(100_001_000 + 1_000 * depth),
            bid_price=D(100_000_000 - 1_000 * depth),
            ask_size=D(1),
            bid_size=D(2),
        )
        for depth in range(3)
    )
    return Orderbook(market=market, timestamp_ms=at_ms, total_ask_size=D(3), total_bid_size=D(6), unread=units)


def trade(number: int, at_ms: int, *, market: str = BTC, price: int = 100_000_000, volume: str = "0.5") -> Trade:
    """One trade of the market outside."""
    return Trade(
        market=market,
        price=D(price),
        volume=D(volume),
        ask_bid=AskBid.BID,
        trade_timestamp_ms=at_ms,
        timestamp_ms=at_ms,
        sequential_id=at_ms * 10_000 + number,
    )


class Answer(Struct, frozen=True):
    """What came back."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def json(self) -> object:
        return msgspec.json.decode(self.body)

    @property
    def rows(self) -> list[Json]:
        return msgspec.json.decode(self.body, type=list[Json])

    @property
    def row(self) -> Json:
        return msgspec.json.decode(self.body, type=Json)

    @property
    def error(self) -> tuple[int, object]:
        error = msgspec.json.decode(self.body, type=dict[str, Json])["error"]
        return self.status, error["name"]


def token(
    key: ApiKey, text: str = "", *, nonce: str, algorithm: str = "HS512", claims: Mapping[str, object] | None = None
) -> str:
    """Sign by hand, with nothing of the product's own code."""
    payload: Json = {"access_key": key.access_key, "nonce": nonce}
    if text:
        payload |= {"query_hash": hashlib.sha512(text.encode()).hexdigest(), "query_hash_alg": "SHA512"}
    payload |= claims or {}
    parts = [json.dumps({"alg": algorithm, "typ": "JWT"}).encode(), json.dumps(payload).encode()]
    head = ".".join(urlsafe_b64encode(part).rstrip(b"=").decode() for part in parts)
    signature = hmac.digest(key.secret_key.encode(), head.encode(), HASHES.get(algorithm, "sha512"))
    return f"Bearer {head}.{urlsafe_b64encode(signature).rstrip(b'=').decode()}"


def hashed(query: str, body: bytes) -> str:
    """The text a correct client hashes."""
    if body:
        fields: Mapping[str, object] = json.loads(body, parse_float=str, parse_int=str)
        return "&".join(f"{name}={value}" for name, value in fields.items())
    return unquote_plus(query)


class Desk:
    """One venue and the time it is there; every request carries a fresh nonce."""

    def __init__(self, *, markets: Sequence[str] = (BTC, ETH), krw: int = 100_000_000, btc: int = 1) -> None:
        exchange = SimulatedExchange(list_markets(markets), seed=1)
        exchange.open_account(ACCOUNT, {"KRW": D(krw), "BTC": D(btc)})
        operator, candles = Operator(exchange), CandleStore()
        self.now_s = NOW_S
        self.venue = Venue(
            exchange=exchange,
            operator=operator,
            board=Board(candles),
            candles=candles,
            keys=KeyRing(seed=1),
            pacer=Pacer(),
            wallet=Wallet(operator, 1),
        )
        self.key = self.venue.keys.issue(ACCOUNT, self.now_ms)
        self.ip = "127.0.0.1"
        self._nonces = 0
        for market in markets:
            exchange.see_book(book(market, self.now_ms), self.now_ms)

    @property
    def now_ms(self) -> int:
        return int(self.now_s * 1000)

    def nonce(self) -> str:
        self._nonces += 1
        return f"nonce-{self._nonces}"

    def see(self, *trades: Trade) -> None:
        """Let trades of the market outside be counted."""
        for one in trades:
            self.venue.candles.see_trade(one)
            self.venue.board.see_trade(one)

    def ask(
        self,
        method: str,
        target: str,
        fields: Json | bytes = b"",
        *,
        key: ApiKey | None = None,
        authorization: str | None = None,
        content_type: str = "application/json",
        origin: bool = False,
    ) -> Answer:
        """Send one request, signed unless it goes to the quotation side or brings its own authorization."""
        path, _, query = target.partition("?")
        body = fields if isinstance(fields, bytes) else json.dumps(fields, separators=(",", ":")).encode()
        if authorization is None:
            text = hashed(query, body) if content_type == "application/json" else ""
            authorization = token(key or self.key, text, nonce=self.nonce())
        incoming = Incoming(
            method=method,
            path=path,
            query=query,
            body=body,
            content_type=content_type if body else "",
            authorization=authorization,
            has_origin=origin,
            ip=self.ip,
        )
        reply = rest.answer(self.venue, incoming, self.now_s)
        return Answer(reply.status, {name.lower(): value for name, value in reply.headers.items()}, reply.body)

    def get(self, target: str) -> Answer:
        return self.ask("GET", target)

    def place(self, **fields: object) -> Answer:
        """Place an order; a small limit bid far below the market unless told otherwise."""
        wish: Json = {"market": BTC, "side": "bid", "volume": "0.0005", "price": "10000000", "ord_type": "limit"}
        wish |= fields
        return self.ask("POST", "/v1/orders", {name: value for name, value in wish.items() if value is not None})

    def later(self, seconds: float) -> None:
        self.now_s += seconds


class StillMarket:
    """A market that shows one book and one trade, and then rests."""

    markets = (BTC, ETH)
    next_ms: int | None = None

    def __init__(self) -> None:
        self._told = False

    def past(self) -> list[Stretch]:
        return []

    def advance(self, now_ms: int) -> list[Trade | Orderbook]:
        if self._told:
            return []
        self._told = True
        return [news for market in self.markets for news in (book(market, now_ms), trade(1, now_ms, market=market))]


class Line:
    """A real connection to a served venue."""

    def __init__(self, running: RunningSimulator, session: aiohttp.ClientSession) -> None:
        self.running = running
        self._session = session
        self._nonces = 0
        found = running.venue.keys.find(running.access_key)
        assert found is not None
        self.key = found

    async def ask(
        self, method: str, target: str, fields: Json | None = None, *, headers: Mapping[str, str] | None = None
    ) -> Answer:
        """Send one signed request over the wire."""
        body = b"" if fields is None else json.dumps(fields, separators=(",", ":")).encode()
        self._nonces += 1
        signed = token(self.key, hashed(target.partition("?")[2], body), nonce=f"line-{self._nonces}")
        head = {"Authorization": signed, "Content-Type": "application/json", **(headers or {})}
        url = self.running.rest_url + target
        async with self._session.request(method, url, headers=head, data=body, allow_redirects=False) as got:
            return Answer(got.status, {k.lower(): v for k, v in got.headers.items()}, await got.read())

    async def admin(self, method: str, path: str, fields: Json | None = None) -> Answer:
        """Use the back door."""
        async with self._session.request(method, self.running.admin_url + path, json=fields) as got:
            return Answer(got.status, {k.lower(): v for k, v in got.headers.items()}, await got.read())

    async def place(self, **fields: object) -> Answer:
        wish: Json = {"market": BTC, "side": "bid", "volume": "0.0005", "price": "10000000", "ord_type": "limit"}
        wish |= fields
        return await self.ask("POST", "/v1/orders", {name: value for name, value in wish.items() if value is not None})


@asynccontextmanager
async def served(*faults: str) -> AsyncIterator[Line]:
    """Serve a still venue on loopback for the length of a `with`."""
    running = await serve(
        seed=3,
        source=StillMarket(),
        balances={"KRW": D(100_000_000), "BTC": D(1)},
        faults=FaultPlan.parse(faults, seed=3),
    )
    try:
        # A fresh connection for each request, so that no client repeats what a cut line swallowed.
        connector = aiohttp.TCPConnector(force_close=True)
        async with aiohttp.ClientSession(connector=connector, timeout=aiohttp.ClientTimeout(total=10)) as session:
            yield Line(running, session)
    finally:
        await running.stop()

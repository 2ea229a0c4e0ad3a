"""The simulated exchange's REST door, without sockets: any request gets an answer, and money stays whole."""

import json
from decimal import Decimal
from random import Random
from urllib.parse import unquote_plus

from fuzz.mutate import spoiled
from fuzz.seeds import REQUESTS
from hoga.model.events import BookUnit, Orderbook
from hoga.simulator.core.exchange import SimulatedExchange
from hoga.simulator.core.operator import Operator
from hoga.simulator.market.candles import CandleStore
from hoga.simulator.market.listing import list_markets
from hoga.simulator.rest.board import Board
from hoga.simulator.rest.dispatch import Incoming, answer
from hoga.simulator.rest.keys import KeyRing
from hoga.simulator.rest.pacing import Pacer
from hoga.simulator.venue import Venue
from hoga.simulator.wallet import Wallet
from hoga.upbit.auth import Signer

MARKETS = ("KRW-BTC", "KRW-ETH")
NOW_S = 1_795_532_400.5
STEP_S = 0.2  # below every limit
LIVES = 2_000  # requests that one exchange hears before the next one takes its place
CHECK_EVERY = 50
TARGETS = [target for _, target, _ in REQUESTS]
BODIES = [body for _, _, body in REQUESTS if body]
METHODS = ("GET", "POST", "DELETE", "PUT", "OPTIONS", "")


class WrongAnswerError(Exception):
    """The exchange answered what no exchange may."""


class Door:
    """One exchange after the other, each knocked on a few thousand times."""

    def __init__(self) -> None:
        self._heard = 0
        self._open()

    def _open(self) -> None:
        exchange = SimulatedExchange(list_markets(MARKETS), seed=1)
        exchange.open_account("main", {"KRW": Decimal(100_000_000), "BTC": Decimal(1)})
        operator, candles = Operator(exchange), CandleStore()
        keys = KeyRing(seed=1)
        self._exchange = exchange
        self._venue = Venue(
            exchange=exchange,
            operator=operator,
            board=Board(candles),
            candles=candles,
            keys=keys,
            pacer=Pacer(),
            wallet=Wallet(operator, 1),
        )
        self._now_s = NOW_S
        key = keys.issue("main", int(NOW_S * 1000))
        self._signer = Signer(key.access_key, key.secret_key)
        units = (
            BookUnit(
                ask_price=Decimal(100_001_000), bid_price=Decimal(100_000_000), ask_size=Decimal(1), bid_size=Decimal(2)
            ),
        )
        for market in MARKETS:
            book = Orderbook(
                market=market, timestamp_ms=0, total_ask_size=Decimal(1), total_bid_size=Decimal(2), unread=units
            )
            exchange.see_book(book, int(NOW_S * 1000))

    def request(self, chance: Random) -> tuple[bytes, bool]:
        """One request, spoiled before or after it was signed."""
        self._heard += 1
        if self._heard % LIVES == 0:
            self._open()
        self._now_s += STEP_S
        method, target, body = chance.choice(REQUESTS)
        if chance.random() < 0.8:
            body = spoiled(chance, BODIES) if body and chance.random() < 0.7 else body
            target = spoiled(chance, TARGETS) if not body or chance.random() < 0.1 else target
            method = method if chance.random() < 0.97 else chance.choice(METHODS)
        path, _, query = target.decode("latin-1").partition("?")
        authorization: str = self._signer.authorization(_hashed(query, body), f"n-{self._heard}")
        if chance.random() < 0.05:
            authorization = spoiled(chance, [authorization.encode()]).decode("latin-1")
        incoming = Incoming(
            method=method,
            path=path,
            query=query,
            body=body,
            content_type="application/json" if body else "",
            authorization=authorization,
            ip="127.0.0.1",
        )
        reply = answer(self._venue, incoming, self._now_s)
        self._hold(reply.status, reply.body)
        return repr((method, target, body)).encode(), reply.status < 400

    def _hold(self, status: int, body: bytes) -> None:
        if not 200 <= status < 500:
            raise WrongAnswerError(f"status {status}: {body[:200]!r}")
        json.loads(body)
        if self._heard % CHECK_EVERY == 0:
            self._exchange.engine.clearing.ledger.check()


def _hashed(query: str, body: bytes) -> str:
    """What a correct client hashes; where the body is broken, anything will do."""
    text = unquote_plus(query)
    if body:
        try:
            fields = json.loads(body, parse_float=str, parse_int=str)
        except (ValueError, RecursionError):
            fields = None
        text = "&".join(f"{name}={value}" for name, value in fields.items()) if isinstance(fields, dict) else "broken"
    return text.encode(errors="replace").decode()

"""A sensor on a scripted venue, with every wait shortened to milliseconds."""

import asyncio
import contextlib
import itertools
import time
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from typing import Any, TypeVar

from tests.net.peer import Peer, peer_at_work

from hoga.model.events import FeedUp, Stream, Trade
from hoga.net.inbox import Inbox
from hoga.net.intake import FeedCounters
from hoga.net.sensor import Sensor
from hoga.upbit.auth import Signer
from hoga.upbit.limits.limiter import GroupLimit, RateLimiter, Window
from hoga.upbit.session.timing import Timing
from hoga.upbit.stream.subscriptions import Subscription

Heard = TypeVar("Heard")

QUICK = Timing(
    ping_every_s=0.1,
    pong_within_s=0.1,
    send_within_s=0.1,
    first_data_within_s=0.2,
    deaf_after_s=0.1,
    healthy_after_s=0.05,
    look_every_s=0.02,
    stale_min_s=5.0,
    stale_max_s=60.0,
    first_retry_s=0.02,
    max_retry_s=0.05,
    busy_retry_s=0.15,
    minute_s=0.05,
    alert_after_s=(0.2, 0.5),
)

#: Real limits would make the tests wait for real seconds.
GENEROUS = {
    "websocket-connect": GroupLimit((Window(1000),)),
    "websocket-message": GroupLimit((Window(1000),)),
}

WANTED = (
    Subscription(type="trade", codes=("KRW-BTC", "KRW-ETH")),
    Subscription(type="orderbook", codes=("KRW-BTC.5",)),
)

TRADE: dict[str, Any] = {
    "type": "trade",
    "code": "KRW-BTC",
    "trade_price": 100.5,
    "trade_volume": 0.25,
    "ask_bid": "BID",
    "trade_timestamp": 1_770_000_000_000,
    "timestamp": 1_770_000_000_050,
    "sequential_id": 17_700_000_000_000_000,
    "stream_type": "REALTIME",
}
BOOK: dict[str, Any] = {
    "type": "orderbook",
    "code": "KRW-BTC",
    "timestamp": 1_770_000_000_000,
    "total_ask_size": 1.0,
    "total_bid_size": 2.0,
    "orderbook_units": [{"ask_price": 101.0, "bid_price": 100.0, "ask_size": 1.0, "bid_size": 2.0}],
    "level": 0,
    "stream_type": "SNAPSHOT",
}
ASSETS: dict[str, Any] = {
    "type": "myAsset",
    "asset_uuid": "a",
    "assets": [{"currency": "KRW", "balance": 1000.5, "locked": 0.0}],
    "asset_timestamp": 1_770_000_000_000,
    "timestamp": 1_770_000_000_000,
    "stream_type": "REALTIME",
}
ORDER: dict[str, Any] = {
    "type": "myOrder",
    "code": "KRW-BTC",
    "uuid": "venue-1",
    "ask_bid": "BID",
    "order_type": "limit",
    "state": "wait",
    "price": 100.0,
    "volume": 1.0,
    "remaining_volume": 1.0,
    "executed_volume": 0.0,
    "identifier": "ours-1",
    "timestamp": 1_770_000_000_000,
    "stream_type": "REALTIME",
}


def trade(number: int, **changes: object) -> dict[str, Any]:
    return TRADE | {"sequential_id": TRADE["sequential_id"] + number} | changes


@dataclass
class Stage:
    """A sensor, the venue it listens to, and what it said."""

    sensor: Sensor
    inbox: Inbox
    peer: Peer
    task: asyncio.Task[None]
    notes: list[tuple[str, dict[str, Any]]] = field(default_factory=list)

    async def hear(self, kind: type[Heard]) -> Heard:
        """The next event of a kind; what comes before it is passed over."""
        async with asyncio.timeout(10):
            while True:
                event = await self.inbox.get()
                if isinstance(event, kind):
                    return event

    async def hear_trades(self, count: int) -> list[int]:
        """The next trades, as the numbers `trade` was given."""
        return [(await self.hear(Trade)).sequential_id - TRADE["sequential_id"] for _ in range(count)]

    async def next_up(self, stream: Stream = Stream.PUBLIC) -> FeedUp:
        while (event := await self.hear(FeedUp)).stream is not stream:
            pass
        return event

    async def until(self, is_so: Callable[[], bool]) -> None:
        """Wait for something that happens outside the inbox."""
        async with asyncio.timeout(10):
            while not is_so():  # noqa: ASYNC110 - counters and other people's sockets do not call back
                await asyncio.sleep(0.001)

    def counted(self, stream: Stream = Stream.PUBLIC) -> FeedCounters:
        return self.sensor.counters[stream]

    def noted(self, name: str) -> list[dict[str, Any]]:
        return [fields for note, fields in self.notes if note == name]


@contextlib.asynccontextmanager
async def stage(*, private: bool = False, inbox: Inbox | None = None, **changes: Any) -> AsyncIterator[Stage]:
    notes: list[tuple[str, dict[str, Any]]] = []
    nonces = itertools.count()
    async with peer_at_work() as peer:
        inbox = Inbox() if inbox is None else inbox
        sensor = Sensor(
            **{
                "websocket_url": peer.url,
                "subscriptions": () if private else WANTED,
                "private": private,
                "signer": Signer("hoga-sim-key", "secret") if private else None,
                "inbox": inbox,
                "limiter": RateLimiter(GENEROUS),
                "clock_ns": time.time_ns,
                "monotonic_s": time.monotonic,
                "random": lambda: 0.5,
                "nonce": lambda: f"nonce-{next(nonces)}",
                "log": lambda note, **fields: notes.append((note, fields)),
                "timing": QUICK,
                "connect_within_s": 0.5,
                **changes,
            }
        )
        task = asyncio.create_task(sensor.run())
        try:
            yield Stage(sensor, inbox, peer, task, notes)
        finally:
            sensor.stop()
            if not task.done():
                await asyncio.wait({task}, timeout=3)
            assert task.done(), "the sensor must end when it is told to"

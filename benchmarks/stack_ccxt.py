"""ccxt and ccxt.pro, driven as their users drive them, with their rate limiter off.

Their documents run them with `asyncio.run`; the stack named `ccxt+uvloop` is the same on the loop hoga uses.
"""

import asyncio
import sys
import time
from collections.abc import Coroutine
from typing import Any

import bare
import ccxt.pro
import uvloop

SYMBOL = "BTC/KRW"


def exchange(host: str = "127.0.0.1:1") -> Any:  # noqa: ANN401 - ccxt has no types
    """An Upbit client that knows one market and talks to `host` only."""
    made = ccxt.pro.upbit({"apiKey": bare.ACCESS_KEY, "secret": bare.SECRET_KEY, "enableRateLimit": False})
    made.urls["api"] = {"public": f"http://{host}", "private": f"http://{host}", "ws": f"ws://{host}/websocket/v1"}
    market = {"id": "KRW-BTC", "symbol": SYMBOL, "base": "BTC", "quote": "KRW", "baseId": "BTC", "quoteId": "KRW"}
    market |= {"active": True, "type": "spot", "spot": True, "taker": 0.0005, "maker": 0.0005, "info": {}}
    market["precision"] = {"price": 1e-8, "amount": 1e-8}
    made.set_markets([made.safe_market_structure(market)])
    return made


class Deaf:
    """Takes the place of ccxt's connection where only its parsing is measured: nobody waits for the result."""

    def __init__(self) -> None:
        self.subscriptions: dict[str, object] = {}

    def resolve(self, result: object, message_hash: str) -> object:
        """Accept a parsed message."""
        del message_hash
        return result


def receive(host: str, kind: str, count: int) -> dict[str, object]:
    """Count inside ccxt.pro (its best case), and how often a `watch_…` loop woke up for these messages."""
    return _run(_receive(host, kind, count))


async def _receive(host: str, kind: str, count: int) -> dict[str, object]:
    client = exchange(host)
    watch = {"ticker": client.watch_ticker, "trade": client.watch_trades, "orderbook": client.watch_order_book}[kind]
    parse = client.handle_message
    done = asyncio.Event()
    marks: list[int] = []
    seen = user = 0

    def counted(connection: object, message: object) -> None:
        nonlocal seen
        parse(connection, message)
        seen += 1
        if seen in {1, count}:
            marks.append(time.perf_counter_ns())
        if seen == count:
            done.set()

    async def loop() -> None:
        nonlocal user
        while True:
            await watch(SYMBOL)
            user += 1

    client.handle_message = counted
    reader = asyncio.create_task(loop())
    async with asyncio.timeout(50):
        await done.wait()
    await asyncio.sleep(0.01)
    reader.cancel()
    await client.close()
    return {"seen": seen, "user": user, "seconds": (marks[-1] - marks[0]) / 1e9}


def orders(host: str, count: int, flying: int) -> dict[str, object]:
    """`create_order`, `flying` at a time."""
    return {"latencies_ns": _run(_orders(host, count, flying))}


async def _orders(host: str, count: int, flying: int) -> list[int]:
    client = exchange(host)
    found: list[int] = []

    async def one_by_one(share: int, worker: int) -> None:
        for n in range(share + 2):
            start = time.perf_counter_ns()
            name = {"clientOrderId": f"r{worker}-{n}"}
            await client.create_order(SYMBOL, "limit", "buy", float(bare.VOLUME), 137_000_000, name)
            if n > 1:  # the first opens a connection
                found.append(time.perf_counter_ns() - start)

    await asyncio.gather(*(one_by_one(count // flying, worker) for worker in range(flying)))
    await client.close()
    return found


def ticks(host: str, count: int) -> dict[str, object]:
    """The loop of a ccxt.pro user: watch, decide, order."""
    return _run(_ticks(host, count))


async def _ticks(host: str, count: int) -> dict[str, object]:
    client = exchange(host)
    average = bare.Average()
    answered = 0
    try:
        for n in range(count):
            async with asyncio.timeout(2):  # a tick that came while an order was out is gone: do not wait for ever
                ticker = await client.watch_ticker(SYMBOL)
            side = "buy" if average.side(ticker["last"]) == "bid" else "sell"
            name = {"clientOrderId": f"r1-{n}"}
            await client.create_order(SYMBOL, "limit", side, float(bare.VOLUME), ticker["last"], name)
            answered += 1
    except TimeoutError:
        pass
    await client.close()
    return {"answered": answered}


def _run(main: Coroutine[object, object, Any]) -> Any:  # noqa: ANN401 - whatever the coroutine returns
    on_uvloop = sys.argv[1:2] == ["ccxt+uvloop"]
    with asyncio.Runner(loop_factory=uvloop.new_event_loop if on_uvloop else None) as runner:
        return runner.run(main)

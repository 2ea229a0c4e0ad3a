"""upbit-sdk, Upbit's own client, in its asyncio form."""

import asyncio
import time

import bare
import uvloop

from upbit import AsyncUpbit


def client(host: str) -> AsyncUpbit:
    """A client that talks to `host` only."""
    return AsyncUpbit(
        access_key=bare.ACCESS_KEY,
        secret_key=bare.SECRET_KEY,
        base_url=f"http://{host}",
        websocket_base_url=f"ws://{host}",
    )


def receive(host: str, kind: str, count: int) -> dict[str, object]:
    """`async for` over its typed stream."""
    return uvloop.run(_receive(host, kind, count))


async def _receive(host: str, kind: str, count: int) -> dict[str, object]:
    seen = start = 0
    async with client(host) as upbit, getattr(upbit.ws_stream, kind)(["KRW-BTC"]) as stream:
        async for _ in stream:
            seen += 1
            if seen == 1:
                start = time.perf_counter_ns()
            if seen == count:
                break
        seconds = (time.perf_counter_ns() - start) / 1e9
    return {"seen": seen, "user": seen, "seconds": seconds}


def orders(host: str, count: int, flying: int) -> dict[str, object]:
    """`orders.create`, `flying` at a time."""
    return {"latencies_ns": uvloop.run(_orders(host, count, flying))}


async def _orders(host: str, count: int, flying: int) -> list[int]:
    found: list[int] = []
    async with client(host) as upbit:

        async def one_by_one(share: int, worker: int) -> None:
            for n in range(share + 2):
                start = time.perf_counter_ns()
                await _order(upbit, "bid", "137000000", f"r{worker}-{n}")
                if n > 1:  # the first opens a connection
                    found.append(time.perf_counter_ns() - start)

        await asyncio.gather(*(one_by_one(count // flying, worker) for worker in range(flying)))
    return found


def ticks(host: str, count: int) -> dict[str, object]:
    """The loop of an SDK user: take the next ticker, decide, order."""
    return uvloop.run(_ticks(host, count))


async def _ticks(host: str, count: int) -> dict[str, object]:
    average = bare.Average()
    answered = 0
    async with client(host) as upbit, upbit.ws_stream.ticker(["KRW-BTC"]) as stream:
        async for ticker in stream:
            price = float(ticker.trade_price)
            await _order(upbit, average.side(price), str(int(price)), f"r1-{answered}")
            answered += 1
            if answered == count:
                break
    return {"answered": answered}


async def _order(upbit: AsyncUpbit, side: str, price: str, identifier: str) -> None:
    await upbit.orders.create(
        market="KRW-BTC", side=side, ord_type="limit", price=price, volume=bare.VOLUME, identifier=identifier
    )

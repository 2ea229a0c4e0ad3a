"""pyupbit: a process that receives and a queue to the caller; each order opens a connection of its own."""

import asyncio
import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import bare
import pyupbit
import pyupbit.exchange_api
import pyupbit.websocket_api
import websockets

_connect = websockets.connect
_post = pyupbit.exchange_api._send_post_request


def client(host: str = "127.0.0.1:1") -> Any:  # noqa: ANN401 - pyupbit has no types
    """A client whose fixed addresses lead to `host`."""

    def connect(_: str, **options: object) -> object:
        return _connect(f"ws://{host}/websocket/v1", compression=None, **options)

    def post(url: str, **options: object) -> object:
        return _post(url.replace("https://api.upbit.com", f"http://{host}"), **options)

    pyupbit.websocket_api.websockets.connect = connect
    pyupbit.exchange_api._send_post_request = post
    return pyupbit.Upbit(bare.ACCESS_KEY, bare.SECRET_KEY)


def receive(host: str, kind: str, count: int) -> dict[str, object]:
    """From the receiving process through its queue into the caller's loop."""
    client(host)
    socket = pyupbit.WebSocketManager(kind, ["KRW-BTC"])
    socket.get()
    start = time.perf_counter_ns()
    for _ in range(count - 1):
        socket.get()
    seconds = (time.perf_counter_ns() - start) / 1e9
    socket.terminate()
    return {"seen": count, "user": count, "seconds": seconds}


def orders(host: str, count: int, flying: int) -> dict[str, object]:
    """`buy_limit_order`; it blocks, so `flying` threads call it."""
    upbit = client(host)

    def one_by_one(share: int) -> list[int]:
        found = []
        for _ in range(share):
            start = time.perf_counter_ns()
            answer = upbit.buy_limit_order("KRW-BTC", 137_000_000, float(bare.VOLUME))
            assert answer["uuid"]
            found.append(time.perf_counter_ns() - start)
        return found

    with ThreadPoolExecutor(flying) as pool:
        return {"latencies_ns": [ns for found in pool.map(one_by_one, [count // flying] * flying) for ns in found]}


def ticks(host: str, count: int) -> dict[str, object]:
    """The loop of a pyupbit user: get, decide, order."""
    upbit = client(host)
    average = bare.Average()
    socket = pyupbit.WebSocketManager("ticker", ["KRW-BTC"])
    for _ in range(count):
        price = socket.get()["trade_price"]
        order = upbit.buy_limit_order if average.side(price) == "bid" else upbit.sell_limit_order
        assert order("KRW-BTC", price, float(bare.VOLUME))["uuid"]
    socket.terminate()
    return {"answered": count}


if hasattr(asyncio, "WindowsSelectorEventLoopPolicy"):
    raise ImportError("pyupbit's addresses are replaced in the parent and inherited by a fork, which Windows lacks.")

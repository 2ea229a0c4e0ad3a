"""The floors: bare picows with msgspec, and blocking sockets with nothing around them."""

import asyncio
import selectors
import socket
import time

import bare
import picows

UPGRADE = (
    b"GET /websocket/v1 HTTP/1.1\r\nHost: 127.0.0.1\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    b"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
)
HEAD_BYTES = 4  # of a frame of 126 to 65,535 bytes, which all tickers are
PRICE_MARK = b'"trade_price":'


def receive(host: str, kind: str, count: int) -> dict[str, object]:
    """Bare picows, each message decoded into hoga's fields inside the frame callback."""
    return _loop_run(_receive(host, kind, count))


async def _receive(host: str, kind: str, count: int) -> dict[str, object]:
    done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
    marks: list[int] = []
    seen = 0
    decode = bare.decode

    class Listener(picows.WSListener):
        def on_ws_connected(self, transport: picows.WSTransport) -> None:
            transport.send(picows.WSMsgType.TEXT, bare.SUBSCRIBE.format(kind=kind).encode())

        def on_ws_frame(self, transport: picows.WSTransport, frame: picows.WSFrame) -> None:
            nonlocal seen
            decode(frame.get_payload_as_memoryview())
            seen += 1
            if seen == 1:
                marks.append(time.perf_counter_ns())
            if seen == count:
                marks.append(time.perf_counter_ns())
                transport.disconnect()

        def on_ws_disconnected(self, transport: picows.WSTransport) -> None:
            if not done.done():
                done.set_result(None)

    await picows.ws_connect(Listener, f"ws://{host}/websocket/v1")
    await done
    return {"seen": seen, "user": seen, "seconds": (marks[-1] - marks[0]) / 1e9}


def orders(host: str, count: int, flying: int) -> dict[str, object]:
    """Orders signed beforehand over `flying` sockets, each answer read whole and not parsed."""
    requests = [bare.order_request("bid", "137000000", f"r1-{i}") for i in range(count)]
    return {"latencies_ns": _one_by_one(host, requests) if flying == 1 else _side_by_side(host, requests, flying)}


def _one_by_one(host: str, requests: list[bytes]) -> list[int]:
    line = _connect(host)
    found = []
    for request in requests:
        start = time.perf_counter_ns()
        line.sendall(request)
        line.recv(65_536)
        found.append(time.perf_counter_ns() - start)
    line.close()
    return found


def _side_by_side(host: str, requests: list[bytes], flying: int) -> list[int]:
    found: list[int] = []
    waiting = list(requests)
    started: dict[int, int] = {}
    with selectors.DefaultSelector() as selector:
        for _ in range(flying):
            line = _connect(host)
            selector.register(line, selectors.EVENT_READ)
            started[line.fileno()] = time.perf_counter_ns()
            line.sendall(waiting.pop())
        while len(found) < len(requests):
            for key, _ in selector.select():
                line = key.fileobj  # type: ignore[assignment]  # only sockets are registered
                line.recv(65_536)
                now = time.perf_counter_ns()
                found.append(now - started[key.fd])
                if waiting:
                    started[key.fd] = time.perf_counter_ns()
                    line.sendall(waiting.pop())
        for key in list(selector.get_map().values()):
            key.fileobj.close()  # type: ignore[union-attr]  # as above
    return found


def ticks(host: str, count: int) -> dict[str, object]:
    """Blocking sockets doing all the work: decode, decide, sign, send, read and decode the answer."""
    average = bare.Average()
    rest = _connect(host)
    for n, message in enumerate(_messages(host, count)):
        tick = bare.decode(message)
        side = average.side(float(tick.trade_price))
        rest.sendall(bare.order_request(side, str(int(tick.trade_price)), f"r1-{n}"))
        bare.decode_answer(rest.recv(65_536).partition(b"\r\n\r\n")[2])
    rest.close()
    return {"answered": count}


def ticks_prepared(host: str, count: int) -> dict[str, object]:
    """Blocking sockets and nothing else: the price found by its mark, the order signed beforehand."""
    first = 137_000_000
    prepared = {b"%d" % price: bare.order_request("bid", str(price), f"r1-{price}") for price in _prices(first, count)}
    rest = _connect(host)
    for message in _messages(host, count):
        at = message.find(PRICE_MARK) + len(PRICE_MARK)
        rest.sendall(prepared[message[at : at + 9]])
        rest.recv(65_536)
    rest.close()
    return {"answered": count}


def _prices(first: int, count: int) -> range:
    return range(first, first + 1_000 * count, 1_000)


def _messages(host: str, count: int):  # noqa: ANN202 - a generator of the payloads of `count` frames
    line = _connect(host)
    line.sendall(UPGRADE)
    unread = b""
    while b"\r\n\r\n" not in unread:
        unread += line.recv(4096)
    unread = unread.partition(b"\r\n\r\n")[2]
    ask = bare.SUBSCRIBE.format(kind="ticker").encode()
    line.sendall(bytes((0x81, 0x80 | len(ask))) + bytes(4) + ask)
    for _ in range(count):
        while len(unread) < HEAD_BYTES or len(unread) < HEAD_BYTES + int.from_bytes(unread[2:4]):
            unread += line.recv(65_536)
        end = HEAD_BYTES + int.from_bytes(unread[2:4])
        message, unread = unread[HEAD_BYTES:end], unread[end:]
        yield message
    line.close()


def _connect(host: str) -> socket.socket:
    name, _, port = host.partition(":")
    line = socket.create_connection((name, int(port)))
    line.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return line


def _loop_run(main):  # noqa: ANN001, ANN202 - whatever the coroutine returns
    import uvloop  # noqa: PLC0415 - not on every system

    return uvloop.run(main)

"""A stand-in for Upbit that costs next to nothing: prepared frames out, one canned answer for each order, one clock.

It runs in a process of its own, speaks just enough HTTP/1.1 and WebSocket on one loopback port, and is told over the
same port what to do next: `POST /bench` sets a plan, `GET /bench` tells what was measured. In a `ticks` plan every
ticker has a price of its own; the moment an order with that price is read answers the ticker that was sent with it.
"""

import asyncio
import base64
import hashlib
import json
import os
import re
import struct
import sys
import time

import answers
import frames

WEBSOCKET_GUID = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
PLENTY = b"group=order; min=99999; sec=99999"  # nobody is to be slowed down by a limit here
CHUNK_FRAMES = 64
DISTINCT_FRAMES = 4_000
SETTLE_S = 0.3  # between a subscription and the first tick

LENGTH = re.compile(rb"\r\ncontent-length:\s*(\d+)", re.IGNORECASE)
KEY = re.compile(rb"\r\nsec-websocket-key:\s*(\S+)", re.IGNORECASE)


def framed(payload: bytes, opcode: int = 2) -> bytes:
    """One WebSocket frame from a server."""
    size = len(payload)
    if size < 126:  # noqa: PLR2004 - RFC 6455, section 5.2
        return bytes((0x80 | opcode, size)) + payload
    return struct.pack("!BBH", 0x80 | opcode, 126, size) + payload


def unframed(data: bytes) -> tuple[int, bytes, bytes] | None:
    """A client's first whole frame: opcode, payload, what follows; None where it is not whole yet."""
    if len(data) < 6:  # noqa: PLR2004 - two bytes of head and four of mask
        return None
    size, at = data[1] & 127, 2
    if size == 126:  # noqa: PLR2004 - RFC 6455, section 5.2
        size, at = int.from_bytes(data[2:4]), 4
    end = at + 4 + size
    if len(data) < end:
        return None
    mask = data[at : at + 4] * (size // 4 + 1)
    payload = (int.from_bytes(data[at + 4 : end]) ^ int.from_bytes(mask[:size])).to_bytes(size)
    return data[0] & 15, payload, data[end:]


class Venue:
    """What is to be sent, and what was seen."""

    def __init__(self) -> None:
        self.plan: dict[str, object] = {}
        self.orders = 0
        self.sent_ns: list[int] = []
        self.seen_ns: list[int] = []
        self.tick_of: dict[int, int] = {}
        self.private: Line | None = None
        self.feed: asyncio.Task[None] | None = None
        self.go = asyncio.Event()
        self._batches: dict[object, list[bytes]] = {}

    def set_plan(self, plan: dict[str, object]) -> None:
        """Forget the last run; what is costly to make is made now."""
        if self.feed:
            self.feed.cancel()
        self.plan, self.feed, self.private, self.orders = plan, None, None, 0
        self.go = asyncio.Event()
        if not plan.get("hold"):
            self.go.set()
        if plan["mode"] == "batch":
            self._chunks()
        else:
            self._frames, self.tick_of = frames.ticks(int(str(plan["count"])))
            self.sent_ns, self.seen_ns = [0] * len(self._frames), [0] * len(self._frames)

    def measured(self) -> dict[str, object]:
        """From each tick's sending to the reading of its order, in ns, in the order of the ticks."""
        pairs = zip(self.sent_ns, self.seen_ns, strict=True)
        told = [seen - sent if seen else None for sent, seen in pairs]
        return {"latencies_ns": told, "sent": sum(1 for sent in self.sent_ns if sent), "orders": self.orders}

    def subscribed(self, line: "Line") -> None:
        """Somebody wants market data; the first to ask gets it, after a snapshot where it is to wait for the rest."""
        if self.feed is None and self.plan:
            if not self.go.is_set():
                line.transport.write(framed(frames.snapshot(str(self.plan.get("kind", "ticker")))))
            send = self._send_batch if self.plan["mode"] == "batch" else self._send_ticks
            self.feed = asyncio.ensure_future(send(line))

    def answer(self, body: bytes, stamp_ns: int) -> bytes:
        """Note when an order was read, and answer it."""
        self.orders += 1
        if found := answers.PRICE.search(body):
            tick = self.tick_of.get(int(found[1]))
            if tick is not None and not self.seen_ns[tick]:
                self.seen_ns[tick] = stamp_ns
        answer, stream = answers.order_json(self.orders, body)
        if self.private:
            asyncio.get_running_loop().call_soon(self.private.transport.write, framed(stream))
        return answer

    def _chunks(self) -> list[bytes]:
        count = int(str(self.plan["count"]))
        key = (self.plan["kind"], self.plan.get("depth"), count)
        if key not in self._batches:
            distinct = min(count, DISTINCT_FRAMES)
            kind = str(self.plan["kind"])
            depth = int(str(self.plan.get("depth", 30)))
            made = frames.orderbooks(distinct, depth) if kind == "orderbook" else frames.STREAMS[kind](distinct)
            wire = [framed(made[i % distinct]) for i in range(count)]
            self._batches[key] = [b"".join(wire[i : i + CHUNK_FRAMES]) for i in range(0, count, CHUNK_FRAMES)]
        return self._batches[key]

    async def _send_batch(self, line: "Line") -> None:
        await self.go.wait()
        for chunk in self._chunks():
            await line.writable.wait()
            line.transport.write(chunk)

    async def _send_ticks(self, line: "Line") -> None:
        await self.go.wait()
        await asyncio.sleep(SETTLE_S)
        loop = asyncio.get_running_loop()
        start, step = loop.time(), 1 / float(str(self.plan["rate"]))
        for i, message in enumerate(map(framed, self._frames)):
            await asyncio.sleep(start + i * step - loop.time())
            self.sent_ns[i] = time.monotonic_ns()
            line.transport.write(message)


class Line(asyncio.Protocol):
    """One connection: HTTP until it asks to become a WebSocket."""

    transport: asyncio.Transport

    def __init__(self, venue: Venue) -> None:
        self.venue = venue
        self.unread = b""
        self.handle = self._request
        self.is_private = False
        self.writable = asyncio.Event()
        self.writable.set()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Somebody connected."""
        self.transport = transport  # type: ignore[assignment]  # a TCP server makes nothing else

    def pause_writing(self) -> None:
        """The peer reads too slowly: a batch waits."""
        self.writable.clear()

    def resume_writing(self) -> None:
        """The peer has caught up."""
        self.writable.set()

    def connection_lost(self, exc: Exception | None) -> None:
        """Somebody left."""
        self.writable.set()
        if self.venue.private is self:
            self.venue.private = None

    def data_received(self, data: bytes) -> None:
        """Stamp first, then read all that is whole."""
        stamp_ns = time.monotonic_ns()
        self.unread += data
        while self.unread and self.handle(stamp_ns):
            pass

    def _request(self, stamp_ns: int) -> bool:
        head, gap, rest = self.unread.partition(b"\r\n\r\n")
        size = int(found[1]) if (found := LENGTH.search(head)) else 0
        if not gap or len(rest) < size:
            return False
        body, self.unread = rest[:size], rest[size:]
        method, target, _ = head.split(b" ", 2)
        if key := KEY.search(head):
            self._upgrade(key[1], target)
        elif target == b"/v1/orders" and method == b"POST":
            self._reply(b"201 Created", self.venue.answer(body, stamp_ns))
        elif target.startswith(b"/bench"):
            self._reply(b"200 OK", self._control(method, target, body))
        else:
            self._reply(b"200 OK", answers.QUESTIONS.get(target.partition(b"?")[0], "[]").encode())
        return True

    def _control(self, method: bytes, target: bytes, body: bytes) -> bytes:
        if target == b"/bench/go":
            self.venue.go.set()
        elif method == b"POST":
            self.venue.set_plan(json.loads(body))
        else:
            return json.dumps(self.venue.measured()).encode()
        return b"{}"

    def _upgrade(self, key: bytes, target: bytes) -> None:
        accept = base64.b64encode(hashlib.sha1(key + WEBSOCKET_GUID).digest())  # noqa: S324 - RFC 6455 asks for it
        self.transport.write(
            b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            b"Sec-WebSocket-Accept: " + accept + b"\r\n\r\n"
        )
        self.is_private = target.endswith(b"/private")
        if self.is_private:
            self.venue.private = self
        self.handle = self._frame

    def _frame(self, stamp_ns: int) -> bool:
        found = unframed(self.unread)
        if found is None:
            return False
        opcode, payload, self.unread = found
        if opcode == 9:  # noqa: PLR2004 - ping
            self.transport.write(framed(payload, 10))
        elif opcode == 8:  # noqa: PLR2004 - close
            self.transport.write(framed(payload, 8))
            self.transport.close()
        elif b"LIST_SUBSCRIPTIONS" in payload:
            self.transport.write(framed(answers.SUBSCRIBED))
        elif payload[:1] == b"[" and not self.is_private:
            self.venue.subscribed(self)
        return True

    def _reply(self, status: bytes, body: bytes) -> None:
        self.transport.write(
            b"HTTP/1.1 %s\r\nDate: Sun, 23 Nov 2025 06:42:23 GMT\r\nContent-Type: application/json;charset=UTF-8\r\n"
            b"Content-Length: %d\r\nConnection: keep-alive\r\nRemaining-Req: %s\r\n\r\n%s"
            % (status, len(body), PLENTY, body)
        )


async def serve() -> None:
    """Listen on any free port, print it, and go on until the parent goes away."""
    venue = Venue()
    server = await asyncio.get_running_loop().create_server(lambda: Line(venue), "127.0.0.1", 0)
    print(server.sockets[0].getsockname()[1], flush=True)
    await asyncio.get_running_loop().run_in_executor(None, sys.stdin.read)
    os._exit(0)


def main() -> None:
    """Run on the fastest loop there is."""
    try:
        import uvloop  # noqa: PLC0415 - used where it is installed

        uvloop.run(serve())
    except ImportError:
        asyncio.run(serve())


if __name__ == "__main__":
    main()

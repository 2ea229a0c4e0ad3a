"""A WebSocket server that does exactly what a test tells it, good or bad. Frames are made by hand on purpose."""

import asyncio
import base64
import contextlib
import hashlib
import json
import socket
import struct
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from typing import Any

GUID = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
CONTINUATION, TEXT, BINARY, CLOSE, PING, PONG = 0, 1, 2, 8, 9, 10


def frame(opcode: int, payload: bytes = b"", *, fin: bool = True) -> bytes:
    """Spell one unmasked frame, as a server sends it."""
    head = bytes([opcode | (0x80 if fin else 0)])
    if len(payload) < 126:
        return head + bytes([len(payload)]) + payload
    if len(payload) < 65536:
        return head + b"\x7e" + struct.pack("!H", len(payload)) + payload
    return head + b"\x7f" + struct.pack("!Q", len(payload)) + payload


@dataclass
class Visit:
    """One connection of the client."""

    path: str
    headers: list[tuple[str, str]]
    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter
    messages: asyncio.Queue[Any] = field(default_factory=asyncio.Queue)
    close_code: asyncio.Future[int] = field(default_factory=lambda: asyncio.get_running_loop().create_future())
    pings: int = 0
    answers_pings: bool = True
    lists: bool = True

    def header(self, name: str) -> str | None:
        return next((value for key, value in self.headers if key.lower() == name.lower()), None)

    async def subscription(self) -> list[dict[str, Any]]:
        """The next subscription message of the client, without ticket and format."""
        message = await asyncio.wait_for(self.messages.get(), 5)
        return [part for part in message if "type" in part]

    def show(self, message: object, *, opcode: int = BINARY) -> None:
        self.writer.write(frame(opcode, message if isinstance(message, bytes) else json.dumps(message).encode()))

    def close(self, code: int, reason: bytes = b"") -> None:
        self.writer.write(frame(CLOSE, struct.pack("!H", code) + reason))

    def hang_up(self) -> None:
        self.writer.close()

    def reset(self) -> None:
        """End the connection with RST instead of FIN."""
        plug = self.writer.get_extra_info("socket")
        plug.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.writer.transport.abort()

    def go_dark(self) -> None:
        """Stop reading and answering, without a word: what a dead host looks like."""
        self.answers_pings = self.lists = False
        self.writer.transport.pause_reading()  # type: ignore[attr-defined]  # it reads, too, whatever its type says

    async def serve(self) -> None:
        with contextlib.suppress(asyncio.IncompleteReadError, ConnectionError):
            while True:
                self._take(*await self._read_frame())

    async def _read_frame(self) -> tuple[int, bytes]:
        first, second = await self.reader.readexactly(2)
        length = second & 0x7F
        if length == 126:
            (length,) = struct.unpack("!H", await self.reader.readexactly(2))
        elif length == 127:
            (length,) = struct.unpack("!Q", await self.reader.readexactly(8))
        assert second & 0x80, "a client must mask its frames"
        mask = await self.reader.readexactly(4)
        payload = await self.reader.readexactly(length)
        return first & 0x0F, bytes(byte ^ mask[n % 4] for n, byte in enumerate(payload))

    def _take(self, opcode: int, payload: bytes) -> None:
        if opcode == PING:
            self.pings += 1
            if self.answers_pings:
                self.writer.write(frame(PONG, payload))
        elif opcode == CLOSE:
            if not self.close_code.done():
                self.close_code.set_result(struct.unpack("!H", payload[:2])[0])
            self.writer.close()
        elif opcode == TEXT:
            message = json.loads(payload)
            if not any(part.get("method") == "LIST_SUBSCRIPTIONS" for part in message):
                self.messages.put_nowait(message)
                self.types = [part["type"] for part in message if "type" in part]
            elif self.lists:
                rows = [{"type": name, "codes": []} for name in self.types]
                self.show({"method": "LIST_SUBSCRIPTIONS", "result": rows, "ticket": "t"})


@dataclass
class Peer:
    """The server. `answer` may refuse an upgrade by returning a whole HTTP answer."""

    visits: asyncio.Queue[Visit] = field(default_factory=asyncio.Queue)
    answer: Callable[[Visit], bytes | None] = lambda _visit: None
    lists: bool = True
    tried: int = 0
    port: int = 0
    _server: asyncio.Server | None = None
    _tasks: set[asyncio.Task[None]] = field(default_factory=set)

    @property
    def url(self) -> str:
        return f"ws://127.0.0.1:{self.port}/websocket/v1"

    async def visit(self, path: str = "/websocket/v1") -> Visit:
        """The next connection to a path; others are put back."""
        while True:
            visit = await asyncio.wait_for(self.visits.get(), 10)
            if visit.path == path:
                return visit
            self.visits.put_nowait(visit)
            await asyncio.sleep(0.001)

    async def open(self) -> None:
        self._server = await asyncio.start_server(self._welcome, "127.0.0.1", self.port)
        self.port = self._server.sockets[0].getsockname()[1]

    async def shut(self) -> None:
        """Refuse connections from now on; those that stand go on standing."""
        assert self._server is not None
        self._server.close()

    async def end(self) -> None:
        await self.shut()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _welcome(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        self.tried += 1
        try:
            head = await reader.readuntil(b"\r\n\r\n")
            first, *lines = head.decode().strip().split("\r\n")
            headers = [(key, value) for key, value in (line.split(": ", 1) for line in lines)]
            visit = Visit(first.split()[1], headers, reader, writer, lists=self.lists)
            refusal = self.answer(visit)
            if refusal is not None:
                writer.write(refusal)
                return
            key = visit.header("Sec-WebSocket-Key")
            assert key is not None
            accept = base64.b64encode(hashlib.sha1(key.encode() + GUID).digest())  # noqa: S324 - RFC 6455 wants it
            writer.write(
                b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                b"Sec-WebSocket-Accept: " + accept + b"\r\n\r\n"
            )
            self.visits.put_nowait(visit)
            await visit.serve()
        except (asyncio.IncompleteReadError, asyncio.LimitOverrunError, ConnectionError, asyncio.CancelledError):
            pass  # whatever the client does, and the end of the test
        finally:
            if not writer.transport.is_closing():
                writer.transport.abort()


@contextlib.asynccontextmanager
async def peer_at_work() -> AsyncIterator[Peer]:
    peer = Peer()
    await peer.open()
    try:
        yield peer
    finally:
        await peer.end()

"""A server on loopback that does to each request exactly what a test says."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from urllib.parse import parse_qs

import msgspec


@dataclass
class Asked:
    """One request as it was on the wire, and the means to do something about it."""

    number: int
    connection: int
    head: bytes
    body: bytes
    writer: asyncio.StreamWriter
    peer: "Peer"

    @property
    def method(self) -> str:
        return self.head.split(b" ", 1)[0].decode()

    @property
    def target(self) -> str:
        return self.head.split(b" ", 2)[1].decode()

    @property
    def query(self) -> dict[str, list[str]]:
        return parse_qs(self.target.partition("?")[2])

    @property
    def header_names(self) -> list[str]:
        return [line.split(b":", 1)[0].decode().lower() for line in self.head.split(b"\r\n")[1:]]

    @property
    def json(self) -> dict[str, str]:
        return msgspec.json.decode(self.body, type=dict[str, str])

    def say(self, raw: bytes) -> None:
        self.writer.write(raw)

    def reply(self, status: int, body: bytes = b"{}", *headers: str) -> None:
        lines = [f"HTTP/1.1 {status} X", "Content-Type: application/json", f"Content-Length: {len(body)}", *headers]
        self.writer.write("\r\n".join(lines).encode() + b"\r\n\r\n" + body)

    def reset(self) -> None:
        self.writer.transport.abort()

    def close(self) -> None:
        self.writer.close()


Act = Callable[[Asked], Awaitable[None] | None]


@dataclass
class Peer:
    """What has reached the server so far."""

    act: Act
    port: int = 0
    asked: list[Asked] = field(default_factory=list)
    connections: int = 0
    writers: set[asyncio.StreamWriter] = field(default_factory=set)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    async def converse(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        connection = self.connections
        self.writers.add(writer)
        try:
            while True:
                head = (await reader.readuntil(b"\r\n\r\n")).removesuffix(b"\r\n\r\n")
                body = await reader.readexactly(_length(head))
                asked = Asked(len(self.asked), connection, head, body, writer, self)
                self.asked.append(asked)
                doing = self.act(asked)
                if doing is not None:
                    await doing
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()
            self.writers.discard(writer)


def _length(head: bytes) -> int:
    for line in head.split(b"\r\n")[1:]:
        name, _, value = line.partition(b":")
        if name.lower() == b"content-length":
            return int(value)
    return 0


async def until(fact: Callable[[], object]) -> None:
    """Wait until something plain has become true."""
    async with asyncio.timeout(10):
        while not fact():  # noqa: ASYNC110 - what is waited for has no event of its own
            await asyncio.sleep(0.001)


@asynccontextmanager
async def peer(act: Act) -> AsyncIterator[Peer]:
    """Serve `act` on a free port of loopback."""
    this = Peer(act)
    server = await asyncio.start_server(this.converse, "127.0.0.1", 0)
    this.port = server.sockets[0].getsockname()[1]
    try:
        yield this
    finally:
        server.close()
        for writer in list(this.writers):
            writer.transport.abort()
        await until(lambda: not this.writers)
        await server.wait_closed()

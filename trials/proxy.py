"""A wire that can be frozen: a TCP forwarder between the bot and the exchange."""

import asyncio
from contextlib import suppress
from typing import Self
from urllib.parse import urlsplit

CHUNK_BYTES = 65_536


class Wire:
    """Forwards every connection to one address. While frozen, bytes wait in it, both ways; nothing is closed."""

    def __init__(self, to_url: str) -> None:
        target = urlsplit(to_url)
        assert target.hostname is not None, "an exchange has an address"
        assert target.port is not None, "an exchange has a port"
        self._to = (target.hostname, target.port)
        self._flows = asyncio.Event()
        self._flows.set()
        self._server: asyncio.Server | None = None
        self._pumps: set[asyncio.Task[None]] = set()
        self.url = ""

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._take, "127.0.0.1", 0)
        self.url = f"http://127.0.0.1:{self._server.sockets[0].getsockname()[1]}"
        return self

    async def __aexit__(self, *_: object) -> None:
        assert self._server is not None, "entered before"
        self._server.close()
        for pump in self._pumps:
            pump.cancel()
        await asyncio.gather(*self._pumps, return_exceptions=True)

    def freeze(self) -> None:
        """Let nothing through any more."""
        self._flows.clear()

    def thaw(self) -> None:
        """Let everything through, what waited first."""
        self._flows.set()

    async def _take(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await self._flows.wait()
        there_reader, there_writer = await asyncio.open_connection(*self._to)
        for source, sink in ((reader, there_writer), (there_reader, writer)):
            pump = asyncio.create_task(self._pump(source, sink))
            self._pumps.add(pump)
            pump.add_done_callback(self._pumps.discard)

    async def _pump(self, source: asyncio.StreamReader, sink: asyncio.StreamWriter) -> None:
        with suppress(ConnectionError):
            while some := await source.read(CHUNK_BYTES):
                await self._flows.wait()
                sink.write(some)
                await sink.drain()
        sink.close()

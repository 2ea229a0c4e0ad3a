"""The network between bot and exchange, in memory: streams of bytes that are late, split, held up, lost or reset.

A connection has two directions. Bytes of one direction keep their order (TCP), chunks are split by chance, and nothing
is ordered between two connections. What can go wrong is in `Weather`; all chance comes from one seeded source.
"""

import asyncio
import contextvars
import socket as sockets
import struct
from collections import deque
from collections.abc import Callable
from random import Random
from typing import Any

from msgspec import Struct

from simtest.loop import PROCESS, Process, VirtualLoop, context_of

#: What the two kernels hold before a writer is told to wait.
KERNEL_BYTES = 256 * 1024
HIGH_WATER = 64 * 1024

#: Chunks of one direction arrive at different times, so that they keep their order.
NEVER_EQUAL_S = 1e-7


class Weather(Struct, kw_only=True):
    """What the network is like now. Times are seconds, shares are chances for each chunk or connection."""

    delay_s: tuple[float, float] = (0.001, 0.01)
    slow: float = 0.0  # a chunk takes a second or more longer
    slow_s: float = 2.0
    split: float = 0.0
    reset_before: float = 0.0  # a chunk is lost and the connection reset
    reset_after: float = 0.0  # a chunk arrives and then the connection is reset
    black_hole: float = 0.0  # a direction stops for good, the connection stays open
    refuse: float = 0.0
    hang_connect: float = 0.0
    dns_fails: float = 0.0
    is_down: bool = False  # nothing gets through, nobody is told


CALM = Weather()


class MemorySocket(sockets.socket):
    """A socket that no kernel knows (its descriptor is -1)."""

    def __init__(self, *_: Any) -> None:
        # Without the parent's __init__ there is no descriptor, so nothing real can ever be read or written.
        self.address: tuple[str, int] | None = None
        self.is_connected = False
        self.linger_reset = False
        self.pipe_end: Transport | None = None

    def setblocking(self, *_: Any) -> None:
        """Never blocks."""

    def setsockopt(self, *args: Any) -> None:
        """Only the wish to reset at the end means anything here."""
        if args[:2] == (sockets.SOL_SOCKET, sockets.SO_LINGER):
            self.linger_reset = struct.unpack("ii", args[2]) == (1, 0)

    def getsockopt(self, *_: Any) -> int:  # type: ignore[override]
        """No option is ever on."""
        return 0

    def getpeername(self) -> tuple[str, int]:
        """Where it is connected to."""
        if not self.is_connected or self.address is None:
            raise OSError("not connected")
        return self.address

    def getsockname(self) -> tuple[str, int]:
        """An address of this side."""
        return self.address or ("127.0.0.1", 0)

    def fileno(self) -> int:
        """No descriptor."""
        return -1

    def shutdown(self, _: int) -> None:
        """End both directions."""
        if self.pipe_end is not None:
            self.pipe_end.abort()

    def close(self) -> None:
        """Nothing to give back."""


class Listener:
    """One listening port."""

    def __init__(self, factory: Callable[[], Any], host: str, port: int) -> None:
        self.factory = factory
        self.context = contextvars.copy_context()
        plug = MemorySocket()
        plug.address = (host, port)
        self.sockets = [plug]
        self.is_open = True

    def is_serving(self) -> bool:
        """Tell whether somebody listens."""
        return self.is_open

    def close(self) -> None:
        """Listen no more."""
        self.is_open = False

    async def wait_closed(self) -> None:
        """Closed at once."""

    async def start_serving(self) -> None:
        """Open from the beginning."""


class Network:
    """All connections there are."""

    def __init__(self, loop: VirtualLoop, seed: str, trace: Callable[..., None]) -> None:
        self.loop = loop
        self.chance = Random(f"{seed}:network")
        self.weather = Weather()
        self.trace = trace
        self.taken: dict[str, int] = {}
        self.opened = 0
        self.on_sent: Callable[[Transport, bytes], None] | None = None
        self.live: dict[int, Connection] = {}
        self._listeners: dict[int, Listener] = {}
        self._next_port = 40_000

    # ------------------------------------------------ opening

    async def look_up(self, host: str, port: int) -> list[Any]:
        """Resolve a name."""
        await asyncio.sleep(self.delay_now_s())
        if self.strikes("dns_fails"):
            raise sockets.gaierror(sockets.EAI_AGAIN, "Temporary failure in name resolution")
        return [(sockets.AF_INET, sockets.SOCK_STREAM, 6, "", (host, port))]

    async def sock_connect(self, sock: MemorySocket, address: tuple[str, int]) -> None:
        """Reach a listener, or not."""
        if sock.is_connected:
            return
        await self._reach(address[1])
        sock.address, sock.is_connected = (address[0], address[1]), True

    async def create_connection(
        self, factory: Callable[[], Any], host: str | None, port: int | None, sock: MemorySocket | None
    ) -> tuple[Any, Any]:
        """Join a client's protocol to a new one of the listener."""
        if sock is None:
            assert host is not None
            assert port is not None
            if self.strikes("dns_fails"):
                raise sockets.gaierror(sockets.EAI_AGAIN, "Temporary failure in name resolution")
            listener = await self._reach(port)
            sock = MemorySocket()
            sock.address, sock.is_connected = (host, port), True
        else:
            assert sock.address is not None
            listener = self._listener(sock.address[1])
        protocol = factory()
        self.opened += 1
        connection = Connection(self, self.opened, sock)
        self.live[connection.number] = connection
        connection.join(protocol, contextvars.copy_context(), listener.factory, listener.context)
        return connection.ends[0], protocol

    def listen(self, factory: Callable[[], Any], host: str | None, port: int | None) -> Listener:
        """Open a port."""
        if not port:
            self._next_port += 1
            port = self._next_port
        listener = self._listeners[port] = Listener(factory, host or "127.0.0.1", port)
        return listener

    async def _reach(self, port: int) -> Listener:
        await asyncio.sleep(2 * self.delay_now_s())
        if self.strikes("hang_connect") or self.weather.is_down:
            await asyncio.sleep(120.0)
            raise ConnectionError("connection timed out")
        if self.strikes("refuse"):
            raise ConnectionRefusedError("connection refused")
        return self._listener(port)

    def _listener(self, port: int) -> Listener:
        listener = self._listeners.get(port)
        if listener is None or not listener.is_open:
            raise ConnectionRefusedError("connection refused")
        return listener

    # ------------------------------------------------ chance

    def delay_now_s(self) -> float:
        """How long a chunk takes now."""
        return self.chance.uniform(*self.weather.delay_s)

    def strikes(self, name: str) -> bool:
        """Tell whether this trouble strikes here, and count it."""
        share: float = getattr(self.weather, name)
        if share <= 0 or self.chance.random() >= share:
            return False
        self.taken[f"net.{name}"] = self.taken.get(f"net.{name}", 0) + 1
        return True

    # ------------------------------------------------ from outside

    def kill(self, process: Process, *, tells_peer: bool) -> None:
        """A process is gone: its connections end, and with `tells_peer` the kernel says so to the other side."""
        for connection in list(self.live.values()):
            for end in connection.ends:
                if end.process is process:
                    end.die(tells_peer=tells_peer)

    def reset_all(self) -> None:
        """Every connection is reset at once, as when a router restarts."""
        for connection in list(self.live.values()):
            connection.reset()

    def thaw(self) -> None:
        """Connections that were swallowed end with a reset: a healed network answers for what it forgot."""
        for connection in list(self.live.values()):
            if any(end.is_swallowed for end in connection.ends):
                connection.reset()


class Connection:
    """Two ends."""

    def __init__(self, network: Network, number: int, sock: MemorySocket) -> None:
        self.network = network
        self.number = number
        self.ends = (Transport(self, sock, "client"), Transport(self, MemorySocket(), "server"))
        sock.pipe_end = self.ends[0]
        self.ends[1].sock.address = ("127.0.0.1", 50_000)
        self.ends[1].sock.is_connected = True

    def join(
        self,
        client: Any,
        client_context: contextvars.Context,
        factory: Callable[[], Any],
        server_context: contextvars.Context,
    ) -> None:
        """Tell both protocols."""
        first, second = self.ends
        first.peer, second.peer = second, first
        first.attach(client, client_context)
        second.attach(server_context.run(factory), server_context)

    def reset(self) -> None:
        """Both ends see a reset now; what is under way is lost."""
        for end in self.ends:
            end.lose(ConnectionResetError(104, "Connection reset by peer"))

    def end_gone(self) -> None:
        """One end has gone; with both gone there is nothing left to remember."""
        if all(end.is_lost for end in self.ends):
            self.network.live.pop(self.number, None)


class Transport(asyncio.Transport):
    """One end of a connection; what it writes arrives at its peer when the network lets it."""

    peer: "Transport"

    def __init__(self, connection: Connection, sock: MemorySocket, side: str) -> None:
        super().__init__()
        self.connection = connection
        self.sock = sock
        self.side = side
        self.process = PROCESS.get()
        self.is_lost = False
        self.is_swallowed = False
        self._network = connection.network
        self._loop = connection.network.loop
        self._protocol: Any = None
        self._context = contextvars.copy_context()
        self._is_closing = False
        self._is_paused = False
        self._unsent = 0
        self._last_s = 0.0
        self._inbox: deque[bytes | None] = deque()
        self._writer_waits = False

    def attach(self, protocol: Any, context: contextvars.Context) -> None:
        """Begin."""
        self._protocol, self._context = protocol, context
        self.process = context.get(PROCESS, self.process)
        self._loop.call_soon(self._made, context=context)

    def _made(self) -> None:
        if not self.is_lost:
            self._protocol.connection_made(self)

    # ------------------------------------------------ what protocols ask

    def get_extra_info(self, name: str, default: Any = None) -> Any:
        """Socket and addresses; there is no TLS here."""
        if name == "socket":
            return self.sock
        if name in {"peername", "sockname"}:
            return ("127.0.0.1", 50_000)
        return default

    def set_protocol(self, protocol: Any) -> None:
        """Hand over to another protocol."""
        self._protocol = protocol

    def get_protocol(self) -> Any:
        """Who listens."""
        return self._protocol

    def is_closing(self) -> bool:
        """Tell whether the end has begun."""
        return self._is_closing or self.is_lost

    def is_reading(self) -> bool:
        """Tell whether bytes are handed over."""
        return not self._is_paused

    def pause_reading(self) -> None:
        """Keep what comes."""
        self._is_paused = True

    def resume_reading(self) -> None:
        """Hand over what was kept."""
        if self._is_paused:
            self._is_paused = False
            self._loop.call_soon(self._hand_over, context=self._context)

    def get_write_buffer_size(self) -> int:
        """Bytes beyond what the kernels hold."""
        return max(0, self._unsent - KERNEL_BYTES)

    def set_write_buffer_limits(self, high: int | None = None, low: int | None = None) -> None:
        """Always the same here."""

    def can_write_eof(self) -> bool:
        """Half-closing is not used."""
        return False

    def write(self, data: Any) -> None:
        """Send bytes."""
        if self.is_lost or self._is_closing or not data:
            return
        network = self._network
        self._unsent += len(data)
        network.trace("write", self.connection.number, self.side, len(data))
        if network.weather is CALM:
            self._carry(bytes(data))
        else:
            self._send_through_weather(bytes(data))
        if network.on_sent is not None and not self.is_swallowed:
            network.on_sent(self, bytes(data))
        if self.get_write_buffer_size() > HIGH_WATER and not self._writer_waits:
            self._writer_waits = True
            self._protocol.pause_writing()

    def _send_through_weather(self, chunk: bytes) -> None:
        network = self._network
        if network.weather.is_down or network.strikes("black_hole"):
            self.is_swallowed = True
        if self.is_swallowed:
            return
        if network.strikes("reset_before"):
            self._loop.call_later(network.delay_now_s(), self.connection.reset, context=context_of(_WIRE))
            self.is_swallowed = True
            return
        if len(chunk) > 1 and network.strikes("split"):
            cut = network.chance.randrange(1, len(chunk))
            self._carry(chunk[:cut])
            self._carry(chunk[cut:])
        else:
            self._carry(chunk)
        if network.strikes("reset_after"):
            self._loop.call_at(self._last_s + 0.0001, self.connection.reset, context=context_of(_WIRE))

    def writelines(self, list_of_data: Any) -> None:
        """Send several pieces as one."""
        self.write(b"".join(list_of_data))

    def close(self) -> None:
        """Send what is written, then end."""
        if self.is_closing():
            return
        self._is_closing = True
        self._carry(None)
        self._loop.call_soon(self._gone, None, context=self._context)

    def abort(self) -> None:
        """End now."""
        if self.is_lost or self.process.is_dead:
            return
        was_closing, self._is_closing = self._is_closing, True
        if self.sock.linger_reset:
            self._loop.call_later(self._network.delay_now_s(), self.connection.reset, context=context_of(_WIRE))
        elif not was_closing:
            self._carry(None)
        self._loop.call_soon(self._gone, None, context=self._context)

    # ------------------------------------------------ what the network does

    def _carry(self, chunk: bytes | None) -> None:
        network = self._network
        if self.is_swallowed or network.weather.is_down:
            return
        delay_s = network.delay_now_s()
        if network.strikes("slow"):
            delay_s += network.chance.uniform(0.1, network.weather.slow_s)
        self._last_s = max(self._last_s + NEVER_EQUAL_S, self._loop.time() + delay_s)
        self._loop.call_at(self._last_s, self.peer.arrive, chunk, context=self.peer._context)

    def arrive(self, chunk: bytes | None) -> None:
        """Bytes, or the end, have come from the peer."""
        self.peer.taken(len(chunk) if chunk else 0)
        if self.is_lost or (self._is_closing and chunk is not None):
            return
        self._inbox.append(chunk)
        self._hand_over()

    def taken(self, size: int) -> None:
        """The peer has these bytes of ours."""
        self._unsent -= size
        if self._writer_waits and self.get_write_buffer_size() == 0 and not self.is_lost and not self.process.is_dead:
            self._writer_waits = False
            self._loop.call_soon(self._protocol.resume_writing, context=self._context)

    def _hand_over(self) -> None:
        while self._inbox and not self._is_paused and not self.is_lost:
            chunk = self._inbox.popleft()
            if chunk is None:
                self._end_of_file()
                return
            self._network.trace("read", self.connection.number, self.side, len(chunk))
            if isinstance(self._protocol, asyncio.BufferedProtocol):
                self._fill(chunk)
            else:
                self._protocol.data_received(chunk)

    def _fill(self, chunk: bytes) -> None:
        view = memoryview(chunk)
        while view and not self.is_lost:
            room = memoryview(self._protocol.get_buffer(len(view))).cast("B")
            size = min(len(room), len(view))
            room[:size] = view[:size]
            self._protocol.buffer_updated(size)
            view = view[size:]

    def _end_of_file(self) -> None:
        if not self._is_closing and not self._protocol.eof_received():
            self.close()

    def lose(self, reason: Exception) -> None:
        """The connection is reset."""
        if not self.is_lost and not self.process.is_dead:
            self._is_closing = True
            self._loop.call_soon(self._gone, reason, context=self._context)

    def die(self, *, tells_peer: bool) -> None:
        """The process of this end is gone."""
        if self.is_lost:
            return
        self.is_lost = True
        self._inbox.clear()
        if tells_peer and not self._is_closing:
            self._carry(None)
        self.connection.end_gone()

    def _gone(self, reason: Exception | None) -> None:
        if self.is_lost:
            return
        self.is_lost = True
        self._inbox.clear()
        self._network.trace("gone", self.connection.number, self.side, type(reason).__name__)
        self.connection.end_gone()
        self._protocol.connection_lost(reason)


_WIRE = Process("wire")

"""One client's WebSocket as the server holds it: what it is subscribed to, and how bytes reach it.

Frames are written straight to the transport, already framed, so that one frame can go to many clients unchanged. The
library keeps the handshake, reading, and the closing handshake.
"""

import asyncio
import socket as sockets_of_the_system
import struct
from enum import IntEnum
from typing import TYPE_CHECKING

from aiohttp import web
from msgspec import Struct

from hoga.upbit.stream.subscriptions import FrameFormat

if TYPE_CHECKING:
    from hoga.simulator.streams.subscriptions import Wanted

#: A client that leaves this much unread is dropped: it would never catch up.
MAX_UNSENT = 16 * 1024 * 1024
#: Messages a connection may send in a second and in a minute (Upbit docs, rate-limits page of 2026-10-07).
MESSAGES_PER_S, MESSAGES_PER_MIN = 5, 100
#: How long a peer may take for its half of the closing handshake.
CLOSING_S = 2.0

_SHORT_LENGTH, _MIDDLE_LENGTH = 126, 0x10000


class Opcode(IntEnum):
    """The two kinds of frames with data (RFC 6455, 5.6)."""

    TEXT = 0x1
    BINARY = 0x2


def framed(payload: bytes, opcode: Opcode = Opcode.BINARY) -> bytes:
    """Put the frame header of a server (final, unmasked) before a payload (RFC 6455, 5.2)."""
    first, length = 0x80 | opcode, len(payload)
    if length < _SHORT_LENGTH:
        return bytes((first, length)) + payload
    if length < _MIDDLE_LENGTH:
        return struct.pack("!BBH", first, 126, length) + payload
    return struct.pack("!BBQ", first, 127, length) + payload


class Frame(Struct, frozen=True):
    """One message to a client: what it tells of, its JSON, and its bytes on the line."""

    type: str
    market: str
    payload: bytes
    wire: bytes


def frame_of(kind: str, market: str, payload: bytes, opcode: Opcode = Opcode.BINARY) -> Frame:
    """Make a frame, header and all."""
    return Frame(kind, market, payload, framed(payload, opcode))


class MessageCount:
    """How many messages a client sent in this second and this minute."""

    def __init__(self) -> None:
        self._second = self._minute = -1
        self._in_second = self._in_minute = 0

    def admits(self, now_s: float) -> bool:
        """Count one message and tell whether it is within the limits."""
        second, minute = int(now_s), int(now_s // 60)
        if second != self._second:
            self._second, self._in_second = second, 0
        if minute != self._minute:
            self._minute, self._in_minute = minute, 0
        self._in_second += 1
        self._in_minute += 1
        return self._in_second <= MESSAGES_PER_S and self._in_minute <= MESSAGES_PER_MIN


class Socket:
    """One connection. `kind` is `public`, `private` or `info`; `account` is empty where nobody signed."""

    def __init__(self, kind: str, response: web.WebSocketResponse, transport: asyncio.Transport, now_s: float) -> None:
        self.kind = kind
        self.account = ""
        self.response = response
        self.transport = transport
        self.frame_format = FrameFormat.DEFAULT
        self.wanted: tuple[Wanted, ...] = ()
        self.count = MessageCount()
        self.opened_s = self.active_s = now_s
        self.next_up_s: float | None = None
        self.closes_s: float | None = None
        self.is_muted = False
        self.stalled: set[str] = set()
        self.assets_silent_until_s = 0.0
        self.held: list[tuple[int, Frame]] = []
        self.sent = self.heard = 0
        self.dropped_slow = False
        self.closing: set[asyncio.Task[bool]] = set()

    @property
    def is_open(self) -> bool:
        """Tell whether bytes may still be written."""
        return not (self.response.closed or self.transport.is_closing())

    def write(self, wire: bytes, now_s: float) -> None:
        """Send a frame as it is; a client that does not read is dropped."""
        if self.is_muted or not self.is_open:
            return
        if self.transport.get_write_buffer_size() > MAX_UNSENT:
            self.dropped_slow = True
            self.transport.abort()
            return
        self.transport.write(wire)
        self.sent += 1
        self.active_s = now_s

    def close(self, code: int) -> None:
        """Begin the closing handshake; nobody waits for its end."""
        task = asyncio.get_running_loop().create_task(self.response.close(code=code, drain=False))
        self.closing.add(task)
        task.add_done_callback(self.closing.discard)

    def reset(self) -> None:
        """Cut the line so that the peer sees a reset, not an end."""
        system_socket = self.transport.get_extra_info("socket")
        if system_socket is not None:
            linger = struct.pack("ii", 1, 0)
            system_socket.setsockopt(sockets_of_the_system.SOL_SOCKET, sockets_of_the_system.SO_LINGER, linger)
        self.transport.abort()

    def stop_reading(self) -> None:
        """Leave whatever the client sends in the system's buffers, for good."""
        if not self.transport.is_closing():
            self.transport.pause_reading()

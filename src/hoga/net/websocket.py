"""One WebSocket to the venue, as bare as it can be: messages in by callback, frames out, and how it ended.

picows parses the frames; what it would do behind our back (pings, pongs, redirects) is switched off, because the
session decides these things and must hear of every sign of life. Compression is never offered. `Origin` is never sent:
with it Upbit allows one connection in ten seconds (Upbit docs, rate-limits page of 2026-10-07).
"""

import asyncio
import contextlib
import functools
import logging
import socket
from collections.abc import Callable, Mapping

import picows
from msgspec import Struct
from picows.url import WSParsedURL

from hoga.net.tls import tls

#: The largest message we take; Upbit's largest are books of some 10 kB (reliability W24).
MAX_MESSAGE_BYTES = 1024 * 1024

#: Pieces of one message; Upbit was never seen to send more than one.
MAX_FRAGMENTS = 100

#: Addresses of one host that are tried before an attempt counts as failed.
MAX_ADDRESSES = 3

#: How long the peer may take to answer our close frame before the connection is cut.
CLOSE_GRACE_S = 0.2

#: What RFC 6455 calls an end without a close frame.
ABNORMAL = 1006

#: A control frame carries no more (RFC 6455, section 5.5); picows ends the socket if one does.
LARGEST_CONTROL = 125

TEXT, CONTINUATION = picows.WSMsgType.TEXT, picows.WSMsgType.CONTINUATION
PING, PONG, CLOSE = picows.WSMsgType.PING, picows.WSMsgType.PONG, picows.WSMsgType.CLOSE


class ConnectError(Exception):
    """The socket could not be opened; `status` is the HTTP answer to the upgrade, 0 where there was none."""

    def __init__(self, reason: str, status: int = 0) -> None:
        super().__init__(reason)
        self.status = status


class Ended(Struct, frozen=True):
    """How a socket ended: the code of its close frame (1006 where there was none) and the words with it."""

    code: int
    reason: str


class _Listener(picows.WSListener):
    """Puts fragments together, answers pings and closes, hands whole messages on."""

    def __init__(
        self, on_message: Callable[[bytes], None], on_sign: Callable[[], None], on_read: Callable[[], None]
    ) -> None:
        self._on_message = on_message
        self._on_sign = on_sign
        self._on_read = on_read
        self._parts: list[bytes] = []

    def on_ws_frame(self, transport: picows.WSTransport, frame: picows.WSFrame) -> None:
        """Take one frame. An exception here is a fault of ours: it ends the socket at once and is raised by `ended`."""
        try:
            # The type of a frame is costly to ask for, and no control frame is as large as this.
            if frame.payload_size > LARGEST_CONTROL and frame.fin and not self._parts:
                self._on_message(frame.get_payload_as_bytes())
            else:
                self._on_other(transport, frame, frame.msg_type)
            if frame.last_in_buffer:
                self._on_read()
        except BaseException:
            self._on_message = _ignore
            transport.disconnect(graceful=False)
            raise

    def _on_other(self, transport: picows.WSTransport, frame: picows.WSFrame, kind: picows.WSMsgType) -> None:
        if kind is PING:
            self._on_sign()
            transport.send_pong(frame.get_payload_as_bytes())
        elif kind is CLOSE:
            transport.send_close(frame.get_close_code())
            transport.disconnect(graceful=False)
        elif kind is PONG:
            self._on_sign()
        elif frame.fin and not self._parts and kind is not CONTINUATION:
            self._on_message(frame.get_payload_as_bytes())
        else:
            self._on_fragment(frame, begins=kind is not CONTINUATION)

    def _on_fragment(self, frame: picows.WSFrame, *, begins: bool) -> None:
        if begins is bool(self._parts):
            raise picows.WSProtocolError(picows.WSCloseCode.PROTOCOL_ERROR, "fragments out of order")
        self._parts.append(frame.get_payload_as_bytes())
        if len(self._parts) > MAX_FRAGMENTS or sum(map(len, self._parts)) > MAX_MESSAGE_BYTES:
            raise picows.WSProtocolError(picows.WSCloseCode.MESSAGE_TOO_BIG, "fragments of a message too big")
        if frame.fin:
            message, self._parts = b"".join(self._parts), []
            self._on_message(message)


class Socket:
    """An open WebSocket."""

    def __init__(self, transport: picows.WSTransport) -> None:
        self._transport = transport

    def send(self, text: bytes) -> None:
        """Send one text message; on a socket that has ended, nothing happens."""
        self._transport.send(TEXT, text)

    def ping(self) -> None:
        """Send a protocol ping."""
        self._transport.send_ping()

    def close(self) -> None:
        """Say goodbye, and hang up shortly after, whatever the peer does."""
        self._transport.send_close(picows.WSCloseCode.OK)
        asyncio.get_running_loop().call_later(CLOSE_GRACE_S, self.abort)

    def abort(self) -> None:
        """Hang up now."""
        self._transport.disconnect(graceful=False)

    def pause(self) -> None:
        """Stop reading; what was read already is still delivered."""
        self._transport.underlying_transport.pause_reading()

    def resume(self) -> None:
        """Read on."""
        self._transport.underlying_transport.resume_reading()

    @property
    def has_unsent(self) -> bool:
        """Tell whether something we sent still waits on our side."""
        return self._transport.underlying_transport.get_write_buffer_size() > 0

    @property
    def was_reset(self) -> bool:
        """Tell whether the line was reset; uvloop does not tell a reader of a reset on the heels of data."""
        plug = self._transport.underlying_transport.get_extra_info("socket")
        return plug is not None and plug.fileno() >= 0 and plug.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR) != 0

    async def ended(self) -> Ended:
        """Wait for the end. What a callback of ours raised is raised here."""
        try:
            await self._transport.wait_disconnected()
        except picows.WSProtocolError as error:
            return Ended(ABNORMAL, f"we closed with {int(error.code.value)}: {error}")
        handshake = self._transport.close_handshake
        if handshake is None or handshake.recv is None:
            return Ended(ABNORMAL, "the connection was lost")
        return Ended(int(handshake.recv.code.value), handshake.recv.reason or "the venue closed")


async def open_socket(
    url: str,
    *,
    headers: Mapping[str, str],
    on_message: Callable[[bytes], None],
    on_sign: Callable[[], None],
    on_read: Callable[[], None],
    timeout_s: float,
) -> Socket:
    """Connect, shake hands, return the socket; `ConnectError` within `timeout_s` if that does not work out.

    Called are `on_message` with each whole message, `on_sign` at each ping and pong, and `on_read` when all that one
    read of the socket brought has been handed over.
    """
    connected: list[socket.socket] = []

    async def connect(parsed: WSParsedURL) -> socket.socket:
        connected.append(await _connect(parsed.host, parsed.port, timeout_s / MAX_ADDRESSES))
        return connected[0]

    try:
        async with asyncio.timeout(timeout_s):
            transport, listener = await picows.ws_connect(
                lambda: _Listener(on_message, on_sign, on_read),
                url,
                ssl_context=tls() if url.startswith("wss:") else None,
                websocket_handshake_timeout=timeout_s,
                logger_name=_silence(),
                enable_auto_ping=False,
                enable_auto_pong=False,
                max_frame_size=MAX_MESSAGE_BYTES,
                extra_headers=headers,
                max_redirects=0,
                socket_factory=connect,
            )
    except picows.WSHandshakeError as error:
        raise ConnectError(str(error), 0 if error.response is None else int(error.response.status)) from None
    except TimeoutError:
        _hang_up(connected)
        raise ConnectError(f"no connection within {timeout_s:g} s") from None
    except OSError as error:
        raise ConnectError(f"{type(error).__name__}: {error}") from None
    except BaseException:
        _hang_up(connected)
        raise
    if listener is None:
        # picows says so when the peer hangs up in the middle of the handshake.
        raise ConnectError("the peer hung up during the handshake")
    return Socket(transport)


async def _connect(host: str, port: int, timeout_s: float) -> socket.socket:
    """Look the host up anew and connect to the first of its addresses that answers."""
    loop = asyncio.get_running_loop()
    found = await loop.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    last: OSError = OSError(f"{host} has no address")
    for family, kind, protocol, _, address in found[:MAX_ADDRESSES]:
        plug = socket.socket(family, kind, protocol)
        try:
            plug.setblocking(False)  # noqa: FBT003 - the name of the method says what is switched off
            async with asyncio.timeout(timeout_s):
                await loop.sock_connect(plug, address)
        except OSError as error:  # a timeout is one, too
            plug.close()
            last = error
        except BaseException:
            plug.close()
            raise
        else:
            return plug
    raise last


def _hang_up(connected: list[socket.socket]) -> None:
    """End a half-open connection. picows leaves it open when it is interrupted; its transport still owns the socket."""
    for plug in connected:
        with contextlib.suppress(OSError):
            plug.shutdown(socket.SHUT_RDWR)


def _ignore(_: bytes) -> None:
    """What is read after a fault of ours is not heard."""


@functools.cache
def _silence() -> logging.Logger:
    """A logger that says nothing: picows would log the upgrade request and its token when asked for details."""
    return logging.Logger("hoga.websocket", logging.CRITICAL + 1)  # noqa: LOG001 - it belongs to no tree of loggers

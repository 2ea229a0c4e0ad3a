"""One kept-alive HTTP/1.1 connection with one request in flight, which knows whether the request left.

It never repeats a request and never follows a redirect: what may be done about a failure is decided elsewhere.
"""

import asyncio
import socket
from collections.abc import Callable
from time import monotonic
from typing import cast

import httptools

from hoga.model.errors import HogaError
from hoga.upbit.answers.account import Answer

#: No answer of the venue comes near this; a larger one is a fault or an attack (reliability table R24).
MAX_BODY = 8 * 1024 * 1024
MAX_HEADERS = 64 * 1024

_INTERIM = range(100, 200)
_BODILESS = (204, 304)

#: Header names in the spelling they arrived in, and what they are called here.
_NAMES: dict[bytes, str] = {}
_MAX_NAMES = 256


class NotSent(HogaError):  # noqa: N818 - a finding, and only sometimes raised
    """Not one byte of the request was handed to the network, so the venue cannot have seen it."""


class AnswerLost(HogaError):  # noqa: N818 - as above
    """The request left, in part at least, and no usable answer came: what the venue did is unknown."""


Outcome = Answer | NotSent | AnswerLost
Done = Callable[[Outcome], None]


class HttpConnection(asyncio.Protocol):
    """Speaks to one server. `on_free` is called when it can take another request, `on_gone` once when it has ended."""

    def __init__(
        self, on_free: Callable[["HttpConnection"], None], on_gone: Callable[["HttpConnection"], None]
    ) -> None:
        self.free_since_s = monotonic()
        self.is_usable = False
        self._on_free = on_free
        self._on_gone = on_gone
        self._loop = asyncio.get_running_loop()
        self._closed: asyncio.Future[None] = self._loop.create_future()
        self._transport: asyncio.Transport | None = None
        self._parser = httptools.HttpResponseParser(self)
        self._done: Done | None = None
        self._deadline_s = 0.0
        self._timer: asyncio.TimerHandle | None = None
        self._has_more = False
        self._fault = ""
        self._begin_answer()

    # What is known of the answer that is coming in.
    _status: int
    _headers: dict[str, str]
    _body: list[bytes]
    _header_bytes: int
    _body_bytes: int
    _has_headers: bool
    _is_until_end: bool  # the body ends with the connection
    _is_complete: bool
    _keeps_alive: bool
    _has_more: bool  # bytes follow a complete answer
    _fault: str

    @property
    def is_ready(self) -> bool:
        """Tell whether a request can be written now."""
        transport = self._transport
        return self.is_usable and self._done is None and transport is not None and not transport.is_closing()

    def send(self, payload: bytes, done: Done, deadline_s: float) -> None:
        """Hand a whole request to the network; `done` hears the outcome exactly once, within `deadline_s` seconds."""
        transport = self._transport
        if transport is None or not self.is_ready:
            done(NotSent("the connection was closed before the request was written"))
            return
        self._done = done
        transport.write(payload)
        self._sent_s = monotonic()
        self._deadline_s = self._sent_s + deadline_s
        timer = self._timer
        # One timer serves many requests: it is not worth a new one each time that almost none of them needs it.
        if timer is None or self._rings_s > self._deadline_s:
            if timer is not None:
                timer.cancel()
            self._ring_in(deadline_s)

    def drop(self, reason: str) -> None:
        """End the connection at once; a request in flight is lost for this reason."""
        self.is_usable = False
        if self._transport is not None:
            self._transport.abort()
        self._finish(AnswerLost(reason))

    async def closed(self) -> None:
        """Wait until the connection has ended."""
        await asyncio.shield(self._closed)

    # ---------------------------------------------------------------- what the event loop tells

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """The connection stands (TLS included)."""
        self._transport = cast("asyncio.Transport", transport)  # uvloop's has the methods, but not the class
        self.is_usable = True
        # A request is one small write that must not wait for the acknowledgement of an earlier one.
        transport.get_extra_info("socket").setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def data_received(self, data: bytes) -> None:
        """Some bytes of an answer came, or of something nobody asked for."""
        if self._done is None:
            self.drop("bytes came that nobody had asked for")
            return
        try:
            self._parser.feed_data(data)
        except (httptools.HttpParserError, httptools.HttpParserUpgrade) as fault:
            if not self._is_complete:
                self._fault = f"not an HTTP answer: {fault}"
            self._has_more = True
        if not self._has_headers:
            self._header_bytes += len(data)
            if self._header_bytes > MAX_HEADERS:
                self._fault = f"more than {MAX_HEADERS} bytes of headers"
        if self._fault:
            self.drop(self._fault)
        elif self._is_complete:
            self._answer(reuse=self._keeps_alive and not self._has_more)

    def connection_lost(self, exc: Exception | None) -> None:
        """The connection ended, for whatever reason."""
        self.is_usable = False
        if self._timer is not None:
            self._timer.cancel()
        if not self._closed.done():
            self._closed.set_result(None)
        self._on_gone(self)
        if self._done is None:
            return
        if exc is None and self._has_headers and self._is_until_end:
            self._answer(reuse=False)
        else:
            self._finish(AnswerLost(f"the connection ended before the answer did ({exc or 'closed by the server'})"))

    # ---------------------------------------------------------------- what the parser tells

    def on_message_begin(self) -> None:
        """A status line begins; after a complete answer that is one too many."""
        if self._is_complete:
            self._has_more = True

    def on_header(self, name: bytes, value: bytes) -> None:
        """One header line."""
        if self._has_more:
            return
        key, text = _NAMES.get(name) or _lower(name), value.decode("latin-1")
        headers = self._headers
        headers[key] = f"{headers[key]}, {text}" if key in headers else text

    def on_headers_complete(self) -> None:
        """The body follows, if there is one."""
        if self._has_more:
            return
        self._has_headers = True
        self._status = status = self._parser.get_status_code()
        has_end = "content-length" in self._headers or "transfer-encoding" in self._headers or status in _BODILESS
        self._is_until_end = not has_end and status not in _INTERIM

    def on_body(self, body: bytes) -> None:
        """A part of the body, chunks already joined."""
        if self._has_more or self._fault:
            return
        self._body_bytes += len(body)
        if self._body_bytes > MAX_BODY:
            self._body.clear()
            self._fault = f"more than {MAX_BODY} bytes of body"
            return
        self._body.append(body)

    def on_message_complete(self) -> None:
        """The answer is whole, unless it was only an interim one (1xx)."""
        if self._has_more:
            return
        if self._parser.get_status_code() in _INTERIM:
            self._begin_answer()
        else:
            self._is_complete = True
            self._keeps_alive = self._parser.should_keep_alive()

    # ---------------------------------------------------------------- the life of one answer

    def _ring_in(self, seconds: float) -> None:
        self._rings_s = monotonic() + seconds
        self._timer = self._loop.call_later(seconds, self._rung)

    def _rung(self) -> None:
        """See whether the request in flight, if any, has had its time; if not, look again when it will have."""
        self._timer = None
        if self._done is None:
            return
        left_s = self._deadline_s - monotonic()
        if left_s > 0:
            self._ring_in(left_s)
        else:
            self.drop(f"no answer within {self._deadline_s - self._sent_s:.3g} s")

    def _begin_answer(self) -> None:
        self._headers = {}
        self._body = []
        self._header_bytes = 0
        self._body_bytes = 0
        self._has_headers = False
        self._is_complete = False

    def _answer(self, *, reuse: bool) -> None:
        body = self._body
        answer = Answer(self._status, self._headers, body[0] if len(body) == 1 else b"".join(body))
        self._begin_answer()
        done, self._done = self._done, None
        if reuse and self._transport is not None and not self._transport.is_closing():
            self.free_since_s = monotonic()
            self._on_free(self)
        else:
            self.is_usable = False
            if self._transport is not None:
                self._transport.abort()
        if done is not None:
            done(answer)

    def _finish(self, outcome: Outcome) -> None:
        done, self._done = self._done, None
        if done is not None:
            done(outcome)


def _lower(name: bytes) -> str:
    key = name.decode("latin-1").lower()
    if len(_NAMES) < _MAX_NAMES:
        _NAMES[name] = key
    return key

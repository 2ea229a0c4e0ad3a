"""The few warm connections orders travel on: pick one that is proven fresh, or open a new one.

Made for one server and for small JSON answers. Proxies from the environment are ignored, TLS is always verified, and
no request ever carries an `Origin` header (the venue would allow one call in ten seconds).
"""

import asyncio
import re
from time import monotonic
from urllib.parse import urlsplit

from hoga.model.errors import ConfigError
from hoga.model.secret import Signed
from hoga.net.http_connection import Done, HttpConnection, NotSent, Outcome
from hoga.net.tls import tls
from hoga.upbit.answers.account import Answer
from hoga.upbit.rest.request import Request

#: The order group allows 12 a second; with slow answers and cancels beside them this is plenty.
MAX_CONNECTIONS = 16
#: Connections that only urgent requests may take, so that no crowd of waiting orders holds up a cancel.
RESERVED_CONNECTIONS = 4

CONNECT_TIMEOUT_S = 3.0
#: An order takes no connection that was silent for longer: the server may just be closing it (reliability table R2).
FRESH_S = 5.0
#: Questions and cancels may be repeated, so they may also use older ones, up to this age.
IDLE_S = 30.0
#: While requests were sent within this time, one fresh connection is kept ready.
WARM_FOR_S = 300.0
WARM_EVERY_S = 1.0

MAX_HEADS = 64  # more than the venue has calls with a body

_UNSAFE = re.compile(r"[^!-~]")  # anything but visible ASCII could end the request line early

_Connecting = asyncio.Task[HttpConnection | NotSent]


class HttpClient:
    """Sends requests to one server over a handful of connections. Close it when done.

    `base_url` is scheme, host and port (`https://api.upbit.com`). Nothing is opened before the first request.
    """

    def __init__(
        self,
        base_url: str,
        *,
        user_agent: str = "hoga",
        connect_timeout_s: float = CONNECT_TIMEOUT_S,
        fresh_s: float = FRESH_S,
        keep_warm: bool = True,
    ) -> None:
        parts = urlsplit(base_url)
        if parts.scheme not in {"http", "https"} or not parts.hostname or parts.path.strip("/"):
            raise ConfigError([f"{base_url!r} is not the address of a server. Write it like https://api.upbit.com."])
        self._host = parts.hostname
        self._tls = tls() if parts.scheme == "https" else None
        self._port = parts.port or (443 if self._tls else 80)
        self._connect_timeout_s = connect_timeout_s
        self._fresh_s = fresh_s
        self._keep_warm = keep_warm
        self._idle: list[HttpConnection] = []  # the one used last stands last
        self._open: set[HttpConnection] = set()
        self._connecting: set[_Connecting] = set()
        self._warmer: asyncio.TimerHandle | None = None
        self._used_s = 0.0
        self._is_closed = False
        self._heads: dict[str, bytes] = {}
        authority = f"[{self._host}]" if ":" in self._host else self._host
        if parts.port is not None:
            authority = f"{authority}:{parts.port}"
        self._constant = (
            f" HTTP/1.1\r\nHost: {authority}\r\nUser-Agent: {user_agent}\r\nAccept: application/json\r\n".encode(
                "ascii"
            )
        )

    @property
    def busy(self) -> int:
        """How many connections carry a request or are being opened."""
        return len(self._open) - len(self._idle) + len(self._connecting)

    def has_room(self, *, urgent: bool = False) -> bool:
        """Tell whether another request can leave now without waiting for a connection to become free."""
        return self.busy < MAX_CONNECTIONS - (0 if urgent else RESERVED_CONNECTIONS)

    def send(self, request: Request, authorization: str | None, done: Done, *, deadline_s: float) -> None:
        """Send one request; `done` hears the outcome exactly once, within `deadline_s` seconds of now.

        On a warm connection the request is written before this returns.
        """
        self._used_s = monotonic()
        payload = self._payload(request, authorization)
        connection = self._pick(must_be_fresh=request.method == "POST")
        if connection is not None:
            connection.send(payload, done, deadline_s)
        elif self._is_closed or not self.has_room(urgent=True):
            done(NotSent("no connection was free"))
        else:
            self._spawn(payload, done, deadline_s)
        if self._warmer is None and self._keep_warm and not self._is_closed:
            self._warmer = asyncio.get_running_loop().call_later(WARM_EVERY_S, self._warm)

    async def request(self, request: Request, authorization: str | None = None, *, deadline_s: float) -> Answer:
        """Send one request and wait for its answer; raises `NotSent` or `AnswerLost`."""
        waiting: asyncio.Future[Outcome] = asyncio.get_running_loop().create_future()
        self.send(request, authorization, lambda outcome: resolve(waiting, outcome), deadline_s=deadline_s)
        outcome = await waiting
        if isinstance(outcome, Answer):
            return outcome
        raise outcome

    async def close(self) -> None:
        """End every connection; requests in flight are lost."""
        self._is_closed = True
        if self._warmer is not None:
            self._warmer.cancel()
        connecting = list(self._connecting)
        for task in connecting:
            task.cancel()
        await asyncio.gather(*connecting, return_exceptions=True)
        ending = list(self._open)
        for connection in ending:
            connection.drop("the client was closed")
        await asyncio.gather(*(connection.closed() for connection in ending))

    def _payload(self, request: Request, authorization: str | None) -> Signed:
        body = request.body
        head = self._heads.get(request.path) if body and not request.query else None
        if head is None:
            head = self._head(request)
        signed = b"Authorization: %b\r\n" % authorization.encode("ascii") if authorization is not None else b""
        if body:
            return Signed(b"%b%bContent-Length: %d\r\n\r\n%b" % (head, signed, len(body), body))
        return Signed(b"%b%b\r\n" % (head, signed))

    def _head(self, request: Request) -> bytes:
        """The request line and what never changes; kept for the few calls that have a body and no query."""
        target = request.target
        if _UNSAFE.search(target):
            raise ValueError(f"A request line may hold visible ASCII only, not {target!r}.")
        head = f"{request.method} {target}".encode("ascii") + self._constant
        if not request.body:
            return head
        head += b"Content-Type: application/json; charset=utf-8\r\n"
        if not request.query and len(self._heads) < MAX_HEADS:
            self._heads[request.path] = head
        return head

    def _pick(self, *, must_be_fresh: bool) -> HttpConnection | None:
        idle = self._idle
        while idle and not idle[-1].is_ready:  # it has just ended, and we are about to be told
            idle.pop()
        oldest_s = monotonic() - (self._fresh_s if must_be_fresh else IDLE_S)
        if idle and idle[-1].free_since_s >= oldest_s:
            return idle.pop()
        if idle and len(self._open) + len(self._connecting) >= MAX_CONNECTIONS:
            idle.pop(0).drop("too old")  # make room for a new one
        return None

    def _spawn(self, payload: bytes | None, done: Done | None, deadline_s: float) -> None:
        """Open a connection, and send a request on it or keep it ready where there is none."""
        ends_s = monotonic() + deadline_s
        task = asyncio.get_running_loop().create_task(self._connect(min(self._connect_timeout_s, deadline_s)))
        self._connecting.add(task)
        task.add_done_callback(lambda task: self._connected(task, payload, done, ends_s))

    async def _connect(self, timeout_s: float) -> HttpConnection | NotSent:
        try:
            async with asyncio.timeout(timeout_s):
                _, connection = await asyncio.get_running_loop().create_connection(
                    lambda: HttpConnection(self._freed, self._gone), self._host, self._port, ssl=self._tls
                )
        except TimeoutError:
            return NotSent(f"no connection to {self._host} within {timeout_s:g} s")
        except (OSError, UnicodeError) as reason:  # refused, unknown host, TLS failure, impossible host name
            return NotSent(f"no connection to {self._host}: {reason}")
        if connection.is_usable:  # it may have ended before we were told that it had begun
            self._open.add(connection)
        return connection

    def _connected(self, task: _Connecting, payload: bytes | None, done: Done | None, ends_s: float) -> None:
        self._connecting.discard(task)
        found = NotSent("the client was closed while it connected") if task.cancelled() else task.result()
        if isinstance(found, NotSent):
            if done is not None:
                done(found)
        elif payload is not None and done is not None:
            found.send(payload, done, max(0.0, ends_s - monotonic()))
        elif found.is_usable:
            self._idle.append(found)

    def _freed(self, connection: HttpConnection) -> None:
        self._idle.append(connection)

    def _gone(self, connection: HttpConnection) -> None:
        self._open.discard(connection)
        if connection in self._idle:
            self._idle.remove(connection)

    def _warm(self) -> None:
        """Once a second: let old connections go, and while there is trading keep one young enough for an order."""
        now_s = monotonic()
        for connection in [each for each in self._idle if each.free_since_s < now_s - IDLE_S]:
            connection.drop("idle for too long")
        is_trading = now_s - self._used_s < WARM_FOR_S
        soon_stale_s = now_s - self._fresh_s + 2 * WARM_EVERY_S
        is_ready = any(each.free_since_s > soon_stale_s for each in self._idle)
        if is_trading and not is_ready and self.has_room():
            self._spawn(None, None, self._connect_timeout_s)
        again = is_trading or self._open
        self._warmer = asyncio.get_running_loop().call_later(WARM_EVERY_S, self._warm) if again else None


def resolve(waiting: asyncio.Future[Outcome], outcome: Outcome) -> None:
    """Give an outcome to whoever waits for it, if somebody still does."""
    if not waiting.done():
        waiting.set_result(outcome)

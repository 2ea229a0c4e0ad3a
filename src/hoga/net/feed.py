"""One stream of the venue, kept alive for ever: connects, subscribes, listens, and connects again.

All decisions are the session's; this shell carries them out.
"""

import asyncio
import contextlib
from collections.abc import Sequence

import msgspec

from hoga.model.events import Stream
from hoga.net.intake import FeedCounters, Intake, World
from hoga.net.websocket import ConnectError, Socket, open_socket
from hoga.upbit.auth import Signer
from hoga.upbit.session.actions import Action, Close, Note, Ping, Send, Tell
from hoga.upbit.session.session import Session
from hoga.upbit.stream.subscriptions import FrameFormat, Subscription

#: Waiting is never shorter than this, so that a deadline that has passed cannot make us spin.
SHORTEST_WAIT_S = 0.001


class Feed:
    """One socket, the session that decides for it, and the way of its events into the inbox."""

    def __init__(
        self,
        url: str,
        session: Session,
        world: World,
        *,
        signer: Signer | None = None,
        frame_format: FrameFormat = FrameFormat.DEFAULT,
        connect_within_s: float = 5.0,
    ) -> None:
        self.session = session
        self._url = url
        self._world = world
        self._signer = signer
        self._connect_within_s = connect_within_s
        self._intake = Intake(session, world, frame_format=frame_format, act=self._act, when_full=self._pause)
        self._socket: Socket | None = None
        self._why_closed = ""
        self._is_paused = False
        self._stopped = asyncio.Event()

    @property
    def counters(self) -> FeedCounters:
        """What this stream has been through since the start."""
        return self._intake.counters

    async def run(self) -> None:
        """Keep the stream alive until `stop`, or until the venue has refused it for good."""
        while await self._wait_for_turn():
            socket = await self._connect()
            if socket is not None:
                await self._live(socket)

    def stop(self) -> None:
        """Say goodbye and end."""
        self._stopped.set()
        if self._socket is not None:
            self._close("stopped")

    def resubscribe(self, subscriptions: Sequence[Subscription]) -> None:
        """Subscribe to these instead of what was subscribed before."""
        self._act(self.session.resubscribe(subscriptions, self._world.monotonic_s()))

    async def _wait_for_turn(self) -> bool:
        """Wait until a connection may be tried; False when there shall be no more."""
        world, session = self._world, self.session
        while not self._stopped.is_set() and not session.gave_up:
            now_s = world.monotonic_s()
            self._act(session.tick(now_s))
            if now_s >= session.connect_at_s:
                await self._rest(world.limiter.reserve("websocket-connect", now_s) - now_s)
                return not self._stopped.is_set()
            await self._rest(min(session.connect_at_s, session.next_deadline_s()) - now_s)
        return False

    async def _rest(self, for_s: float) -> None:
        if for_s > 0:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(for_s + SHORTEST_WAIT_S):
                    await self._stopped.wait()

    async def _connect(self) -> Socket | None:
        world = self._world
        self.session.connecting(world.monotonic_s())
        headers = {} if self._signer is None else {"Authorization": self._signer.authorization("", world.nonce())}
        try:
            socket = await open_socket(
                self._url,
                headers=headers,
                on_message=self._intake.on_message,
                on_sign=self._intake.on_sign,
                on_read=self._intake.on_read,
                timeout_s=self._connect_within_s,
            )
        except ConnectError as error:
            self.counters.failed_connects += 1
            now_s = world.monotonic_s()
            self._act(self.session.failed(now_s, str(error), chance=world.random(), status=error.status))
            return None
        self.counters.connects += 1
        return socket

    async def _live(self, socket: Socket) -> None:
        """Serve one socket until it ends, whoever ends it."""
        world, session = self._world, self.session
        self._socket, self._why_closed = socket, ""
        ended = asyncio.ensure_future(socket.ended())
        try:
            self._act(session.opened(world.monotonic_s()))
            if self._is_paused:  # by the socket before this one
                self._stop_reading(socket)
            if self._stopped.is_set():
                self._close("stopped")
            while not ended.done():
                wait_s = max(SHORTEST_WAIT_S, session.next_deadline_s() - world.monotonic_s())
                await asyncio.wait({ended}, timeout=min(wait_s, session.timing.look_every_s))
                if not ended.done() and not self._is_paused and socket.was_reset:
                    socket.abort()
                self._act(session.tick(world.monotonic_s(), unsent=socket.has_unsent))
            end = ended.result()
        finally:
            self._socket = None
            socket.abort()
            ended.cancel()
        why = self._why_closed or end.reason
        self._act(session.closed(world.monotonic_s(), why, chance=world.random(), code=end.code))

    # -------------------------------------------------- what the session asks

    def _act(self, actions: Sequence[Action]) -> None:
        for action in actions:
            match action:
                case Send(payload):
                    self._send(payload)
                case Ping():
                    if self._socket is not None:
                        self._socket.ping()
                case Close(reason):
                    self._close(reason)
                case Tell(event):
                    self.counters.reconnects = max(0, self.session.reconnects)
                    stamped = msgspec.structs.replace(event, received_ns=self._world.clock_ns())
                    self._world.inbox.put_first(stamped)
                case Note(name, level, fields):
                    self._log(name, level, fields)

    def _send(self, payload: bytes) -> None:
        """Send a message as soon as the venue's limit allows, if the socket still stands then."""
        socket = self._socket
        if socket is None:
            return
        now_s = self._world.monotonic_s()
        wait_s = self._world.limiter.reserve("websocket-message", now_s) - now_s
        if wait_s <= 0:
            socket.send(payload)
        else:
            asyncio.get_running_loop().call_later(wait_s, socket.send, payload)

    def _close(self, why: str) -> None:
        self._why_closed = self._why_closed or why
        if self._socket is not None:
            self._socket.close()

    def _log(self, name: str, level: str, fields: dict[str, object]) -> None:
        if self._world.log is not None:
            self._world.log(name, level=level, stream=self.session.stream, **fields)

    # -------------------------------------------------- the brain is behind

    def _pause(self) -> None:
        # The private socket is always read: its events have a lane of their own, and a bound of their own.
        if self._is_paused or self._socket is None or self.session.stream is Stream.PRIVATE:
            return
        self._is_paused = True
        self.counters.pauses += 1
        self._world.inbox.when_room(self._resume)
        self._stop_reading(self._socket)

    def _stop_reading(self, socket: Socket) -> None:
        self.session.pause()
        socket.pause()

    def _resume(self) -> None:
        self._is_paused = False
        if self._socket is not None:
            self.session.resume(self._world.monotonic_s())
            self._socket.resume()

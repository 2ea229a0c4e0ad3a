"""The three WebSockets of the simulated venue: who is subscribed to what, and who is told of it.

Each event is spelled once for every way in which somebody wants it, and the same bytes go to all who do.
"""

import asyncio
from collections.abc import Callable
from uuid import NAMESPACE_OID, uuid5

from hoga.model.events import Announcement, Orderbook, Trade
from hoga.simulator.core.happenings import AssetsChanged, OrderChanged
from hoga.simulator.faults.plan import FaultPlan
from hoga.simulator.faults.vocabulary import Stage
from hoga.simulator.faults.ws_trouble import Trouble
from hoga.simulator.market.candles import Bar
from hoga.simulator.rest.wire import error_body
from hoga.simulator.streams.audience import Audience, Way
from hoga.simulator.streams.frames import quoted
from hoga.simulator.streams.private_frames import announcement_frame, assets_frame, order_frame, subscriptions_frame
from hoga.simulator.streams.sockets import CLOSING_S, Frame, Socket, frame_of
from hoga.simulator.streams.subscriptions import OFFERED, Message, Wanted, WrongMessage, depth_of, read_message
from hoga.simulator.streams.telling import Teller
from hoga.simulator.venue import Venue
from hoga.upbit.stream.subscriptions import FrameFormat

#: Idle connections are closed after so long without traffic either way (Upbit docs, websocket-guide of 2026; 60 s was
#: observed in 2026-09).
IDLE_CLOSE_S = 120.0
#: After the first text `PING` the venue says UP again this often (Upbit docs, websocket-guide of 2026).
UP_EVERY_S = 10.0
#: An error frame is followed by close 1000 after so long (observed on 2026-09-22).
ERROR_CLOSE_S = 0.15
#: The errors after which a connection lives on.
FORGIVEN = frozenset({"TOO_MANY_REQUEST"})

STATUS_UP = frame_of("status", "", b'{"status":"UP"}')


class Streams:
    """Every open WebSocket of one venue. Plain calls on the event loop; only closing handshakes run by themselves."""

    def __init__(
        self,
        venue: Venue,
        faults: FaultPlan,
        clock_ms: Callable[[], int],
        *,
        idle_close_s: float = IDLE_CLOSE_S,
        error_close_s: float = ERROR_CLOSE_S,
    ) -> None:
        self.sockets: dict[Socket, None] = {}
        self.slow_dropped = 0
        self._venue = venue
        self._faults = faults
        self._clock_ms = clock_ms
        self._idle_close_s = idle_close_s
        self._error_close_s = error_close_s
        self._teller = Teller(venue, clock_ms)
        self._loop = asyncio.get_running_loop()
        self._trouble = Trouble(self._loop)
        self._audience = Audience()

    # ------------------------------------------------ news

    def show_trade(self, trade: Trade) -> None:
        """Tell a trade of the market."""
        self._publish("trade", trade.market, lambda way: self._teller.trade(trade, way[0]))

    def show_ticker(self, market: str) -> None:
        """Tell the figures of a market as they are now."""
        self._publish("ticker", market, lambda way: self._teller.ticker(market, way[0]))

    def show_book(self, book: Orderbook) -> None:
        """Tell the whole book of a market."""
        self._publish("orderbook", book.market, lambda way: self._teller.book(book, way[1], way[2], way[0]))

    def show_candle(self, unit: str, bar: Bar) -> None:
        """Tell a candle that trades changed."""
        self._publish(f"candle.{unit}", bar.market, lambda way: self._teller.candle(unit, bar, way[0]))

    def has_listeners(self, kind: str, market: str) -> bool:
        """Tell whether anybody would hear news of this kind."""
        return self._audience.has(kind, market)

    def show_order(self, happening: OrderChanged) -> None:
        """Tell an account of its order."""
        tells_smp = self._venue.tells_smp
        for socket in self._of_account(happening.account, "myOrder"):
            if any(_covers(one, happening.order.market) for one in socket.wanted if one.type == "myOrder"):
                payload = order_frame(happening, self._clock_ms(), socket.frame_format, tells_smp=tells_smp)
                self._send(socket, frame_of("myOrder", happening.order.market, payload))

    def show_assets(self, happening: AssetsChanged) -> None:
        """Tell an account of its balances."""
        asset_uuid = str(uuid5(NAMESPACE_OID, happening.account))
        for socket in self._of_account(happening.account, "myAsset"):
            if self._loop.time() >= socket.assets_silent_until_s:
                payload = assets_frame(asset_uuid, happening, self._clock_ms(), socket.frame_format)
                self._send(socket, frame_of("myAsset", "", payload))

    def announce(self, news: Announcement, body: str | None = None) -> None:
        """Publish a notice of the venue to those who asked for its category."""
        for socket in list(self.sockets):
            for one in socket.wanted:
                if one.type == "announcement" and (not one.categories or news.category in one.categories):
                    shown = quoted(body) if one.include_body else None
                    payload = announcement_frame(news, self._clock_ms(), socket.frame_format, shown)
                    self._send(socket, frame_of("announcement", "", payload))

    # ------------------------------------------------ who comes and goes

    def enter(self, socket: Socket) -> None:
        """Take in a new connection."""
        self.sockets[socket] = None

    def leave(self, socket: Socket) -> None:
        """Forget a connection that has ended."""
        self.sockets.pop(socket, None)
        self.slow_dropped += socket.dropped_slow
        self._audience.dismiss(socket)

    async def stop(self) -> None:
        """Close every connection as a venue going down for maintenance would."""
        for socket in list(self.sockets):
            if socket.is_muted:
                socket.transport.abort()
            else:
                socket.close(1001)
        closings = [task for socket in self.sockets for task in socket.closing]
        if closings:
            await asyncio.wait(closings, timeout=CLOSING_S)

    # ------------------------------------------------ what clients say

    def hear(self, socket: Socket, raw: str | bytes) -> None:
        """Take one message of a client."""
        now_s = self._loop.time()
        socket.active_s = now_s
        socket.heard += 1
        if socket.closes_s is not None or socket.is_muted:
            return
        for fault in self._faults.strike(Stage.MESSAGE, now_s, socket=socket.kind):
            if fault.name == "ws.error":
                self.refuse(socket, str(fault.argument), "asked for")
            return
        if not socket.count.admits(now_s):
            self.refuse(socket, "TOO_MANY_REQUEST", "Too many messages")
        elif raw in {"PING", b"PING"}:
            socket.next_up_s = now_s + UP_EVERY_S
            self._send(socket, STATUS_UP)
        else:
            self._obey(socket, raw)

    def refuse(self, socket: Socket, name: str, message: str) -> None:
        """Answer with an error frame, after which most connections are closed."""
        self._send(socket, frame_of("error", "", error_body(name, message)))
        if name not in FORGIVEN:
            socket.closes_s = self._loop.time() + self._error_close_s
            self._loop.call_later(self._error_close_s, socket.close, 1000)

    def tick(self) -> None:
        """Do what time asks for, about ten times a second: UP again, idle connections closed, faults by the clock."""
        now_s = self._loop.time()
        struck = {kind: self._faults.strike_by_clock(Stage.SOCKET, now_s, socket=kind) for kind in OFFERED}
        for socket in list(self.sockets):
            if socket.next_up_s is not None and now_s >= socket.next_up_s:
                socket.next_up_s = now_s + UP_EVERY_S
                self._send(socket, STATUS_UP)
            for fault in struck[socket.kind]:
                self._trouble.strike(socket, fault)
            if now_s - socket.active_s >= self._idle_close_s:
                socket.transport.abort()

    # ------------------------------------------------ inside

    def _obey(self, socket: Socket, raw: str | bytes) -> None:
        try:
            message = read_message(raw, socket.kind, self._teller.ticks())
        except WrongMessage as wrong:
            self.refuse(socket, wrong.name, wrong.message)
            return
        if message.lists:
            socket.frame_format = message.frame_format or socket.frame_format
            payload = subscriptions_frame(message.ticket, socket.wanted, socket.frame_format)
            self._send(socket, frame_of("subscriptions", "", payload))
        else:
            self._subscribe(socket, message)

    def _subscribe(self, socket: Socket, message: Message) -> None:
        socket.frame_format = message.frame_format or FrameFormat.DEFAULT
        socket.wanted = message.wanted
        self._audience.seat(socket, self._venue.exchange.markets)
        for one in message.wanted:
            for market, depth in map(depth_of, one.codes):
                if one.snapshot:
                    self._send_snapshot(socket, one, market, depth)

    def _send_snapshot(self, socket: Socket, one: Wanted, market: str, depth: int) -> None:
        payload = self._teller.snapshot(one.type, market, depth, one.level, socket.frame_format)
        if payload is not None:
            self._send(socket, frame_of(one.type, market, payload))

    def _of_account(self, account: str, kind: str) -> list[Socket]:
        return [
            socket
            for socket in self.sockets
            if socket.account == account and any(one.type == kind for one in socket.wanted)
        ]

    def _publish(self, kind: str, market: str, tell: Callable[[Way], bytes | None]) -> None:
        told: dict[Way, Frame | None] = {}
        for socket, way in self._audience.of(kind, market):
            if way not in told:
                payload = tell(way)
                told[way] = None if payload is None else frame_of(kind, market, payload)
            frame = told[way]
            if frame is not None:
                self._send(socket, frame)

    def _send(self, socket: Socket, frame: Frame) -> None:
        if socket.is_muted or not socket.is_open:  # a dead connection must not use up the faults of the living
            return
        now_s = self._loop.time()
        if not (self._faults.has(Stage.FRAME) or self._faults.has(Stage.SOCKET) or socket.stalled or socket.held):
            socket.write(frame.wire, now_s)
            return
        where = {"socket": socket.kind, "type": frame.type, "market": frame.market}
        faults = self._faults.strike(Stage.SOCKET, now_s, **where) + self._faults.strike(Stage.FRAME, now_s, **where)
        self._trouble.send(socket, frame, faults)


def _covers(one: Wanted, market: str) -> bool:
    return not one.codes or market in one.codes

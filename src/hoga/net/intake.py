"""From a frame to the inbox: recorded if wanted, decoded where it arrives, checked for repeats, put into its lane."""

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

from msgspec import Struct

from hoga.model.errors import WireError
from hoga.model.events import (
    Announcement,
    BalanceChanged,
    Candle,
    Fill,
    Orderbook,
    OrderUpdated,
    Stream,
    Ticker,
    Trade,
)
from hoga.net.inbox import Inbox
from hoga.upbit.actions import Action
from hoga.upbit.frames import StatusUp, SubscriptionList, UnknownFrame, VenueError, decode_frame
from hoga.upbit.limits import RateLimiter
from hoga.upbit.recent import Recent
from hoga.upbit.session import Session
from hoga.upbit.streams import FrameFormat

#: Trades remembered per market, so that one which comes twice counts once: more than a reconnect repeats.
RECENT_TRADES = 200

#: Markets whose trades are remembered; Upbit had 855 in September 2026.
MAX_MARKETS = 5_000


class FeedCounters(Struct):
    """What one stream has been through since the start."""

    frames: int = 0
    bytes: int = 0
    broken: int = 0
    unknown: int = 0
    errors: int = 0
    duplicates: int = 0
    connects: int = 0
    failed_connects: int = 0
    reconnects: int = 0
    pauses: int = 0


class World(Struct, frozen=True):
    """What a feed needs of the world: where events go, when it may act, what time it is, what happens by chance.

    `tape` is given each frame as it came, before anything is made of it: stream, time of arrival, bytes.
    """

    inbox: Inbox
    limiter: RateLimiter
    clock_ns: Callable[[], int]
    monotonic_s: Callable[[], float]
    random: Callable[[], float]
    nonce: Callable[[], str]
    tape: Callable[[Stream, int, bytes], None] | None = None
    log: Callable[..., None] | None = None


class Intake:
    """The way in for one stream. `act` carries out what the session asks, `when_full` stops reading the socket."""

    def __init__(
        self,
        session: Session,
        world: World,
        *,
        frame_format: FrameFormat,
        act: Callable[[Sequence[Action]], None],
        when_full: Callable[[], None],
    ) -> None:
        self.counters = FeedCounters()
        self._session = session
        self._inbox = world.inbox
        self._clock_ns = world.clock_ns
        self._monotonic_s = world.monotonic_s
        self._tape = world.tape
        self._log = world.log
        self._format = frame_format
        self._act = act
        self._when_full = when_full
        self._seen: dict[str, Recent] = {}
        self._take: dict[type, Callable[[Any, float], None]] = {
            Trade: self._take_trade,
            Ticker: partial(self._take_market, "ticker"),
            Orderbook: partial(self._take_market, "orderbook"),
            Candle: partial(self._take_market, "candle"),
            Announcement: self._take_announcement,
            OrderUpdated: self._take_order,
            Fill: self._take_fill,
            BalanceChanged: self._take_balances,
            VenueError: self._take_error,
            SubscriptionList: self._take_list,
            UnknownFrame: self._take_unknown,
            StatusUp: self._take_nothing,
        }

    def on_sign(self) -> None:
        """A frame without a message came: a pong, a ping, a goodbye."""
        self._session.heard(self._monotonic_s())

    def on_message(self, raw: bytes) -> None:
        """A whole message came."""
        received_ns, now_s = self._clock_ns(), self._monotonic_s()
        counters = self.counters
        counters.frames += 1
        counters.bytes += len(raw)
        self._session.heard(now_s)
        if self._tape is not None:
            self._tape(self._session.stream, received_ns, raw)
        try:
            heard = decode_frame(raw, received_ns, self._format)
        except WireError as fault:
            self._take_broken(fault, now_s)
            return
        take = self._take
        for said in heard:
            take[said.__class__](said, now_s)

    def _take_market(self, kind: str, event: Trade | Ticker | Orderbook | Candle, now_s: float) -> None:
        actions = self._session.heard_market(kind, event.market, now_s)
        if actions:
            self._act(actions)
        if not self._inbox.put_market(event):
            self._when_full()

    def _take_trade(self, trade: Trade, now_s: float) -> None:
        seen = self._seen.get(trade.market)
        if seen is None and len(self._seen) < MAX_MARKETS:
            seen = self._seen[trade.market] = Recent(RECENT_TRADES)
        if seen is None or seen.add(trade.sequential_id):
            self._take_market("trade", trade, now_s)
            return
        # A sign of life all the same: after a reconnect the snapshot repeats the last trade we know.
        self.counters.duplicates += 1
        self._act(self._session.heard_market("trade", trade.market, now_s))

    def _take_announcement(self, event: Announcement, _now_s: float) -> None:
        if not self._inbox.put_market(event):
            self._when_full()

    def _take_order(self, event: OrderUpdated, _now_s: float) -> None:
        if event.report.order_id is not None:
            self._session.heard_order(event.report.order_id)
        self._inbox.put_first(event)

    def _take_fill(self, event: Fill, _now_s: float) -> None:
        if event.order_id is not None:
            self._session.heard_order(event.order_id)
        self._inbox.put_first(event)

    def _take_balances(self, event: BalanceChanged, _now_s: float) -> None:
        self._inbox.put_first(event)

    def _take_error(self, error: VenueError, _now_s: float) -> None:
        self.counters.errors += 1
        self._act(self._session.heard_error(error.name, error.message))

    def _take_list(self, said: SubscriptionList, now_s: float) -> None:
        self._act(self._session.heard_list([row.type for row in said.subscriptions], now_s))

    def _take_unknown(self, frame: UnknownFrame, _now_s: float) -> None:
        self.counters.unknown += 1
        if self._log is not None:
            self._log("frame_unknown", level="debug", stream=self._session.stream, type=frame.type)

    def _take_nothing(self, _said: StatusUp, _now_s: float) -> None:
        pass

    def _take_broken(self, fault: WireError, now_s: float) -> None:
        self.counters.broken += 1
        if self._log is not None:
            self._log("frame_broken", level="warning", stream=self._session.stream, fault=str(fault))
        self._act(self._session.heard_broken(now_s))

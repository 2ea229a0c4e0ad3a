"""From a frame to the inbox: recorded if wanted, decoded where it arrives, checked for repeats, put into its lane."""

from collections.abc import Callable, Sequence
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
    StreamType,
    Ticker,
    Trade,
)
from hoga.net.inbox import Inbox
from hoga.upbit.limits.limiter import RateLimiter
from hoga.upbit.recent import Recent
from hoga.upbit.session.actions import Action
from hoga.upbit.session.session import Session
from hoga.upbit.stream.frames import StatusUp, SubscriptionList, UnknownFrame, VenueError, decode_frame
from hoga.upbit.stream.subscriptions import FrameFormat

#: Trades remembered per market, so that one which comes twice counts once: more than a reconnect repeats.
RECENT_TRADES = 200

#: Markets whose trades are remembered; Upbit had 855 in September 2026.
MAX_MARKETS = 5_000


#: News this much older or younger than our clock says is worth a note (reliability W29), so often at most.
MAX_SKEW_S = 2.0
SKEW_NOTE_EVERY_S = 60.0


class FeedCounters(Struct):
    """What one stream has been through since the start."""

    frames: int = 0
    bytes: int = 0
    broken: int = 0
    unknown: int = 0
    errors: int = 0
    duplicates: int = 0
    skewed: int = 0
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
        self._received_ns = 0  # of what this read brings; 0 until it has brought anything
        self._now_s = 0.0
        self._next_skew_s = 0.0
        self._seen: dict[str, Recent] = {}
        self._heard_now: list[set[str]] = []  # for each kind, the markets this read has told of
        self._take: dict[type, Callable[[Any], None]] = {
            Trade: self._trade_taker(),
            Ticker: self._market_taker("ticker", Ticker),
            Orderbook: self._market_taker("orderbook", Orderbook),
            Candle: self._market_taker("candle", Candle),
            Announcement: world.inbox.adder(Announcement),
            OrderUpdated: self._take_order,
            Fill: self._take_fill,
            BalanceChanged: world.inbox.put_first,
            VenueError: self._take_error,
            SubscriptionList: self._take_list,
            UnknownFrame: self._take_unknown,
            StatusUp: self._take_nothing,
        }

    def on_message(self, raw: bytes) -> None:
        """A whole message came. What one read brings came at the same time, so it bears the same time."""
        received_ns = self._received_ns or self._look_at_clock()
        counters = self.counters
        counters.frames += 1
        counters.bytes += len(raw)
        if self._tape is not None:
            self._tape(self._session.stream, received_ns, raw)
        try:
            heard = decode_frame(raw, received_ns, self._format)
        except WireError as fault:
            self._take_broken(fault)
            return
        take = self._take
        for said in heard:
            take[said.__class__](said)

    def on_sign(self) -> None:
        """A ping or a pong came."""
        self._look_at_clock()

    def on_read(self) -> None:
        """All of one read is in the inbox: let the brain know, and stop reading if it is too far behind."""
        self._received_ns = 0
        for markets in self._heard_now:
            markets.clear()
        if not self._inbox.announce():
            self._when_full()

    def _look_at_clock(self) -> int:
        self._received_ns = self._clock_ns()
        self._now_s = self._monotonic_s()
        self._session.heard(self._now_s)
        return self._received_ns

    def _market_taker(self, kind: str, event_type: type) -> Callable[[Any], None]:
        """Make the way of one kind of market event into the inbox. Every frame goes it, so it asks nothing twice."""
        heard_now: set[str] = set()
        self._heard_now.append(heard_now)
        add = self._inbox.adder(event_type)

        def take(event: Trade | Ticker | Orderbook | Candle) -> None:
            market = event.market
            if market not in heard_now:
                heard_now.add(market)
                self._act(self._session.heard_market(kind, market, self._now_s))
                self._compare_clocks(event)
            add(event)

        return take

    def _trade_taker(self) -> Callable[[Any], None]:
        """The same for trades, which count once however often they are told."""
        all_seen = self._seen
        take_first = self._market_taker("trade", Trade)
        heard_now = self._heard_now[-1]
        add = self._inbox.adder(Trade)

        def take(trade: Trade) -> None:
            market, number = trade.market, trade.sequential_id
            seen = all_seen.get(market)
            if seen is None:
                seen = self._remember(market)
            # What `seen.add(number)` does, written out: a burst of trades is what this path is for.
            newer = seen.newer
            if number in newer or number in seen.older:
                self._take_again(trade)
                return
            newer.add(number)
            if len(newer) >= RECENT_TRADES:
                seen.turn()
            if market in heard_now:
                add(trade)
            else:
                take_first(trade)

        return take

    def _take_again(self, trade: Trade) -> None:
        # A sign of life all the same: after a reconnect the snapshot repeats the last trade we know.
        self.counters.duplicates += 1
        self._act(self._session.heard_market("trade", trade.market, self._now_s))

    def _compare_clocks(self, event: Trade | Ticker | Orderbook | Candle) -> None:
        """Say so, at most once a minute, when the venue's time and ours drift apart; nothing is decided by it."""
        skew_s = event.received_ns / 1e9 - event.timestamp_ms / 1e3
        if -MAX_SKEW_S <= skew_s <= MAX_SKEW_S or event.stream_type != StreamType.REALTIME:
            return
        self.counters.skewed += 1
        if self._log is not None and self._now_s >= self._next_skew_s:
            self._next_skew_s = self._now_s + SKEW_NOTE_EVERY_S
            self._log("venue_time_skew", level="warning", stream=self._session.stream, skew_s=round(skew_s, 3))

    def _remember(self, market: str) -> Recent:
        """Begin to remember a market's trades; with too many markets, forget those of the first."""
        if len(self._seen) >= MAX_MARKETS:
            del self._seen[next(iter(self._seen))]
        seen = self._seen[market] = Recent(RECENT_TRADES)
        return seen

    def _take_order(self, event: OrderUpdated) -> None:
        if event.report.order_id is not None:
            self._session.heard_order(event.report.order_id)
        self._inbox.put_first(event)

    def _take_fill(self, event: Fill) -> None:
        if event.order_id is not None:
            self._session.heard_order(event.order_id)
        self._inbox.put_first(event)

    def _take_error(self, error: VenueError) -> None:
        self.counters.errors += 1
        self._act(self._session.heard_error(error.name, error.message))

    def _take_list(self, said: SubscriptionList) -> None:
        self._act(self._session.heard_list([row.type for row in said.subscriptions], self._now_s))

    def _take_unknown(self, frame: UnknownFrame) -> None:
        self.counters.unknown += 1
        if self._log is not None:
            self._log("frame_unknown", level="debug", stream=self._session.stream, type=frame.type)

    def _take_nothing(self, _said: StatusUp) -> None:
        pass

    def _take_broken(self, fault: WireError) -> None:
        self.counters.broken += 1
        if self._log is not None:
            self._log("frame_broken", level="warning", stream=self._session.stream, fault=str(fault))
        self._act(self._session.heard_broken(self._now_s))

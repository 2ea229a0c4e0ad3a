"""What happened: immutable messages, past tense, in the order they reached us.

`received_ns` is the local time of arrival in nanoseconds since 1970 (UTC); it is the only clock the brain has.
Venue times keep Upbit's unit and name: `timestamp_ms`. An account event is written down with its name as its tag.
"""

from collections.abc import Sequence
from decimal import Decimal, InvalidOperation
from enum import StrEnum

import msgspec
from msgspec import Struct

from hoga.model.commands import OrderId, OrderKind, PlaceOrder, SelfMatch, Side, TimeInForce, VenueOrderId
from hoga.model.errors import WireError
from hoga.model.market import Market


class StreamType(StrEnum):
    """Whether a message repeats the state at subscription or tells something new."""

    SNAPSHOT = "SNAPSHOT"
    REALTIME = "REALTIME"


class AskBid(StrEnum):
    """The taker's side of a trade, in the venue's spelling: BID bought, ASK sold; UNKNOWN is a word of tomorrow."""

    ASK = "ASK"
    BID = "BID"
    UNKNOWN = "UNKNOWN"

    @classmethod
    def _missing_(cls, _: object) -> "AskBid":
        """Take a word we do not know as UNKNOWN: one odd word must not cost the trade."""
        return cls.UNKNOWN


# ------------------------------------------------ market events (second lane of the inbox)


class Trade(Struct, gc=False, kw_only=True):
    """One execution on the market between anybody. `sequential_id` tells equal trades apart; it is not an order."""

    market: str
    price: Decimal
    volume: Decimal
    ask_bid: AskBid
    trade_timestamp_ms: int
    timestamp_ms: int
    sequential_id: int
    best_ask_price: Decimal | None = None
    best_ask_size: Decimal | None = None
    best_bid_price: Decimal | None = None
    best_bid_size: Decimal | None = None
    stream_type: str = StreamType.REALTIME
    received_ns: int = 0


class Ticker(Struct, gc=False, kw_only=True):
    """The state of a market at its last trade, day figures since 09:00 KST included."""

    market: str
    price: Decimal
    opening_price: Decimal
    high_price: Decimal
    low_price: Decimal
    prev_closing_price: Decimal
    signed_change_rate: Decimal
    volume: Decimal
    ask_bid: AskBid
    acc_trade_price_24h: Decimal
    acc_trade_volume_24h: Decimal
    trade_timestamp_ms: int
    timestamp_ms: int
    market_state: str = "ACTIVE"
    stream_type: str = StreamType.REALTIME
    received_ns: int = 0


class BookUnit(Struct, frozen=True, gc=False):
    """One depth of the book: the ask and the bid that stand equally far from the middle. Zero pads a short side."""

    ask_price: Decimal
    bid_price: Decimal
    ask_size: Decimal
    bid_size: Decimal


_READ_UNITS = msgspec.json.Decoder(tuple[BookUnit, ...])


def _read_units(raw: bytes) -> tuple[BookUnit, ...]:
    try:
        units = _READ_UNITS.decode(raw)
        # Plain numbers under eight quotes of keys cannot be NaN, infinite or negative; anything else is looked at.
        if (b"-" not in raw and raw.count(b'"') == len(units) * 8) or all(map(_is_sane, units)):
            return units
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError, InvalidOperation):
        pass  # NaN does not compare
    raise WireError(f"The depths of a book cannot be read: {raw[:120]!r}")


def _is_sane(unit: BookUnit) -> bool:
    amounts = (unit.ask_price, unit.bid_price, unit.ask_size, unit.bid_size)
    return min(amounts) >= 0 and all(amount.is_finite() for amount in amounts)


class Orderbook(Struct, gc=False, kw_only=True):
    """The whole visible book of a market, best prices first.

    Most books are replaced before anyone reads them, so the depths stay as they came until `units` or `best` is asked.
    """

    market: str
    timestamp_ms: int
    total_ask_size: Decimal
    total_bid_size: Decimal
    unread: tuple[BookUnit, ...] | msgspec.Raw
    level: Decimal = Decimal(0)
    stream_type: str = StreamType.REALTIME
    received_ns: int = 0

    @property
    def units(self) -> tuple[BookUnit, ...]:
        """Every depth, best first; `WireError` where the depths turn out to be unreadable."""
        if isinstance(self.unread, msgspec.Raw):
            self.unread = _read_units(bytes(self.unread))
        return self.unread

    @property
    def best(self) -> BookUnit | None:
        """The first depth, or None when the book is empty; cheap even when the rest was never read."""
        if isinstance(self.unread, tuple):
            return self.unread[0] if self.unread else None
        raw = bytes(self.unread)
        end = raw.find(b"}")
        units = _read_units(raw[: end + 1] + b"]") if end > 0 else self.units
        return units[0] if units else None

    @property
    def asks(self) -> Sequence[tuple[Decimal, Decimal]]:
        """(price, size) offered, lowest price first, padding left out."""
        return [(unit.ask_price, unit.ask_size) for unit in self.units if unit.ask_size]

    @property
    def bids(self) -> Sequence[tuple[Decimal, Decimal]]:
        """(price, size) wanted, highest price first, padding left out."""
        return [(unit.bid_price, unit.bid_size) for unit in self.units if unit.bid_size]


class Candle(Struct, gc=False, kw_only=True):
    """One bar of a market. `unit_s` is its length in seconds, `start_ms` its first instant (UTC).

    `closed` is False while trades may still change it. `is_empty` marks a bar in which nothing traded: its four prices
    repeat the last close and its volume is zero.
    """

    market: str
    unit_s: int
    start_ms: int
    opening_price: Decimal
    high_price: Decimal
    low_price: Decimal
    close: Decimal
    volume: Decimal
    value: Decimal
    closed: bool = False
    is_empty: bool = False
    timestamp_ms: int = 0
    stream_type: str = StreamType.REALTIME
    received_ns: int = 0


class Announcement(Struct, kw_only=True):
    """A notice of the venue (listing, maintenance, wallet …)."""

    event_type: str
    venue_id: str
    title: str
    category: str
    url: str = ""
    timestamp_ms: int = 0
    received_ns: int = 0


MarketEvent = Trade | Ticker | Orderbook | Candle | Announcement


# ------------------------------------------------ account events (first lane: never dropped, read first)


class OrderStateSeen(StrEnum):
    """The states the venue speaks of; UNKNOWN stands for a word we do not know yet."""

    WAIT = "wait"
    WATCH = "watch"
    TRADE = "trade"
    DONE = "done"
    CANCEL = "cancel"
    PREVENTED = "prevented"
    UNKNOWN = "unknown"


class OrderReport(Struct, frozen=True, kw_only=True):
    """All the venue says of one order at one moment, from a REST answer or the private stream.

    Absent amounts are None, never zero. `order_id` is our `identifier`; orders placed by hand have none.
    """

    venue_id: VenueOrderId
    order_id: OrderId | None
    market: str
    side: Side
    kind: OrderKind
    state: OrderStateSeen
    price: Decimal | None = None
    volume: Decimal | None = None
    remaining_volume: Decimal | None = None
    executed_volume: Decimal | None = None
    executed_funds: Decimal | None = None
    paid_fee: Decimal | None = None
    locked: Decimal | None = None
    prevented_volume: Decimal | None = None
    tif: TimeInForce = TimeInForce.GTC
    self_match: SelfMatch | None = None
    trades_count: int = 0
    created_at_ms: int = 0
    trades: tuple["Fill", ...] | None = None


class OrderUpdated(Struct, frozen=True, kw_only=True, tag=True):
    """The private stream told of an order: it waits, was prevented, is done or cancelled (not a fill)."""

    report: OrderReport
    received_ns: int = 0


class Fill(Struct, frozen=True, kw_only=True, tag=True):
    """One of our orders traded. Counted once, by `trade_id`; `fee` is in the quote currency.

    `fee` is None where the venue did not say (the trade list of a REST answer); `is_maker` likewise.
    """

    trade_id: str
    venue_id: VenueOrderId
    order_id: OrderId | None
    market: str
    side: Side
    price: Decimal
    volume: Decimal
    fee: Decimal | None = None
    is_maker: bool | None = None
    trade_timestamp_ms: int = 0
    report: OrderReport | None = None
    received_ns: int = 0


class OrderAccepted(Struct, frozen=True, kw_only=True, tag=True):
    """The venue took the order (REST answer). Accepted is not filled."""

    order_id: OrderId
    report: OrderReport
    received_ns: int = 0


class RejectReason(StrEnum):
    """Why an order or a request was refused; `upbit/answers/errors.py` maps the venue's names to these."""

    FUNDS = "insufficient_funds"
    BELOW_MINIMUM = "below_minimum"
    ABOVE_MAXIMUM = "above_maximum"
    PRICE_TICK = "price_not_on_tick"
    TIME_IN_FORCE = "time_in_force"
    POST_ONLY = "post_only"
    DUPLICATE_ID = "duplicate_id"
    UNKNOWN_MARKET = "unknown_market"
    MARKET_OFFLINE = "market_offline"
    INVALID = "invalid_request"
    AUTH = "auth"
    NONCE = "nonce_used"
    PERMISSION = "permission"
    RESTRICTED = "account_restricted"
    NOT_FOUND = "not_found"
    RATE_LIMIT = "rate_limit"
    BLOCKED = "blocked"
    SERVER = "server_error"
    RISK = "risk"
    QUEUE_FULL = "queue_full"
    NOT_SENT = "not_sent"
    UNKNOWN = "unknown"


class OrderRejected(Struct, frozen=True, kw_only=True, tag=True):
    """The order does not exist and will not: refused by the venue, by our own checks, or proven not sent."""

    order_id: OrderId
    reason: RejectReason
    detail: str = ""
    by_venue: bool = True
    received_ns: int = 0


class LostCause(StrEnum):
    """What came in place of an answer that would have told an order's fate."""

    NO_ANSWER = "no_answer"
    UNREADABLE = "unreadable"
    UNCLEAR = "unclear_refusal"
    UNPUBLISHED = "refused_by_an_unpublished_word"
    LIMITED = "rate_limit"
    BLOCKED = "blocked"
    SERVER = "server_error"
    RESTRICTED = "account_restricted"


class OrderLost(Struct, frozen=True, kw_only=True, tag=True):
    """The answer to a placement never came or cannot be read: the order may exist. Ask; never guess."""

    order_id: OrderId
    detail: str = ""
    cause: LostCause = LostCause.NO_ANSWER
    received_ns: int = 0


class CancelAccepted(Struct, frozen=True, kw_only=True, tag=True):
    """The venue took the wish to cancel; the end itself is told by the private stream or a query."""

    order_id: OrderId | None
    venue_id: VenueOrderId | None
    received_ns: int = 0


class CancelFailed(Struct, frozen=True, kw_only=True, tag=True):
    """The wish to cancel was refused (often: already ended) or its answer was lost (`lost`); ask what is true."""

    order_id: OrderId | None
    venue_id: VenueOrderId | None
    reason: RejectReason
    detail: str = ""
    lost: bool = False
    received_ns: int = 0


class OrderReported(Struct, frozen=True, kw_only=True, tag=True):
    """The answer to `QueryOrder`: what the venue says now, or None where it says there is no such order."""

    order_id: OrderId
    report: OrderReport | None
    asked_ns: int = 0
    received_ns: int = 0


class Balance(Struct, frozen=True, kw_only=True):
    """What the account holds of one currency: `free` may be spent, `locked` stands behind open orders."""

    currency: str
    free: Decimal
    locked: Decimal
    avg_buy_price: Decimal | None = None


class BalanceChanged(Struct, frozen=True, kw_only=True, tag=True):
    """The private stream told new balances (only the currencies that changed)."""

    balances: tuple[Balance, ...]
    timestamp_ms: int = 0
    received_ns: int = 0


class AccountsReported(Struct, frozen=True, kw_only=True, tag=True):
    """The answer to `QueryAccounts`: every balance. `asked_ns` is when the request left."""

    balances: tuple[Balance, ...]
    asked_ns: int = 0
    received_ns: int = 0


class OpenOrdersReported(Struct, frozen=True, kw_only=True, tag=True):
    """The answer to `QueryOpenOrders`: every open order. `asked_ns` is when the first page was asked."""

    reports: tuple[OrderReport, ...]
    asked_ns: int = 0
    received_ns: int = 0


class ClosedOrdersReported(Struct, frozen=True, kw_only=True, tag=True):
    """The answer to `QueryClosedOrders`: every order of the market made since `since_ms` that has ended."""

    market: str
    reports: tuple[OrderReport, ...]
    since_ms: int
    asked_ns: int = 0
    received_ns: int = 0


class MarketReported(Struct, frozen=True, kw_only=True, tag=True):
    """The answer to `QueryMarket`: the rules that hold now."""

    market: Market
    received_ns: int = 0


class QueryFailed(Struct, frozen=True, kw_only=True, tag=True):
    """A question got no usable answer. An unanswered question is not a 'no'. `query` names it, e.g. `accounts`."""

    query: str
    reason: RejectReason
    detail: str = ""
    order_id: OrderId | None = None
    received_ns: int = 0


# ------------------------------------------------ the rest


class Stream(StrEnum):
    """The two sockets the Sensor keeps."""

    PUBLIC = "public"
    PRIVATE = "private"


class FeedUp(Struct, frozen=True, kw_only=True, tag=True):
    """A socket is connected and subscribed. After a reconnect a gap must be assumed: reconcile before trading."""

    stream: Stream
    reconnects: int = 0
    received_ns: int = 0


class FeedDown(Struct, frozen=True, kw_only=True, tag=True):
    """A socket is gone; whatever it would have told is unknown until `FeedUp` and a reconciliation."""

    stream: Stream
    reason: str = ""
    received_ns: int = 0


class FeedStale(Struct, frozen=True, kw_only=True, tag=True):
    """Nothing was heard of a market for longer than is usual for it (`age_s`); its prices are old."""

    market: str
    age_s: float
    received_ns: int = 0


class TimerFired(Struct, frozen=True, kw_only=True, tag=True):
    """A timer the strategy (or the brain itself) set has come due."""

    name: str
    due_ns: int
    received_ns: int = 0


class Halt(Struct, frozen=True, kw_only=True, tag=True):
    """Stop trading: cancel what is open, and end once nothing is. An operator's command, or our own fault."""

    reason: str
    received_ns: int = 0


class Pause(Struct, frozen=True, kw_only=True, tag=True):
    """Place no new orders until `Resume`; cancels still go out, with `cancel` for everything that is open."""

    reason: str
    cancel: bool = False
    received_ns: int = 0


class Resume(Struct, frozen=True, kw_only=True, tag=True):
    """Trade again after `Pause`."""

    received_ns: int = 0


class Kill(Struct, frozen=True, kw_only=True, tag=True):
    """The kill switch was pulled: no new order in this run, and what is ours is cancelled. Nothing takes it back."""

    reason: str
    received_ns: int = 0


class ActuatorStopped(Struct, frozen=True, kw_only=True, tag=True):
    """The Actuator has answered everything it was asked and is gone; always the last event."""

    received_ns: int = 0


AccountEvent = (
    OrderUpdated
    | Fill
    | OrderAccepted
    | OrderRejected
    | OrderLost
    | CancelAccepted
    | CancelFailed
    | OrderReported
    | BalanceChanged
    | AccountsReported
    | OpenOrdersReported
    | ClosedOrdersReported
    | MarketReported
    | QueryFailed
    | FeedUp
    | FeedDown
    | FeedStale
    | TimerFired
    | Halt
    | Pause
    | Resume
    | Kill
    | ActuatorStopped
)

Event = MarketEvent | AccountEvent

#: What a strategy hears of its own orders besides fills.
OrderEvent = OrderAccepted | OrderRejected | OrderLost | OrderUpdated


def refused(command: PlaceOrder, reason: RejectReason, detail: str, now_ns: int) -> OrderRejected:
    """Our own 'no' to an order that never left the house."""
    return OrderRejected(order_id=command.order_id, reason=reason, detail=detail, by_venue=False, received_ns=now_ns)

"""What the brain may ask of the venue: immutable commands, imperative names.

Only these travel down the command queue to the Actuator. A strategy never sees the wire. Each bears
its name as a tag where it is written down.
"""

from decimal import Decimal
from enum import StrEnum
from typing import NewType

from msgspec import Struct

#: Minted by the brain, sent to the venue as `identifier`; unique for the account for ever.
OrderId = NewType("OrderId", str)

#: The venue's own id of an order (`uuid`).
VenueOrderId = NewType("VenueOrderId", str)


class Side(StrEnum):
    """Which way an order goes; Upbit spells them `bid` and `ask`."""

    BUY = "buy"
    SELL = "sell"


class OrderKind(StrEnum):
    """How an order is priced. A MARKET buy is asked in money, a MARKET sell in coin; BEST likewise."""

    LIMIT = "limit"
    MARKET = "market"
    BEST = "best"


class TimeInForce(StrEnum):
    """How long an order may wait in the book."""

    GTC = "gtc"
    IOC = "ioc"
    FOK = "fok"
    POST_ONLY = "post_only"


class SelfMatch(StrEnum):
    """What the venue does when an order would trade with one of our own (Upbit SMP)."""

    CANCEL_MAKER = "cancel_maker"
    CANCEL_TAKER = "cancel_taker"
    REDUCE = "reduce"
    NONE = "none"


class WhenLost(StrEnum):
    """What to do once it is proven that an order whose answer was lost does not exist.

    RESEND sends the very same order once more, under its own id and only while the wish is fresh.
    """

    ABANDON = "abandon"
    RESEND = "resend"


class PlaceOrder(Struct, frozen=True, kw_only=True, tag=True):
    """Place one order.

    LIMIT has `price` and `volume`. A MARKET or BEST buy has `spend` (quote currency) alone; a MARKET or BEST sell has
    `volume` alone. `parent` names the plan of which this is a part; `reason` is for people: why the strategy wants it.
    """

    order_id: OrderId
    market: str
    side: Side
    kind: OrderKind = OrderKind.LIMIT
    price: Decimal | None = None
    volume: Decimal | None = None
    spend: Decimal | None = None
    tif: TimeInForce = TimeInForce.GTC
    self_match: SelfMatch | None = None
    when_lost: WhenLost = WhenLost.ABANDON
    parent: str = ""
    reason: str = ""


class CancelOrder(Struct, frozen=True, tag=True):
    """Cancel one order; by the venue's id where it is known, else by ours."""

    order_id: OrderId
    venue_id: VenueOrderId | None = None
    reason: str = ""


class CancelOrders(Struct, frozen=True, tag=True):
    """Cancel several orders by the venue's ids; the Actuator sends them in chunks the venue allows."""

    venue_ids: tuple[VenueOrderId, ...]
    reason: str = ""


class QueryOrder(Struct, frozen=True, tag=True):
    """Ask the venue what became of one order; by the venue's id where it is known, else by ours."""

    order_id: OrderId
    venue_id: VenueOrderId | None = None


class QueryOpenOrders(Struct, frozen=True, tag=True):
    """Ask for every open order of the account (all pages)."""


class QueryClosedOrders(Struct, frozen=True, tag=True):
    """Ask for every ended order of one market that was made since `since_ms` (1970, UTC)."""

    market: str
    since_ms: int


class QueryAccounts(Struct, frozen=True, tag=True):
    """Ask for every balance of the account."""


class QueryMarket(Struct, frozen=True, tag=True):
    """Ask for one market's rules: chance, tick and warnings."""

    market: str


class Stop(Struct, frozen=True, tag=True):
    """Finish what was asked, answer `ActuatorStopped`, and end."""


Command = (
    PlaceOrder
    | CancelOrder
    | CancelOrders
    | QueryOrder
    | QueryOpenOrders
    | QueryClosedOrders
    | QueryAccounts
    | QueryMarket
    | Stop
)

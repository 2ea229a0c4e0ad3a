"""What we ask of a WebSocket: which streams of which markets.

One message replaces everything that was subscribed before it on the same connection, so a message always names all
(Upbit docs, websocket-best-practice, 2026). Upbit answers it with data, never with an acknowledgement.
"""

from collections.abc import Sequence
from decimal import Decimal
from enum import StrEnum

import msgspec
from msgspec import Struct

from hoga.model import money


class FrameFormat(StrEnum):
    """How Upbit spells its frames: long or short keys, bare or wrapped in a list."""

    DEFAULT = "DEFAULT"
    SIMPLE = "SIMPLE"
    JSON_LIST = "JSON_LIST"
    SIMPLE_LIST = "SIMPLE_LIST"


class Subscription(Struct, frozen=True, kw_only=True):
    """One stream: `type` is `ticker`, `trade`, `orderbook`, `candle.1m` …, `myOrder`, `myAsset` or `announcement`.

    `codes` are market codes, for books also with a depth (`KRW-BTC.15`); empty means all of ours for `myOrder` and
    must stay empty for `myAsset`. `level` groups the prices of a KRW book. Without a flag Upbit sends the state first
    and news after it.
    """

    type: str
    codes: tuple[str, ...] = ()
    level: Decimal | None = None
    is_only_snapshot: bool = False
    is_only_realtime: bool = False


def subscribe_message(
    ticket: str, subscriptions: Sequence[Subscription], frame_format: FrameFormat = FrameFormat.DEFAULT
) -> bytes:
    """The one message that subscribes to all of `subscriptions`, to be sent as a text frame."""
    return msgspec.json.encode([{"ticket": ticket}, *map(_as_asked, subscriptions), {"format": frame_format}])


def list_subscriptions_message(ticket: str, frame_format: FrameFormat = FrameFormat.DEFAULT) -> bytes:
    """The message that asks what this connection is subscribed to; its format becomes that of the live streams."""
    return msgspec.json.encode([{"ticket": ticket}, {"method": "LIST_SUBSCRIPTIONS"}, {"format": frame_format}])


def _as_asked(subscription: Subscription) -> dict[str, object]:
    asked: dict[str, object] = {"type": subscription.type}
    if subscription.codes:
        asked["codes"] = subscription.codes
    if subscription.level is not None:
        asked["level"] = msgspec.Raw(money.plain(subscription.level).encode())
    if subscription.is_only_snapshot:
        asked["is_only_snapshot"] = True
    if subscription.is_only_realtime:
        asked["is_only_realtime"] = True
    return asked

"""One WebSocket frame in, what it says out. A broken frame costs that one frame (`WireError`), never the socket.

The streams we know go the short way: one read by a decoder that knows their shapes. Everything else (errors, `UP`,
the list of subscriptions, new streams, nulls where a value belongs, whole numbers in quotes) is looked at a second
time, at leisure.
"""

from collections.abc import Callable, Mapping
from decimal import Decimal, InvalidOperation
from typing import Any, Union

import msgspec
from msgspec import Raw, Struct

from hoga.model.errors import WireError
from hoga.model.events import AskBid, Event, Trade
from hoga.model.money import ZERO
from hoga.upbit.sane import ABSURD, quoted
from hoga.upbit.stream.finish import FINISHERS
from hoga.upbit.stream.keys import LIST_SUBSCRIPTIONS, LIST_SUBSCRIPTIONS_ROW
from hoga.upbit.stream.shapes import KNOWN_TYPES, LONG_SHAPES, PATIENT_LONG_SHAPES, PATIENT_SHORT_SHAPES, SHORT_SHAPES
from hoga.upbit.stream.subscriptions import FrameFormat


class StatusUp(Struct, frozen=True):
    """The venue answers a text `PING` with `{"status":"UP"}`, and repeats it every ten seconds."""


class VenueError(Struct, frozen=True):
    """The venue refuses what we sent, e.g. `INVALID_AUTH` or `WRONG_FORMAT`; it closes the socket soon after."""

    name: str
    message: str


class Subscribed(Struct, frozen=True):
    """One row of `SubscriptionList`."""

    type: str
    codes: tuple[str, ...] = ()
    level: Decimal | None = None


class SubscriptionList(Struct, frozen=True):
    """What this connection is subscribed to, as asked with `LIST_SUBSCRIPTIONS`."""

    ticket: str
    subscriptions: tuple[Subscribed, ...]


class UnknownFrame(Struct, frozen=True):
    """A stream we do not read: the indicator streams, or one that is new."""

    type: str


Heard = Event | StatusUp | VenueError | SubscriptionList | UnknownFrame


def decode_frame(raw: bytes, received_ns: int, frame_format: FrameFormat = FrameFormat.DEFAULT) -> tuple[Heard, ...]:
    """Everything one frame says, mostly one thing; text and binary frames are the same to us.

    `received_ns` is written into every event. `raw` is kept alive by a book that nobody has read yet, so it must not
    be a buffer that is used again. Raises `WireError` for bytes that are no message of the venue, and nothing else.
    """
    try:
        if frame_format is _DEFAULT:
            heard = _read_long(raw)
            # The usual trade ends here: there are many, and a call with its six amounts costs more than reading them.
            if (
                type(heard) is _LONG_TRADE
                and heard.ask_bid is not _UNKNOWN
                and ZERO <= heard.price < ABSURD
                and ZERO <= heard.volume < ABSURD
                and ZERO <= heard.best_bid_price <= heard.best_ask_price < ABSURD
                and ZERO <= heard.best_ask_size < ABSURD
                and ZERO <= heard.best_bid_size < ABSURD
            ):
                heard.__class__ = Trade
                heard.received_ns = received_ns
                return (heard,)
            return (FINISHERS[type(heard)](heard, received_ns),)
        heard = _DECODERS[frame_format](raw)
        if type(heard) is not list:
            return (FINISHERS[type(heard)](heard, received_ns),)
        return tuple(FINISHERS[type(item)](item, received_ns) for item in heard)
    except _UNREADABLE:
        return _second_look(raw, received_ns)


#: All that decoding can raise, whatever the bytes are: wrong JSON or types, no UTF-8, nesting without end, no number.
_UNREADABLE = (msgspec.MsgspecError, UnicodeDecodeError, RecursionError, InvalidOperation)

_LONG = msgspec.json.Decoder(Union[LONG_SHAPES])  # noqa: UP007 - made from a tuple
_SHORT = msgspec.json.Decoder(Union[SHORT_SHAPES])  # noqa: UP007
_DEFAULT = FrameFormat.DEFAULT
_UNKNOWN = AskBid.UNKNOWN
_LONG_TRADE: type[Any] = LONG_SHAPES[0]
_read_long: Callable[[bytes], Any] = _LONG.decode
_DECODERS: Mapping[FrameFormat, Callable[[bytes], Any]] = {
    FrameFormat.SIMPLE: _SHORT.decode,
    FrameFormat.JSON_LIST: msgspec.json.Decoder(list[Union[LONG_SHAPES]]).decode,  # type: ignore[valid-type]  # noqa: UP007
    FrameFormat.SIMPLE_LIST: msgspec.json.Decoder(list[Union[SHORT_SHAPES]]).decode,  # type: ignore[valid-type]  # noqa: UP007
}


# ------------------------------------------------ the second look

_LONG_PATIENT = msgspec.json.Decoder(Union[PATIENT_LONG_SHAPES], strict=False)  # noqa: UP007
_SHORT_PATIENT = msgspec.json.Decoder(Union[PATIENT_SHORT_SHAPES], strict=False)  # noqa: UP007


class _Error(Struct):
    name: str | int
    message: str = ""


Keys = dict[str, Raw]

_ITEMS = msgspec.json.Decoder(list[Raw])
_KEYS = msgspec.json.Decoder(Keys)
_ERROR = msgspec.json.Decoder(_Error)
_ROWS = msgspec.json.Decoder(tuple[Subscribed, ...])
_LONG_ROW_KEYS = {short: long for long, short in LIST_SUBSCRIPTIONS_ROW.items()}


def _second_look(raw: bytes, received_ns: int) -> tuple[Heard, ...]:
    try:
        items = _ITEMS.decode(raw) if raw.lstrip()[:1] == b"[" else [Raw(raw)]
        return tuple(_read_slowly(_KEYS.decode(item), received_ns) for item in items)
    except _UNREADABLE as fault:
        raise WireError(f"A frame cannot be read ({fault}): {quoted(raw)}") from None


def _read_slowly(keys: Keys, received_ns: int) -> Heard:
    if "type" in keys or "ty" in keys:
        return _read_stream(keys, received_ns)
    if "error" in keys:
        error = _ERROR.decode(keys["error"])
        return VenueError(str(error.name), error.message)
    if "status" in keys:
        status = msgspec.json.decode(keys["status"], type=str)
        return StatusUp() if status == "UP" else UnknownFrame(f"status {status}")
    if "method" in keys or "mthd" in keys:
        return _read_subscriptions(keys)
    raise WireError(f"A frame without a type, with the keys {sorted(keys)[:5]}, cannot be understood.")


def _read_stream(keys: Keys, received_ns: int) -> Heard:
    tag, decoder = ("type", _LONG_PATIENT) if "type" in keys else ("ty", _SHORT_PATIENT)
    stream = msgspec.json.decode(keys[tag], type=str)
    if stream not in KNOWN_TYPES:
        return UnknownFrame(stream)
    # A null says what a missing key says: nothing. So it counts as missing, and defaults hold.
    spoken = {key: value for key, value in keys.items() if bytes(value) != b"null"}
    heard = decoder.decode(msgspec.json.encode(spoken))
    return FINISHERS[type(heard)](heard, received_ns)


def _read_subscriptions(keys: Keys) -> SubscriptionList:
    result, ticket = (keys.get(key, keys.get(LIST_SUBSCRIPTIONS[key], Raw(b"null"))) for key in ("result", "ticket"))
    rows = msgspec.json.decode(result, type=list[Keys])
    long_rows = [{_LONG_ROW_KEYS.get(key, key): value for key, value in row.items()} for row in rows]
    return SubscriptionList(
        ticket=msgspec.json.decode(ticket, type=str),
        subscriptions=_ROWS.decode(msgspec.json.encode(long_rows)),
    )

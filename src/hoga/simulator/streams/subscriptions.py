"""What a client's WebSocket message asks for, read as leniently as the venue reads it, or the error it answers with.

Grammar and error names from the Upbit docs, websocket-guide of 2026; tolerances from what working clients send: the
format anywhere in the list, flags in camelCase, several objects of one type, a ticket that is only a number.
"""

from collections.abc import Collection, Mapping, Sequence
from decimal import Decimal
from typing import TypeVar

import msgspec
from msgspec import Struct

from hoga.model.errors import HogaError
from hoga.model.money import is_on_tick
from hoga.upbit.stream.subscriptions import FrameFormat

#: Depths a book may be asked in (`KRW-BTC.15`); any other number gives all 30 (observed on 2026-09-22).
DEPTHS = (1, 5, 15, 30)
FULL_DEPTH = 30

#: No client needs more in one message: 855 pairs in each of a dozen types.
MAX_CODES = 20_000

CANDLES = tuple(f"candle.{unit}" for unit in ("1s", "1m", "3m", "5m", "10m", "15m", "30m", "60m", "240m"))
NEEDS_CODES = frozenset({"ticker", "trade", "orderbook", *CANDLES})

#: Socket -> what it offers.
OFFERED: Mapping[str, frozenset[str]] = {
    "public": NEEDS_CODES,
    "private": frozenset({"myOrder", "myAsset", "announcement"}),
    "info": frozenset({"announcement"}),
}

CATEGORIES = frozenset({"notice", "trade", "wallet", "maintenance", "digital_asset", "nft", "service", "event"})


class WrongMessage(HogaError):  # noqa: N818 - the venue's word for it is an error name, which `name` holds
    """The message cannot be served; `name` is the venue's error name."""

    def __init__(self, name: str, message: str) -> None:
        super().__init__(message)
        self.name = name
        self.message = message


class Wanted(Struct, frozen=True, kw_only=True):
    """One type object of a message. `codes` are as sent (`KRW-BTC.15`); none means every market, where none may be."""

    type: str
    codes: tuple[str, ...] = ()
    level: Decimal = Decimal(0)
    snapshot: bool = True
    realtime: bool = True
    categories: frozenset[str] = frozenset()
    include_body: bool = False


class Message(Struct, frozen=True, kw_only=True):
    """One message: a wish to list what is subscribed, or everything that shall be subscribed from now on."""

    ticket: str
    frame_format: FrameFormat | None = None
    lists: bool = False
    wanted: tuple[Wanted, ...] = ()


_READ = msgspec.json.Decoder(list[dict[str, msgspec.Raw]])
_READ_TEXT = msgspec.json.Decoder(str)
_READ_TEXTS = msgspec.json.Decoder(list[str])
_READ_FLAG = msgspec.json.Decoder(bool)
_READ_NUMBER = msgspec.json.Decoder(Decimal)
_Part = dict[str, msgspec.Raw]
_T = TypeVar("_T")


def read_message(raw: str | bytes, socket: str, ticks: Mapping[str, Decimal]) -> Message:
    """Read one message for a socket (`public`, `private`, `info`); `ticks` tells the tick of each market there is.

    Raises `WrongMessage` with the venue's error name.
    """
    try:
        parts = _READ.decode(raw)
    except (msgspec.MsgspecError, UnicodeDecodeError):
        raise WrongMessage("WRONG_FORMAT", "Wrong Format") from None
    ticket = _ticket(parts)
    frame_format = _format(parts)
    if any("method" in part for part in parts):
        _check_method(parts)
        return Message(ticket=ticket, frame_format=frame_format, lists=True)
    asked = [part for part in parts if not {"ticket", "format"} & part.keys() or "type" in part]
    if not asked or any("type" not in part for part in asked):
        raise WrongMessage("NO_TYPE", "타입 필드가 존재하지 않습니다.")
    wanted = tuple(_wanted(part, OFFERED[socket], ticks) for part in asked)
    if sum(len(one.codes) for one in wanted) > MAX_CODES:
        raise WrongMessage("TOO_MANY_REQUEST", "Too many codes")
    return Message(ticket=ticket, frame_format=frame_format, wanted=wanted)


def depth_of(code: str) -> tuple[str, int]:
    """Take `KRW-BTC.15` apart into the market and the depth."""
    market, _, depth = code.partition(".")
    return market, int(depth) if depth.isdigit() and int(depth) in DEPTHS else FULL_DEPTH


def _ticket(parts: Sequence[_Part]) -> str:
    for part in parts:
        if "ticket" in part:
            ticket = _text(part["ticket"])
            if ticket:
                return ticket
    raise WrongMessage("NO_TICKET", "티켓이 존재하지 않거나 유효하지 않습니다.")


def _format(parts: Sequence[_Part]) -> FrameFormat | None:
    for part in parts:
        if "format" in part:
            try:
                return FrameFormat(_text(part["format"]))
            except ValueError:
                raise WrongMessage("INVALID_PARAM", "format does not have a valid value") from None
    return None


def _check_method(parts: Sequence[_Part]) -> None:
    methods = [_text(part["method"]) for part in parts if "method" in part]
    if methods != ["LIST_SUBSCRIPTIONS"]:
        raise WrongMessage("INVALID_PARAM", "method does not have a valid value")


def _wanted(part: _Part, offered: Collection[str], ticks: Mapping[str, Decimal]) -> Wanted:
    kind = _text(part["type"])
    if kind not in offered:
        raise WrongMessage("INVALID_PARAM", f"type {kind} is not offered here")
    codes = _codes(part, kind)
    only_snapshot = _flag(part, "is_only_snapshot", "isOnlySnapshot")
    only_realtime = _flag(part, "is_only_realtime", "isOnlyRealtime")
    return Wanted(
        type=kind,
        codes=codes,
        level=_level(part, codes, ticks) if kind == "orderbook" else Decimal(0),
        snapshot=not only_realtime or only_snapshot,
        realtime=not only_snapshot or only_realtime,
        categories=_categories(part) if kind == "announcement" else frozenset(),
        include_body=_flag(part, "include_body"),
    )


def _codes(part: _Part, kind: str) -> tuple[str, ...]:
    raw = part.get("codes")
    if kind == "myAsset" and raw is not None:
        raise WrongMessage("WRONG_FORMAT", "Wrong Format")
    codes = tuple(_texts(raw)) if raw is not None and bytes(raw) != b"null" else ()
    if kind in NEEDS_CODES and not codes:
        raise WrongMessage("NO_CODES", "codes 필드가 존재하지 않습니다.")
    return codes


def _level(part: _Part, codes: Sequence[str], ticks: Mapping[str, Decimal]) -> Decimal:
    """Read by how much prices are grouped; a level must be a multiple of the tick (Upbit docs, websocket-orderbook)."""
    raw = part.get("level")
    if raw is None or bytes(raw) == b"null":
        return Decimal(0)
    try:
        level = _READ_NUMBER.decode(raw)
    except msgspec.MsgspecError:
        raise WrongMessage("WRONG_FORMAT", "Wrong Format") from None
    known = [ticks[market] for market, _ in map(depth_of, codes) if market in ticks]
    if level < 0 or not level.is_finite() or (level and not all(is_on_tick(level, tick) for tick in known)):
        raise WrongMessage("INVALID_PARAM", "level does not have a valid value")
    return level


def _categories(part: _Part) -> frozenset[str]:
    raw = part.get("categories")
    named = frozenset(_texts(raw)) if raw is not None else frozenset()
    if not named <= CATEGORIES:
        raise WrongMessage("INVALID_PARAM", "categories does not have a valid value")
    return named


def _flag(part: _Part, *names: str) -> bool:
    return any(_decoded(_READ_FLAG, part[name]) for name in names if name in part)


def _text(raw: msgspec.Raw) -> str:
    return _decoded(_READ_TEXT, raw)


def _texts(raw: msgspec.Raw) -> list[str]:
    return _decoded(_READ_TEXTS, raw)


def _decoded(decoder: "msgspec.json.Decoder[_T]", raw: msgspec.Raw) -> _T:
    try:
        return decoder.decode(raw)
    except msgspec.MsgspecError:
        raise WrongMessage("WRONG_FORMAT", "Wrong Format") from None

"""Every fault the simulated exchange can be asked for, by name: where it strikes and what its arguments mean.

One word of the vocabulary is one row of `SPECS`; the server and the streams look faults up by these names.
"""

from collections.abc import Callable, Mapping
from decimal import Decimal
from enum import StrEnum

from msgspec import Struct

from hoga.model import money
from hoga.model.errors import MoneyError

#: What an argument of a fault may be, once read: seconds, bytes and counts are numbers.
Argument = float | int | str | Decimal


class Stage(StrEnum):
    """Where a fault strikes."""

    REST_IN = "before the exchange sees a request"
    REST_OUT = "after the exchange acted, before its answer leaves"
    CONNECT = "when a WebSocket is opened"
    MESSAGE = "when a client sends a WebSocket message"
    FRAME = "when a WebSocket frame leaves"
    SOCKET = "when a WebSocket frame leaves, or by the clock (`every=5s`)"
    CLOCK = "by the clock (`every=5s`, `after=10s`)"


def seconds(text: str) -> float:
    """Read `200ms`, `5s` or `2m`."""
    for suffix, scale in (("ms", 0.001), ("s", 1.0), ("m", 60.0)):
        number = text.removesuffix(suffix)
        if number != text and _is_number(number) and float(number) >= 0:
            return float(number) * scale
    raise ValueError(f"{text!r} is no duration; write it like 200ms, 5s or 2m")


def share(text: str) -> float:
    """Read `0.01` or `1%` as a share between 0 and 1."""
    number = text.removesuffix("%")
    value = float(number) / (100 if number != text else 1) if _is_number(number) else -1.0
    if not 0 <= value <= 1:
        raise ValueError(f"{text!r} is no share; write it like 0.01 or 1%")
    return value


def whole(text: str) -> int:
    """Read a count, e.g. `3`."""
    if not text.isascii() or not text.isdigit():
        raise ValueError(f"{text!r} is no whole number; write it like 3")
    return int(text)


def size(text: str) -> int:
    """Read `100MB` or `64kB` as bytes."""
    for suffix, scale in (("GB", 1_000_000_000), ("MB", 1_000_000), ("kB", 1_000), ("B", 1)):
        number = text.removesuffix(suffix)
        if number != text and number.isascii() and number.isdigit() and int(number) * scale <= LARGEST:
            return int(number) * scale
    raise ValueError(f"{text!r} is no size up to {LARGEST // 1_000_000} MB; write it like 100MB or 64kB")


def word(text: str) -> str:
    """Take a word as it is, e.g. an error name."""
    if not text:
        raise ValueError("a word is missing between the brackets")
    return text


def sum_of_money(text: str) -> Decimal:
    """Read an exact amount, e.g. `0.5`."""
    try:
        return money.amount(text)
    except MoneyError:
        raise ValueError(f"{text!r} is no amount; write it like 0.5") from None


def one_of(*choices: str) -> Callable[[str], str]:
    """Read one word of a few."""

    def read(text: str) -> str:
        if text not in choices:
            raise ValueError(f"{text!r} is not one of {', '.join(choices)}")
        return text

    return read


#: A fault may make something this large (bytes); more would test this machine, not the client.
LARGEST = 200_000_000


def _is_number(text: str) -> bool:
    return text.isascii() and text.replace(".", "", 1).isdigit()


class Spec(Struct, frozen=True):
    """One fault: where it strikes, how its arguments are read, what they are when left out, and what it does.

    `stage_by` names another stage for certain words given as argument.
    """

    stage: Stage
    says: str
    reads: tuple[Callable[[str], Argument], ...] = ()
    defaults: tuple[Argument, ...] = ()
    stage_by: Mapping[str, Stage] = {}


_IN, _OUT, _FRAME, _SOCKET, _CLOCK = Stage.REST_IN, Stage.REST_OUT, Stage.FRAME, Stage.SOCKET, Stage.CLOCK
_before_or_after = one_of("before", "after")
_cut = one_of("mid_frame", "between")
_header = one_of("none", "fuzz", "low")
_mutation = one_of("types", "schema", "nan", "exponent")
_side = one_of("bid", "ask")
_BUY = ("bid", Decimal(10_000))

_REST: Mapping[str, Spec] = {
    "rest.delay": Spec(_OUT, "the answer comes late", (seconds,), (0.2,)),
    "rest.delay_accept": Spec(_IN, "the request is acted on late", (seconds,), (5.0,)),
    "rest.hang_after_accept": Spec(_OUT, "acted on, no answer for so long, then closed", (seconds,), (60.0,)),
    "rest.blackhole_before": Spec(_IN, "not acted on, no answer for so long, then closed", (seconds,), (60.0,)),
    "rest.rst": Spec(_OUT, "the line is reset", (_before_or_after,), ("after",), {"before": _IN}),
    "rest.drop": Spec(_OUT, "acted on, the line closes without an answer"),
    "rest.truncate": Spec(_OUT, "half of the body, then the line closes"),
    "rest.empty": Spec(_OUT, "an answer without a body"),
    "rest.html200": Spec(_OUT, "a web page with status 200 instead of the answer"),
    "rest.swap_body": Spec(_OUT, "the answer names another order"),
    "rest.status": Spec(
        _IN, "this status, HTML body", (whole, one_of("refused", "accepted")), (503, "refused"), {"accepted": _OUT}
    ),
    "rest.redirect": Spec(_IN, "a redirect elsewhere", (whole,), (302,)),
    "rest.reject": Spec(_IN, "refused with this error name and status", (word, whole), ("validation_error", 400)),
    "rest.auth": Spec(_IN, "401 with this error name", (word,), ("jwt_verification",)),
    "rest.nonce_used": Spec(_IN, "401 nonce_used"),
    "rest.error_shape": Spec(_OUT, "error names change between text and number"),
    "rest.429": Spec(_IN, "429"),
    "rest.418": Spec(_IN, "418 and a block for so long", (seconds,), (10.0,)),
    "rest.limit": Spec(_CLOCK, "the order group's limit becomes this", (whole, word), (8, "order")),
    "rest.rr": Spec(_OUT, "Remaining-Req is missing, garbled or too low", (_header,), ("fuzz",)),
    "rest.slowloris": Spec(_OUT, "one byte of the answer a second"),
    "rest.huge": Spec(_OUT, "a body of this size", (size,), (100_000_000,)),
    "rest.lag_read": Spec(_IN, "look-ups do not know orders younger than this", (seconds,), (20.0,)),
    "rest.cancel_lag": Spec(_IN, "a cancel is taken, and acted on so much later", (seconds,), (5.0,)),
}  # fmt: skip

_WS: Mapping[str, Spec] = {
    "ws.refuse": Spec(Stage.CONNECT, "the upgrade is refused with this status", (whole,), (503,)),
    "ws.auth_fail": Spec(Stage.CONNECT, "INVALID_AUTH, then closed"),
    "ws.flap": Spec(Stage.CONNECT, "opened and closed at once"),
    "ws.asset_warmup": Spec(Stage.CONNECT, "myAsset stays silent for so long", (seconds,), (300.0,)),
    "ws.ignore_sub": Spec(Stage.MESSAGE, "the message is swallowed"),
    "ws.error": Spec(Stage.MESSAGE, "the message is answered with this error", (word,), ("INVALID_PARAM",)),
    "ws.close": Spec(_SOCKET, "closed with this code", (whole,), (1001,)),
    "ws.cut": Spec(_SOCKET, "the line is reset in the middle of a frame", (_cut,), ("mid_frame",)),
    "ws.blackhole": Spec(_SOCKET, "nothing is sent or read any more, the line stays open"),
    "ws.no_read": Spec(_SOCKET, "nothing is read any more, sending goes on"),
    "ws.stall": Spec(_SOCKET, "frames of this type stop coming (`all`: of every type)", (word,), ("all",)),
    "ws.garbage": Spec(_FRAME, "an unreadable frame as well", (one_of("json", "utf8", "empty"),), ("json",)),
    "ws.huge": Spec(_FRAME, "a frame of this size as well", (size,), (100_000_000,)),
    "ws.deep": Spec(_FRAME, "a frame nested this deeply as well", (whole,), (100_000,)),
    "ws.dup": Spec(_FRAME, "the frame comes twice"),
    "ws.burst": Spec(_FRAME, "the frame comes so many times", (whole,), (1_000,)),
    "ws.drop": Spec(_FRAME, "the frame is lost"),
    "ws.reorder": Spec(_FRAME, "the frame comes after the next so many", (whole,), (1,)),
    "ws.delay": Spec(_FRAME, "the frame comes late", (seconds,), (0.2,)),
    "ws.mutate": Spec(_FRAME, "numbers as text, new fields, NaN or exponents", (_mutation,), ("types",)),
    "ws.text": Spec(_FRAME, "a text frame instead of a binary one"),
    "ws.snapshot_overlap": Spec(_FRAME, "the news comes again as a SNAPSHOT"),
    "ws.ts_skew": Spec(_FRAME, "timestamps so far in the future", (seconds,), (3600.0,)),
    "ws.glitch": Spec(_FRAME, "prices ten times too high"),
}  # fmt: skip

_MOVES: Mapping[str, Spec] = {
    "acct.deposit": Spec(_CLOCK, "money or coins arrive", (word, sum_of_money), ("KRW", Decimal(10**6))),
    "acct.withdraw": Spec(_CLOCK, "money or coins leave", (word, sum_of_money), ("KRW", Decimal(10**6))),
    "acct.manual_order": Spec(_CLOCK, "the owner buys (KRW) or sells (coin)", (_side, sum_of_money), _BUY),
    "acct.manual_cancel": Spec(_CLOCK, "the owner cancels the newest open order by hand"),
    "mkt.suspend": Spec(_CLOCK, "the market stops for so long", (seconds,), (10.0,)),
    "mkt.fee": Spec(_CLOCK, "another fee rate from now on", (sum_of_money,), (Decimal("0.0025"),)),
    "mkt.tick_change": Spec(_CLOCK, "a ten times coarser tick", (one_of("keep", "wipe"),), ("keep",)),
    "mkt.crash": Spec(_CLOCK, "the synthetic price falls at once by this share", (share,), (0.4,)),
    "mkt.spike": Spec(_CLOCK, "the synthetic price rises at once by this share", (share,), (0.4,)),
    "mkt.delist": Spec(_CLOCK, "the market ends"),
}  # fmt: skip

SPECS: Mapping[str, Spec] = {**_REST, **_WS, **_MOVES}

#: Short forms for everyday use: `latency=200ms`, `drop=1%`, `disconnect=5s`.
SHORT: Mapping[str, tuple[str, ...]] = {
    "latency": ("rest.delay({})", "ws.delay({})"),
    "drop": ("ws.drop@p={}",),
    "disconnect": ("ws.cut@every={}",),
}

"""The scenarios of `reliability.py`: what goes wrong, in the simulator's fault words, and what is looked at."""

from collections.abc import Sequence
from dataclasses import dataclass, field

#: Only the creation of an order is struck.
_POST = "path=/v1/orders,method=POST"

CLIENTS = ("hoga", "upbit-sdk", "upbit-sdk+id", "ccxt", "pyupbit")
LISTENERS = ("hoga", "upbit-sdk", "ccxt", "pyupbit")


@dataclass(frozen=True)
class Trouble:
    """One scenario. `kind` is `order` (one create call), `burst` (many in a row) or `stream` (the trade stream).

    `lasts_s` is how long a stream is watched after the fault; `limits` is what the exchange is told beforehand.
    """

    name: str
    kind: str
    faults: tuple[str, ...] = ()
    lasts_s: float = 12.0
    is_quick: bool = False
    limits: dict[str, object] = field(default_factory=dict)


def _order(name: str, fault: str, count: int = 1, *, is_quick: bool = False) -> Trouble:
    return Trouble(name, "order", (f"{fault}@{_POST},count={count}",), is_quick=is_quick)


def _cut(name: str, fault: str, *more: str, lasts_s: float = 12.0, is_quick: bool = False) -> Trouble:
    faults = (*more, f"{fault}@every=100ms,count=1,socket=public")
    return Trouble(name, "stream", faults, lasts_s=lasts_s, is_quick=is_quick)


def _frame(name: str, fault: str, count: int = 3, *, lasts_s: float = 12.0, is_quick: bool = False) -> Trouble:
    return Trouble(name, "stream", (f"{fault}@count={count},socket=public",), lasts_s=lasts_s, is_quick=is_quick)


ORDERS: Sequence[Trouble] = (
    Trouble("nothing goes wrong", "order", is_quick=True),
    _order("answer cut off, once", "rest.rst(after)", is_quick=True),
    _order("answer cut off, 3 times", "rest.rst(after)", 3),
    _order("no answer, once", "rest.hang_after_accept(30s)", is_quick=True),
    _order("no answer, 3 times", "rest.hang_after_accept(30s)", 3),
    _order("502 page, order taken", "rest.status(502,accepted)"),
    _order("500 page, order taken, 3 times", "rest.status(500,accepted)", 3),
    _order("half an answer", "rest.truncate"),
    _order("an empty answer", "rest.empty"),
    _order("a web page with status 200", "rest.html200"),
    _order("the answer names another order", "rest.swap_body"),
    _order("acted on 3 s late", "rest.delay_accept(3s)"),
    _order("one byte a second", "rest.slowloris"),
    _order("cut off before the exchange saw it", "rest.rst(before)"),
    _order("lost before the exchange saw it", "rest.blackhole_before(30s)", is_quick=True),
    _order("500 with JSON, not taken, once", "rest.reject(internal_server_error,500)"),
    _order("429, once", "rest.429"),
    _order("429, 6 times", "rest.429", 6),
    _order("418, blocked for 20 s", "rest.418(20s)"),
    _order("401 nonce_used, once", "rest.nonce_used"),
    _order("a redirect", "rest.redirect(307)"),
    Trouble("40 orders in a row, limit 8/s", "burst", limits={"limits": {"order": 8}}),
)

STREAMS: Sequence[Trouble] = (
    _cut("closed with 1000", "ws.close(1000)", is_quick=True),
    _cut("closed with 1001", "ws.close(1001)"),
    _cut("cut in the middle of a frame", "ws.cut(mid_frame)"),
    _cut("closed, then refused 3 times", "ws.close(1001)", "ws.refuse(503)@count=3,socket=public", lasts_s=45),
    _frame("3 frames of torn JSON", "ws.garbage(json)", is_quick=True),
    _frame("3 frames that are no UTF-8", "ws.garbage(utf8)"),
    _frame("3 empty frames", "ws.garbage(empty)"),
    _frame("a frame of 100 MB", "ws.huge(100MB)", 1),
    _frame("a frame nested 100,000 deep", "ws.deep(100000)", 1),
    _frame("text frames for binary ones", "ws.text", 20),
    _frame("20 trades come twice", "ws.dup", 20),
    _frame("a number that is NaN", "ws.mutate(nan)", 1),
    _cut("silence on an open line", "ws.stall(all)", lasts_s=45),
    _cut("a dead line nobody closes", "ws.blackhole", lasts_s=45),
)

TROUBLES: Sequence[Trouble] = (*ORDERS, *STREAMS)

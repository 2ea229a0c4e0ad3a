"""The faults of the REST side, done: what happens to a request before the exchange sees it, and to its answer after.

The vocabulary is in vocabulary.py; every fault that strikes was counted by the plan already.
"""

import asyncio
import re
import socket
import struct
from collections.abc import Callable, Mapping, Sequence
from itertools import cycle

from aiohttp import web
from msgspec import Struct
from multidict import CIMultiDict

from hoga.simulator.core.refusals import Refused
from hoga.simulator.faults.text import Fault
from hoga.simulator.rest.dispatch import Reply

_PAGE = b"<!DOCTYPE html><html><head><title>Service</title></head><body><h1>Please wait</h1></body></html>"
_ELSEWHERE = "https://elsewhere.invalid/"
_CHUNK = 64 * 1024
_UUID = re.compile(rb'"(uuid|identifier)":"([^"]{4,})"')
_NAME = re.compile(rb'"name":(?:(\d+)|"([^"]*)")')

#: What garbled `Remaining-Req` headers look like, in turn.
_GARBLED = cycle(("", "group=order", "group=nobody; min=1; sec=99", "group=order; min=-1; sec=-5", "sec=abc"))


class LineCut(Exception):  # noqa: N818 - it is what happens to the client, not to us
    """The connection shall end here, without an answer; `reset` as a reset instead of an end."""

    def __init__(self, *, reset: bool = False) -> None:
        super().__init__()
        self.reset = reset


class Before(Struct, kw_only=True):
    """What faults decided before the exchange acts: an answer of their own, or a manner of acting."""

    reply: Reply | None = None
    refusal: Refused | None = None
    block_s: float = 0.0
    lag_s: float = 0.0
    cancel_lag_s: float = 0.0


async def before(faults: Sequence[Fault]) -> Before:
    """Do the faults that strike before a request is acted on; `LineCut` ends it."""
    found = Before()
    for fault in faults:
        if fault.name == "rest.delay_accept":
            await asyncio.sleep(float(fault.argument))
        elif fault.name == "rest.blackhole_before":
            await asyncio.sleep(float(fault.argument))
            raise LineCut
        elif fault.name == "rest.rst":
            raise LineCut(reset=True)
        elif fault.name == "rest.status":
            found.reply = _page(int(fault.argument))
        elif fault.name == "rest.redirect":
            found.reply = _page(int(fault.argument), Location=_ELSEWHERE)
        elif fault.name == "rest.lag_read":
            found.lag_s = float(fault.argument)
        elif fault.name == "rest.cancel_lag":
            found.cancel_lag_s = float(fault.argument)
        elif fault.name == "rest.418":
            found.block_s = float(fault.argument)
        else:
            found.refusal = _refusal(fault)
    return found


def _refusal(fault: Fault) -> Refused:
    if fault.name == "rest.reject":
        return Refused(str(fault.args[0]), "asked for", int(fault.args[1]))
    if fault.name == "rest.429":
        return Refused("too_many_requests", "Too many API requests.", 429)
    name = "nonce_used" if fault.name == "rest.nonce_used" else str(fault.argument)
    return Refused(name, "asked for", 401)


async def after(faults: Sequence[Fault], reply: Reply) -> Reply:
    """Do the faults that strike an answer, all but those of `written_by`; `LineCut` ends it."""
    for fault in faults:
        if fault.name == "rest.delay":
            await asyncio.sleep(float(fault.argument))
        elif fault.name == "rest.hang_after_accept":
            await asyncio.sleep(float(fault.argument))
            raise LineCut
        elif fault.name in {"rest.rst", "rest.drop"}:
            raise LineCut(reset=fault.name == "rest.rst")
        else:
            change = _CHANGES.get(fault.name)
            reply = reply if change is None else change(reply, fault)
    return reply


def _page(status: int, **headers: str) -> Reply:
    head = CIMultiDict({"Content-Type": "text/html; charset=utf-8", **headers})
    return Reply(status=status, headers=head, body=_PAGE)


def _other_order(reply: Reply, _: Fault) -> Reply:
    """Name another order: the first id and the identifier end in something else."""
    reply.body = _UUID.sub(lambda found: b'"%s":"%s"' % (found[1], found[2][:-4] + b"beef"), reply.body)
    return reply


def _other_name(reply: Reply, _: Fault) -> Reply:
    def turned(found: "re.Match[bytes]") -> bytes:
        return b'"name":"%s"' % found[1] if found[1] else b'"name":%d' % reply.status

    if reply.status >= 400:  # noqa: PLR2004 - where refusals begin
        reply.body = _NAME.sub(turned, reply.body)
    return reply


def _other_remaining(reply: Reply, fault: Fault) -> Reply:
    reply.headers.pop("Remaining-Req", None)
    if fault.argument == "low":
        reply.headers["Remaining-Req"] = "group=order; min=1; sec=0"
    elif fault.argument == "fuzz":
        reply.headers["Remaining-Req"] = next(_GARBLED)
    return reply


def _emptied(reply: Reply, _: Fault) -> Reply:
    reply.body = b""
    return reply


#: Fault -> what the answer becomes.
_CHANGES: Mapping[str, Callable[[Reply, Fault], Reply]] = {
    "rest.empty": _emptied,
    "rest.html200": lambda _reply, _fault: _page(200),
    "rest.status": lambda _, fault: _page(int(fault.argument)),
    "rest.swap_body": _other_order,
    "rest.error_shape": _other_name,
    "rest.rr": _other_remaining,
}


async def write_badly(faults: Sequence[Fault], reply: Reply, request: web.BaseRequest) -> web.StreamResponse | None:
    """Write the answer as a fault wants it written; None where none of them cares. A client that leaves is a cut."""
    try:
        return await _written(faults, reply, request)
    except ConnectionError:
        raise LineCut from None


async def _written(faults: Sequence[Fault], reply: Reply, request: web.BaseRequest) -> web.StreamResponse | None:
    for fault in faults:
        if fault.name == "rest.truncate":
            await _begin(request, reply, reply.body[: len(reply.body) // 2])
            raise LineCut
        if fault.name == "rest.slowloris":
            response = await _begin(request, reply, b"")
            for byte in reply.body:
                await response.write(bytes([byte]))
                await asyncio.sleep(1.0)
            return response
        if fault.name == "rest.huge":
            size = int(fault.argument)
            response = await _begin(request, reply, b"", length=size)
            for start in range(0, size, _CHUNK):
                await response.write(b" " * min(_CHUNK, size - start))
            return response
    return None


async def _begin(
    request: web.BaseRequest, reply: Reply, part: bytes, *, length: int | None = None
) -> web.StreamResponse:
    response = web.StreamResponse(status=reply.status, headers=reply.headers)
    response.content_length = len(reply.body) if length is None else length
    await response.prepare(request)
    if part:
        await response.write(part)
    return response


def cut(request: web.BaseRequest, *, reset: bool) -> None:
    """End a client's connection; with `reset` the peer sees a reset, not an end."""
    transport = request.transport
    if transport is None:
        return
    system_socket = transport.get_extra_info("socket")
    if reset and system_socket is not None:
        system_socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        transport.abort()
    else:
        transport.close()

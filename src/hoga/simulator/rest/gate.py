"""The REST side on the wire: reads requests off aiohttp, lets delay and faults have their way, writes the answers."""

import asyncio
import time
from collections.abc import Callable
from contextlib import suppress
from random import Random

from aiohttp import web
from msgspec import Struct

from hoga.simulator.core.refusals import Refused
from hoga.simulator.faults.plan import FaultPlan
from hoga.simulator.faults.vocabulary import Stage
from hoga.simulator.rest import dispatch as rest, faults as rest_faults
from hoga.simulator.rest.dispatch import Incoming, Reply
from hoga.simulator.rest.faults import Before, LineCut
from hoga.simulator.venue import Venue

_GZIP_FROM = 1_000  # bytes; smaller answers are not worth it


class Latency(Struct, kw_only=True):
    """One-way delays in milliseconds, each drawn evenly between two bounds for every request."""

    in_ms: tuple[float, float] = (0.0, 0.0)
    out_ms: tuple[float, float] = (0.0, 0.0)


class Gate:
    """Serves REST requests of one venue. `settle` is called once after each request that the exchange saw."""

    def __init__(self, venue: Venue, faults: FaultPlan, settle: Callable[[], None], *, seed: int) -> None:
        self.latency = Latency()
        self._venue = venue
        self._faults = faults
        self._settle = settle
        self._chance = Random(f"{seed}:latency")
        self._later: set[asyncio.TimerHandle] = set()

    async def handle(self, request: web.BaseRequest) -> web.StreamResponse:
        """Answer one request."""
        incoming = await _read(request)
        await self._wait(self.latency.in_ms)
        try:
            return await self._serve(request, incoming)
        except LineCut as line_cut:
            rest_faults.cut(request, reset=line_cut.reset)
            return web.Response(status=500)  # nobody will see it

    def close(self) -> None:
        """Forget cancels that wait for their time."""
        for timer in self._later:
            timer.cancel()
        self._later.clear()

    async def _serve(self, request: web.BaseRequest, incoming: Incoming) -> web.StreamResponse:
        has_faults = self._faults.has(Stage.REST_IN) or self._faults.has(Stage.REST_OUT)
        if not has_faults:
            reply = self._answer(incoming, Before())
            await self._wait(self.latency.out_ms)
            return _response(request, reply)
        where = {"path": incoming.path, "method": incoming.method}
        found = await rest_faults.before(self._faults.strike(Stage.REST_IN, time.monotonic(), **where))
        reply = found.reply or self._answer(incoming, found)
        struck = self._faults.strike(Stage.REST_OUT, time.monotonic(), **where)
        reply = await rest_faults.after(struck, reply)
        await self._wait(self.latency.out_ms)
        return await rest_faults.write_badly(struck, reply, request) or _response(request, reply)

    def _answer(self, incoming: Incoming, found: Before) -> Reply:
        now_s = time.time()
        if found.refusal is not None:
            return rest.refuse(self._venue, incoming, found.refusal, now_s)
        if found.block_s:
            rest.block(self._venue, incoming, found.block_s, now_s)
        lag_s = found.cancel_lag_s
        postpone = (lambda act: self._do_later(act, lag_s)) if lag_s else None
        reply = rest.answer(self._venue, incoming, now_s, lag_s=found.lag_s, postpone=postpone)
        self._settle()
        return reply

    def _do_later(self, act: Callable[[int], object], lag_s: float) -> None:
        """Do later what the venue has only taken; it may have become impossible meanwhile."""

        def do() -> None:
            self._later.discard(timer)
            with suppress(Refused):
                act(int(time.time() * 1000))
            self._settle()

        timer = asyncio.get_running_loop().call_later(lag_s, do)
        self._later.add(timer)

    async def _wait(self, bounds_ms: tuple[float, float]) -> None:
        if bounds_ms[1] > 0:
            await asyncio.sleep(self._chance.uniform(*bounds_ms) / 1000)


async def _read(request: web.BaseRequest) -> Incoming:
    path, _, query = _text(request.raw_path).partition("?")
    headers = request.headers
    return Incoming(
        method=request.method,
        path=path,
        query=query,
        body=await request.read() if request.body_exists else b"",
        content_type=headers.get("Content-Type", ""),
        authorization=headers.get("Authorization"),
        has_origin="Origin" in headers,
        ip=request.remote or "",
    )


def _text(target: str) -> str:
    """The request target; bytes that are no UTF-8 become question marks."""
    return target if target.isascii() else target.encode("utf-8", "surrogateescape").decode("utf-8", "replace")


def _response(request: web.BaseRequest, reply: Reply) -> web.Response:
    response = web.Response(status=reply.status, headers=reply.headers, body=reply.body)
    # Only the quotation side answers in gzip (Upbit docs, rest-api-guide of 2026).
    is_long_quotation = len(reply.body) >= _GZIP_FROM and "Limit-By-Ip" in reply.headers
    if is_long_quotation and "gzip" in request.headers.get("Accept-Encoding", ""):
        response.enable_compression(web.ContentCoding.gzip)
    return response

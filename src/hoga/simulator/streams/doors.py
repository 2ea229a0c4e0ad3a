"""The way into the three WebSockets: connect limit, keys, the upgrade, and the reading of one connection to its end."""

import asyncio
from collections.abc import Callable, Mapping

from aiohttp import WSMessage, WSMsgType, web

from hoga.simulator.core.refusals import Refused
from hoga.simulator.faults.plan import FaultPlan
from hoga.simulator.faults.text import Fault
from hoga.simulator.faults.vocabulary import Stage
from hoga.simulator.rest.pacing import Verdict
from hoga.simulator.streams.sockets import CLOSING_S, Socket
from hoga.simulator.streams.streams import Streams
from hoga.simulator.venue import Venue

#: A subscription to every market in a dozen types stays far below this (bytes).
MAX_MESSAGE = 1 << 20

PATHS = {"/websocket/v1": "public", "/websocket/v1/private": "private", "/websocket/v1/info": "info"}


class Doors:
    """Handlers for aiohttp, one for each path; `routes` mounts all three."""

    def __init__(self, streams: Streams, venue: Venue, faults: FaultPlan, clock_ms: Callable[[], int]) -> None:
        self._streams = streams
        self._venue = venue
        self._faults = faults
        self._clock_ms = clock_ms

    def routes(self) -> list[web.RouteDef]:
        """What to mount into the application."""
        return [web.get(path, self.enter) for path in PATHS]

    async def enter(self, request: web.BaseRequest) -> web.StreamResponse:
        """Serve one connection from its upgrade to its end."""
        kind = PATHS[request.path]
        now_s = asyncio.get_running_loop().time()
        faults = {fault.name: fault for fault in self._faults.strike(Stage.CONNECT, now_s, socket=kind)}
        if "ws.refuse" in faults:
            return web.Response(status=int(faults["ws.refuse"].argument))
        verdict = self._admit(request)
        if verdict.status != _ADMITTED:
            return web.Response(status=verdict.status, headers={"Remaining-Req": verdict.remaining_req})
        response = web.WebSocketResponse(autoping=False, compress=False, timeout=CLOSING_S, max_msg_size=MAX_MESSAGE)
        response.headers["Remaining-Req"] = verdict.remaining_req
        await response.prepare(request)
        if request.transport is None:
            return response
        socket = Socket(kind, response, request.transport, now_s)
        self._streams.enter(socket)
        try:
            self._begin(socket, request, faults)
            async for message in response:
                await self._take(socket, message)
        finally:
            self._streams.leave(socket)
        return response

    def _admit(self, request: web.BaseRequest) -> Verdict:
        """Count the connect; a browser's `Origin` has a far smaller budget (Upbit docs, rate-limits of 2026-10-07)."""
        ip = request.remote or ""
        caller = self._venue.keys.account_of(request.headers.get("Authorization")) or ip
        now_s = self._clock_ms() / 1000
        if "Origin" in request.headers:
            return self._venue.pacer.admit("origin", ip, now_s)
        return self._venue.pacer.admit("websocket", caller, now_s)

    def _begin(self, socket: Socket, request: web.BaseRequest, faults: Mapping[str, Fault]) -> None:
        if "ws.flap" in faults:
            socket.close(1000)
        if "ws.asset_warmup" in faults:
            socket.assets_silent_until_s = socket.opened_s + float(faults["ws.asset_warmup"].argument)
        if socket.kind == "public":
            return
        account = None if "ws.auth_fail" in faults else self._account(request)
        if account is None:
            self._streams.refuse(socket, "INVALID_AUTH", _INVALID_AUTH)
        else:
            socket.account = account

    def _account(self, request: web.BaseRequest) -> str | None:
        token = request.headers.get("Authorization")
        try:
            key = self._venue.keys.verify_websocket_token(token, ip=request.remote or "", now_ms=self._clock_ms())
        except Refused:
            return None
        return key.account

    async def _take(self, socket: Socket, message: WSMessage) -> None:
        socket.active_s = asyncio.get_running_loop().time()
        if message.type in {WSMsgType.TEXT, WSMsgType.BINARY}:
            self._streams.hear(socket, message.data)
        elif message.type is WSMsgType.PING and socket.is_open and not socket.is_muted:
            await socket.response.pong(message.data)


_ADMITTED = 200
_INVALID_AUTH = "인증 정보가 올바르지 않습니다."

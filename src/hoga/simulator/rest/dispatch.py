"""The door of the REST side: finds the endpoint, counts the request, lets it in or not, and writes the answer's head.

The order is the venue's as far as it is known: the limit first (a refused request costs nothing else), then the token,
then the parameters. Every answer carries `Remaining-Req`, errors too; a path nobody serves does not (seen live on
2026-09-23).
"""

import hashlib
from collections.abc import Mapping

from msgspec import Struct
from multidict import CIMultiDict

from hoga.simulator.core.refusals import Refused
from hoga.simulator.rest import (
    account as rest_account,
    orders as rest_orders,
    pockets as rest_pockets,
    quotation as rest_quotation,
    wallet as rest_wallet,
    wire,
)
from hoga.simulator.rest.asked import Asked, read_asked
from hoga.simulator.rest.pacing import Verdict
from hoga.simulator.venue import Call, Endpoint, Postpone, Venue

ROUTES: Mapping[tuple[str, str], Endpoint] = {
    **rest_quotation.ROUTES,
    **rest_orders.ROUTES,
    **rest_account.ROUTES,
    **rest_wallet.ROUTES,
    **rest_pockets.ROUTES,
}

JSON = "application/json;charset=UTF-8"
_MINUTES = "/v1/candles/minutes/"
_NO_CACHE = ("Cache-Control", "no-cache, no-store, max-age=0, must-revalidate")
_QUOTATION_HEAD = (
    ("Content-Type", JSON),
    _NO_CACHE,
    ("Expires", "0"),
    ("Limit-By-Ip", "Yes"),
    ("Pragma", "no-cache"),
    ("Vary", "origin,access-control-request-method,access-control-request-headers,accept-encoding"),
)
_EXCHANGE_HEAD = (
    ("Content-Type", JSON),
    _NO_CACHE,
    ("Vary", "Origin"),
    ("Vary", "Access-Control-Request-Method"),
    ("Vary", "Access-Control-Request-Headers"),
)


class Incoming(Struct, frozen=True, kw_only=True):
    """One request as it arrived. `query` is the raw text after `?`; header texts are empty where absent."""

    method: str
    path: str
    query: str = ""
    body: bytes = b""
    content_type: str = ""
    authorization: str | None = None
    has_origin: bool = False
    ip: str = ""


class Reply(Struct, kw_only=True):
    """One answer, ready to be written."""

    status: int
    headers: CIMultiDict[str]
    body: bytes


def endpoint_of(method: str, path: str) -> Endpoint | None:
    """What serves a path; None where nobody does. pyupbit asks for `//v1/deposits`, with a slash too many."""
    while path.startswith("//"):
        path = path[1:]
    if method == "GET" and path.startswith(_MINUTES):
        return rest_quotation.minute_candles(path[len(_MINUTES) :])
    return ROUTES.get((method, path))


def answer(
    venue: Venue, incoming: Incoming, now_s: float, *, lag_s: float = 0.0, postpone: Postpone | None = None
) -> Reply:
    """Serve one request. `now_s` is the wall clock; look-ups know nothing of the last `lag_s` seconds."""
    endpoint = endpoint_of(incoming.method, incoming.path)
    if endpoint is None:
        body = wire.error_body("not_found", "no Route matched with those values")
        return Reply(status=404, headers=CIMultiDict({"Content-Type": JSON}), body=body)
    verdict = _count(venue, endpoint, incoming, now_s)
    if verdict.status != 200:  # noqa: PLR2004 - the three verdicts are HTTP statuses
        return _reply(endpoint, verdict.status, verdict, _too_fast(venue, endpoint, verdict))
    now_ms = int(now_s * 1000)
    try:
        asked, account = _let_in(venue, endpoint, incoming, now_ms)
        known_ms = int((now_s - lag_s) * 1000) if lag_s else None
        call = Call(
            venue=venue, asked=asked, now_ms=now_ms, account=account, knows_until_ms=known_ms, postpone=postpone
        )
        return _reply(endpoint, endpoint.status, verdict, wire.encode(endpoint.answer(call)))
    except Refused as refused:
        return _reply(endpoint, refused.status, verdict, wire.error_body(_name(endpoint, refused), refused.message))


def refuse(venue: Venue, incoming: Incoming, refused: Refused, now_s: float) -> Reply:
    """Answer a request with an error of the tester's choice, uncounted."""
    endpoint = endpoint_of(incoming.method, incoming.path) or Endpoint(group="default", answer=_nothing)
    caller = _caller(venue, endpoint, incoming)
    verdict = Verdict(refused.status, venue.pacer.peek(endpoint.group, caller, now_s))
    return _reply(endpoint, refused.status, verdict, wire.error_body(_name(endpoint, refused), refused.message))


def block(venue: Venue, incoming: Incoming, seconds: float, now_s: float) -> None:
    """Shut out whoever sends this request, as if it had asked far too fast."""
    endpoint = endpoint_of(incoming.method, incoming.path)
    if endpoint is not None:
        per = venue.pacer.groups[endpoint.group].per
        venue.pacer.block(per, _caller(venue, endpoint, incoming), seconds, now_s)


def _nothing(_: Call) -> object:
    return None


def _count(venue: Venue, endpoint: Endpoint, incoming: Incoming, now_s: float) -> Verdict:
    group = "origin" if incoming.has_origin and not endpoint.signed else endpoint.group
    return venue.pacer.admit(group, _caller(venue, endpoint, incoming), now_s)


def _caller(venue: Venue, endpoint: Endpoint, incoming: Incoming) -> str:
    """Whose budget it is: the address's on the quotation side, else the account's (Upbit counts pockets)."""
    account = venue.keys.account_of(incoming.authorization) if endpoint.signed else None
    return account or incoming.ip


def _let_in(venue: Venue, endpoint: Endpoint, incoming: Incoming, now_ms: int) -> tuple[Asked, str]:
    asked = read_asked(incoming.method, incoming.query, incoming.body, incoming.content_type)
    if not endpoint.signed:
        return asked, ""
    token, scope = incoming.authorization, endpoint.scope
    key = venue.keys.verify(token, asked.texts, ip=incoming.ip, scope=scope, now_ms=now_ms)
    if endpoint.query_only and incoming.body:
        message = "이 API는 쿼리 파라미터 형식의 요청만 지원합니다. 요청 본문에 값을 포함할 수 없습니다."
        raise Refused("QUERY_PARAMETER_NOT_SUPPORTED", message)
    return asked, key.account


def _too_fast(venue: Venue, endpoint: Endpoint, verdict: Verdict) -> bytes:
    """Make the body of a 429 or 418; nobody has published one, so a text body can be chosen as well."""
    message = "Too many API requests."
    if verdict.status == 418:  # noqa: PLR2004 - an HTTP status
        message += f" Your requests are blocked for {verdict.blocked_s} seconds."
    if venue.plain_429:
        return message.encode()
    return wire.error_body("too_many_requests" if endpoint.signed else verdict.status, message)


def _name(endpoint: Endpoint, refused: Refused) -> str | int:
    """Error names are integers on the quotation side, the status itself."""
    return refused.name if endpoint.signed else refused.status


def _reply(endpoint: Endpoint, status: int, verdict: Verdict, body: bytes) -> Reply:
    headers = CIMultiDict(_EXCHANGE_HEAD if endpoint.signed else _QUOTATION_HEAD)
    headers["Remaining-Req"] = verdict.remaining_req
    if not endpoint.signed:
        headers["ETag"] = f'W/"0{hashlib.md5(body, usedforsecurity=False).hexdigest()}"'
    return Reply(status=status, headers=headers, body=body)

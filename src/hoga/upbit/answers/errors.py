"""Why Upbit refused: its error names by table, whatever the body looks like.

Only the name decides: messages come in Korean or English for the same name, and the status may change (Upbit docs,
rest-api-best-practice). Where there is no name (a limit, a proxy's HTML page) the status decides.
"""

import re
from http import HTTPStatus

import msgspec
from msgspec import Struct

from hoga.model.events import RejectReason
from hoga.upbit.answers.restrictions import RESTRICTIONS, restriction_of

#: Every error name Upbit publishes or was seen to use (Upbit docs, rest-api-guide of 2026-10-06 and the pages of the
#: calls), plus the whole numbers it uses as names where anybody may ask, plus the names on a WebSocket.
REASONS: dict[str, RejectReason] = {
    "create_bid_error": RejectReason.INVALID,
    "create_ask_error": RejectReason.INVALID,
    "insufficient_funds_bid": RejectReason.FUNDS,
    "insufficient_funds_ask": RejectReason.FUNDS,
    "under_min_total_bid": RejectReason.BELOW_MINIMUM,
    "under_min_total_ask": RejectReason.BELOW_MINIMUM,
    "over_krw_funds_bid": RejectReason.ABOVE_MAXIMUM,
    "over_krw_funds_ask": RejectReason.ABOVE_MAXIMUM,
    "volume_too_large": RejectReason.ABOVE_MAXIMUM,
    "invalid_funds": RejectReason.INVALID,
    "invalid_price_bid": RejectReason.PRICE_TICK,
    "invalid_price_ask": RejectReason.PRICE_TICK,
    "invalid_time_in_force": RejectReason.TIME_IN_FORCE,
    "invalid_post_only": RejectReason.POST_ONLY,
    "duplicated_identifier": RejectReason.DUPLICATE_ID,
    "notfoundmarket": RejectReason.UNKNOWN_MARKET,
    "validation_error": RejectReason.INVALID,
    "invalid_parameter": RejectReason.INVALID,
    "bad_request": RejectReason.INVALID,
    "QUERY_PARAMETER_NOT_SUPPORTED": RejectReason.INVALID,
    "withdraw_address_not_registered": RejectReason.INVALID,
    "withdraw_address_not_registerd": RejectReason.INVALID,  # the older docs' spelling
    "already_have_deposit_transaction": RejectReason.INVALID,
    "invalid_query_payload": RejectReason.AUTH,
    "jwt_verification": RejectReason.AUTH,
    "expired_access_key": RejectReason.AUTH,
    "invalid_access_key": RejectReason.AUTH,
    "nonce_used": RejectReason.NONCE,
    "no_authorization_token": RejectReason.AUTH,
    "out_of_scope": RejectReason.PERMISSION,
    "open_api_withdraw_locked": RejectReason.PERMISSION,
    "market_offline": RejectReason.MARKET_OFFLINE,
    "order_not_found": RejectReason.NOT_FOUND,
    "deposit_not_found": RejectReason.NOT_FOUND,
    "withdraw_not_found": RejectReason.NOT_FOUND,
    "pocket_not_found": RejectReason.NOT_FOUND,
    "currency_not_found": RejectReason.NOT_FOUND,
    "internal_server_error": RejectReason.SERVER,
    "400": RejectReason.INVALID,
    "404": RejectReason.UNKNOWN_MARKET,  # "Code not found": one unknown code fails the whole call
    "INVALID_AUTH": RejectReason.AUTH,
    "WRONG_FORMAT": RejectReason.INVALID,
    "NO_TICKET": RejectReason.INVALID,
    "NO_TYPE": RejectReason.INVALID,
    "NO_CODES": RejectReason.INVALID,
    "INVALID_PARAM": RejectReason.INVALID,
    "TOO_MANY_REQUEST": RejectReason.RATE_LIMIT,
    **dict.fromkeys(RESTRICTIONS, RejectReason.RESTRICTED),
}

_TRANSIENT = {
    RejectReason.RATE_LIMIT,
    RejectReason.BLOCKED,
    RejectReason.SERVER,
    RejectReason.MARKET_OFFLINE,
    RejectReason.NONCE,
}

#: A refusal is read by people; a page of HTML is not.
MAX_NAME = 64
MAX_MESSAGE = 300
MAX_BODY = 64 * 1024

_FIRST_SERVER_FAULT = 500
_CLIENT_FAULTS = range(400, 500)
_SECONDS_OF = {"초": 1, "분": 60, "시간": 3_600, "일": 86_400, "s": 1, "m": 60, "h": 3_600, "d": 86_400}
_DURATION = re.compile(
    r"(\d{1,7}(?:\.\d{1,3})?)\s*(초|분|시간|일|s(?:ec(?:ond)?s?)?\b|m(?:in(?:ute)?s?)?\b|h(?:(?:ou)?rs?)?\b|d(?:ays?)?\b)",
    re.IGNORECASE,
)


class Refusal(Struct, frozen=True, kw_only=True):
    """A refusal as told. `name` is Upbit's own word, empty where the body had none; `status` is the HTTP status."""

    reason: RejectReason
    name: str
    message: str
    status: int

    @property
    def detail(self) -> str:
        """One line for logs and people; where the account is at fault, what to do about it in both languages."""
        said = " ".join(part for part in (str(self.status), self.name, self.message) if part)
        restriction = restriction_of(self.name) if self.reason is RejectReason.RESTRICTED else None
        return f"{said}. {restriction.english} / {restriction.korean}" if restriction else said


class _Error(Struct):
    name: str | int = ""
    message: str | None = None


class _Body(Struct):
    error: _Error


_READ_BODY = msgspec.json.Decoder(_Body)


def read_refusal(status: int, body: bytes) -> Refusal:
    """Read any answer that is not a success; never fails, whatever the body is."""
    try:
        error = _READ_BODY.decode(body[:MAX_BODY]).error
        name, message = str(error.name)[:MAX_NAME], error.message or ""
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        name, message = "", " ".join(body[:MAX_MESSAGE].decode(errors="replace").split())
    return Refusal(reason=_reason(status, name), name=name, message=message[:MAX_MESSAGE], status=status)


def is_transient(refusal: Refusal) -> bool:
    """Tell whether the same question may well succeed later; the one place that decides it. Never for placing."""
    return refusal.reason in _TRANSIENT


def proves_no_order(refusal: Refusal) -> bool:
    """Tell whether this answer to a placement proves that no order came of it.

    Only a published name with a client-fault status does. A limit, a block, a used nonce (somebody may have sent our
    bytes twice), a server fault, a redirect or a name nobody has published prove nothing: ask.
    """
    return (
        refusal.name in REASONS
        and refusal.status in _CLIENT_FAULTS
        and refusal.reason
        not in {RejectReason.RATE_LIMIT, RejectReason.BLOCKED, RejectReason.NONCE, RejectReason.SERVER}
    )


def is_unpublished(refusal: Refusal) -> bool:
    """Tell whether the venue refused in its own form by a name nobody has published: a no, but not yet a proof."""
    return bool(refusal.name) and refusal.name not in REASONS and refusal.status in _CLIENT_FAULTS


def blocked_for_s(refusal: Refusal) -> float | None:
    """How long Upbit blocks us (418), in seconds, or None where the message does not say.

    The time stands inside the message, in Korean or English (Upbit docs, rate-limits page of 2026-10-07).
    """
    found = _DURATION.findall(refusal.message)
    if not found:
        return None
    return sum(float(count) * _seconds_of(unit) for count, unit in found)


def _seconds_of(unit: str) -> int:
    return _SECONDS_OF.get(unit) or _SECONDS_OF[unit[0].lower()]


def _reason(status: int, name: str) -> RejectReason:
    # Status first: the body of a 429 or 418 is not reliable, and a server fault is one whatever it is called.
    if status == HTTPStatus.TOO_MANY_REQUESTS:
        return RejectReason.RATE_LIMIT
    if status == HTTPStatus.IM_A_TEAPOT:
        return RejectReason.BLOCKED
    if status >= _FIRST_SERVER_FAULT:
        return RejectReason.SERVER
    if name not in REASONS and restriction_of(name):
        return RejectReason.RESTRICTED
    unnamed = RejectReason.AUTH if status == HTTPStatus.UNAUTHORIZED else RejectReason.UNKNOWN
    return REASONS.get(name, unnamed)

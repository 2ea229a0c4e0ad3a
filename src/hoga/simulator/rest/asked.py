"""What a client asked, read from the bytes that arrived: one request's parameters, however the client sent them.

The venue takes parameters from the query, from a JSON body, and (old clients) from a form body on GET. Beside them
stand the spellings whose hash the token may carry (Upbit docs, authentication page of 2026-08-31).
"""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timezone
from decimal import Decimal
from urllib.parse import parse_qsl, unquote_plus

import msgspec
from msgspec import Struct

from hoga.model import money
from hoga.model.errors import MoneyError
from hoga.simulator.core.refusals import Refused, invalid_field, invalid_parameter
from hoga.simulator.moments import KST

MAX_MAGNITUDE = 30  # digits before the point or zeros after it; no price or volume comes near
MAX_FIELDS = 1_000  # the largest list the venue takes has 100 ids

_READ_BODY = msgspec.json.Decoder(dict[str, msgspec.Raw])
_READ_LIST = msgspec.json.Decoder(list[msgspec.Raw])


class Asked(Struct, frozen=True):
    """The parameters of one request by name (`states[]` without its brackets), each with its texts in order.

    `texts` are the spellings that may have been hashed; empty when nothing was asked. `in_body` tells that the
    parameters came in a body.
    """

    fields: Mapping[str, tuple[str, ...]]
    texts: tuple[str, ...] = ()
    in_body: bool = False

    def text(self, name: str) -> str | None:
        """One parameter, None where it is absent or blank; of several the last counts."""
        values = self.fields.get(name)
        return (values[-1].strip() or None) if values else None

    def required(self, *names: str) -> list[str]:
        """The named parameters, or a refusal that lists every missing one."""
        values = {name: self.text(name) for name in names}
        faults = [f"{name} is missing" for name, value in values.items() if value is None]
        if faults:
            raise invalid_field(*faults)
        return [value for value in values.values() if value is not None]

    def many(self, name: str) -> tuple[str, ...]:
        """A list: repeated (`name[]=a&name[]=b`) or with commas."""
        return tuple(part for value in self.fields.get(name, ()) for part in value.split(",") if part)

    def one_of(self, name: str, allowed: Iterable[str], default: str) -> str:
        """One word out of a few."""
        word = self.text(name)
        if word is None:
            return default
        if word not in allowed:
            raise invalid_field(f"{name} does not have a valid value")
        return word

    def whole(self, name: str, default: int, *, at_least: int = 1, at_most: int) -> int:
        """A whole number within bounds."""
        text = self.text(name)
        if text is None:
            return default
        if not text.isascii() or not text.isdigit() or len(text) > 9 or not at_least <= int(text) <= at_most:  # noqa: PLR2004 - more digits than any of these numbers has
            raise invalid_field(f"{name} does not have a valid value")
        return int(text)

    def amount(self, name: str) -> Decimal | None:
        """A decimal number, sent as text or as a JSON number."""
        text = self.text(name)
        if text is None:
            return None
        try:
            value = money.amount(text)
        except MoneyError:
            raise invalid_field(f"{name} does not have a valid value") from None
        if abs(value.adjusted()) > MAX_MAGNITUDE:
            raise invalid_field(f"{name} does not have a valid value")
        return value

    def moment_ms(self, name: str) -> int | None:
        """A moment as ISO 8601 (Seoul time where no zone is given) or as milliseconds since 1970."""
        text = self.text(name)
        if text is None:
            return None
        if text.isascii() and text.isdigit() and len(text) <= 15:  # noqa: PLR2004 - milliseconds until the year 33658
            return int(text)
        moment = read_moment(text, KST)
        if moment is None:
            raise invalid_parameter()
        return moment


def read_moment(text: str, default_zone: timezone) -> int | None:
    """Milliseconds of an ISO 8601 text (`T` or a space, `Z`, an offset or none); None when it is no such text."""
    try:
        moment = datetime.fromisoformat(text)
        if moment.tzinfo is None:
            moment = moment.replace(tzinfo=default_zone)
        return int(moment.astimezone(UTC).timestamp() * 1000)
    except (ValueError, OverflowError):
        return None


def read_asked(method: str, query: str, body: bytes, content_type: str) -> Asked:
    """Read a request's parameters. A POST speaks in its body if it has one, every other method in its query."""
    if method == "POST" and body:
        if "x-www-form-urlencoded" in content_type:  # not taken since 2022-03-01 (Upbit docs, rest-api-guide)
            raise invalid_parameter()
        return _from_body(body, content_type)
    if query:
        return _from_query(query)
    if body:
        return _from_body(body, content_type)
    return Asked({})


def _from_query(query: str) -> Asked:
    """Read the part after `?`. The hash covers the decoded text, in which an unencoded `+` has become a space."""
    return Asked(_gather(_pairs(query)), (unquote_plus(query),))


def _from_body(body: bytes, content_type: str) -> Asked:
    """Read a JSON object, or a form as pyupbit sends it with GET (it hashes the encoded text with plain brackets)."""
    try:
        text = body.decode()
    except UnicodeDecodeError:
        raise invalid_parameter() from None
    if "json" not in content_type and text.lstrip()[:1] != "{":
        plain = text.replace("%5B%5D=", "[]=")
        return Asked(_gather(_pairs(text)), (plain, text, unquote_plus(text)), in_body=True)
    pairs = list(_json_pairs(body))
    if not pairs:
        return Asked({}, in_body=True)
    return Asked(_gather(pairs), _json_spellings(pairs), in_body=True)


def _pairs(text: str) -> list[tuple[str, str]]:
    try:
        return parse_qsl(text, keep_blank_values=True, max_num_fields=MAX_FIELDS)
    except ValueError:
        raise invalid_parameter() from None


def _json_pairs(body: bytes) -> Iterable[tuple[str, str]]:
    """Yield the top-level pairs in the body's order, numbers as they are printed there; null is left out."""
    try:
        for name, raw in _READ_BODY.decode(body).items():
            value = bytes(raw)
            if value[:1] == b"[":
                for item in _READ_LIST.decode(value):
                    yield f"{name}[]", _printed(bytes(item))
            elif value != b"null":
                yield name, _printed(value)
    except (msgspec.MsgspecError, RecursionError):
        raise Refused("invalid_parameter", "잘못된 파라미터") from None


def _printed(value: bytes) -> str:
    return msgspec.json.decode(value, type=str) if value[:1] == b'"' else value.decode()


def _json_spellings(pairs: list[tuple[str, str]]) -> tuple[str, ...]:
    plain = "&".join(f"{name}={value}" for name, value in pairs)
    as_python = {"true": "True", "false": "False"}
    spoken = "&".join(f"{name}={as_python.get(value, value)}" for name, value in pairs)
    return (plain,) if spoken == plain else (plain, spoken)


def _gather(pairs: Iterable[tuple[str, str]]) -> dict[str, tuple[str, ...]]:
    fields: dict[str, tuple[str, ...]] = {}
    for name, value in pairs:
        bare = name.removesuffix("[]")
        fields[bare] = (*fields.get(bare, ()), value)
    return fields

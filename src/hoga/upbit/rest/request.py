"""A REST request as Upbit wants it: what is sent, what is hashed, and which limit it spends.

The builders of each subject stand in `rest_quotation`, `rest_orders` and `rest_wallet`. There is none for a
withdrawal, a deposit or a transfer, so that hoga cannot move money out of the exchange.
"""

from collections.abc import Mapping, Sequence
from typing import Literal
from urllib.parse import quote

import msgspec
from msgspec import Struct

#: What a parameter may hold before it is spelled. None is left out, a sequence becomes one `key[]=value` for each.
Param = str | int | bool | Sequence[str] | None
Group = Literal[
    "order",
    "order-test",
    "order-cancel-all",
    "default",
    "market",
    "candles",
    "crix-trades",
    "ticker",
    "orderbook",
]


class Request(Struct, frozen=True, kw_only=True):
    """One call, ready to be signed and sent to any host.

    `query` is percent-encoded, as sent, without `?`. `hashed` is the text whose SHA-512 goes into the token, empty
    where there is nothing to hash. `group` is the rate limit it spends, by the name in `Remaining-Req`. `urgent` calls
    (cancels and look-ups) may use the reserved part of a limit.
    """

    method: Literal["GET", "POST", "DELETE"]
    path: str
    group: Group
    query: str = ""
    body: bytes = b""
    hashed: str = ""
    signed: bool = True
    urgent: bool = False

    @property
    def target(self) -> str:
        """Path and query as they stand in the request line."""
        return f"{self.path}?{self.query}" if self.query else self.path


def public(path: str, group: Group, params: Mapping[str, Param]) -> Request:
    """A question anybody may ask; it carries no token."""
    return Request(method="GET", path=path, group=group, query=_encoded(_pairs(params)), signed=False)


def private(
    method: Literal["GET", "DELETE"],
    path: str,
    params: Mapping[str, Param] | None = None,
    *,
    group: Group = "default",
    urgent: bool = False,
) -> Request:
    """A signed call whose parameters stand in the query; hashed as sent, but percent-decoded (Upbit docs, auth)."""
    pairs = _pairs(params or {})
    return Request(
        method=method, path=path, group=group, query=_encoded(pairs), hashed=_hashed_text(pairs), urgent=urgent
    )


def posted(path: str, fields: Mapping[str, str | None], *, group: Group) -> Request:
    """A signed call whose fields stand in a compact JSON body; hashed as `key=value` in the order of the body."""
    present = {key: value for key, value in fields.items() if value is not None}
    hashed = "&".join([f"{key}={value}" for key, value in present.items()])
    return Request(method="POST", path=path, group=group, body=msgspec.json.encode(present), hashed=hashed)


def _pairs(params: Mapping[str, Param]) -> list[tuple[str, str]]:
    pairs: list[tuple[str, str]] = []
    for key, value in params.items():
        if value is None:
            continue
        if isinstance(value, bool):
            pairs.append((key, "true" if value else "false"))
        elif isinstance(value, str | int):
            pairs.append((key, str(value)))
        else:
            pairs.extend((f"{key}[]", item) for item in value)
    return pairs


def _hashed_text(pairs: Sequence[tuple[str, str]]) -> str:
    return "&".join(f"{key}={value}" for key, value in pairs)


def _encoded(pairs: Sequence[tuple[str, str]]) -> str:
    # A plus or colon sent bare reaches Upbit as something else and fails the hash (Upbit docs, faq-api).
    return "&".join(f"{quote(key, safe='')}={quote(value, safe='')}" for key, value in pairs)

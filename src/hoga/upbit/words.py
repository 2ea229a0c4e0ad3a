"""Upbit's words for what an order is, into ours; words we do not know are counted, never fatal."""

from collections import Counter
from collections.abc import Mapping
from typing import TypeVar

from hoga.model.commands import OrderKind, SelfMatch, Side, TimeInForce
from hoga.model.errors import WireError
from hoga.model.events import OrderStateSeen

#: Kinds of drift kept apart; a venue gone mad must not fill our memory.
MAX_DRIFT_WORDS = 100

SIDE_WORDS: Mapping[Side, str] = {Side.BUY: "bid", Side.SELL: "ask"}
_SIDES = {
    "bid": Side.BUY,
    "ask": Side.SELL,
    "BID": Side.BUY,
    "ASK": Side.SELL,
}
_KINDS = {
    "limit": OrderKind.LIMIT,
    "price": OrderKind.MARKET,
    "market": OrderKind.MARKET,
    "best": OrderKind.BEST,
}
_TIFS = {tif.value: tif for tif in (TimeInForce.IOC, TimeInForce.FOK, TimeInForce.POST_ONLY)}
_SELF_MATCHES = {mode.value: mode for mode in SelfMatch}
_STATES = {state.value: state for state in OrderStateSeen}

_drift: Counter[str] = Counter()

_Other = TypeVar("_Other")


def notice(field: str, word: str) -> None:
    """Count a word of the venue that we do not know, e.g. a new order state."""
    key = f"{field}={word[:40]}"
    if key in _drift or len(_drift) < MAX_DRIFT_WORDS:
        _drift[key] += 1


def schema_drift() -> Mapping[str, int]:
    """How often each unknown word was met since the start, for display: `{"state=frozen": 3}`."""
    return dict(_drift)


def side_of(word: str) -> Side:
    """BUY or SELL. An order of unknown side cannot be counted, so that is a `WireError`."""
    side = _SIDES.get(word)
    if side is None:
        notice("side", word)
        raise WireError(f"An order with the side {word[:40]!r} cannot be understood.")
    return side


def kind_of(word: str) -> OrderKind:
    """How an order is priced. A kind we do not know counts as LIMIT: its amounts, which decide, are read alike."""
    return _KINDS.get(word) or _unknown("order_type", word, OrderKind.LIMIT)


def state_of(word: str) -> OrderStateSeen:
    """What the venue says an order does; UNKNOWN for a new word, which makes the brain ask."""
    return _STATES.get(word) or _unknown("state", word, OrderStateSeen.UNKNOWN)


def tif_of(word: str | None) -> TimeInForce:
    """How long an order may wait; without a word until it is cancelled."""
    if not word:
        return TimeInForce.GTC
    return _TIFS.get(word) or _unknown("time_in_force", word, TimeInForce.GTC)


def self_match_of(word: str | None) -> SelfMatch | None:
    """What self-match prevention an order has; None where nothing was said."""
    if not word:
        return None
    return _SELF_MATCHES.get(word) or _unknown("smp_type", word, None)


def _unknown(field: str, word: str, otherwise: _Other) -> _Other:
    notice(field, word)
    return otherwise

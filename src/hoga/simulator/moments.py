"""Moments as the venue writes them, each cut to the second and remembered, because a second has many trades."""

from datetime import UTC, datetime, timedelta, timezone
from functools import lru_cache

KST = timezone(timedelta(hours=9))

#: A few markets' present seconds and the starts of their candles; older ones are not asked for again.
_REMEMBERED = 4_096


@lru_cache(_REMEMBERED)
def day_text(at_s: int) -> str:
    """`2026-08-26` (UTC)."""
    return datetime.fromtimestamp(at_s, UTC).strftime("%Y-%m-%d")


@lru_cache(_REMEMBERED)
def time_text(at_s: int) -> str:
    """`07:15:51` (UTC)."""
    return datetime.fromtimestamp(at_s, UTC).strftime("%H:%M:%S")


@lru_cache(_REMEMBERED)
def date_text(at_s: int) -> str:
    """`20260826` (UTC)."""
    return datetime.fromtimestamp(at_s, UTC).strftime("%Y%m%d")


@lru_cache(_REMEMBERED)
def clock_text(at_s: int) -> str:
    """`071551` (UTC)."""
    return datetime.fromtimestamp(at_s, UTC).strftime("%H%M%S")


@lru_cache(_REMEMBERED)
def utc_text(at_s: int) -> str:
    """`2026-08-26T08:08:00` (UTC, without saying so)."""
    return datetime.fromtimestamp(at_s, UTC).strftime("%Y-%m-%dT%H:%M:%S")


@lru_cache(_REMEMBERED)
def kst_text(at_s: int) -> str:
    """`2026-08-26T17:08:00` (Seoul, without saying so)."""
    return datetime.fromtimestamp(at_s, KST).strftime("%Y-%m-%dT%H:%M:%S")


@lru_cache(_REMEMBERED)
def kst(at_s: int) -> str:
    """`2026-08-26T17:08:00+09:00`."""
    return datetime.fromtimestamp(at_s, KST).isoformat(timespec="seconds")

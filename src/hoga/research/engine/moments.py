"""Moments and lengths of time as people type them, for the commands of research. Dates are days in Korea."""

import re
from datetime import UTC, datetime

from hoga.model.errors import ConfigError
from hoga.research.calendar import KST

_NS = {"ns": 1, "us": 1_000, "ms": 1_000_000, "s": 1_000_000_000}
_LENGTH = re.compile(r"(\d+(?:\.\d+)?)(ns|us|ms|s)")


def moment_ms(text: str, name: str) -> int:
    """Read `2026-01-31`, `2026-01-31T09:00` (Korean time unless it names another zone); milliseconds UTC."""
    try:
        then = datetime.fromisoformat(text)
    except ValueError:
        raise ConfigError([f"{name} {text}: write a day like 2026-01-31, or 2026-01-31T09:00 (KST)."]) from None
    if then.tzinfo is None:
        then = then.replace(tzinfo=KST)
    return int(then.timestamp() * 1000)


def range_ms(begin: str | None, end: str | None, now_ms: int) -> tuple[int | None, int | None]:
    """Read --from and --to; `ConfigError` for an empty range and for times that have not come yet."""
    begin_ms = None if begin is None else moment_ms(begin, "--from")
    end_ms = None if end is None else moment_ms(end, "--to")
    problems = [
        f"{name} {text} lies in the future."
        for name, text, at_ms in (("--from", begin, begin_ms), ("--to", end, end_ms))
        if at_ms is not None and at_ms > now_ms + 86_400_000
    ]
    if begin_ms is not None and end_ms is not None and begin_ms >= end_ms:
        told = "is empty" if begin_ms == end_ms else "begins after it ends"
        problems.append(f"The range from {begin} to {end} {told}.")
    if problems:
        raise ConfigError(problems)
    return begin_ms, end_ms


def length_ns(text: str, name: str) -> int:
    """Read `50ms`, `0.2s`, `0`; nanoseconds."""
    if text == "0":
        return 0
    found = _LENGTH.fullmatch(text)
    if found is None:
        raise ConfigError([f"{name} {text}: write it like 50ms or 0.2s."])
    return int(float(found[1]) * _NS[found[2]])


def day_text(at_ms: int) -> str:
    """A day in Korea: `2026-01-31`."""
    return datetime.fromtimestamp(at_ms / 1000, UTC).astimezone(KST).strftime("%Y-%m-%d")

"""What quotation endpoints read from a request, and how they refuse: with the status as the error's name."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import NoReturn

from hoga.model.money import ZERO
from hoga.simulator.core.refusals import Refused
from hoga.simulator.market.candles import DAY_MS, start_of
from hoga.simulator.rest.asked import Asked, read_moment

MAX_DAYS_AGO = 7

MISSING = "Missing request parameter error. Check the required parameters!"
MISMATCH = "Type mismatch error. Check the parameters type!"
INVALID = "Invalid parameter. Check the given value!"


def bad(message: str) -> NoReturn:
    """Refuse a quotation request whose parameters cannot be used."""
    raise Refused("400", message)


def not_found() -> NoReturn:
    """Refuse a market the venue does not have."""
    raise Refused("404", "Code not found", 404)


def number(asked: Asked, name: str, default: int, *, at_most: int) -> int:
    """A whole number from 1 to `at_most`."""
    text = asked.text(name)
    if text is None:
        return default
    if not text.isascii() or not text.removeprefix("-").isdigit():
        bad(MISMATCH)
    if len(text) > 9 or not 1 <= int(text) <= at_most:  # noqa: PLR2004 - far above every limit
        bad(INVALID)
    return int(text)


def wanted_level(asked: Asked) -> Decimal:
    """The price step a book shall be gathered in; 0 where nothing is said."""
    try:
        return asked.amount("level") or ZERO
    except Refused:
        bad(MISMATCH)


def until_ms(asked: Asked, now_ms: int) -> int:
    """Read `to`, the exclusive end: UTC unless it says otherwise; blank means now."""
    text = asked.text("to")
    if text is None:
        return now_ms + 1
    moment = read_moment(text, UTC)
    if moment is None:
        bad(INVALID)
    return moment


def trades_until_ms(asked: Asked, now_ms: int) -> int | None:
    """Read `to` (`HHmmss` or `HH:mm:ss`, UTC) on the day `days_ago`; without either, everything up to now."""
    days_ago = number(asked, "days_ago", 0, at_most=MAX_DAYS_AGO)
    text = asked.text("to")
    if text is None:
        return None if not days_ago else start_of("1d", now_ms) - (days_ago - 1) * DAY_MS
    try:
        time = datetime.strptime(text.replace(":", ""), "%H%M%S").replace(tzinfo=UTC)
    except ValueError:
        bad(INVALID)
    since_midnight = timedelta(hours=time.hour, minutes=time.minute, seconds=time.second)
    return start_of("1d", now_ms) - days_ago * DAY_MS + int(since_midnight.total_seconds() * 1000)

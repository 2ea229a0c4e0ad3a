"""Numbers and moments as a report spells them: ₩ with separators, per cent with a sign, Korean time."""

from datetime import UTC, datetime
from decimal import Decimal

from hoga.model.money import plain
from hoga.research.calendar import KST
from hoga.research.report.words import NOTHING, Words, same

_MINUTE_MS = 60_000
_HOUR_MS = 60 * _MINUTE_MS
_DAY_MS = 24 * _HOUR_MS


def amount(value: Decimal | None, currency: str = "KRW", *, signed: bool = False) -> str:
    """An amount for people: `₩1,234,567` with fractions cut, other currencies with all their digits."""
    if value is None:
        return NOTHING.en
    sign = "-" if value < 0 else "+" if signed and value > 0 else ""
    if currency == "KRW":
        cut = abs(int(value))
        return f"{sign if cut else ''}₩{cut:,}"
    whole, _, decimals = plain(abs(value)).partition(".")
    return f"{sign}{int(whole):,}{'.' if decimals else ''}{decimals} {currency}"


def volume(value: Decimal) -> str:
    """Coins, as they are counted."""
    whole, _, decimals = plain(value).partition(".")
    return f"{int(whole):,}{'.' if decimals else ''}{decimals}"


def percent(fraction: float | None, *, signed: bool = True, digits: int = 2) -> str:
    """`+12.34%`; a minus sign where it fell, nothing before 0."""
    if fraction is None:
        return NOTHING.en
    text = f"{fraction * 100:+,.{digits}f}%"
    bare = text.lstrip("+-")
    return bare if not signed or not bare.strip("0.%") else text


def number(value: float | None) -> str:
    """A ratio with two digits."""
    return NOTHING.en if value is None else f"{value:,.2f}"


def moment(at_ms: int, form: str = "%Y-%m-%d %H:%M") -> str:
    """A moment in Korean time."""
    return datetime.fromtimestamp(at_ms / 1000, UTC).astimezone(KST).strftime(form)


def day(at_ms: int) -> str:
    """A KST day."""
    return moment(at_ms, "%Y-%m-%d")


def duration(length_ms: int) -> Words:
    """The two largest units of a length of time."""
    days, rest = divmod(length_ms, _DAY_MS)
    hours, rest = divmod(rest, _HOUR_MS)
    minutes = rest // _MINUTE_MS
    if days:
        return Words(f"{days}일 {hours}시간", f"{days}d {hours}h")
    if hours:
        return Words(f"{hours}시간 {minutes}분", f"{hours}h {minutes}m")
    return Words(f"{minutes}분", f"{minutes}m") if length_ms else same("0")

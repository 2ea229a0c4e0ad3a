"""The lengths of a candle: what people call them, where they lie in the store, and where each bar begins."""

from collections.abc import Mapping
from datetime import UTC, datetime

from hoga.model.errors import ConfigError

MINUTE_S = 60
HOUR_S = 60 * MINUTE_S
DAY_S = 24 * HOUR_S
WEEK_S = 7 * DAY_S
#: Months and years have no one length: these name the unit and are never added to a time.
MONTH_S = 30 * DAY_S
YEAR_S = 365 * DAY_S

#: The first Monday after the beginning of 1970; weekly candles begin on Mondays.
FIRST_MONDAY_MS = 4 * DAY_S * 1000

#: Length in seconds -> its folder. `month` and `year` in full, as `1M` and `1m` are one name on some disks.
NAMES: Mapping[int, str] = {
    1: "1s",
    **{minutes * MINUTE_S: f"{minutes}m" for minutes in (1, 3, 5, 10, 15, 30, 60, 240)},
    DAY_S: "1d",
    WEEK_S: "1w",
    MONTH_S: "1month",
    YEAR_S: "1year",
}
#: What people also write.
_ALSO: Mapping[str, int] = {"1h": HOUR_S, "4h": 4 * HOUR_S, "1M": MONTH_S, "1y": YEAR_S}
_SECONDS: Mapping[str, int] = {**{name: unit_s for unit_s, name in NAMES.items()}, **_ALSO}


def unit_of(text: str) -> int:
    """The length in seconds of `1s`, `1m`, `60m` (or `1h`), `1d`, `1w`, `1month` (or `1M`) …; `ConfigError` if none."""
    unit_s = _SECONDS.get(text) or _SECONDS.get(text.lower())
    if unit_s is None:
        raise ConfigError([f"{text!r} is no length of a candle. There are {', '.join(NAMES.values())}."])
    return unit_s


def name_of(unit_s: int) -> str:
    """The name of a length the venue has candles of; `ConfigError` for any other."""
    name = NAMES.get(unit_s)
    if name is None:
        raise ConfigError([f"There are no candles of {unit_s} s. There are {', '.join(NAMES.values())}."])
    return name


def is_even(unit_s: int) -> bool:
    """Tell whether all bars of this unit are equally long (months and years are not)."""
    return unit_s < MONTH_S


def first_ms(unit_s: int) -> int:
    """A moment at which a bar of an even unit begins; the others lie whole units from it."""
    return FIRST_MONDAY_MS if unit_s == WEEK_S else 0


def ceil_to_bar(at_ms: int, unit_s: int) -> int:
    """The first beginning of a bar that is not before `at_ms`."""
    if not is_even(unit_s):
        start_ms = floor_to_bar(at_ms, unit_s)
        return start_ms if start_ms == at_ms else end_of_bar(start_ms, unit_s)
    return at_ms + (first_ms(unit_s) - at_ms) % (unit_s * 1000)


def floor_to_bar(at_ms: int, unit_s: int) -> int:
    """The beginning of the bar that holds `at_ms`; days begin at 09:00 KST, weeks on Mondays then."""
    if is_even(unit_s):
        return at_ms - (at_ms - first_ms(unit_s)) % (unit_s * 1000)
    return month_ms(at_ms) if unit_s == MONTH_S else month_ms(at_ms, month=1)


def month_ms(at_ms: int, *, month: int | None = None, later: int = 0) -> int:
    """The beginning (UTC) of the month that holds `at_ms`, or of another month of its year, `later` months on."""
    then = datetime.fromtimestamp(at_ms // 1000, UTC)
    months = then.year * 12 + (month or then.month) - 1 + later
    return int(datetime(months // 12, months % 12 + 1, 1, tzinfo=UTC).timestamp()) * 1000


def end_of_bar(start_ms: int, unit_s: int) -> int:
    """Where the bar that begins at `start_ms` ends."""
    if is_even(unit_s):
        return start_ms + unit_s * 1000
    return month_ms(start_ms, later=1 if unit_s == MONTH_S else 12)

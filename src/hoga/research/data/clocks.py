"""What clock a file's times were read from: said by the file itself where it can be, and never guessed."""

import re
from collections.abc import Sequence
from typing import Final, Literal

from msgspec import Struct

from hoga.research.data.errors import DataError
from hoga.research.data.units import DAY_S, HOUR_S, MINUTE_S

Clock = Literal["utc", "kst"]
Read = Literal["epoch_s", "epoch_ms", "epoch_us", "epoch_ns", "zoned", "utc", "kst", "naive"]

KST_MS: Final = 9 * HOUR_S * 1000

#: How an epoch is told: numbers between these are of the years 2001 to 2286 in that unit.
_EPOCHS: Final[tuple[tuple[Read, int], ...]] = (
    ("epoch_s", 10**9),
    ("epoch_ms", 10**12),
    ("epoch_us", 10**15),
    ("epoch_ns", 10**18),
)
_ZONED = re.compile(r".*\d(Z|[+-]\d\d:?\d\d)$")
_NUMBER = re.compile(r"\d{9,19}(\.\d+)?")


class Told(Struct, frozen=True):
    """How times are to be read, and why, in words for the person at the terminal."""

    read: Read
    why: str


def first_look(name: str, sql_type: str, samples: Sequence[str]) -> Told:
    """What a column of times says of itself: its type, a few of its texts, and its name."""
    if sql_type == "TIMESTAMP WITH TIME ZONE":
        return Told("zoned", f"the column {name} carries a time zone")
    if samples and all(_NUMBER.fullmatch(text) for text in samples):
        number = float(samples[0])
        for read, least in reversed(_EPOCHS):
            if number >= least:
                return Told(read, f"{name} counts {_WORDS[read]} since 1970, which is UTC")
    if samples and all(_ZONED.fullmatch(text) for text in samples):
        return Told("zoned", f"each time in {name} carries its zone")
    lower = name.lower()
    if "utc" in lower:
        return Told("utc", f"the column is called {name}")
    if "kst" in lower:
        return Told("kst", f"the column is called {name}")
    return Told("naive", f"{name} says neither UTC nor KST")


_WORDS: Final[dict[Read, str]] = {
    "epoch_s": "seconds",
    "epoch_ms": "milliseconds",
    "epoch_us": "microseconds",
    "epoch_ns": "nanoseconds",
}


def settled(told: Told, clock: Clock | None, unit_s: int, rests_ms: Sequence[int], place: str) -> Told:
    """Settle a clock that the file does not tell, or refuse.

    `clock` is what the person said. `rests_ms` are the different times of day (ms after midnight, by the file's own
    clock) at which its bars begin, at most a few: bars of four hours and of days begin elsewhere in Korea than in UTC.
    """
    if told.read != "naive":
        if clock is not None and told.read in {"utc", "kst"} and told.read != clock:
            raise DataError(f"{place}: you said --clock {clock}, but {told.why}. Leave --clock away, or look again.")
        return told
    if clock is not None:
        return Told(clock, f"you said --clock {clock}")
    by_grid = _by_grid(unit_s, rests_ms)
    if by_grid is not None:
        return by_grid
    raise DataError(
        f"{place}: the clock is not sure: {told.why}, and bars this short begin alike in both."
        " Say --clock utc or --clock kst (pyupbit writes KST, ccxt UTC)."
    )


def _by_grid(unit_s: int, rests_ms: Sequence[int]) -> Told | None:
    rests = {rest // (HOUR_S * 1000) for rest in rests_ms if rest % (MINUTE_S * 1000) == 0}
    if unit_s == 4 * HOUR_S:
        if all(hour % 4 == 0 for hour in rests):
            return Told("utc", "its bars of four hours begin at 00:00, 04:00, … as they do in UTC")
        if all(hour % 4 == 1 for hour in rests):
            return Told("kst", "its bars of four hours begin at 01:00, 05:00, … as they do in Korea")
    if unit_s >= DAY_S:
        if rests == {0}:
            return Told("utc", "its days have no hour: the day of that date, which begins at 00:00 UTC, 09:00 KST")
        if rests == {9}:
            return Told("kst", "its days begin at 09:00, as they do in Korea")
    return None

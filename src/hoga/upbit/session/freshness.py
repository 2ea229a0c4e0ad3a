"""How old is what we know of each market, judged by our own clock alone.

A market's usual gap is the longest silence seen lately (it fades by half every five minutes), because trades come in
bursts: the mean gap of a market says nothing about a pause that is normal for it.
"""

from collections.abc import Iterable, Mapping

from msgspec import Struct

#: Silence is unusual beyond three times the usual gap, but never below 5 s and always beyond 60 s (reliability W3).
STALE_FACTOR = 3.0
STALE_MIN_S = 5.0
STALE_MAX_S = 60.0

#: A usual gap is believed after this many messages; until then only the upper limit counts.
ENOUGH_BEATS = 10
HALF_LIFE_S = 300.0


class _Pulse:
    """The rhythm of one market."""

    __slots__ = ("beats", "is_stale", "last_s", "usual_s")

    def __init__(self, now_s: float) -> None:
        self.last_s = now_s
        self.usual_s = 0.0
        self.beats = 0
        self.is_stale = False


class Silence(Struct, frozen=True):
    """A market that has been silent for longer than is usual for it."""

    market: str
    age_s: float


class Freshness:
    """The age of each watched market's news."""

    def __init__(self, min_s: float = STALE_MIN_S, max_s: float = STALE_MAX_S) -> None:
        self._min_s = min_s
        self._max_s = max_s
        self._pulses: dict[str, _Pulse] = {}
        self._faded_s = 0.0

    def watch(self, markets: Iterable[str], now_s: float) -> None:
        """Watch exactly these markets from now on; what is known of their rhythm stays known."""
        known: Mapping[str, _Pulse] = self._pulses
        self._pulses = {market: known.get(market) or _Pulse(now_s) for market in markets}
        for pulse in self._pulses.values():
            pulse.last_s = now_s
            pulse.is_stale = False

    def heard(self, market: str, now_s: float) -> None:
        """Something was heard of a market."""
        pulse = self._pulses.get(market)
        if pulse is None:
            return
        gap_s = now_s - pulse.last_s
        if gap_s > pulse.usual_s:  # noqa: PLR1730 - on the path of every frame, where a call to max costs more
            pulse.usual_s = gap_s
        pulse.last_s = now_s
        pulse.beats += 1
        pulse.is_stale = False

    def look(self, now_s: float) -> list[Silence]:
        """The markets that have become stale since the last look; each is told once until it is heard again."""
        fade = 0.5 ** ((now_s - self._faded_s) / HALF_LIFE_S) if self._faded_s else 1.0
        self._faded_s = now_s
        found = []
        for market, pulse in self._pulses.items():
            pulse.usual_s *= fade
            age_s = now_s - pulse.last_s
            if not pulse.is_stale and age_s > self._limit_s(pulse):
                pulse.is_stale = True
                pulse.usual_s = max(pulse.usual_s, age_s)
                found.append(Silence(market, age_s))
        return found

    def not_listening(self, now_s: float) -> None:
        """We did not listen for a while by our own choice: that silence says nothing about the markets."""
        for pulse in self._pulses.values():
            pulse.last_s = now_s

    def age_s(self, market: str, now_s: float) -> float | None:
        """Seconds since something was heard of a market; None for one that is not watched."""
        pulse = self._pulses.get(market)
        return None if pulse is None else now_s - pulse.last_s

    @property
    def is_all_stale(self) -> bool:
        """Tell whether every watched market is stale: then it is the socket rather than the markets."""
        return bool(self._pulses) and all(pulse.is_stale for pulse in self._pulses.values())

    def _limit_s(self, pulse: _Pulse) -> float:
        if pulse.beats < ENOUGH_BEATS:
            return self._max_s
        return min(self._max_s, max(self._min_s, STALE_FACTOR * pulse.usual_s))

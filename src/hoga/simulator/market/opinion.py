"""What the crowd of a synthetic market thinks the price is: it wanders, trends for a while, storms, and returns."""

from math import exp, log
from random import Random

from msgspec import Struct

#: The opinion returns to its anchor within minutes, and the anchor itself wanders at a quarter of the pace.
_RETURN_S, _ANCHOR_PACE = 600.0, 0.25


class Mood(Struct, frozen=True):
    """What the crowd is up to for a while; `drift` counts in volatilities."""

    weight: float
    drift: float
    volatility: float
    activity: float
    mean_s: float


MOODS = (
    Mood(weight=0.35, drift=0.0, volatility=0.6, activity=0.7, mean_s=14.0),
    Mood(weight=0.24, drift=0.5, volatility=1.0, activity=1.2, mean_s=10.0),
    Mood(weight=0.24, drift=-0.5, volatility=1.0, activity=1.2, mean_s=10.0),
    Mood(weight=0.17, drift=0.0, volatility=2.2, activity=4.0, mean_s=5.0),
)


class Opinion:
    """One market's fair price as a random walk with moods; `volatility` is that of the logarithm over one second."""

    def __init__(self, price: float, volatility: float, chance: Random) -> None:
        self._start = price
        self._volatility = volatility
        self._chance = chance
        self._anchor = self._offset = 0.0
        self._mood, self._mood_left_s = MOODS[0], 0.0

    @property
    def price(self) -> float:
        """The fair price of now."""
        return self._start * exp(self._anchor + self._offset)

    @property
    def activity(self) -> float:
        """How busy everybody is, 1.0 being usual."""
        return self._mood.activity

    def jolt(self, share: float) -> None:
        """Change everybody's mind at once: `-0.4` takes 40 % off the price, for good."""
        self._anchor += log(1 + share)

    def change(self, seconds: float) -> None:
        """Let time pass."""
        self._mood_left_s -= seconds
        if self._mood_left_s <= 0:
            self._mood = self._chance.choices(MOODS, [mood.weight for mood in MOODS])[0]
            self._mood_left_s = self._chance.expovariate(1 / self._mood.mean_s)
        step = self._volatility * seconds**0.5
        self._offset += step * self._mood.volatility * self._chance.gauss(0.0, 1.0)
        self._offset += self._volatility * self._mood.drift * seconds
        self._offset -= self._offset * seconds / _RETURN_S
        self._anchor += step * _ANCHOR_PACE * self._chance.gauss(0.0, 1.0)

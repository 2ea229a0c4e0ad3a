"""Where the simulated exchange gets its market from, and the synthetic one: seeded, repeatable, several coins."""

from collections.abc import Sequence
from random import Random
from typing import Protocol

from hoga.model.events import Orderbook, Trade
from hoga.simulator.market.book import Ladder
from hoga.simulator.market.characters import character_of
from hoga.simulator.market.crowd import STEP_S, Crowd
from hoga.simulator.market.history import Stretch, past_of
from hoga.upbit.ticks import bands_for

#: The markets a simulated exchange has unless told otherwise.
DEFAULT_MARKETS = ("KRW-BTC", "KRW-ETH", "KRW-XRP", "KRW-SOL", "KRW-DOGE")

#: Twice the measured volatility: a visitor who watches for a minute sees what else takes five.
LIVELINESS = 2.0

#: The first call of `advance` tells a minute of trades, so that there is a page of them for whoever asks.
LEAD_MS = 60_000

#: Each market has its own place on the 100 ms grid (phases seen on recorded traffic of 2026-09-22).
_PHASES_MS = (6, 64, 79, 31, 47, 15, 90, 72)


class MarketSource(Protocol):
    """A market outside the exchange: synthetic or recorded."""

    @property
    def markets(self) -> Sequence[str]:
        """The market codes it tells of."""
        ...

    @property
    def next_ms(self) -> int | None:
        """When it has news again, in milliseconds UTC; None when it has ended."""
        ...

    def past(self) -> Sequence[Stretch]:
        """What is known from before it begins, oldest first in each market; may be empty."""
        ...

    def advance(self, now_ms: int) -> list[Trade | Orderbook]:
        """Everything that happened since the last call, up to and including `now_ms`, in order."""
        ...


class SyntheticMarket:
    """Markets that never were: the same `seed`, `start_ms` and `speed` give the same news for ever.

    `speed` is how many seconds of market life pass in one second of the clock, at most 100. Life begins `lead_ms`
    before `start_ms`, so that there are trades and candles of seconds to look back on.
    """

    def __init__(
        self,
        markets: Sequence[str] = DEFAULT_MARKETS,
        *,
        seed: int,
        start_ms: int,
        speed: float = 1.0,
        liveliness: float = LIVELINESS,
        lead_ms: int = LEAD_MS,
    ) -> None:
        self.markets = tuple(markets)
        self._seed = seed
        self._start_ms = start_ms = start_ms - lead_ms
        self._liveliness = liveliness
        self._step_ms = max(1, round(STEP_S * 1000 / speed))
        self._crowds = [
            Crowd(
                market,
                character_of(market),
                bands_for(market.partition("-")[0]),
                Random(f"{seed}:{market}"),
                liveliness=liveliness,
            )
            for market in self.markets
        ]
        self._due_ms = [
            start_ms + (_PHASES_MS[index % len(_PHASES_MS)] - start_ms) % self._step_ms
            for index in range(len(self._crowds))
        ]

    @property
    def next_ms(self) -> int | None:
        """When the next book is due."""
        return min(self._due_ms, default=None)

    def past(self) -> list[Stretch]:
        """Days, hours and minutes before the beginning, closing where each market starts."""
        return [
            stretch
            for crowd in self._crowds
            for stretch in past_of(
                crowd.market,
                character_of(crowd.market),
                Ladder(bands_for(crowd.market.partition("-")[0])),
                Random(f"{self._seed}:{crowd.market}:past"),
                price=character_of(crowd.market).price,
                until_ms=self._start_ms,
                volatility=character_of(crowd.market).volatility * self._liveliness,
            )
        ]

    def jolt(self, market: str, share: float) -> None:
        """Let one market crash (`-0.4`) or spike (`0.4`); the rest of its life goes on from there."""
        self._crowds[self.markets.index(market)].jolt(share)

    def advance(self, now_ms: int) -> list[Trade | Orderbook]:
        """Let every market live until `now_ms`."""
        news: list[Trade | Orderbook] = []
        while self._due_ms and (at_ms := min(self._due_ms)) <= now_ms:
            index = self._due_ms.index(at_ms)
            news.extend(self._crowds[index].step(at_ms, self._step_ms))
            self._due_ms[index] = at_ms + self._step_ms
        return news

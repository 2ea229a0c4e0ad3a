"""The anonymous crowd of one synthetic market: who takes, who quotes, and where everybody thinks the price is.

Three things drive it: an opinion of the price that wanders, trends and returns; takers that come in bursts, because
each makes others more likely; and quotes that follow the opinion and are eaten by takers. So a print at the ask always
lifts what was shown there, and the book cannot cross.
"""

from bisect import bisect_left
from collections.abc import Iterator, Sequence
from decimal import Decimal
from math import exp, log
from random import Random

from hoga.model.events import AskBid, BookUnit, Orderbook, Trade
from hoga.model.market import TickBand
from hoga.simulator.market.book import PARTS, BookSide, Ladder, exact
from hoga.simulator.market.characters import Character, Quantiles
from hoga.simulator.market.opinion import Opinion

#: Depths the venue shows (Upbit docs, websocket-orderbook of 2026).
SHOWN_DEPTH = 30
#: The crowd keeps a few more than it shows, so that an eaten depth does not leave a hole.
KEPT_DEPTH = 40
#: A taker never empties a side: takers stop where this many depths are left.
UNTOUCHED_DEPTH = 10
#: One market's clock, in seconds: books change on this grid (observed on recorded traffic of 2026-09).
STEP_S = 0.1

#: Each taker makes others more likely: this many follow one on average, most of them within a second.
_FOLLOWERS, _CALMING_PER_S = 0.6, 1.0
#: One taker is matched with this many makers at one price on average (recorded traffic: half the prints share a ms).
_MAKERS_EACH = 2.2
#: A taker who sweeps the book stops after this many prints; whoever wants more waits for quotes to come back.
_PRINTS_AT_MOST = 16
#: Nor does one taker move the price by more depths than this.
_DEPTHS_AT_MOST = 3
#: Nobody leaves crumbs: what is worth less than this (KRW) is eaten or given up together with its depth.
_CRUMB = 4_900 * PARTS


class Crowd:
    """One market. `step` lets 100 ms pass and tells what was printed and, if it changed, the new book."""

    def __init__(
        self, market: str, character: Character, bands: Sequence[TickBand], chance: Random, *, liveliness: float
    ) -> None:
        self.market = market
        self._character = character
        self._ladder = Ladder(bands)
        self._chance = chance
        self._opinion = Opinion(character.price, character.volatility * liveliness, chance)
        self._excitement = 0.0
        self._bought_last = True
        self._asks, self._bids = BookSide(), BookSide()
        self._last_ms = self._printed = 0
        self._requote()

    def jolt(self, share: float) -> None:
        """Let the price move by a share at once, e.g. `-0.4`; quotes follow within a step."""
        self._opinion.jolt(share)

    def step(self, at_ms: int, step_ms: int) -> Iterator[Trade | Orderbook]:
        """Let one step end at `at_ms`: trades of the last `step_ms` in order of time, then the book if it changed."""
        self._opinion.change(STEP_S)
        trades = self._take(at_ms, step_ms)
        yield from trades
        changed = self._requote()
        if self._churn() or changed or trades:
            yield self.book(at_ms)

    def book(self, at_ms: int) -> Orderbook:
        """The book as shown; a side that is too short is padded with zeros, as the venue does."""
        asks, bids = self._asks.shown(SHOWN_DEPTH), self._bids.shown(SHOWN_DEPTH)
        padding = [(Decimal(0), Decimal(0))]
        longer = max(len(asks), len(bids))
        asks += padding * (longer - len(asks))
        bids += padding * (longer - len(bids))
        return Orderbook(
            market=self.market,
            timestamp_ms=at_ms,
            total_ask_size=exact(self._asks.total(SHOWN_DEPTH)),
            total_bid_size=exact(self._bids.total(SHOWN_DEPTH)),
            unread=tuple(BookUnit(ask[0], bid[0], ask[1], bid[1]) for ask, bid in zip(asks, bids, strict=True)),
        )

    # ------------------------------------------------ takers

    def _take(self, at_ms: int, step_ms: int) -> list[Trade]:
        base = self._character.takers_per_s * (1 - _FOLLOWERS) * self._opinion.activity
        count = poisson(self._chance, (base + self._excitement) * STEP_S)
        self._excitement += count * _FOLLOWERS * _CALMING_PER_S
        self._excitement *= 1 - _CALMING_PER_S * STEP_S
        times = sorted(at_ms - self._chance.randrange(step_ms) for _ in range(count))
        return [trade for time_ms in times for trade in self._sweep(time_ms)]

    def _sweep(self, time_ms: int) -> Iterator[Trade]:
        buys = self._wants_to_buy()
        side = self._asks if buys else self._bids
        price = abs(side.best)
        makers = 1 + int(self._chance.expovariate(1 / (_MAKERS_EACH - 1)))
        wanted = [draw(self._character.prints, self._chance.random()) for _ in range(makers)]
        sizes = [int(value * PARTS) * PARTS // price for value in wanted[:_PRINTS_AT_MOST]]
        floor = max(len(side) - _DEPTHS_AT_MOST, UNTOUCHED_DEPTH)
        for size in sizes:
            left = size
            while left * price >= _CRUMB * PARTS and len(side) > floor:
                trade, lifted = self._print(side, left, time_ms, buys=buys)
                left -= lifted
                yield trade

    def _print(self, side: BookSide, size: int, time_ms: int, *, buys: bool) -> tuple[Trade, int]:
        price, shown = abs(side.best), side.sizes[side.best]
        lifted = shown if (shown - size) * price < _CRUMB * PARTS else size
        side.lift(lifted)
        return self._trade(price, lifted, time_ms, buys=buys), lifted

    def _trade(self, price: int, size: int, time_ms: int, *, buys: bool) -> Trade:
        self._printed = self._printed + 1 if time_ms == self._last_ms else 0
        self._last_ms = time_ms
        ask, bid = self._asks.best, self._bids.best
        return Trade(
            market=self.market,
            price=exact(price),
            volume=exact(size),
            ask_bid=AskBid.BID if buys else AskBid.ASK,
            trade_timestamp_ms=time_ms,
            timestamp_ms=time_ms,
            sequential_id=time_ms * 10_000 + self._printed,
            best_ask_price=exact(ask),
            best_ask_size=exact(self._asks.sizes[ask]),
            best_bid_price=exact(-bid),
            best_bid_size=exact(self._bids.sizes[bid]),
        )

    def _wants_to_buy(self) -> bool:
        ask, bid = self._asks.best, -self._bids.best
        lean = (self._opinion.price * PARTS * 2 - ask - bid) / (ask - bid)
        if self._chance.random() < _HERD:
            return self._bought_last
        self._bought_last = self._chance.random() < _EVEN + 0.4 * max(-1.0, min(1.0, lean))
        return self._bought_last

    # ------------------------------------------------ makers

    def _requote(self) -> bool:
        """Let the quotes follow the opinion; tell whether any changed."""
        fair = int(self._opinion.price * PARTS)
        tick = self._ladder.tick_at(fair)
        changed = False
        for side, limit in ((self._asks, fair), (self._bids, -fair)):
            while side.keys and side.best < limit - tick * _STUBBORN:
                side.remove(side.best)
                changed = True
            if not side.keys:
                start = self._ladder.ceil(fair) if side is self._asks else -self._ladder.floor(fair - 1)
                side.put(start, self._size(abs(start)))
        changed = self._narrow(fair, tick) or changed
        for side in (self._asks, self._bids):
            changed = self._deepen(side) or changed
        return changed

    def _narrow(self, fair: int, tick: int) -> bool:
        ask, bid = self._asks.best, -self._bids.best
        spread = tick * self._character.spread_ticks
        if ask - bid <= max(tick, int(spread)) or self._chance.random() < _LAZY:
            return False
        better_ask = self._ladder.ceil(fair + int(self._chance.random() * spread / 2))
        better_bid = self._ladder.floor(fair - int(self._chance.random() * spread / 2))
        if self._chance.random() < _EVEN and bid < better_ask < ask:
            self._asks.put(better_ask, self._size(better_ask))
            return True
        if bid < better_bid < ask:
            self._bids.put(-better_bid, self._size(better_bid))
            return True
        return False

    def _deepen(self, side: BookSide) -> bool:
        changed = False
        while len(side) < SHOWN_DEPTH:
            key = self._ladder.away(side.keys[-1], self._gap())
            if -self._ladder.tick_at(1) < key <= 0:
                break
            side.put(key, self._size(abs(key)))
            changed = True
        while len(side) > KEPT_DEPTH:
            side.remove(side.keys[-1])
        return changed

    def _churn(self) -> bool:
        """Let a few makers think again about how much they show, or whether to show it at all."""
        count = poisson(self._chance, self._character.churn * self._opinion.activity)
        for _ in range(count):
            side = self._asks if self._chance.random() < _EVEN else self._bids
            index = min(int(self._chance.expovariate(1 / _NEAR_TOP)), len(side) - 1)
            key = side.keys[index]
            if self._chance.random() < _LEAVES and index and len(side) > SHOWN_DEPTH:
                side.remove(key)
            elif self._chance.random() < _JOINS:
                key = self._ladder.away(key, self._gap())
                side.put(key, self._size(abs(key)))
            else:
                side.put(key, self._size(abs(key)))
        return count > 0

    def _gap(self) -> int:
        spare = self._character.gap_ticks - 1
        return 1 if spare <= 0 else 1 + int(self._chance.expovariate(1 / spare))

    def _size(self, price: int) -> int:
        value = self._character.level_krw * exp(self._chance.gauss(0.0, _UNEVEN))
        return max(1, int(value * PARTS) * PARTS // price)


#: Neither side is preferred.
_EVEN = 0.5
#: How often a taker follows the one before (signs of trades are persistent).
_HERD = 0.35
#: Share of a tick by which a quote may be wrong before its maker takes it back.
_STUBBORN = 0.3
#: How often nobody bothers to narrow a wide spread in one step.
_LAZY = 0.4
#: Churn touches depths near the top: mean index, and how often a maker leaves or a new one joins.
_NEAR_TOP, _LEAVES, _JOINS = 6.0, 0.2, 0.25
#: Standard deviation of the logarithm of a depth's value.
_UNEVEN = 1.3


def draw(quantiles: Quantiles, share: float) -> float:
    """The size (KRW) below which `share` of all prints lie, by a straight line between logarithms."""
    index = max(1, bisect_left(quantiles, (share, 0)))
    (low, small), (high, large) = quantiles[index - 1], quantiles[index]
    part = (share - low) / (high - low)
    return exp(log(small) + part * (log(large) - log(small)))


def poisson(chance: Random, mean: float) -> int:
    """How often something happens that happens `mean` times on average."""
    limit, product, count = exp(-mean), chance.random(), 0
    while product > limit:
        product *= chance.random()
        count += 1
    return count

"""A slow market: a book now and then and a few trades between, so that hours of it cost next to nothing."""

from collections.abc import Sequence
from decimal import Decimal
from random import Random

from hoga.model.events import AskBid, BookUnit, Orderbook, Trade
from hoga.simulator.market.history import Stretch

#: Seconds between books in lively times, below the minute after which a market counts as dead, and in quiet ones.
LIVELY_S = (0.5, 5.0)
QUIET_S = (100.0, 300.0)
LIVELY_LEVELS, QUIET_LEVELS = 5, 2
#: So many sizes are drawn at the start and then taken by chance.
SIZES = 256
_START = {"KRW-BTC": (143_000_000, 1_000), "KRW-ETH": (5_200_000, 1_000), "KRW-XRP": (3_300, 1)}


class SlowMarket:
    """Prices that walk by chance; `is_lively` decides how often anything happens."""

    def __init__(self, markets: Sequence[str], *, seed: str, start_ms: int) -> None:
        self.markets = tuple(markets)
        self.is_lively = False
        self._chance = Random(f"{seed}:market")
        self._prices = {code: _START[code][0] for code in self.markets}
        self._due_ms = dict.fromkeys(self.markets, start_ms)
        self._count = 0
        self._sizes = {code: [self._size(price) for _ in range(SIZES)] for code, price in self._prices.items()}

    @property
    def next_ms(self) -> int:
        """When the next book is due."""
        return min(self._due_ms.values())

    def past(self) -> list[Stretch]:
        """Nothing is known from before."""
        return []

    def hurry(self, now_ms: int) -> None:
        """Lively times begin now."""
        self._due_ms = {code: min(due_ms, now_ms + 100) for code, due_ms in self._due_ms.items()}

    def advance(self, now_ms: int) -> list[Trade | Orderbook]:
        """What happened until now. After a long sleep of the exchange only the newest is told."""
        news: list[Trade | Orderbook] = []
        is_due = not self.is_lively and self.next_ms <= now_ms  # in quiet times all markets move together
        for code in self.markets:
            if is_due or self._due_ms[code] <= now_ms:
                news += self._step(code, now_ms)
                low, high = LIVELY_S if self.is_lively else QUIET_S
                self._due_ms[code] = now_ms + int(self._chance.uniform(low, high) * 1000)
        return news

    def _step(self, code: str, now_ms: int) -> list[Trade | Orderbook]:
        chance, (start, tick) = self._chance, _START[code]
        steps = chance.choice((-3, -2, -1, -1, 0, 0, 1, 1, 2, 3))
        price = self._prices[code] + steps * tick
        if abs(price - start) > start // 20:  # comes back before it leaves its band of ticks
            price -= 5 * steps * tick
        self._prices[code] = price
        news: list[Trade | Orderbook] = []
        for _ in range(chance.choice((0, 0, 1, 2) if self.is_lively else (0, 0, 0, 1))):
            buys = chance.random() < 0.5
            self._count += 1
            news.append(
                Trade(
                    market=code,
                    price=Decimal(price + tick * chance.randint(0, 2) if buys else price - tick * chance.randint(1, 3)),
                    volume=chance.choice(self._sizes[code]),
                    ask_bid=AskBid.BID if buys else AskBid.ASK,
                    trade_timestamp_ms=now_ms,
                    timestamp_ms=now_ms,
                    sequential_id=now_ms * 10_000 + self._count % 5_000,
                )
            )
        news.append(self._book(code, price, tick, now_ms))
        return news

    def _size(self, price: int) -> Decimal:
        return (
            Decimal(self._chance.randint(5_000, 60_000)) * 10 // price
            if price < 10_000
            else (Decimal(self._chance.randint(5_000, 600_000)) / price).quantize(Decimal("0.00000001"))
        )

    def _book(self, code: str, price: int, tick: int, now_ms: int) -> Orderbook:
        chance, sizes = self._chance, self._sizes[code]
        units = tuple(
            BookUnit(
                ask_price=Decimal(price + tick * (1 + step)),
                ask_size=chance.choice(sizes) + 1,
                bid_price=Decimal(price - tick * step),
                bid_size=chance.choice(sizes) + 1,
            )
            for step in range(LIVELY_LEVELS if self.is_lively else QUIET_LEVELS)
        )
        return Orderbook(
            market=code,
            timestamp_ms=now_ms,
            total_ask_size=sum((unit.ask_size for unit in units), Decimal(0)),
            total_bid_size=sum((unit.bid_size for unit in units), Decimal(0)),
            unread=units,
        )

"""What a simulation assumes of the world: fees, latency, the queue, and what a candle says of the prices inside it."""

from collections.abc import Mapping
from decimal import Decimal
from enum import StrEnum
from random import Random

from msgspec import Struct
from msgspec.structs import replace

from hoga.model.errors import ConfigError
from hoga.model.market import Market
from hoga.simulator.core.queue import Queue

__all__ = ["Intrabar", "Latency", "Models", "Queue"]

#: An answer that takes longer than this is no latency any more but an outage.
MAX_LATENCY_NS = 60_000_000_000
MAX_SLIPPAGE_TICKS = 1_000


class Intrabar(StrEnum):
    """In which order a candle went through its prices.

    PESSIMISTIC: what hurts comes first (see docs/backtest.md); OPTIMISTIC the other way round; OHLC always the high
    before the low.
    """

    PESSIMISTIC = "pessimistic"
    OPTIMISTIC = "optimistic"
    OHLC = "ohlc"


class Models(Struct, frozen=True, kw_only=True):
    """Everything assumed. Rates are fractions (0.0005 is 0.05 %); None and absent markets keep the market's own fees.

    `latency_ns` lies between a decision and its arrival at the exchange, and again between what happens there and our
    hearing of it; `jitter_ns` is the mean of a random delay on top of it (exponential, from `seed`).
    `slippage_ticks` is how far the best prices stand from the last price, on each side, where no real book is known.
    `fee_rates` is by market: (taker, maker).
    """

    taker_fee: Decimal | None = None
    maker_fee: Decimal | None = None
    fee_rates: Mapping[str, tuple[Decimal, Decimal]] = {}
    latency_ns: int = 50_000_000
    jitter_ns: int = 0
    slippage_ticks: int = 1
    queue: Queue = Queue.BACK
    intrabar: Intrabar = Intrabar.PESSIMISTIC
    seed: int = 0

    def check(self) -> None:
        """Raise `ConfigError` with everything that makes no sense."""
        rates = [rate for pair in self.fee_rates.values() for rate in pair]
        rates += [rate for rate in (self.taker_fee, self.maker_fee) if rate is not None]
        problems = [f"A fee rate of {rate} is not between 0 and 1." for rate in rates if not 0 <= rate < 1]
        for name, value, most in (
            ("latency", self.latency_ns, MAX_LATENCY_NS),
            ("jitter", self.jitter_ns, MAX_LATENCY_NS),
            ("slippage", self.slippage_ticks, MAX_SLIPPAGE_TICKS),
        ):
            if not 0 <= value <= most:
                problems.append(f"A {name} of {value} is not between 0 and {most}.")
        if problems:
            raise ConfigError(problems)

    def rules_of(self, market: Market) -> Market:
        """The market's rules with the fees assumed here."""
        own = self.fee_rates.get(market.code)
        taker, maker = own if own is not None else (self.taker_fee, self.maker_fee)
        return replace(
            market,
            bid_fee=market.bid_fee if taker is None else taker,
            ask_fee=market.ask_fee if taker is None else taker,
            maker_bid_fee=market.maker_bid_fee if maker is None else maker,
            maker_ask_fee=market.maker_ask_fee if maker is None else maker,
        )


class Latency:
    """How long messages take one way; later ones never overtake earlier ones."""

    def __init__(self, models: Models, direction: str) -> None:
        self._constant_ns = models.latency_ns
        self._jitter_ns = models.jitter_ns
        self._chance = Random(f"{models.seed}:{direction}")
        self._last_ns = 0

    def arrival_ns(self, sent_ns: int) -> int:
        """When a message sent at `sent_ns` is there."""
        due_ns = sent_ns + self._constant_ns
        if self._jitter_ns:
            due_ns += int(self._chance.expovariate(1 / self._jitter_ns))
        self._last_ns = max(self._last_ns, due_ns)
        return self._last_ns

"""Do a strategy and the data fit together?"""

from collections.abc import Mapping
from decimal import Decimal

from msgspec.structs import replace

from hoga.brain.risk.limits import RiskLimits
from hoga.brain.strategy import Strategy
from hoga.model.errors import ConfigError
from hoga.research.engine.source import Source
from hoga.strategies.choosing import strategy_of

DAY_S = 86_400


def chosen(strategy: Strategy | str, params: Mapping[str, object] | None, source: Source) -> Strategy:
    """The strategy, made where only its name was given; `ConfigError` where it and the data do not fit together."""
    if isinstance(strategy, str):
        strategy = strategy_of(strategy.replace("_", "-"), params or {}, tuple(source.markets))
    elif params:
        raise ConfigError(["Parameters belong to a strategy given by its name; a strategy made already has its own."])
    wanted = strategy.needs()
    problems = [
        f"{code} is needed by the strategy but not among the data, which has {', '.join(source.markets)}."
        for code in wanted.markets
        if code not in source.markets
    ]
    if not wanted.markets:
        problems.append("The strategy needs no market at all; say which in its `needs`.")
    if len({code.partition("-")[0] for code in wanted.markets}) > 1:
        problems.append("Markets quoted in different currencies cannot be valued together; test them apart.")
    too_short = sorted({unit for unit in (*wanted.candle_units_s, *wanted.history) if unit % (source.unit_s or 1)})
    problems += [f"Bars of {unit} s cannot be made from {source.name}." for unit in too_short]
    if source.unit_s > DAY_S:
        problems.append(f"A backtest needs candles of a day or less, or trades; these are {source.name}.")
    if source.end_ms <= source.begin_ms:
        problems.append("The range is empty: its end is not after its beginning.")
    if problems:
        raise ConfigError(problems)
    return strategy


def with_patience(limits: RiskLimits, unit_s: int) -> RiskLimits:
    """Between the prints of a candle nothing is heard although the market lives: its prices are not stale then."""
    return replace(limits, stale_feed_s=max(limits.stale_feed_s, Decimal(2 * unit_s)))

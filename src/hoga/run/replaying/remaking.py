"""What a bot's brain is made of: from the settings when it starts, from the journal when it is replayed."""

from collections.abc import Sequence

from hoga.brain.brain import Brain
from hoga.brain.risk.limits import RiskLimits
from hoga.brain.strategy import Needs, Strategy
from hoga.model.events import Candle
from hoga.run.settings.config import Settings
from hoga.store.records import BrainMade
from hoga.strategies.choosing import strategy_of


def strategy_from(settings: Settings) -> Strategy:
    """The chosen strategy with its parameters read; `ConfigError` with every fault."""
    return strategy_of(settings.trade.strategy, settings.strategy, settings.trade.markets)


def limits_from(settings: Settings) -> RiskLimits:
    """The risk limits with what `[risk]` changes; `ConfigError` with every fault. The budget bounds all positions."""
    return RiskLimits.read(_risk_values(settings), where="risk")


def brain_for(
    settings: Settings, strategy: Strategy, limits: RiskLimits, prefix: str, now_ns: int, history: Sequence[Candle]
) -> Brain:
    """The brain that these settings ask for, as it is before its start."""
    needs = strategy.needs()
    brain = Brain(
        strategy,
        needs.markets,
        limits=limits,
        id_prefix=prefix,
        now_ns=now_ns,
        reconcile_every_s=settings.exchange.reconcile_every_s,
        candle_units_s=needs.candle_units_s,
    )
    brain.money.account = settings.venue.value
    brain.seed_candles(history)
    return brain


def made_of(settings: Settings, needs: Needs, history: Sequence[Candle], now_ns: int) -> BrainMade:
    """All that a brain with these settings is made of, to be written down."""
    return BrainMade(
        strategy=settings.trade.strategy,
        params=dict(settings.strategy),
        risk=_risk_values(settings),
        markets=tuple(settings.trade.markets),
        now_ns=now_ns,
        reconcile_every_s=settings.exchange.reconcile_every_s,
        candle_units_s=tuple(needs.candle_units_s),
        history=tuple(history),
        account=settings.venue.value,
    )


def made_again(made: BrainMade, id_prefix: str) -> Brain:
    """The same brain once more, as it was before its start; `ConfigError` when this hoga cannot make it."""
    strategy = strategy_of(made.strategy, made.params, made.markets)
    brain = Brain(
        strategy,
        strategy.needs().markets,
        limits=RiskLimits.read(made.risk, where="risk"),
        id_prefix=id_prefix,
        now_ns=made.now_ns,
        reconcile_every_s=made.reconcile_every_s,
        candle_units_s=made.candle_units_s,
    )
    brain.money.account = made.account
    brain.seed_candles(made.history)
    return brain


def _risk_values(settings: Settings) -> dict[str, object]:
    budget = settings.trade.budget_krw
    return {**({} if budget is None else {"budget": budget}), **settings.risk}

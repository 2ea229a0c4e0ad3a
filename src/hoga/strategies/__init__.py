"""Ready strategies a trader can run and copy."""

from collections.abc import Mapping

from hoga.brain.strategy import Strategy
from hoga.strategies.book_imbalance import BookImbalance
from hoga.strategies.dca import Dca
from hoga.strategies.grid import Grid
from hoga.strategies.price_trigger import PriceTrigger
from hoga.strategies.sma_cross import SmaCross
from hoga.strategies.volatility_breakout import VolatilityBreakout
from hoga.strategies.volume_surge import VolumeSurge

STRATEGIES: Mapping[str, type[Strategy]] = {
    "price-trigger": PriceTrigger,
    "sma-cross": SmaCross,
    "volatility-breakout": VolatilityBreakout,
    "volume-surge": VolumeSurge,
    "book-imbalance": BookImbalance,
    "grid": Grid,
    "dca": Dca,
}

#: Settings under which each trades within a minute on the simulated markets; they show its moves and earn nothing.
LIVELY: Mapping[str, Mapping[str, str]] = {
    "price-trigger": {"rise": "0.0001", "fall": "0.0001"},
    "sma-cross": {"unit_s": "1", "fast": "2", "slow": "5", "spend": "50000"},
    "volatility-breakout": {"k": "0", "ma_days": "0"},
    "volume-surge": {"window_s": "2", "baseline_s": "10", "ratio": "1.5", "buyers": "0.5", "hold_s": "5"},
    "book-imbalance": {"enter": "0.1", "join": "false", "take": "0.0002", "stop": "0.0005", "hold_s": "3"},
    "grid": {"step": "0.0001", "levels": "5"},
    "dca": {"every_s": "3"},
}

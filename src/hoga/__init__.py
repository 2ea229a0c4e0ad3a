"""hoga 호가: a trading system for Upbit. These are the names a strategy author needs; the rooms hold the rest."""

from importlib import import_module
from typing import TYPE_CHECKING

from hoga.brain.context import Context
from hoga.brain.params import Params
from hoga.brain.strategy import Needs, Strategy
from hoga.model.commands import OrderId, OrderKind, SelfMatch, Side, TimeInForce
from hoga.model.errors import HogaError
from hoga.model.events import (
    Candle,
    FeedDown,
    FeedStale,
    FeedUp,
    Fill,
    OrderAccepted,
    Orderbook,
    OrderLost,
    OrderRejected,
    OrderUpdated,
    Ticker,
    TimerFired,
    Trade,
)
from hoga.model.market import Market
from hoga.model.orders import Order, OrderState
from hoga.model.version import __version__

if TYPE_CHECKING:
    from hoga.research.data import library as data
    from hoga.research.engine.run import backtest
    from hoga.research.engine.stored import from_store
    from hoga.research.engine.synthetic import synthetic
    from hoga.research.library import check, sweep
    from hoga.research.result import Result
    from hoga.simulator.direct.models import Models

#: What research needs is loaded when it is named: a bot does without numpy, DuckDB and the rest.
_LATE = {
    "Models": "hoga.simulator.direct.models",
    "Result": "hoga.research.result",
    "backtest": "hoga.research.engine.run",
    "data": "hoga.research.data.library",
    "check": "hoga.research.library",
    "from_store": "hoga.research.engine.stored",
    "sweep": "hoga.research.library",
    "synthetic": "hoga.research.engine.synthetic",
}

__all__ = [
    "Candle",
    "Context",
    "FeedDown",
    "FeedStale",
    "FeedUp",
    "Fill",
    "HogaError",
    "Market",
    "Models",
    "Needs",
    "Order",
    "OrderAccepted",
    "OrderId",
    "OrderKind",
    "OrderLost",
    "OrderRejected",
    "OrderState",
    "OrderUpdated",
    "Orderbook",
    "Params",
    "Result",
    "SelfMatch",
    "Side",
    "Strategy",
    "Ticker",
    "TimeInForce",
    "TimerFired",
    "Trade",
    "__version__",
    "backtest",
    "check",
    "data",
    "from_store",
    "sweep",
    "synthetic",
]


def __getattr__(name: str) -> object:
    """Load a name of research when it is asked for the first time."""
    if name not in _LATE:
        raise AttributeError(f"module 'hoga' has no attribute {name!r}")
    module = import_module(_LATE[name])
    found: object = getattr(module, name, module)  # `data` is a module itself
    globals()[name] = found
    return found

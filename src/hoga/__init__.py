"""hoga 호가: a trading system for Upbit. These are the names a strategy author needs; the rooms hold the rest."""

from hoga.brain.context import Context
from hoga.brain.params import Params
from hoga.brain.strategy import Needs, Strategy
from hoga.model.commands import OrderId, OrderKind, SelfMatch, Side, TimeInForce
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

__all__ = [
    "Candle",
    "Context",
    "FeedDown",
    "FeedStale",
    "FeedUp",
    "Fill",
    "Market",
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
    "SelfMatch",
    "Side",
    "Strategy",
    "Ticker",
    "TimeInForce",
    "TimerFired",
    "Trade",
    "__version__",
]

"""What we decide: the strategy interface, the portfolio and the risk limits."""

from hoga.brain.brain import Brain
from hoga.brain.context import Context
from hoga.brain.notes import Note
from hoga.brain.params import Params
from hoga.brain.portfolio import Portfolio
from hoga.brain.risk.limits import RiskLimits
from hoga.brain.strategy import Needs, Strategy
from hoga.brain.summary import Summary

__all__ = ["Brain", "Context", "Needs", "Note", "Params", "Portfolio", "RiskLimits", "Strategy", "Summary"]

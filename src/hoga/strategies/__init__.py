"""Ready strategies a trader can run and copy."""

from collections.abc import Mapping

from hoga.brain.strategy import Strategy

STRATEGIES: Mapping[str, type[Strategy]] = {}

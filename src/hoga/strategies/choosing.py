"""A strategy by its name, with its parameters read."""

from collections.abc import Mapping, Sequence
from difflib import get_close_matches

from hoga.brain.strategy import Strategy
from hoga.model.errors import ConfigError
from hoga.strategies import STRATEGIES


def strategy_of(name: str, values: Mapping[str, object], markets: Sequence[str]) -> Strategy:
    """A strategy by its name, with its parameters read; `ConfigError` with every fault."""
    chosen = STRATEGIES.get(name)
    if chosen is None:
        close = get_close_matches(name, STRATEGIES, n=1)
        meant = f"did you mean {close[0]}? There are" if close else "there are"
        raise ConfigError([f"{name!r} is not a strategy; {meant}: {', '.join(STRATEGIES)}."])
    given = dict(values)
    if "market" in chosen.Params.__struct_fields__:
        given.setdefault("market", markets[0])
    return chosen(chosen.Params.read(given, where="strategy"))

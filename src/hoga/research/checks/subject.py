"""What is examined: one strategy over data that can be opened for any stretch of time."""

from collections.abc import Callable, Mapping
from decimal import Decimal

import msgspec
from msgspec import Struct

from hoga.brain.strategy import Strategy
from hoga.research.engine.run import backtest
from hoga.research.engine.source import Source
from hoga.research.result import Result
from hoga.simulator.direct.models import Models

#: Opens the data of [begin_ms, end_ms), with what a strategy may ask of the time before.
OpenSource = Callable[[int, int], Source]


class Subject(Struct, frozen=True, kw_only=True):
    """A strategy class, its parameters as a trader gave them, and the conditions it is tried under.

    `params` holds what differs from the defaults. Every run makes a new strategy object: nothing is carried over.
    """

    kind: type[Strategy]
    params: Mapping[str, object]
    open_source: OpenSource
    begin_ms: int
    end_ms: int
    balances: Mapping[str, Decimal]
    models: Models

    def run(
        self,
        *,
        params: Mapping[str, object] | None = None,
        begin_ms: int | None = None,
        end_ms: int | None = None,
        models: Models | None = None,
    ) -> Result:
        """One backtest that differs from the subject where something is given; `params` are laid over its own."""
        source = self.open_source(
            self.begin_ms if begin_ms is None else begin_ms, self.end_ms if end_ms is None else end_ms
        )
        values = {**self.params, **(params or {})}
        strategy = self.kind(self.kind.Params.read(values, where="strategy"))
        return backtest(strategy, source, balances=self.balances, models=models or self.models)

    def values(self) -> dict[str, object]:
        """Every parameter with its value, defaults included."""
        return dict(msgspec.structs.asdict(self.kind.Params.read(self.params, where="strategy")))

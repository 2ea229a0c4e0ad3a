"""What a sweep looks for. Each objective is one figure of a backtest and the direction in which it is better."""

from collections.abc import Callable, Mapping, Sequence
from difflib import get_close_matches

from msgspec import Struct

from hoga.model.errors import ConfigError
from hoga.research.report.figures import Figures


class Objective(Struct, frozen=True):
    """A figure by its name; `higher` tells whether more of it is better."""

    name: str
    higher: bool
    of: Callable[[Figures], float | None]


def _number(value: object) -> float | None:
    return None if value is None else float(value)  # type: ignore[arg-type]


OBJECTIVES: Mapping[str, Objective] = {
    each.name: each
    for each in (
        Objective("return", True, lambda found: found.total_return),  # noqa: FBT003 - a table
        Objective("sharpe", True, lambda found: found.sharpe),  # noqa: FBT003
        Objective("sortino", True, lambda found: found.sortino),  # noqa: FBT003
        Objective("calmar", True, lambda found: found.calmar),  # noqa: FBT003
        Objective("profit_factor", True, lambda found: found.trading.profit_factor),  # noqa: FBT003
        Objective("win_rate", True, lambda found: found.trading.win_rate),  # noqa: FBT003
        Objective("drawdown", False, lambda found: 0.0 if found.drawdown is None else found.drawdown.depth),  # noqa: FBT003
        Objective("fees", False, lambda found: _number(found.fees)),  # noqa: FBT003
        Objective("turnover", False, lambda found: found.turnover),  # noqa: FBT003
    )
}


def read_objectives(names: Sequence[str]) -> tuple[Objective, ...]:
    """Objectives by their names, at least one; `ConfigError` with a near match for one that there is not."""
    problems = []
    for name in names:
        if name not in OBJECTIVES:
            close = get_close_matches(name, OBJECTIVES, n=1)
            meant = f"did you mean {close[0]}? There are" if close else "there are"
            problems.append(f"{name!r} is no objective; {meant}: {', '.join(OBJECTIVES)}.")
    if len(set(names)) != len(names) or not names:
        problems.append("Name one objective, or several different ones.")
    if problems:
        raise ConfigError(problems)
    return tuple(OBJECTIVES[name] for name in names)

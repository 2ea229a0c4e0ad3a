"""`hoga strategies`: what is ready to trade, with every parameter and its default."""

import inspect
import json
import sys

import msgspec

from hoga.brain.strategy import Strategy
from hoga.strategies import STRATEGIES


def show_strategies(*, as_json: bool) -> int:
    """Print the ready strategies."""
    rows = {name: {"about": about(kind), "parameters": parameters(kind)} for name, kind in STRATEGIES.items()}
    if as_json:
        sys.stdout.write(json.dumps(rows, ensure_ascii=False) + "\n")
        return 0
    for name, kind in STRATEGIES.items():
        sys.stdout.write(f"{name}: {about(kind)}\n")
        sys.stdout.writelines(f"    {field} = {default}\n" for field, default in parameters(kind).items())
    return 0


def about(kind: type[Strategy]) -> str:
    """The first line of a strategy's description."""
    return (inspect.getdoc(kind) or "").partition("\n")[0]


def parameters(kind: type[Strategy]) -> dict[str, str]:
    """Every parameter with its default as text, empty where it must be given."""
    fields = msgspec.structs.fields(kind.Params)
    return {field.name: "" if field.required else str(field.default) for field in fields}

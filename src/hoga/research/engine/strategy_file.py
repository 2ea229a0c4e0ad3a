"""A strategy of one's own, from a file of Python."""

import importlib.util
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import ModuleType

from hoga.brain.strategy import Strategy
from hoga.model.errors import ConfigError
from hoga.strategies.choosing import strategy_of


def is_file(name: str) -> bool:
    """Tell whether a strategy is named by its file: `mine.py` or `mine.py:Mine`."""
    return name.partition(":")[0].endswith(".py")


def find_strategy(name: str, values: Mapping[str, object], markets: Sequence[str]) -> Strategy:
    """A ready strategy by its name (`-` or `_`), or one from a file, with its parameters read.

    The file is run, as Python runs any module. `ConfigError` says what is wrong.
    """
    if not is_file(name):
        return strategy_of(name.replace("_", "-"), values, markets)
    text, _, wanted = name.partition(":")
    chosen = _class_in(_load(Path(text)), text, wanted)
    given = dict(values)
    if "market" in chosen.Params.__struct_fields__ and markets:
        given.setdefault("market", markets[0])
    return chosen(chosen.Params.read(given, where="strategy"))


def load_module(name: str, path: Path) -> ModuleType:
    """Run a file as a module of this name; `ConfigError` where it is no Python."""
    spec = importlib.util.spec_from_file_location(name, path)
    if spec is None or spec.loader is None:
        raise ConfigError([f"{path} cannot be read as Python."])
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module  # msgspec looks annotations up there
    try:
        spec.loader.exec_module(module)
    except (SyntaxError, ImportError) as fault:
        raise ConfigError([f"{path} cannot be read: {fault}"]) from fault
    return module


def _load(path: Path) -> ModuleType:
    if not path.is_file():
        raise ConfigError([f"There is no file {path}."])
    return load_module(f"hoga_strategy_{path.stem}", path)


def _class_in(module: ModuleType, path: str, wanted: str) -> type[Strategy]:
    found = {
        name: kind
        for name, kind in vars(module).items()
        if isinstance(kind, type) and issubclass(kind, Strategy) and kind.__module__ == module.__name__
    }
    if wanted:
        found = {name: kind for name, kind in found.items() if name == wanted}
    if len(found) == 1:
        return next(iter(found.values()))
    if wanted or not found:
        raise ConfigError([f"{path} has no class {wanted or 'of a Strategy'}."])
    raise ConfigError([f"{path} has several strategies; say which: {', '.join(f'{path}:{name}' for name in found)}."])

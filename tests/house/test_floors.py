"""A room imports only from lower floors, and below the second floor there is no clock, no chance and no socket."""

import ast
from collections.abc import Iterator
from pathlib import Path

from tests.house.tree import SOURCE, modules

FLOORS = [
    {"model"},
    {"upbit", "brain", "store"},
    {"net", "simulator", "web", "strategies"},
    {"run", "research"},
]
TOP = "the top"  # cli.py, __init__.py, __main__.py: above all rooms
FLOOR_OF = {room: floor for floor, rooms in enumerate(FLOORS) for room in rooms} | {TOP: len(FLOORS)}

WORLD = {
    *("asyncio", "selectors", "socket", "ssl", "aiohttp", "picows", "httptools", "uvloop", "requests", "httpx"),
    *("urllib.request", "http.client", "http.server", "subprocess", "threading", "multiprocessing"),
    *("time", "random", "secrets", "uuid"),
}
CLOCKS = {"now", "utcnow", "today"}
CALENDARS = {"datetime", "date", "datetime.datetime", "datetime.date"}
PURE_ABOVE = Path("simulator", "core")  # the exchange itself serves the backtest too


def imports(tree: ast.Module) -> Iterator[str]:
    """Yield what a module imports, by full dotted name; a relative import keeps its dots."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield from (f"{'.' * node.level}{node.module or ''}.{alias.name}" for alias in node.names)


def touches_world(name: str) -> bool:
    return any(name == banned or name.startswith(f"{banned}.") for banned in WORLD)


def clock_lines(tree: ast.Module) -> Iterator[int]:
    """Yield the lines on which a module asks what time it is."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and node.attr in CLOCKS and ast.unparse(node.value) in CALENDARS:
            yield node.lineno


def room_of(name: str) -> str:
    """Return the room a name inside hoga belongs to."""
    parts = name.split(".")
    return parts[1] if len(parts) > 1 and parts[1] in FLOOR_OF else TOP


def upward(room: str, names: list[str]) -> Iterator[str]:
    for name in names:
        if name.startswith("."):
            yield f"relative import {name}"
        elif name == "hoga" or name.startswith("hoga."):
            target = room_of(name)
            if target != room and FLOOR_OF[target] >= FLOOR_OF[room]:
                yield f"{room} must not import {target}"


def broken_rules(source: Path) -> list[str]:
    """Return one sentence for each place where a module breaks the rules of the house."""
    found = []
    for path, tree in modules(source):
        room = path.parts[0] if len(path.parts) > 1 else TOP
        if room not in FLOOR_OF:
            found.append(f"{path.as_posix()}: {room} is no room of this house")
            continue
        names = list(imports(tree))
        complaints = list(upward(room, names))
        if FLOOR_OF[room] < FLOOR_OF["net"] or path.is_relative_to(PURE_ABOVE):
            complaints += [f"no {name} in a room without a world" for name in names if touches_world(name)]
            complaints += [f"reads the clock on line {line}" for line in clock_lines(tree)]
        found += [f"{path.as_posix()}: {complaint}" for complaint in complaints]
    return found


def plant(source: Path, files: dict[str, str]) -> Path:
    for name, text in files.items():
        path = source / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return source


def test_every_room_imports_only_from_lower_floors_and_the_cores_have_no_world():
    assert broken_rules(SOURCE) == []


def test_a_good_tree_passes(tmp_path: Path):
    tree = plant(
        tmp_path,
        {
            "cli.py": "from hoga.run import demo\nimport asyncio\n",
            "model/money.py": "from datetime import datetime\nfrom decimal import Decimal\n",
            "upbit/rest/request.py": "from hoga.model import money\nimport urllib.parse\n",
            "simulator/server.py": "import asyncio\nfrom hoga.upbit.rest.request import Request\n",
            "simulator/core/ledger.py": "from hoga.simulator.core.matching import Match\n",
            "run/commands/demo.py": "from hoga import brain, net\nimport hoga.simulator.server\n",
        },
    )

    assert broken_rules(tree) == []


def test_every_kind_of_bad_import_is_caught(tmp_path: Path):
    tree = plant(
        tmp_path,
        {
            "attic/old.py": "",
            "brain/a.py": "from hoga.upbit import rest\n",
            "brain/b.py": "from hoga import net\n",
            "brain/c.py": "import hoga.run.commands.demo\n",
            "brain/d.py": "from hoga import __version__\n",
            "brain/e.py": "from . import a\n",
            "model/a.py": "def late():\n    import time\n",
            "model/b.py": "from datetime import datetime\nMADE = datetime.now()\n",
            "net/a.py": "from hoga.simulator import server\n",
            "simulator/core/ledger.py": "from uuid import uuid4\n",
            "upbit/a.py": "from urllib import request\n",
        },
    )

    assert broken_rules(tree) == [
        "attic/old.py: attic is no room of this house",
        "brain/a.py: brain must not import upbit",
        "brain/b.py: brain must not import net",
        "brain/c.py: brain must not import run",
        "brain/d.py: brain must not import the top",
        "brain/e.py: relative import ..a",
        "model/a.py: no time in a room without a world",
        "model/b.py: reads the clock on line 2",
        "net/a.py: net must not import simulator",
        "simulator/core/ledger.py: no uuid.uuid4 in a room without a world",
        "upbit/a.py: no urllib.request in a room without a world",
    ]

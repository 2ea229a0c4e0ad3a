"""A malicious or careless strategy: what it tries in a table, what comes of it, and that no key is in its reach."""

import json
import types
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest
from tests.scenario.programs import Program, addresses_of, keys_of, program
from tests.scenario.scenery import Obedient, bot, exchange

from hoga.run.guard import Guard, StrategyRefusedError, home_of
from hoga.run.screen.logs import silent
from hoga.strategies.grid import Grid

#: What is tried, one line of Python each. Each must be refused, in the constructor as in a turn.
ATTEMPTS = {
    "ask the internet": "__import__('urllib.request').request.urlopen('http://127.0.0.1:1/')",
    "open a socket": "__import__('socket').socket()",
    "look a name up": "__import__('socket').getaddrinfo('example.com', 80)",
    "run a command": "__import__('subprocess').run(['true'])",
    "run a shell": "os.system('true')",
    "fork": "os.fork()",
    "become another program": "os.execv('/bin/true', ['true'])",
    "start a thread": "__import__('threading').Thread(target=print).start()",
    "read a file of the system": "open('/etc/passwd')",
    "read the first environment": "open('/proc/self/environ', 'rb')",
    "read the memory": "open('/proc/self/mem', 'rb')",
    "read .env": "open('.env')",
    "read .env by a detour": "open(os.path.join('..', os.path.basename(os.getcwd()), '.env'))",
    "read by a number": "os.fdopen(3)",
    "read the journal": "open(os.path.join('..', 'var', 'hoga.journal'), 'rb')",
    "look into the home": "os.listdir(os.path.expanduser('~'))",
    "write a file": "open('loot.txt', 'w')",
    "write by other means": "os.open('loot.txt', os.O_WRONLY | os.O_CREAT)",
    "delete a file": "os.remove('plugin.py')",
    "rename a file": "os.rename('plugin.py', 'gone.py')",
    "call C": "__import__('ctypes').pythonapi",
    "all objects": "gc.get_objects()",
    "who refers": "gc.get_referrers(self)",
    "the frames above": "sys._getframe()",
    "the frames above, by inspect": "__import__('inspect').currentframe()",
    "the frames of all threads": "sys._current_frames()",
    "the frames of an error": "frames_of_an_error()",
    "the frame of a generator": "(n for n in ()).gi_frame",
    "a trace of everything": "sys.settrace(print)",
    "another hook": "sys.addaudithook(print)",
    "kill": "os.kill(os.getpid(), 9)",
    "a database": "__import__('sqlite3').connect('var/hoga.journal')",
}
#: What must go on working.
ALLOWED = {
    "read beside itself": "open('plugin.py').read()",
    "arithmetic": "__import__('statistics').mean([1, 2, 3])",
    "a named tuple": "__import__('collections').namedtuple('Pair', 'a b')(1, 2)",
    "a time zone": "__import__('zoneinfo').ZoneInfo('Asia/Seoul')",
    "a module of the library": "__import__('fractions').Fraction(1, 3)",
    "chance": "__import__('random').random()",
}

PLUGIN = '''
import gc
import os
import sys

from hoga.cli import main
from hoga.strategies import STRATEGIES
from hoga.strategies.grid import Grid

TRIED = {tried}


def frames_of_an_error():
    try:
        raise ValueError
    except ValueError as error:
        return error.__traceback__.tb_frame


class Plugin(Grid):
    """Tries everything when it is made and again in a turn."""

    def __init__(self, params):
        super().__init__(params)
        self.told = {{"made": self.tried()}}

    def on_start(self, ctx):
        self.told["turn"] = self.tried()
        for when, outcomes in self.told.items():
            for name, outcome in outcomes.items():
                ctx.say("tried", when=when, name=name, outcome=outcome)
        ctx.say("environment", told=repr([*filter(lambda one: one.startswith("hoga-sim"), os.environ.values())]))

    def tried(self):
        return {{name: self.outcome(code) for name, code in TRIED.items()}}

    def outcome(self, code):
        try:
            eval(code, globals(), {{"self": self}})
        except BaseException as error:
            return type(error).__name__
        return "done"


STRATEGIES["plugin"] = Plugin
sys.exit(main())
'''


async def outcome(tmp_path: Path, tried: dict[str, str]) -> tuple[dict[str, dict[str, str]], Program, list[str]]:
    """Run the plug-in in a folder of its own; what came of each attempt, the run, and the refusals in its log."""
    home = tmp_path / "plugin"
    home.mkdir()
    (home / "plugin.py").write_text(PLUGIN.format(tried=repr(tried)), encoding="utf-8")
    (home / ".env").write_text("OTHER=1\n", encoding="utf-8")
    (home / ".env").chmod(0o600)
    (home / "hoga.toml").write_text(
        '[journal]\npath = "../var/hoga.journal"\n[state]\ndirectory = "../var"\n[log]\ndirectory = "../logs"\n',
        encoding="utf-8",
    )
    async with exchange() as there:
        words = ["run", "--strategy", "plugin", "--for", "2s", "--json", *addresses_of(there)]
        async with program(*words, folder=home, environment=keys_of(there), script="plugin.py") as running:
            await running.end()
        (log,) = (tmp_path / "logs").glob("*.jsonl")
        lines = [json.loads(line) for line in log.read_text(encoding="utf-8").splitlines()]
        assert there.secret_key not in log.read_text(encoding="utf-8")
    (seen,) = [line["told"] for line in lines if line.get("reason") == "environment"]
    assert seen == "[]"
    told: dict[str, dict[str, str]] = {"made": {}, "turn": {}}
    for line in lines:
        if line.get("reason") == "tried":
            told[line["when"]][line["name"]] = line["outcome"]
    refused = [str(line["what"]) for line in lines if line["event"] == "strategy_refused"]
    return told, running, refused


async def test_what_a_malicious_strategy_tries_is_refused_and_written_down_s15(tmp_path: Path):
    told, running, refused = await outcome(tmp_path, ATTEMPTS)

    # Python swallows the refusal of another hook and does without it.
    outcomes = {name: "StrategyRefusedError" if name != "another hook" else "done" for name in ATTEMPTS}
    assert told == {"made": outcomes, "turn": outcomes}
    assert len(refused) == len(ATTEMPTS)
    assert "sys.addaudithook" in refused
    assert not (tmp_path / "plugin" / "loot.txt").exists()
    assert (tmp_path / "plugin" / "plugin.py").exists()
    assert running.process.returncode == 0, running.text  # it caught what was raised, so it may go on


async def test_what_an_honest_strategy_needs_goes_on_working_s15(tmp_path: Path):
    told, running, _ = await outcome(tmp_path, ALLOWED)

    assert told == {"made": dict.fromkeys(ALLOWED, "done"), "turn": dict.fromkeys(ALLOWED, "done")}
    assert running.process.returncode == 0, running.text


def test_nothing_is_judged_outside_of_a_strategys_turn_s15(tmp_path: Path):
    guard = Guard(silent)
    guard.hear("socket.connect", ())
    guard.thinker = Turns()
    guard.hear("socket.connect", ())
    guard.thinker.turns = 1
    with pytest.raises(StrategyRefusedError, match=r"socket\.connect"):
        guard.hear("socket.connect", ())

    assert home_of(Grid).name == "strategies"
    assert guard.refused == 1


class Turns:
    turns = 0


# ------------------------------------------------ what a strategy can reach


def parts(thing: object) -> Iterator[object]:
    """Everything one step away: attributes, contents, what a function has kept, whom a method belongs to."""
    if isinstance(thing, dict):
        yield from (*thing.keys(), *thing.values())
    elif isinstance(thing, list | tuple | set | frozenset) or type(thing).__name__ == "deque":
        yield from thing  # type: ignore[misc]
    elif isinstance(thing, types.MethodType):
        yield from (thing.__self__, thing.__func__)
    elif isinstance(thing, types.FunctionType):
        yield from (cell.cell_contents for cell in thing.__closure__ or ())
        yield from (thing.__defaults__ or ())
    yield from vars(thing).values() if hasattr(thing, "__dict__") else ()
    for kind in type(thing).__mro__:
        names = kind.__dict__.get("__slots__", ())
        for name in [names] if isinstance(names, str) else names:
            full = f"_{kind.__name__.lstrip('_')}{name}" if name.startswith("__") and not name.endswith("__") else name
            if hasattr(thing, full):
                yield getattr(thing, full)


def reach(beginnings: Sequence[object]) -> list[object]:
    """All objects that can be reached, modules and classes left out."""
    seen: dict[int, object] = {}
    waiting = list(beginnings)
    while waiting:
        thing = waiting.pop()
        if id(thing) in seen or isinstance(thing, types.ModuleType | type):
            continue
        seen[id(thing)] = thing
        waiting.extend(parts(thing))
    return list(seen.values())


async def test_no_key_and_nothing_that_signs_or_sends_can_be_reached_from_what_a_strategy_is_given_s15(tmp_path: Path):
    async with exchange() as there, bot(there, tmp_path) as working:
        order_id = await working.rest_a_buy()
        strategy = working.strategy
        strategy.wishes.clear()
        assert isinstance(strategy, Obedient)
        found = reach([working.desk.brain.context])

        kinds = {type(thing).__name__ for thing in found}
        assert len(found) > 200
        assert {"World", "OrderDesk", "Order"} <= kinds
        assert order_id in [thing for thing in found if isinstance(thing, str)]
        assert kinds & {"Secret", "Signer", "Actuator", "Sensor", "Desk", "Settings", "HttpClient"} == set()
        texts = [thing for thing in found if isinstance(thing, str | bytes)]
        keys = (there.access_key, there.secret_key)
        assert [text for text in texts if any(key in text for key in keys) if isinstance(text, str)] == []
        assert [text for text in texts if isinstance(text, bytes) and any(key.encode() in text for key in keys)] == []

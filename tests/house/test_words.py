"""What must never stand in the tree: secrets, package indexes, paths of somebody's machine, blind excepts."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.house.tree import ROOT, SOURCE, modules, project_files, texts

# The forbidden words are put together from pieces, so that this file does not find itself.
INDEX_HOSTS = re.compile("pypi" + r"\.org|pythonhosted" + r"\.|registry" + r"\.npmjs|anaconda" + r"\.org")
MACHINE_PATHS = re.compile(r"(?<![\w.~$})*/:-])/" + r"(?:home|root|tmp|Users|work|opt)(?![\w-])")
SECRETS = re.compile(
    "|".join(
        (
            "-----BEGIN" + r" [A-Z ]*PRIVATE KEY-----",
            "AKIA" + r"[0-9A-Z]{16}",
            "gh[pousr]_" + r"[A-Za-z0-9]{36}",
            "xox[abprs]-" + r"[A-Za-z0-9-]{10,}",
            # An Upbit key is 40 letters and digits, mixed.
            r"""["'=\s](?=[A-Za-z]*\d)(?=[a-z\d]*[A-Z])(?=[A-Z\d]*[a-z])[A-Za-z\d]{40}(?:["'\s]|$)""",
        )
    )
)
# File -> why a line in it may look like a secret and is none.
MADE_UP: dict[str, str] = {}

# "module:function" in run -> why it may catch everything. At most two: where a trader's own code is called, and where
# a bug of ours would otherwise fall into the hands of whoever brought an event.
CATCHES_ALL = {
    "run/desk.py:_decide": "whatever a strategy does, trading must stop and what is open must be cancelled",
    "run/desk.py:_read": "a bug of ours ends the run, but not before what is open has been cancelled",
}
TALKS_TO_THE_TERMINAL = ("cli.py", "run")
BLIND = {"Exception", "BaseException"}


def lines_with(pattern: re.Pattern[str]) -> Iterator[str]:
    """Yield where a pattern stands in the project's files."""
    for path, text in texts(project_files()):
        name = path.relative_to(ROOT).as_posix()
        if name in MADE_UP and pattern is SECRETS:
            continue
        yield from (f"{name}:{n}" for n, line in enumerate(text.splitlines(), 1) if pattern.search(line))


def is_blind(handler: ast.ExceptHandler) -> bool:
    """Tell whether a handler swallows everything; one that ends by raising again does not."""
    named = [] if handler.type is None else [ast.unparse(n) for n in ast.walk(handler.type) if isinstance(n, ast.Name)]
    last = handler.body[-1]
    raises_again = isinstance(last, ast.Raise) and last.exc is None
    return (handler.type is None or bool(BLIND & set(named))) and not raises_again


def blind_handlers(tree: ast.Module) -> Iterator[str]:
    """Yield the function around each handler that swallows everything."""
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield from (node.name for n in ast.walk(node) if isinstance(n, ast.ExceptHandler) and is_blind(n))


def calls(tree: ast.Module) -> set[str]:
    """Return the plain names a module calls."""
    return {n.func.id for n in ast.walk(tree) if isinstance(n, ast.Call) and isinstance(n.func, ast.Name)}


def test_no_address_of_a_package_index_is_in_the_tree():
    assert list(lines_with(INDEX_HOSTS)) == []


def test_no_path_of_anyones_machine_is_in_the_tree():
    assert list(lines_with(MACHINE_PATHS)) == []


def test_nothing_in_the_tree_looks_like_a_secret_s6():
    assert list(lines_with(SECRETS)) == []


def test_nothing_carries_on_after_an_unknown_exception():
    found = {f"{path.as_posix()}:{name}" for path, tree in modules(SOURCE) for name in blind_handlers(tree)}

    assert found - set(CATCHES_ALL) == set()
    assert len(CATCHES_ALL) <= 2
    assert all(name.startswith("run/") for name in CATCHES_ALL)


def test_only_the_commands_print():
    assert [
        path for path, tree in modules(SOURCE) if path.parts[0] not in TALKS_TO_THE_TERMINAL and "print" in calls(tree)
    ] == []


def test_no_text_is_ever_run_as_code():
    assert [path for path, tree in modules(SOURCE) if {"eval", "exec", "compile"} & calls(tree)] == []


@pytest.mark.parametrize(
    ("pattern", "text"),
    [
        (INDEX_HOSTS, "--index-url https://" + "pypi" + ".org/simple"),
        (MACHINE_PATHS, 'open("' + "/" + 'home/kim/keys")'),
        (MACHINE_PATHS, "cd " + "/" + "tmp"),
        (SECRETS, 'secret_key = "' + "aB3" * 13 + 'x"'),
        (SECRETS, "UPBIT_SECRET_KEY=" + "aB3" * 13 + "x"),
        (SECRETS, "-----BEGIN" + " EC PRIVATE KEY-----"),
    ],
)
def test_a_planted_word_is_found(pattern: re.Pattern[str], text: str):
    assert pattern.search(text)


@pytest.mark.parametrize(
    ("pattern", "text"),
    [
        (MACHINE_PATHS, "https://example.com/" + "home/page"),
        (MACHINE_PATHS, "docs/" + "work/notes"),
        (SECRETS, "    --hash=sha256:" + "0a" * 32),
        (SECRETS, '"' + "0a" * 20 + '"'),
    ],
)
def test_an_innocent_word_is_left_alone(pattern: re.Pattern[str], text: str):
    assert pattern.search(text) is None


def test_a_blind_handler_is_found_and_one_that_raises_again_is_not():
    tree = ast.parse(
        "def swallows():\n    try:\n        act()\n    except (ValueError, Exception):\n        pass\n"
        "async def bare():\n    try:\n        act()\n    except:\n        pass\n"
        "def cleans_up():\n    try:\n        act()\n    except BaseException:\n        close()\n        raise\n"
        "def careful():\n    try:\n        act()\n    except TimeoutError:\n        pass\n"
    )

    assert list(blind_handlers(tree)) == ["swallows", "bare"]


def test_the_tree_that_is_judged_is_not_empty():
    assert Path("do.py") in {path.relative_to(ROOT) for path in project_files()}

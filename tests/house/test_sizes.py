"""A module is read in one sitting and a function fits on a screen. The few exceptions shrink and never grow."""

import ast
from collections.abc import Iterator
from pathlib import Path

from tests.house.tree import ROOT, project_files

MODULE_LINES = 250
FUNCTION_LINES = 60
WALL_LINES = 400  # no reason is good enough beyond this, except for pure lists of words

# Module -> (lines it may have, why it may). When it has shrunk, lower the number or drop the line.
LONG_MODULES: dict[str, tuple[int, str]] = {
    "do.py": (300, "runs before anything is installed, so it has to stand alone in one file"),
    "src/hoga/brain/brain.py": (256, "the one door in, with everything that those who look on may ask"),
    "src/hoga/model/events.py": (525, "a list of words: fields and what they mean, and how a book is read late"),
}
LISTS_OF_WORDS = {"src/hoga/model/events.py"}

# "module:function" -> (lines it may have, why it may).
LONG_FUNCTIONS: dict[str, tuple[int, str]] = {
    "src/hoga/research/commands/sweep.py:run": (72, "two thirds are the options of a command and their help"),
}


def project_modules() -> Iterator[tuple[str, str]]:
    for path in project_files():
        name = path.relative_to(ROOT).as_posix()
        if path.suffix == ".py" and (name == "do.py" or name.startswith("src/")):
            yield name, path.read_text(encoding="utf-8")


def function_lengths(text: str) -> Iterator[tuple[str, int]]:
    """Yield each function with the lines from its `def` to its last statement, decorators not counted."""
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node.name, (node.end_lineno or node.lineno) - node.lineno + 1


def test_modules_are_read_in_one_sitting():
    lengths = {name: len(text.splitlines()) for name, text in project_modules()}

    assert {name: n for name, n in lengths.items() if n > LONG_MODULES.get(name, (MODULE_LINES, ""))[0]} == {}


def test_functions_fit_on_a_screen():
    too_long = [
        f"{name}:{function} has {lines} lines"
        for name, text in project_modules()
        for function, lines in function_lengths(text)
        if lines > LONG_FUNCTIONS.get(f"{name}:{function}", (FUNCTION_LINES, ""))[0]
    ]

    assert too_long == []


def test_exceptions_are_still_needed_and_stay_below_the_wall():
    lengths = {name: len(text.splitlines()) for name, text in project_modules()}
    functions = {f"{name}:{f}": n for name, text in project_modules() for f, n in function_lengths(text)}

    assert [name for name in LONG_MODULES if lengths.get(name, 0) <= MODULE_LINES] == []
    assert [name for name in LONG_FUNCTIONS if functions.get(name, 0) <= FUNCTION_LINES] == []
    assert [n for n, (lines, _) in LONG_MODULES.items() if lines > WALL_LINES and n not in LISTS_OF_WORDS] == []


def test_a_long_function_is_measured_as_long(tmp_path: Path):
    path = tmp_path / "long.py"
    path.write_text("@wrapped\ndef f():\n" + "    x = 1\n" * FUNCTION_LINES, encoding="utf-8")

    assert list(function_lengths(path.read_text(encoding="utf-8"))) == [("f", FUNCTION_LINES + 1)]

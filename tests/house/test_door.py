"""The way in: one file that runs on a bare machine, and locks that install the same packages everywhere."""

import ast
import re
import sys
from pathlib import Path

import do
import pytest
from tests.house.tree import ROOT

PIN = re.compile(r"^([a-z0-9._-]+)==(\S+)", re.MULTILINE)


def pins(lock: Path) -> set[tuple[str, str]]:
    return set(PIN.findall(lock.read_text(encoding="utf-8")))


def test_an_old_python_can_read_the_door_far_enough_to_be_told_what_is_missing():
    tree = ast.parse((ROOT / "do.py").read_text(encoding="utf-8"), feature_version=(3, 6))
    kinds = [type(node) for node in tree.body]
    told = next(i for i, node in enumerate(tree.body) if isinstance(node, ast.If))

    assert "3.11" in ast.unparse(tree.body[told])
    assert not {ast.FunctionDef, ast.ClassDef, ast.AnnAssign} & set(kinds[:told])


def test_the_door_needs_nothing_but_the_standard_library():
    text = (ROOT / "do.py").read_text(encoding="utf-8")
    named = re.findall(r"^\s*(?:import|from) (\w+)", text, re.MULTILINE)

    assert set(named) <= sys.stdlib_module_names


@pytest.mark.parametrize("lock", [do.RUN_LOCK, do.DEV_LOCK], ids=lambda path: str(path.name))
def test_each_locked_package_has_a_hash_and_no_address_s13(lock: Path):
    text = lock.read_text(encoding="utf-8")

    blocks = re.split(r"\n(?=[^\s#])", text)[1:]

    assert len(blocks) == len(pins(lock)) > 0
    assert [block for block in blocks if "--hash=sha256:" not in block] == []
    assert "://" not in text


def test_a_developer_runs_with_exactly_the_versions_a_trader_gets():
    assert pins(do.RUN_LOCK) <= pins(do.DEV_LOCK)


def test_settings_that_would_send_packages_elsewhere_are_dropped(monkeypatch: pytest.MonkeyPatch):
    for name in ("PIP_TARGET", "PIP_USER", "PIP_NO_DEPS", "PYTHONHOME", "PIP_PROXY"):
        monkeypatch.setenv(name, "x")

    environment = do.clean_environment()

    assert {"PIP_TARGET", "PIP_NO_DEPS", "PYTHONHOME"} & set(environment) == set()
    assert environment["PIP_USER"] == "0"
    assert environment["PIP_PROXY"] == "x"


def test_an_interrupted_installation_does_not_count(monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    for name in ("UNFINISHED", "STAMP", "PYTHON"):
        monkeypatch.setattr(do, name, tmp_path / name)
    assert not do.installed(do.RUN_LOCK)

    do.PYTHON.touch()
    do.STAMP.write_text(do.stamp_of(do.DEV_LOCK), encoding="utf-8")
    assert do.installed(do.RUN_LOCK)
    assert do.installed(do.DEV_LOCK)

    do.UNFINISHED.touch()
    assert not do.installed(do.RUN_LOCK)


def test_the_traders_packages_are_not_enough_for_the_tests(monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    for name in ("UNFINISHED", "STAMP", "PYTHON"):
        monkeypatch.setattr(do, name, tmp_path / name)
    do.PYTHON.touch()
    do.STAMP.write_text(do.stamp_of(do.RUN_LOCK), encoding="utf-8")

    assert do.installed(do.RUN_LOCK)
    assert not do.installed(do.DEV_LOCK)


def test_the_judge_calls_exactly_the_command_of_the_readme():
    lines = (ROOT / ".ci" / "run").read_text(encoding="utf-8").splitlines()
    commands = [line for line in lines if line and not line.startswith(("#", "set ", "cd "))]

    assert commands == ["python3 do.py test"]

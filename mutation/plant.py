"""Copies the tree, plants one fault in the copy, and runs the tests that must notice."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

from msgspec import Struct

from mutation.defects import Defect

ROOT = Path(__file__).parent.parent
LEFT_OUT = shutil.ignore_patterns(".*", "__pycache__", "logs", "tmp*", "build", "dist")
LIMIT_S = 300.0
_FIRST_RED = re.compile(r"^(?:FAILED|ERROR) (\S+)", re.MULTILINE)
_COUNTED_RED = (1, 2)  # tests failed, or could not even be collected; anything else judges nothing


class Verdict(Struct, frozen=True):
    """Whether the tests turned red, and by which of them, or why nothing can be said."""

    is_red: bool
    how: str


def copied(folder: Path, source: Path = ROOT) -> Path:
    """A copy of what the tests need."""
    return shutil.copytree(source, folder, ignore=LEFT_OUT, dirs_exist_ok=True)


def judge(defect: Defect, folder: Path) -> Verdict:
    """Plant a fault in a copy of the tree and run its tests there."""
    if defect.path:
        place = folder / defect.path
        text = place.read_text(encoding="utf-8") if place.exists() else ""
        if text.count(defect.old) != 1:
            return Verdict(
                is_red=False, how=f"cannot be planted: its text is {text.count(defect.old)} times in the file"
            )
        place.write_text(text.replace(defect.old, defect.new), encoding="utf-8")
    command = [sys.executable, "-m", "pytest", "-q", "-x", "--no-header", "--tb=no", "-p", "no:cacheprovider"]
    environment = os.environ | {"PYTHONPATH": str(folder / "src"), "PYTHONDONTWRITEBYTECODE": "1"}
    try:
        done = subprocess.run(
            [*command, *defect.tests],
            cwd=folder,
            env=environment,
            capture_output=True,
            text=True,
            check=False,
            timeout=LIMIT_S,
        )
    except subprocess.TimeoutExpired:
        return Verdict(is_red=True, how=f"hangs for {LIMIT_S:.0f} s")
    found = _FIRST_RED.search(done.stdout)
    if done.returncode not in _COUNTED_RED or found is None:
        return Verdict(is_red=False, how=done.stdout.strip().rpartition("\n")[2])
    return Verdict(is_red=True, how=found[1].removeprefix("tests/"))

"""A private `.env` file: keys for people who do not want to export them."""

import os
import stat
from pathlib import Path

PRIVATE_BITS = stat.S_IRWXG | stat.S_IRWXO


def read_env_file(path: Path) -> list[str]:
    """Add `NAME=value` lines of a private `.env` to the environment (what is exported already wins); return faults."""
    if not path.is_file():
        return []
    mode = path.stat().st_mode
    if os.name == "posix" and mode & PRIVATE_BITS:
        return [f"{path} can be read by other users of this machine: run `chmod 600 {path}` and start again."]
    problems = []
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
        text = line.strip()
        if not text or text.startswith("#"):
            continue
        name, equals, value = text.removeprefix("export ").partition("=")
        if not equals or not name.strip().isidentifier():
            problems.append(f"{path}:{number}: expected NAME=value.")
            continue
        os.environ.setdefault(name.strip(), value.strip().strip("\"'"))
    return problems

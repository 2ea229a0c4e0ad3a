"""Private files of `NAME=value` lines: `.env` and the key file, for people who do not want to export their keys."""

import os
import stat
from pathlib import Path

PRIVATE_BITS = stat.S_IRWXG | stat.S_IRWXO
MAX_BYTES = 64 * 1024


def read_env_file(path: Path) -> list[str]:
    """Add the lines of a private `.env` to the environment (what is exported already wins); return faults."""
    if not path.is_file():
        return []
    values, problems = read_private(path)
    if not problems:
        for name, value in values.items():
            os.environ.setdefault(name, value)
    return problems


def read_private(path: Path) -> tuple[dict[str, str], list[str]]:
    """The values of a file that only its owner can read, and every fault; of a file that is not private, nothing.

    What is judged is the file that was opened, so that nobody can change it for another in between.
    """
    try:
        # Without waiting: a pipe under that name must not hang the start.
        with os.fdopen(os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0)), "rb") as file:
            if problem := _why_not_private(path, os.fstat(file.fileno())):
                return {}, [problem]
            text = file.read(MAX_BYTES + 1)
    except OSError as error:
        return {}, [f"{path} cannot be read: {error.strerror}."]
    if len(text) > MAX_BYTES:
        return {}, [f"{path} is larger than {MAX_BYTES} bytes; that is no file of keys."]
    return _values(path, text.decode("utf-8", "replace"))


def _why_not_private(path: Path, opened: os.stat_result) -> str | None:
    if os.name != "posix":
        return None
    if not stat.S_ISREG(opened.st_mode):
        return f"{path} is no ordinary file."
    if opened.st_mode & PRIVATE_BITS:
        return f"{path} can be read by other users of this machine: run `chmod 600 {path}` and start again."
    if {opened.st_uid, path.lstat().st_uid} != {os.geteuid()}:
        return f"{path} belongs to another user: whoever owns it may exchange it. Put the keys into a file of your own."
    return None


def _values(path: Path, text: str) -> tuple[dict[str, str], list[str]]:
    values: dict[str, str] = {}
    problems = []
    for number, line in enumerate(text.splitlines(), start=1):
        words = line.strip()
        if not words or words.startswith("#"):
            continue
        name, equals, value = words.removeprefix("export ").partition("=")
        if not equals or not name.strip().isidentifier():
            problems.append(f"{path}:{number}: expected NAME=value.")
            continue
        values[name.strip()] = value.strip().strip("\"'")
    return values, problems

"""What a strategy may not do while it is at work: no network, no processes, no threads, no files, no looking around.

A strategy is often somebody else's file. It runs in the bot's process, where Python can hide nothing from code that is
bent on finding it; so run code you trust. What is stopped here are accidents (a file that is written in every turn, a
question to the internet that takes a second) and simple theft (keys out of a file, out of memory, off to a server).
The keys are gone from the environment by then, and nothing a strategy is given leads to them.

Python announces such acts to audit hooks (PEP 578). Ours is installed once and looks up whether the strategy is at
work: while it is made, and in every turn of the brain, which itself does none of these things. It costs the way from a
price to an order nothing, because nothing on that way is announced.
"""

import _thread
import os
import sys
import sysconfig
import threading
import zoneinfo
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from hoga.brain import stage
from hoga.brain.strategy import Strategy
from hoga.model.errors import HogaError
from hoga.run import overruns
from hoga.run.overruns import Thinker
from hoga.run.screen.logs import Log

#: Beginnings of the names of refused acts; files are judged by their place below.
GROUPS = (
    *("socket.", "http.client.", "urllib.", "ftplib.", "imaplib.", "poplib.", "smtplib.", "telnetlib.", "webbrowser."),
    *("_thread.start", "ctypes.", "gc.get_", "sys._current_", "sys.setprofile", "sys.addaudithook", "signal."),
    *("subprocess.", "pty.", "shutil.", "tempfile.", "sqlite3.", "mmap.", "fcntl.", "resource.", "syslog."),
    *("builtins.input", "cpython.run_"),
    *(f"os.{act}" for act in ("exec", "spawn", "posix_spawn", "system", "fork", "kill")),
    *(f"os.{act}" for act in ("remove", "rename", "rmdir", "mkdir", "link", "symlink", "truncate", "ch", "utime")),
)
#: Attributes that lead from an error or a generator to what its callers hold.
WAYS_OUT = frozenset({"tb_frame", "gi_frame", "cr_frame", "ag_frame"})
#: Who may look into frames: modules of Python's library that ask who calls them, and whoever stops a late strategy.
MAY_LOOK = {
    "sys._getframe": ("collections/__init__.py", "typing.py", "enum.py", "functools.py"),
    "sys.settrace": (overruns.__file__,),
}
FORBIDDEN_MODULES = frozenset({"ctypes", "_ctypes", "cffi", "_cffi_backend", "multiprocessing", "_posixsubprocess"})

MAX_TOLD = 100  # refusals that are written down; a strategy may try for ever
_WRITES = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND


class StrategyRefusedError(HogaError, PermissionError):
    """Raised where a strategy does what it may not; the text says what."""


class Guard:
    """Watches one strategy, in the thread that made this. `thinker` tells when it is at work after it is made."""

    def __init__(self, log: Log) -> None:
        self._log = log
        self._thread = threading.get_ident()
        self._is_judging = False
        self.thinker: Thinker | None = None
        self.is_making = False
        self.refused = 0
        library = [sysconfig.get_path(name) for name in ("stdlib", "platstdlib", "purelib", "platlib")]
        self.readable = [os.path.realpath(path) for path in (*library, *zoneinfo.TZPATH, str(_house()))]

    def may_read(self, folder: Path) -> None:
        """The strategy's own folder."""
        self.readable.append(os.path.realpath(folder))

    def hear(self, event: str, args: tuple[object, ...]) -> None:
        """Something was announced."""
        is_at_work = self.is_making or (self.thinker is not None and self.thinker.turns % 2)
        if not is_at_work or self._is_judging or threading.get_ident() != self._thread:
            return
        self._is_judging = True
        try:
            if (what := self._why_not(event, args)) is not None:
                self._refuse(what)
        finally:
            self._is_judging = False

    def _why_not(self, event: str, args: tuple[object, ...]) -> str | None:
        if event == "open":
            return self._why_not_open(*args[:3])
        if event in {"os.listdir", "os.scandir"}:
            return None if self._is_readable(args[0]) else f"look into {args[0]}"
        if event == "import":
            return f"import {args[0]}" if str(args[0]).partition(".")[0] in FORBIDDEN_MODULES else None
        if event == "object.__getattr__":
            return f"follow {args[1]}" if args[1] in WAYS_OUT else None
        if event in {"sys._getframe", "sys.settrace"}:
            return None if _caller().endswith(MAY_LOOK[event]) else event
        return event if event.startswith(GROUPS) else None

    def _why_not_open(self, path: object, mode: object, flags: object) -> str | None:
        writes = (isinstance(mode, str) and set(mode) & set("wax+")) or (isinstance(flags, int) and flags & _WRITES)
        if writes:
            return f"write {path}"
        return None if self._is_readable(path) else f"read {path}"

    def _is_readable(self, path: object) -> bool:
        if not isinstance(path, str | bytes | os.PathLike):
            return False  # a number: a file that somebody else has opened
        real = os.path.realpath(os.fsdecode(path))
        is_inside = any(real == folder or real.startswith(folder + os.sep) for folder in self.readable)
        return is_inside and not Path(real).name.startswith(".env")

    def _refuse(self, what: str) -> None:
        self.refused += 1
        if self.refused <= MAX_TOLD:
            self._log("strategy_refused", level="error", what=what)
        raise StrategyRefusedError(f"a strategy may not do this while it is at work: {what} (docs/operations.md)")


@contextmanager
def guarded(log: Log) -> Iterator[Guard]:
    """Judge what one strategy does, for the length of a `with`."""
    if not _INSTALLED:
        sys.addaudithook(_hear)  # for good: Python has no way to take one away
        if sys.version_info < (3, 12):
            _announce_threads()
        _INSTALLED.append(True)
    guard = Guard(log)
    _GUARDS.append(guard)
    try:
        yield guard
    finally:
        _GUARDS.remove(guard)


@contextmanager
def strategy_at_work() -> Iterator[None]:
    """A strategy is being made, or says what it needs: outside of the turns, but no less foreign."""
    before = [guard.is_making for guard in _GUARDS]
    for guard in _GUARDS:
        guard.is_making = True
    try:
        yield
    finally:
        for guard, was in zip(_GUARDS, before, strict=True):
            guard.is_making = was


_GUARDS: list[Guard] = []
_INSTALLED: list[bool] = []


def _hear(event: str, args: tuple[object, ...]) -> None:
    for guard in _GUARDS:
        guard.hear(event, args)


def _announce_threads() -> None:
    """Have threads announced as Python 3.12 does by itself."""
    start = _thread.start_new_thread

    def announced(*args: Any) -> int:  # noqa: ANN401 - whatever the original takes
        sys.audit("_thread.start_new_thread", *args)
        return start(*args)

    for module, name in ((_thread, "start_new_thread"), (_thread, "start_new"), (threading, "_start_new_thread")):
        setattr(module, name, announced)


def home_of(strategy: type[Strategy]) -> Path:
    """The folder of the file a strategy was read from."""
    module = sys.modules.get(strategy.__module__)
    return Path(getattr(module, "__file__", None) or _house()).parent


def _caller() -> str:
    """The file of the code whose act was announced: above this function, the judge's two and the hook."""
    return sys._getframe(4).f_code.co_filename  # noqa: SLF001 - there is no other way to know


def _house() -> Path:
    return Path(stage.__file__).parent.parent

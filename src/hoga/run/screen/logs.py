"""One call, two readers: a JSON file for machines (UTC) and a console for people (KST).

The hot path only appends the event to a list; a thread of its own looks there twenty times a second, formats and
writes. Waking it for each line would cost an order more than its signature does. Logging never blocks and never stops
trading: when too much waits or the disk refuses, lines are lost and counted.
"""

import sys
import threading
import time
from collections import deque
from collections.abc import Callable
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import IO, Any

import structlog

KST = timezone(timedelta(hours=9), "KST")

MAX_WAITING = 100_000  # events; more means the disk stands still
WRITE_EVERY_S = 0.05  # how far the file may be behind
MAX_VALUE = 2_000  # characters of one value: no frame or page belongs into a log line
LEVELS = {"debug": 10, "info": 20, "warning": 30, "error": 40}

#: Fields with these words in their names never reach a log, whatever they hold.
SECRET_WORDS = ("secret", "token", "authorization", "signature", "password", "access_key", "jwt")

Log = Callable[..., None]


class EventLog:
    """A structured log. `log("order_sent", order_id=..., level="info")` costs a few microseconds and never raises."""

    def __init__(
        self,
        path: Path | None,
        *,
        level: str = "info",
        console: IO[str] | None = sys.stderr,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
        secrets: tuple[str, ...] = (),
    ) -> None:
        self._least = LEVELS[level]
        self._clock = clock
        self._secrets = tuple(secret for secret in secrets if secret)
        self._waiting: deque[dict[str, Any]] = deque()
        self._closing = threading.Event()
        self._console = console
        self._file = _open(path)
        self._as_json = structlog.processors.JSONRenderer(ensure_ascii=False, default=str)
        self._for_people = structlog.dev.ConsoleRenderer(colors=bool(console and console.isatty()))
        self.path = path
        self.lost = 0
        self._writer = threading.Thread(target=self._write_all, name="hoga-log", daemon=True)
        self._writer.start()

    def __call__(self, event: str, *, level: str = "info", **fields: object) -> None:
        """Note that `event` happened, with what belongs to it. Secrets are struck out."""
        if LEVELS[level] < self._least:
            return
        if len(self._waiting) >= MAX_WAITING:
            self.lost += 1
            return
        self._waiting.append({"event": event, "level": level, "at": self._clock(), **fields})

    def conceal(self, *secrets: str) -> None:
        """Strike these out from now on, wherever they turn up."""
        self._secrets = (*self._secrets, *secrets)

    def close(self) -> None:
        """Write what waits and end the thread."""
        self._closing.set()
        self._writer.join(timeout=5)
        if self._file:
            self._file.close()

    def _write_all(self) -> None:
        is_last = False
        while not is_last:
            is_last = self._closing.wait(WRITE_EVERY_S)
            while self._waiting:
                self._write_or_lose(self._waiting.popleft())
                time.sleep(0)  # trading goes first: between two lines it may have the interpreter at once

    def _write_or_lose(self, line: dict[str, Any]) -> None:
        try:
            self._write(line)
        except OSError:
            self.lost += 1

    def _write(self, line: dict[str, Any]) -> None:
        at: datetime = line.pop("at")
        clean = {name: self._clean(name, value) for name, value in line.items()}
        if self._file:
            text = str(self._as_json(None, "", {"at": at.isoformat(timespec="microseconds"), **clean}))
            self._file.write(f"{text}\n")
            if not self._waiting:
                self._file.flush()
        if self._console:
            stamp = at.astimezone(KST).strftime("%H:%M:%S.%f")[:-3]
            self._console.write(f"{self._for_people(None, '', {'timestamp': stamp, **clean})}\n")

    def _clean(self, name: str, value: object) -> object:
        if any(word in name.lower() for word in SECRET_WORDS):
            return "***"
        if value is None or isinstance(value, bool | int | float):
            return value
        text = str(value)[:MAX_VALUE]
        for secret in self._secrets:
            text = text.replace(secret, "***")
        return "".join(char if char.isprintable() else "\N{REPLACEMENT CHARACTER}" for char in text)


def _open(path: Path | None) -> IO[str] | None:
    if path is None:
        return None
    path.parent.mkdir(parents=True, exist_ok=True)
    return path.open("a", encoding="utf-8")


def silent(event: str, *, level: str = "info", **fields: object) -> None:
    """A log nobody reads, for one-off commands."""
    del event, level, fields

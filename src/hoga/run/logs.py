"""One call, two readers: a JSON file for machines (UTC) and a console for people (KST).

The hot path only puts the event on a queue; a thread of its own formats and writes. Logging never blocks and never
stops trading: when the queue is full or the disk refuses, lines are lost and counted.
"""

import queue
import sys
import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import IO, Any

import structlog

KST = timezone(timedelta(hours=9), "KST")

MAX_WAITING = 100_000  # events; more means the disk stands still
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
        self._waiting: queue.Queue[dict[str, Any] | None] = queue.Queue(MAX_WAITING)
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
        line = {"event": event, "level": level, "at": self._clock(), **fields}
        try:
            self._waiting.put_nowait(line)
        except queue.Full:
            self.lost += 1

    def close(self) -> None:
        """Write what waits and end the thread."""
        self._waiting.put(None)
        self._writer.join(timeout=5)
        if self._file:
            self._file.close()

    def _write_all(self) -> None:
        while (line := self._waiting.get()) is not None:
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
            if self._waiting.empty():
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

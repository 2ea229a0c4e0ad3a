"""The files by which a bot, its watchdog and its operator speak with each other: `[state] directory`.

`KILL` stays until a person releases it, whatever starts or ends meanwhile. `PAUSE` holds new orders back while it is
there. `HERE` is touched by a person who watches. `heartbeat.json` is replaced every second by a running bot, and
removed when it ended with nothing open. `starts.json` has the last starts that did not end well.
"""

import os
from pathlib import Path

import msgspec
from msgspec import Struct

from hoga.model.errors import HogaError

MAX_REASON = 500
MAX_STARTS_BYTES = 64 * 1024


class StateError(HogaError):
    """A file of the state directory cannot be written or removed; the text says which and why."""


class Heartbeat(Struct, frozen=True, kw_only=True):
    """A sign of life: `beat` counts up, `handled` are the events the brain has handled, `version` is the bot's hoga."""

    beat: int
    pid: int
    handled: int
    at_ns: int
    killed: str = ""
    version: str = ""


class StateFiles:
    """One bot's state directory."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self._kill = directory / "KILL"
        self._pause = directory / "PAUSE"
        self._here = directory / "HERE"
        self._heartbeat = directory / "heartbeat.json"
        self._starts = directory / "starts.json"

    def killed(self) -> str | None:
        """Why the kill switch was pulled, or None. A file that cannot be read is a pulled switch."""
        return _reason(self._kill)

    def paused(self) -> str | None:
        """Why new orders are held back, or None."""
        return _reason(self._pause)

    def kill(self, reason: str) -> None:
        """Pull the switch, durably; the first reason stays."""
        if self.killed() is None:
            self._write(self._kill, reason.encode())

    def pause(self, reason: str) -> None:
        """Hold new orders back."""
        self._write(self._pause, reason.encode())

    def here(self) -> None:
        """A person is here and watches."""
        self._write(self._here, b"", durable=False)

    def last_here(self) -> object:
        """A mark that changes whenever a person says so; None where nobody ever did."""
        try:
            known = self._here.stat()
        except OSError:
            return None
        return known.st_ino, known.st_mtime_ns

    def release_kill(self) -> None:
        """Let a new run trade again."""
        self._remove(self._kill)

    def release_pause(self) -> None:
        """Let orders out again."""
        self._remove(self._pause)

    def beat(self, heartbeat: Heartbeat) -> None:
        """Replace the sign of life; a reader sees the old one or the new one, never a half."""
        self._write(self._heartbeat, msgspec.json.encode(heartbeat), durable=False)

    def heartbeat(self) -> Heartbeat | None:
        """The last sign of life; None where there is none, or none that can be read."""
        try:
            return msgspec.json.decode(self._heartbeat.read_bytes(), type=Heartbeat)
        except (OSError, msgspec.MsgspecError):
            return None

    def end_heartbeat(self) -> None:
        """The bot ended with nothing open: nobody need watch over it."""
        self._remove(self._heartbeat)

    def read_starts(self) -> bytes:
        """What was written of the last starts; empty where there is nothing."""
        try:
            with self._starts.open("rb") as file:
                return file.read(MAX_STARTS_BYTES)
        except OSError:
            return b""

    def write_starts(self, content: bytes) -> None:
        """Write down the last starts, durably; nothing forgets them."""
        if content:
            self._write(self._starts, content)
        else:
            self._remove(self._starts)

    def _write(self, path: Path, content: bytes, *, durable: bool = True) -> None:
        beside = path.with_name(f".{path.name}.{os.getpid()}")
        try:
            self.directory.mkdir(parents=True, exist_ok=True)
            with beside.open("wb") as file:
                file.write(content)
                if durable:
                    file.flush()
                    os.fsync(file.fileno())
            beside.replace(path)
            if durable:
                _sync(self.directory)
        except OSError as error:
            raise StateError(f"{path} cannot be written: {error.strerror}.") from None

    def _remove(self, path: Path) -> None:
        try:
            path.unlink(missing_ok=True)
            if self.directory.is_dir():
                _sync(self.directory)
        except OSError as error:
            raise StateError(f"{path} cannot be removed: {error.strerror}.") from None


def _reason(path: Path) -> str | None:
    try:
        with path.open("rb") as file:
            return file.read(MAX_REASON).decode("utf-8", "replace").strip() or "no reason given"
    except FileNotFoundError:
        return None
    except NotADirectoryError:
        return None
    except OSError as error:
        return f"{path.name} cannot be read: {error.strerror}"


def _sync(directory: Path) -> None:
    number = os.open(directory, os.O_RDONLY)
    try:
        os.fsync(number)
    finally:
        os.close(number)

"""Room on the disk that is kept for its worst moment: 64 MiB beside the journal, given up when the disk is full.

What must still be written then is little: cancels, how they ended, a pulled kill switch, the end of the run. The file
is there while a bot runs and goes when it ends; a bot that was killed leaves it to the next one.
"""

import os
import sqlite3
from pathlib import Path

from hoga.model.errors import JournalError

SPARE_BYTES = 64 * 1024 * 1024
_ZEROS = bytes(1024 * 1024)


class Spare:
    """The spare room beside one journal."""

    def __init__(self, journal: Path) -> None:
        self._path = journal.with_name(f"{journal.name}.spare")
        self.is_given_up = False

    def keep(self) -> None:
        """Take the room; `JournalError` where the disk has not as much."""
        try:
            number = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
            try:
                _allocate(number)
            finally:
                os.close(number)
        except OSError as error:
            self._path.unlink(missing_ok=True)
            mib = SPARE_BYTES // 1024**2
            raise JournalError(
                f"{mib} MiB beside the journal, kept for a full disk, cannot be had ({self._path}): {error.strerror}. "
                "Make room, or put the journal elsewhere in [journal]."
            ) from None

    def give_up(self) -> bool:
        """Let the room go, for a full disk needs it now; False where there was none."""
        try:
            self._path.unlink()
        except OSError:
            return False
        self.is_given_up = True
        return True

    def end(self) -> None:
        """The bot has ended: it needs no room any more."""
        self._path.unlink(missing_ok=True)


def is_full(error: sqlite3.Error) -> bool:
    """Tell whether SQLite found no room, which undoes the transaction and nothing else."""
    return getattr(error, "sqlite_errorcode", None) == sqlite3.SQLITE_FULL


def _allocate(number: int) -> None:
    if hasattr(os, "posix_fallocate"):
        os.posix_fallocate(number, 0, SPARE_BYTES)
        return
    while os.fstat(number).st_size < SPARE_BYTES:  # as macOS has no such call
        os.pwrite(number, _ZEROS, os.fstat(number).st_size)

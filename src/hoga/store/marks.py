"""The small file beside a journal: its lock, and a mark of the last row that was acknowledged."""

import fcntl
import os
from pathlib import Path

from hoga.model.errors import JournalError

_MARK_BYTES = 128  # far below a sector, so that it is written whole or not at all


def mark_path(path: Path) -> Path:
    """Where a journal's lock and its last acknowledged row are kept."""
    return path.with_name(f"{path.name}.mark")


def lock(path: Path) -> int:
    """Take the mark file of a journal for this process alone; `JournalError` when another has it."""
    mark = os.open(mark_path(path), os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(mark, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(mark)
        raise JournalError(
            f"The journal {path} is in use by another hoga. One journal, one bot: stop the other, or choose another "
            "file in [journal]."
        ) from None
    return mark


def marked(seq: int, head: bytes) -> bytes:
    """The mark of an acknowledged row."""
    return f"{seq} {head.hex()}\n".encode()


def read_mark(mark: int) -> tuple[int, str]:
    """Give the last acknowledged row; 0 where there is none or it cannot be read, for then it proves nothing."""
    seq, _, head = os.pread(mark, _MARK_BYTES, 0).partition(b"\n")[0].decode("ascii", "replace").partition(" ")
    return (int(seq), head) if seq.isdecimal() else (0, "")

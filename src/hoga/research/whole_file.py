"""A file is written whole or not at all: nobody ever opens half a report."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from hoga.research.data.errors import DataError


@contextmanager
def whole_file(path: Path) -> Iterator[Path]:
    """Give a place to write to; what was written there takes the place of `path` at the end, or vanishes on an error.

    `DataError` where the folder is absent or may not be written.
    """
    unfinished = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        yield unfinished
        unfinished.replace(path)
    except OSError as error:
        raise DataError(f"{path} cannot be written: {error.strerror}. Choose a folder that is there.") from None
    finally:
        unfinished.unlink(missing_ok=True)

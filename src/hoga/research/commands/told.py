"""How research spells its figures on the terminal, and as JSON."""

import os
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Literal

import msgspec
from cyclopts import Parameter

from hoga.research.calendar import KST
from hoga.research.data.layout import DEFAULT_STORE

StoreFolder = Annotated[
    Path | None, Parameter(name="--data", help="The folder of the store; default: HOGA_DATA, or data.")
]
Markets = Annotated[
    list[str] | None, Parameter(name=["--market", "-m"], negative=(), help="Market code; may be repeated.")
]
ClockWord = Annotated[Literal["utc", "kst"] | None, Parameter(help="The clock of the file, where it does not say.")]
Json = Annotated[bool, Parameter(name="--json", negative=(), help="Machine-readable output, times in UTC.")]

_SIZES = ("B", "kB", "MB", "GB")
_STEP = 1000


def store_of(data: Path | None) -> Path:
    """The folder of the store: what was said, else what the environment says, else the default."""
    return data or Path(os.environ.get("HOGA_DATA") or DEFAULT_STORE)


def as_json(facts: object) -> None:
    """Write one JSON value on one line; exact numbers stay as they are."""
    sys.stdout.write(msgspec.json.encode(facts).decode() + "\n")


def count(number: int) -> str:
    """A count with its thousands apart."""
    return f"{number:,}"


def kst(at_ms: int) -> str:
    """A moment in Korean time; the heading says so."""
    return datetime.fromtimestamp(at_ms / 1000, UTC).astimezone(KST).strftime("%Y-%m-%d %H:%M")


def day(at_ms: int) -> str:
    """The day in Korea that holds a moment."""
    return kst(at_ms)[:10]


def size(number: int) -> str:
    """A size in bytes for people."""
    amount = float(number)
    for name in _SIZES[:-1]:
        if amount < _STEP:
            return f"{amount:.0f} {name}" if name == "B" else f"{amount:.1f} {name}"
        amount /= _STEP
    return f"{amount:.1f} {_SIZES[-1]}"

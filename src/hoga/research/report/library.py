"""The chart library written into a report: read from its installed package, and only if it is the one we know."""

import hashlib
import re
from importlib import metadata
from importlib.resources import files

from hoga.model.errors import HogaError

#: SHA-256 of the files we have read and tried, by the version of Lightweight Charts.
KNOWN = {"5.1.0": "756b0ba9f58930226d6b8b9d47ad310448ab85d799ea1f7c2c02304777c10b52"}

NOTICE = "TradingView Lightweight Charts™, Copyright (c) 2025 TradingView, Inc. https://www.tradingview.com/"


class ChartLibraryError(HogaError):
    """The chart library is missing or is not one we know; a report is not written with it."""


def chart_library() -> str:
    """The script as text, its licence notice at the top; `ChartLibraryError` where it is absent or another one."""
    try:
        script = files("litecharts.js").joinpath("lightweight-charts.js").read_bytes()
    except (ModuleNotFoundError, FileNotFoundError):
        raise ChartLibraryError(
            "The chart library of reports is not installed: pip install 'hoga[research]'."
        ) from None
    check(script)
    return script.decode()


def check(script: bytes) -> None:
    """Refuse a script that is not byte for byte a known one: it runs in the browser of whoever opens the report."""
    digest = hashlib.sha256(script).hexdigest()
    if digest in KNOWN.values():
        return
    said = re.search(rb"Lightweight Charts\S* v(\d+\.\d+\.\d+)", script[:400])
    version = said[1].decode() if said else "unknown"
    known = ", ".join(KNOWN)
    raise ChartLibraryError(
        f"litecharts {metadata.version('litecharts')} brings Lightweight Charts {version} with SHA-256 {digest[:16]}…,"
        f" which this hoga does not know (known: {known}). Install the version of requirements.lock."
    )

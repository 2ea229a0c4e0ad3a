"""Durations and moments as people write them: `60s`, `5m`, `1h30m`; screens show KST."""

import re
from datetime import UTC, datetime

from hoga.model.errors import ConfigError
from hoga.run.screen.logs import KST

_UNIT_S = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0}
_PART = re.compile(r"(\d+(?:\.\d+)?)(ms|[smhd])")


def seconds(text: str) -> float:
    """Read `90`, `90s`, `1m30s`, `2h`; `ConfigError` for anything else."""
    if re.fullmatch(r"\d+(\.\d+)?", text):
        return float(text)
    parts = _PART.findall(text)
    if not parts or "".join(f"{number}{unit}" for number, unit in parts) != text:
        raise ConfigError([f"{text!r} is not a duration: write 60s, 5m or 1h30m."])
    return sum(float(number) * _UNIT_S[unit] for number, unit in parts)


def kst(at_ns: int, form: str = "%H:%M:%S") -> str:
    """A moment for the screen, in Korean time."""
    return datetime.fromtimestamp(at_ns / 1e9, UTC).astimezone(KST).strftime(form)

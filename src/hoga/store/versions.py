"""Which hoga wrote a file, and whether this one may trade on it.

A file of a newer hoga may hold words this one does not know, and one of another major version may mean other things by
the same words. Half an upgrade has ended companies, so neither is traded on; who wrote what is always said.
"""

import re

from hoga.model.version import __version__

_NUMBERS = re.compile(r"\d+")


def why_not(written: str, ours: str = __version__) -> str | None:
    """Why this hoga must not trade on what that one wrote, or None where it may."""
    theirs, us = _parts(written), _parts(ours)
    if theirs[0] == us[0] and theirs <= us:
        return None
    which = "a newer hoga" if theirs > us else "another major version"
    return f"it was written by hoga {written}, {which}; this is hoga {ours}"


def is_mixed(one: str, other: str = __version__) -> bool:
    """Tell whether two parts that run together are of different versions; nothing said is taken as the same."""
    return bool(one and other) and _parts(one) != _parts(other)


def _parts(version: str) -> tuple[int, int, int]:
    found = [int(number) for number in _NUMBERS.findall(version)[:3]]
    major, minor, patch = (*found, 0, 0, 0)[:3]
    return major, minor, patch

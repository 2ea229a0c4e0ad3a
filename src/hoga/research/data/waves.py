"""Whole numbers out of nothing: hashes, waves between them, and powers of two, the same on every machine.

`key` is a market's own number, `lane` keeps uses of it apart, and a place is any whole number, such as a minute.
"""

from math import isqrt
from typing import Final

import numpy as np

from hoga.research.data.parquet import Ints

#: Bits behind the point of logarithms (to the base of 2), of heights, and of the table of powers.
POINT: Final = 30
HEIGHT: Final = 31
_TABLE = 10
_LN2 = 744_261_118  # ln 2, times 2**30


def noise(key: int, lane: int, place: Ints, bits: int) -> Ints:
    """A number below 2**bits for each place; lanes are independent of each other (the mixer of SplitMix64)."""
    mixed = place.astype(np.uint64) + np.uint64((lane << 48) ^ key)
    for shift, factor in ((30, 0xBF58476D1CE4E5B9), (27, 0x94D049BB133111EB)):
        mixed = (mixed ^ (mixed >> np.uint64(shift))) * np.uint64(factor)
    return ((mixed ^ (mixed >> np.uint64(31))) >> np.uint64(64 - bits)).astype(np.int64)


def wave(key: int, lane: int, length: int, minute: Ints) -> Ints:
    """Straight lines between random heights (below 2**31 either way) that stand 2**length minutes apart."""
    left = minute >> length
    nodes = np.arange(left[0], left[-1] + 2, dtype=np.int64)
    heights = (noise(key, lane, nodes, HEIGHT + 1)) - 2**HEIGHT
    at = left - left[0]
    inside = minute & (2**length - 1)
    found: Ints = (heights[at] * (2**length - inside) + heights[at + 1] * inside) >> length
    return found


def power(log: Ints) -> Ints:
    """Two to the power of `log` (times 2**30), times 2**30: a table, a straight line between, and shifts."""
    inside = log & (2**POINT - 1)
    low = inside & (2 ** (POINT - _TABLE) - 1)
    value = (_POWERS[inside >> (POINT - _TABLE)] * (2**POINT + ((low * _LN2) >> POINT))) >> POINT
    whole = log >> POINT
    found: Ints = np.where(whole >= 0, value << np.maximum(whole, 0), value >> np.maximum(-whole, 0))
    return found


def _powers() -> Ints:
    """2**(n/1024) times 2**30, by square roots of whole numbers."""
    roots = [2 << 60]
    for _ in range(_TABLE):
        roots.append(isqrt(roots[-1] << 60))
    powers = []
    for number in range(2**_TABLE):
        power = 1 << 60
        for bit in range(_TABLE):
            if number >> bit & 1:
                power = power * roots[_TABLE - bit] >> 60
        powers.append(power >> 30)
    return np.array(powers, np.int64)


_POWERS: Final = _powers()

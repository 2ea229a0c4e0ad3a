"""Feeds a target and keeps what it did wrong."""

import time
import traceback
from pathlib import Path
from random import Random

from msgspec import Struct

from fuzz.targets import Target

SLOW_S = 1.0  # no single input of a few kilobytes may take longer
GROWN_MIB = 256.0
KEPT = 10  # faults that are told; after that the target is left alone
LOOK_EVERY = 10_000
PAGE_MIB = 4096 / 1024**2


class Counted(Struct):
    """What was fed, and what came of it."""

    fed: int = 0
    taken: int = 0
    slowest_s: float = 0.0
    grown_mib: float = 0.0
    found: list[str] = []

    def __str__(self) -> str:
        told = f"{self.fed:>9,} fed, {self.taken:>8,} taken, slowest {self.slowest_s * 1000:.0f} ms"
        told += f", memory {self.grown_mib:+.0f} MiB, {len(self.found)} faults"
        return "\n".join([told, *self.found])


def run(name: str, target: Target, chance: Random, count: int, counted: Counted) -> None:
    """Feed `count` inputs; whatever is raised is a fault and is kept with the state of chance before it."""
    before_mib = resident_mib()
    for number in range(count):
        begun_s = time.process_time()
        try:
            _, taken = target(chance)
        except Exception:  # noqa: BLE001 - to find these is what this is for
            counted.found.append(f"{name}, input {number}:\n{traceback.format_exc(limit=-4)}")
            taken = False
        took_s = time.process_time() - begun_s  # what the input costs, not what else the machine does
        counted.fed += 1
        counted.taken += taken
        counted.slowest_s = max(counted.slowest_s, took_s)
        if took_s > SLOW_S:
            counted.found.append(f"{name}, input {number}: took {took_s:.1f} s")
        if len(counted.found) >= KEPT:
            break
        if number % LOOK_EVERY == 0:
            counted.grown_mib = max(counted.grown_mib, resident_mib() - before_mib)
    counted.grown_mib = max(counted.grown_mib, resident_mib() - before_mib)
    if counted.grown_mib > GROWN_MIB:
        counted.found.append(f"{name}: memory grew by {counted.grown_mib:.0f} MiB")


def resident_mib() -> float:
    """The memory this process holds now; 0 where the system does not tell."""
    told = Path("/proc/self/statm")
    return int(told.read_text(encoding="ascii").split()[1]) * PAGE_MIB if told.exists() else 0.0

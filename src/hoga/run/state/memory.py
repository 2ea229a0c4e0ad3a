"""A bot that grows beyond its limit ends cleanly, and whoever started it starts it anew.

Nothing here is known to leak, and tests look for it. But a strategy may, or a library; and a bot that the system kills
for its memory leaves its orders to the watchdog, while one that ends by itself leaves none.
"""

import asyncio
from collections.abc import Callable
from pathlib import Path
from resource import getpagesize

from hoga.run.desk import Desk

LOOK_EVERY_S = 1.0
_MIB = 1024 * 1024


def resident_mib(told: Path = Path("/proc/self/statm")) -> int:
    """The memory this process holds now in MiB; 0 where the system does not tell."""
    try:
        return int(told.read_text("ascii").split()[1]) * getpagesize() // _MIB
    except (OSError, ValueError, IndexError):
        return 0


async def halt_when_outgrown(desk: Desk, limit_mib: int, measured_mib: Callable[[], int] = resident_mib) -> None:
    """Ask for a halt, once, when the process holds more than its limit; with a limit of 0 nothing is done."""
    while limit_mib:
        held_mib = measured_mib()
        if held_mib > limit_mib:
            desk.outgrown = True
            desk.halt(f"{held_mib} MiB are held, more than state.memory_limit_mib = {limit_mib}: to be started anew")
            return
        await asyncio.sleep(LOOK_EVERY_S)

"""Small things every trial needs: wait for something to become true, and see how much memory is held."""

import asyncio
import time
from collections.abc import Callable
from pathlib import Path

POLL_S = 0.05
PAGE_MIB = 4096 / 1024**2


async def until(holds: Callable[[], bool], within_s: float, what: str) -> float:
    """Wait until something holds and return how long it took; `TimeoutError` names it if it does not in time."""
    begun_s = time.monotonic()
    while not holds():
        if time.monotonic() - begun_s > within_s:
            raise TimeoutError(f"not within {within_s:g} s: {what}")
        await asyncio.sleep(POLL_S)
    return time.monotonic() - begun_s


def resident_mib() -> float:
    """The memory this process holds now; 0 where the system does not tell."""
    told = Path("/proc/self/statm")
    return int(told.read_text().split()[1]) * PAGE_MIB if told.exists() else 0.0

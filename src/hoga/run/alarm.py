"""One alarm at the event loop: the last moment it was set to, and no other."""

import asyncio
from collections.abc import Callable

#: The timers of an event loop are exact to a millisecond only, and may come early by as much. A question that leaves
#: half a millisecond before the thirty seconds of a proof are over would have to be asked again, fifteen seconds later.
EARLY_S = 0.001


class Alarm:
    """Calls `ring` with the moment it was set to, when that has come by `clock_ns`, and never before."""

    def __init__(self, ring: Callable[[int], None], clock_ns: Callable[[], int]) -> None:
        self._ring = ring
        self._clock_ns = clock_ns
        self._handle: asyncio.TimerHandle | None = None
        self.due_ns: int | None = None

    def set(self, due_ns: int | None) -> None:
        """Ring then, or not at all; what it was set to before is forgotten."""
        if self._handle:
            self._handle.cancel()
        self._handle, self.due_ns = None, due_ns
        if due_ns is not None:
            wait_s = max(0.0, (due_ns - self._clock_ns()) / 1e9)
            self._handle = asyncio.get_running_loop().call_later(wait_s, self._rung, due_ns)

    def _rung(self, due_ns: int) -> None:
        if self._clock_ns() < due_ns:
            self._handle = asyncio.get_running_loop().call_later(EARLY_S, self._rung, due_ns)
            return
        self._handle = self.due_ns = None
        self._ring(due_ns)

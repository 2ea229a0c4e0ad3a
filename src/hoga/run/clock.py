"""The one clock of a process: wall time at the start, then only forward."""

import time
from collections.abc import Callable


def steady_clock_ns() -> Callable[[], int]:
    """Nanoseconds since 1970 (UTC) that never jump: later changes of the machine's clock are not followed.

    Ages, timers and back-offs must not break when somebody sets the clock; the venue's times keep their own fields.
    """
    wall_ns, steady_ns = time.time_ns(), time.monotonic_ns()

    def now_ns() -> int:
        return wall_ns + time.monotonic_ns() - steady_ns

    return now_ns

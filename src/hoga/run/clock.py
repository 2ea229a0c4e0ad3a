"""The one clock of a process: wall time at the start, then only forward."""

import time
from collections.abc import Callable


def steady_clock_ns() -> Callable[[], int]:
    """Nanoseconds since 1970 (UTC) that never jump: later changes of the machine's clock are not followed.

    Ages, timers and back-offs must not break when somebody sets the clock; the venue's times keep their own fields.
    """
    monotonic_ns = time.monotonic_ns
    ahead_ns = time.time_ns() - monotonic_ns()
    return lambda: ahead_ns + monotonic_ns()

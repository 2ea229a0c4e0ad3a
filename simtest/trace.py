"""What happened, in one hash: two runs of one seed must agree on every event, its time and its order."""

import hashlib
import sys
from collections.abc import Callable

Clock = Callable[[], float]


class Trace:
    """Takes events; `digest` says all of them in one word. With `shown` they are printed, too."""

    def __init__(self, clock: Clock, *, shown: bool = False) -> None:
        self._clock = clock
        self._hash = hashlib.blake2b(digest_size=12)
        self._shown = shown
        self.events = 0

    def __call__(self, *what: object) -> None:
        """Note one event."""
        line = f"{self._clock():.6f} {' '.join(map(str, what))}"
        self._hash.update(line.encode())
        self.events += 1
        if self._shown and what[0] not in {"write", "read", "gone"}:
            sys.stderr.write(line + "\n")

    @property
    def digest(self) -> str:
        """The hash so far."""
        return self._hash.hexdigest()

"""When to connect again after a socket was lost: at once the first time, then ever more patiently, by chance."""

from collections import deque

#: The first try comes within this; the ceiling doubles with each failure in a row.
FIRST_RETRY_S = 1.0
MAX_RETRY_S = 30.0

#: Our own cap, well below the venue's 5 connects a second: after the third failure in a row at most 6 tries a minute.
FREE_FAILURES = 3
TRIES_A_MINUTE = 6
MINUTE_S = 60.0


class Backoff:
    """Full-jitter exponential back-off: each wait is a random share of a ceiling that doubles up to 30 seconds."""

    def __init__(self, first_s: float = FIRST_RETRY_S, max_s: float = MAX_RETRY_S, minute_s: float = MINUTE_S) -> None:
        self._first_s = first_s
        self._max_s = max_s
        self._minute_s = minute_s
        self._tries: deque[float] = deque(maxlen=TRIES_A_MINUTE)
        self.failures = 0
        self.at_s = 0.0

    def begin(self, now_s: float) -> None:
        """A try begins now."""
        self._tries.append(now_s)

    def lost(self, now_s: float, chance: float, at_least_s: float = 0.0) -> None:
        """The try failed or the socket was lost; `chance` is a random number in [0, 1)."""
        ceiling_s = min(self._max_s, self._first_s * 2 ** min(self.failures, 16))
        self.failures += 1
        self.at_s = now_s + at_least_s + chance * ceiling_s
        if self.failures > FREE_FAILURES and len(self._tries) == TRIES_A_MINUTE:
            self.at_s = max(self.at_s, self._tries[0] + self._minute_s)

    def healthy(self) -> None:
        """The socket has proved itself: the next loss is a first one again."""
        self.failures = 0
        self._tries.clear()

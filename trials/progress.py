"""One line that says how far a long trial has come, how fast it goes and how long it will still take."""

import sys
import time

EVERY_S = 5.0


class Progress:
    """Counts steps; on a terminal the line is overwritten, elsewhere it comes now and then."""

    def __init__(self, what: str, goal: int) -> None:
        self._what = what
        self._goal = goal
        self._done = 0
        self._begun_s = self._told_s = time.monotonic()

    def step(self) -> None:
        """One more is done."""
        self._done += 1
        now_s = time.monotonic()
        if now_s - self._told_s < (0.2 if sys.stderr.isatty() else EVERY_S):
            return
        self._told_s = now_s
        per_s = self._done / (now_s - self._begun_s)
        left_s = (self._goal - self._done) / per_s
        text = f"{self._done} of {self._goal} {self._what}, {60 * per_s:.0f} a minute, {left_s:.0f} s to go"
        sys.stderr.write(f"\r{text:<78}" if sys.stderr.isatty() else f"{text}\n")
        sys.stderr.flush()

    def end(self) -> None:
        """Leave the line."""
        if sys.stderr.isatty():
            sys.stderr.write("\n")

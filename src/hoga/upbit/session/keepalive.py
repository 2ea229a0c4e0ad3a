"""Is the peer still there: our own pings, and whether what we send leaves the house."""

from math import inf


class KeepAlive:
    """One socket's signs of life. Times are monotonic seconds."""

    __slots__ = ("_every_s", "_ping_due_s", "_send_due_s", "_send_within_s", "_unanswered_s", "_within_s", "heard_s")

    def __init__(self, every_s: float, within_s: float, send_within_s: float) -> None:
        self._every_s = every_s
        self._within_s = within_s
        self._send_within_s = send_within_s
        self.opened(0.0)

    def opened(self, now_s: float) -> None:
        """A new socket is open."""
        self.heard_s = now_s
        self._ping_due_s = now_s + self._every_s
        self._unanswered_s: float | None = None
        self._send_due_s: float | None = None

    def sent(self, now_s: float) -> None:
        """Something was handed to the socket; within a while it must have left."""
        if self._send_due_s is None:
            self._send_due_s = now_s + self._send_within_s

    def is_ping_due(self, now_s: float) -> bool:
        """Tell whether to ping now, and book it."""
        if now_s < self._ping_due_s:
            return False
        self._ping_due_s = now_s + self._every_s
        if self._unanswered_s is None:
            self._unanswered_s = now_s
        self.sent(now_s)
        return True

    def not_listening(self, now_s: float) -> None:
        """We do not read the socket by our own choice: its silence proves nothing."""
        self.heard_s = now_s

    def why_dead(self, now_s: float, *, unsent: bool) -> str | None:
        """The reason to give the socket up, if there is one; `unsent` tells whether anything still waits to leave."""
        if self._unanswered_s is not None and self.heard_s >= self._unanswered_s:
            self._unanswered_s = None
        if self._unanswered_s is not None and now_s >= self._unanswered_s + self._within_s:
            return "the peer does not answer pings"
        if self._send_due_s is not None and now_s >= self._send_due_s:
            self._send_due_s = None
            if unsent:
                return "the peer takes nothing we send"
        return None

    @property
    def deadline_s(self) -> float:
        """When to look again."""
        dead_s = inf if self._unanswered_s is None else self._unanswered_s + self._within_s
        return min(self._ping_due_s, dead_s, inf if self._send_due_s is None else self._send_due_s)

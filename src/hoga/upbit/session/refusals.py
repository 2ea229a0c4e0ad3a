"""Why the venue would not have us: too busy, or it doubts our keys or our words."""

from hoga.model.events import Stream

#: Failures in a row before we stop asking: wrong keys and wrong words do not mend themselves (reliability W10, W11).
MAX_REFUSALS = 3

#: Close codes, HTTP answers and error names that mean "come back later", and those that doubt who we are.
BUSY = frozenset[int | str]({1012, 1013, 418, 429, 502, 503, 504, "TOO_MANY_REQUEST"})
WHO_ARE_YOU = frozenset[int | str]({1008, 401, 403, "INVALID_AUTH"})


class Refusals:
    """The refusals in a row of one socket. A cause is a close code, an HTTP status or the name of an error frame."""

    def __init__(self, stream: Stream) -> None:
        self._is_private = stream is Stream.PRIVATE
        self._in_a_row = 0
        self.cause: int | str = ""

    def begin(self) -> None:
        """A new attempt: nothing has gone wrong with it yet."""
        self.cause = ""

    def blame(self, cause: int | str) -> None:
        """What went wrong; what went wrong first explains the rest."""
        self.cause = self.cause or cause

    def forgive(self) -> None:
        """The venue took us."""
        self._in_a_row = 0

    @property
    def is_busy(self) -> bool:
        """Tell whether the venue wants to be left alone for a while."""
        return self.cause in BUSY

    def is_final(self) -> bool:
        """Count the attempt that just ended; True when it makes no sense to go on."""
        self._in_a_row += self._is_refusal()
        return self._is_refusal() and self._in_a_row >= MAX_REFUSALS

    def _is_refusal(self) -> bool:
        if self.cause in WHO_ARE_YOU:
            return self._is_private
        return isinstance(self.cause, str) and self.cause not in {"", *BUSY}

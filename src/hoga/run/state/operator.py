"""Is a person there? Where `[state] operator_within_s` is set, a bot that hears of nobody orders nothing new.

Half a minute later it cancels what is open. Both end when the person says `hoga here` again.
"""

from collections.abc import Callable

from hoga.model.events import Pause, Resume
from hoga.run.state.state_files import StateFiles

SECOND_NS = 1_000_000_000
#: Nothing new at first; what is open is cancelled when nobody came so long afterwards.
CANCEL_AFTER_S = 30.0


class Operator:
    """Looks at the file `HERE`. Ages are measured by the bot's own clock, from the look that found the file changed.

    `tell` brings events to the brain, `reason` says why it orders nothing.
    """

    def __init__(
        self,
        files: StateFiles,
        within_s: float,
        *,
        tell: Callable[[Pause | Resume], object],
        reason: Callable[[], str],
        clock_ns: Callable[[], int],
    ) -> None:
        self._files = files
        self._within_s = within_s
        self._tell = tell
        self._why_not_trading = reason
        self._clock_ns = clock_ns
        self._mark = files.last_here()
        self._heard_ns = clock_ns()
        self._reason = f"nobody has said `hoga here` for {within_s:g} s"
        self._steps = 0

    def look(self) -> None:
        """One look: a new sign of life ends what its absence began."""
        now_ns, mark = self._clock_ns(), self._files.last_here()
        if mark != self._mark:
            self._mark, self._heard_ns = mark, now_ns
            self._end(now_ns)
        silent_s = (now_ns - self._heard_ns) / SECOND_NS - self._within_s
        if silent_s > 0 and self._steps == 0:
            self._pause(now_ns, cancel=False)
        if silent_s > CANCEL_AFTER_S and self._steps == 1:
            self._pause(now_ns, cancel=True)

    def _pause(self, now_ns: int, *, cancel: bool) -> None:
        self._steps += 1
        self._tell(Pause(reason=self._reason, cancel=cancel, received_ns=now_ns))

    def _end(self, now_ns: int) -> None:
        # What was paused for another reason meanwhile stays so.
        if self._steps and self._why_not_trading() == f"paused: {self._reason}":
            self._tell(Resume(received_ns=now_ns))
        self._steps = 0

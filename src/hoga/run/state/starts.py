"""How often a bot was started lately, kept on disk, for a loop of restarts must not trade.

A bot that falls is started again by its service manager, finds what it fell over, and falls again; each life may order
a little. So every start is counted until one ends well. From the third within ten minutes on a start waits, longer
each time, and one too many pulls the kill switch: that bot cancels what is open, stays, and waits for a person.
A start that was refused (a wrong setting, no venue) has sent nothing and does not count.
"""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

import msgspec
from msgspec import Struct

from hoga.model.errors import HogaError
from hoga.model.version import __version__
from hoga.run.screen.terminal import say
from hoga.run.state.state_files import StateError, StateFiles

WINDOW_S = 600
FREE_STARTS = 2  # within the window, without a wait
LONGEST_WAIT_S = 30.0
MAX_KEPT = 1_000  # moments; far more than can be told apart from a loop


class Starts(Struct, frozen=True, kw_only=True):
    """The moments of the starts since the last good end, in seconds since 1970, and who wrote them down."""

    at_s: tuple[float, ...] = ()
    version: str = ""


class Counted:
    """One start that has been written down."""

    def __init__(self, files: StateFiles, at_s: tuple[float, ...]) -> None:
        self._files = files
        self._at_s = at_s

    def ended_well(self) -> None:
        """The run ended with nothing open and nothing wrong: counting begins anew."""
        self._write(b"")

    def was_refused(self) -> None:
        """It never came to trading: this start does not count."""
        self._write(_encoded(self._at_s[:-1]))

    def _write(self, content: bytes) -> None:
        """At worst one start too many is counted; a disk that fails must not make a failure of a good end."""
        with suppress(StateError):
            self._files.write_starts(content)


@contextmanager
def counted_start(
    files: StateFiles,
    *,
    allowed: int,
    now_s: Callable[[], float] = time.time,
    wait: Callable[[float], None] = time.sleep,
) -> Iterator[Counted]:
    """Count a start: wait where there were several lately, pull the kill switch where there were more than `allowed`.

    With 0 allowed nothing is counted.
    """
    if not allowed:
        yield Counted(files, ())
        return
    at_s = (*_lately(files, now_s()), now_s())
    files.write_starts(_encoded(at_s))
    if len(at_s) > allowed:
        files.kill(
            f"{len(at_s)} starts within {WINDOW_S // 60} minutes and none ended well: a loop of restarts; the logs of "
            "those runs say why they fell"
        )
    elif (pause_s := wait_s(len(at_s))) > 0:
        say(f"The {len(at_s)}th start within {WINDOW_S // 60} minutes: waiting {pause_s:g} s.")
        wait(pause_s)
    counted = Counted(files, at_s)
    try:
        yield counted
    except HogaError:
        counted.was_refused()
        raise


def wait_s(number: int) -> float:
    """How long the `number`-th start within the window waits."""
    return min(2.0 ** (number - FREE_STARTS), LONGEST_WAIT_S) if number > FREE_STARTS else 0.0


def _lately(files: StateFiles, now_s: float) -> tuple[float, ...]:
    """Earlier starts that still count; a clock that was set back or forth meanwhile hides none of the newest."""
    try:
        known = msgspec.json.decode(files.read_starts(), type=Starts)
    except msgspec.MsgspecError:
        return ()
    return tuple(at_s for at_s in known.at_s if abs(now_s - at_s) <= WINDOW_S)[-MAX_KEPT:]


def _encoded(at_s: tuple[float, ...]) -> bytes:
    return msgspec.json.encode(Starts(at_s=at_s, version=__version__))

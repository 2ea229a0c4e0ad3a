"""A strategy that does not come back is stopped, inside its own code and nowhere else.

The strategy thinks in the thread that also hears the kill switch and answers pings, for the way from a price to an
order must be short. So its time is bounded: a thread of its own looks every 25 ms whether the brain still sits over the
same turn. After the budget it sends the main thread a signal. Python runs a signal's handler between two instructions
of whatever the main thread does, and the handler sees what that is: only where the strategy's code is at work, called
by the stage, it raises. Where the brain is at work for the strategy, it has itself called at the strategy's next line;
where the brain is at work by itself nothing happens. So no state of ours is ever left half changed.

`StrategyOverran` is no `Exception`, so that a strategy's own `except Exception` lets it through. One that swallows even
this, or sits in C code that never looks for signals, keeps the main thread: then the sign of life stays away, and
`hoga watchdog`, a process of its own, cancels what is open.
"""

import signal
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING, NoReturn, Protocol

from hoga.brain import market_news, stage
from hoga.run.screen.logs import Log

if TYPE_CHECKING:
    from _typeshed import TraceFunction

LOOK_EVERY_S = 0.025
AGAIN_EVERY_S = 0.001
#: A look that comes much too late says that the whole process stood still, and that is not the strategy's time.
LONGEST_LOOK_S = 2 * LOOK_EVERY_S
STUCK_S = 2.0
SIGNAL = signal.SIGUSR2

#: The only modules of the brain that call a strategy.
CALLERS = frozenset({stage.__file__, market_news.__file__})
_BRAIN = str(Path(stage.__file__).parent)
_HOUSE = str(Path(stage.__file__).parent.parent)
_STRATEGIES = str(Path(stage.__file__).parent.parent / "strategies")


class StrategyOverran(BaseException):
    """Raised inside a strategy whose time is over."""


class Thinker(Protocol):
    """Whose turns are watched: `turns` goes up when one begins and when it ends, so an odd number is at work."""

    turns: int


class Overruns:
    """Watches the turns of one thinker in the main thread."""

    def __init__(self, thinker: Thinker, budget_s: float, log: Log) -> None:
        self._thinker = thinker
        self._budget_s = budget_s
        self._log = log
        self._overdue = 0
        self._is_ending = False
        self._traced: TraceFunction | None = None
        self._main, self._main_id = threading.get_ident(), threading.get_native_id()
        self._thread = threading.Thread(target=self._look, name="hoga-overruns", daemon=True)

    def begin(self) -> None:
        """Start to watch; to be called in the main thread, where Python runs handlers of signals."""
        self._before = signal.signal(SIGNAL, self._interrupt)
        self._thread.start()

    def end(self) -> None:
        """Watch no longer."""
        self._is_ending = True
        self._thread.join()
        signal.signal(SIGNAL, self._before)

    def _look(self) -> None:
        seen, for_s, last_s, kept_s, is_told = 0, 0.0, time.monotonic(), 0.0, False
        while not self._is_ending:
            time.sleep(AGAIN_EVERY_S if self._budget_s <= for_s < STUCK_S else LOOK_EVERY_S)
            turn, now_s = self._thinker.turns, time.monotonic()
            looked_s, last_s = min(now_s - last_s, LONGEST_LOOK_S), now_s
            if turn != seen or not turn % 2:
                seen, for_s, is_told = turn, 0.0, False
                kept_s = kept_waiting_s(self._main_id) if turn % 2 else 0.0
                continue
            before_s, kept_s = kept_s, kept_waiting_s(self._main_id)
            for_s += max(looked_s - (kept_s - before_s), 0.0)
            if for_s >= self._budget_s:
                self._overdue = turn
                signal.pthread_kill(self._main, SIGNAL)
            if for_s >= STUCK_S and not is_told:
                is_told = True
                self._log("strategy_stuck", level="error", why="it does not let itself be stopped; end this process")

    def _interrupt(self, _: int, frame: FrameType | None) -> None:
        if self._thinker.turns != self._overdue or (place := strategy_frame(frame)) is None:
            return
        if place is frame:
            self._overran()
        # The brain is at work for the strategy: stop when it has come back to the strategy's next line.
        before = sys.gettrace()
        if before is not self._at_next_line:
            self._traced = before
        place.f_trace = self._at_next_line
        sys.settrace(self._at_next_line)

    def _at_next_line(self, frame: FrameType, event: str, _: object) -> "TraceFunction | None":
        if event == "call":
            return None  # somebody else's next line
        sys.settrace(self._traced)
        frame.f_trace = None
        if self._thinker.turns == self._overdue:
            self._overran()
        return None

    def _overran(self) -> NoReturn:
        taken = f"{self._budget_s * 1000:g} ms"
        raise StrategyOverran(f"the strategy took longer than {taken} for one decision (trade.decision_ms)")


def kept_waiting_s(thread: int, told: str = "/proc/self/task/{}/schedstat") -> float:
    """For how long in all a thread could have run and had no processor: a busy machine's time, not the strategy's.

    0 where the system does not tell (proc(5), schedstat: time run, time waited, number of turns).
    """
    try:
        return int(Path(told.format(thread)).read_text("ascii").split()[1]) / 1e9
    except (OSError, ValueError, IndexError):
        return 0.0


def strategy_frame(frame: FrameType | None) -> FrameType | None:
    """Where in the calls that lead to `frame` the strategy stands: the last of its own, before any of the brain's.

    `frame` itself, then, where the strategy is at work, and None where no strategy was called.
    """
    place, called = None, None
    while frame is not None:
        path = frame.f_code.co_filename
        if not path.startswith(_BRAIN):
            if place is None:
                place = frame
        elif path in CALLERS and called is not None and _is_foreign(called.f_code.co_filename):
            return place
        else:
            place = None
        called, frame = frame, frame.f_back
    return None


def _is_foreign(path: str) -> bool:
    return not path.startswith(_HOUSE) or path.startswith(_STRATEGIES)


@contextmanager
def watched(thinker: Thinker, budget_s: float, log: Log) -> Iterator[None]:
    """Bound the turns of a thinker for the length of a `with`, where this is the main thread of a POSIX system."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    overruns = Overruns(thinker, budget_s, log)
    overruns.begin()
    try:
        yield
    finally:
        overruns.end()

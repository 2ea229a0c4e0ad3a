"""A strategy that does not come back is stopped, inside its own code and nowhere else.

The strategy thinks in the thread that also hears the kill switch and answers pings, for the way from a price to an
order must be short. So its time is bounded: a thread of its own looks every 25 ms whether the brain still sits over the
same turn. After the budget it sends the main thread a signal. Python runs a signal's handler between two instructions
of whatever the main thread does, and the handler sees what that is: only where the strategy's code is at work, called
by the stage, it raises; where the brain is (called by the strategy, or by itself) nothing happens, and the thread tries
again. So no state of ours is ever left half changed.

`StrategyOverran` is no `Exception`, so that a strategy's own `except Exception` lets it through. One that swallows even
this, or sits in C code that never looks for signals, keeps the main thread: then the sign of life stays away, and
`hoga watchdog`, a process of its own, cancels what is open.
"""

import signal
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import Protocol

from hoga.brain import market_news, stage
from hoga.run.screen.logs import Log

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
        self._main = threading.get_ident()
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
        seen, for_s, last_s, is_told = 0, 0.0, time.monotonic(), False
        while not self._is_ending:
            time.sleep(LOOK_EVERY_S if for_s < self._budget_s else AGAIN_EVERY_S)
            turn, now_s = self._thinker.turns, time.monotonic()
            looked_s, last_s = min(now_s - last_s, LONGEST_LOOK_S), now_s
            if turn != seen or not turn % 2:
                seen, for_s, is_told = turn, 0.0, False
                continue
            for_s += looked_s
            if for_s >= self._budget_s:
                self._overdue = turn
                signal.pthread_kill(self._main, SIGNAL)
            if for_s >= STUCK_S and not is_told:
                is_told = True
                self._log("strategy_stuck", level="error", why="it does not let itself be stopped; end this process")

    def _interrupt(self, _: int, frame: FrameType | None) -> None:
        if self._thinker.turns == self._overdue and is_in_strategy(frame):
            taken = f"{self._budget_s * 1000:g} ms"
            raise StrategyOverran(f"the strategy took longer than {taken} for one decision (trade.decision_ms)")


def is_in_strategy(frame: FrameType | None) -> bool:
    """Tell whether the code at work is a strategy's, or was called by it and is not the brain's."""
    called = ""
    while frame is not None:
        path = frame.f_code.co_filename
        if path.startswith(_BRAIN):
            is_ours = called.startswith(_HOUSE) and not called.startswith(_STRATEGIES)
            return bool(called) and not is_ours and path in CALLERS
        called, frame = path, frame.f_back
    return False


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

"""A running bot's side of the switches: it hears `KILL` and `PAUSE`, SIGUSR1 and the brain's own kill.

Once a second it gives a sign of life for the watchdog. Both stand in the same loop as the brain: where that hangs,
the sign of life stays away.
"""

import asyncio
import contextlib
import os
import signal

from hoga.model.events import Kill, Pause, Resume
from hoga.model.version import __version__
from hoga.run.desk import Desk
from hoga.run.screen.terminal import say
from hoga.run.state.guarded import GuardedCommands
from hoga.run.state.keeping import Kept
from hoga.run.state.operator import Operator
from hoga.run.state.state_files import Heartbeat, StateError, StateFiles
from hoga.store.records import BY_LIMITS, KillPulled

LOOK_EVERY_S = 0.25
BEAT_EVERY = 4  # looks


class Switch:
    """Looks at the state directory four times a second. Pulling is durable; nothing here ever releases a kill."""

    def __init__(self, desk: Desk, files: StateFiles, operator_within_s: float | None = None) -> None:
        self._desk = desk
        self._files = files
        self._looks = 0
        self._paused = False
        self._operator = None if operator_within_s is None else _operator(desk, files, operator_within_s)
        self._troubled = ""
        self._unwritten = ""
        self._task: asyncio.Task[None] | None = None

    def pull(self, reason: str, by: str) -> None:
        """Pull the kill switch; what waits in the command queue does not leave any more."""
        desk = self._desk
        if isinstance(desk.commands, GuardedCommands):
            if desk.commands.hop.killed:
                return
            desk.commands.hop.killed = reason
        now_ns = desk.clock_ns()
        desk.log("kill_pulled", level="error", reason=reason, by=by)
        desk.inbox.put_first(Kill(reason=reason, received_ns=now_ns))
        if desk.books is not None:
            desk.books.note(KillPulled(reason=reason, at_ns=now_ns, by=by))
        self._unwritten = reason
        self._write_down()

    def _write_down(self) -> None:
        """Write the file KILL; where the disk refuses, the next look tries again."""
        try:
            self._files.kill(self._unwritten)
            self._unwritten = ""
        except StateError as trouble:
            self._say(str(trouble))

    def begin(self) -> None:
        """Begin to look, and hear SIGUSR1."""
        asyncio.get_running_loop().add_signal_handler(signal.SIGUSR1, self.pull, "SIGUSR1", "a signal")
        self._task = asyncio.create_task(self._run(), name="switch")

    async def _run(self) -> None:
        while True:
            self.look()
            await asyncio.sleep(LOOK_EVERY_S)

    def look(self) -> None:
        """One look at the files and at the brain, and now and then a sign of life."""
        if (reason := self._files.killed()) is not None:
            self.pull(reason, "the file KILL")
        elif self._unwritten:
            self._write_down()
        if reason := self._desk.brain.killed:
            self.pull(reason, BY_LIMITS)
        self._hear_pause()
        if self._operator is not None and not self._paused:
            self._operator.look()
        if self._looks % BEAT_EVERY == 0:
            self._beat()
        self._looks += 1

    async def end(self) -> None:
        """The bot has ended. Where something may be open the last sign of life stays, and the watchdog will act."""
        if self._task is not None:
            self._task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._task
        if self._desk.brain.stopped and not self._desk.brain.left_open:
            try:
                self._files.end_heartbeat()
            except StateError as trouble:  # the watchdog will look once more, and find nothing
                self._say(str(trouble))

    def _hear_pause(self) -> None:
        reason, now_ns = self._files.paused(), self._desk.clock_ns()
        if reason is not None and not self._paused:
            self._desk.inbox.put_first(Pause(reason=reason, received_ns=now_ns))
        elif reason is None and self._paused:
            self._desk.inbox.put_first(Resume(received_ns=now_ns))
        self._paused = reason is not None

    def _beat(self) -> None:
        desk = self._desk
        beat = self._looks // BEAT_EVERY + 1
        try:
            self._files.beat(
                Heartbeat(
                    beat=beat,
                    pid=os.getpid(),
                    handled=desk.handled,
                    at_ns=desk.clock_ns(),
                    killed=desk.brain.killed,
                    version=__version__,
                )
            )
            self._troubled = ""
        except StateError as trouble:
            self._say(str(trouble))

    def _say(self, trouble: str) -> None:
        if trouble != self._troubled:
            self._troubled = trouble
            self._desk.log("state_failed", level="error", why=trouble)


def switched(desk: Desk, files: StateFiles, kept: Kept, operator_within_s: float | None = None) -> Switch:
    """A switch at a bot that is about to run; one that was pulled earlier is pulled at once, and said so."""
    switch = Switch(desk, files, operator_within_s)
    earlier = files.killed() or (kept.recovered.kill.reason if kept.recovered.kill else None)
    if earlier is not None:
        say(f"The kill switch is pulled ({earlier}): nothing new is ordered, what is open is cancelled.")
        say("Look at what happened; then end this run and type: hoga resume")
        switch.pull(earlier, "an earlier run")
    switch.begin()
    return switch


def _operator(desk: Desk, files: StateFiles, within_s: float) -> Operator:
    return Operator(
        files, within_s, tell=desk.inbox.put_first, reason=lambda: desk.brain.reason, clock_ns=desk.clock_ns
    )

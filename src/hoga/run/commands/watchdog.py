"""`hoga watchdog`: a process of its own, with a key of its own, that cancels hoga's orders when the bot falls silent.

Upbit cancels nothing when a connection ends, so a dead bot leaves live orders. The watchdog reads the bot's sign of
life and the file `KILL`; it can list and cancel and do nothing else (`run.cancel_only`). Whatever goes wrong it
writes down and tries again.
"""

import asyncio
import time
from collections.abc import Callable

from hoga.model.errors import HogaError
from hoga.model.version import __version__
from hoga.net.http_connection import AnswerLost, NotSent
from hoga.run.commands.account import is_ours
from hoga.run.commands.cancel_only import CancelOnly
from hoga.run.screen.logs import Log
from hoga.run.state.state_files import StateFiles
from hoga.store.versions import is_mixed

LOOK_EVERY_S = 1.0
#: With nothing of ours open any more, and the reason still there, the list is asked for at this pace.
LOOK_AGAIN_S = 10.0


class Watchdog:
    """`silent_s` without a sign of life, or the file KILL, and everything of hoga's is cancelled."""

    def __init__(
        self,
        files: StateFiles,
        client: CancelOnly,
        *,
        silent_s: float,
        log: Log,
        monotonic_s: Callable[[], float] = time.monotonic,
    ) -> None:
        self._files = files
        self._client = client
        self._silent_s = silent_s
        self._log = log
        self._monotonic_s = monotonic_s
        self._beat: tuple[int, int] | None = None
        self._changed_s = 0.0
        self._reason = ""
        self._bot_version = __version__
        self.cancelled = 0

    async def run(self) -> None:
        """Watch until cancelled."""
        while True:
            reason = self.reason()
            if reason != self._reason:
                self._log("watchdog", level="warning" if reason else "info", why=reason or "all is well")
                self._reason = reason
            is_empty = await self.sweep(reason) if reason else False
            await asyncio.sleep(LOOK_AGAIN_S if is_empty else LOOK_EVERY_S)

    def reason(self) -> str:
        """Why everything should be cancelled now, or an empty text."""
        if (killed := self._files.killed()) is not None:
            return f"the kill switch was pulled: {killed}"
        now_s, told = self._monotonic_s(), self._files.heartbeat()
        beat = None if told is None else (told.pid, told.beat)
        if told is not None and told.version != self._bot_version:
            self._hear_version(told.version)
        if beat != self._beat:
            self._beat, self._changed_s = beat, now_s
        if beat is None or now_s - self._changed_s <= self._silent_s:
            return ""  # no bot has begun, or it ended with nothing open, or it lives
        return f"no sign of life from the bot (process {beat[0]}) for more than {self._silent_s:g} s"

    def _hear_version(self, version: str) -> None:
        """The bot said which hoga it is: with two versions at work somebody has upgraded one half only."""
        self._bot_version = version
        if is_mixed(version):
            why = f"the bot is hoga {version}, this watchdog is hoga {__version__}: bring both to one version"
            self._log("versions_differ", level="error", why=why)

    async def sweep(self, reason: str) -> bool:
        """List and cancel once; tell whether nothing of hoga's was open."""
        try:
            reports = await self._client.open_orders()
            ours = [report.venue_id for report in reports or () if is_ours(report.order_id)]
            if ours:
                await self._client.cancel(ours, "watchdog")
                self.cancelled += len(ours)
                self._log("watchdog_cancels", level="warning", orders=len(ours), why=reason)
        except (HogaError, OSError, NotSent, AnswerLost) as trouble:
            self._log("watchdog_failed", level="error", why=f"{type(trouble).__name__}: {trouble}")
            return False
        if reports is None:
            self._log("watchdog_failed", level="error", why="the venue gave no list of open orders")
        return reports is not None and not ours

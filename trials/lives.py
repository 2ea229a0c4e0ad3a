"""One life of a bot: a process of its own, begun in a folder that outlives it, watched by its log."""

import asyncio
import json
import os
import sys
import time
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from subprocess import DEVNULL, PIPE

from msgspec import Struct

from trials.exchange import Served

POLL_S = 0.02
PHASES = {"stopped": "after its end", "halt": "while stopping", "ready": "at work", "recovered": "in recovery"}


class Life(Struct):
    """One start of the bot. `log` is what it had written at the last look, which may be a twentieth of a second old."""

    folder: Path
    begun_s: float
    process: asyncio.subprocess.Process
    log: str = ""

    @property
    def is_over(self) -> bool:
        """Tell whether the process has ended."""
        return self.process.returncode is not None

    @property
    def phase(self) -> str:
        """How far it had come."""
        return next((phase for word, phase in PHASES.items() if self.said(word)), "at the start")

    def look(self) -> None:
        """Read its log."""
        logs = list(self.folder.glob(f"logs/hoga-*-{self.process.pid}.jsonl"))
        self.log = logs[-1].read_text("utf-8", "replace") if logs else ""

    def said(self, event: str) -> bool:
        """Tell whether this event (`event` is any) stands in its log."""
        return f'"event": "{event}"' in self.log or (event == "event" and bool(self.log))

    def said_at_s(self, event: str) -> float | None:
        """When it first said so, in seconds since 1970."""
        for line in self.log.splitlines():
            if f'"event": "{event}"' in line and line.endswith("}"):
                return datetime.fromisoformat(json.loads(line)["at"]).timestamp()
        return None

    async def until_it_says(self, event: str, within_s: float) -> bool:
        """Wait until this event stands in its log; False where its end or the time came before."""
        deadline_s = time.time() + within_s
        while not self.said(event):
            if self.is_over or time.time() > deadline_s:
                return False
            await asyncio.sleep(POLL_S)
            self.look()
        return True

    async def ends_within(self, seconds: float) -> bool:
        """Wait so long for its end."""
        try:
            await asyncio.wait_for(self.process.wait(), seconds)
        except TimeoutError:
            return False
        return True

    def kill(self) -> None:
        """SIGKILL, if it still lives."""
        if not self.is_over:
            self.process.kill()


async def begin(there: Served, folder: Path, errors: Path, *words: str) -> Life:
    """Start `hoga run` with the strategies of `trials.restless`; it prints its summary as JSON."""
    run = ["run", *words, "--rest-url", there.rest_url, "--websocket-url", there.websocket_url, "--json"]
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("HOGA_", "UPBIT_"))}
    keys = {"HOGA_ACCESS_KEY": there.access_key, "HOGA_SECRET_KEY": there.secret_key}
    with errors.open("wb") as file:
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "trials.restless", *run),
            cwd=folder,
            env={**kept, **keys, "PYTHONPATH": os.pathsep.join(sys.path)},
            stdin=DEVNULL,
            stdout=PIPE,
            stderr=file,
            start_new_session=True,
        )
    return Life(folder=folder, begun_s=time.time(), process=process)


def prepare(folder: Path, settings: str) -> None:
    """Make the folder a bot lives in."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "hoga.toml").write_text(settings, encoding="utf-8")


def shares(whole: int, lanes: int) -> Sequence[int]:
    """Split a number of rounds among lanes."""
    return [whole // lanes + (number < whole % lanes) for number in range(lanes)]

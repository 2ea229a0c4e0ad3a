"""`python -m hoga …` as a process of its own, in a folder of its own, with nothing of this machine's settings."""

import asyncio
import os
import signal
import sys
import time
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from subprocess import DEVNULL, PIPE
from typing import Any

from tests.house import canary
from trials.exchange import Served

from hoga.simulator.server import RunningSimulator

WITHIN_S = 60.0  # far more than anything here takes: a busy machine must not fail a test
LINE_LIMIT = 16 * 1024 * 1024


def clean_environment(more: Mapping[str, str]) -> dict[str, str]:
    """This environment without keys and settings of hoga, and without proxies."""
    names = ("HOGA_", "UPBIT_", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY")
    kept = {name: value for name, value in os.environ.items() if not name.upper().startswith(names)}
    return {**kept, "COLUMNS": "200", "PYTHONWARNINGS": "default", **more}


def keys_of(there: Served | RunningSimulator) -> dict[str, str]:
    """The environment that opens an exchange."""
    return {"HOGA_ACCESS_KEY": there.access_key, "HOGA_SECRET_KEY": there.secret_key}


def addresses_of(there: Served | RunningSimulator) -> list[str]:
    """The words that point a command at an exchange."""
    return ["--rest-url", there.rest_url, "--websocket-url", there.websocket_url]


class Program:
    """One running command and everything it has printed."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self.process = process
        self.out, self.err = "", ""
        self.began_s = time.monotonic()
        self.first_err_s: float | None = None
        assert process.stdout is not None, "started with a pipe"
        assert process.stderr is not None, "started with a pipe"
        self._readers = [
            asyncio.create_task(self._read(process.stdout, "out")),
            asyncio.create_task(self._read(process.stderr, "err")),
        ]

    @property
    def text(self) -> str:
        """Both streams together."""
        return self.out + self.err

    async def _read(self, stream: asyncio.StreamReader, name: str) -> None:
        while some := await stream.read(65_536):
            if name == "err" and self.first_err_s is None:
                self.first_err_s = time.monotonic() - self.began_s
            setattr(self, name, getattr(self, name) + some.decode("utf-8", "replace"))

    def signal(self, number: signal.Signals) -> None:
        """Send a signal, if it still lives."""
        if self.process.returncode is None:
            self.process.send_signal(number)

    async def until(self, holds: Callable[[], bool], what: str) -> None:
        """Wait for something about this program; its end meanwhile fails the test."""
        deadline_s = time.monotonic() + WITHIN_S
        while not holds():
            assert self.process.returncode is None, f"it ended before {what}: {self.text}"
            assert time.monotonic() < deadline_s, f"not within {WITHIN_S:g} s: {what}: {self.text}"
            await asyncio.sleep(0.02)

    async def end(self, within_s: float = WITHIN_S) -> int:
        """Wait for its end and give its exit code."""
        code = await asyncio.wait_for(self.process.wait(), within_s)
        await asyncio.gather(*self._readers)
        return code


@asynccontextmanager
async def program(
    *words: str, folder: Path, environment: Mapping[str, str] | None = None, script: str | None = None
) -> AsyncIterator[Program]:
    """Run `python -m hoga WORDS` in `folder` for the length of a `with`; `script` is a file run instead of hoga."""
    start = [script] if script else ["-m", "hoga"]
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        *start,
        *words,
        cwd=folder,
        env=clean_environment(environment or {}),
        stdin=DEVNULL,
        stdout=PIPE,
        stderr=PIPE,
        limit=LINE_LIMIT,
        start_new_session=True,
    )
    running = Program(process)
    try:
        yield running
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()
        await asyncio.gather(*running._readers)
        if words[:1] != ("simulate",):  # which shows the keys of the exchange it serves
            canary.printed(f"what hoga {' '.join(words[:1])} printed", running.text)


async def ran(*words: str, folder: Path, environment: Mapping[str, str] | None = None) -> Program:
    """Run a command to its end."""
    async with program(*words, folder=folder, environment=environment) as running:
        await running.end()
    return running


def artefacts(running: Program, folder: Path) -> str:
    """All that a run has left: what it printed and every file it wrote."""
    files = [path.read_text("utf-8", "replace") for path in sorted(folder.rglob("*")) if path.is_file()]
    return running.text + "".join(files)


def secrets_in(text: str, secrets: Sequence[str]) -> list[str]:
    """What must never be written and was: keys, tokens (they begin alike), or a word of a signed header."""
    return [word for word in (*secrets, "Bearer ey", "eyJ") if word and word in text]


def line_of(text: str, start: str) -> Any:
    """The first printed line that begins so."""
    return next(line for line in text.splitlines() if line.startswith(start))

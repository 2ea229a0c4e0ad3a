"""Each stack lives in a process of its own for the whole run and does one job at a time, so that rounds are short.

A job and its answer are one line of JSON each. The stack's own chatter goes to a log that is shown when it fails.
"""

import contextlib
import json
import os
import select
import signal
import subprocess
import sys
import tempfile
import urllib.request
from pathlib import Path
from typing import Any, Self

HERE = Path(__file__).parent
JOB_TIMEOUT_S = 60.0
VENUE_CPU, STACK_CPU = 0, 1
MODULES = {
    "floor": "stack_floor",
    "hoga": "stack_hoga",
    "hoga+journal": "stack_journal",
    "ccxt": "stack_ccxt",
    "ccxt+uvloop": "stack_ccxt",
    "pyupbit": "stack_pyupbit",
    "upbit-sdk": "stack_sdk",
}

Job = dict[str, Any]


def pin(cpu: int) -> None:
    """Keep this process on one processor, where there are two and the system lets us choose."""
    if hasattr(os, "sched_setaffinity") and (os.cpu_count() or 1) > 1:
        os.sched_setaffinity(0, {cpu})


class Child:
    """A process started by us, ended by us."""

    def __init__(self, *words: str, cpu: int) -> None:
        self.log = tempfile.TemporaryFile("w+")  # noqa: SIM115 - lives as long as the process
        self.process = subprocess.Popen(
            [sys.executable, *words, str(cpu)],
            cwd=HERE,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self.log,
            text=True,
            start_new_session=True,  # a stack may have children of its own (pyupbit has)
        )

    def line(self, timeout_s: float) -> str:
        """Its next line, empty when it died or said nothing in time."""
        assert self.process.stdout
        ready, _, _ = select.select([self.process.stdout], [], [], timeout_s)
        return self.process.stdout.readline() if ready else ""

    def end(self) -> str:
        """Stop it with its children, and return the end of what it complained about."""
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()
        self.log.seek(0)
        return self.log.read()[-2000:]


class Venue(Child):
    """The fake venue and the way to tell it what to do."""

    def __init__(self) -> None:
        super().__init__("-c", f"import workers; workers.pin({VENUE_CPU}); import venue; venue.main()", cpu=VENUE_CPU)
        port = self.line(20)
        if not port:
            raise RuntimeError(f"The fake venue did not start: {self.end()}")
        self.host = f"127.0.0.1:{port.strip()}"

    def plan(self, **plan: object) -> None:
        """What the next subscriber gets."""
        self._call("/bench", json.dumps(plan).encode())

    def measured(self) -> dict[str, Any]:
        """What the last `ticks` plan measured."""
        found: dict[str, Any] = json.loads(self._call("/bench", None))
        return found

    def _call(self, path: str, body: bytes | None) -> bytes:
        request = urllib.request.Request(f"http://{self.host}{path}", data=body)
        with urllib.request.urlopen(request, timeout=30) as answer:  # noqa: S310 - as above
            told: bytes = answer.read()
            return told


class Worker:
    """One stack. It is started when first needed and again after a failure."""

    def __init__(self, stack: str) -> None:
        self.stack = stack
        self._child: Child | None = None

    def do(self, **job: object) -> dict[str, Any]:
        """Do one job; `{"error": …}` where that failed."""
        child = self._child or self._start()
        assert child.process.stdin
        child.process.stdin.write(json.dumps(job) + "\n")
        child.process.stdin.flush()
        told = child.line(JOB_TIMEOUT_S)
        if not told:
            self._child = None
            return {"error": f"no answer: {child.end()}"}
        found: dict[str, Any] = json.loads(told)
        return found

    def end(self) -> None:
        """Stop the process, if there is one."""
        if self._child:
            self._child.end()
            self._child = None

    def _start(self) -> Child:
        self._child = Child("workers.py", self.stack, cpu=STACK_CPU)
        return self._child


class Bench:
    """The venue and the stacks of a run, ended together."""

    def __init__(self, stacks: tuple[str, ...] = tuple(MODULES)) -> None:
        self.workers = {stack: Worker(stack) for stack in stacks}
        self._venue: Venue | None = None

    @property
    def venue(self) -> Venue:
        """The fake venue, started when first needed."""
        if self._venue is None:
            self._venue = Venue()
        return self._venue

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        for worker in self.workers.values():
            worker.end()
        if self._venue:
            self._venue.end()


def serve(stack: str, cpu: int) -> None:
    """The worker's side: read jobs until there are no more."""
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    pin(cpu)
    module = __import__(MODULES[stack])
    for line in sys.stdin:
        job: Job = json.loads(line)
        try:
            told = getattr(module, job.pop("do"))(**job)
        except Exception as error:  # noqa: BLE001 - a foreign stack may raise anything; the run goes on without it
            told = {"error": f"{type(error).__name__}: {error}"}
        answers.write(json.dumps(told) + "\n")
        answers.flush()


if __name__ == "__main__":
    serve(sys.argv[1], int(sys.argv[2]))

"""Where parameter sets are tried: processes on this machine, or a Dask cluster. The only file that knows Dask."""

import os
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from importlib.machinery import PathFinder
from pathlib import Path
from tempfile import TemporaryDirectory

import dask
from distributed import Client, KilledWorker, LocalCluster, WorkerPlugin, as_completed

from hoga.model.errors import HogaError
from hoga.research.checks.subject import Subject
from hoga.research.engine.strategy_file import load_module
from hoga.research.sweep.study import Outcome
from hoga.research.sweep.work import try_sets

#: A task whose worker died is given to another one so often; a set that kills them all is then told as a failure.
MAX_DEATHS = 3
#: Longer silence of a scheduler than this is none at all.
CONNECT_S = 10


class ClusterError(HogaError):
    """There is no cluster to work on, or it lost a task for good."""


class OwnModule(WorkerPlugin):
    """A strategy from a file of the trader's own is not installed where the workers are: every one gets its text."""

    def __init__(self, name: str, text: str) -> None:
        self.name, self._module, self._text = f"strategy-{name}", name, text

    def setup(self, worker: object) -> None:  # noqa: ARG002 - Dask gives it
        """Load it as Python loads any file; also in a worker that takes the place of a dead one."""
        with TemporaryDirectory() as folder:
            place = Path(folder) / f"{self._module}.py"
            place.write_text(self._text, encoding="utf-8")
            load_module(self._module, place)


class Workers:
    """Takes handfuls of parameter sets and gives outcomes as they are finished."""

    def __init__(self, client: Client, subject: Subject, objectives: Sequence[str]) -> None:
        self._client, self._objectives = client, tuple(objectives)
        module = subject.kind.__module__
        if PathFinder.find_spec(module.partition(".")[0]) is None:
            client.register_plugin(OwnModule(module, Path(sys.modules[module].__file__ or "").read_text("utf-8")))
        # A task, so that it is made again where the worker that held it has died; data sent ahead would be lost.
        self._subject = client.submit(_itself, subject, pure=False)
        self.dashboard = str(client.dashboard_link)

    @property
    def count(self) -> int:
        """How many sets can be tried at the same time."""
        return max(1, int(sum(self._client.nthreads().values())))

    def run(self, handfuls: Sequence[Sequence[Mapping[str, str]]]) -> Iterator[list[Outcome]]:
        """Give every handful to a worker; yields the outcomes of each as it is done, in any order.

        A worker that dies loses what it was at: that is done again elsewhere. What was yielded is never done again.
        """
        futures = [
            self._client.submit(try_sets, self._subject, list(sets), self._objectives, pure=False) for sets in handfuls
        ]
        try:
            for future in as_completed(futures):
                yield future.result()
                future.release()
        except KilledWorker as error:
            raise ClusterError(f"A parameter set killed {MAX_DEATHS} workers one after the other: {error}") from None
        finally:
            self._client.cancel(futures)


@contextmanager
def workers_here(count: int, subject: Subject, objectives: Sequence[str]) -> Iterator[Workers]:
    """Processes on this machine, reachable from this machine only."""
    with (
        dask.config.set(
            {"distributed.scheduler.allowed-failures": MAX_DEATHS, "distributed.scheduler.work-stealing": True}
        ),
        LocalCluster(
            n_workers=count,
            threads_per_worker=1,
            host="127.0.0.1",
            dashboard_address="127.0.0.1:0",
            silence_logs=50,
        ) as cluster,
        Client(cluster) as client,
    ):
        yield Workers(client, subject, objectives)


@contextmanager
def workers_at(address: str, subject: Subject, objectives: Sequence[str]) -> Iterator[Workers]:
    """The workers of a scheduler, e.g. tcp://10.0.0.5:8786; `ClusterError` when it does not answer or has none."""
    try:
        client = Client(address, timeout=CONNECT_S)
    except (OSError, ValueError, TimeoutError) as error:
        raise ClusterError(f"No scheduler answers at {address}: {error}") from None
    with client:
        if not client.nthreads():
            raise ClusterError(f"The scheduler at {address} has no workers; start some: dask worker {address}")
        yield Workers(client, subject, objectives)


def _itself(subject: Subject) -> Subject:
    return subject


def cpu_count() -> int:
    """How many processes this machine can serve."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1

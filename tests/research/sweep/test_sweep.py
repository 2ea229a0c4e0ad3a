"""Every parameter set is tried exactly once, whoever dies on the way, and the best is the best."""

import json
import os
import signal
import subprocess
import sys
import time
import tracemalloc
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest
from distributed import Client, LocalCluster
from tests.research.checks.scenery import subject

from hoga.cli import main
from hoga.model.errors import ConfigError
from hoga.research.grid import every_set, read_axes
from hoga.research.report.figures import figures
from hoga.research.sweep.choosing import Chooser, Sampler
from hoga.research.sweep.cluster import ClusterError
from hoga.research.sweep.objectives import OBJECTIVES, read_objectives
from hoga.research.sweep.page import heat_maps, write_sweep_html
from hoga.research.sweep.study import Outcome, Study, StudyError, key_of, read_study
from hoga.research.sweep.sweeping import Progress, Sweep, sweep
from hoga.research.sweep.work import try_sets

AXES = read_axes(["hold=1:4:1", "spend=20000,50000,80000"])
SETS = every_set(AXES)


@pytest.fixture(scope="module")
def cluster() -> Iterator[LocalCluster]:
    with LocalCluster(
        n_workers=2, threads_per_worker=1, host="127.0.0.1", dashboard_address="127.0.0.1:0", silence_logs=50
    ) as made:
        yield made


@pytest.fixture(scope="module")
def truth() -> list[Outcome]:
    return try_sets(subject(days=2), SETS, ["return", "drawdown"])


def values(found: Sweep) -> dict[str, tuple[float | None, ...]]:
    return {key_of(outcome.params): outcome.values for outcome in found.outcomes}


def expected(truth: Sequence[Outcome]) -> dict[str, tuple[float | None, ...]]:
    return {key_of(outcome.params): outcome.values for outcome in truth}


# ------------------------------------------------ on workers


def test_a_grid_is_tried_once_each_and_ranked(cluster: LocalCluster, truth: list[Outcome]):
    told: list[Progress] = []

    found = sweep(
        subject(days=2),
        AXES,
        objectives=["return", "drawdown"],
        scheduler=cluster.scheduler_address,
        progress=told.append,
    )

    assert [outcome.params for outcome in found.outcomes] == SETS
    assert values(found) == expected(truth)
    assert found.ran == 12
    best = figures(subject(days=2).run(params=found.best.params if found.best else {}))
    assert best.total_return == max(outcome.values[0] or -1 for outcome in truth)
    assert found.best in found.front
    assert (told[-1].done, told[-1].total) == (12, 12)
    assert told[-1].dashboard.startswith("http://127.0.0.1:")


def test_the_sets_of_a_killed_worker_are_tried_again_and_counted_once(
    cluster: LocalCluster, truth: list[Outcome], tmp_path: Path
):
    killed: list[int] = []

    def kill_one(told: Progress) -> None:
        if told.done and not killed:
            with Client(cluster.scheduler_address) as client:
                pids = list(client.run(os.getpid).values())
            killed.append(pids[0])
            os.kill(pids[0], signal.SIGKILL)

    found = sweep(
        subject(days=2),
        AXES,
        objectives=["return", "drawdown"],
        scheduler=cluster.scheduler_address,
        study=tmp_path / "s.sqlite",
        progress=kill_one,
    )

    assert killed
    assert values(found) == expected(truth)
    assert found.ran == 12
    assert len(read_study(tmp_path / "s.sqlite")[1]) == 12


@pytest.mark.parametrize(("sampler", "trials"), [(Sampler.GRID, None), (Sampler.RANDOM, 20), (Sampler.TPE, 40)])
def test_a_sweep_that_was_broken_off_goes_on_as_if_nothing_had_been(
    cluster: LocalCluster, tmp_path: Path, sampler: Sampler, trials: int | None
):
    def go(study: Path, stop_at: int = 10_000) -> Sweep:
        def stop(told: Progress) -> None:
            if told.done >= stop_at and told.best is not None:
                raise KeyboardInterrupt

        return sweep(
            subject(days=1),
            AXES,
            objectives=["return"],
            sampler=sampler,
            trials=trials,
            study=study,
            scheduler=cluster.scheduler_address,
            progress=stop,
        )

    whole = go(tmp_path / "whole.sqlite")
    with pytest.raises(KeyboardInterrupt):
        go(tmp_path / "broken.sqlite", stop_at=5)
    kept = len(read_study(tmp_path / "broken.sqlite")[1])
    resumed = go(tmp_path / "broken.sqlite")

    assert 0 < kept < len(whole.outcomes)
    assert resumed.ran == len(whole.outcomes) - kept
    assert list(values(resumed).items()) == list(values(whole).items())
    assert resumed.best is not None
    assert whole.best is not None
    assert resumed.best.params == whole.best.params


def test_a_scheduler_that_is_not_there_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("hoga.research.sweep.cluster.CONNECT_S", 1)

    with pytest.raises(ClusterError, match=r"No scheduler answers at tcp://127\.0\.0\.1:9"):
        sweep(subject(days=1), AXES, scheduler="tcp://127.0.0.1:9")


def test_a_sweep_killed_with_its_workers_is_finished_by_the_same_command(tmp_path: Path):
    command = [sys.executable, "-m", "hoga", "sweep", "run", "sma_cross", "--set", "fast=2:6:1", "--set", "slow=12,20"]
    command += ["--set", "unit_s=3600", "--from", "2026-01-01", "--to", "2026-01-03", "--objective", "return"]
    command += ["--workers", "1", "--json"]
    study = tmp_path / "sweep-sma-cross.sqlite"

    first = subprocess.Popen(  # noqa: S603 - our own command
        command, cwd=tmp_path, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True
    )
    deadline = time.monotonic() + 60
    while first.poll() is None and not _has_rows(study) and time.monotonic() < deadline:
        time.sleep(0.02)
    os.killpg(first.pid, signal.SIGKILL)
    first.wait()
    kept = len(read_study(study)[1])
    again = subprocess.run(  # noqa: S603
        command, cwd=tmp_path, capture_output=True, text=True, check=True, timeout=120
    )
    once_more = subprocess.run(  # noqa: S603
        [*command[:4], "show", study.name, "--json"], cwd=tmp_path, capture_output=True, text=True, check=True
    )

    told, shown = json.loads(again.stdout), json.loads(once_more.stdout)
    assert kept >= 1
    assert told["sets"] == 10
    assert told["ran"] == 10 - kept
    assert shown["best"]["values"] == told["best"]["values"]
    assert len({key_of(outcome["params"]) for outcome in shown["outcomes"]}) == len(shown["outcomes"]) == 10


def _has_rows(study: Path) -> bool:
    """Tell whether anything is written: the sweep at work holds its study for itself, so only its bytes can be seen."""
    wal = study.with_name(study.name + "-wal")
    return wal.is_file() and b'{"params":{"fast"' in wal.read_bytes()


# ------------------------------------------------ without workers


def test_memory_does_not_grow_with_the_number_of_sets():
    one = subject(days=1)
    tracemalloc.start()
    try_sets(one, SETS, ["return"])  # what is remembered of prices and amounts has an end, and is there by now
    before = tracemalloc.get_traced_memory()[0]
    try_sets(one, SETS, ["return"])
    grown = tracemalloc.get_traced_memory()[0] - before
    tracemalloc.stop()

    assert grown < 100_000


def test_a_set_the_strategy_does_not_take_is_an_outcome_with_its_reason():
    (outcome,) = try_sets(subject(days=1), [{"hold": "9"}], ["return"])

    assert outcome.values == (None,)
    assert "must be at most 5" in outcome.problem
    assert not outcome.is_known


def propose_all(chooser: Chooser) -> list[list[dict[str, str]]]:
    batches = []
    while batch := chooser.propose():
        batches.append(batch)
        chooser.tell([[float(each["hold"])] for each in batch])
    return batches


def test_a_sampler_that_learns_goes_where_it_is_better_and_repeats_itself():
    axes = {"hold": [str(n) for n in range(100)]}

    def made() -> list[list[dict[str, str]]]:
        return propose_all(Chooser(axes, sampler=Sampler.TPE, directions=["maximize"], count=64, seed=1))

    batches = made()

    assert batches == made()
    assert [len(batch) for batch in batches] == [16, 16, 16, 16]
    first, last = ([int(each["hold"]) for each in batches[n]] for n in (0, -1))
    assert sum(last) / 16 > sum(first) / 16 + 15


def test_a_sampler_without_an_end_needs_a_number_of_trials():
    with pytest.raises(ConfigError, match="needs --trials"):
        Chooser(AXES, sampler=Sampler.RANDOM, directions=["maximize"])


def test_a_study_belongs_to_one_question_and_one_sweep(tmp_path: Path):
    path = tmp_path / "s.sqlite"
    study = Study.open(path, {"strategy": "A", "seed": 1})
    outcome = Outcome(params={"k": "1"}, values=(0.5,))

    assert study.add(outcome)
    assert not study.add(Outcome(params={"k": "1"}, values=(0.7,)))
    assert study.known() == {key_of({"k": "1"}): outcome}
    with pytest.raises(StudyError, match="Another sweep may be at work"):
        Study.open(path, {"strategy": "A", "seed": 1})
    study.close()
    with pytest.raises(StudyError, match="seed was 1, is 2"):
        Study.open(path, {"strategy": "A", "seed": 2})


def test_what_is_no_study_is_said(tmp_path: Path):
    (tmp_path / "text").write_text("not a database, but long enough to look like something" * 100)

    with pytest.raises(StudyError, match="There is no study"):
        read_study(tmp_path / "missing.sqlite")
    with pytest.raises(StudyError, match="is no study"):
        read_study(tmp_path / "text")


def test_objectives_are_named_or_a_near_one_is_offered():
    assert [objective.name for objective in read_objectives(["sharpe", "fees"])] == ["sharpe", "fees"]
    with pytest.raises(ConfigError, match=r"did you mean sharpe\?"):
        read_objectives(["sharp"])
    found = figures(subject(days=2).run())
    assert all(objective.of(found) is not None for name, objective in OBJECTIVES.items() if name != "calmar")


def test_a_parameter_there_is_not_is_said_before_anything_runs():
    with pytest.raises(ConfigError, match=r"strategy.hodl is not a setting; there are: market, hold, spend"):
        sweep(subject(days=1), {"hodl": ("1", "2")}, scheduler="tcp://127.0.0.1:9")


# ------------------------------------------------ the page


def made(objectives: Sequence[str] = ("return",)) -> Sweep:
    outcomes = [
        Outcome(params=params, values=(float(params["hold"]) - 2, 1.0)[: len(objectives)], figures={"round_trips": 3})
        for params in SETS
    ]
    higher = [name != "drawdown" for name in objectives]
    return Sweep(axes=AXES, objectives=objectives, higher=higher, outcomes=outcomes, ran=12)


def test_a_heat_map_shows_every_cell_and_marks_the_best():
    (found,) = heat_maps(made())

    assert (found.down, found.across, found.columns) == ("hold", "spend", ("20000", "50000", "80000"))
    assert [[cell.text for cell in row.cells] for row in found.rows] == [
        ["-1"] * 3,
        ["0"] * 3,
        ["1"] * 3,
        ["2"] * 3,
    ]
    assert [cell.is_best for cell in found.rows[-1].cells] == [True] * 3
    assert [row.cells[0].sign for row in found.rows] == [-1, -1, 0, 1]


def test_where_less_is_better_the_colours_say_so():
    found = made(("return", "drawdown"))
    turned = Sweep(axes=AXES, objectives=["fees"], higher=[False], outcomes=found.outcomes, ran=0)
    (over,) = heat_maps(turned)

    assert [row.cells[0].sign for row in over.rows] == [1, 1, 0, -1]
    assert over.rows[0].cells[0].is_best


def test_the_page_is_one_file_that_asks_nothing_of_a_network(tmp_path: Path):
    path = tmp_path / "s.html"

    write_sweep_html(made(("return", "drawdown")), "<script>alert(1)</script>", path, "en")
    text = path.read_text(encoding="utf-8")

    assert "<script" not in text
    assert "http" not in text.replace("http-equiv", "")
    assert "Pareto front" in text
    assert text.count("<table") == 3


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["sma_cross", "--set", "fast=3,5", "--sampler", "tpe"], "needs --trials"),
        (["sma_cross", "--set", "fast=3,5", "--objective", "sharpest"], "did you mean sharpe?"),
        (["sma_cross", "--set", "fats=3,5"], "did you mean fast?"),
        (["sma_cros", "--set", "fast=3,5"], "did you mean sma-cross?"),
        (["sma_cross", "--set", "fast=3,5", "--workers", "0"], "there must be at least one"),
        (["sma_cross", "--set", "fast=3,5", "--trials", "0"], "there must be at least one"),
    ],
)
def test_what_makes_no_sense_is_said(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    words: list[str],
    said: str,
):
    monkeypatch.chdir(tmp_path)

    code = main(["sweep", "run", *words])

    assert code == 2
    assert said in capsys.readouterr().err
    assert list(tmp_path.glob("*.html")) == []

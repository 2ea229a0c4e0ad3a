"""Simulate the whole system; each run is a seed and can be made again.

python -m simtest --seed N --hours H [--trace]    one run, repeatable to the byte
python -m simtest soak --for 1h [--workers 2]     run after run for as long as asked, then the report
python -m simtest every [--stride N]              one short course, and a death at each of its steps
python -m simtest power [--cuts N] [--seed N]     the power goes while SQLite writes the journal
python -m simtest hunt [--seeds N]                seed after seed until one finds something
python -m simtest defects [--only WORD,WORD]      plant faults and expect that each is found

With --shrink a run that finds something is made again with ever fewer kinds of trouble and less time, and the smallest
one that still finds something is told. The exit code is 1 when anything was found.
"""

import argparse
import multiprocessing
import sys
import time
from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor

from simtest.defects import hunt_all
from simtest.every import SEED, sweep
from simtest.powercut import cuts
from simtest.report import Report
from simtest.sim import run
from simtest.storms import MIXES, rows

#: Hours of one run of a soak: a few storms. Longer runs would only carry more and more old orders with them.
SOAK_HOURS = 24.0
#: A soak says how far it is after so many runs.
TOLD_EVERY = 50
#: A worker is replaced after so many runs, so that nothing can pile up in it.
RUNS_A_WORKER = 20
#: Smaller runs that are tried for one that found something.
MAX_SHRINKS = 60


def shrink(seed: str, hours: float, without: frozenset[str], mix: str) -> tuple[float, frozenset[str], Report]:
    """Find the least time and the fewest kinds of trouble with which this seed still finds something."""
    worst = run(seed, hours, without, mix=mix)
    hours = min(hours, worst.hours)
    left = MAX_SHRINKS
    for row in rows():
        fewer = without | {row}
        if row not in without and left and (report := run(seed, hours, fewer, mix=mix)).violations:
            without, worst, hours = fewer, report, min(hours, report.hours)
        left -= row not in without
    return hours, without, worst


def soak(for_s: float, workers: int, first: int, hours: float) -> Report:
    """Make runs of one seed after another until the time is over."""
    total, began_s = Report(seed=f"{first}…", runs=0), time.monotonic()

    def seeds() -> Iterator[tuple[str, float]]:
        number = first
        while time.monotonic() - began_s < for_s:
            yield str(number), hours
            number += 1

    spawn = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(workers, mp_context=spawn, max_tasks_per_child=RUNS_A_WORKER) as pool:
        waiting: deque[Future[Report]] = deque()
        for seed, each in seeds():
            waiting.append(pool.submit(run, seed, each))
            if len(waiting) >= 2 * workers:
                _take(total, waiting.popleft().result(), began_s)
        for future in waiting:
            _take(total, future.result(), began_s)
    total.wall_s = time.monotonic() - began_s
    return total


def every(stride: int, workers: int) -> Report:
    """Make the course with a death at every step, or at each `stride`-th."""
    total, began_s = Report(seed=SEED, runs=0), time.monotonic()
    for report in sweep(stride, workers):
        total.add(report)
        for violation in report.violations:
            _say(violation)
    total.wall_s = time.monotonic() - began_s
    return total


def _soak(asked: argparse.Namespace) -> int:
    return _told(soak(asked.for_s, asked.workers, int(asked.seed), asked.hours))


def _every(asked: argparse.Namespace) -> int:
    return _told(every(asked.stride, asked.workers))


def _power(asked: argparse.Namespace) -> int:
    wrong = cuts(asked.cuts, asked.seed)
    _say("\n".join([*wrong, f"{asked.cuts:,} power cuts, {len(wrong)} violations"]))
    return 1 if wrong else 0


def _hunt(asked: argparse.Namespace) -> int:
    """Make runs until one finds something; that is what is told first."""
    for seed in range(int(asked.seed), int(asked.seed) + asked.seeds):
        if found := run(str(seed), asked.hours).violations:
            _say(found[0])
            return 1
    _say(f"nothing in {asked.seeds} seeds")
    return 0


def _defects(asked: argparse.Namespace) -> int:
    missed = 0
    for found in hunt_all(asked.only, asked.workers):
        missed += not found.is_found
        _say(f"{'found ' if found.is_found else 'MISSED'}  {found.name:<72} {found.by[:160]}")
    _say(f"{missed} missed")
    return 1 if missed else 0


SPECIAL: dict[str, Callable[[argparse.Namespace], int]] = {
    "soak": _soak,
    "every": _every,
    "power": _power,
    "hunt": _hunt,
    "defects": _defects,
}


def _told(report: Report) -> int:
    _say("\n".join(report.lines()))
    return 1 if report.violations else 0


def _take(total: Report, report: Report, began_s: float) -> None:
    total.add(report)
    for violation in report.violations:
        _say(f"{violation}\n  again: python -m simtest --seed {report.seed} --hours {report.hours:.2f} --trace")
    if total.runs % TOLD_EVERY == 0:
        so_far = f"{total.hours:,.0f} h  {total.orders:,} orders  {total.crashes:,} crashes"
        _say(f"{time.monotonic() - began_s:6.0f} s  {so_far}  {len(total.violations)} violations")


def _seconds(text: str) -> float:
    return float(text[:-1]) * {"s": 1, "m": 60, "h": 3600}[text[-1]]


def _say(text: str) -> None:
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


def main() -> int:
    """Do what the words ask for."""
    parser = argparse.ArgumentParser(prog="simtest", description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("what", nargs="?", choices=tuple(SPECIAL))
    parser.add_argument("--seed", default="1")
    parser.add_argument("--hours", type=float, default=SOAK_HOURS)
    parser.add_argument("--mix", choices=tuple(MIXES), default="soak", help="what the hours are made of")
    parser.add_argument("--trace", action="store_true", help="print what happens")
    parser.add_argument("--without", action="append", default=[], help="leave one kind of trouble out (its row)")
    parser.add_argument("--shrink", action="store_true", help="look for the smallest run that still finds something")
    parser.add_argument("--for", dest="for_s", type=_seconds, default=600.0, help="how long to soak, e.g. 10m")
    parser.add_argument("--stride", type=int, default=1, help="of the steps of `every`, take each Nth")
    parser.add_argument("--seeds", type=int, default=20, help="how many seeds to hunt in")
    parser.add_argument("--only", default="", help="the faults whose name has one of these words")
    parser.add_argument("--cuts", type=int, default=2_000, help="how often the power goes")
    parser.add_argument("--workers", type=int, default=2)
    asked = parser.parse_args()
    if asked.what in SPECIAL:
        return SPECIAL[asked.what](asked)
    without = frozenset(asked.without)
    if asked.shrink:
        hours, without, report = shrink(asked.seed, asked.hours, without, asked.mix)
        kept = [row for row in rows() if row not in without]
        _say(f"smallest: --seed {asked.seed} --hours {hours:.3f}, trouble needed: {', '.join(kept) or 'none'}")
        _say("  " + " ".join(f"--without '{row}'" for row in sorted(without)))
    else:
        report = run(asked.seed, asked.hours, without, mix=asked.mix, shown=asked.trace)
    return _told(report)


if __name__ == "__main__":
    sys.exit(main())

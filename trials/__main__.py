"""`python -m trials NAME [--for 60s] [--times 500] [--seed 1]`: run a trial, print what it saw, and its bar."""

import argparse
import asyncio
import shutil
import sys
import tempfile
from collections.abc import Awaitable, Callable
from pathlib import Path

from msgspec import Struct

from hoga.run.loop import run_async
from hoga.run.settings.durations import seconds
from trials.doubts import CASES, doubt_all
from trials.exchange import served
from trials.frozen import MARKETS, freeze
from trials.killing import kill_often
from trials.kills import kill
from trials.limits import saturate
from trials.sigkills import kill_processes
from trials.starts import start_often

Report = tuple[object, list[tuple[str, bool]]]


class Asked(Struct, frozen=True):
    """How long, how often (each trial knows one of them), and the seed of all chance; 0 times is the trial's own."""

    lasts_s: float = 60.0
    times: int = 0
    seed: int = 1


async def limits(asked: Asked) -> Report:
    """At least 97 % of 12 orders a second with a short round trip, and no 429."""
    async with served() as there:
        saw = await saturate(there, asked.lasts_s)
    return saw, [(f"97 % of the limit: {saw.of_limit:.1%}", saw.of_limit >= 0.97), _none(saw.refused_429)]


async def limits_far(asked: Asked) -> Report:
    """At least 95 % of the bound with 0 to 300 ms each way, and no 429."""
    async with served() as there:
        await there.move("latency", in_ms=[0, 300], out_ms=[0, 300])
        saw = await saturate(there, asked.lasts_s)
    return saw, [(f"95 % of the bound: {saw.of_bound:.1%}", saw.of_bound >= 0.95), _none(saw.refused_429)]


async def limits_lowered(asked: Asked) -> Report:
    """The venue lowers 12 to 8 without a word: at most three 429."""
    async with served() as there:
        saw = await saturate(there, asked.lasts_s, script={asked.lasts_s / 4: {"limits": {"order": 8}}})
    return saw, [(f"at most 3 refusals: {saw.refused_429}", saw.refused_429 <= 3)]


async def limits_shared(asked: Asked) -> Report:
    """Somebody else uses half of the limit: at most three 429."""
    async with served() as there:
        saw = await saturate(there, asked.lasts_s, script={asked.lasts_s / 4: {"foreign_per_s": {"order": 6}}})
    return saw, [(f"at most 3 refusals: {saw.refused_429}", saw.refused_429 <= 3)]


async def limits_raised(asked: Asked) -> Report:
    """The venue raises 8 to 12 (and 12 to 16): the bot follows within a minute."""
    async with served() as there:
        await there.move("limits", limits={"order": 8})
        change: dict[float, dict[str, object]] = {5.0: {"limits": {"order": 16}}}
        saw = await saturate(there, max(asked.lasts_s, 75.0), script=change)
    late = saw.rate_between(65.0, saw.lasted_s)
    return saw, [(f"16 a second within a minute: {late:.1f}", late >= 0.97 * 16)]


async def frozen(asked: Asked) -> Report:
    """REST frozen under a full feed: p99 of intake to strategy under 20 ms, memory flat, every order decided."""
    async with served(markets=MARKETS) as there:
        saw = await freeze(there, asked.lasts_s)
    return saw, [
        (f"p99 under 20 ms: {saw.age_p99_ms:.2f}", saw.age_p99_ms < 20),
        (f"memory flat: {saw.grown_mib:+.1f} MiB", saw.grown_mib < 16),
        (f"every order decided: {saw.undecided} are not", not saw.undecided),
        (f"no difference: {saw.differences}", not saw.differences),
    ]


async def kills(asked: Asked) -> Report:
    """Socket deaths (50) of every kind: always back, reconciled, nothing left open."""
    async with served() as there:
        saw = await kill(there, asked.times or 50)
    return saw, [
        (f"within 5 minutes: {saw.lasted_s:.0f} s", saw.lasted_s <= 300),
        (f"no difference: {saw.differences}", not saw.differences),
        (f"nothing left open: {saw.open_at_venue}", not saw.open_at_venue),
        (f"memory flat: {saw.grown_mib:+.1f} MiB", saw.grown_mib < 32),
    ]


async def killing(asked: Asked) -> Report:
    """The kill switch with 200 open orders: nothing left within ten seconds, every time."""
    saw = await kill_often(asked.times or 30, 200)
    return saw, [
        (f"p99 within 10 s: {saw.took}", saw.took.p99_s < 10),
        (f"nothing left open: {saw.left}", not saw.left),
    ]


async def starts(asked: Asked) -> Report:
    """A start with 100 open orders of a run that was killed: ready within ten seconds, every time."""
    saw = await start_often(asked.times or 30, 100)
    return saw, [
        (f"p99 within 10 s: {saw.ready}", saw.ready.p99_s < 10),
        (f"every start took over 100 orders: {saw.taken_over} at least", saw.taken_over >= saw.orders),
        (f"nothing left open: {saw.left}", not saw.left),
    ]


async def doubts(asked: Asked) -> Report:
    """Lost answers to orders: known within a second if the order exists, in 30 to 35 s if not."""
    saw = await doubt_all(asked.times or 36)
    bars = []
    for one in saw:
        settled, exists = one.settled, CASES[one.case][1]
        in_time = settled is None or (settled.p50_s < 1 if exists else settled.least_s >= 30 and settled.p99_s <= 35)
        bars.append((str(one), in_time and one.as_it_was))
    return "each case has an exchange of its own", bars


async def sigkills(asked: Asked) -> Report:
    """A real bot killed by SIGKILL (500 times): no double, lost, invented or untracked order or fill, money equal."""
    folder = Path(tempfile.mkdtemp(prefix="hoga-sigkills-"))
    saw = await kill_processes(asked.times or 500, asked.seed, folder)
    if saw.found:
        sys.stdout.writelines(f"  FOUND  {wrong}\n" for wrong in saw.found)
    else:
        shutil.rmtree(folder)
    return saw, [(f"nothing found: {len(saw.found)}", not saw.found), _none(saw.refused_429)]


def _none(refused: int) -> tuple[str, bool]:
    return f"no 429: {refused}", refused == 0


TRIALS: dict[str, Callable[[Asked], Awaitable[Report]]] = {
    "limits": limits,
    "limits-far": limits_far,
    "limits-lowered": limits_lowered,
    "limits-shared": limits_shared,
    "limits-raised": limits_raised,
    "frozen": frozen,
    "kills": kills,
    "killing": killing,
    "starts": starts,
    "doubts": doubts,
    "sigkills": sigkills,
}


async def _run(names: list[str], asked: Asked) -> bool:
    reports = await asyncio.gather(*(TRIALS[name](asked) for name in names))
    fine = True
    for name, (saw, bars) in zip(names, reports, strict=True):
        sys.stdout.write(f"{name}: {TRIALS[name].__doc__}\n  {saw}\n")
        for text, met in bars:
            fine &= met
            sys.stdout.write(f"  {'met' if met else 'NOT MET'}  {text}\n")
    return fine


def main() -> int:
    """Run what is asked for, side by side; the exit code is 1 if a bar is not met."""
    parser = argparse.ArgumentParser(prog="python -m trials", description=__doc__)
    parser.add_argument("names", nargs="+", choices=[*TRIALS, "all"])
    parser.add_argument("--for", dest="lasts", default="60s")
    parser.add_argument("--times", type=int, default=0, help="rounds, where a trial has rounds")
    parser.add_argument("--seed", type=int, default=1)
    words = parser.parse_args()
    names = list(TRIALS) if "all" in words.names else words.names
    return 0 if run_async(_run(names, Asked(seconds(words.lasts), words.times, words.seed))) else 1


if __name__ == "__main__":
    sys.exit(main())

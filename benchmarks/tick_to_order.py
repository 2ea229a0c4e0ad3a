"""Tick to order: from the sending of a ticker to the reading of the signed order that answers it, on one clock.

Every stack decodes the tick, decides by the same moving average, signs and posts one order, and reads its answer.
hoga does it as a whole bot: Sensor, Inbox, Brain with its risk checks and a real Strategy, Actuator with its limiter.
"""

from typing import Any

from harness import (
    Effort,
    Goal,
    Result,
    Table,
    at_most,
    best_ratio,
    complaints,
    in_turn,
    kept,
    median,
    quantile,
    ratio,
    say,
)
from workers import Bench

RATE = 100
TICKS = 100
WARM_UP = 10  # the first ticks of a run find cold caches everywhere
MOST_OF_CCXT, MOST_OF_FLOOR, AIM = 0.5, 2.0, 0.4

#: Candidate -> (stack, its job).
CANDIDATES = {
    "bare sockets, signed beforehand": ("floor", "ticks_prepared"),
    "bare sockets": ("floor", "ticks"),
    "hoga": ("hoga", "ticks"),
    "ccxt.pro": ("ccxt", "ticks"),
    "ccxt.pro on uvloop": ("ccxt+uvloop", "ticks"),
    "pyupbit": ("pyupbit", "ticks"),
    "upbit-sdk": ("upbit-sdk", "ticks"),
}


def run(effort: Effort, bench: Bench) -> Result:
    """Measure all stacks by turns and tell the ratios."""
    found: dict[str, list[list[float]]] = {name: [] for name in CANDIDATES}
    sent: dict[str, int] = dict.fromkeys(CANDIDATES, 0)
    failed: dict[str, str] = {}
    for n in range(effort.rounds):
        say(f"tick to order: round {n + 1} of {effort.rounds}")
        for name in in_turn(list(CANDIDATES), n):
            told, us = _one(name, effort, bench)
            if "error" in told:
                failed[name] = told["error"]
            found[name].append(us)
            sent[name] += told["sent"]
    return _result(found, sent, failed)


def _one(name: str, effort: Effort, bench: Bench) -> tuple[dict[str, Any], list[float]]:
    stack, job = CANDIDATES[name]
    count = effort.of(TICKS, WARM_UP + 5)
    bench.venue.plan(mode="ticks", count=count, rate=RATE, hold=stack == "hoga")
    told = bench.workers[stack].do(do=job, host=bench.venue.host, count=count)
    measured = bench.venue.measured()
    return told | {"sent": measured["sent"]}, [ns / 1e3 for ns in measured["latencies_ns"] if ns]


def _result(found: dict[str, list[list[float]]], sent: dict[str, int], failed: dict[str, str]) -> Result:
    warm = {name: [us[WARM_UP:] for us in rounds] for name, rounds in found.items()}
    p50 = {name: [quantile(us, 0.5) for us in rounds] for name, rounds in warm.items()}
    p99 = {name: [quantile(us, 0.99) for us in rounds] for name, rounds in warm.items()}
    pooled = {name: quantile([x for us in rounds for x in us], 0.99) for name, rounds in warm.items()}
    rows: list[list[object]] = []
    for name, rounds in p50.items():
        if not kept(rounds):
            rows.append([name, "failed"])
            continue
        answered = sum(len(us) for us in found[name])
        middle = median(rounds)
        rows.append(
            [
                name,
                f"{answered:,} of {sent[name]:,}",
                *(min(kept(rounds)), middle, median(p99[name]), pooled[name]),
                *(middle / median(p50["ccxt.pro"]), middle / median(p50["bare sockets"])),
            ]
        )
    head = ("stack", "answered", "best p50 µs", "p50 µs", "p99 µs", "p99 of all µs", "x ccxt.pro", "x bare sockets")
    result = Result("tick_to_order", raw={"p50_us": p50, "p99_us": p99, "pooled_p99_us": pooled, "failed": failed})
    result.tables.append(Table(f"Tick to order, {RATE} ticks/s", head, rows, complaints(failed)))
    result.goals += [
        at_most("tick to order p50: hoga / ccxt.pro", p50, "hoga", "ccxt.pro", MOST_OF_CCXT),
        at_most("tick to order p50: hoga / ccxt.pro, the aim", p50, "hoga", "ccxt.pro", AIM),
        at_most("tick to order p50: hoga / bare sockets", p50, "hoga", "bare sockets", MOST_OF_FLOOR),
        Goal(
            "tick to order p99: hoga / ccxt.pro",
            ratio(p99, "hoga", "ccxt.pro"),
            1.0,
            best=best_ratio(p99, "hoga", "ccxt.pro"),
        ),
    ]
    return result

"""Receive: a burst of frames from the socket into the hands of the user's code, and whether all of them arrive."""

import math

from harness import Effort, Goal, Result, Table, at_least, complaints, in_turn, kept, median, say
from workers import Bench

BOUND = 0.7
KINDS = ("ticker", "trade", "orderbook")

#: Candidate -> (stack, its job, messages in a full round: the slow ones get fewer, so that rounds stay short).
OURS = "hoga: sensor and inbox"
CANDIDATES = {
    "bare picows": ("floor", "receive", {"ticker": 40_000, "trade": 60_000, "orderbook": 20_000}),
    OURS: ("hoga", "receive", {"ticker": 40_000, "trade": 60_000, "orderbook": 20_000}),
    "hoga: to the strategy": ("hoga", "receive_bot", {"ticker": 20_000, "trade": 30_000, "orderbook": 10_000}),
    "ccxt.pro": ("ccxt", "receive", {"ticker": 3_000, "trade": 4_000, "orderbook": 1_000}),
    "pyupbit": ("pyupbit", "receive", {"ticker": 3_000, "trade": 4_000, "orderbook": 2_000}),
    "upbit-sdk": ("upbit-sdk", "receive", {"ticker": 1_000, "trade": 1_000, "orderbook": 200}),
}


def run(effort: Effort, bench: Bench) -> Result:
    """Measure every kind of message and tell the ratios."""
    result = Result("receive")
    for kind in KINDS:
        _measure(kind, effort, bench, result)
    return result


def _measure(kind: str, effort: Effort, bench: Bench, result: Result) -> None:
    rates: dict[str, list[float]] = {name: [] for name in CANDIDATES}
    sent: dict[str, int] = dict.fromkeys(CANDIDATES, 0)
    seen = dict(sent)
    failed: dict[str, str] = {}
    for n in range(effort.rounds):
        say(f"receive: {kind}, round {n + 1} of {effort.rounds}")
        for name in in_turn(list(CANDIDATES), n):
            stack, job, counts = CANDIDATES[name]
            count = effort.of(counts[kind], 20)
            bench.venue.plan(mode="batch", kind=kind, count=count, hold=stack == "hoga")
            told = bench.workers[stack].do(do=job, host=bench.venue.host, kind=kind, count=count)
            if "error" in told:
                failed[name] = told["error"]
                rates[name].append(math.nan)
                continue
            rates[name].append((count - 1) / told["seconds"])
            sent[name] += count
            seen[name] += told["user"]
    result.raw[kind] = {"rates": rates, "failed": failed}
    floor = median(rates["bare picows"])
    rows: list[list[object]] = [
        [name, int(median(found)), median(found) / floor, f"{seen[name]:,} of {sent[name]:,}"]
        if kept(found)
        else [name, "failed"]
        for name, found in rates.items()
    ]
    head = ("stack", "messages/s", "x bare picows", "reached the user's loop")
    result.tables.append(Table(f"Receive a burst: {kind}", head, rows, complaints(failed)))
    result.goals.append(at_least(f"receive {kind}: hoga / bare picows", rates, OURS, "bare picows", BOUND))
    share = seen[OURS] / sent[OURS] if sent[OURS] else math.nan
    result.goals.append(Goal(f"receive {kind}: share that arrived", share, 1, at_least=True))

"""REST round trip: one whole order call, from the wish to the understood answer, 1 and 8 in flight."""

from harness import Effort, Result, Table, at_most, complaints, in_turn, kept, median, quantile, say
from workers import Bench

#: In flight -> at most this share of ccxt's time.
BOUNDS = {1: 0.35, 8: 0.1}

#: Candidate -> (stack, calls in a full round).
CANDIDATES = {
    "bare sockets": ("floor", 800),
    "hoga": ("hoga", 800),
    "ccxt": ("ccxt", 240),
    "ccxt on uvloop": ("ccxt+uvloop", 240),
    "pyupbit": ("pyupbit", 120),
    "upbit-sdk": ("upbit-sdk", 120),
}


def run(effort: Effort, bench: Bench) -> Result:
    """Measure both and tell the ratios."""
    result = Result("rest")
    for flying in BOUNDS:
        _measure(flying, effort, bench, result)
    return result


def _measure(flying: int, effort: Effort, bench: Bench, result: Result) -> None:
    p50: dict[str, list[float]] = {name: [] for name in CANDIDATES}
    p99: dict[str, list[float]] = {name: [] for name in CANDIDATES}
    failed: dict[str, str] = {}
    for n in range(effort.rounds):
        say(f"rest: {flying} in flight, round {n + 1} of {effort.rounds}")
        for name in in_turn(list(CANDIDATES), n):
            stack, calls = CANDIDATES[name]
            count = effort.of(calls, flying)
            told = bench.workers[stack].do(do="orders", host=bench.venue.host, count=count, flying=flying)
            if "error" in told:
                failed[name] = told["error"]
            us = [ns / 1e3 for ns in told.get("latencies_ns", ())]
            p50[name].append(quantile(us, 0.5))
            p99[name].append(quantile(us, 0.99))
    result.raw[f"{flying} in flight"] = {"p50_us": p50, "p99_us": p99, "failed": failed}
    ccxt = median(p50["ccxt"])
    rows: list[list[object]] = [
        [name, min(kept(found)), median(found), median(p99[name]), median(found) / ccxt]
        if kept(found)
        else [name, "failed"]
        for name, found in p50.items()
    ]
    head = ("stack", "best p50 µs", "median p50 µs", "median p99 µs", "x ccxt")
    result.tables.append(Table(f"Order round trip, {flying} in flight", head, rows, complaints(failed)))
    result.goals.append(at_most(f"order call, {flying} in flight: hoga / ccxt", p50, "hoga", "ccxt", BOUNDS[flying]))

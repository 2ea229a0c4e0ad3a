"""What the journal costs an order, tick to order, beside the same bot without one: `python benchmarks/journal.py`.

The goal: with the journal at most 1.3 times as long as without, plus one sync of the disk. A bot whose journal syncs in
no time ("weightless") and one that writes without a thread ("inline") show what the way to the thread and back costs.
"""

import argparse
import sys

import workers
from harness import Table, in_turn, median, quantile, say, show

import run

RATE = 50  # ticks in a second: slow enough that a slow disk makes no queue
WARM_UP = 10
GOAL = 1.3
KEEP = ("none", "weightless", "disk", "inline")


def main() -> int:
    """Measure by turns and print the ratios."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--ticks", type=int, default=150)
    words = parser.parse_args()
    found: dict[str, list[list[float]]] = {keep: [] for keep in KEEP}
    syncs: dict[str, list[float]] = {keep: [] for keep in KEEP}
    workers.pin(workers.STACK_CPU)
    with workers.Bench() as bench:
        for n in range(words.rounds):
            say(f"journal: round {n + 1} of {words.rounds}")
            for keep in in_turn(list(KEEP), n):
                bench.venue.plan(mode="ticks", count=words.ticks, rate=RATE, hold=True)
                told = bench.workers["hoga+journal"].do(do="ticks", host=bench.venue.host, count=words.ticks, keep=keep)
                if "error" in told:
                    raise RuntimeError(told["error"])
                found[keep].append([ns / 1e3 for ns in bench.venue.measured()["latencies_ns"] if ns][WARM_UP:])
                syncs[keep].append(told["commit_p50_us"])
    p50 = {keep: [quantile(us, 0.5) for us in rounds] for keep, rounds in found.items()}
    bare_us = median(p50["none"])
    rows: list[list[object]] = [
        [keep, f"{min(p50[keep]):,.0f}", f"{median(p50[keep]):,.0f}", f"{max(p50[keep]):,.0f}"] for keep in KEEP
    ]
    print(show(Table("Tick to order by journal, p50 in microseconds", ("journal", "best", "median", "worst"), rows)))
    print(f"\nweightless / none: {median(p50['weightless']) / bare_us:.2f}")
    for keep in ("disk", "inline"):
        sync_us = median(syncs[keep])
        # What belongs together was measured together: each round's own ratio.
        ratios = [(us - sync) / none for us, sync, none in zip(p50[keep], syncs[keep], p50["none"], strict=True)]
        print(f"{keep}: one commit that an order waits for, p50: {sync_us:,.0f} us")
        print(f"({keep} - one commit) / none, median of rounds: {median(ratios):.2f}   goal: at most {GOAL}")
    print(f"\n{run.circumstances()}")
    return 0


if __name__ == "__main__":
    sys.exit(main())

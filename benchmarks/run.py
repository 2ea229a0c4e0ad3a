"""hoga beside its peers and beside the floor, all in the same run: `python benchmarks/run.py [subject ...] [--quick]`.

Only ratios within one run mean anything; what the machine does beside it changes every number, and all of them alike.
"""

import argparse
import json
import os
import platform
import sys
import time
from collections.abc import Callable
from importlib import metadata
from pathlib import Path

import decode
import harness
import receive
import rest
import sign
import tick_to_order
import workers

Subject = Callable[[harness.Effort, workers.Bench], harness.Result]

SUBJECTS: dict[str, Subject] = {
    "decode": lambda effort, _: decode.run(effort),
    "sign": lambda effort, _: sign.run(effort),
    "receive": receive.run,
    "rest": rest.run,
    "tick_to_order": tick_to_order.run,
}
PACKAGES = ("msgspec", "picows", "httptools", "uvloop", "ccxt", "pyupbit", "upbit-sdk", "websockets", "aiohttp")


def main() -> int:
    """Run the subjects asked for and print their tables."""
    words = _arguments()
    chosen = words.subject or list(SUBJECTS)
    effort = harness.EFFORTS["tiny" if words.tiny else "quick" if words.quick else "full"]
    if words.rounds:
        effort = harness.Effort(effort.name, words.rounds, effort.scale)
    results = []
    workers.pin(workers.STACK_CPU)
    with workers.Bench() as bench:
        for name in chosen:
            result = SUBJECTS[name](effort, bench)
            results.append(result)
            for table in result.tables:
                print(harness.show(table), end="\n\n", flush=True)
    goals = [goal for result in results for goal in result.goals]
    print(harness.show_goals(goals))
    print(f"\n{circumstances()}")
    if words.json:
        _save(words.json, results, effort)
    return 0


def circumstances() -> str:
    """What the numbers were measured with and on, in one paragraph."""
    versions = ", ".join(f"{name} {metadata.version(name)}" for name in PACKAGES)
    load = f"{os.getloadavg()[0]:.1f}" if hasattr(os, "getloadavg") else "unknown"
    when = time.strftime("%Y-%m-%d %H:%M UTC", time.gmtime())
    return f"Python {platform.python_version()}, {versions}. {os.cpu_count()} processors, load {load}, {when}."


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="hoga beside upbit-sdk, ccxt, pyupbit and the floor, as ratios")
    parser.add_argument("subject", nargs="*", choices=[*SUBJECTS, []], help=", ".join(SUBJECTS))
    parser.add_argument("--quick", action="store_true", help="fewer and shorter rounds: a look, not a record")
    parser.add_argument("--tiny", action="store_true", help="one round of a few items: does everything run?")
    parser.add_argument("--rounds", type=int, help="another number of rounds")
    parser.add_argument("--json", type=Path, help="also write every round's numbers to this file")
    return parser.parse_args()


def _save(path: Path, results: list[harness.Result], effort: harness.Effort) -> None:
    told = {
        "circumstances": circumstances(),
        "effort": effort.name,
        "goals": [vars(goal) | {"met": goal.met} for result in results for goal in result.goals],
        "subjects": {result.subject: result.raw for result in results},
    }
    path.write_text(json.dumps(told, indent=1), encoding="utf-8")


if __name__ == "__main__":
    sys.exit(main())

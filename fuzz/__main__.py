"""`python -m fuzz [--count N | --for 60s] [--seed S]`: feed broken input to everything that reads.

`--count` is of frames and bodies together; headers, configurations and requests get a tenth of it each. The default
is the whole of it: a million frames and bodies, a hundred thousand of each other kind. The exit code is 1 if anything
was raised that no document speaks of, if an amount was not the one in the text, or if one input took a second.
"""

import argparse
import os
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory

from fuzz.run import Counted, run
from fuzz.targets import Target, targets
from hoga.model.money import use_exact_money
from hoga.run.settings.durations import seconds

WHOLE = 1_000_000
RECORDED = Path(__file__).parents[2] / "shared" / "reference" / "fixtures"
SHARES: Mapping[str, float] = {"frames": 0.5, "bodies": 0.5, "headers": 0.1, "configs": 0.1, "requests": 0.1}


def main() -> int:
    """Run what is asked for and print what was fed."""
    parser = argparse.ArgumentParser(prog="python -m fuzz", description=__doc__)
    parser.add_argument("--count", type=int, default=WHOLE, help="frames and bodies together")
    parser.add_argument("--for", dest="lasts", help="go on with further seeds for so long, e.g. 60s")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--only", action="append", choices=SHARES, help="these targets only")
    asked = parser.parse_args()
    use_exact_money()
    until_s = time.monotonic() + seconds(asked.lasts) if asked.lasts else None
    totals: dict[str, Counted] = {name: Counted() for name in asked.only or SHARES}
    seed, begun_s = asked.seed, time.monotonic()
    for name in [name for name in os.environ if name.startswith(("HOGA_", "UPBIT_"))]:
        del os.environ[name]  # what this machine exports would have the last word over every configuration
    with TemporaryDirectory() as folder:
        seed = _feed(totals, targets(RECORDED, Path(folder)), asked.count, seed, until_s)
    for name, total in totals.items():
        sys.stdout.write(f"{name:<9} {total}\n")
    sys.stdout.write(f"{time.monotonic() - begun_s:.0f} s, seeds {asked.seed} to {seed - 1}\n")
    return 1 if any(total.found for total in totals.values()) else 0


def _feed(
    totals: Mapping[str, Counted], made: Mapping[str, Target], count: int, seed: int, until_s: float | None
) -> int:
    """Feed a seed's worth to each target, or one after the other until the time is over; the answer is the next."""
    while True:
        # With a time to fill, rounds are small, so that its end is kept.
        fed = min(count, WHOLE // 100) if until_s else count
        for name, total in totals.items():
            run(name, made[name], Random(f"{seed}:{name}"), int(fed * SHARES[name]), total)
        seed += 1
        if until_s is None or time.monotonic() >= until_s:
            return seed


if __name__ == "__main__":
    sys.exit(main())

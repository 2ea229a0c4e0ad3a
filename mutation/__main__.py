"""`python -m mutation [WORDS]`: plant each fault in a copy of the tree, run its tests, and expect red.

The table says which test caught which fault. The exit code is 1 if one was not caught.
"""

import argparse
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from tempfile import TemporaryDirectory

from mutation.defects import DEFECTS, Defect
from mutation.plant import Verdict, copied, judge


def main() -> int:
    """Run what is asked for and print the table."""
    parser = argparse.ArgumentParser(prog="python -m mutation", description=__doc__)
    parser.add_argument("words", nargs="*", help="faults whose name has one of these words; all where none is given")
    parser.add_argument("--at-once", type=int, default=2)
    asked = parser.parse_args()
    chosen = [one for one in DEFECTS if not asked.words or any(word in one.name for word in asked.words)]
    begun_s = time.monotonic()
    with TemporaryDirectory(prefix="hoga-mutation-") as folder:
        clean = copied(Path(folder) / "clean")
        everything = Defect("no fault", "", "", "", tuple(sorted({test for one in chosen for test in one.tests})))
        if (before := judge(everything, clean)).is_red:
            sys.stdout.write(f"the tests are red without any fault: {before.how}\n")
            return 1
        with ThreadPoolExecutor(asked.at_once) as pool:
            verdicts = list(
                pool.map(lambda pair: _told(pair[1], clean, Path(folder) / str(pair[0])), enumerate(chosen))
            )
    caught = sum(verdict.is_red for verdict in verdicts)
    sys.stdout.write(f"{caught} of {len(verdicts)} faults caught in {time.monotonic() - begun_s:.0f} s\n")
    return 0 if caught == len(verdicts) else 1


def _told(defect: Defect, clean: Path, folder: Path) -> Verdict:
    verdict = judge(defect, copied(folder, clean))
    sys.stdout.write(f"{'caught ' if verdict.is_red else 'MISSED '} {defect.name:<70} {verdict.how}\n")
    sys.stdout.flush()
    return verdict


if __name__ == "__main__":
    sys.exit(main())

"""Does the judge bite? Faults that only show when much goes wrong at once are planted, and each must be found.

A fault is a small change of text in one file of a copy of the tree, as in `mutation`; the simulation of the copy is
asked. Where the text is no longer there the fault counts as not found: it must be planted anew, not forgotten.
"""

import os
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from tempfile import TemporaryDirectory

from msgspec import Struct
from mutation.plant import copied

#: A fault has to be found within so many seeds of a simulation, or so many power cuts, whichever can meet it.
SEEDS, CUTS = 20, 150
HUNT = ("hunt", "--seeds", str(SEEDS))
POWER = ("power", "--cuts", str(CUTS))
LIMIT_S = 1_200.0
_SRC = "src/hoga/"


class Planted(Struct, frozen=True):
    """One fault: what it is, where, its text before and after, and the words with which it has to be found."""

    name: str
    path: str
    old: str
    new: str
    words: tuple[str, ...] = HUNT


class Found(Struct, frozen=True):
    """What became of a fault: `by` is the first thing that was found, or why nothing was."""

    name: str
    is_found: bool
    by: str


PLANTED = (
    Planted(
        "no limit of requests is kept",
        _SRC + "upbit/limits/permits.py",
        "        out = self.out(now_s)\n        lessons = self.lessons\n",
        "        return now_s\n        lessons = self.lessons\n",
    ),
    Planted(
        "one 'no such order' proves that there is none",
        _SRC + "brain/orders/absence.py",
        "return self.answers >= ANSWERS and (self.counted_ns >= enough_ns or bool(self.refused))",
        "return self.answers >= 1",
    ),
    Planted(
        "a lost order is ordered again under a new id while the first may live",
        _SRC + "brain/orders/desk.py",
        "        step = order.learn(evidence_of_loss(event.cause), self.world.now_ns)\n",
        "        self.place(__import__('msgspec').structs.replace(order.intent, order_id=self.world.mint()))\n"
        "        step = order.learn(evidence_of_loss(event.cause), self.world.now_ns)\n",
    ),
    Planted(
        "a lost answer is a refusal",
        _SRC + "model/order_life.py",
        'Evidence.LOST:             " x    U?',
        'Evidence.LOST:             " x    R ',
    ),
    Planted(
        "what the list lacks is cancelled",
        _SRC + "model/order_life.py",
        'Evidence.UNLISTED:         " =    =    =    =?   =?',
        'Evidence.UNLISTED:         " =    =    =    C    C ',
    ),
    Planted(
        "a fill is counted twice",
        _SRC + "model/orders.py",
        "        if fill.trade_id in self.fills:\n            return False\n        self.fills[fill.trade_id] = fill\n",
        "        self.fills[f'{fill.trade_id}-{len(self.fills)}'] = fill\n",
    ),
    Planted(
        "a fill that comes after the end is passed over",
        _SRC + "brain/orders/records.py",
        "        if not order.add_fill(fill, world.now_ns):",
        "        if not order.is_open or not order.add_fill(fill, world.now_ns):",
    ),
    Planted(
        "an order leaves before its record is durable",
        _SRC + "run/state/journaling.py",
        "            self._waiting.append(_Held(orders, at_ns))\n            self._wake.set()\n",
        "            for order in orders:\n                self._release(order)\n",
    ),
    Planted(
        "an order that was on its way at a crash is taken for one that never left",
        _SRC + "store/cards.py",
        "return OrderState.UNKNOWN if self.lost else OrderState.SENDING",
        "return OrderState.UNKNOWN if self.lost else OrderState.REJECTED",
    ),
    Planted(
        "the journal is not synced",
        _SRC + "store/journal.py",
        '"synchronous=FULL"',
        '"synchronous=OFF"',
        POWER,
    ),
    Planted(
        "the records of one decision are durable one by one",
        _SRC + "store/journal.py",
        '            self._database.execute("BEGIN IMMEDIATE")\n'
        "            self._database.executemany(_INSERT, rows)\n"
        '            self._database.execute("COMMIT")\n',
        "            self._database.executemany(_INSERT, rows)\n",
        POWER,
    ),
)


def hunt_all(names: str, workers: int) -> Iterator[Found]:
    """Plant each fault whose name has one of these words (or all), and tell what finds it."""
    chosen = [one for one in PLANTED if not names or any(word in one.name for word in names.split(","))]
    with TemporaryDirectory(prefix="hoga-planted-") as folder, ThreadPoolExecutor(workers) as pool:
        clean = copied(Path(folder) / "clean")
        yield from pool.map(lambda pair: _hunt(pair[1], clean, Path(folder) / str(pair[0])), enumerate(chosen))


def _hunt(planted: Planted, clean: Path, folder: Path) -> Found:
    place = copied(folder, clean) / planted.path
    text = place.read_text(encoding="utf-8")
    if (times := text.count(planted.old)) != 1:
        return Found(planted.name, is_found=False, by=f"cannot be planted: its text is {times} times in the file")
    place.write_text(text.replace(planted.old, planted.new), encoding="utf-8")
    environment = os.environ | {"PYTHONPATH": f"{folder / 'src'}{os.pathsep}{folder}", "PYTHONDONTWRITEBYTECODE": "1"}
    command = [sys.executable, "-m", "simtest", *planted.words]
    try:
        done = subprocess.run(  # noqa: S603 - our own Python with fixed words
            command, cwd=folder, env=environment, capture_output=True, text=True, check=False, timeout=LIMIT_S
        )
    except subprocess.TimeoutExpired:
        return Found(planted.name, is_found=False, by=f"nothing within {LIMIT_S:.0f} s")
    first = (done.stdout.strip() or done.stderr.strip()[-300:] or "nothing").partition("\n")[0]
    return Found(planted.name, is_found=done.returncode == 1, by=first)

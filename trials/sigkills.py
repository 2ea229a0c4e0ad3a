"""A real bot, killed with SIGKILL again and again, always started anew on what is left of its journal.

Each lane has an exchange and a folder of its own. The bot is `hoga run` with a restless strategy; nothing is cleaned up
between two lives. After each kill `trials.judging` compares the exchange's private truth with a copy of the journal;
after the last one the bot runs once more, stops by itself, and everything must be equal.
"""

import asyncio
import signal
import time
from collections import Counter
from collections.abc import Sequence
from decimal import Decimal
from pathlib import Path
from random import Random
from typing import Any

from msgspec import Struct, field

from hoga.store.journal import read_journal
from hoga.store.recovery import recover
from trials.exchange import Served, served
from trials.judging import Written, invented, lost, money, read_on, recovered_totals, untracked
from trials.lives import Life, begin, prepare, shares
from trials.progress import Progress

KRW = 100_000_000
LATENCY_MS = (0, 60)  # each way: enough that many a kill finds a request on its way
READY_WITHIN_S = 60.0
STEADY_S = 3.0  # the last life trades this long before it is asked to stop
ENDS_WITHIN_S = 40.0
#: A bot that said it is ready so long before its kill has all of the past in its journal.
WRITTEN_WITHIN_S = 0.5

#: When to kill: how often, after what the log must have said, and how many seconds later at most.
MOMENTS = (
    ("start", 2, "", 0.9),
    ("recovery", 2, "event", 0.5),
    ("work", 5, "ready", 1.6),
    ("stop", 2, "ready", 1.0),
)
STOPPING_S = 0.5  # after SIGTERM
COMPLAINTS = ("Traceback", "Error", "hoga: ", "halted")  # among the lines about equity that it prints

SETTINGS = """
[exchange]
reconcile_every_s = 2
[state]
max_starts = 0
[risk]
max_open_orders = 60
stale_feed_s = 60
rejects_pause = 100000
rejects_halt = 1000000
max_unknown = 30
"""


class Sigkills(Struct):
    """What a run of kills saw; `found` must be empty. `in_doubt` counts orders of which nothing was heard at a kill."""

    kills: int = 0
    lasted_s: float = 0.0
    struck: Counter[str] = field(default_factory=Counter)
    in_doubt: int = 0
    orders: int = 0
    fills: int = 0
    rows: int = 0
    refused_429: int = 0
    found: list[str] = field(default_factory=list)


class Lane:
    """One exchange, one folder, one bot after another."""

    def __init__(self, there: Served, folder: Path, seed: int, progress: Progress) -> None:
        self._there = there
        self._folder = folder
        self._chance = Random(f"{seed}:kills")  # noqa: S311 - moments, not secrets
        self._progress = progress
        self._written = Written()
        self._lives = 0
        self._life: Life | None = None
        self.saw = Sigkills()
        prepare(folder, SETTINGS)

    async def kill(self, times: int) -> None:
        """Kill so many bots; stop at the first finding."""
        while self.saw.kills < times and not self.saw.found:
            await self._live_and_die()

    async def _live_and_die(self) -> None:
        life = await self._begin()
        kind, _, said, late_s = self._chance.choices(MOMENTS, [often for _, often, _, _ in MOMENTS])[0]
        if said and not await life.until_it_says(said, READY_WITHIN_S) and not life.is_over:
            self._find(f"not within {READY_WITHIN_S:g} s: {said}")
        await life.ends_within(self._chance.uniform(0.0, late_s))
        if kind == "stop" and not life.is_over:
            life.process.send_signal(signal.SIGTERM)
            await life.ends_within(self._chance.uniform(0.0, STOPPING_S))
        killed_s = time.time()
        life.kill()
        code = await life.process.wait()
        life.look()
        if code == -signal.SIGKILL:
            self.saw.kills += 1
            self.saw.struck[life.phase] += 1
            self._progress.step()
        elif kind != "stop" or code not in {0, -signal.SIGTERM}:  # asked before it listens, it just ends
            self._find(f"it ended by itself with code {code}")
        ready_s = life.said_at_s("ready")
        is_settled = ready_s is not None and killed_s - ready_s > WRITTEN_WITHIN_S
        await self._judge(life.begun_s * 1000 if is_settled else 0.0)

    async def _begin(self) -> Life:
        self._lives += 1
        self._life = await begin(self._there, self._folder, self._errors, "--strategy", "restless")
        return self._life

    @property
    def _errors(self) -> Path:
        return self._folder / f"life-{self._lives:04}.err"

    async def _judge(self, known_before_ms: float) -> Sequence[dict[str, Any]]:
        """What must hold at every moment; and all trades up to a moment must be in the journal."""
        written = self._written
        for wrong in (*read_on(self._folder / "var" / "hoga.journal", written), *written.twice):
            self._find(wrong)
        orders: list[dict[str, Any]] = await self._there.look("orders")
        for wrong in (*untracked(written, orders), *lost(written, orders, known_before_ms)):
            self._find(wrong)
        for wrong in written.corrected:
            self._find(f"our own books were wrong: {wrong}")
        errors = self._errors.read_text("utf-8", "replace")
        if any(word in errors for word in COMPLAINTS):
            self._find(f"it complained: {errors[-500:]}")
        self.saw.in_doubt += written.in_doubt
        self.saw.orders, self.saw.rows = len(orders), written.rows
        self.saw.fills = sum(len(order["trades"]) for order in orders)
        return orders

    def _find(self, what: str) -> None:
        self.saw.found.append(f"{self._folder} life {self._lives} kill {self.saw.kills}: {what}")

    async def end(self) -> None:
        """One more life, that trades a little and stops by itself; then all must be equal."""
        life = await self._begin()
        if not await life.until_it_says("ready", READY_WITHIN_S):
            self._find("the last life never became ready")
        await life.ends_within(STEADY_S)
        if not life.is_over:
            life.process.send_signal(signal.SIGTERM)
        await life.ends_within(ENDS_WITHIN_S)
        life.kill()
        if code := await life.process.wait():
            self._find(f"the last life ended with code {code}")
        orders = await self._judge(time.time() * 1000)
        await self._judge_the_end(orders)

    def leave_nothing_running(self) -> None:
        """End the bot of a lane that was broken off."""
        if self._life is not None:
            self._life.kill()

    async def _judge_the_end(self, orders: Sequence[dict[str, Any]]) -> None:
        written, state = self._written, await self._there.look("state")
        there = {
            one["currency"]: Decimal(one["free"]) + Decimal(one["locked"])
            for one in state["accounts"]["main"]["balances"]
        }
        known = recover(read_journal(self._folder / "var" / "hoga.journal"))
        open_now = [order["identifier"] for order in orders if order["state"] in {"wait", "watch"}]
        for wrong in (
            *(f"LEFT OPEN: {identifier}" for identifier in open_now),
            *(f"IN QUESTION: {order.order_id}" for order in known.orders),
            *invented(written, orders),
            *money(written, orders, {"KRW": Decimal(KRW)}, there),
            *recovered_totals(known.totals, orders),
        ):
            self._find(wrong)
        groups = (await self._there.look("counters"))["groups"]
        self.saw.refused_429 = sum(group["refused_429"] for group in groups.values())


async def kill_processes(times: int, seed: int, folder: Path, *, lanes: int = 2) -> Sigkills:
    """Kill `times` bots in all, in some lanes side by side; what each lane leaves stays in `folder`."""
    progress, begun_s = Progress("kills", times), time.monotonic()
    sights = await asyncio.gather(
        *(
            _one_lane(share, seed + number, folder / f"lane-{number}", progress)
            for number, share in enumerate(shares(times, lanes))
        )
    )
    progress.end()
    return Sigkills(
        kills=sum(saw.kills for saw in sights),
        lasted_s=time.monotonic() - begun_s,
        struck=sum((saw.struck for saw in sights), Counter()),
        in_doubt=sum(saw.in_doubt for saw in sights),
        orders=sum(saw.orders for saw in sights),
        fills=sum(saw.fills for saw in sights),
        rows=sum(saw.rows for saw in sights),
        refused_429=sum(saw.refused_429 for saw in sights),
        found=[wrong for saw in sights for wrong in saw.found],
    )


async def _one_lane(times: int, seed: int, folder: Path, progress: Progress) -> Sigkills:
    async with served(seed=seed, krw=KRW) as there:
        await there.move("latency", in_ms=LATENCY_MS, out_ms=LATENCY_MS)
        lane = Lane(there, folder, seed, progress)
        try:
            await lane.kill(times)
            await lane.end()
        finally:
            lane.leave_nothing_running()
        return lane.saw

"""A start with many open orders, in the journal and at the exchange: from the process's birth until it is ready."""

import asyncio
import json
import signal
from pathlib import Path
from tempfile import TemporaryDirectory

from msgspec import Struct

from trials.exchange import Served, served
from trials.lives import Life, begin, prepare, shares
from trials.progress import Progress
from trials.spread import Spread, spread

FULL_WITHIN_S = 120.0
READY_WITHIN_S = 60.0
ENDS_WITHIN_S = 40.0
POLL_S = 0.1
SETTINGS = """
[state]
max_starts = 0
[risk]
max_open_orders = 200
max_open_orders_all = 1000
sends_per_s = 1000
stale_feed_s = 600
"""


class Starts(Struct):
    """`ready` runs from the start of the process; `taken_over` is the fewest orders a start had to clear up."""

    orders: int
    taken_over: int
    ready: Spread
    left: int


async def start_often(rounds: int, orders: int, *, lanes: int = 2) -> Starts:
    """Fill a book in each lane, then kill and start `rounds` times in all, each time when the book is full."""
    progress = Progress("starts", rounds)
    found = await asyncio.gather(*(_one_lane(share, orders, progress) for share in shares(rounds, lanes)))
    progress.end()
    times_s = [time_s for times_s, _, _ in found for time_s in times_s]
    return Starts(orders, min(least for _, least, _ in found), spread(times_s), sum(left for _, _, left in found))


async def _one_lane(rounds: int, orders: int, progress: Progress) -> tuple[list[float], int, int]:
    times_s: list[float] = []
    least = orders
    async with served() as there:
        with TemporaryDirectory() as name:
            folder = Path(name)
            prepare(folder, SETTINGS)
            words = ("--strategy", "filler", "--set", f"orders={orders}")
            life = await begin(there, folder, folder / "errors", *words)
            try:
                await _until_full(there, life, orders)
                while len(times_s) < rounds:
                    life.kill()
                    await life.process.wait()
                    life = await begin(there, folder, folder / "errors", *words)
                    if not await life.until_it_says("ready", READY_WITHIN_S):
                        raise TimeoutError(f"not ready: {(folder / 'errors').read_text()}")
                    times_s.append((life.said_at_s("ready") or 0.0) - life.begun_s)
                    least = min(least, _taken_over(life))
                    progress.step()
                    await _until_full(there, life, orders)
                life.process.send_signal(signal.SIGTERM)
                await life.ends_within(ENDS_WITHIN_S)
            finally:
                life.kill()
        return times_s, least, len(await _open_orders(there))


async def _until_full(there: Served, life: Life, orders: int) -> None:
    """Wait for the exchange to have all orders; a bot that took all of them over has nothing to add."""
    async with asyncio.timeout(FULL_WITHIN_S):
        while len(await _open_orders(there)) < orders:
            if life.is_over:
                raise RuntimeError(f"the bot ended: {(life.folder / 'errors').read_text()}")
            await asyncio.sleep(POLL_S)


def _taken_over(life: Life) -> int:
    told = next(line for line in life.log.splitlines() if '"event": "recovered"' in line)
    return int(json.loads(told)["in_question"])


async def _open_orders(there: Served) -> list[object]:
    return [order for order in await there.look("orders") if order["state"] == "wait"]

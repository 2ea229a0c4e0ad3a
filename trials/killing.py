"""The kill switch against a full book: from the pull until the exchange has nothing of ours, again and again."""

import asyncio
import time
from pathlib import Path
from tempfile import TemporaryDirectory

from msgspec import Struct

from hoga.brain.risk.limits import RiskLimits
from hoga.run.commands.live import make_desk
from hoga.run.screen.logs import EventLog
from hoga.run.settings.config import load
from hoga.run.state.keeping import Kept
from hoga.run.state.state_files import StateFiles
from hoga.run.state.switch import switched
from trials.exchange import Served, served
from trials.filler import Filler
from trials.lives import shares
from trials.progress import Progress
from trials.spread import Spread, spread
from trials.watching import until

FULL_WITHIN_S = 120.0
EMPTY_WITHIN_S = 60.0
#: What the trial needs and a trader does not: as many open orders as asked for.
LIMITS = RiskLimits(max_open_orders=200, max_open_orders_all=1_000, orders_per_s=12, sends_per_s=1_000)


class Killed(Struct):
    """`took` runs from the pull until the exchange has nothing of ours."""

    orders: int
    took: Spread
    refused_429: int
    left: int


async def kill_often(rounds: int, orders: int, *, lanes: int = 3) -> Killed:
    """Fill a book and pull the switch, `rounds` times; each round is a run of its own, each lane has an exchange."""
    progress = Progress("pulls", rounds)
    found = await asyncio.gather(*(_one_lane(share, orders, progress) for share in shares(rounds, lanes)))
    progress.end()
    took_s = [time_s for times_s, _, _ in found for time_s in times_s]
    refused, left = sum(one[1] for one in found), sum(one[2] for one in found)
    return Killed(orders, spread(took_s), refused, left)


async def _one_lane(rounds: int, orders: int, progress: Progress) -> tuple[list[float], int, int]:
    took_s, refused = [], 0
    async with served() as there:
        for _ in range(rounds):
            seconds, refusals = await _kill_once(there, orders)
            took_s.append(seconds)
            refused += refusals
            progress.step()
        return took_s, refused, len(await _open_orders(there))


async def _kill_once(there: Served, orders: int) -> tuple[float, int]:
    with TemporaryDirectory() as name:
        folder = Path(name)
        settings = load(
            None,
            {
                "exchange": {"rest_url": there.rest_url, "websocket_url": there.websocket_url},
                "access_key": there.access_key,
                "secret_key": there.secret_key,
            },
        )
        log = EventLog(folder / "trial.jsonl", console=None)
        desk = await make_desk(settings, Filler(Filler.Params(orders=orders)), LIMITS, log)
        files = StateFiles(folder / "var")
        switch = switched(desk, files, Kept(desk.clock_ns))
        running = asyncio.create_task(desk.run())

        def is_full() -> bool:
            waiting = [order for order in desk.brain.open_orders if order.venue_id is not None]
            return len(waiting) >= orders

        try:
            await until(is_full, FULL_WITHIN_S, "the book is full")
            begun_s = time.monotonic()
            files.kill("the trial")
            while await _open_orders(there):
                if time.monotonic() - begun_s > EMPTY_WITHIN_S:
                    break
                await asyncio.sleep(0.02)
            took_s = time.monotonic() - begun_s
        finally:
            desk.halt("the trial is over")
            await running
            await switch.end()
            log.close()
        return took_s, desk.actuator.counters.refused_429


async def _open_orders(there: Served) -> list[object]:
    return [order for order in await there.look("orders") if order["state"] == "wait"]

"""Sockets die in every way there is, again and again: the bot must always be back, resubscribed and reconciled."""

import asyncio
import time
from pathlib import Path
from tempfile import TemporaryDirectory

from msgspec import Struct

from hoga.model.events import Stream
from hoga.run.desk import Desk
from trials.bot import bot, metronome
from trials.exchange import Served
from trials.watching import resident_mib, until

#: (what happens, how it is asked for at the exchange, whether the socket must be replaced)
KINDS = (
    ("close 1000", "ws.close(1000)@every=1s,count=1", True),
    ("close 1001", "ws.close(1001)@every=1s,count=1", True),
    ("close 1011", "ws.close(1011)@every=1s,count=1", True),
    ("reset in a frame", "ws.cut(mid_frame)@every=1s,count=1", True),
    ("refused", "ws.refuse(503)@count=2;ws.close(1001)@every=1s,count=1", True),
    ("garbage", "ws.garbage(utf8)@count=3", False),
    ("a frame of 100 MB", "ws.huge(100MB)@count=1", True),
    ("black hole", "ws.blackhole@every=1s,count=1", True),
)
BACK_WITHIN_S = 60.0


class Kills(Struct):
    """What a run of kills saw."""

    kills: int
    lasted_s: float
    reconnects: int
    slowest_back_s: float
    grown_mib: float
    orders: int
    fills: int
    differences: int
    broken_frames: int
    refused_429: int
    left_open: int
    open_at_venue: int


async def kill(there: Served, kills: int, *, kinds: tuple[tuple[str, str, bool], ...] = KINDS) -> Kills:
    """Kill sockets `kills` times, each kind in turn, and wait each time until the bot trades again."""
    with TemporaryDirectory() as folder:
        async with bot(there, Path(folder)) as desk:
            running = asyncio.create_task(desk.run())
            begun_s = time.monotonic()
            slowest_s = 0.0
            try:
                await until(lambda: desk.brain.ready, BACK_WITHIN_S, "the bot is ready")
                before_mib = resident_mib()
                for number in range(kills):
                    name, fault, replaces = kinds[number % len(kinds)]
                    slowest_s = max(slowest_s, await _strike(there, desk, name, fault, replaces=replaces))
                grown = resident_mib() - before_mib
                await asyncio.sleep(6.0)  # one more reconciliation
                metronome(desk).stops = True
            finally:
                desk.halt("the trial is over")
                await running
            told = desk.brain.summary()
            counters = desk.sensor.counters.values()
            listed = await there.look("orders")
            return Kills(
                kills=kills,
                lasted_s=time.monotonic() - begun_s,
                reconnects=sum(feed.reconnects for feed in counters),
                slowest_back_s=slowest_s,
                grown_mib=grown,
                orders=told.orders,
                fills=told.fills,
                differences=told.differences,
                broken_frames=sum(feed.broken for feed in counters),
                refused_429=desk.actuator.counters.refused_429,
                left_open=len(told.left_open),
                open_at_venue=sum(order["state"] == "wait" for order in listed),  # type: ignore[index]
            )


async def _strike(there: Served, desk: Desk, name: str, fault: str, *, replaces: bool) -> float:
    """Let one thing happen and wait until the bot is back; the answer is how long that took from the loss."""
    before = {stream: feed.reconnects for stream, feed in desk.sensor.counters.items()}
    broken = sum(feed.broken for feed in desk.sensor.counters.values())
    await there.move("faults", clear=True, add=fault.split(";"))

    def struck() -> bool:
        now = desk.sensor.counters
        if not replaces:
            return sum(feed.broken for feed in now.values()) > broken
        return any(now[stream].reconnects > before[stream] for stream in Stream)

    await until(struck, BACK_WITHIN_S, f"{name}: a new connection")
    await there.move("faults", clear=True)
    return await until(lambda: desk.brain.ready, BACK_WITHIN_S, f"{name}: trading again")

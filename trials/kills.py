"""Sockets die in every way there is, again and again: the bot must always be back, resubscribed and reconciled."""

import asyncio
import time
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

from msgspec import Struct

from hoga.model.events import Stream
from hoga.run.desk import Desk
from trials.bot import bot, metronome
from trials.exchange import Served
from trials.watching import resident_mib, until

Kind = tuple[str, Sequence[str], bool]

#: (what happens, how it is asked for at the exchange, whether the socket must be replaced)
KINDS: Sequence[Kind] = (
    ("close 1000", ("ws.close(1000)@every=100ms,count=1,socket={}",), True),
    ("a reset in the middle of a frame", ("ws.cut(mid_frame)@every=100ms,count=1,socket={}",), True),
    (
        "close 1001, then refused twice",
        ("ws.refuse(503)@count=2,socket={}", "ws.close(1001)@every=100ms,count=1,socket={}"),
        True,
    ),
    ("garbage", ("ws.garbage(utf8)@count=3,socket={}",), False),
    ("close 1011", ("ws.close(1011)@every=100ms,count=1,socket={}",), True),
    ("a frame of 100 MB", ("ws.huge(100MB)@count=1,socket={}",), True),
    ("a black hole", ("ws.blackhole@every=100ms,count=1,socket={}",), True),
)
PACE_S = 9.0  # between two kills of one socket
BACK_WITHIN_S = 60.0
RECONCILED_WITHIN_S = 6.0


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


async def kill(there: Served, kills: int, *, kinds: Sequence[Kind] = KINDS, pace_s: float = PACE_S) -> Kills:
    """Kill sockets `kills` times, half of them public, each kind in turn, and wait until the bot trades again."""
    with TemporaryDirectory() as folder:
        async with bot(there, Path(folder)) as desk:
            running = asyncio.create_task(desk.run())
            begun_s = time.monotonic()
            try:
                await until(lambda: desk.brain.ready, BACK_WITHIN_S, "the bot is ready")
                before_mib = resident_mib()
                waits = await asyncio.gather(
                    *(_strike_often(there, desk, stream, kills // len(Stream), kinds, pace_s) for stream in Stream)
                )
                lasted_s = time.monotonic() - begun_s
                grown = resident_mib() - before_mib
                await asyncio.sleep(RECONCILED_WITHIN_S)
                metronome(desk).stops = True
            finally:
                desk.halt("the trial is over")
                await running
            told = desk.brain.summary()
            counters = desk.sensor.counters.values()
            listed = await there.look("orders")
            return Kills(
                kills=kills,
                lasted_s=lasted_s,
                reconnects=sum(feed.reconnects for feed in counters),
                slowest_back_s=max(map(max, waits)),
                grown_mib=grown,
                orders=told.orders,
                fills=told.fills,
                differences=told.differences,
                broken_frames=sum(feed.broken for feed in counters),
                refused_429=desk.actuator.counters.refused_429,
                left_open=len(told.left_open),
                open_at_venue=sum(order["state"] == "wait" for order in listed),
            )


async def _strike_often(
    there: Served, desk: Desk, stream: Stream, times: int, kinds: Sequence[Kind], pace_s: float
) -> list[float]:
    waits = []
    for number in range(times):
        begun_s = time.monotonic()
        waits.append(await _strike(there, desk, stream, kinds[number % len(kinds)]))
        await asyncio.sleep(max(0.0, pace_s - (time.monotonic() - begun_s)))
    return waits


async def _strike(there: Served, desk: Desk, stream: Stream, kind: Kind) -> float:
    """Let one thing happen to one socket and wait until the bot is back; the answer is how long that took."""
    name, faults, replaces = kind
    before = desk.sensor.counters[stream]
    reconnects, broken, begun_s = before.reconnects, before.broken, time.monotonic()
    asked = await there.move("faults", add=[fault.format(stream.value) for fault in faults])

    def struck() -> bool:
        now = desk.sensor.counters[stream]
        return now.reconnects > reconnects if replaces else now.broken > broken

    await until(struck, BACK_WITHIN_S, f"{stream}: {name}")
    await there.move("faults", remove=asked["added"])
    await until(lambda: desk.brain.ready, BACK_WITHIN_S, f"{stream}: {name}: trading again")
    return time.monotonic() - begun_s

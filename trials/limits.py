"""How much of the venue's order limit gets through, and that it never says 429.

The bot has more orders than it may send for the whole time. The exchange counts every request, in fixed seconds and
in the busiest sliding second, and refuses what exceeds its limit in either.
"""

import asyncio
import time
import uuid
from collections import deque
from decimal import Decimal
from itertools import count
from statistics import fmean

from msgspec import Struct

from hoga.model.commands import Command, OrderId, PlaceOrder, Side, Stop
from hoga.model.events import AccountEvent, OrderAccepted
from hoga.net.actuator import Actuator
from hoga.net.lanes import Patience
from hoga.upbit.auth import Signer
from hoga.upbit.limits.limiter import RateLimiter
from trials.exchange import Served

LIMIT_PER_S = 12
WAITING = 60  # orders kept ready to leave
PRICE, VOLUME = Decimal(50_000_000), Decimal("0.00012")  # far below the market: they rest


class Saturation(Struct):
    """What a saturated run saw."""

    lasted_s: float
    accepted: int
    refused_429: int
    mean_round_trip_s: float
    busiest_fixed: int
    busiest_sliding: int
    accepted_at_s: list[float]

    @property
    def rate(self) -> float:
        """Orders accepted a second."""
        return self.accepted / self.lasted_s

    @property
    def of_limit(self) -> float:
        """The share of the allowed orders that got through."""
        return self.rate / LIMIT_PER_S

    @property
    def of_bound(self) -> float:
        """The share of what can be had when an order's place comes free one second after its answer."""
        return self.rate * (1 + self.mean_round_trip_s) / LIMIT_PER_S

    def rate_between(self, from_s: float, to_s: float) -> float:
        """Orders accepted a second in one part of the run."""
        return sum(from_s <= at_s < to_s for at_s in self.accepted_at_s) / (to_s - from_s)


async def saturate(
    there: Served, lasts_s: float, *, script: dict[float, dict[str, object]] | None = None
) -> Saturation:
    """Send as many orders as the limiter lets through; `script` changes the venue's limits at moments of the run."""
    commands: asyncio.Queue[Command] = asyncio.Queue()
    accepted: deque[float] = deque()
    trips: deque[float] = deque()
    names = count()
    begun_s = time.monotonic()

    def more() -> None:
        order_id = OrderId(f"hg-trial-{uuid.uuid4().hex[:8]}-{next(names)}")
        commands.put_nowait(PlaceOrder(order_id=order_id, market="KRW-BTC", side=Side.BUY, price=PRICE, volume=VOLUME))

    def hear(event: AccountEvent) -> None:
        if isinstance(event, OrderAccepted):
            accepted.append(time.monotonic() - begun_s)
        if time.monotonic() - begun_s < lasts_s:
            more()

    def log(event: str, **fields: object) -> None:
        took_s = fields.get("took_s")
        if event == "answer" and isinstance(took_s, float):
            trips.append(took_s)

    actuator = Actuator(
        commands=commands,
        report=hear,
        rest_url=there.rest_url,
        signer=Signer(there.access_key, there.secret_key),
        limiter=RateLimiter(),
        clock_ns=time.time_ns,
        nonce=lambda: str(uuid.uuid4()),
        log=log,
        patience=Patience(order_wait_s=600.0),
    )
    for _ in range(WAITING):
        more()
    await there.move("counters/reset")
    running = asyncio.create_task(actuator.run())
    for at_s, change in sorted((script or {}).items()):
        await asyncio.sleep(max(0.0, begun_s + at_s - time.monotonic()))
        await there.move("limits", **change)
    await asyncio.sleep(max(0.0, begun_s + lasts_s - time.monotonic()))
    got = [at_s for at_s in accepted if at_s < lasts_s]
    counters = await there.look("counters")
    refused = actuator.counters.refused_429
    await _end(actuator, running, commands)
    order = counters["groups"]["order"]
    return Saturation(
        lasted_s=lasts_s,
        accepted=len(got),
        refused_429=refused,
        mean_round_trip_s=fmean(trips) if trips else 0.0,
        busiest_fixed=order["max_in_fixed_window"],
        busiest_sliding=order["max_in_sliding_window"],
        accepted_at_s=got,
    )


async def _end(actuator: Actuator, running: asyncio.Task[None], commands: asyncio.Queue[Command]) -> None:
    while not commands.empty():
        commands.get_nowait()
    commands.put_nowait(Stop())
    await asyncio.wait({running}, timeout=0.5)
    await actuator.close()
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)

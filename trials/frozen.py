"""REST stands still under a full feed: the market must keep its pace, memory must not grow, and nothing may be lost."""

import asyncio
import time
from collections.abc import Iterable
from pathlib import Path
from tempfile import TemporaryDirectory

from msgspec import Struct

from hoga.model.orders import Order, OrderState
from trials.bot import bot, metronome
from trials.exchange import Served
from trials.proxy import Wire
from trials.watching import resident_mib, until

MARKETS = ("KRW-BTC", "KRW-ETH", "KRW-XRP", "KRW-SOL", "KRW-DOGE")
WARM_UP_S = 3.0
READY_WITHIN_S = 20.0
SETTLED_WITHIN_S = 90.0  # an order the venue never got is given up half a minute after its last byte


class Freeze(Struct):
    """What a freeze did."""

    lasted_s: float
    heard: int
    age_p99_ms: float
    age_max_ms: float
    grown_mib: float
    orders: int
    lost: int
    undecided: int
    differences: int
    settled_after_s: float


async def freeze(there: Served, lasts_s: float) -> Freeze:
    """Freeze REST for `lasts_s` while the bot hears five markets and wants to order twice a second."""
    with TemporaryDirectory() as folder:
        async with Wire(there.rest_url) as wire, bot(there, Path(folder), rest_url=wire.url, markets=MARKETS) as desk:
            running = asyncio.create_task(desk.run())
            try:
                await until(lambda: desk.brain.ready, READY_WITHIN_S, "the bot is ready")
                await asyncio.sleep(WARM_UP_S)
                ages = metronome(desk).ages_ns
                first, before_mib = len(ages), resident_mib()
                wire.freeze()
                await asyncio.sleep(lasts_s)
                during, grown = sorted(ages[first:]), resident_mib() - before_mib
                wire.thaw()
                thawed_s = time.monotonic()
                await asyncio.sleep(WARM_UP_S)
                metronome(desk).stops = True
                await until(
                    lambda: not undecided(desk.brain.orders.values()), SETTLED_WITHIN_S, "all orders are decided"
                )
                settled_s = time.monotonic() - thawed_s
            finally:
                desk.halt("the trial is over")
                await running
            told = desk.brain.summary()
            return Freeze(
                lasted_s=lasts_s,
                heard=len(during),
                age_p99_ms=during[int(0.99 * len(during))] / 1e6,
                age_max_ms=during[-1] / 1e6,
                grown_mib=grown,
                orders=told.orders,
                lost=told.lost,
                undecided=len(undecided(desk.brain.orders.values())),
                differences=told.differences,
                settled_after_s=settled_s,
            )


def undecided(orders: Iterable[Order]) -> list[Order]:
    """Orders of which nobody knows whether the venue has them."""
    return [order for order in orders if order.state in {OrderState.SENDING, OrderState.UNKNOWN}]

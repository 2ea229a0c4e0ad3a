"""A short course of everything an order can meet, and a death at each of its steps in turn.

The course: start, an order that rests, one that fills in part, a cancel, an order whose answer is lost while the
private stream is late, a cut of that stream, a sale, a stop. Made once without a death it tells how many steps it has;
then it is made again for each of them, and the judge compares what the next life knows with what the exchange knows.
"""

import asyncio
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from decimal import Decimal
from functools import partial
from multiprocessing import get_context

from msgspec import Struct

from hoga.brain.context import Context
from hoga.model.events import Fill, TimerFired
from simtest.bot import Bot
from simtest.court import Court
from simtest.loop import context_of
from simtest.net import Transport
from simtest.report import Report
from simtest.trader import SECOND_NS, TICK, Control, Trader

SEED = "every"
#: How often the actor looks whether something is wanted of it.
ACT_EVERY_NS = SECOND_NS // 5
#: Seconds before each act of the course, and the act.
COURSE = ((3.0, "rest"), (1.0, "part"), (1.0, "cancel"), (1.0, "lose"), (4.0, "cut"), (3.0, "sell"), (1.0, "stop"))
#: Points that one process takes at a time.
CHUNK = 8


class Point(Struct, frozen=True, kw_only=True):
    """Where a life ends: at a step of its loop, a moment of its disk, after a send, or in the life after it (`again`).

    `keeps` tells what becomes of records that were written and not synced.
    """

    where: str
    number: int
    keeps: bool

    def __str__(self) -> str:
        return f"{self.where}:{self.number}:{'kept' if self.keeps else 'lost'}"


class Script(Control):
    """What is wanted of the actor now."""

    def __init__(self) -> None:
        super().__init__((1.0, 1.0))
        self.wanted = ""


class Actor(Trader):
    """Does what is wanted and nothing else."""

    control: Script

    def on_fill(self, ctx: Context, fill: Fill) -> None:
        """Count it."""
        self.told_fills[str(fill.order_id), fill.trade_id] += 1

    def on_timer(self, ctx: Context, timer: TimerFired) -> None:
        """Act, and come back soon."""
        self.is_ticking = self.control.is_active
        if not self.is_ticking:
            return
        ctx.set_timer(TICK, ctx.now_ns + ACT_EVERY_NS)
        wanted, self.control.wanted = self.control.wanted, ""
        bitcoin, ripple = self.params.markets
        low, high = ctx.best(bitcoin), ctx.best(ripple)
        if not wanted or low is None or high is None:
            return
        if wanted in {"rest", "lose"}:
            tick = low.ask_price - low.bid_price
            self._note(ctx.limit_buy(bitcoin, low.bid_price - 8 * tick, 30_000 / low.bid_price))
        elif wanted == "part":
            self._note(ctx.limit_buy(ripple, high.ask_price, high.ask_size * 3 / 2))
        elif wanted == "sell":
            self._note(ctx.limit_sell(bitcoin, low.bid_price, Decimal("0.001")))
        elif wanted == "cancel":
            for order in ctx.open_orders(bitcoin):
                ctx.cancel(order.order_id, reason="simulated")


class Course(Court):
    """One time through the course. `counted` tells how many steps it had."""

    def __init__(self, point: Point | None, *, shown: bool = False) -> None:
        super().__init__(SEED, mix="soak", shown=shown)
        self.control: Script = Script()
        self.trader = Actor
        self.point = point
        self.keeps_unsynced = None if point is None else point.keeps
        self.disk.on_point = partial(self._count, "disk")
        self.counted = dict.fromkeys(("step", "disk", "send", "again"), 0)
        self.is_losing = False

    async def conduct(self) -> None:
        """Act by act, then the judge."""
        self.keep_pace(is_quiet=False)
        for after_s, act in COURSE:
            await asyncio.sleep(after_s)
            if self.lives == 1 and self.bot is not None and not self.bot.process.is_dead:
                await self._act(act)
        self.exchange.faults.clear()
        self.keep_pace(is_quiet=True)
        self.healed_s = self.loop.time()
        if await self.until_well():
            await self.until_settled()
            await self.judge()

    async def _act(self, act: str) -> None:
        if act == "stop":
            await self.stop(within_s=20.0)
        elif act == "cut":
            for socket in self.exchange.running.streams.sockets:
                if socket.kind == "private":
                    self.loop.call_soon(socket.transport.abort, context=context_of(self.exchange.process))
        else:
            if act == "lose":
                self.is_losing = True
                self.exchange.faults.add("rest.rst(after)@path=/v1/orders,method=POST,count=1")
                self.exchange.faults.add("ws.delay(1s)@type=myOrder,count=2")
            self.control.wanted = act

    # ------------------------------------------------ where it ends

    def doom(self) -> None:
        """Look at each step of a life."""
        if self.bot is not None:
            self.bot.process.on_step = partial(self._step, self.bot)

    def _step(self, bot: Bot) -> bool:
        if bot.number == 1:
            self._count("step")
        elif bot.number == 2 and not bot.is_ready:
            self._count("again")
        return not bot.process.is_dead

    def _sent(self, end: Transport, data: bytes) -> None:
        super()._sent(end, data)
        bot = self.bot
        if bot is None or end.process is not bot.process or bot.number != 1:
            return
        self._count("send")
        # Where the second life is to die, the first one does so with the order whose answer is lost.
        is_first_death = self.point is not None and self.point.where == "again" and self.is_losing
        if is_first_death and data.startswith(b"POST /v1/orders "):
            self.crash(bot)

    def _count(self, where: str) -> None:
        bot, point = self.bot, self.point
        if bot is None or bot.process.is_dead or (where != "again" and bot.number != 1):
            return
        self.counted[where] += 1
        if point is not None and point.where == where and point.number == self.counted[where]:
            self.crash(bot)


def points() -> list[Point]:
    """Every place at which a life of the course can end."""
    whole = Course(None)
    whole.run()
    twice = Course(Point(where="again", number=0, keeps=True))
    twice.run()
    counted = whole.counted | {"again": twice.counted["again"]}
    return [
        Point(where=where, number=number, keeps=keeps)
        for where, most in counted.items()
        for number in range(1, most + 1)
        for keeps in (True, False)
    ]


def die_at(point: Point) -> Report:
    """Make the course with a death."""
    report = Course(point).run()
    report.violations = [f"{point}: {violation}" for violation in report.violations]
    return report


def sweep(stride: int, workers: int) -> Iterator[Report]:
    """Die at every `stride`-th point."""
    with ProcessPoolExecutor(workers, mp_context=get_context("spawn")) as pool:
        yield from pool.map(die_at, points()[::stride], chunksize=CHUNK)

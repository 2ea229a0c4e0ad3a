"""One simulation: storms and rests in turn, lives that end and begin again, and the judge after every storm."""

import asyncio

from simtest.court import Court
from simtest.disk import Moods
from simtest.lives import ROUNDS_S
from simtest.net import CALM
from simtest.report import Report
from simtest.storms import Storm, brew

#: How often a storm, and a calm, ends with somebody stopping the bot.
HALT_SHARE = 0.2
#: The product looks out for an order it gave up for a day; a freeze or an outage may lengthen the storm a little.
WATCHED_S = 25 * 3600.0


class Simulation(Court):
    """A run of at least so many hours and so many crashes."""

    def __init__(
        self,
        seed: str,
        hours: float,
        *,
        crashes: int = 0,
        mix: str = "soak",
        without: frozenset[str] = frozenset(),
        shown: bool = False,
    ) -> None:
        super().__init__(seed, mix=mix, shown=shown)
        self.hours = hours
        self.crashes = crashes
        self.without = without

    async def conduct(self) -> None:
        """Storm, heal, rest, and so on."""
        while self._goes_on():
            await self._rage(brew(self.chance, self.mix, self.without))
            await self._heal()
            await self._rest()

    def _goes_on(self) -> bool:
        """A run has so many hours at least, and so many crashes, and ends with what it finds."""
        lacks = self.loop.time() < self.hours * 3600 or self.report.crashes < self.crashes
        return lacks and not self.report.violations

    async def _rage(self, storm: Storm) -> None:
        self.report.storms += 1
        self.trace("storm", round(storm.lasts_s), *storm.faults, storm.weather, storm.crash_after_steps)
        self.storm, self.crashes_in_storm = storm, 0
        self.exchange.running.venue.pacer.reset_tallies()
        self.keep_pace(is_quiet=False)
        # The exchange sleeps until its market moves; from then on it looks often.
        await asyncio.sleep(max(0.0, self.exchange.market.next_ms / 1000 - self.loop.wall_ns() / 1e9) + 0.001)
        self.exchange.market.hurry(self.loop.wall_ns() // 1_000_000)
        await asyncio.sleep(self.chance.uniform(2, 15))
        self.network.weather, self.disk.moods = storm.weather, storm.disk
        self.exchange.faults.add(*storm.faults)
        self.doom()
        if storm.is_long:
            self.excused_until_s = self.loop.time() + storm.lasts_s + WATCHED_S
            if self.bot is not None:
                self.bot.is_excused = True
        somebody = self.loop.create_task(self._watch_disk())
        await asyncio.sleep(storm.lasts_s / 4)
        await self._stand_still(storm)
        await asyncio.sleep(storm.lasts_s / 4)
        if self.chance.random() < HALT_SHARE:
            self.report.sometimes["stop in a storm"] += 1
            await self.stop(within_s=120.0)
        await asyncio.sleep(storm.lasts_s / 2)
        somebody.cancel()

    async def _watch_disk(self) -> None:
        """Somebody looks after the bot now and then."""
        while True:
            await asyncio.sleep(self.fate.uniform(5, 40))
            self._replace_failed()

    def _replace_failed(self) -> None:
        """A journal that failed is not used again: somebody restarts the bot."""
        if self.bot is not None and self.bot.books.failure is not None:
            self.report.sometimes["restart after the disk failed"] += 1
            self.bot.kill(tells_peer=True)

    async def _stand_still(self, storm: Storm) -> None:
        """The bot's machine sleeps, or the network is gone, for a while."""
        if storm.freezes_s and self.bot is not None:
            self.report.sometimes["freeze"] += 1
            self.trace("freeze", storm.freezes_s)
            self.bot.process.frozen_until_s = self.loop.time() + storm.freezes_s
            await asyncio.sleep(storm.freezes_s)
        if storm.outage_s:
            self.report.sometimes["outage"] += 1
            self.trace("outage", storm.outage_s)
            self.network.weather.is_down = True
            await asyncio.sleep(storm.outage_s)
            self.network.weather.is_down = False
            self.network.thaw()

    async def _heal(self) -> None:
        """The world is well again; then everything must be, too."""
        self.trace("healed")
        self.storm, self.healed_s = None, self.loop.time()
        self.network.weather, self.disk.moods = CALM, Moods()
        self.exchange.faults.clear()
        self.network.thaw()
        for socket in self.exchange.running.streams.sockets:
            socket.stalled.clear()
        self.doom()
        self.keep_pace(is_quiet=True)
        self._replace_failed()
        if not await self.until_well():
            return
        await self.until_settled()
        is_content = await self.judge()
        is_hasty = self.every_s() < ROUNDS_S[-1]  # hours of its rounds would tell nothing new
        if is_content and (self.chance.random() < HALT_SHARE or is_hasty):
            self.report.sometimes["stop in calm"] += 1
            await self.stop(within_s=15.0)

    async def _rest(self) -> None:
        """Hours in which little happens; the bot may be off."""
        rest_s = self.chance.uniform(*self.mix.rest_h) * 3600
        if self.fate.random() < self.mix.off_share and "crash" not in self.without and self.bot is not None:
            self.off_until_s = self.loop.time() + rest_s - self.fate.uniform(0, 60)
            if not self.bot.process.is_dead:
                self.report.sometimes["off for hours"] += 1
                self.crash(self.bot)
        await asyncio.sleep(rest_s)


def run(
    seed: str, hours: float, without: frozenset[str] = frozenset(), *, mix: str = "soak", shown: bool = False
) -> Report:
    """Make one run of so many hours, or until something is found."""
    return Simulation(seed, hours, mix=mix, without=without, shown=shown).run()

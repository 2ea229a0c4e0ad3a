"""The simulated exchange as a process of the simulation, and its private truth for the oracle."""

from collections.abc import Iterator
from decimal import Decimal

from hoga.simulator.admin_words import MAIN_ACCOUNT
from hoga.simulator.core.orders import VenueOrder
from hoga.simulator.core.refusals import Refused
from hoga.simulator.faults.plan import FaultPlan
from hoga.simulator.server import RunningSimulator, serve
from simtest.loop import Process, VirtualLoop, context_of
from simtest.market import SlowMarket

BALANCES = {"KRW": Decimal(50_000_000), "BTC": Decimal("0.05"), "XRP": Decimal(3_000)}


class Exchange:
    """Our own Upbit, served in memory."""

    def __init__(self, loop: VirtualLoop, seed: str, markets: tuple[str, ...]) -> None:
        self.process = Process("exchange")
        self.market = SlowMarket(markets, seed=seed, start_ms=loop.wall_ns() // 1_000_000)
        self.faults = FaultPlan(seed=int.from_bytes(seed.encode()[-6:], "big"))
        self.running: RunningSimulator
        self._loop = loop

    async def open(self) -> None:
        """Begin to serve."""
        task = self._loop.create_task(
            serve(seed=7, source=self.market, balances=BALANCES, faults=self.faults), context=context_of(self.process)
        )
        self.running = await task

    async def close(self) -> None:
        """Serve no more."""
        await self._loop.create_task(self.running.stop(), context=context_of(self.process))

    # ------------------------------------------------ the private truth

    def orders(self) -> Iterator[VenueOrder]:
        """Every order the account ever had."""
        yield from self.running.venue.exchange._orders.all_of(MAIN_ACCOUNT)

    def open_orders(self) -> list[VenueOrder]:
        """The open ones."""
        return self.running.venue.exchange._orders.open_of(MAIN_ACCOUNT)

    def totals(self) -> dict[str, Decimal]:
        """What the account holds of each currency, behind orders or not."""
        return {row.currency: row.free + row.locked for row in self.running.venue.exchange.balances(MAIN_ACCOUNT)}

    def locked(self) -> dict[str, Decimal]:
        """What stands behind open orders."""
        return {row.currency: row.locked for row in self.running.venue.exchange.balances(MAIN_ACCOUNT)}

    def sweep(self, keep: set[str]) -> int:
        """Cancel by hand what no bot knows of any more; tell how many that were."""
        swept = 0
        for order in list(self.orders()):
            if order.is_open and order.identifier not in keep:
                try:
                    self.running.venue.exchange.cancel(
                        MAIN_ACCOUNT, uuid=order.uuid, now_ms=self._loop.wall_ns() // 1_000_000
                    )
                except Refused:
                    continue
                swept += 1
        self.running.pump.flush()
        return swept

"""A client that can list open orders and cancel them, and has no way to say anything else."""

import asyncio
from collections.abc import Sequence

from hoga.model.commands import CancelOrders, QueryOpenOrders, VenueOrderId
from hoga.model.events import AccountEvent, OpenOrdersReported, OrderReport
from hoga.net.actuator import Actuator
from hoga.run.clock import steady_clock_ns
from hoga.run.screen.logs import silent
from hoga.run.wiring import Connection, actuator_for

#: The whole vocabulary; Upbit has no key that can only cancel, so the limit has to be here.
ALLOWED = (QueryOpenOrders, CancelOrders)


class CancelOnly:
    """Lists and cancels. `None` of a list says that the venue did not tell."""

    def __init__(self, connection: Connection) -> None:
        self.__actuator: Actuator = actuator_for(
            connection, commands=asyncio.Queue(1), report=lambda _: None, log=silent, clock_ns=steady_clock_ns()
        )

    async def open_orders(self) -> Sequence[OrderReport] | None:
        """Every open order of the account."""
        for event in await self._ask(QueryOpenOrders()):
            if isinstance(event, OpenOrdersReported):
                return event.reports
        return None

    async def cancel(self, venue_ids: Sequence[VenueOrderId], reason: str) -> None:
        """Ask for these to be cancelled; the list tells whether they were."""
        await self._ask(CancelOrders(tuple(venue_ids), reason))

    async def close(self) -> None:
        """End the connections."""
        await self.__actuator.close()

    async def _ask(self, command: QueryOpenOrders | CancelOrders) -> tuple[AccountEvent, ...]:
        if type(command) not in ALLOWED:
            raise TypeError(f"{type(command).__name__} is not a word of a client that only lists and cancels")
        return await self.__actuator.ask(command)

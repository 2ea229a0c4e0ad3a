"""The command queue with a guard at its end: an order is looked at once more as the Actuator takes it."""

import asyncio
from collections.abc import Callable

from hoga.brain.risk.last_hop import LastHop
from hoga.model.commands import Command, PlaceOrder
from hoga.model.events import OrderRejected, RejectReason, refused


class GuardedCommands(asyncio.Queue[Command]):
    """A queue whose `get` never gives out an order that the last hop refuses; `report` hears of it instead."""

    def __init__(
        self, size: int, hop: LastHop, *, report: Callable[[OrderRejected], None], clock_ns: Callable[[], int]
    ) -> None:
        super().__init__(size)
        self.hop = hop
        self._report = report
        self._clock_ns = clock_ns

    async def get(self) -> Command:
        """The next command that may leave."""
        while True:
            command = await super().get()
            if not isinstance(command, PlaceOrder):
                return command
            now_ns = self._clock_ns()
            why = self.hop.why_not(command, now_ns)
            if why is None:
                return command
            self._report(refused(command, RejectReason.NOT_SENT, f"last hop: {why}", now_ns))

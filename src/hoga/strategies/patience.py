"""How long a strategy keeps still after a refusal: a little, then longer, so that nobody asks in vain all day."""

from hoga.brain.context import Context
from hoga.model.events import OrderEvent, OrderLost, OrderRejected

SECOND_NS = 1_000_000_000
FIRST_REST_S = 5
LONGEST_REST_S = 300


class Patience:
    """Tell it the order news; ask it before a new order."""

    def __init__(self) -> None:
        self._rest_s = FIRST_REST_S
        self._until_ns = 0

    def hear(self, ctx: Context, event: OrderEvent) -> None:
        """A refusal or a lost order makes it rest, twice as long each time; an accepted one forgives all."""
        if isinstance(event, OrderRejected | OrderLost):
            self._until_ns = ctx.now_ns + self._rest_s * SECOND_NS
            self._rest_s = min(self._rest_s * 2, LONGEST_REST_S)
        else:
            self._rest_s = FIRST_REST_S

    def is_resting(self, ctx: Context) -> bool:
        """Tell whether it is too soon to try again."""
        return ctx.now_ns < self._until_ns

"""When hoga itself has a bug: what is open is cancelled without the brain, which cannot be trusted any more.

The venue is asked what of ours is open, that is cancelled, and it is asked again, until it lists nothing of ours after
everything that was on its way has been answered.
"""

import asyncio
from collections.abc import Mapping
from contextlib import suppress

from hoga.model.commands import CancelOrders, Command, OrderId, QueryOpenOrders
from hoga.model.events import OpenOrdersReported
from hoga.model.orders import Order
from hoga.net.actuator import Actuator

WITHIN_S = 10.0  # as long as an orderly stop may take
ROUND_S = 0.5
REASON = "hoga itself has failed"


async def cancel_without_brain(
    actuator: Actuator, commands: asyncio.Queue[Command], orders: Mapping[OrderId, Order]
) -> tuple[OrderId, ...]:
    """Drop what waits to be sent and cancel these orders; the answer is what may still be open."""
    while not commands.empty():
        commands.get_nowait()
    left: tuple[OrderId, ...] | None = None
    with suppress(TimeoutError):
        async with asyncio.timeout(WITHIN_S):
            while True:
                is_quiet = not (actuator.in_flight or actuator.waiting)
                left = await _cancel_listed(actuator, orders, left)
                if left == () and is_quiet:
                    break
                await asyncio.sleep(ROUND_S)
    # Where the venue never told, nothing is known to have ended.
    return left if left is not None else tuple(order.order_id for order in orders.values() if order.is_open)


async def _cancel_listed(
    actuator: Actuator, orders: Mapping[OrderId, Order], known: tuple[OrderId, ...] | None
) -> tuple[OrderId, ...] | None:
    """Cancel what the venue lists of them; the answer is that list, or what was known where the venue does not tell."""
    for event in await actuator.ask(QueryOpenOrders()):
        if isinstance(event, OpenOrdersReported):
            listed = {one.order_id: one.venue_id for one in event.reports if one.order_id in orders}
            if listed:
                await actuator.ask(CancelOrders(tuple(listed.values()), REASON))
            return tuple(order_id for order_id in listed if order_id is not None)
    return known

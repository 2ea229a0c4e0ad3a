"""The judge: what the exchange knows against what the bot believes. It stands outside both and trusts neither."""

from collections.abc import Iterable
from decimal import Decimal

from hoga.brain.brain import Brain
from hoga.model.money import ZERO
from hoga.model.orders import Order, OrderState
from hoga.simulator.core.orders import VenueOrder
from simtest.trader import Trader

OURS = "hg-"
#: States in which we hold that the venue has no such order.
ABSENT = frozenset({OrderState.REJECTED, OrderState.ABANDONED})
_ENDS = {"done": OrderState.DONE, "cancel": OrderState.CANCELLED}


def judge(
    venue_orders: Iterable[VenueOrder],
    totals: dict[str, Decimal],
    locked: dict[str, Decimal],
    brain: Brain,
    strategy: Trader,
    asked: set[str],
    *,
    fees_changed: bool,
) -> list[str]:
    """Every disagreement in a sentence, begun by the invariant it breaks (reliability study, section 3)."""
    orders = list(venue_orders)
    return [
        *_ids(orders, asked),
        *_tracked(orders, brain),
        *_own(orders, brain, strategy),
        *_money(totals, brain),
        *([] if fees_changed else _locks(locked, brain)),
    ]


def _ids(orders: list[VenueOrder], asked: set[str]) -> Iterable[str]:
    seen: set[str] = set()
    for order in orders:
        name = order.identifier
        if name is None or not name.startswith(OURS):
            continue
        if name in seen:
            yield f"I1: two orders bear {name}"
        seen.add(name)
        if name not in asked:
            yield f"I1: {name} was never asked for by a strategy"


def _tracked(orders: list[VenueOrder], brain: Brain) -> Iterable[str]:
    own = {order.order_id for order in brain.open_orders}
    strange = set(brain.strangers.reports)
    for order in orders:
        if not order.is_open:
            continue
        is_own, is_strange = order.identifier in own, order.uuid in strange
        if is_own and is_strange:
            yield f"I3: {order.identifier} is counted as ours and as a stranger's"
        if not is_own and not is_strange:
            yield f"I3: {order.identifier or order.uuid} is open at the venue and nobody knows it"
    open_uuids = {order.uuid for order in orders if order.is_open}
    for uuid in strange - open_uuids:
        yield f"I3: stranger {uuid} is thought open and is not"


def _own(orders: list[VenueOrder], brain: Brain, strategy: Trader) -> Iterable[str]:
    by_name = {order.identifier: order for order in orders if order.identifier is not None}
    for order_id, order in brain.orders.items():
        there = by_name.get(order_id)
        if there is None:
            if order.state not in ABSENT:
                yield f"I5: {order_id} is {order.state} for us and unknown to the venue"
            continue
        if order.state in ABSENT:
            yield f"I5: {order_id} is {order.state} for us and {there.state} at the venue"
            continue
        if there.is_open is not order.is_open or (not there.is_open and order.state is not _ENDS[there.state]):
            yield f"I5: {order_id} is {order.state} for us and {there.state} at the venue"
        if order.executed_volume != there.executed_volume:
            yield f"I5: {order_id} executed {order.executed_volume} for us, {there.executed_volume} at the venue"
        yield from _fills(order, there, strategy)


def _fills(order: Order, there: VenueOrder, strategy: Trader) -> Iterable[str]:
    order_id, ours = order.order_id, order.fills
    theirs = {one.uuid: one for one in there.trades}
    for trade_id in sorted(theirs.keys() - ours.keys()):
        yield f"I4: fill {trade_id} of {order_id} is lost"
    for trade_id in sorted(ours.keys() - theirs.keys()):
        yield f"I4: fill {trade_id} of {order_id} is invented"
    for trade_id in sorted(ours.keys() & theirs.keys()):
        if (ours[trade_id].price, ours[trade_id].volume) != (theirs[trade_id].price, theirs[trade_id].volume):
            yield f"I4: fill {trade_id} of {order_id} has other figures"
        told = strategy.told_fills[order_id, trade_id]
        if told != 1 and (told or order_id in strategy.asked):
            yield f"I4: fill {trade_id} of {order_id} was told {told} times"


def _money(totals: dict[str, Decimal], brain: Brain) -> Iterable[str]:
    for currency in sorted(totals.keys() | brain.portfolio.totals.keys()):
        ours, theirs = brain.portfolio.total(currency), totals.get(currency, ZERO)
        if ours != theirs:
            yield f"I8: {currency} is {ours} for us and {theirs} at the venue"


def _locks(locked: dict[str, Decimal], brain: Brain) -> Iterable[str]:
    for currency, amount in sorted(locked.items()):
        if (ours := brain.portfolio.locked(currency)) != amount:
            yield f"I5: {currency} locked is {ours} for us and {amount} at the venue"

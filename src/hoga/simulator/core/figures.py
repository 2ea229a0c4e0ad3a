"""What an order locks, reserves and pays: the arithmetic of Upbit's order answers (recorded traffic of 2026-03-22).

A bid locks what it may still cost and the fee on it; an ask locks coins and pays its fee from the proceeds. Nothing
is rounded. A limit bid of 0.0005 at 10,000,000 reserves a fee of 2.5 and locks 5002.5. A buy for 10,000 reserves 5;
after 0.00009713 at 102,945,000 it has paid 4.999523925, has a remaining fee of 0.000476075 and 0.952626075 locked.
"""

from decimal import Decimal

from msgspec.structs import replace

from hoga.model import money
from hoga.model.money import ZERO
from hoga.simulator.core.orders import OrderTrade, State, VenueOrder


def reserve_rate(order: VenueOrder) -> Decimal:
    """The rate a bid reserves: the dearer one, because nobody knows yet whether it will make or take."""
    return max(order.taker_fee_rate, order.maker_fee_rate)


def open_figures(order: VenueOrder) -> VenueOrder:
    """The order with what it reserves and locks before anything happened."""
    fresh = replace(order, remaining_volume=order.volume, remaining_funds=order.price if order.is_in_money else None)
    locked = _with_lock(fresh)
    return replace(locked, reserved_fee=locked.remaining_fee)


def after_fill(order: VenueOrder, fill: OrderTrade) -> VenueOrder:
    """The order after one fill; a limit bid that paid less than its price no longer locks the difference."""
    filled = replace(
        _less(order, fill.volume, fill.funds),
        executed_volume=order.executed_volume + fill.volume,
        executed_funds=order.executed_funds + fill.funds,
        paid_fee=order.paid_fee + fill.fee,
        trades=(*order.trades, fill),
        changed_at_ms=fill.at_ms,
    )
    return _with_lock(filled)


def after_prevention(order: VenueOrder, volume: Decimal | None, price: Decimal, at_ms: int) -> VenueOrder:
    """The order after self-match prevention took `volume` at `price` from it, or all that was left where None."""
    taken = (order.remaining_volume or ZERO) if volume is None else volume
    funds = (order.remaining_funds or ZERO) if volume is None else price * volume
    left = _with_lock(_less(order, taken, funds))
    return replace(
        left,
        prevented_volume=order.prevented_volume + taken,
        prevented_locked=order.prevented_locked + order.locked - left.locked,
        changed_at_ms=at_ms,
    )


def ended(order: VenueOrder, state: State, at_ms: int) -> VenueOrder:
    """The order at its end, keeping the figures of its last moment."""
    return replace(order, state=state, changed_at_ms=at_ms)


def fee_rate(order: VenueOrder, *, is_maker: bool) -> Decimal:
    """The rate the order pays in the role it traded in; the one of the moment it was placed."""
    return order.maker_fee_rate if is_maker else order.taker_fee_rate


def wanted_at(order: VenueOrder, price: Decimal) -> Decimal:
    """How much the order would still take at `price`, in coin; money is turned into eight decimals, cut down."""
    if order.remaining_funds is not None:
        return money.volume_for(order.remaining_funds, price)
    return order.remaining_volume or ZERO


def _less(order: VenueOrder, volume: Decimal, funds: Decimal) -> VenueOrder:
    if order.remaining_funds is not None:
        return replace(order, remaining_funds=order.remaining_funds - funds)
    return replace(order, remaining_volume=(order.remaining_volume or ZERO) - volume)


def _with_lock(order: VenueOrder) -> VenueOrder:
    if order.side == "ask":
        return replace(order, locked=order.remaining_volume or ZERO)
    left = order.remaining_funds
    if left is None:
        left = (order.price or ZERO) * (order.remaining_volume or ZERO)
    fee = money.fee_of(left, reserve_rate(order))
    return replace(order, remaining_fee=fee, locked=left + fee)

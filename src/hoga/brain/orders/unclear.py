"""Which orders make the balances of their currencies hard to judge."""

from collections.abc import Iterable

from hoga.brain.orders.consequences import SUSPECT_AFTER
from hoga.brain.orders.inquiries import Inquiries
from hoga.model.orders import Order, OrderState

_ON_ITS_WAY = frozenset({OrderState.SENDING, OrderState.UNKNOWN})


def unclear_currencies(open_orders: Iterable[Order], inquiries: Inquiries) -> set[str]:
    """The currencies of orders whose fate, fills or state are in question."""
    unclear: set[str] = set()
    for order in open_orders:
        if order.state in _ON_ITS_WAY or order.has_fill_gap or _is_doubted(order, inquiries):
            unclear.update(order.market.split("-"))
    return unclear


def _is_doubted(order: Order, inquiries: Inquiries) -> bool:
    """Tell whether what is known of an order holds only when the venue has said so once more.

    Where it denies the order again and again there is nothing to wait for: its market rests, and a person decides.
    """
    inquiry = inquiries.running.get(order.order_id)
    return inquiry is not None and inquiry.doubt_ns is not None and order.not_found < SUSPECT_AFTER

"""The order endpoints: what a client asks in words becomes a call to the exchange, and its answer a row on the wire."""

from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Final, Literal

from hoga.simulator.core.orders import REMAIN_ONLY, NewOrder, Replacement, VenueOrder
from hoga.simulator.core.refusals import invalid_field, invalid_parameter, order_not_found, unknown_market
from hoga.simulator.rest import wire
from hoga.simulator.rest.asked import Asked
from hoga.simulator.venue import Call, Endpoint

MAX_IDS_READ = 100  # Upbit docs, list-orders-by-ids
MAX_IDS_CANCELLED = 20  # Upbit docs, cancel-orders-by-ids
MAX_PAIRS = 20  # Upbit docs, batch-cancel-orders
MAX_CANCELLED = 300
MAX_OPEN = 100
MAX_CLOSED = 1_000
MAX_PAGE = 100_000
MAX_IDENTIFIER = 64

_ORDERS = ("asc", "desc")
_OPEN = ("wait", "watch")
_CLOSED = ("done", "cancel")


def new_order(asked: Asked) -> NewOrder:
    """The order a client wishes for, in its own words."""
    return NewOrder(
        market=asked.text("market"),
        side=asked.text("side"),
        ord_type=asked.text("ord_type"),
        volume=asked.amount("volume"),
        price=asked.amount("price"),
        identifier=_identifier(asked, "identifier"),
        time_in_force=asked.text("time_in_force"),
        smp_type=asked.text("smp_type"),
    )


def place(call: Call) -> object:
    """POST /orders."""
    order = call.venue.exchange.place(call.account, new_order(call.asked), call.now_ms)
    return wire.order_row(order, with_funds=False, with_smp=call.venue.tells_smp)


def test(call: Call) -> object:
    """POST /orders/test: checked, not placed."""
    order = call.venue.exchange.test_order(call.account, new_order(call.asked), call.now_ms)
    return wire.order_row(order, with_funds=False, with_smp=call.venue.tells_smp)


def look_up(call: Call) -> object:
    """GET /order, by `uuid` or `identifier`; the uuid wins."""
    uuid, identifier = _one_id(call.asked, "uuid", "identifier")
    order = call.venue.exchange.order(call.account, uuid=uuid, identifier=identifier)
    if not _is_known(call, order):
        raise order_not_found()
    return wire.detail_row(order, with_smp=call.venue.tells_smp)


def cancel(call: Call) -> object:
    """DELETE /order: the answer is the order as it was, still `wait`."""
    uuid, identifier = _one_id(call.asked, "uuid", "identifier")
    exchange = call.venue.exchange
    if call.postpone is None:
        order = exchange.cancel(call.account, uuid=uuid, identifier=identifier, now_ms=call.now_ms)
    else:
        order = exchange.order(call.account, uuid=uuid, identifier=identifier)
        call.postpone(lambda now_ms: exchange.cancel(call.account, uuid=order.uuid, now_ms=now_ms))
    return wire.order_row(order, with_funds=False, with_smp=call.venue.tells_smp)


def by_ids(call: Call) -> object:
    """GET /orders/uuids."""
    uuids, identifiers = _one_kind_of_ids(call.asked, MAX_IDS_READ)
    orders = call.venue.exchange.orders_by_ids(
        call.account,
        uuids=uuids,
        identifiers=identifiers,
        market=_market(call),
        order_by=call.asked.one_of("order_by", _ORDERS, "desc"),
    )
    return _rows(call, orders)


def cancel_by_ids(call: Call) -> object:
    """DELETE /orders/uuids."""
    uuids, identifiers = _one_kind_of_ids(call.asked, MAX_IDS_CANCELLED)
    batch = call.venue.exchange.cancel_by_ids(call.account, uuids=uuids, identifiers=identifiers, now_ms=call.now_ms)
    return wire.batch_row(batch)


def open_orders(call: Call) -> object:
    """GET /orders/open."""
    return _open_page(call, _states(call.asked, _OPEN, ("wait",)), MAX_OPEN)


def closed_orders(call: Call) -> object:
    """GET /orders/closed."""
    return _closed_list(call, _states(call.asked, _CLOSED, _CLOSED))


def any_orders(call: Call) -> object:
    """GET /orders, which the docs no longer have and pyupbit 0.2.34 still calls: open or closed by `state`."""
    states = _states(call.asked, (*_OPEN, *_CLOSED), ("wait",))
    if set(states) <= set(_OPEN):
        return _open_page(call, states, MAX_OPEN)
    if set(states) <= set(_CLOSED):
        return _closed_list(call, states)
    raise invalid_parameter()


def cancel_open(call: Call) -> object:
    """DELETE /orders/open: the latest `count` waiting orders that match."""
    asked = call.asked
    pairs, quotes = asked.many("pairs"), asked.many("quote_currencies")
    excluded = asked.many("excluded_pairs")
    if (pairs and quotes) or max(len(pairs), len(excluded)) > MAX_PAIRS:
        raise invalid_parameter()
    batch = call.venue.exchange.cancel_open(
        call.account,
        quote_currencies=quotes,
        pairs=pairs,
        excluded_pairs=excluded,
        cancel_side=asked.one_of("cancel_side", ("all", "ask", "bid"), "all"),
        count=asked.whole("count", 20, at_most=MAX_CANCELLED),
        order_by=asked.one_of("order_by", _ORDERS, "desc"),
        now_ms=call.now_ms,
    )
    return wire.batch_row(batch)


def cancel_and_new(call: Call) -> object:
    """POST /orders/cancel_and_new."""
    asked = call.asked
    uuid, identifier = _one_id(asked, "prev_order_uuid", "prev_order_identifier")
    asked.required("new_ord_type")
    wish = Replacement(
        prev_uuid=uuid,
        prev_identifier=identifier,
        ord_type=asked.text("new_ord_type"),
        volume=_new_volume(asked),
        price=asked.amount("new_price"),
        identifier=_identifier(asked, "new_identifier"),
        time_in_force=asked.text("new_time_in_force"),
        smp_type=asked.text("new_smp_type"),
    )
    replaced = call.venue.exchange.cancel_and_new(call.account, wish, call.now_ms)
    return wire.replaced_row(replaced, with_smp=call.venue.tells_smp)


def _new_volume(asked: Asked) -> Decimal | Literal["remain_only"] | None:
    return REMAIN_ONLY if asked.text("new_volume") == REMAIN_ONLY else asked.amount("new_volume")


def _open_page(call: Call, states: tuple[str, ...], at_most: int) -> object:
    asked = call.asked
    orders = call.venue.exchange.open_orders(
        call.account,
        market=_market(call),
        states=states,
        page=asked.whole("page", 1, at_most=MAX_PAGE),
        limit=asked.whole("limit", 100, at_most=at_most),
        order_by=asked.one_of("order_by", _ORDERS, "desc"),
    )
    return _rows(call, orders)


def _closed_list(call: Call, states: tuple[str, ...]) -> object:
    asked = call.asked
    orders = call.venue.exchange.closed_orders(
        call.account,
        market=_market(call),
        states=states,
        start_ms=asked.moment_ms("start_time"),
        end_ms=asked.moment_ms("end_time"),
        limit=asked.whole("limit", 100, at_most=MAX_CLOSED),
        order_by=asked.one_of("order_by", _ORDERS, "desc"),
        now_ms=call.now_ms,
    )
    return _rows(call, orders)


def _rows(call: Call, orders: Iterable[VenueOrder]) -> list[wire.Row]:
    return [
        wire.order_row(order, with_funds=True, with_smp=call.venue.tells_smp)
        for order in orders
        if _is_known(call, order)
    ]


def _is_known(call: Call, order: VenueOrder) -> bool:
    return call.knows_until_ms is None or order.created_at_ms < call.knows_until_ms


def _market(call: Call) -> str | None:
    code = call.asked.text("market")
    if code is not None and code not in call.venue.exchange.markets:
        raise unknown_market(code)
    return code


def _states(asked: Asked, allowed: tuple[str, ...], default: tuple[str, ...]) -> tuple[str, ...]:
    states = asked.many("states") or asked.many("state") or default
    if not set(states) <= set(allowed):
        raise invalid_field("states does not have a valid value")
    return states


def _identifier(asked: Asked, name: str) -> str | None:
    identifier = asked.text(name)
    if identifier is not None and len(identifier) > MAX_IDENTIFIER:
        raise invalid_field(f"{name} does not have a valid value")
    return identifier


def _one_id(asked: Asked, uuid_name: str, identifier_name: str) -> tuple[str | None, str | None]:
    uuid, identifier = asked.text(uuid_name), asked.text(identifier_name)
    if uuid is None and identifier is None:
        raise invalid_field(f"{uuid_name} is missing", f"{identifier_name} is missing")
    return uuid, None if uuid is not None else identifier


def _one_kind_of_ids(asked: Asked, at_most: int) -> tuple[tuple[str, ...], tuple[str, ...]]:
    uuids, identifiers = asked.many("uuids"), asked.many("identifiers")
    if bool(uuids) == bool(identifiers) or len(uuids) + len(identifiers) > at_most:
        raise invalid_parameter()
    return uuids, identifiers


ROUTES: Final[Mapping[tuple[str, str], Endpoint]] = {
    ("POST", "/v1/orders"): Endpoint(group="order", answer=place, scope="make_orders", status=201),
    ("POST", "/v1/orders/test"): Endpoint(group="order-test", answer=test, scope="make_orders", status=201),
    ("POST", "/v1/orders/cancel_and_new"): Endpoint(group="order", answer=cancel_and_new, scope="make_orders"),
    ("GET", "/v1/order"): Endpoint(group="default", answer=look_up, scope="view_orders"),
    ("DELETE", "/v1/order"): Endpoint(group="default", answer=cancel, scope="make_orders"),
    ("GET", "/v1/orders"): Endpoint(group="default", answer=any_orders, scope="view_orders"),
    ("GET", "/v1/orders/uuids"): Endpoint(group="default", answer=by_ids, scope="view_orders"),
    ("GET", "/v1/orders/open"): Endpoint(group="default", answer=open_orders, scope="view_orders"),
    ("GET", "/v1/orders/closed"): Endpoint(group="default", answer=closed_orders, scope="view_orders"),
    ("DELETE", "/v1/orders/uuids"): Endpoint(
        group="default", answer=cancel_by_ids, scope="make_orders", query_only=True
    ),
    ("DELETE", "/v1/orders/open"): Endpoint(
        group="order-cancel-all", answer=cancel_open, scope="make_orders", query_only=True
    ),
}

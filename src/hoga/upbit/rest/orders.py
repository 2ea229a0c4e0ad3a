"""The calls about our account and our orders (Upbit docs, exchange reference of 2026-10)."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Literal

from hoga.model import money
from hoga.model.commands import OrderId, OrderKind, PlaceOrder, SelfMatch, Side, TimeInForce, VenueOrderId
from hoga.model.errors import HogaError, MoneyError
from hoga.upbit.rest.request import Request, posted, private
from hoga.upbit.words import SIDE_WORDS

#: What one call takes at most (Upbit docs, list-orders-by-ids, cancel-orders-by-ids, list-open-orders,
#: list-closed-orders, batch-cancel-orders).
MAX_IDS_ASKED = 100
MAX_IDS_CANCELLED = 20
MAX_OPEN_ORDERS = 100
MAX_CLOSED_ORDERS = 1_000
MAX_ORDERS_CANCELLED = 300

#: Upbit takes identifiers of up to 64 characters, each once for ever (Upbit docs, new-order).
MAX_IDENTIFIER = 64

#: As new volume of `cancel_and_new`: what was left of the old order.
REMAIN_ONLY = "remain_only"

Direction = Literal["asc", "desc"]


def accounts() -> Request:
    """Ask for every balance."""
    return private("GET", "/v1/accounts")


def order_chance(market: str) -> Request:
    """Ask for the fees, limits and order types of one market."""
    return private("GET", "/v1/orders/chance", {"market": market})


def place_order(command: PlaceOrder) -> Request:
    """Place an order. `MoneyError` where price, volume or money is missing, misplaced, not finite or not positive."""
    return posted("/v1/orders", _order_fields(command), group="order")


def test_order(command: PlaceOrder) -> Request:
    """Have an order checked without placing it; the id in the answer leads nowhere."""
    return posted("/v1/orders/test", _order_fields(command), group="order-test")


def cancel_order(*, venue_id: VenueOrderId | None = None, order_id: OrderId | None = None) -> Request:
    """Ask to cancel one order, by the venue's id where it is known, else by ours."""
    return private("DELETE", "/v1/order", _one_id(venue_id, order_id), urgent=True)


def cancel_orders_by_ids(*, venue_ids: Sequence[VenueOrderId] = (), order_ids: Sequence[OrderId] = ()) -> Request:
    """Ask to cancel up to 20 orders, by the venue's ids or by ours, not by both."""
    return private("DELETE", "/v1/orders/uuids", _many_ids(venue_ids, order_ids, MAX_IDS_CANCELLED), urgent=True)


def cancel_open_orders(
    *,
    side: Side | None = None,
    pairs: Sequence[str] = (),
    excluded_pairs: Sequence[str] = (),
    quote_currencies: Sequence[str] = (),
    count: int = MAX_ORDERS_CANCELLED,
    order_by: Direction = "desc",
) -> Request:
    """Ask to cancel up to 300 waiting orders of the whole account, whoever placed them; once in two seconds."""
    if pairs and quote_currencies:
        raise HogaError("Name pairs or quote currencies, not both: Upbit refuses the two together.")
    return private(
        "DELETE",
        "/v1/orders/open",
        {
            "quote_currencies": _listed(quote_currencies),
            "cancel_side": "all" if side is None else SIDE_WORDS[side],
            "count": count,
            "order_by": order_by,
            "pairs": _listed(pairs),
            "excluded_pairs": _listed(excluded_pairs),
        },
        group="order-cancel-all",
        urgent=True,
    )


def cancel_and_new(
    new: PlaceOrder, *, old_venue_id: VenueOrderId | None = None, old_order_id: OrderId | None = None
) -> Request:
    """Cancel one order and place another on the same side of the same market once that is done.

    Market and side of `new` are not sent: Upbit takes the old order's. Where the old one fills first, no new one is
    placed. A missing volume means what was left of the old order (`remain_only`).
    """
    if new.order_id == old_order_id:
        raise HogaError("The new order needs an id of its own: Upbit never takes one twice.")
    fields = _order_fields(new, remain_only=True)
    prev: dict[str, str | None] = (
        {"prev_order_uuid": old_venue_id} if old_venue_id else {"prev_order_identifier": _asked(old_order_id)}
    )
    renamed = {f"new_{key}": value for key, value in fields.items() if key not in {"market", "side"}}
    return posted("/v1/orders/cancel_and_new", prev | renamed, group="order")


def get_order(*, venue_id: VenueOrderId | None = None, order_id: OrderId | None = None) -> Request:
    """Ask what became of one order, with its trades."""
    return private("GET", "/v1/order", _one_id(venue_id, order_id), urgent=True)


def orders_by_ids(
    *,
    venue_ids: Sequence[VenueOrderId] = (),
    order_ids: Sequence[OrderId] = (),
    market: str | None = None,
    order_by: Direction = "desc",
) -> Request:
    """Ask about up to 100 orders, by the venue's ids or by ours, not by both."""
    ids = _many_ids(venue_ids, order_ids, MAX_IDS_ASKED)
    return private("GET", "/v1/orders/uuids", {"market": market, **ids, "order_by": order_by}, urgent=True)


def open_orders(
    *,
    page: int = 1,
    limit: int = MAX_OPEN_ORDERS,
    market: str | None = None,
    states: Sequence[str] = ("wait", "watch"),
    order_by: Direction = "desc",
) -> Request:
    """Ask for one page of the open orders; `watch` are reserved orders, which only the app can place."""
    params = {"market": market, "states": tuple(states), "page": page, "limit": limit, "order_by": order_by}
    return private("GET", "/v1/orders/open", params, urgent=True)


def closed_orders(
    *,
    market: str | None = None,
    states: Sequence[str] = ("done", "cancel"),
    start_ms: int | None = None,
    end_ms: int | None = None,
    limit: int = MAX_CLOSED_ORDERS,
    order_by: Direction = "desc",
) -> Request:
    """Ask for ended orders of at most seven days; there are no pages, so move a bound (`answers.closed_pages`).

    With neither bound Upbit answers for the last seven days, with one for the seven days beside it.
    """
    return private(
        "GET",
        "/v1/orders/closed",
        {
            "market": market,
            "states": tuple(states),
            "start_time": start_ms,
            "end_time": end_ms,
            "limit": limit,
            "order_by": order_by,
        },
    )


def _order_fields(command: PlaceOrder, *, remain_only: bool = False) -> dict[str, str | None]:
    """Spell an order in the order of keys of the docs, so that body and hash always agree."""
    if not 0 < len(command.order_id) <= MAX_IDENTIFIER:
        raise HogaError(f"An order id has 1 to {MAX_IDENTIFIER} characters, not {len(command.order_id)}.")
    word, volume, price = _amounts(command, REMAIN_ONLY if remain_only else None)
    return {
        "market": command.market,
        "side": SIDE_WORDS[command.side],
        "volume": volume,
        "price": price,
        "ord_type": word,
        "identifier": command.order_id,
        "time_in_force": None if command.tif is TimeInForce.GTC else command.tif.value,
        "smp_type": _smp(command.self_match),
    }


def _amounts(command: PlaceOrder, missing_volume: str | None) -> tuple[str, str | None, str | None]:
    """Return Upbit's order type, volume and price; a buy in money names the money as its price."""
    given = (command.price is not None, command.volume is not None, command.spend is not None)
    volume = missing_volume if command.volume is None else _positive("volume", command.volume)
    if command.kind is OrderKind.LIMIT and volume and command.price is not None and command.spend is None:
        return "limit", volume, _positive("price", command.price)
    if command.kind is not OrderKind.LIMIT and command.side is Side.BUY and given == (False, False, True):
        word = "price" if command.kind is OrderKind.MARKET else "best"
        return word, None, _positive("spend", command.spend)
    if command.kind is not OrderKind.LIMIT and command.side is Side.SELL and volume and not (given[0] or given[2]):
        return command.kind.value, volume, None
    raise MoneyError(
        f"A {command.kind} {command.side} order with price {command.price}, volume {command.volume} and spend "
        f"{command.spend} does not exist: a limit order has price and volume, a market or best buy has spend alone, "
        "a market or best sell has volume alone."
    )


def _positive(what: str, value: Decimal | None) -> str:
    if value is None or not value.is_finite() or value <= 0:
        raise MoneyError(f"The {what} of an order is finite and above zero, not {value}.")
    text = money.plain(value)
    if len(text) > money.MAX_TEXT:
        raise MoneyError(f"The {what} of an order has at most {money.MAX_TEXT} characters, not {len(text)}.")
    return text


def _smp(mode: SelfMatch | None) -> str | None:
    return None if mode is None else mode.value


def _one_id(venue_id: VenueOrderId | None, order_id: OrderId | None) -> dict[str, str | None]:
    return {"uuid": venue_id} if venue_id else {"identifier": _asked(order_id)}


def _asked(order_id: OrderId | None) -> OrderId:
    if not order_id:
        raise HogaError("Name an order by the venue's id or by ours.")
    return order_id


def _many_ids(
    venue_ids: Sequence[VenueOrderId], order_ids: Sequence[OrderId], limit: int
) -> dict[str, Sequence[str] | None]:
    if bool(venue_ids) == bool(order_ids):
        raise HogaError("Name orders by the venue's ids or by ours, by one of the two.")
    if len(venue_ids) + len(order_ids) > limit:
        raise HogaError(f"One call takes up to {limit} ids, not {len(venue_ids) + len(order_ids)}.")
    return {"uuids": tuple(venue_ids)} if venue_ids else {"identifiers": tuple(order_ids)}


def _listed(words: Sequence[str]) -> str | None:
    return ",".join(words) or None

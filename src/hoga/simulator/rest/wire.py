"""How the venue spells its REST answers: key order, strings or numbers, what is left out, Seoul times.

Taken from recorded traffic of 2026-03 where there is some, else from the Upbit docs. Keys whose value is null are left
out of order answers; `smp_type` is always there since 2026-11-09 (Upbit changelog, add-smp-type-default).
"""

from collections.abc import Iterable
from decimal import Decimal

import msgspec

from hoga.model.commands import SelfMatch
from hoga.model.events import Balance
from hoga.model.market import Market
from hoga.model.money import plain
from hoga.simulator.core.orders import BatchCancelled, OrderTrade, Replaced, VenueOrder
from hoga.simulator.moments import kst_text, utc_text

Row = dict[str, object]

_BID_TYPES = ("best_fok", "best_ioc", "limit", "limit_fok", "limit_ioc", "price")
_ASK_TYPES = ("best_fok", "best_ioc", "limit", "limit_fok", "limit_ioc", "market")

_RATE_STEP = Decimal("0.0000000001")

encode = msgspec.json.Encoder().encode


def encode_exactly(content: object) -> bytes:
    """JSON of any of our structs, amounts as strings without exponents."""
    return encode(_spelled(msgspec.to_builtins(content, builtin_types=(Decimal,))))


def _spelled(content: object) -> object:
    if isinstance(content, Decimal):
        return plain(content)
    if isinstance(content, dict):
        return {name: _spelled(value) for name, value in content.items()}
    if isinstance(content, list | tuple):
        return [_spelled(value) for value in content]
    return content


def error_body(name: str | int, message: str) -> bytes:
    """The body of every refusal; `name` is a word on the exchange side and the status itself on the quotation side."""
    return encode({"error": {"name": name, "message": message}})


def kst(at_s: int) -> str:
    """A moment in Seoul to the second, `2026-03-22T21:47:08+09:00`."""
    return kst_text(at_s) + "+09:00"


def utc_ms_text(at_ms: int) -> str:
    """A moment in UTC to the millisecond, `2025-07-04T08:02:05.526+00:00`."""
    return f"{utc_text(at_ms // 1000)}.{at_ms % 1000:03}+00:00"


def double(value: Decimal) -> msgspec.Raw:
    """A JSON number printed as the quotation side prints it: `103493000.0`, never with an exponent."""
    text = plain(Decimal(repr(float(value))))  # the venue computes these figures as doubles
    return msgspec.Raw((text if "." in text else text + ".0").encode())


def rate(value: Decimal) -> msgspec.Raw:
    """A share as a JSON number of ten decimals at most, `0.0105060683`."""
    return double(value.quantize(_RATE_STEP))


def short(value: Decimal) -> msgspec.Raw:
    """A JSON number as order books print it: whole prices without a fraction, `103460000`."""
    return msgspec.Raw(plain(value).encode())


def order_row(order: VenueOrder, *, with_funds: bool, with_smp: bool) -> Row:
    """One order. `with_funds` adds `executed_funds` (the list endpoints), `with_smp` tells `smp_type` even if unset."""
    row: Row = {"uuid": order.uuid, "side": order.side, "ord_type": order.ord_type}
    if order.price is not None:
        row["price"] = plain(order.price)
    row["state"] = order.state
    row["market"] = order.market
    row["created_at"] = kst(order.created_at_ms // 1000)
    if order.volume is not None:
        row["volume"] = plain(order.volume)
        row["remaining_volume"] = plain(order.remaining_volume or Decimal(0))
        row["prevented_volume"] = plain(order.prevented_volume)
    row["reserved_fee"] = plain(order.reserved_fee)
    row["remaining_fee"] = plain(order.remaining_fee)
    row["paid_fee"] = plain(order.paid_fee)
    row["locked"] = plain(order.locked)
    row["prevented_locked"] = plain(order.prevented_locked)
    row["executed_volume"] = plain(order.executed_volume)
    if with_funds:
        row["executed_funds"] = plain(order.executed_funds)
    row["trades_count"] = order.trades_count
    if order.time_in_force is not None:
        row["time_in_force"] = order.time_in_force
    if order.identifier is not None:
        row["identifier"] = order.identifier
    if with_smp or order.smp_type is not SelfMatch.NONE:
        row["smp_type"] = order.smp_type.value
    return row


def detail_row(order: VenueOrder, *, with_smp: bool) -> Row:
    """One order with its trades (GET /order alone has them)."""
    row = order_row(order, with_funds=False, with_smp=with_smp)
    row["trades"] = [trade_row(trade) for trade in order.trades]
    return row


def trade_row(trade: OrderTrade) -> Row:
    """One fill of an order."""
    return {
        "market": trade.market,
        "uuid": trade.uuid,
        "price": plain(trade.price),
        "volume": plain(trade.volume),
        "funds": plain(trade.funds),
        "trend": trade.trend,
        "created_at": kst(trade.at_ms // 1000),
        "side": trade.side,
    }


def replaced_row(replaced: Replaced, *, with_smp: bool) -> Row:
    """The old order and what names the new one, if there is a new one."""
    row = order_row(replaced.old, with_funds=False, with_smp=with_smp)
    if replaced.new_uuid is not None:
        row["new_order_uuid"] = replaced.new_uuid
    if replaced.new_identifier is not None:
        row["new_order_identifier"] = replaced.new_identifier
    return row


def batch_row(batch: BatchCancelled) -> Row:
    """What a batch cancel took and what it could not take."""
    return {"success": _named(batch.success), "failed": _named(batch.failed)}


def _named(orders: Iterable[VenueOrder]) -> Row:
    rows: list[Row] = []
    for order in orders:
        row: Row = {"uuid": order.uuid, "market": order.market}
        if order.identifier is not None:
            row["identifier"] = order.identifier
        rows.append(row)
    return {"count": len(rows), "orders": rows}


def account_row(balance: Balance) -> Row:
    """One currency of an account."""
    return {
        "currency": balance.currency,
        "balance": plain(balance.free),
        "locked": plain(balance.locked),
        "avg_buy_price": plain(balance.avg_buy_price or Decimal(0)),
        "avg_buy_price_modified": balance.currency == "KRW",
        "unit_currency": "KRW",
    }


def chance_row(market: Market, bid: Balance, ask: Balance) -> Row:
    """What one may do on a market, at which fee, and what one has for it."""
    return {
        "bid_fee": plain(market.bid_fee),
        "ask_fee": plain(market.ask_fee),
        "maker_bid_fee": plain(market.maker_bid_fee),
        "maker_ask_fee": plain(market.maker_ask_fee),
        "market": {
            "id": market.code,
            "name": f"{market.base}/{market.quote}",
            "order_types": ["limit"],
            "order_sides": ["ask", "bid"],
            "bid_types": market.bid_types or _BID_TYPES,
            "ask_types": market.ask_types or _ASK_TYPES,
            "bid": {"currency": market.quote, "min_total": plain(market.min_total)},
            "ask": {"currency": market.base, "min_total": plain(market.min_total)},
            "max_total": plain(market.max_total),
            "state": market.state,
        },
        "bid_account": account_row(bid),
        "ask_account": account_row(ask),
    }

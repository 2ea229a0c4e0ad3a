"""The shape of every stream in both spellings.

All but news of our orders decodes into classes laid out exactly like the model's own, so that the JSON is read once,
at the bare speed of the decoder; `finish.py` then makes them the model's.
"""

from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any

import msgspec
from msgspec import Struct

from hoga.model.events import Announcement, Balance, BalanceChanged, BookUnit, Candle, Orderbook, Ticker, Trade
from hoga.upbit.stream import keys as stream_keys


class MyOrder(Struct, kw_only=True):
    """News of one of our orders. In the state `trade`, price and volume are the fill's; what is not known is null."""

    code: str
    uuid: str
    ask_bid: str
    order_type: str
    state: str
    trade_uuid: str | None = None
    price: Decimal | None = None
    volume: Decimal | None = None
    remaining_volume: Decimal | None = None
    executed_volume: Decimal | None = None
    trades_count: int | None = None
    paid_fee: Decimal | None = None
    locked: Decimal | None = None
    executed_funds: Decimal | None = None
    time_in_force: str | None = None
    trade_fee: Decimal | None = None
    is_maker: bool | None = None
    identifier: str | None = None
    smp_type: str | None = None
    prevented_volume: Decimal | None = None
    trade_timestamp: int | None = None
    order_timestamp: int | None = None


# What the model calls a field, and what the venue does. Fields of the same name are not named.
_TIMES = {"trade_timestamp_ms": "trade_timestamp", "timestamp_ms": "timestamp"}
_OF_TRADE = {"market": "code", "price": "trade_price", "volume": "trade_volume", **_TIMES}
_OF_BOOK = {"market": "code", "timestamp_ms": "timestamp", "unread": "orderbook_units"}
_OF_ANNOUNCEMENT = {"venue_id": "uuid", "timestamp_ms": "timestamp"}
_OF_ASSET = {"free": "balance"}
_OF_ASSETS = {"balances": "assets", "timestamp_ms": "asset_timestamp"}
_OF_CANDLE = {
    "market": "code",
    "start_ms": "candle_date_time_utc",
    "close": "trade_price",
    "volume": "candle_acc_trade_volume",
    "value": "candle_acc_trade_price",
    "timestamp_ms": "timestamp",
}

#: What the venue does not say must not be taken from a key that happens to have our name for it.
_OURS = ("received_ns", "unit_s", "closed", "is_empty", "avg_buy_price")

Spelling = Mapping[str, str]


def like(
    model: type[Struct],
    tag: str | None,
    names: Spelling,
    short: Spelling | None,
    types: Mapping[str, Any] | None = None,
    defaults: Mapping[str, object] | None = None,
) -> type[Struct]:
    """Make a class laid out like `model` that reads the venue's keys, the short ones where a table of them is given.

    A field named in `types` has that type instead, and must be there unless it has one of the `defaults`.
    """
    types, defaults = types or {}, defaults or {}
    fields: list[Any] = []
    rename: dict[str, str] = {}
    for field in msgspec.structs.fields(model):
        kind = types.get(field.name, field.type)
        default = msgspec.NODEFAULT if field.name in types else field.default
        default = defaults.get(field.name, default)
        fields.append((field.name, kind) if default is msgspec.NODEFAULT else (field.name, kind, default))
        key = f"our {field.name}" if field.name in _OURS else names.get(field.name, field.name)
        rename[field.name] = short.get(key, key) if short else key
    return msgspec.defstruct(
        f"{model.__name__}Frame",
        fields,
        bases=(model,),
        rename=rename,
        tag_field=None if tag is None else ("ty" if short else "type"),
        tag=tag,
        kw_only=True,
        # The class is changed afterwards, which is sound only between equal layouts.
        gc=model.__struct_config__.gc,
    )


#: What a usual trade of today says besides; those of 2021 and those with nulls are read at leisure.
_BEST = dict.fromkeys(("best_ask_price", "best_ask_size", "best_bid_price", "best_bid_size"), Decimal)


def _shapes(short: bool) -> Iterator[type[Struct]]:  # noqa: FBT001 - one of two spellings
    """Yield one class for each stream, in the long or the short spelling; the one for usual trades first."""
    keys = stream_keys
    unit = like(BookUnit, None, {}, keys.ORDERBOOK_UNIT)
    units: Any = tuple[unit, ...] if short else msgspec.Raw  # type: ignore[valid-type]
    asset = like(Balance, None, _OF_ASSET, keys.MY_ASSET_UNIT if short else None)
    assets: Any = tuple[asset, ...]  # type: ignore[valid-type]
    yield like(Trade, "trade", _OF_TRADE, keys.TRADE if short else None, _BEST)
    yield like(Ticker, "ticker", _OF_TRADE, keys.TICKER if short else None)
    yield like(Orderbook, "orderbook", _OF_BOOK, keys.ORDERBOOK if short else None, {"unread": units})
    yield like(MyOrder, "myOrder", {}, keys.MY_ORDER if short else None)
    yield like(BalanceChanged, "myAsset", _OF_ASSETS, keys.MY_ASSET if short else None, {"balances": assets})
    yield like(Announcement, "announcement", _OF_ANNOUNCEMENT, keys.ANNOUNCEMENT if short else None)
    for stream, unit_s in keys.CANDLE_UNITS_S.items():
        names = keys.CANDLE if short else None
        yield like(Candle, stream, _OF_CANDLE, names, {"start_ms": str}, {"unit_s": unit_s})


#: The usual shapes, for the short way.
LONG_SHAPES = tuple(_shapes(short=False))
SHORT_SHAPES = tuple(_shapes(short=True))

#: The same, but a trade need not tell the best prices.
PATIENT_LONG_SHAPES = (like(Trade, "trade", _OF_TRADE, None), *LONG_SHAPES[1:])
PATIENT_SHORT_SHAPES = (like(Trade, "trade", _OF_TRADE, stream_keys.TRADE), *SHORT_SHAPES[1:])

#: Every stream we read, by the word in `type`.
KNOWN_TYPES = frozenset(str(shape.__struct_config__.tag) for shape in LONG_SHAPES)

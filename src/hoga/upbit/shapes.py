"""The shape of every stream in both spellings.

Trades, tickers and books decode into classes laid out exactly like the model's own, so that the JSON is read once, at
the bare speed of the decoder; `finish.py` then makes them the model's.
"""

from collections.abc import Iterator, Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any

import msgspec
from msgspec import Struct

from hoga.model.events import Announcement, BookUnit, Orderbook, StreamType, Ticker, Trade
from hoga.upbit import stream_keys


class CandleFrame(Struct, gc=False, kw_only=True):
    """A bar that may still change, as the venue sends it."""

    code: str
    candle_date_time_utc: datetime
    opening_price: Decimal
    high_price: Decimal
    low_price: Decimal
    trade_price: Decimal
    candle_acc_trade_volume: Decimal
    candle_acc_trade_price: Decimal
    timestamp: int
    stream_type: str = StreamType.REALTIME


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


class Asset(Struct, kw_only=True):
    """One balance inside `MyAsset`."""

    currency: str
    balance: Decimal
    locked: Decimal


class MyAsset(Struct, kw_only=True):
    """News of our balances: only the currencies that changed."""

    assets: tuple[Asset, ...]
    asset_timestamp: int = 0


# What the model calls a field, and what the venue does. Fields of the same name are not named.
_TIMES = {"trade_timestamp_ms": "trade_timestamp", "timestamp_ms": "timestamp"}
_OF_TRADE = {"market": "code", "price": "trade_price", "volume": "trade_volume", **_TIMES}
_OF_BOOK = {"market": "code", "timestamp_ms": "timestamp", "unread": "orderbook_units"}
_OF_ANNOUNCEMENT = {"venue_id": "uuid", "timestamp_ms": "timestamp"}

Spelling = Mapping[str, str]


def like(
    model: type[Struct],
    tag: str | None,
    names: Spelling,
    short: Spelling | None,
    types: Mapping[str, Any] | None = None,
) -> type[Struct]:
    """Make a class laid out like `model` that reads the venue's keys, the short ones where a table of them is given.

    A field named in `types` has that type instead, and must be there.
    """
    types = types or {}
    fields: list[Any] = []
    rename: dict[str, str] = {}
    for field in msgspec.structs.fields(model):
        is_required = field.required or field.name in types
        kind = types.get(field.name, field.type)
        fields.append((field.name, kind) if is_required else (field.name, kind, field.default))
        key = names.get(field.name, field.name)
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
    asset = like(Asset, None, {}, keys.MY_ASSET_UNIT if short else None)
    assets: Any = tuple[asset, ...]  # type: ignore[valid-type]
    yield like(Trade, "trade", _OF_TRADE, keys.TRADE if short else None, _BEST)
    yield like(Ticker, "ticker", _OF_TRADE, keys.TICKER if short else None)
    yield like(Orderbook, "orderbook", _OF_BOOK, keys.ORDERBOOK if short else None, {"unread": units})
    yield like(MyOrder, "myOrder", {}, keys.MY_ORDER if short else None)
    yield like(MyAsset, "myAsset", {}, keys.MY_ASSET if short else None, {"assets": assets})
    yield like(Announcement, "announcement", _OF_ANNOUNCEMENT, keys.ANNOUNCEMENT if short else None)
    for stream in keys.CANDLE_UNITS_S:
        yield like(CandleFrame, stream, {}, keys.CANDLE if short else None)


#: The usual shapes, for the short way.
LONG_SHAPES = tuple(_shapes(short=False))
SHORT_SHAPES = tuple(_shapes(short=True))

#: The same, but a trade need not tell the best prices.
PATIENT_LONG_SHAPES = (like(Trade, "trade", _OF_TRADE, None), *LONG_SHAPES[1:])
PATIENT_SHORT_SHAPES = (like(Trade, "trade", _OF_TRADE, stream_keys.TRADE), *SHORT_SHAPES[1:])

#: Every stream we read, by the word in `type`.
KNOWN_TYPES = frozenset(str(shape.__struct_config__.tag) for shape in LONG_SHAPES)

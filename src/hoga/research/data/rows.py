"""How rows of each kind look in the store: their columns, and what tells two of them apart."""

from collections.abc import Mapping
from typing import Final

from msgspec import Struct

from hoga.research.data.layout import Kind
from hoga.research.data.parquet import WIDE

_UNITS = "STRUCT(ask_price DECIMAL(38, 8), bid_price DECIMAL(38, 8), ask_size DECIMAL(38, 8), bid_size DECIMAL(38, 8))"


class Shape(Struct, frozen=True):
    """How rows of one kind look: the column of time, what tells two rows apart, all columns, those that may not differ.

    `narrow` are the decimals kept in 64 bits wherever they fit.
    """

    time: str
    key: str
    columns: Mapping[str, str]
    fixed: tuple[str, ...]
    narrow: tuple[str, ...]


_PRICES = ("opening", "high", "low", "close")
SHAPES: Final[Mapping[Kind, Shape]] = {
    "candles": Shape(
        "start_utc",
        "start_utc",
        {"start_utc": "TIMESTAMP", **dict.fromkeys((*_PRICES, "volume", "value"), WIDE)},
        (*_PRICES, "volume"),
        (*_PRICES, "volume", "value"),
    ),
    "trades": Shape(
        "at_utc",
        "sequential_id",
        {"at_utc": "TIMESTAMP", "sequential_id": "BIGINT", "price": WIDE, "volume": WIDE, "is_bid": "BOOLEAN"},
        ("at_utc", "price", "volume", "is_bid"),
        ("price", "volume"),
    ),
    "books": Shape(
        "at_utc",
        "received_ns",
        {
            "at_utc": "TIMESTAMP",
            "received_ns": "BIGINT",
            "total_ask_size": WIDE,
            "total_bid_size": WIDE,
            "level": WIDE,
            "units": f"{_UNITS}[]",
        },
        ("at_utc",),
        (),
    ),
}

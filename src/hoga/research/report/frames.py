"""A result as columns, and as a frame of pandas, polars or Arrow where one of them is installed."""

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from importlib import import_module
from types import ModuleType
from typing import Any

from hoga.model.errors import HogaError
from hoga.model.money import exactly
from hoga.model.orders import Order
from hoga.research.report.trips import all_trips, ledgers
from hoga.research.result import EquityPoint, Result

#: Names of columns and what stands in them, row by row.
Columns = dict[str, list[Any]]

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class FrameError(HogaError):
    """There is no such table, or the library that was asked for is not installed."""


def columns(result: Result, table: str, *, exact: bool = False) -> Columns:
    """One table of a result as columns of equal length: orders, fills, trips, equity, days or bars.

    Moments are UTC. Money is `float`, for this is for statistics; with `exact` it stays `Decimal`.
    """
    if table not in _TABLES:
        raise FrameError(f"A result has no table {table!r}; there are {', '.join(_TABLES)}.")
    with exactly():
        found = _TABLES[table](result)
    return found if exact else {name: [_for_statistics(value) for value in column] for name, column in found.items()}


def to_pandas(result: Result, table: str, *, exact: bool = False) -> Any:  # noqa: ANN401 - pandas may not be installed
    """The same as a `pandas.DataFrame`."""
    return _library("pandas").DataFrame(columns(result, table, exact=exact))


def to_polars(result: Result, table: str, *, exact: bool = False) -> Any:  # noqa: ANN401 - as above
    """The same as a `polars.DataFrame`."""
    return _library("polars").DataFrame(columns(result, table, exact=exact), infer_schema_length=None)


def to_arrow(result: Result, table: str, *, exact: bool = False) -> Any:  # noqa: ANN401 - as above
    """The same as a `pyarrow.Table`."""
    return _library("pyarrow").table(columns(result, table, exact=exact))


def _library(name: str) -> ModuleType:
    try:
        return import_module(name)
    except ModuleNotFoundError:
        raise FrameError(
            f"{name} is not installed: pip install {name}, or take the columns as they are with result.columns(...)."
        ) from None


def _for_statistics(value: object) -> object:
    return float(value) if isinstance(value, Decimal) else value


def _at(at_ms: int) -> datetime:
    return _EPOCH + timedelta(milliseconds=at_ms)


def _orders(result: Result) -> Columns:
    parts: Mapping[str, Callable[[Order], object]] = {
        "order_id": lambda order: str(order.order_id),
        "created": lambda order: _at(order.created_ns // 1_000_000),
        "market": lambda order: order.market,
        "side": lambda order: str(order.side),
        "kind": lambda order: str(order.intent.kind),
        "price": lambda order: order.price,
        "volume": lambda order: order.intent.volume,
        "spend": lambda order: order.intent.spend,
        "filled_volume": lambda order: order.filled_volume,
        "filled_funds": lambda order: order.filled_funds,
        "fee": lambda order: order.paid_fee,
        "state": lambda order: str(order.state),
        "reason": lambda order: order.intent.reason,
    }
    return {name: [part(order) for order in result.orders] for name, part in parts.items()}


def _fills(result: Result) -> Columns:
    return {
        "trade_id": [fill.trade_id for fill in result.fills],
        "order_id": [fill.order_id for fill in result.fills],
        "at": [_at(fill.trade_timestamp_ms) for fill in result.fills],
        "market": [fill.market for fill in result.fills],
        "side": [str(fill.side) for fill in result.fills],
        "price": [fill.price for fill in result.fills],
        "volume": [fill.volume for fill in result.fills],
        "funds": [fill.price * fill.volume for fill in result.fills],
        "fee": [fill.fee for fill in result.fills],
        "is_maker": [fill.is_maker for fill in result.fills],
    }


def _trips(result: Result) -> Columns:
    trips = all_trips(ledgers(result))
    return {
        "market": [trip.market for trip in trips],
        "opened": [_at(trip.opened_ms) for trip in trips],
        "closed": [_at(trip.closed_ms) for trip in trips],
        "volume": [trip.volume for trip in trips],
        "cost": [trip.cost for trip in trips],
        "proceeds": [trip.proceeds for trip in trips],
        "gain": [trip.gain for trip in trips],
    }


def _points(points: Sequence[EquityPoint]) -> Columns:
    return {
        "at": [_at(point.at_ms) for point in points],
        "equity": [point.equity for point in points],
        "held": [point.held for point in points],
    }


def _bars(result: Result) -> Columns:
    rows = [(code, bar) for code, bars in result.bars.items() for bar in bars]
    return {
        "market": [code for code, _ in rows],
        "start": [_at(bar.start_ms) for _, bar in rows],
        "open": [bar.opening for _, bar in rows],
        "high": [bar.high for _, bar in rows],
        "low": [bar.low for _, bar in rows],
        "close": [bar.close for _, bar in rows],
    }


_TABLES: Mapping[str, Callable[[Result], Columns]] = {
    "orders": _orders,
    "fills": _fills,
    "trips": _trips,
    "equity": lambda result: _points(result.equity),
    "days": lambda result: _points(result.days),
    "bars": _bars,
}

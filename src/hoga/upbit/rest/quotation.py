"""The questions anybody may ask about markets and prices (Upbit docs, quotation reference of 2026-10)."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Literal

from hoga.model import money
from hoga.upbit.rest.request import Request, public

MinuteUnit = Literal[1, 3, 5, 10, 15, 30, 60, 240]

#: What one call takes at most (Upbit docs, list-candles-*, list-pair-trades, list-orderbooks).
MAX_CANDLES = 200
MAX_TRADES = 500
MAX_DEPTH = 30


def markets(*, is_details: bool = True) -> Request:
    """Ask for every market with its names; with details also the warnings that hold."""
    return public("/v1/market/all", "market", {"is_details": is_details})


def candles_seconds(market: str, *, count: int = MAX_CANDLES, to: str | None = None) -> Request:
    """Ask for bars of one second, newest first; Upbit keeps three months of them."""
    return public("/v1/candles/seconds", "candles", {"market": market, "to": to, "count": count})


def candles_minutes(market: str, unit: MinuteUnit = 1, *, count: int = MAX_CANDLES, to: str | None = None) -> Request:
    """Ask for bars of `unit` minutes that begin before `to` (ISO 8601; now if absent), newest first.

    A minute without a trade has no bar.
    """
    return public(f"/v1/candles/minutes/{unit}", "candles", {"market": market, "to": to, "count": count})


def candles_days(
    market: str,
    *,
    count: int = MAX_CANDLES,
    to: str | None = None,
    converting_price_unit: Literal["KRW"] | None = None,
) -> Request:
    """Ask for bars of a day, which begins at 09:00 KST (00:00 UTC), newest first."""
    params = {"market": market, "to": to, "count": count, "converting_price_unit": converting_price_unit}
    return public("/v1/candles/days", "candles", params)


def candles_long(
    market: str, unit: Literal["weeks", "months", "years"], *, count: int = MAX_CANDLES, to: str | None = None
) -> Request:
    """Ask for bars of weeks, months or years, newest first."""
    return public(f"/v1/candles/{unit}", "candles", {"market": market, "to": to, "count": count})


def trades(
    market: str,
    *,
    count: int = MAX_TRADES,
    to: str | None = None,
    cursor: int | None = None,
    days_ago: int | None = None,
) -> Request:
    """Ask for past trades, newest first: before `to` (UTC `HH:mm:ss`), or before a `cursor` (a sequential id)."""
    params = {"market": market, "to": to, "count": count, "cursor": cursor, "days_ago": days_ago}
    return public("/v1/trades/ticks", "crix-trades", params)


def ticker(market_codes: Sequence[str]) -> Request:
    """Ask for the state of some markets; one unknown code fails the whole call."""
    return public("/v1/ticker", "ticker", {"markets": ",".join(market_codes)})


def ticker_all(quote_currencies: Sequence[str]) -> Request:
    """Ask for the state of every market of some quote currencies (`KRW`, `BTC`, `USDT`)."""
    return public("/v1/ticker/all", "ticker", {"quote_currencies": ",".join(quote_currencies)})


def orderbook(market_codes: Sequence[str], *, level: Decimal | None = None, count: int | None = None) -> Request:
    """Ask for the books of some markets, up to 30 deep; `level` groups the prices of KRW books."""
    params = {"markets": ",".join(market_codes), "level": None if level is None else money.plain(level), "count": count}
    return public("/v1/orderbook", "orderbook", params)


def orderbook_instruments(market_codes: Sequence[str]) -> Request:
    """Ask for the price step that holds now, and the levels a book can be grouped by."""
    return public("/v1/orderbook/instruments", "orderbook", {"markets": ",".join(market_codes)})


def orderbook_supported_levels(market_codes: Sequence[str]) -> Request:
    """Ask for the levels alone; Upbit advises `orderbook_instruments` instead since 2025-07-31."""
    return public("/v1/orderbook/supported_levels", "orderbook", {"markets": ",".join(market_codes)})

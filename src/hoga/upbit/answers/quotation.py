"""What Upbit answers about markets and prices, into the model's words. `WireError` where a body cannot be read.

Lists of candles and trades come newest first and stay so. `received_ns` is the time of the answer.
"""

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal

import msgspec
from msgspec import Struct

from hoga.model.events import AskBid, BookUnit, Candle, Orderbook, StreamType, Ticker, Trade
from hoga.model.money import ZERO
from hoga.upbit.answers.account import read
from hoga.upbit.sane import ms_of, require_amounts, require_finite


class Instrument(Struct, frozen=True):
    """The price step of a market at its present price, and the levels its book can be grouped by."""

    market: str
    tick_size: Decimal
    quote_currency: str = ""
    supported_levels: tuple[Decimal, ...] = ()


class MarketListing(Struct, frozen=True):
    """One market as listed: names for people, and what the venue warns of."""

    code: str
    korean_name: str
    english_name: str
    warning: bool = False
    cautions: tuple[str, ...] = ()


class SupportedLevels(Struct, frozen=True):
    """The levels a book can be grouped by, from the older call."""

    market: str
    supported_levels: tuple[Decimal, ...] = ()


def read_markets(body: bytes) -> tuple[MarketListing, ...]:
    """Every market; warnings only where details were asked for."""
    return tuple(
        MarketListing(
            code=listed.market,
            korean_name=listed.korean_name,
            english_name=listed.english_name,
            warning=listed.market_event.warning or listed.market_warning == _OLD_WARNING,
            cautions=tuple(name for name, holds in listed.market_event.caution.items() if holds),
        )
        for listed in read(body, tuple[_Market, ...])
    )


def read_instruments(body: bytes) -> tuple[Instrument, ...]:
    """The price steps that hold now."""
    instruments = read(body, tuple[Instrument, ...])
    for instrument in instruments:
        require_amounts(instrument.tick_size, *instrument.supported_levels)
    return instruments


def read_supported_levels(body: bytes) -> tuple[SupportedLevels, ...]:
    """The levels of the older call."""
    levels = read(body, tuple[SupportedLevels, ...])
    for market in levels:
        require_amounts(*market.supported_levels)
    return levels


def read_candles(body: bytes, unit_s: int, received_ns: int = 0) -> tuple[Candle, ...]:
    """Bars of `unit_s` seconds, newest first. All but the newest are closed; whether that one is, the clock tells."""
    candles = []
    for index, bar in enumerate(read(body, tuple[_Candle, ...])):
        require_amounts(bar.opening_price, bar.high_price, bar.low_price, bar.trade_price)
        require_amounts(bar.candle_acc_trade_price, bar.candle_acc_trade_volume)
        candles.append(
            Candle(
                market=bar.market,
                unit_s=unit_s,
                start_ms=ms_of(bar.candle_date_time_utc),
                opening_price=bar.opening_price,
                high_price=bar.high_price,
                low_price=bar.low_price,
                close=bar.trade_price,
                volume=bar.candle_acc_trade_volume,
                value=bar.candle_acc_trade_price,
                closed=index > 0,
                timestamp_ms=bar.timestamp or 0,
                stream_type=StreamType.SNAPSHOT,
                received_ns=received_ns,
            )
        )
    return tuple(candles)


def read_trades(body: bytes, received_ns: int = 0) -> tuple[Trade, ...]:
    """Past trades, newest first."""
    trades = []
    for row in read(body, tuple[_Trade, ...]):
        require_amounts(row.trade_price, row.trade_volume)
        trades.append(
            Trade(
                market=row.market,
                price=row.trade_price,
                volume=row.trade_volume,
                ask_bid=AskBid(row.ask_bid),
                trade_timestamp_ms=row.timestamp,
                timestamp_ms=row.timestamp,
                sequential_id=row.sequential_id,
                stream_type=StreamType.SNAPSHOT,
                received_ns=received_ns,
            )
        )
    return tuple(trades)


def read_tickers(body: bytes, received_ns: int = 0) -> tuple[Ticker, ...]:
    """The state of markets. REST does not say which side traded last, so that is UNKNOWN."""
    tickers = []
    for row in read(body, tuple[_Ticker, ...]):
        require_amounts(row.trade_price, row.opening_price, row.high_price, row.low_price, row.prev_closing_price)
        require_amounts(row.trade_volume, row.acc_trade_price_24h, row.acc_trade_volume_24h)
        require_finite(row.signed_change_rate)
        tickers.append(
            Ticker(
                market=row.market,
                price=row.trade_price,
                opening_price=row.opening_price,
                high_price=row.high_price,
                low_price=row.low_price,
                prev_closing_price=row.prev_closing_price,
                signed_change_rate=row.signed_change_rate,
                volume=row.trade_volume,
                ask_bid=AskBid.UNKNOWN,
                acc_trade_price_24h=row.acc_trade_price_24h,
                acc_trade_volume_24h=row.acc_trade_volume_24h,
                trade_timestamp_ms=row.trade_timestamp,
                timestamp_ms=row.timestamp,
                stream_type=StreamType.SNAPSHOT,
                received_ns=received_ns,
            )
        )
    return tuple(tickers)


def read_orderbooks(body: bytes, received_ns: int = 0) -> tuple[Orderbook, ...]:
    """Whole books, best prices first."""
    books = []
    for row in read(body, tuple[_Orderbook, ...]):
        require_amounts(row.total_ask_size, row.total_bid_size, row.level)
        for unit in row.orderbook_units:
            require_amounts(unit.ask_price, unit.bid_price, unit.ask_size, unit.bid_size)
        books.append(
            Orderbook(
                market=row.market,
                timestamp_ms=row.timestamp,
                total_ask_size=row.total_ask_size,
                total_bid_size=row.total_bid_size,
                unread=row.orderbook_units,
                level=row.level or ZERO,
                stream_type=StreamType.SNAPSHOT,
                received_ns=received_ns,
            )
        )
    return tuple(books)


# ------------------------------------------------ as they are on the wire

#: How Upbit's sites outside Korea, and older answers, spell a warning.
_OLD_WARNING = "CAUTION"


class _MarketEvent(Struct):
    warning: bool = False
    caution: Mapping[str, bool] = msgspec.field(default_factory=dict)


class _Market(Struct):
    market: str
    korean_name: str = ""
    english_name: str = ""
    market_event: _MarketEvent = msgspec.field(default_factory=_MarketEvent)
    market_warning: str | None = None


class _Candle(Struct):
    market: str
    candle_date_time_utc: datetime
    opening_price: Decimal
    high_price: Decimal
    low_price: Decimal
    trade_price: Decimal
    candle_acc_trade_price: Decimal
    candle_acc_trade_volume: Decimal
    timestamp: int | None = None


class _Trade(Struct):
    market: str
    timestamp: int
    trade_price: Decimal
    trade_volume: Decimal
    ask_bid: str
    sequential_id: int


class _Ticker(Struct):
    market: str
    trade_timestamp: int
    opening_price: Decimal
    high_price: Decimal
    low_price: Decimal
    trade_price: Decimal
    prev_closing_price: Decimal
    signed_change_rate: Decimal
    trade_volume: Decimal
    acc_trade_price_24h: Decimal
    acc_trade_volume_24h: Decimal
    timestamp: int


class _Orderbook(Struct):
    market: str
    timestamp: int
    total_ask_size: Decimal
    total_bid_size: Decimal
    orderbook_units: tuple[BookUnit, ...]
    level: Decimal | None = None

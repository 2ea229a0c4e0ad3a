"""How the quotation side spells candles, trades, tickers and books: numbers as doubles, key order as recorded."""

from decimal import Decimal

from hoga.model.events import Orderbook, Trade
from hoga.simulator.market.candles import Bar
from hoga.simulator.moments import clock_text, date_text, day_text, kst_text, time_text, utc_text
from hoga.simulator.rest import wire
from hoga.simulator.rest.board import Figures

KST_S = 9 * 3600


def candle_row(bar: Bar, unit: str, earlier: Bar | None, *, converted: bool) -> wire.Row:
    """One candle; daily ones compare with the day before, longer ones name their first day."""
    row: wire.Row = {
        "market": bar.market,
        "candle_date_time_utc": utc_text(bar.start_ms // 1000),
        "candle_date_time_kst": kst_text(bar.start_ms // 1000),
        "opening_price": wire.double(bar.opening_price),
        "high_price": wire.double(bar.high_price),
        "low_price": wire.double(bar.low_price),
        "trade_price": wire.double(bar.close),
        "timestamp": bar.last_ms,
        "candle_acc_trade_price": wire.double(bar.value),
        "candle_acc_trade_volume": wire.double(bar.volume),
    }
    if unit == "1d":
        before = earlier.close if earlier else bar.opening_price
        row["prev_closing_price"] = wire.double(before)
        row["change_price"] = wire.double(bar.close - before)
        row["change_rate"] = wire.rate((bar.close - before) / before)
        if converted:
            row["converted_trade_price"] = wire.double(bar.close)
    elif unit.endswith("m"):
        row["unit"] = int(unit[:-1])
    elif unit != "1s":
        row["first_day_of_period"] = day_text(bar.start_ms // 1000)
    return row


def trade_row(trade: Trade, close: Decimal) -> wire.Row:
    """One trade; unlike the stream's, its change is signed (seen live on 2026-07-30)."""
    at_s = trade.trade_timestamp_ms // 1000
    return {
        "market": trade.market,
        "trade_date_utc": day_text(at_s),
        "trade_time_utc": time_text(at_s),
        "timestamp": trade.trade_timestamp_ms,
        "trade_price": wire.double(trade.price),
        "trade_volume": wire.double(trade.volume),
        "prev_closing_price": wire.double(close),
        "change_price": wire.double(trade.price - close),
        "ask_bid": trade.ask_bid.value,
        "sequential_id": trade.sequential_id,
    }


def ticker_row(figures: Figures, now_ms: int) -> wire.Row:
    """The state of one market; `change_price` and `change_rate` have no sign, the signed ones have."""
    last = figures.last
    utc_s = last.trade_timestamp_ms // 1000
    kst_s = utc_s + KST_S  # the same texts, nine hours on
    return {
        "market": last.market,
        "trade_date": date_text(utc_s),
        "trade_time": clock_text(utc_s),
        "trade_date_kst": date_text(kst_s),
        "trade_time_kst": clock_text(kst_s),
        "trade_timestamp": last.trade_timestamp_ms,
        "opening_price": wire.double(figures.opening_price),
        "high_price": wire.double(figures.high_price),
        "low_price": wire.double(figures.low_price),
        "trade_price": wire.double(last.price),
        "prev_closing_price": wire.double(figures.prev_closing_price),
        "change": figures.change,
        "change_price": wire.double(abs(figures.signed_change_price)),
        "change_rate": wire.rate(abs(figures.signed_change_rate)),
        "signed_change_price": wire.double(figures.signed_change_price),
        "signed_change_rate": wire.rate(figures.signed_change_rate),
        "trade_volume": wire.double(last.volume),
        "acc_trade_price": wire.double(figures.acc_trade_price),
        "acc_trade_price_24h": wire.double(figures.acc_trade_price_24h),
        "acc_trade_volume": wire.double(figures.acc_trade_volume),
        "acc_trade_volume_24h": wire.double(figures.acc_trade_volume_24h),
        "highest_52_week_price": wire.double(figures.highest_52_week_price),
        "highest_52_week_date": day_text(figures.highest_52_week_ms // 1000),
        "lowest_52_week_price": wire.double(figures.lowest_52_week_price),
        "lowest_52_week_date": day_text(figures.lowest_52_week_ms // 1000),
        "timestamp": min(now_ms, last.timestamp_ms),
    }


def book_row(book: Orderbook) -> wire.Row:
    """One order book; each depth tells the bid first, unlike the stream (recorded traffic of 2026-03)."""
    return {
        "market": book.market,
        "timestamp": book.timestamp_ms,
        "total_ask_size": wire.double(book.total_ask_size),
        "total_bid_size": wire.double(book.total_bid_size),
        "orderbook_units": [
            {
                "bid_price": wire.short(unit.bid_price),
                "bid_size": wire.short(unit.bid_size),
                "ask_price": wire.short(unit.ask_price),
                "ask_size": wire.short(unit.ask_size),
            }
            for unit in book.units
        ],
        "level": wire.short(book.level),
    }

"""How the venue spells its WebSocket frames: which fields in which order, long or short keys, bare or in a list.

Field order and short keys from the Upbit docs (stream pages of 2026) and the official SDK 1.1.0. A frame is first told
as the texts of its values; the layout then puts the keys around them.
"""

from collections.abc import Mapping, Sequence
from decimal import Decimal

import msgspec

from hoga.model import money
from hoga.model.events import BookUnit, Orderbook, Trade
from hoga.model.money import ZERO
from hoga.simulator.market.candles import Bar
from hoga.simulator.moments import clock_text, date_text, day_text, kst_text, time_text, utc_text
from hoga.simulator.rest.board import Figures
from hoga.upbit.stream.subscriptions import FrameFormat

#: Stream -> its keys in wire order, each long and short.
KEYS: Mapping[str, str] = {
    "ticker": """type ty code cd opening_price op high_price hp low_price lp trade_price tp prev_closing_price pcp
        acc_trade_price atp change c change_price cp signed_change_price scp change_rate cr signed_change_rate scr
        ask_bid ab trade_volume tv acc_trade_volume atv trade_date tdt trade_time ttm trade_timestamp ttms
        acc_ask_volume aav acc_bid_volume abv highest_52_week_price h52wp highest_52_week_date h52wdt
        lowest_52_week_price l52wp lowest_52_week_date l52wdt market_state ms is_trading_suspended its
        delisting_date dd market_warning mw timestamp tms acc_trade_price_24h atp24h acc_trade_volume_24h atv24h
        stream_type st""",
    "trade": """type ty code cd timestamp tms trade_date td trade_time ttm trade_timestamp ttms trade_price tp
        trade_volume tv ask_bid ab prev_closing_price pcp change c change_price cp sequential_id sid
        best_ask_price bap best_ask_size bas best_bid_price bbp best_bid_size bbs stream_type st""",
    "orderbook": """type ty code cd timestamp tms total_ask_size tas total_bid_size tbs orderbook_units obu
        stream_type st level lv""",
    "orderbook_unit": "ask_price ap bid_price bp ask_size as bid_size bs",
    "candle": """type ty code cd candle_date_time_utc cdttmu candle_date_time_kst cdttmk opening_price op high_price hp
        low_price lp trade_price tp candle_acc_trade_volume catv candle_acc_trade_price catp timestamp tms
        stream_type st""",
    "myOrder": """type ty code cd uuid uid ask_bid ab order_type ot state s trade_uuid tuid price p avg_price ap
        volume v remaining_volume rv executed_volume ev trades_count tc reserved_fee rsf remaining_fee rmf
        paid_fee pf locked l executed_funds ef time_in_force tif trade_fee tf is_maker im identifier id
        smp_type smpt prevented_volume pv prevented_locked pl trade_timestamp ttms order_timestamp otms
        timestamp tms stream_type st""",
    "myAsset": "type ty asset_uuid astuid assets ast asset_timestamp asttms timestamp tms stream_type st",
    "myAsset_asset": "currency cu balance b locked l",
    "announcement": """type ty event_type et uuid uid title tt category cat url url first_listed_at flat listed_at lat
        timestamp tms stream_type st""",
    "subscriptions": "method mthd result rslt ticket tckt",
}

SNAPSHOT, REALTIME = '"SNAPSHOT"', '"REALTIME"'

#: Digits of a change rate; the docs show nine and ten.
_RATE_STEP = Decimal("0.0000000001")


def _layout(stream: str, *, short: bool) -> str:
    words = KEYS[stream].split()
    return "{" + ",".join(f'"{key}":%s' for key in words[1 if short else 0 :: 2]) + "}"


_LONG = {stream: _layout(stream, short=False) for stream in KEYS}
_SHORT = {stream: _layout(stream, short=True) for stream in KEYS}


def is_short(frame_format: FrameFormat) -> bool:
    """Tell whether a format has short keys."""
    return frame_format in {FrameFormat.SIMPLE, FrameFormat.SIMPLE_LIST}


def spell(stream: str, texts: Sequence[str], frame_format: FrameFormat) -> bytes:
    """Put the keys of a stream around the texts of its values, in order."""
    return wrap(inner(stream, texts, frame_format), frame_format)


def inner(stream: str, texts: Sequence[str], frame_format: FrameFormat) -> str:
    """Put the keys around the texts, without the list some formats put around that."""
    return (_SHORT if is_short(frame_format) else _LONG)[stream] % tuple(texts)


def wrap(text: str, frame_format: FrameFormat) -> bytes:
    """Put a payload into a list where the format wants that."""
    return (f"[{text}]" if frame_format.endswith("LIST") else text).encode()


def quoted(text: str | None) -> str:
    """A JSON string, or null."""
    return "null" if text is None else msgspec.json.encode(text).decode()


def number(value: Decimal | None) -> str:
    """A JSON number with every digit, whole ones without a fraction; or null."""
    return "null" if value is None else money.plain(value)


def double(value: Decimal) -> str:
    """A JSON number as a double is printed: `109150000.0`."""
    text = money.plain(value)
    return text if "." in text else text + ".0"


def trade_texts(trade: Trade, prev_closing: Decimal, now_ms: int, stream_type: str) -> list[str]:
    """Tell one trade. `change_price` has no sign here, unlike in REST."""
    moved = trade.price - prev_closing
    at_s = trade.trade_timestamp_ms // 1000
    return [
        '"trade"',
        quoted(trade.market),
        str(now_ms),
        f'"{day_text(at_s)}"',
        f'"{time_text(at_s)}"',
        str(trade.trade_timestamp_ms),
        double(trade.price),
        double(trade.volume),
        f'"{trade.ask_bid}"',
        double(prev_closing),
        _direction(moved),
        double(abs(moved)),
        str(trade.sequential_id),
        number(trade.best_ask_price),
        number(trade.best_ask_size),
        number(trade.best_bid_price),
        number(trade.best_bid_size),
        stream_type,
    ]


def ticker_texts(market: str, figures: Figures, now_ms: int, stream_type: str, *, suspended: bool) -> list[str]:
    """Tell the state of a market at its last trade."""
    last, moved = figures.last, figures.signed_change_price
    rate = money.floor_to_tick(abs(moved) / figures.prev_closing_price, _RATE_STEP)
    at_s = last.trade_timestamp_ms // 1000
    return [
        '"ticker"',
        quoted(market),
        double(figures.opening_price),
        double(figures.high_price),
        double(figures.low_price),
        double(last.price),
        double(figures.prev_closing_price),
        double(figures.acc_trade_price),
        _direction(moved),
        double(abs(moved)),
        double(moved),
        double(rate),
        double(-rate if moved < 0 else rate),
        f'"{last.ask_bid}"',
        double(last.volume),
        double(figures.acc_trade_volume),
        f'"{date_text(at_s)}"',
        f'"{clock_text(at_s)}"',
        str(last.trade_timestamp_ms),
        double(figures.acc_ask_volume),
        double(figures.acc_bid_volume),
        double(figures.highest_52_week_price),
        f'"{day_text(figures.highest_52_week_ms // 1000)}"',
        double(figures.lowest_52_week_price),
        f'"{day_text(figures.lowest_52_week_ms // 1000)}"',
        '"ACTIVE"',
        "true" if suspended else "false",
        "null",
        '"NONE"',
        str(now_ms),
        double(figures.acc_trade_price_24h),
        double(figures.acc_trade_volume_24h),
        stream_type,
    ]


def candle_texts(unit: str, bar: Bar, stream_type: str) -> list[str]:
    """Tell one candle, which may still grow."""
    at_s = bar.start_ms // 1000
    return [
        f'"candle.{unit}"',
        quoted(bar.market),
        f'"{utc_text(at_s)}"',
        f'"{kst_text(at_s)}"',
        double(bar.opening_price),
        double(bar.high_price),
        double(bar.low_price),
        double(bar.close),
        double(bar.volume),
        double(bar.value),
        str(bar.last_ms),
        stream_type,
    ]


def book_frame(book: Orderbook, level: Decimal, stream_type: str, frame_format: FrameFormat) -> bytes:
    """Tell the depths a book has; the totals are the sums of what is shown."""
    units = book.units
    layout = (_SHORT if is_short(frame_format) else _LONG)["orderbook_unit"]
    rows = [layout % tuple(double(amount) for amount in _amounts(unit)) for unit in units]
    texts = [
        '"orderbook"',
        quoted(book.market),
        str(book.timestamp_ms),
        double(sum((unit.ask_size for unit in units), ZERO)),
        double(sum((unit.bid_size for unit in units), ZERO)),
        "[" + ",".join(rows) + "]",
        stream_type,
        number(level),
    ]
    return spell("orderbook", texts, frame_format)


def _amounts(unit: BookUnit) -> tuple[Decimal, Decimal, Decimal, Decimal]:
    return unit.ask_price, unit.bid_price, unit.ask_size, unit.bid_size


def _direction(moved: Decimal) -> str:
    return '"RISE"' if moved > 0 else '"FALL"' if moved < 0 else '"EVEN"'

"""Every key of every stream, long and short, in the order Upbit sends them.

Source: Upbit docs, websocket-ticker, -trade, -orderbook, -candle, -myorder, -myasset and -announcement, pages of
2026-08 and 2026-09. One letter may mean different things in different streams, hence one table for each.
"""

from collections.abc import Mapping


def _pairs(text: str) -> Mapping[str, str]:
    """Read `long:short long:short …`."""
    return {long: short for long, _, short in (pair.partition(":") for pair in text.split())}


TICKER = _pairs(
    """type:ty code:cd opening_price:op high_price:hp low_price:lp trade_price:tp prev_closing_price:pcp
    acc_trade_price:atp change:c change_price:cp signed_change_price:scp change_rate:cr signed_change_rate:scr
    ask_bid:ab trade_volume:tv acc_trade_volume:atv trade_date:tdt trade_time:ttm trade_timestamp:ttms
    acc_ask_volume:aav acc_bid_volume:abv highest_52_week_price:h52wp highest_52_week_date:h52wdt
    lowest_52_week_price:l52wp lowest_52_week_date:l52wdt market_state:ms is_trading_suspended:its delisting_date:dd
    market_warning:mw timestamp:tms acc_trade_price_24h:atp24h acc_trade_volume_24h:atv24h stream_type:st"""
)
TRADE = _pairs(
    """type:ty code:cd timestamp:tms trade_date:td trade_time:ttm trade_timestamp:ttms trade_price:tp trade_volume:tv
    ask_bid:ab prev_closing_price:pcp change:c change_price:cp sequential_id:sid best_ask_price:bap best_ask_size:bas
    best_bid_price:bbp best_bid_size:bbs stream_type:st"""
)
ORDERBOOK = _pairs(
    """type:ty code:cd timestamp:tms total_ask_size:tas total_bid_size:tbs orderbook_units:obu stream_type:st
    level:lv"""
)
ORDERBOOK_UNIT = _pairs("ask_price:ap bid_price:bp ask_size:as bid_size:bs")
CANDLE = _pairs(
    """type:ty code:cd candle_date_time_utc:cdttmu candle_date_time_kst:cdttmk opening_price:op high_price:hp
    low_price:lp trade_price:tp candle_acc_trade_volume:catv candle_acc_trade_price:catp timestamp:tms
    stream_type:st"""
)
MY_ORDER = _pairs(
    """type:ty code:cd uuid:uid ask_bid:ab order_type:ot state:s trade_uuid:tuid price:p avg_price:ap volume:v
    remaining_volume:rv executed_volume:ev trades_count:tc reserved_fee:rsf remaining_fee:rmf paid_fee:pf locked:l
    executed_funds:ef time_in_force:tif trade_fee:tf is_maker:im identifier:id smp_type:smpt prevented_volume:pv
    prevented_locked:pl trade_timestamp:ttms order_timestamp:otms timestamp:tms stream_type:st"""
)
MY_ASSET = _pairs("type:ty asset_uuid:astuid assets:ast asset_timestamp:asttms timestamp:tms stream_type:st")
MY_ASSET_UNIT = _pairs("currency:cu balance:b locked:l")
ANNOUNCEMENT = _pairs(
    """type:ty event_type:et uuid:uid title:tt category:cat url:url first_listed_at:flat listed_at:lat timestamp:tms
    stream_type:st body:bd"""
)
LIST_SUBSCRIPTIONS = _pairs("method:mthd result:rslt ticket:tckt")
LIST_SUBSCRIPTIONS_ROW = _pairs("type:ty codes:cds level:lv")

#: The candle streams and the length of their bars in seconds.
CANDLE_UNITS_S = {
    "candle.1s": 1,
    "candle.1m": 60,
    "candle.3m": 180,
    "candle.5m": 300,
    "candle.10m": 600,
    "candle.15m": 900,
    "candle.30m": 1_800,
    "candle.60m": 3_600,
    "candle.240m": 14_400,
}

"""Good input to begin from, written by hand; recorded frames beside the repository join it where they are there."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path

Row = dict[str, object]

TRADE: Row = {
    "type": "trade",
    "code": "KRW-BTC",
    "timestamp": 1_795_532_400_500,
    "trade_timestamp": 1_795_532_400_480,
    "trade_price": 143_250_000.0,
    "trade_volume": 0.00012345,
    "ask_bid": "BID",
    "prev_closing_price": 142_000_000.0,
    "change": "RISE",
    "change_price": 1_250_000.0,
    "trade_date": "2026-11-24",
    "trade_time": "15:00:00",
    "sequential_id": 17_955_324_004_800_000,
    "best_ask_price": 143_251_000,
    "best_ask_size": 0.1,
    "best_bid_price": 143_250_000,
    "best_bid_size": 0.2,
    "stream_type": "REALTIME",
}
TICKER: Row = {
    "type": "ticker",
    "code": "KRW-BTC",
    "timestamp": 1_795_532_400_500,
    "trade_timestamp": 1_795_532_400_480,
    "trade_price": 143_250_000.0,
    "trade_volume": 0.00012345,
    "opening_price": 142_000_000.0,
    "high_price": 144_000_000.0,
    "low_price": 141_000_000.0,
    "prev_closing_price": 142_000_000.0,
    "signed_change_price": 1_250_000.0,
    "signed_change_rate": 0.0088,
    "acc_trade_price": 1_000_000_000.5,
    "acc_trade_price_24h": 2_000_000_000.5,
    "acc_trade_volume": 7.1,
    "acc_trade_volume_24h": 14.2,
    "market_state": "ACTIVE",
    "stream_type": "REALTIME",
}
BOOK: Row = {
    "type": "orderbook",
    "code": "KRW-BTC",
    "timestamp": 1_795_532_400_500,
    "total_ask_size": 3.5,
    "total_bid_size": 4.5,
    "orderbook_units": [
        {"ask_price": 143_251_000, "bid_price": 143_250_000, "ask_size": 0.1, "bid_size": 0.2},
        {"ask_price": 143_252_000, "bid_price": 143_249_000, "ask_size": 0.3, "bid_size": 0.4},
    ],
    "level": 0,
    "stream_type": "REALTIME",
}
MY_ORDER: Row = {
    "type": "myOrder",
    "code": "KRW-BTC",
    "uuid": "9ca023a5-851b-4fec-9f0a-48cd83c2eaae",
    "identifier": "hg-1-7",
    "ask_bid": "BID",
    "order_type": "limit",
    "state": "trade",
    "trade_uuid": "68315169-fba4-4175-ade3-aff14a616657",
    "price": 143_250_000,
    "avg_price": 143_250_000,
    "volume": 0.001,
    "remaining_volume": 0.002,
    "executed_volume": 0.001,
    "trades_count": 1,
    "reserved_fee": 71.6,
    "remaining_fee": 35.8,
    "paid_fee": 35.8,
    "locked": 214_982.4,
    "executed_funds": 143_250,
    "trade_fee": 71.625,
    "is_maker": True,
    "trade_timestamp": 1_795_532_400_480,
    "order_timestamp": 1_795_532_400_000,
    "timestamp": 1_795_532_400_500,
    "stream_type": "REALTIME",
}
MY_ASSET: Row = {
    "type": "myAsset",
    "asset_uuid": "e635f223-1609-4969-8fb6-4376937baad6",
    "assets": [{"currency": "KRW", "balance": 50_000.47088291, "locked": 5_002.5}],
    "asset_timestamp": 1_795_532_400_400,
    "timestamp": 1_795_532_400_500,
    "stream_type": "REALTIME",
}
CANDLE: Row = {
    "type": "candle.1m",
    "code": "KRW-BTC",
    "candle_date_time_utc": "2026-11-24T15:00:00",
    "candle_date_time_kst": "2026-11-25T00:00:00",
    "opening_price": 143_000_000,
    "high_price": 143_250_000,
    "low_price": 142_900_000,
    "trade_price": 143_250_000,
    "candle_acc_trade_volume": 0.5,
    "candle_acc_trade_price": 71_500_000.5,
    "timestamp": 1_795_532_400_500,
    "stream_type": "REALTIME",
}
ORDER: Row = {
    "uuid": "9ca023a5-851b-4fec-9f0a-48cd83c2eaae",
    "side": "bid",
    "ord_type": "limit",
    "price": "10000000",
    "state": "wait",
    "market": "KRW-BTC",
    "created_at": "2026-11-24T21:47:08+09:00",
    "volume": "0.0005",
    "remaining_volume": "0.0003",
    "prevented_volume": "0",
    "reserved_fee": "2.5",
    "remaining_fee": "1.5",
    "paid_fee": "1",
    "locked": "3001.5",
    "prevented_locked": "0",
    "executed_volume": "0.0002",
    "trades_count": 1,
    "identifier": "hg-1-7",
    "trades": [
        {
            "market": "KRW-BTC",
            "uuid": "t-1",
            "price": "10000000",
            "volume": "0.0002",
            "funds": "2000",
            "side": "bid",
            "created_at": "2026-11-24T21:47:09+09:00",
        }
    ],
}
ACCOUNT: Row = {
    "currency": "KRW",
    "balance": "50000.47088291",
    "locked": "5002.5",
    "avg_buy_price": "0",
    "avg_buy_price_modified": True,
    "unit_currency": "KRW",
}
ERROR: Row = {"error": {"name": "insufficient_funds_bid", "message": "주문 가능한 금액(KRW)이 부족합니다."}}

_OTHER_FRAMES = (
    b'{"status":"UP"}',
    b'{"error":{"name":"INVALID_AUTH","message":"no"}}',
    b'{"method":"LIST_SUBSCRIPTIONS","result":[{"type":"trade","codes":["KRW-BTC"]}],"ticket":"t"}',
    b'{"ty":"trade","cd":"KRW-BTC","tms":1,"ttms":1,"tp":1.5,"tv":0.5,"ab":"ASK","sid":7,"st":"SNAPSHOT"}',
)


def _text(row: object) -> bytes:
    return json.dumps(row, ensure_ascii=False, separators=(",", ":")).encode()


def frames(recorded: Path | None = None) -> Sequence[bytes]:
    """Frames of every stream, and recorded ones."""
    rows = (TRADE, TICKER, BOOK, MY_ORDER, MY_ASSET, CANDLE)
    return (*map(_text, rows), _text([TRADE, TICKER]), *_OTHER_FRAMES, *_recorded(recorded, "ws*"))


def bodies(recorded: Path | None = None) -> Sequence[bytes]:
    """Answers of the REST side, refusals and pages, and recorded ones."""
    rows = (ORDER, [ORDER, ORDER], [ACCOUNT], ERROR, {"error": {"name": 404, "message": "Code not found"}})
    page = b"<!DOCTYPE html><html><body>502 Bad Gateway</body></html>"
    return (*map(_text, rows), page, *_recorded(recorded, "rest_*"))


def _recorded(folder: Path | None, pattern: str) -> Sequence[bytes]:
    """Recorded messages that are no longer than what is made of them."""
    if folder is None or not folder.is_dir():
        return ()
    found = (path.read_bytes() for path in sorted(folder.glob(f"{pattern}.json")))
    return tuple(text for text in found if len(text) <= 4_096)


HEADERS: Sequence[bytes] = (
    b"group=order; min=720; sec=7",
    b"group=default; min=1799; sec=29",
    b"group=market; min=573; sec=9",
)

CONFIGS: Sequence[bytes] = (
    b"""
venue = "simulator"
language = "ko"
[trade]
markets = ["KRW-BTC", "KRW-ETH"]
strategy = "sma-cross"
budget_krw = 1_000_000
[strategy]
fast = 5
slow = 20
[risk]
max_order_value = 200_000
price_collar = 0.03
stale_feed_s = 5
max_open_orders = 20
[exchange]
rest_url = "http://127.0.0.1:8700"
websocket_url = "ws://127.0.0.1:8700/websocket/v1"
algorithm = "HS512"
reconcile_every_s = 30
[log]
directory = "logs"
level = "info"
""",
    b'venue = "upbit"\n[trade]\nstrategy = "grid"\nbudget_krw = 5000000.5\n[risk]\nmax_slippage = "0.005"\n',
    b"""
[risk]
stale_book_s = 3
daily_loss = "0.02"
max_drawdown = 0.1
max_executions = 10
drift_quarantine = true
ramp_s = 86_400
[exchange]
key_file = "keys"
[state]
operator_within_s = 3600
max_starts = 5
""",
    b'language = "en"\n[strategy]\nmarket = "KRW-XRP"\nspend = 10000\n[log]\nconsole = false\n',
)

#: (method, target, body): what a client sends.
REQUESTS: Sequence[tuple[str, bytes, bytes]] = (
    ("POST", b"/v1/orders", _text({"market": "KRW-BTC", "side": "bid", "ord_type": "limit", "price": "90000000", "volume": "0.001"})),
    ("POST", b"/v1/orders", _text({"market": "KRW-BTC", "side": "bid", "ord_type": "price", "price": "10000"})),
    ("POST", b"/v1/orders", _text({"market": "KRW-BTC", "side": "ask", "ord_type": "best", "volume": "0.001", "time_in_force": "ioc", "identifier": "a-1"})),
    ("POST", b"/v1/orders/cancel_and_new", _text({"prev_order_identifier": "a-1", "new_ord_type": "limit", "new_price": "90000000", "new_volume": "remain_only"})),
    ("GET", b"/v1/order?identifier=a-1", b""),
    ("GET", b"/v1/orders/open?states[]=wait&page=1&limit=100&order_by=desc", b""),
    ("GET", b"/v1/orders/closed?market=KRW-BTC&start_time=2026-11-24T00:00:00%2B09:00&limit=10", b""),
    ("GET", b"/v1/orders/uuids?uuids[]=9ca023a5-851b-4fec-9f0a-48cd83c2eaae", b""),
    ("DELETE", b"/v1/order?identifier=a-1", b""),
    ("DELETE", b"/v1/orders/open?cancel_side=all&count=20", b""),
    ("GET", b"/v1/accounts", b""),
    ("GET", b"/v1/orders/chance?market=KRW-BTC", b""),
    ("GET", b"/v1/candles/minutes/5?market=KRW-BTC&to=2026-11-24T15:00:00Z&count=10", b""),
    ("GET", b"/v1/trades/ticks?market=KRW-BTC&count=5&days_ago=1", b""),
    ("GET", b"/v1/orderbook?markets=KRW-BTC,KRW-ETH&level=0&count=5", b""),
    ("GET", b"/v1/ticker/all?quote_currencies=KRW", b""),
    ("GET", b"/v1/deposits?currency=KRW&page=1&limit=5", b""),
)  # fmt: skip

#: Which amounts of a message are respelled: (row, their names).
RESPELLED: Mapping[str, tuple[Row, Sequence[str]]] = {
    "trade": (TRADE, ("trade_price", "trade_volume", "best_ask_size", "best_bid_size")),
    "ticker": (TICKER, ("trade_price", "high_price", "acc_trade_price_24h")),
    "myOrder": (MY_ORDER, ("price", "volume", "remaining_volume", "executed_volume", "trade_fee")),
    "order": (ORDER, ("price", "volume", "remaining_volume", "executed_volume", "paid_fee", "locked")),
}

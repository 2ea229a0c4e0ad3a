"""What the fake venue answers: the few bodies a bot needs before it trades, and one for every order."""

import json
import re

PRICE = re.compile(rb'"price":\s*"?(\d+)')
SIDE = re.compile(rb'"side":\s*"(\w+)')
IDENTIFIER = re.compile(rb'"identifier":\s*"([\w-]+)')


def order_json(n: int, body: bytes) -> tuple[bytes, bytes]:
    """The answer to one order and what the private stream says a moment later: it was cancelled, untouched."""
    texts = (pattern.search(body) for pattern in (PRICE, SIDE, IDENTIFIER))
    price, side, identifier = (found[1] if found else b"" for found in texts)
    uuid = b"cdd92199-2897-4e14-9448-%012x" % n
    named = b',"identifier":"%s"' % identifier if identifier else b""
    answer = (
        b'{"uuid":"%s","side":"%s","ord_type":"limit","price":"%s","state":"wait","market":"KRW-BTC",'
        b'"created_at":"2025-11-23T15:42:23+09:00","volume":"0.00012345","remaining_volume":"0.00012345",'
        b'"prevented_volume":"0","reserved_fee":"8.5","remaining_fee":"8.5","paid_fee":"0","locked":"17000",'
        b'"prevented_locked":"0","executed_volume":"0","trades_count":0%s}' % (uuid, side, price, named)
    )
    stream = (
        b'{"type":"myOrder","code":"KRW-BTC","uuid":"%s","ask_bid":"%s","order_type":"limit","state":"cancel",'
        b'"trade_uuid":null,"price":%s,"avg_price":0,"volume":0.00012345,"remaining_volume":0.00012345,'
        b'"executed_volume":0,"trades_count":0,"reserved_fee":8.5,"remaining_fee":8.5,"paid_fee":0,"locked":17000,'
        b'"executed_funds":0,"time_in_force":null,"trade_fee":null,"is_maker":null,"identifier":"%s","smp_type":null,'
        b'"prevented_volume":0,"prevented_locked":0,"trade_timestamp":null,"order_timestamp":1763856000000,'
        b'"timestamp":1763856000000,"stream_type":"REALTIME"}' % (uuid, side.upper(), price or b"0", identifier)
    )
    return answer, stream


QUESTIONS = {
    b"/v1/accounts": json.dumps(
        [
            {"currency": currency, "balance": balance, "locked": "0", "avg_buy_price": price}
            | {"avg_buy_price_modified": False, "unit_currency": "KRW"}
            for currency, balance, price in (("KRW", "100000000000", "0"), ("BTC", "1000", "137000000"))
        ]
    ),
    b"/v1/orders/chance": json.dumps(
        {
            "bid_fee": "0.0005",
            "ask_fee": "0.0005",
            "maker_bid_fee": "0.0005",
            "maker_ask_fee": "0.0005",
            "market": {
                "id": "KRW-BTC",
                "name": "BTC/KRW",
                "order_types": ["limit"],
                "order_sides": ["ask", "bid"],
                "bid_types": ["best_fok", "best_ioc", "limit", "limit_fok", "limit_ioc", "price"],
                "ask_types": ["best_fok", "best_ioc", "limit", "limit_fok", "limit_ioc", "market"],
                "bid": {"currency": "KRW", "min_total": "5000"},
                "ask": {"currency": "BTC", "min_total": "5000"},
                "max_total": "1000000000",
                "state": "active",
            },
            "bid_account": {"currency": "KRW", "balance": "100000000000", "locked": "0", "avg_buy_price": "0"}
            | {"avg_buy_price_modified": False, "unit_currency": "KRW"},
            "ask_account": {"currency": "BTC", "balance": "1000", "locked": "0", "avg_buy_price": "137000000"}
            | {"avg_buy_price_modified": False, "unit_currency": "KRW"},
        }
    ),
    b"/v1/orderbook/instruments": json.dumps(
        [{"market": "KRW-BTC", "quote_currency": "KRW", "tick_size": "1000", "supported_levels": ["0", "10000"]}]
    ),
    b"/v1/market/all": json.dumps(
        [
            {
                "market": "KRW-BTC",
                "korean_name": "비트코인",
                "english_name": "Bitcoin",
                "market_event": {"warning": False, "caution": {}},
            }
        ],
        ensure_ascii=False,
    ),
}

#: What a private connection is subscribed to, if it asks.
SUBSCRIBED = b'{"method":"LIST_SUBSCRIPTIONS","result":[{"type":"myOrder"},{"type":"myAsset"}],"ticket":"bench"}'

"""Answers as the venue gives them, made by hand from its documents (reference, sections 5, 6 and 8)."""

import json
from typing import Any

from hoga.upbit.answers.account import Answer

VENUE_ID = "9ca023a5-851b-4fec-9f0a-48cd83c2eaae"

#: A limit buy that waits: 0.0005 at 10,000,000 locks 5,000 and the fee of 2.5.
ORDER: dict[str, Any] = {
    "uuid": VENUE_ID,
    "side": "bid",
    "ord_type": "limit",
    "price": "10000000",
    "state": "wait",
    "market": "KRW-BTC",
    "created_at": "2026-03-22T21:47:08+09:00",
    "volume": "0.0005",
    "remaining_volume": "0.0005",
    "prevented_volume": "0",
    "reserved_fee": "2.5",
    "remaining_fee": "2.5",
    "paid_fee": "0",
    "locked": "5002.5",
    "prevented_locked": "0",
    "executed_volume": "0",
    "trades_count": 0,
    "identifier": "grid-7",
}

ACCOUNT: dict[str, Any] = {
    "currency": "KRW",
    "balance": "50000.47088291",
    "locked": "5002.5",
    "avg_buy_price": "0",
    "avg_buy_price_modified": True,
    "unit_currency": "KRW",
}

CHANCE: dict[str, Any] = {
    "bid_fee": "0.0005",
    "ask_fee": "0.0005",
    "maker_bid_fee": "0.0004",
    "maker_ask_fee": "0.0003",
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
    "bid_account": ACCOUNT,
    "ask_account": ACCOUNT | {"currency": "BTC"},
}

INSTRUMENTS: list[dict[str, Any]] = [
    {"market": "KRW-BTC", "quote_currency": "KRW", "tick_size": "1000", "supported_levels": ["0", "10000"]}
]

MARKETS: list[dict[str, Any]] = [
    {"market": "KRW-ETH", "korean_name": "이더리움", "english_name": "Ethereum"},
    {
        "market": "KRW-BTC",
        "korean_name": "비트코인",
        "english_name": "Bitcoin",
        "market_event": {"warning": True, "caution": {"PRICE_FLUCTUATIONS": True, "TRADING_VOLUME_SOARING": False}},
    },
]


def body(value: object) -> bytes:
    return json.dumps(value, ensure_ascii=False).encode()


def answer(value: object, status: int = 200) -> Answer:
    return Answer(status, {}, value if isinstance(value, bytes) else body(value))


def refusal(status: int, name: str | int, message: str = "") -> Answer:
    return answer({"error": {"name": name, "message": message}}, status)


def without(value: dict[str, Any], *keys: str) -> dict[str, Any]:
    return {key: item for key, item in value.items() if key not in keys}

"""Subscriptions: one message that names everything (reference, sections 9.1 and 9.2)."""

import json
from decimal import Decimal

from hoga.upbit.stream.subscriptions import FrameFormat, Subscription, list_subscriptions_message, subscribe_message


def test_one_message_names_all_streams_with_the_ticket_first_and_the_format_last():
    message = subscribe_message(
        "t-1",
        [
            Subscription(type="trade", codes=("KRW-BTC", "KRW-ETH"), is_only_realtime=True),
            Subscription(type="orderbook", codes=("KRW-BTC.15",), level=Decimal("1E+4")),
            Subscription(type="candle.1m", codes=("KRW-BTC",), is_only_snapshot=True),
            Subscription(type="myOrder"),
            Subscription(type="myAsset"),
        ],
        FrameFormat.SIMPLE,
    )

    assert json.loads(message) == [
        {"ticket": "t-1"},
        {"type": "trade", "codes": ["KRW-BTC", "KRW-ETH"], "is_only_realtime": True},
        {"type": "orderbook", "codes": ["KRW-BTC.15"], "level": 10000},
        {"type": "candle.1m", "codes": ["KRW-BTC"], "is_only_snapshot": True},
        {"type": "myOrder"},
        {"type": "myAsset"},
        {"format": "SIMPLE"},
    ]
    assert b'"level":10000}' in message


def test_the_list_of_subscriptions_is_asked_for_by_method():
    assert list_subscriptions_message("t-1") == (
        b'[{"ticket":"t-1"},{"method":"LIST_SUBSCRIPTIONS"},{"format":"DEFAULT"}]'
    )

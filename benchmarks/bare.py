"""The least a typed client can do: msgspec, socket, HMAC, and nothing around them. Floors are built from this.

The structs hold the same fields as hoga's own messages, of the same types: exact numbers and words from closed lists.
"""

import base64
import hashlib
import hmac
import uuid
from decimal import Decimal
from enum import StrEnum

import msgspec
from msgspec import Raw, Struct

ACCESS_KEY = "hoga-sim-bench"
SECRET_KEY = "s" * 64
VOLUME = "0.00012345"
SUBSCRIBE = '[{{"ticket":"bench"}},{{"type":"{kind}","codes":["KRW-BTC"]}}]'


AskBid = StrEnum("AskBid", {"ASK": "ASK", "BID": "BID"})
OrderType = StrEnum("OrderType", "limit price market best")
State = StrEnum("State", "wait watch trade done cancel prevented")
TimeInForce = StrEnum("TimeInForce", "ioc fok post_only")
SelfMatch = StrEnum("SelfMatch", "reduce cancel_maker cancel_taker")


class Ticker(Struct, tag_field="type", tag="ticker", gc=False):
    """What hoga keeps of a ticker."""

    code: str
    trade_price: Decimal
    opening_price: Decimal
    high_price: Decimal
    low_price: Decimal
    prev_closing_price: Decimal
    signed_change_rate: Decimal
    trade_volume: Decimal
    ask_bid: AskBid
    acc_trade_price_24h: Decimal
    acc_trade_volume_24h: Decimal
    trade_timestamp: int
    timestamp: int
    market_state: str
    stream_type: str


class Trade(Struct, tag_field="type", tag="trade", gc=False):
    """What hoga keeps of a trade."""

    code: str
    trade_price: Decimal
    trade_volume: Decimal
    ask_bid: AskBid
    trade_timestamp: int
    timestamp: int
    sequential_id: int
    best_ask_price: Decimal
    best_ask_size: Decimal
    best_bid_price: Decimal
    best_bid_size: Decimal
    stream_type: str


class Orderbook(Struct, tag_field="type", tag="orderbook", gc=False):
    """What hoga keeps of a book: the depths stay as they came."""

    code: str
    timestamp: int
    total_ask_size: Decimal
    total_bid_size: Decimal
    orderbook_units: Raw
    level: Decimal
    stream_type: str


class Unit(Struct, gc=False):
    """One depth of a book."""

    ask_price: Decimal
    bid_price: Decimal
    ask_size: Decimal
    bid_size: Decimal


class ReadOrderbook(Struct, tag_field="type", tag="orderbook", gc=False):
    """A book with every depth read."""

    code: str
    timestamp: int
    total_ask_size: Decimal
    total_bid_size: Decimal
    orderbook_units: tuple[Unit, ...]
    level: Decimal
    stream_type: str


class Candle(Struct, tag_field="type", tag="candle.1m", gc=False):
    """What hoga keeps of a bar; the start stays text here."""

    code: str
    candle_date_time_utc: str
    opening_price: Decimal
    high_price: Decimal
    low_price: Decimal
    trade_price: Decimal
    candle_acc_trade_volume: Decimal
    candle_acc_trade_price: Decimal
    timestamp: int
    stream_type: str


class MyOrder(Struct, tag_field="type", tag="myOrder"):
    """What hoga keeps of news of our own orders, flat: hoga makes a report of it, and a fill where it is one."""

    code: str
    uuid: str
    ask_bid: AskBid
    order_type: OrderType
    state: State
    trade_uuid: str | None
    price: Decimal | None
    volume: Decimal | None
    remaining_volume: Decimal | None
    executed_volume: Decimal | None
    trades_count: int | None
    paid_fee: Decimal | None
    locked: Decimal | None
    executed_funds: Decimal | None
    time_in_force: TimeInForce | None
    trade_fee: Decimal | None
    is_maker: bool | None
    identifier: str | None
    smp_type: SelfMatch | None
    prevented_volume: Decimal | None
    trade_timestamp: int | None
    order_timestamp: int | None


class Asset(Struct):
    """One currency of an account."""

    currency: str
    balance: Decimal
    locked: Decimal


class MyAsset(Struct, tag_field="type", tag="myAsset"):
    """What hoga keeps of changed balances."""

    assets: tuple[Asset, ...]
    timestamp: int


class OrderAnswer(Struct):
    """What a bare client reads of the answer to an order."""

    uuid: str
    state: str


decode = msgspec.json.Decoder(Ticker | Trade | Orderbook | Candle | MyOrder | MyAsset).decode
decode_book_read = msgspec.json.Decoder(Ticker | Trade | ReadOrderbook | Candle | MyOrder | MyAsset).decode
decode_answer = msgspec.json.Decoder(OrderAnswer).decode

_base64url = base64.urlsafe_b64encode
_HEAD = _base64url(b'{"alg":"HS512","typ":"JWT"}').rstrip(b"=") + b"."


def token(hashed: str) -> bytes:
    """A token for these parameters with a fresh nonce, as short as it can be written."""
    digest = hashlib.sha512(hashed.encode()).hexdigest()
    claims = (
        f'{{"access_key":"{ACCESS_KEY}","nonce":"{uuid.uuid4()}","query_hash":"{digest}","query_hash_alg":"SHA512"}}'
    )
    signed = _HEAD + _base64url(claims.encode()).rstrip(b"=")
    return signed + b"." + _base64url(hmac.digest(SECRET_KEY.encode(), signed, "sha512")).rstrip(b"=")


def order_request(side: str, price: str, identifier: str) -> bytes:
    """The bytes of one signed limit order."""
    hashed = f"market=KRW-BTC&side={side}&ord_type=limit&price={price}&volume={VOLUME}&identifier={identifier}"
    body = (
        f'{{"market":"KRW-BTC","side":"{side}","ord_type":"limit","price":"{price}","volume":"{VOLUME}",'
        f'"identifier":"{identifier}"}}'
    ).encode()
    return (
        b"POST /v1/orders HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer %s\r\nContent-Type: application/json\r\n"
        b"Accept: application/json\r\nContent-Length: %d\r\n\r\n%s" % (token(hashed), len(body), body)
    )


class Average:
    """The decision every stack makes: buy at or above the moving average, sell below it."""

    def __init__(self) -> None:
        self.level = 0.0

    def side(self, price: float) -> str:
        """`bid` or `ask` for the next order."""
        self.level += (price - self.level) * 0.1
        return "bid" if price >= self.level else "ask"

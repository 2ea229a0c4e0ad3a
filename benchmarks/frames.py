"""Messages as Upbit's WebSocket sends them, made up from a seeded walk: the same for every candidate.

Fields, their order and the way numbers are spelled follow Upbit's WebSocket pages (v1, DEFAULT format).
"""

import random
from collections.abc import Callable, Iterator

MARKET = "KRW-BTC"
START_PRICE = 137_000_000
START_MS = 1_763_856_000_000  # 2025-11-23T00:00:00Z
TICK = 1_000


def tickers(count: int) -> list[bytes]:
    """The state of a market after each trade; about 990 bytes each."""
    return [_ticker(i, price, chance) for i, price, chance in _walk(count, seed=1)]


def trades(count: int) -> list[bytes]:
    """One execution each, sequential ids above 2^53; about 470 bytes each."""
    return [_trade(i, price, chance) for i, price, chance in _walk(count, seed=2)]


def orderbooks(count: int, depth: int = 30) -> list[bytes]:
    """Whole books of `depth` levels; about 1.5 kB at 15 and 2.9 kB at 30."""
    return [_book(i, price, chance, depth) for i, price, chance in _walk(count, seed=3)]


def candles(count: int) -> list[bytes]:
    """A one-minute bar as it grows; about 370 bytes each."""
    return [_candle(i, price, chance) for i, price, chance in _walk(count, seed=4)]


def my_orders(count: int) -> list[bytes]:
    """Our own orders: one waits, trades twice, is done; about 800 bytes each."""
    return [_my_order(i, price) for i, price, _ in _walk(count, seed=5)]


def my_assets(count: int) -> list[bytes]:
    """Balances that changed, two currencies a message, with as many digits as the venue sends."""
    return [_my_asset(i, chance) for i, _, chance in _walk(count, seed=6)]


#: What a client names in its subscription -> the messages it gets.
STREAMS: dict[str, Callable[[int], list[bytes]]] = {
    "ticker": tickers,
    "trade": trades,
    "orderbook": orderbooks,
    "candle.1m": candles,
    "myOrder": my_orders,
    "myAsset": my_assets,
}


def snapshot(stream: str) -> bytes:
    """The state at subscription; its trade is none of those that follow."""
    return STREAMS[stream](1)[0].replace(b'"sequential_id":', b'"sequential_id":9')


def ticks(count: int, seed: int = 7) -> tuple[list[bytes], dict[int, int]]:
    """Tickers each with a price of its own, and which price is which: an order tells by its price what it answers."""
    chance = random.Random(seed)
    prices = [START_PRICE + TICK * i for i in range(count)]
    chance.shuffle(prices)
    made = [_ticker(i, price, chance) for i, price in enumerate(prices, 1)]
    return made, {price: i for i, price in enumerate(prices)}


def _walk(count: int, seed: int) -> Iterator[tuple[int, int, random.Random]]:
    chance = random.Random(seed)
    price = START_PRICE
    for i in range(count):
        price = max(50_000_000, price + TICK * chance.choice((-3, -1, 0, 0, 1, 3)))
        yield i, price, chance


def _kind(i: int) -> str:
    # The venue opens with the present state; ccxt.pro drops every book before it has seen one.
    return "REALTIME" if i else "SNAPSHOT"


def _clock(i: int) -> tuple[int, int, int]:
    second = i // 10 % 86_400
    return second // 3600, second // 60 % 60, second % 60


def _ticker(i: int, price: int, chance: random.Random) -> bytes:
    change = price - START_PRICE
    word = "RISE" if change > 0 else "FALL" if change < 0 else "EVEN"
    hour, minute, second = _clock(i)
    return (
        f'{{"type":"ticker","code":"{MARKET}","opening_price":{START_PRICE}.00000000,"high_price":{price}.00000000,'
        f'"low_price":{START_PRICE - 500_000}.00000000,"trade_price":{price}.00000000,'
        f'"prev_closing_price":{START_PRICE}.00000000,"acc_trade_price":{170_000_000_000 + i * 1e6:.8f},'
        f'"change":"{word}","change_price":{abs(change)}.00000000,"signed_change_price":{change}.00000000,'
        f'"change_rate":{abs(change) / START_PRICE:.10f},"signed_change_rate":{change / START_PRICE:.10f},'
        f'"ask_bid":"{chance.choice(("ASK", "BID"))}","trade_volume":{chance.expovariate(40):.8f},'
        f'"acc_trade_volume":{1200 + i / 40:.8f},'
        f'"trade_date":"20251123","trade_time":"{hour:02}{minute:02}{second:02}",'
        f'"trade_timestamp":{START_MS + i * 100},'
        f'"acc_ask_volume":{600 + i / 80:.8f},"acc_bid_volume":{600 + i / 80:.8f},'
        f'"highest_52_week_price":179869000.00000000,"highest_52_week_date":"2025-10-09",'
        f'"lowest_52_week_price":110000000.00000000,"lowest_52_week_date":"2025-04-09","market_state":"ACTIVE",'
        f'"is_trading_suspended":false,"delisting_date":null,"market_warning":"NONE",'
        f'"timestamp":{START_MS + i * 100 + 38},"acc_trade_price_24h":{310_000_000_000 + i * 1e6:.8f},'
        f'"acc_trade_volume_24h":{2300 + i / 40:.8f},"stream_type":"{_kind(i)}"}}'
    ).encode()


def _trade(i: int, price: int, chance: random.Random) -> bytes:
    change = price - START_PRICE
    word = "RISE" if change > 0 else "FALL" if change < 0 else "EVEN"
    hour, minute, second = _clock(i)
    return (
        f'{{"type":"trade","code":"{MARKET}","timestamp":{START_MS + i * 100 + 38},"trade_date":"2025-11-23",'
        f'"trade_time":"{hour:02}:{minute:02}:{second:02}","trade_timestamp":{START_MS + i * 100},'
        f'"trade_price":{price}.00000000,"trade_volume":{chance.expovariate(40):.8f},'
        f'"ask_bid":"{chance.choice(("ASK", "BID"))}","prev_closing_price":{START_PRICE}.00000000,"change":"{word}",'
        f'"change_price":{abs(change)}.00000000,"sequential_id":{(START_MS + i * 100) * 10_000 + i % 10_000},'
        f'"best_ask_price":{price + TICK},"best_ask_size":{chance.random():.8f},"best_bid_price":{price - TICK},'
        f'"best_bid_size":{chance.random():.8f},"stream_type":"{_kind(i)}"}}'
    ).encode()


def _book(i: int, price: int, chance: random.Random, depth: int) -> bytes:
    asks = [chance.expovariate(5) for _ in range(depth)]
    bids = [chance.expovariate(5) for _ in range(depth)]
    units = ",".join(
        f'{{"ask_price":{price + TICK * (k + 1)},"bid_price":{price - TICK * k},'
        f'"ask_size":{ask:.8f},"bid_size":{bid:.8f}}}'
        for k, (ask, bid) in enumerate(zip(asks, bids, strict=True))
    )
    return (
        f'{{"type":"orderbook","code":"{MARKET}","timestamp":{START_MS + i * 100},"total_ask_size":{sum(asks):.8f},'
        f'"total_bid_size":{sum(bids):.8f},"orderbook_units":[{units}],"stream_type":"{_kind(i)}","level":0}}'
    ).encode()


def _candle(i: int, price: int, chance: random.Random) -> bytes:
    minute = i // 20 % 1440
    hour, left = divmod(minute, 60)
    return (
        f'{{"type":"candle.1m","code":"{MARKET}","candle_date_time_utc":"2025-11-23T{hour:02}:{left:02}:00",'
        f'"candle_date_time_kst":"2025-11-{23 + (hour + 9) // 24}T{(hour + 9) % 24:02}:{left:02}:00",'
        f'"opening_price":{START_PRICE}.00000000,"high_price":{price + TICK}.00000000,'
        f'"low_price":{price - TICK}.00000000,"trade_price":{price}.00000000,'
        f'"candle_acc_trade_volume":{chance.random():.8f},"candle_acc_trade_price":{chance.random() * price:.8f},'
        f'"timestamp":{START_MS + i * 3000},"stream_type":"{_kind(i)}"}}'
    ).encode()


_STEPS = ("wait", "trade", "trade", "done")


def _my_order(i: int, price: int) -> bytes:
    order, step = divmod(i, len(_STEPS))
    traded = min(step, 2)
    is_trade = _STEPS[step] == "trade"
    trade_id = f'"68315169-fba4-4175-ade3-{i:012x}"' if is_trade else "null"
    return (
        f'{{"type":"myOrder","code":"{MARKET}","uuid":"ac2dc2a3-fce9-40a2-a4f6-{order:012x}","ask_bid":"BID",'
        f'"order_type":"limit","state":"{_STEPS[step]}","trade_uuid":{trade_id},"price":{price},'
        f'"avg_price":{price if traded else 0},"volume":{0.005 if is_trade else 0.01},'
        f'"remaining_volume":{0.01 - 0.005 * traded},"executed_volume":{0.005 * traded},"trades_count":{traded},'
        f'"reserved_fee":{price * 0.01 * 0.0005},"remaining_fee":{price * 0.005 * (2 - traded) * 0.0005},'
        f'"paid_fee":{price * 0.005 * traded * 0.0005},"locked":{price * 0.005 * (2 - traded) * 1.0005},'
        f'"executed_funds":{price * 0.005 * traded},"time_in_force":null,'
        f'"trade_fee":{price * 0.005 * 0.0005 if is_trade else "null"},"is_maker":{"true" if is_trade else "null"},'
        f'"identifier":"run1-{order:09}","smp_type":null,"prevented_volume":0,"prevented_locked":0,'
        f'"trade_timestamp":{START_MS + i * 100 if is_trade else "null"},"order_timestamp":{START_MS},'
        f'"timestamp":{START_MS + i * 100 + 7},"stream_type":"REALTIME"}}'
    ).encode()


def _my_asset(i: int, chance: random.Random) -> bytes:
    digits = chance.randrange(10**17)
    return (
        f'{{"type":"myAsset","asset_uuid":"e635f223-1609-4969-8fb6-{i:012x}","assets":['
        f'{{"currency":"KRW","balance":{1_386_929 + i}.{digits:017},"locked":{10_329}.{digits:017}}},'
        f'{{"currency":"BTC","balance":{chance.random():.8f},"locked":{chance.random():.8f}}}],'
        f'"asset_timestamp":{START_MS + i * 100},"timestamp":{START_MS + i * 100 + 8},"stream_type":"REALTIME"}}'
    ).encode()

"""Decode: one frame in, a typed event out, for every stream, beside a bare msgspec decode into the same fields."""

import json
from collections.abc import Callable
from decimal import Decimal

import bare
import frames
from harness import Effort, Result, Table, at_most, median, say, time_rounds

from hoga.upbit.stream.frames import decode_frame

BOUND = 1.3
BATCH = 256
RECEIVED_NS = 1_763_856_000_000_000_000

Decoder = Callable[..., object]


def run(effort: Effort) -> Result:
    """Measure every stream and tell the ratios."""
    result = Result("decode")
    rows: list[list[object]] = []
    for stream, (messages, decoders) in streams().items():
        say(f"decode: {stream}")
        candidates = {name: _over(decode, messages) for name, decode in decoders.items()}
        if decoders["hoga"] is decode_frame:
            candidates["hoga"] = _hoga_over(messages)
        rounds = time_rounds(candidates, effort.rounds, 0.05 * effort.scale)
        us = {name: median(found) / 1e3 for name, found in rounds.items()}
        rows.append([stream, len(messages[0]), *[us.get(name, float("nan")) for name in NAMES]])
        result.raw[stream] = rounds
        result.goals.append(at_most(f"decode {stream}: hoga / bare msgspec", rounds, "hoga", "bare", BOUND))
    note = (
        "µs a frame, median of rounds. `read`: every depth of the book as well, as for a strategy that asks for them."
    )
    result.tables.append(Table("Decode", ("stream", "bytes", *NAMES), rows, note))
    return result


NAMES = ("bare", "hoga", "upbit-sdk", "ccxt.pro", "pyupbit")


def streams() -> dict[str, tuple[list[bytes], dict[str, Decoder]]]:
    """Each stream's messages, and who reads them how."""
    plain = {
        "ticker": frames.tickers(BATCH),
        "trade": frames.trades(BATCH),
        "orderbook 15": frames.orderbooks(BATCH, 15),
        "orderbook 30": frames.orderbooks(BATCH, 30),
        "candle.1m": frames.candles(BATCH),
        "myOrder": frames.my_orders(BATCH),
        "myAsset": frames.my_assets(BATCH),
    }
    found = {name: (messages, _decoders(name)) for name, messages in plain.items()}
    book = plain["orderbook 30"]
    found["orderbook 30 read"] = (book, _decoders("orderbook") | {"bare": bare.decode_book_read, "hoga": _book_read})
    return found


def _decoders(stream: str) -> dict[str, Decoder]:
    endpoint = "private" if stream.startswith("my") else "public"
    decoders: dict[str, Decoder] = {"bare": bare.decode, "hoga": decode_frame}
    decoders |= {"upbit-sdk": _sdk(endpoint), "pyupbit": _pyupbit}
    if stream == "candle.1m":  # ccxt.pro knows bars of one second only
        return decoders
    return decoders | {"ccxt.pro": _ccxt()}


def _book_read(raw: bytes) -> Decimal:
    (book,) = decode_frame(raw, RECEIVED_NS)
    price: Decimal = book.units[-1].ask_price  # type: ignore[union-attr]  # it is a book
    return price


def _sdk(endpoint: str) -> Decoder:
    from upbit.lib.ws._parser import parse_websocket_data  # noqa: PLC0415 - each stack only where it is measured

    return lambda raw: parse_websocket_data(raw, endpoint=endpoint)  # type: ignore[arg-type]  # one of its words


def _ccxt() -> Decoder:
    from ccxt.async_support.base.ws.client import json_parser  # noqa: PLC0415 - what its own socket uses
    from stack_ccxt import Deaf, exchange  # noqa: PLC0415 - as above

    client, deaf = exchange(), Deaf()
    return lambda raw: client.handle_message(deaf, json_parser.loads(raw.decode()))


def _pyupbit(raw: bytes) -> object:
    return json.loads(raw.decode("utf8"))


def _over(decode: Decoder, messages: list[bytes]) -> Callable[[], int]:
    def run() -> int:
        for message in messages:
            decode(message)
        return len(messages)

    return run


def _hoga_over(messages: list[bytes]) -> Callable[[], int]:
    def run() -> int:
        for message in messages:
            decode_frame(message, RECEIVED_NS)
        return len(messages)

    return run

"""Takes recorded payloads out of their files and hands each to the reader it is meant for."""

import ast
import gzip
import json
import re
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Any

import yaml

from hoga.model.errors import HogaError
from hoga.model.events import Candle, Orderbook, Ticker, Trade
from hoga.upbit.answers import account as answers, quotation as answers_quotation, wallet as answers_wallet
from hoga.upbit.answers.errors import read_refusal
from hoga.upbit.stream.frames import decode_frame
from hoga.upbit.stream.keys import CANDLE, ORDERBOOK, ORDERBOOK_UNIT, TICKER, TRADE
from hoga.upbit.stream.subscriptions import FrameFormat

#: Files without a single payload of the venue in them.
NO_TRAFFIC = re.compile(r"LICENSE|\.md$|rate_limit_probe|_http_index|ccxt_static_requests")

_STREAM_FRAME = re.compile(r"^\d+\.\d+: (b'.*')$")

Json = Any


@dataclass
class Reading:
    """What came of one file: how many payloads, how many of each kind were read, and what could not be."""

    payloads: int = 0
    kinds: Counter[str] = field(default_factory=Counter)
    faults: list[str] = field(default_factory=list)

    def add(self, payload: bytes) -> None:
        self.payloads += 1
        try:
            self.kinds[judge(payload)] += 1
        except (HogaError, AssertionError, ValueError) as fault:
            self.faults.append(f"{fault!r} for {payload[:200]!r}")


def read_file(path: Path) -> Reading:
    reading = Reading()
    for payload in payloads(path):
        reading.add(payload)
    return reading


def payloads(path: Path) -> Iterator[bytes]:
    """Yield every payload of the venue in a file, whatever the recorder wrapped around it."""
    text = gzip.decompress(path.read_bytes()).decode() if path.suffix == ".gz" else path.read_text(encoding="utf-8")
    if path.suffix == ".yaml":
        for exchange in yaml.safe_load(text)["interactions"]:
            yield exchange["response"]["body"]["string"].encode()
    elif text.startswith("configuration:"):
        frames = (_STREAM_FRAME.match(line) for line in text.splitlines())
        yield from (ast.literal_eval(frame.group(1)) for frame in frames if frame)
    elif ".jsonl" in path.name:
        for line in filter(None, text.splitlines()):
            wrapped = json.loads(line)
            is_wrapped = isinstance(wrapped, dict) and "raw" in wrapped
            yield (wrapped["raw"] if is_wrapped else line).encode()
    elif path.name in {"rest_errors.json", "ws_errors.json", "rest_deposits_generate_coin_address_docs.json"}:
        yield from (json.dumps(item.get("body", item)).encode() for item in json.loads(text))
    else:
        yield text.encode()


def judge(payload: bytes) -> str:
    """Read one payload with the reader it is meant for, check every figure of it, and say what it was."""
    value = json.loads(payload, parse_float=Decimal)
    first = value[0] if isinstance(value, list) and value else value
    if value == []:
        assert answers.read_orders(payload) == ()
        return "empty list"
    if "ticket" in first and "result" not in first:
        return "asked by a client"
    if "error" in first:
        return judge_error(payload, first["error"])
    if first.keys() & {"type", "ty", "status", "method", "mthd"} and "name" not in first and not is_movement(first):
        return judge_frame(payload, first)
    return judge_answer(payload, first)


def is_movement(value: Json) -> bool:
    return value.get("type") in {"withdraw", "deposit"}


def judge_error(payload: bytes, error: Json) -> str:
    refusal = read_refusal(400, payload)
    (heard,) = decode_frame(payload, 1)

    assert (refusal.name, refusal.message) == (str(error["name"]), error["message"])
    assert (heard.name, heard.message) == (refusal.name, refusal.message)  # type: ignore[union-attr]
    return "error"


def judge_frame(payload: bytes, value: Json) -> str:
    is_short = "ty" in value or "mthd" in value
    (heard,) = decode_frame(payload, 7, FrameFormat.SIMPLE if is_short else FrameFormat.DEFAULT)
    if isinstance(heard, Trade | Ticker | Orderbook | Candle):
        assert heard.received_ns == 7
        check_figures(heard, long_keys(value) if is_short else value)
    return type(heard).__name__


def long_keys(value: Json) -> Json:
    table = {"trade": TRADE, "ticker": TICKER, "orderbook": ORDERBOOK}.get(value["ty"], CANDLE)
    renamed = {long: value[short] for long, short in table.items() if short in value}
    if "orderbook_units" in renamed:
        units = [{long: unit[short] for long, short in ORDERBOOK_UNIT.items()} for unit in renamed["orderbook_units"]]
        renamed["orderbook_units"] = units
    return renamed


def check_figures(heard: Trade | Ticker | Orderbook | Candle, value: Json) -> None:
    """Compare with what the standard library reads; every digit must be there."""
    assert heard.market == value.get("code", value.get("market"))
    if isinstance(heard, Orderbook):
        units = [tuple(map(Decimal, (u["ask_price"], u["bid_price"], u["ask_size"], u["bid_size"])))
                 for u in value["orderbook_units"]]  # fmt: skip
        assert [(u.ask_price, u.bid_price, u.ask_size, u.bid_size) for u in heard.units] == units
        assert (heard.total_ask_size, heard.total_bid_size) == (value["total_ask_size"], value["total_bid_size"])
        assert heard.timestamp_ms == value["timestamp"]
        return
    last = heard.close if isinstance(heard, Candle) else heard.price
    volume = value["candle_acc_trade_volume"] if isinstance(heard, Candle) else value["trade_volume"]
    assert (last, heard.volume) == (Decimal(value["trade_price"]), Decimal(volume))
    if isinstance(heard, Trade):
        assert heard.sequential_id == int(value["sequential_id"])
        assert heard.ask_bid == value["ask_bid"]
    else:
        bounds = (heard.opening_price, heard.high_price, heard.low_price)
        assert bounds == tuple(Decimal(value[key]) for key in ("opening_price", "high_price", "low_price"))


def list_of(kind: type) -> Callable[[bytes], object]:
    return lambda body: answers_wallet.read_list(body, kind)


def one_of(kind: type) -> Callable[[bytes], object]:
    return lambda body: answers_wallet.read_one(body, kind)


def one_or_more(one: Callable[[bytes], object], more: Callable[[bytes], object]) -> Callable[[bytes], object]:
    return lambda body: more(body) if body.lstrip().startswith(b"[") else one(body)


#: Keys that only this answer has -> its name and its reader; the first that fits is taken.
ANSWERS: list[tuple[set[str], str, Callable[[bytes], object]]] = [
    ({"korean_name"}, "markets", answers_quotation.read_markets),
    ({"candle_date_time_utc"}, "candles", lambda body: answers_quotation.read_candles(body, 60)),
    ({"sequential_id"}, "trades", answers_quotation.read_trades),
    ({"orderbook_units"}, "orderbooks", answers_quotation.read_orderbooks),
    ({"highest_52_week_price"}, "tickers", answers_quotation.read_tickers),
    ({"tick_size"}, "instruments", answers_quotation.read_instruments),
    ({"supported_levels"}, "levels", answers_quotation.read_supported_levels),
    ({"bid_account"}, "chance", answers.read_chance),
    ({"avg_buy_price"}, "accounts", answers.read_accounts),
    ({"new_order_uuid"}, "replaced", answers.read_replaced),
    ({"ord_type"}, "order", one_or_more(answers.read_order, answers.read_orders)),
    ({"success", "failed"}, "cancel lists", answers.read_cancel_lists),
    ({"withdraw_limit"}, "withdraw chance", answers_wallet.read_withdraw_chance),
    ({"withdraw_address"}, "withdraw addresses", list_of(answers_wallet.WithdrawAddress)),
    ({"is_deposit_possible"}, "deposit chance", one_of(answers_wallet.DepositChance)),
    ({"deposit_address"}, "deposit address", one_of(answers_wallet.DepositAddress)),
    ({"success", "message"}, "deposit address", one_of(answers_wallet.DepositAddress)),
    ({"vasp_name"}, "vasps", list_of(answers_wallet.Vasp)),
    ({"wallet_state"}, "wallet status", list_of(answers_wallet.WalletStatus)),
    ({"expire_at"}, "keys", list_of(answers_wallet.ApiKey)),
    ({"from", "to", "amount"}, "transfer", one_of(answers_wallet.PocketTransfer)),
    ({"uuid", "name", "type"}, "pockets", list_of(answers_wallet.Pocket)),
    ({"is_cancelable"}, "withdrawal", one_or_more(answers_wallet.read_withdrawal, answers_wallet.read_withdrawals)),
    ({"txid", "fee"}, "deposit", one_or_more(answers_wallet.read_deposit, answers_wallet.read_deposits)),
    ({"verification_result"}, "a call we never make", json.loads),
]


def judge_answer(payload: bytes, value: Json) -> str:
    name, read = next((name, read) for keys, name, read in ANSWERS if keys <= value.keys())
    result = read(payload)
    rows = json.loads(payload, parse_float=Decimal)
    if isinstance(result, tuple):
        assert len(result) == len(rows)
        for item, row in zip(result, rows, strict=True):
            if isinstance(item, Trade | Ticker | Orderbook | Candle):
                check_figures(item, row)
    return name

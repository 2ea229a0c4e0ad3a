"""One client in one scenario, in a process of its own: `python callers.py CLIENT FACTS`, told what to do on stdin.

It answers on stdout, one line of JSON a word: `ready` when the client is warm, then what its caller saw of `order`,
`burst` or `report`. Library defaults everywhere; only the time-outs are about a second, so that a run stays short.
"""

import asyncio
import itertools
import json
import os
import sys
import threading
import time
from collections.abc import Callable, Iterable
from typing import Protocol

MARKET, SYMBOL = "KRW-BTC", "BTC/KRW"
TIMEOUT_S = 1.0
TICK = 1_000  # of every KRW price from a million upward
LONGEST = 90  # characters of an exception's text that are kept
BURST = 40


class Caller(Protocol):
    """How one client is driven."""

    def order(self, number: int) -> str:
        """Create one order and say what the caller saw."""

    def trades(self) -> Iterable[object]:
        """The client's own loop over the trade stream."""


class Sdk:
    """upbit-sdk, Upbit's own client."""

    def __init__(self, facts: dict[str, str], *, names: bool = False) -> None:
        import upbit  # noqa: PLC0415 - each process loads one client

        self._names = names
        address = {
            "base_url": facts["rest_url"],
            "websocket_base_url": facts["websocket_url"].removesuffix("/websocket/v1"),
        }
        keys = {"access_key": facts["access_key"], "secret_key": facts["secret_key"]}
        self._client = upbit.Upbit(**keys, **address, timeout=TIMEOUT_S)
        self._price = _below(float(self._client.tickers.list_by_trading_pairs(markets=MARKET)[0].trade_price))

    def order(self, number: int) -> str:
        """`orders.create`, with or without an identifier."""
        name = {"identifier": f"peer-{number}"} if self._names else {}
        made = self._client.orders.create(
            market=MARKET, side="bid", ord_type="limit", price=str(self._price), volume="0.0001", **name
        )
        return f"success, {_shape(made.uuid)}"

    def trades(self) -> Iterable[object]:
        """`for … in stream`, as its documents show."""
        with self._client.ws_stream.trade([MARKET]) as stream:
            for trade in stream:
                yield trade.sequential_id


class NamedSdk(Sdk):
    """upbit-sdk whose caller thought of an identifier."""

    def __init__(self, facts: dict[str, str]) -> None:
        super().__init__(facts, names=True)


class Ccxt:
    """ccxt for REST and ccxt.pro for the stream, each order with a clientOrderId."""

    def __init__(self, facts: dict[str, str]) -> None:
        import ccxt  # noqa: PLC0415 - as above

        self._facts = facts
        self._client = ccxt.upbit(self._words())
        self._client.urls["api"] = {"public": facts["rest_url"], "private": facts["rest_url"]}
        self._price = _below(self._client.fetch_ticker(SYMBOL)["last"])

    def order(self, number: int) -> str:
        """`create_order`."""
        made = self._client.create_order(
            SYMBOL, "limit", "buy", 0.0001, self._price, {"clientOrderId": f"peer-{number}"}
        )
        return f"success, {_shape(made['id'])}"

    def trades(self) -> Iterable[object]:
        """`watch_trades` in a loop; what it raises is told and the loop goes on, as its manual shows."""
        import ccxt.pro  # noqa: PLC0415 - as above

        client = ccxt.pro.upbit(self._words())
        facts = self._facts
        client.urls["api"] = {"public": facts["rest_url"], "private": facts["rest_url"], "ws": facts["websocket_url"]}
        with asyncio.Runner() as runner:
            while True:
                try:
                    yield from [trade["id"] for trade in runner.run(client.watch_trades(SYMBOL))]
                except ccxt.BaseError as error:
                    yield error

    def _words(self) -> dict[str, object]:
        keys = {"apiKey": self._facts["access_key"], "secret": self._facts["secret_key"]}
        return {**keys, "timeout": int(TIMEOUT_S * 1000)}


class Pyupbit:
    """pyupbit; its fixed addresses are led here from outside, by the environment."""

    def __init__(self, facts: dict[str, str]) -> None:
        import pyupbit  # noqa: PLC0415 - as above

        self._pyupbit = pyupbit
        self._client = pyupbit.Upbit(facts["access_key"], facts["secret_key"])
        self._price = _below(pyupbit.get_current_price(MARKET))

    def order(self, number: int) -> str:
        """`buy_limit_order`; it knows no identifier."""
        del number
        made = self._client.buy_limit_order(MARKET, self._price, 0.0001)
        if isinstance(made, dict):
            return f"success, {_shape(made['uuid'])}" if "uuid" in made else f"returned {_short(made)} like an order"
        return f"returned {_short(made)}"

    def trades(self) -> Iterable[object]:
        """`WebSocketManager.get` in a loop; the first forks its process, here, where no other thread is in the way."""
        socket = self._pyupbit.WebSocketManager("trade", [MARKET])
        first = _sequence(socket.get())
        return itertools.chain([first], (_sequence(socket.get()) for _ in itertools.count()))


class Ear:
    """What a caller hears of a stream, counted in a thread, because some of them block for ever."""

    def __init__(self, trades: Iterable[object]) -> None:
        self._trades = trades
        self.heard = 0
        self.twice = 0
        self.errors: list[str] = []
        self.ended: str | None = None
        self.widest_s = 0.0
        self.last_s = time.monotonic()
        self._ids: set[object] = set()
        threading.Thread(target=self._listen, daemon=True).start()

    def forget(self) -> None:
        """Begin to count anew."""
        self.heard = self.twice = 0
        self.widest_s, self.last_s = 0.0, time.monotonic()
        self.errors.clear()

    def _listen(self) -> None:
        try:
            for trade in self._trades:
                now_s = time.monotonic()
                if isinstance(trade, Exception):
                    self.errors.append(_raised(trade))
                    continue
                self.widest_s, self.last_s = max(self.widest_s, now_s - self.last_s), now_s
                self.heard += 1
                self.twice += trade in self._ids
                self._ids.add(trade)
            self.ended = "ends silently"
        except Exception as error:  # noqa: BLE001 - what a client raises is the answer to the question
            self.ended = f"raises {_raised(error)}"

    def report(self) -> dict[str, object]:
        """All of it."""
        silent_s = time.monotonic() - self.last_s
        return {
            "heard": self.heard,
            "twice": self.twice,
            "errors": self.errors[:3],
            "ended": self.ended,
            "gap_s": round(max(self.widest_s, silent_s), 1),
            "silent_s": round(silent_s, 1),
        }


def see(call: Callable[[], str]) -> dict[str, object]:
    """What the caller saw of a call, and how long it took."""
    begun_s = time.monotonic()
    try:
        saw = call()
    except Exception as error:  # noqa: BLE001 - as above
        saw = f"raises {_raised(error)}"
    return {"saw": saw, "took_s": round(time.monotonic() - begun_s, 2)}


def burst(caller: Caller) -> str:
    """Many orders, one after the other, as fast as the client lets its caller."""
    seen: dict[str, int] = {}
    for number in range(BURST):
        saw = str(see(lambda: caller.order(number))["saw"])  # noqa: B023 - called at once
        kind = saw.partition(",")[0].partition("(")[0].partition(":")[0]
        seen[kind] = seen.get(kind, 0) + 1
    return ", ".join(f"{count} x {kind}" for kind, count in seen.items())


def drive(name: str, facts: dict[str, str], answer: Callable[[object], None]) -> None:
    """Answer what is asked on stdin, until there is no more."""
    caller: Caller = CALLERS[name](facts)
    ear: Ear | None = None
    answer({"ready": True})
    for line in sys.stdin:
        word = line.strip()
        if word == "order":
            answer(see(lambda: caller.order(0)))
        elif word == "burst":
            answer(see(lambda: burst(caller)))
        elif word == "listen":
            ear = Ear(caller.trades())
            answer({"listens": True})
        elif word == "forget" and ear:
            ear.forget()
            answer({})
        elif word == "report" and ear:
            answer(ear.report())


def _below(price: float) -> int:
    """A price at which a buy rests."""
    return int(price * 0.98 // TICK * TICK)


def _shape(venue_id: object) -> str:
    return f"order {venue_id}" if venue_id else "no order id"


def _sequence(told: object) -> object:
    return told["sequential_id"] if isinstance(told, dict) else ValueError(f"{told!r} in its queue")


def _raised(error: Exception) -> str:
    return f"{type(error).__name__}: {_short(error)}" if str(error) else type(error).__name__


def _short(told: object) -> str:
    text = " ".join(str(told).split())
    return text if len(text) <= LONGEST else f"{text[:LONGEST]}…"


CALLERS: dict[str, Callable[[dict[str, str]], Caller]] = {
    "upbit-sdk": Sdk,
    "upbit-sdk+id": NamedSdk,
    "ccxt": Ccxt,
    "pyupbit": Pyupbit,
}


def main() -> None:
    """Keep stdout for answers; what a client prints goes to stderr."""
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    name, facts = sys.argv[1], json.loads(sys.argv[2])

    def answer(told: object) -> None:
        answers.write(json.dumps(told) + "\n")
        answers.flush()

    if name == "hoga":
        import caller_hoga  # noqa: PLC0415 - as above

        caller_hoga.drive(facts, answer)
    else:
        drive(name, facts, answer)
    os._exit(0)  # threads of a client that wait for ever must not keep it alive


if __name__ == "__main__":
    main()

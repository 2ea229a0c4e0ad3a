"""A simulated exchange in a process of its own, and what it privately knows: the truth clients are held against."""

import json
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any, TypeVar

import msgspec

from hoga.model.events import Balance
from hoga.simulator.core.orders import VenueOrder

MARKET = "KRW-BTC"
TICK = 1000  # of every KRW price from a million upward (Upbit docs, krw-market-info of 2025-07-31)

START_S, STOP_S = 60, 20
#: Far above what a test asks for, so that only the test about limits meets one.
GENEROUS = 10_000

#: What every client may tell of an order under the venue's own names.
_WORDS = ("uuid", "side", "ord_type", "state", "market", "identifier", "trades_count")
_FIGURES = (
    *("price", "volume", "remaining_volume", "executed_volume"),
    *("reserved_fee", "remaining_fee", "paid_fee", "locked", "prevented_volume", "prevented_locked"),
)

_T = TypeVar("_T")
_U = TypeVar("_U")


class Exchange:
    """One served simulator. `look` and `move` use its admin door, `ask` its public REST side, both without a client."""

    def __init__(self, seed: int) -> None:
        command = [sys.executable, "-m", "hoga", "simulate", "--port", "0", "--seed", str(seed), "--json"]
        markets = ["--market", MARKET, "--market", "KRW-ETH"]
        self._process = subprocess.Popen([*command, *markets], stdout=subprocess.PIPE, text=True)  # noqa: S603 - our own program with fixed words
        try:
            facts = json.loads(self._first_line())
        except BaseException:
            self.stop()
            raise
        self.rest_url: str = facts["rest_url"]
        self.websocket_url: str = facts["websocket_url"]
        self.access_key: str = facts["access_key"]
        self.secret_key: str = facts["secret_key"]
        self._admin_url: str = facts["admin_url"]
        self._open = urllib.request.build_opener(urllib.request.ProxyHandler({})).open
        self.be_generous()

    def stop(self) -> int:
        """End the process and tell its exit code; one that does not end by itself is killed."""
        self._process.terminate()
        try:
            return self._process.wait(STOP_S)
        except subprocess.TimeoutExpired:
            self._process.kill()
            return self._process.wait()
        finally:
            assert self._process.stdout is not None
            self._process.stdout.close()

    # ------------------------------------------------ the truth

    def orders(self) -> list[VenueOrder]:
        """Every order ever placed, oldest first."""
        return msgspec.json.decode(self._get(f"{self._admin_url}/orders"), type=list[VenueOrder])

    def order(self, uuid: object) -> VenueOrder:
        """One order as the exchange holds it now, with its fills."""
        return next(order for order in self.orders() if order.uuid == uuid)

    def balances(self) -> dict[str, tuple[Decimal, Decimal]]:
        """What the account holds: currency -> (free, locked)."""
        held = msgspec.convert(self.look("/state")["accounts"]["main"]["balances"], list[Balance], strict=False)
        return {each.currency: (each.free, each.locked) for each in held}

    def holds(self, currency: str) -> tuple[Decimal, Decimal]:
        """(free, locked) of one currency."""
        return self.balances().get(currency, (Decimal(0), Decimal(0)))

    def rows(self, path: str) -> Any:
        """What the public REST side answers, every number exact."""
        return json.loads(self._get(f"{self.rest_url}/v1/{path}"), parse_float=Decimal, parse_int=Decimal)

    def candles(self, path: str, count: int) -> dict[str, dict[str, Any]]:
        """The newest candles by their beginning (UTC), read page by page without a client."""
        found: dict[str, dict[str, Any]] = {}
        to = ""
        while len(found) < count:
            page = self.rows(f"candles/{path}?market={MARKET}&count=200{to}")
            found.update((row["candle_date_time_utc"], row) for row in page)
            to = f"&to={page[-1]['candle_date_time_utc']}Z"
        return found

    def is_heard(self, kinds: set[str]) -> bool:
        """Tell whether one connection is subscribed to all these types."""
        return any(kinds <= set(socket["types"]) for socket in self.look("/state")["sockets"])

    def look(self, path: str) -> Any:
        """GET from the admin door."""
        return json.loads(self._get(self._admin_url + path))

    # ------------------------------------------------ moving it

    def move(self, path: str, **asked: object) -> Any:
        """POST to the admin door."""
        body = json.dumps(asked, default=str).encode()
        request = urllib.request.Request(self._admin_url + path, body)  # noqa: S310 - an address of this machine
        with self._open(request, timeout=STOP_S) as answer:
            return json.loads(answer.read())

    def be_generous(self) -> None:
        """Give every group of requests far more room than a test needs, and forgive what was refused."""
        limits = dict.fromkeys(self.look("/counters")["limits"], GENEROUS)
        self.move("/limits", limits=limits, forgive=True, refusals_allowed=GENEROUS, plain_429=False)

    def limit(self, group: str, **more: object) -> None:
        """Let a group of requests have one a second."""
        self.move("/limits", limits={group: 1}, **more)

    def cut(self, socket: str) -> None:
        """Reset every connection of a kind (`public`, `private`) once, and return when they are gone."""
        self.move("/faults", add=[f"ws.cut(between)@socket={socket},every=1s,count=1"])
        eventually(lambda: all(each["kind"] != socket for each in self.look("/state")["sockets"]))
        self.move("/faults", clear=True)

    def give(self, currency: str, amount: str) -> None:
        """Pay something in."""
        self.move("/deposit", currency=currency, amount=amount)

    def clean_up(self) -> None:
        """Cancel whatever a test has left open."""
        for order in self.orders():
            if order.is_open:
                self.move("/manual_cancel", uuid=order.uuid)

    # ------------------------------------------------ the market

    def far_bid(self) -> int:
        """A price on the tick at which a buy rests and will not be reached."""
        return int(self._best("bid_price") * 7 / 10 // TICK * TICK)

    def far_ask(self) -> int:
        """A price on the tick at which a sell rests and will not be reached."""
        return int(self._best("ask_price") * 13 / 10 // TICK * TICK)

    def taking_bid(self) -> int:
        """A price at which a buy is filled at once, above the best offers."""
        return int(self._best("ask_price") * 102 / 100 // TICK * TICK)

    def _best(self, side: str) -> Decimal:
        best: Decimal = self.rows(f"orderbook?markets={MARKET}&count=1")[0]["orderbook_units"][0][side]
        return best

    def _first_line(self) -> str:
        """Wait for the line that says where everything is; its end without one is a failure to start."""
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        assert line, f"the simulator ended with exit code {self._process.wait(START_S)}"
        return line

    def _get(self, url: str) -> bytes:
        with self._open(url, timeout=STOP_S) as answer:
            body: bytes = answer.read()
        return body


def at_one_moment(look: Callable[[], _T], ask: Callable[[], _U]) -> tuple[_T, _U]:
    """What the exchange says and what a client says, both of a moment in which the exchange did not change."""
    for _ in range(50):
        before, asked = look(), ask()
        if look() == before:
            return before, asked
    raise AssertionError("the market never stood still")


def eventually(look: Callable[[], _T | None], deadline_s: float = 10.0) -> _T:
    """The first true answer of `look`."""
    until_s = time.monotonic() + deadline_s
    while time.monotonic() < until_s:
        with suppress(LookupError):
            if found := look():
                return found
        time.sleep(0.01)
    raise AssertionError(f"not within {deadline_s} s")


def keep_asking(ask: Callable[[], object]) -> None:
    """Ask far more often in a row than once a second."""
    for _ in range(20):
        ask()


def assert_no_holes(starts: Sequence[datetime], step: timedelta) -> None:
    """Hold a row of candles' beginnings to the clock: newest first, each once, none missing.

    Both the past of the synthetic market and its present trade in every minute.
    """
    assert starts == [starts[0] - step * index for index in range(len(starts))]


def assert_tells(told: Any, truth: VenueOrder, *, state: str | None = None) -> None:
    """Hold what a client tells of an order (an object or a mapping in the venue's words) against the exchange's truth.

    A field the client leaves out is passed over; the uuid and the figures of a limit order are always there. `state`
    is what shall be said where that is not the present truth.
    """
    read = told.get if isinstance(told, dict) else lambda name: getattr(told, name, None)
    words = {name: read(name) for name in _WORDS if read(name) is not None}
    figures = {name: Decimal(str(read(name))) for name in _FIGURES if read(name) is not None}

    assert words == {name: getattr(truth, name) for name in words} | ({"state": state} if state else {})
    assert figures == {name: getattr(truth, name) for name in figures}
    assert {"uuid", "state"} <= words.keys()
    assert {"paid_fee", "locked"} <= figures.keys()
    assert truth.ord_type != "limit" or {"price", "volume", "remaining_volume"} <= figures.keys()

"""An outside judge: what the exchange knows in private beside what the journal of a killed bot holds.

It reads the journal by itself, row by row as raw JSON, from a copy: the file of a killed bot is not even opened, so
that the next bot finds it as the kill left it.
"""

import hashlib
import json
import shutil
import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from msgspec import Struct, field

ZERO = Decimal(0)
#: What stands before the first row of every journal.
GENESIS = hashlib.sha256(b"hoga journal").digest()

Facts = Mapping[str, Any]
#: A fill is one order's side of a trade: an order may trade with another one of ours.
FillKey = tuple[str, str]


class Written(Struct):
    """What the journal holds, learned from its rows as they come; ids of orders are the venue's in `fills`."""

    rows: int = 0
    head: bytes = GENESIS
    runs: int = 0
    ends: int = 0
    corrected: list[str] = field(default_factory=list)
    placed: dict[str, str] = field(default_factory=dict)
    heard: set[str] = field(default_factory=set)
    fills: dict[FillKey, tuple[Decimal, Decimal, str]] = field(default_factory=dict)
    fees: dict[str, Decimal] = field(default_factory=dict)
    twice: list[str] = field(default_factory=list)

    @property
    def in_doubt(self) -> int:
        """How many orders were decided of which nothing was heard."""
        return len(self.placed.keys() - self.heard)

    def learn(self, row: Facts) -> None:
        """Take in one row."""
        kind = row["type"]
        if kind == "CommandsDecided":
            for command in row["commands"]:
                if command["type"] == "PlaceOrder":
                    self._place(command)
        elif kind == "EventHandled":
            self._hear(row["event"])
        elif kind == "Corrected":
            self.corrected.append(f"{row['what']} from {row['was']} to {row['now']}")
        self.runs += kind == "RunBegan"
        self.ends += kind == "RunEnded"

    def _place(self, command: Facts) -> None:
        order_id, reason = command["order_id"], command.get("reason", "")
        if self.placed.get(order_id, reason) != reason:
            self.twice.append(f"{order_id} was given to two wishes")
        self.placed[order_id] = reason

    def _hear(self, event: Facts) -> None:
        self.heard.add(event.get("order_id") or "")
        if event["type"] == "Fill":
            self._fill(event)
        for report in (event.get("report"), *(event.get("reports") or ())):
            if report is not None:
                self._report(report)

    def _report(self, report: Facts) -> None:
        self.heard.add(report.get("order_id") or "")
        venue_id, fee = report["venue_id"], Decimal(report.get("paid_fee") or 0)
        self.fees[venue_id] = max(fee, self.fees.get(venue_id, ZERO))
        for fill in report.get("trades") or ():
            self._fill(fill)

    def _fill(self, fill: Facts) -> None:
        self.heard.add(fill.get("order_id") or "")
        key = (fill["venue_id"], fill["trade_id"])
        told = Decimal(fill["price"]), Decimal(fill["volume"]), fill["side"]
        if self.fills.setdefault(key, told) != told:
            self.twice.append(f"the fill {key} is told as {told} and as {self.fills[key]}")


def read_on(journal: Path, written: Written) -> list[str]:
    """Learn what was written since the last look, from a copy; the answer is what is wrong with the chain."""
    if not journal.exists():
        return []
    with TemporaryDirectory() as name:
        copy = Path(name) / journal.name
        for suffix in ("", "-wal"):
            if (part := Path(f"{journal}{suffix}")).exists():
                shutil.copyfile(part, f"{copy}{suffix}")
        try:
            return list(_learn_rows(copy, written))
        except sqlite3.Error as error:
            return [f"the journal cannot be read: {error}"]


def _learn_rows(journal: Path, written: Written) -> Iterator[str]:
    database = sqlite3.connect(journal)
    try:
        if not database.execute("SELECT count(*) FROM sqlite_schema WHERE name = 'journal'").fetchone()[0]:
            return
        (last,) = database.execute("SELECT coalesce(max(seq), 0) FROM journal").fetchone()
        if last < written.rows:
            yield f"rows {last + 1} to {written.rows} were there and are gone"
        rows = database.execute("SELECT seq, payload, hash FROM journal WHERE seq > ? ORDER BY seq", (written.rows,))
        for seq, payload, found in rows:
            written.head = hashlib.sha256(written.head + payload).digest()
            if seq != written.rows + 1 or found != written.head:
                yield f"the chain breaks at row {seq}"
                return
            written.rows = seq
            written.learn(json.loads(payload))
    finally:
        database.close()


def untracked(written: Written, orders: Sequence[Facts]) -> Iterator[str]:
    """Orders at the exchange that the journal does not have, identifiers and wishes that are there twice."""
    seen: dict[str, str] = {}
    for order in orders:
        identifier = order["identifier"]
        if identifier not in written.placed:
            yield f"UNTRACKED: {order['uuid']} ({identifier}) is at the exchange and not in the journal"
            continue
        for what in (identifier, written.placed[identifier]):
            if what in seen:
                yield f"DUPLICATE: {what} is at the exchange as {seen[what]} and as {order['uuid']}"
            seen[what] = order["uuid"]


def lost(written: Written, orders: Sequence[Facts], before_ms: float) -> Iterator[str]:
    """Trades up to a moment that the journal does not have, or has otherwise."""
    for order in orders:
        for trade in order["trades"]:
            if trade["at_ms"] >= before_ms:
                continue
            key = (order["uuid"], trade["uuid"])
            there = Decimal(trade["price"]), Decimal(trade["volume"]), {"bid": "buy", "ask": "sell"}[trade["side"]]
            found = written.fills.get(key)
            if found is None:
                yield f"LOST FILL: trade {trade['uuid']} of {order['identifier']} ({there}) is not in the journal"
            elif found != there:
                yield f"WRONG FILL: trade {trade['uuid']} of {order['identifier']}: {there}, in the journal {found}"


def invented(written: Written, orders: Sequence[Facts]) -> Iterator[str]:
    """Fills of the journal that the exchange does not know."""
    real = {(order["uuid"], trade["uuid"]) for order in orders for trade in order["trades"]}
    for key in written.fills.keys() - real:
        yield f"INVENTED FILL: {key} is in the journal and not at the exchange"


def money(written: Written, orders: Sequence[Facts], begun: Mapping[str, Decimal], there: Facts) -> Iterator[str]:
    """What the journal says the account must hold, to the last digit, beside what it holds; fees order by order."""
    for order in orders:
        if order["trades"] and written.fees.get(order["uuid"]) != Decimal(order["paid_fee"]):
            told = written.fees.get(order["uuid"])
            yield f"FEE: {order['identifier']} paid {order['paid_fee']}, in the journal {told}"
    markets = {order["uuid"]: order["market"] for order in orders}
    held = dict(begun)
    for (venue_id, _), (price, volume, side) in written.fills.items():
        quote, _, coin = markets.get(venue_id, "?-?").partition("-")
        sign = 1 if side == "buy" else -1
        held[coin] = held.get(coin, ZERO) + sign * volume
        held[quote] = held.get(quote, ZERO) - sign * price * volume
    for venue_id, fee in written.fees.items():
        quote = markets.get(venue_id, "?-?").partition("-")[0]
        held[quote] = held.get(quote, ZERO) - fee
    for currency in sorted(held.keys() | there.keys()):
        told, is_there = held.get(currency, ZERO), there.get(currency, ZERO)
        if told != is_there:
            yield f"MONEY: {currency} by the fills of the journal {told}, at the exchange {is_there}"


def recovered_totals(known: Mapping[str, Any], orders: Sequence[Facts]) -> Iterator[str]:
    """The sums hoga itself makes of the whole journal beside the exchange's trades."""
    for market in sorted(known.keys() | {order["market"] for order in orders}):
        trades = [trade for order in orders if order["market"] == market for trade in order["trades"]]
        sums = {
            "fills": Decimal(len(trades)),
            "bought": sum((Decimal(one["volume"]) for one in trades if one["side"] == "bid"), ZERO),
            "sold": sum((Decimal(one["volume"]) for one in trades if one["side"] == "ask"), ZERO),
            "paid": sum((Decimal(one["funds"]) for one in trades if one["side"] == "bid"), ZERO),
            "received": sum((Decimal(one["funds"]) for one in trades if one["side"] == "ask"), ZERO),
        }
        for name, there in sums.items():
            found = getattr(known.get(market), name, ZERO)
            if found != there:
                yield f"SUMS: {market} {name} by the journal {found}, at the exchange {there}"

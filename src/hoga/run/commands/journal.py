"""`hoga journal`, `hoga replay`: look into what was written down, and repeat a run from it."""

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

import msgspec
from cyclopts import App, Parameter

from hoga.model.commands import OrderId, PlaceOrder
from hoga.model.errors import JournalError
from hoga.run.clock import steady_clock_ns
from hoga.run.replaying.replay import Verdict, replay as repeat
from hoga.run.settings.config import load
from hoga.run.settings.durations import kst
from hoga.store.journal import Journal, read_journal
from hoga.store.records import CommandsDecided, EventHandled, OrderWrittenOff, Record, Row, RunBegan
from hoga.store.recovery import recover

FAILED = 1
SHOWN = 30  # rows, unless more are asked for
WIDTH = 150  # characters of one row on the terminal

app = App(name="journal", help="Look into the journal: what was decided, sent and heard.")

Where = Annotated[Path | None, Parameter(help="The journal; default: the one of [journal] in hoga.toml.")]
Json = Annotated[bool, Parameter(name="--json", negative=(), help="Machine-readable output.")]


@app.command
def verify(path: Where = None, *, json: Json = False) -> int:
    """Check every row and the chain through them; say what the journal knows of open orders."""
    path = path or _configured()
    last: Row | None = None

    def counted() -> Iterator[Row]:
        nonlocal last
        for row in read_journal(path):
            last = row
            yield row

    known = recover(counted())
    rows, head = (last.seq, last.hash.hex()) if last else (0, "")
    facts = {
        "path": str(path),
        "rows": rows,
        "head": head,
        "orders_in_question": [order.order_id for order in known.orders],
        "abandoned": [order.order_id for order in known.abandoned],
        "killed": known.kill.reason if known.kill else None,
        "ended_by_itself": known.ended_by_itself,
    }
    if json:
        _write(msgspec.json.encode(facts))
        return 0
    print(f"{path}: {rows:,} rows, the chain is whole. Last row: {head[:16]}")
    if known.kill:
        print(f"The kill switch is pulled: {known.kill.reason}")
    for order in known.orders:
        print(f"In question: {order.order_id}  {order.intent.market}  {order.state}")
    return 0


@app.command
def show(
    path: Where = None,
    *,
    last: int = SHOWN,
    kind: str | None = None,
    order: str | None = None,
    json: Json = False,
) -> int:
    """Show rows, the newest last.

    Args:
        last: How many.
        kind: Only rows of this kind, e.g. CommandsDecided.
        order: Only rows that name this order, by either id.
    """
    wanted = [
        row
        for row in read_journal(path or _configured())
        if (kind is None or row.kind == kind) and (order is None or order.encode() in row.payload)
    ]
    for row in wanted[-last:] if last > 0 else wanted:
        if json:
            _write(_exported(row))
        else:
            print(f"{row.seq:>8}  {_told(row.record)}"[:WIDTH])
    return 0


@app.command
def export(path: Where = None, *, to: Path | None = None, json: Json = False) -> int:
    """Write every row as one line of JSON, with its hash, to the terminal or a file.

    Args:
        to: The file to write; it must not be there yet.
    """
    del json  # it is JSON either way
    rows = read_journal(path or _configured())
    if to is None:
        for row in rows:
            _write(_exported(row))
        return 0
    with to.open("xb") as file:
        for row in rows:
            file.write(_exported(row) + b"\n")
    return 0


@app.command
def write_off(order: str, path: Where = None) -> int:
    """Say that an order is over which the venue confirmed once and does not know any more; its market trades again.

    Look at the venue first. The bot must have ended. Should the order appear within a day, it is cancelled.

    Args:
        order: Its id, as `hoga journal verify` shows it.
    """
    journal = Journal.open(path or _configured())
    try:
        now_ns = steady_clock_ns()()
        known = recover(journal.read())
        if order not in [one.order_id for one in known.orders]:
            raise JournalError(f"{order} is not in question; `hoga journal verify` lists the orders that are.")
        journal.append([OrderWrittenOff(order_id=OrderId(order), at_ns=now_ns, by="hoga journal write-off")])
    finally:
        journal.close()
    print(f"{order} is written off.")
    return 0


def replay(
    run: str | None = None,
    *,
    journal: Where = None,
    tape: Annotated[Path | None, Parameter(help="Its tape; default: the folder the journal names.")] = None,
    json: Json = False,
) -> int:
    """Repeat a run from its journal and tape with a fresh brain, and demand the same commands byte for byte.

    Args:
        run: Its name (`hoga journal show --kind RunBegan` lists them) or the file of its journal; default: the last.
    """
    if run is not None and journal is None and Path(run).is_file():
        journal, run = Path(run), None
    verdict = repeat(journal or _configured(), run, tape)
    if json:
        _write(msgspec.json.encode(verdict))
    else:
        _print(verdict)
    return FAILED if verdict.divergence else 0


def _print(verdict: Verdict) -> None:
    told = f"{verdict.events:,} events ({verdict.market_events:,} of the market), {verdict.commands:,} commands"
    found = verdict.divergence
    if found is None:
        print(f"{verdict.run_id}: {told}, every one the same.")
        if verdict.lost:
            print("The run was cut off; of what came after that, too little is left to repeat.")
        return
    print(f"{verdict.run_id}: the same up to event {found.number:,}, which was {found.event}")
    for side, commands in (("then", found.then), ("now ", found.now)):
        for command in commands or ("nothing",):
            print(f"  {side}  {command}")


def _configured() -> Path:
    config = Path("hoga.toml")
    return load(config if config.is_file() else None).journal.path


def _write(line: bytes) -> None:
    sys.stdout.write(line.decode() + "\n")


def _exported(row: Row) -> bytes:
    record = msgspec.Raw(row.payload)
    return msgspec.json.encode({"seq": row.seq, "kind": row.kind, "hash": row.hash.hex(), "record": record})


def _told(record: Record) -> str:
    if isinstance(record, EventHandled):
        return f"{kst(record.event.received_ns)}  heard #{record.number}  {record.event!r}"
    if isinstance(record, CommandsDecided):
        orders = sum(isinstance(command, PlaceOrder) for command in record.commands)
        what = f"{orders} new orders: " if orders else ""
        return f"{kst(record.at_ns)}  decided #{record.number}  {what}{', '.join(map(repr, record.commands))}"
    at = f"{kst(at_ns)}  " if (at_ns := getattr(record, "at_ns", 0)) else ""
    if isinstance(record, RunBegan):
        return f"{at}run {record.run_id} began, hoga {record.version}, tape {record.tape or 'none'}"
    return f"{at}{record!r}"

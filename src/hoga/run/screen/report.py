"""What a run came to: printed at the end for a person, or as one JSON object for a machine."""

import json
import sys
from decimal import Decimal

from rich.console import Console
from rich.table import Table

from hoga.brain.summary import Summary
from hoga.model.money import plain
from hoga.run.desk import Desk
from hoga.run.screen.logs import EventLog
from hoga.run.screen.texts import Texts
from hoga.run.settings.config import Venue
from hoga.run.state.bookkeeping import venue_ids
from hoga.run.wiring import signed_won, won


def print_summary(desk: Desk, log: EventLog, words: Texts, *, as_json: bool) -> None:
    """Orders, fills, fees, gains, and the counters that should read zero."""
    facts, venue = summary_facts(desk), desk.brain.money.account
    log("summary", level="info", **facts)
    if as_json:
        told = {"venue": venue, **facts, "failure": failure(desk), "log": str(log.path)}
        sys.stdout.write(json.dumps(told, default=_spelt, ensure_ascii=False) + "\n")
        sys.stderr.writelines(f"hoga: {trouble}\n" for trouble in troubles(desk))
        return
    badge = " · PAPER" if venue == Venue.PAPER else ""
    table = Table(title=f"hoga{badge} · {words('summary')}", show_header=False)
    table.add_column()
    table.add_column(justify="right")
    for name, value in facts.items():
        table.add_row(words(name.replace("_", " ")), _shown(name, value))
    console = Console()
    console.print(table)
    console.print(f"{words('log')}: {log.path}")
    for trouble in troubles(desk):
        console.print(trouble, style="red", markup=False)


def troubles(desk: Desk) -> list[str]:
    """What the person must know and perhaps do, one sentence each."""
    told = [
        f"May still be open at the venue: {order_id}{f' ({venue_id})' if venue_id else ''}. Run `hoga cancel-all`."
        for order_id, venue_id in zip(desk.left_open, venue_ids(desk.left_open, desk.brain.orders), strict=True)
    ]
    if reason := failure(desk):
        told.insert(0, f"Trading was halted by a failure: {reason}")
    return told


def failure(desk: Desk) -> str | None:
    """What the strategy raised, in one line; None when it did not."""
    return desk.failure.strip().splitlines()[-1] if desk.failure else None


def feed_total(desk: Desk, name: str) -> int:
    """One counter of the Sensor, both sockets together."""
    return sum(int(getattr(counters, name)) for counters in desk.sensor.counters.values())


def summary_facts(desk: Desk) -> dict[str, int | Decimal]:
    """The figures of a run by name; amounts in KRW."""
    told = desk.brain.summary()
    return {
        "orders_sent": told.orders,
        "orders_accepted": told.accepted,
        "orders_filled": told.filled_orders,
        "orders_cancelled": told.cancelled,
        "orders_rejected": told.rejected,
        "fills": told.fills,
        "fees": told.fees,
        "realised": told.realised,
        "unrealised": told.unrealised,
        "start_equity": told.start_equity,
        "equity": told.equity,
        "profit": profit(told),
        "answers_429": desk.actuator.counters.refused_429,
        "answers_lost": desk.actuator.counters.lost,
        "reconnects": feed_total(desk, "reconnects"),
        "broken_frames": feed_total(desk, "broken"),
        "reconciliations": told.reconciliations,
        "reconciliation_differences": told.differences,
        "left_open": len(desk.left_open),
        **journal_facts(desk),
    }


def journal_facts(desk: Desk) -> dict[str, int | Decimal]:
    """What the journal and the tape of a run have been through; nothing where none was kept."""
    tape = {} if desk.taping is None else {"tape_frames": desk.taping.frames, "tape_dropped": desk.taping.dropped}
    if desk.books is None:
        return {**tape}
    figures = desk.books.figures
    return {
        "journal_records": figures.records,
        "journal_commits": figures.commits,
        "journal_commit_p50_us": figures.commit_p50_us,
        "journal_commit_p99_us": figures.commit_p99_us,
        "journal_refused": figures.refused,
        **tape,
    }


def profit(told: Summary) -> Decimal:
    """What a run made, fees included, coins valued at the last price."""
    return told.equity - told.start_equity


_MONEY = {"fees", "start_equity", "equity"}
_GAINS = {"realised", "unrealised", "profit"}


def _shown(name: str, value: int | Decimal) -> str:
    if name in _MONEY:
        return won(Decimal(value))
    return signed_won(Decimal(value)) if name in _GAINS else f"{value:,}"


def _spelt(value: object) -> str:
    return plain(value) if isinstance(value, Decimal) else str(value)

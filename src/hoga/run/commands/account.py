"""`hoga balances`, `hoga orders`, `hoga cancel-all`: one look at the account or one sweep, without a bot."""

import asyncio
import json
import sys
from collections.abc import Awaitable, Callable, Sequence
from datetime import UTC, datetime
from typing import TypeVar

from rich.console import Console
from rich.table import Table

from hoga.model import money
from hoga.model.commands import CancelOrders, Command, OrderId, QueryAccounts, QueryOpenOrders
from hoga.model.errors import HogaError
from hoga.model.events import (
    AccountEvent,
    AccountsReported,
    Balance,
    OpenOrdersReported,
    OrderReport,
    QueryFailed,
    RejectReason,
)
from hoga.net.actuator import Actuator
from hoga.run.clock import steady_clock_ns
from hoga.run.loop import run_async
from hoga.run.screen.logs import KST, silent
from hoga.run.settings.config import Settings
from hoga.run.wiring import actuator_for, connect

Answer = TypeVar("Answer")

#: Every order hoga places carries an identifier that begins so; by it we know our own from those placed by hand.
OUR_PREFIX = "hg-"

#: What to look at when a venue cannot be reached.
IS_IT_THERE = "Is the exchange running, and is its address right? `hoga doctor` looks closer."

SWEEP_LIMIT = 50  # rounds of list-and-cancel before we say that something keeps placing orders
SWEEP_PAUSE_S = 0.5
HOPELESS_ROUNDS = 10  # in which nothing went away: the market is suspended, or the venue does not listen


class VenueRefusedError(HogaError):
    """The venue did not give what was asked; the text has its reason."""


def show_balances(settings: Settings, *, as_json: bool) -> int:
    """Print what the account holds."""
    balances = run_async(_with_actuator(settings, read_balances))
    if as_json:
        _print_json([_balance_row(balance) for balance in balances])
        return 0
    table = Table("currency", "free", "locked", "average buy price", title="Balances")
    for column in table.columns[1:]:
        column.justify = "right"
    for balance in balances:
        table.add_row(*_balance_row(balance).values())
    Console().print(table)
    return 0


def show_orders(settings: Settings, *, as_json: bool) -> int:
    """Print every open order, ours and those placed by hand."""
    reports = run_async(_with_actuator(settings, read_open_orders))
    if as_json:
        _print_json([_order_row(report) for report in reports])
        return 0
    table = Table(title=f"Open orders: {len(reports)}")
    for name in ("market", "side", "kind", "price", "volume", "remaining", "state", "order_id", "placed (KST)"):
        table.add_column(name)
    for report in reports:
        row = _order_row(report)
        placed = datetime.fromtimestamp(report.created_at_ms / 1000, UTC).astimezone(KST)
        shown = [str(row[key] or "") for key in ("market", "side", "kind", "price", "volume", "remaining_volume")]
        table.add_row(*shown, str(row["state"]), str(row["order_id"] or "by hand"), placed.strftime("%m-%d %H:%M:%S"))
    Console().print(table)
    return 0


def cancel_all(settings: Settings, *, markets: Sequence[str], everything: bool, as_json: bool) -> int:
    """Cancel open orders until the venue lists none; the exit code is 3 if some could not be cancelled."""

    async def sweep(actuator: Actuator) -> tuple[list[OrderReport], list[OrderReport]]:
        return await cancel_until_none(actuator, markets=markets, everything=everything)

    cancelled, left = run_async(_with_actuator(settings, sweep))
    if as_json:
        _print_json({"cancelled": [_order_row(row) for row in cancelled], "left": [_order_row(row) for row in left]})
    else:
        whose = "" if everything else " of hoga's"
        sys.stdout.write(f"Cancelled {len(cancelled)} order(s){whose}; {len(left)} left open.\n")
        for report in left:
            sys.stdout.write(f"  still open: {report.market} {report.side} {report.venue_id}\n")
    return 3 if left else 0


async def cancel_until_none(
    actuator: Actuator, *, markets: Sequence[str], everything: bool
) -> tuple[list[OrderReport], list[OrderReport]]:
    """List, cancel by id, list again, until nothing wanted is left; returns (cancelled, left)."""
    seen: dict[str, OrderReport] = {}
    wanted: list[OrderReport] = []
    hopeless = 0
    for _ in range(SWEEP_LIMIT):
        before = {report.venue_id for report in wanted}
        wanted = [
            report
            for report in await read_open_orders(actuator)
            if (not markets or report.market in markets) and (everything or is_ours(report.order_id))
        ]
        hopeless = hopeless + 1 if before and before <= {report.venue_id for report in wanted} else 0
        if not wanted or hopeless >= HOPELESS_ROUNDS:
            break
        seen |= {report.venue_id: report for report in wanted}
        await actuator.ask(CancelOrders(tuple(report.venue_id for report in wanted), reason="operator"))
        await asyncio.sleep(SWEEP_PAUSE_S)
    left = {report.venue_id for report in wanted}
    return [report for venue_id, report in seen.items() if venue_id not in left], wanted


def is_ours(order_id: OrderId | None) -> bool:
    """Tell whether hoga placed the order."""
    return order_id is not None and order_id.startswith(OUR_PREFIX)


async def read_balances(actuator: Actuator) -> tuple[Balance, ...]:
    """Every balance of the account; `VenueRefusedError` when the venue does not say."""
    for event in await _ask(actuator, QueryAccounts()):
        if isinstance(event, AccountsReported):
            return event.balances
    raise VenueRefusedError("The venue gave no balances.")


async def read_open_orders(actuator: Actuator) -> tuple[OrderReport, ...]:
    """Every open order of the account; `VenueRefusedError` when the venue does not say."""
    for event in await _ask(actuator, QueryOpenOrders()):
        if isinstance(event, OpenOrdersReported):
            return event.reports
    raise VenueRefusedError("The venue gave no list of open orders.")


async def _ask(actuator: Actuator, command: Command) -> tuple[AccountEvent, ...]:
    events = await actuator.ask(command)
    for event in events:
        if isinstance(event, QueryFailed):
            advice = f". {IS_IT_THERE}" if event.reason is RejectReason.NOT_SENT else ""
            raise VenueRefusedError(f"The venue did not give {event.query}: {event.reason}: {event.detail}{advice}")
    return events


async def _with_actuator(settings: Settings, use: Callable[[Actuator], Awaitable[Answer]]) -> Answer:
    actuator = actuator_for(
        connect(settings), commands=asyncio.Queue(1), report=lambda _: None, log=silent, clock_ns=steady_clock_ns()
    )
    try:
        return await use(actuator)
    finally:
        await actuator.close()


def _balance_row(balance: Balance) -> dict[str, str]:
    average = balance.avg_buy_price
    return {
        "currency": balance.currency,
        "free": money.plain(balance.free),
        "locked": money.plain(balance.locked),
        "avg_buy_price": money.plain(average) if average else "",
    }


def _order_row(report: OrderReport) -> dict[str, str | None]:
    amounts = {name: getattr(report, name) for name in ("price", "volume", "remaining_volume", "executed_volume")}
    return {
        "venue_id": report.venue_id,
        "order_id": report.order_id,
        "market": report.market,
        "side": report.side.value,
        "kind": report.kind.value,
        "state": report.state.value,
        **{name: None if value is None else money.plain(value) for name, value in amounts.items()},
    }


def _print_json(value: object) -> None:
    sys.stdout.write(json.dumps(value, ensure_ascii=False) + "\n")

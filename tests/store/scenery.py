"""Records and journals for the tests of the store."""

from decimal import Decimal
from pathlib import Path

from hoga.model.commands import Command, OrderId, OrderKind, PlaceOrder, Side, VenueOrderId
from hoga.model.events import (
    AccountEvent,
    Fill,
    OrderAccepted,
    OrderReport,
    OrderStateSeen,
    OrderUpdated,
)
from hoga.store.journal import Journal
from hoga.store.records import CommandsDecided, EventHandled

ONE, TWO = Decimal(1), Decimal(2)


def place(name: str, volume: Decimal = TWO) -> PlaceOrder:
    return PlaceOrder(
        order_id=OrderId(name),
        market="KRW-BTC",
        side=Side.BUY,
        kind=OrderKind.LIMIT,
        price=Decimal(1000),
        volume=volume,
        reason="a test",
    )


def report(name: str, state: OrderStateSeen, executed: Decimal = Decimal(0), **more: object) -> OrderReport:
    return OrderReport(
        venue_id=venue_id(name),
        order_id=OrderId(name),
        market="KRW-BTC",
        side=Side.BUY,
        kind=OrderKind.LIMIT,
        state=state,
        executed_volume=executed,
        **more,  # type: ignore[arg-type]
    )


def fill(name: str, trade_id: str, volume: Decimal = ONE, fee: Decimal | None = None) -> Fill:
    return Fill(
        trade_id=trade_id,
        venue_id=venue_id(name),
        order_id=OrderId(name),
        market="KRW-BTC",
        side=Side.BUY,
        price=Decimal(1000),
        volume=volume,
        fee=fee,
    )


def venue_id(name: str) -> VenueOrderId:
    return VenueOrderId(f"uuid of {name}")


def accepted(name: str) -> OrderAccepted:
    return OrderAccepted(order_id=OrderId(name), report=report(name, OrderStateSeen.WAIT))


def updated(name: str, state: OrderStateSeen, executed: Decimal = Decimal(0)) -> OrderUpdated:
    return OrderUpdated(report=report(name, state, executed))


def handled(event: AccountEvent, number: int = 1) -> EventHandled:
    return EventHandled(number=number, event=event)


def decided(*commands: Command, number: int = 1, at_ns: int = 7) -> CommandsDecided:
    return CommandsDecided(number=number, commands=commands, at_ns=at_ns)


def journal_of(path: Path, count: int) -> Journal:
    """An open journal with `count` rows, each its own transaction."""
    journal = Journal.open(path)
    for number in range(count):
        journal.append([decided(place(f"hg-{number}"), number=number)])
    return journal

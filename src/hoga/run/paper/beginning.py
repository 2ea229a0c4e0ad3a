"""What a paper run begins with: balances, what became of earlier orders, and the market's rules."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from pathlib import Path

from msgspec.structs import replace

from hoga.brain.strategy import Needs
from hoga.model.commands import OrderId, VenueOrderId
from hoga.model.errors import ConfigError
from hoga.model.events import (
    AccountsReported,
    Balance,
    BalanceChanged,
    Candle,
    OrderReport,
    OrderStateSeen,
)
from hoga.model.market import Market
from hoga.model.money import ZERO
from hoga.model.recovered import RecoveredOrder
from hoga.net.actuator import Actuator
from hoga.run.history import ask_and_read, check_markets, fetch_history
from hoga.run.settings.config import Settings, Venue
from hoga.simulator.market.listing import list_markets
from hoga.store.journal import read_journal
from hoga.store.records import EventHandled
from hoga.store.recovered import Recovered
from hoga.upbit.answers.quotation import read_instruments, read_markets
from hoga.upbit.rest import quotation

PAPER = Venue.PAPER.value


def check_journal(settings: Settings, recovered: Recovered) -> None:
    """Raise `ConfigError` for a journal of another venue: its orders and money are not of this account."""
    made = recovered.last_run.brain if recovered.last_run else None
    if made is not None and made.account != PAPER:
        raise ConfigError(
            [f"{settings.journal.path} is the journal of a run on {made.account}: give paper trading one of its own."]
        )


def first_balances(settings: Settings, recovered: Recovered) -> tuple[Balance, ...]:
    """What earlier runs left, where that is to be carried over and there is any, else what is configured."""
    if settings.paper.carry_over and recovered.last_run is not None:
        left = balances_in(settings.journal.path)
        if left:
            return left
    return tuple(Balance(currency=name, free=amount, locked=ZERO) for name, amount in settings.paper.balances.items())


def balances_in(journal: Path) -> tuple[Balance, ...]:
    """The balances that a journal knows last, nothing locked: the orders behind them ended with their run."""
    known: dict[str, Balance] = {}
    for row in read_journal(journal):
        record = row.record
        if not isinstance(record, EventHandled):
            continue
        event = record.event
        if isinstance(event, AccountsReported):
            known = {}
        if isinstance(event, AccountsReported | BalanceChanged):
            known |= {balance.currency: balance for balance in event.balances}
    free = (replace(one, free=one.free + one.locked, locked=ZERO) for one in known.values())
    return tuple(one for one in free if one.free)


def ended_orders(orders: Sequence[RecoveredOrder], at_ns: int) -> dict[OrderId, OrderReport]:
    """How the orders ended that an earlier run left open: cancelled when it stopped, with what had been filled."""
    return {known.order_id: _cancelled(known, at_ns) for known in orders}


def _cancelled(known: RecoveredOrder, at_ns: int) -> OrderReport:
    intent, fills = known.intent, known.fills
    executed = sum((fill.volume for fill in fills), ZERO)
    return OrderReport(
        venue_id=known.venue_id or VenueOrderId(f"paper-{known.order_id}"),
        order_id=known.order_id,
        market=intent.market,
        side=intent.side,
        kind=intent.kind,
        state=OrderStateSeen.CANCEL,
        price=intent.price if intent.spend is None else intent.spend,
        volume=intent.volume,
        remaining_volume=None if intent.volume is None else intent.volume - executed,
        executed_volume=executed,
        executed_funds=sum((fill.price * fill.volume for fill in fills), ZERO),
        paid_fee=sum((fill.fee or ZERO for fill in fills), ZERO),
        locked=ZERO,
        tif=intent.tif,
        self_match=intent.self_match,
        trades_count=len(fills),
        created_at_ms=(known.decided_ns or at_ns) // 1_000_000_000 * 1000,
        trades=fills,
    )


async def public_answers(actuator: Actuator, needs: Needs) -> tuple[dict[str, Market], list[Candle]]:
    """The rules of the markets, as far as the venue tells everybody, and the past a strategy asks for."""
    codes = tuple(dict.fromkeys(needs.markets))
    await check_markets(actuator, codes)
    return await _rules(actuator, codes), await fetch_history(actuator, needs)


async def _rules(actuator: Actuator, codes: Sequence[str]) -> dict[str, Market]:
    """Ticks, names and warnings are the venue's own; smallest totals and fees are those it publishes for all."""
    listed = await ask_and_read(actuator, quotation.markets(), "No list of markets", read_markets)
    ticks = await ask_and_read(actuator, quotation.orderbook_instruments(codes), "No price steps", read_instruments)
    names = {row.code: row for row in listed}
    steps: Mapping[str, Decimal] = {row.market: row.tick_size for row in ticks}
    return {
        code: replace(
            market,
            tick=steps.get(code, market.tick),
            korean_name=names[code].korean_name,
            english_name=names[code].english_name,
            warning=names[code].warning,
            cautions=names[code].cautions,
        )
        for code, market in list_markets(codes).items()
    }

"""The account as three answers in a row show it: open orders, balances, open orders once more.

Balances and orders are told by two calls, and between the two an order may trade, come or go. So balances are judged
only when a list asked for after they were heard has been joined: whatever they already contain, that list tells. Where
a list heard before they were asked for says the same of an order, that order stood still in between, and what the
balances lock can be held against what the orders lock.
"""

from collections import deque
from collections.abc import Mapping
from decimal import Decimal

from msgspec import Struct

from hoga.brain.orders.reserves import lock_of
from hoga.brain.world import World
from hoga.model.commands import QueryAccounts, QueryOpenOrders, VenueOrderId
from hoga.model.events import AccountsReported, OpenOrdersReported, OrderReport
from hoga.model.money import ZERO

#: Balances that wait for their list; where lists fail for long the oldest are forgotten, as new ones come.
MAX_HELD = 8

Row = tuple[OrderReport, str, Decimal]


class Survey(Struct, frozen=True):
    """Balances, and the open orders around them; `before` is None where no list was heard before they were asked."""

    balances: AccountsReported
    before: OpenOrdersReported | None
    after: OpenOrdersReported

    @property
    def asked_ns(self) -> int:
        """When the balances were asked for."""
        return _asked_ns(self.balances)

    def locks(self, world: World) -> tuple[Mapping[str, Decimal], set[str]]:
        """What the listed orders lock of each currency, and the currencies of which the two lists do not agree."""
        before, after = _rows(self.before, world), _rows(self.after, world)
        moved = {
            currency
            for venue_id in before.keys() | after.keys()
            if _figures(before.get(venue_id)) != _figures(after.get(venue_id))
            for row in (before.get(venue_id), after.get(venue_id))
            if row is not None
            for currency in row[0].market.split("-")
        }
        locked: dict[str, Decimal] = {}
        for _, currency, amount in after.values():
            locked[currency] = locked.get(currency, ZERO) + amount
        return locked, moved


class Surveyor:
    """Asks the three questions one after the other, and puts the answers together. An answer unasked for counts too."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._wanted_ns: int | None = None
        self._before: OpenOrdersReported | None = None
        self._held: deque[tuple[AccountsReported, OpenOrdersReported | None]] = deque(maxlen=MAX_HELD)

    def begin(self) -> None:
        """Ask for the first list; balances follow when it comes."""
        self._wanted_ns = self._world.now_ns
        self._world.ask(QueryOpenOrders())

    def hear_balances(self, event: AccountsReported) -> None:
        """Keep balances until the list that is asked for now has come."""
        asked_ns = _asked_ns(event)
        before = self._before if self._before is not None and self._before.received_ns <= asked_ns else None
        self._held.append((event, before))
        if self._wanted_ns is not None and asked_ns >= self._wanted_ns:
            self._wanted_ns = None
        self._world.ask(QueryOpenOrders())

    def hear_list(self, event: OpenOrdersReported) -> Survey | None:
        """Take a complete list, which is joined already; returns what it completes."""
        asked_ns = event.asked_ns or event.received_ns
        whole: Survey | None = None
        while self._held and self._held[0][0].received_ns <= asked_ns:
            balances, before = self._held.popleft()
            if whole is None or _asked_ns(balances) >= whole.asked_ns:  # one asked earlier may have come later
                whole = Survey(balances, before, event)
        self._before = event
        if self._wanted_ns is not None and asked_ns >= self._wanted_ns:
            self._wanted_ns = None
            self._world.ask(QueryAccounts())
        elif self._wanted_ns is not None or self._held:  # this list had left before what it was to tell of
            self._world.ask(QueryOpenOrders())
        return whole


def _asked_ns(event: AccountsReported) -> int:
    return event.asked_ns or event.received_ns


def _rows(listing: OpenOrdersReported | None, world: World) -> dict[VenueOrderId, Row]:
    reports = () if listing is None else listing.reports
    return {report.venue_id: (report, *lock_of(report, world.rules(report.market))) for report in reports}


def _figures(row: Row | None) -> tuple[Decimal | None, Decimal | None] | None:
    """What changes of an order while it stays open."""
    return None if row is None else (row[0].executed_volume, row[2])

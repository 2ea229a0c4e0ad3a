"""Open orders of the account that this run did not place: by hand, by another program, or by an earlier run of ours.

They are never cancelled and never counted as ours; only what they lock is taken off the money that is free.
"""

from hoga.brain.orders.reserves import lock_of
from hoga.brain.rivals import Rivals
from hoga.brain.world import World
from hoga.model.commands import VenueOrderId
from hoga.model.events import OrderReport, OrderStateSeen
from hoga.model.money import ZERO

ENDED = frozenset({OrderStateSeen.DONE, OrderStateSeen.CANCEL})

#: More open orders than the venue lists; strangers beyond it are not followed.
MAX_STRANGERS = 10_000


class Strangers:
    """The open orders we have no card for, and what they lock."""

    def __init__(self, world: World) -> None:
        self._world = world
        self.rivals = Rivals(world)
        # What the ids of all our runs begin with: `hg-` of `hg-7k2f-`.
        head, dash, _ = world.id_prefix.partition("-")
        self._family_prefix = head + dash
        self.reports: dict[VenueOrderId, OrderReport] = {}
        self._heard_ns: dict[VenueOrderId, int] = {}

    @property
    def external(self) -> list[OrderReport]:
        """Orders that nobody of our family placed."""
        return [report for report in self.reports.values() if not self.is_family(report)]

    @property
    def recovered(self) -> list[OrderReport]:
        """Orders with our prefix of which this run has no record: an earlier run's."""
        return [report for report in self.reports.values() if self.is_family(report)]

    def is_family(self, report: OrderReport) -> bool:
        """Tell whether one of our own runs placed it."""
        return report.order_id is not None and report.order_id.startswith(self._family_prefix)

    def see(self, report: OrderReport) -> None:
        """The private stream told of a stranger's order."""
        self._look_for_rivals(report)
        known = report.venue_id in self.reports
        if report.state in ENDED:
            self.reports.pop(report.venue_id, None)
        elif known or len(self.reports) < MAX_STRANGERS:
            self.reports[report.venue_id] = report
            self._heard_ns[report.venue_id] = self._world.now_ns
            if not known:
                self._announce(report)
        self._lock()

    def replace(self, reports: list[OrderReport], asked_ns: int) -> None:
        """A complete list of open orders came; what the stream told since it was asked stays."""
        listed = {report.venue_id: report for report in reports[:MAX_STRANGERS]}
        for venue_id, report in listed.items():
            self._look_for_rivals(report)
            if venue_id not in self.reports:
                self._announce(report)
        fresh = {v: r for v, r in self.reports.items() if self._heard_ns.get(v, 0) > asked_ns}
        self.reports = listed | fresh
        self._heard_ns = {v: at_ns for v, at_ns in self._heard_ns.items() if v in fresh}
        self._lock()

    def _look_for_rivals(self, report: OrderReport) -> None:
        if self.is_family(report):
            self.rivals.judge(report)

    def _announce(self, report: OrderReport) -> None:
        is_ours = self.is_family(report)
        event = "order_recovered" if is_ours else "order_external"
        if is_ours:
            why = "an open order with our own prefix that no record of this run knows"
            self._world.note("alert", order_id=report.order_id, venue_id=report.venue_id, why=why)
        self._world.note(
            event, venue_id=report.venue_id, order_id=report.order_id, market=report.market, side=report.side
        )

    def _lock(self) -> None:
        locks = self._world.portfolio.external_locks
        locks.clear()
        for report in self.reports.values():
            currency, amount = lock_of(report, self._world.rules(report.market))
            locks[currency] = locks.get(currency, ZERO) + amount

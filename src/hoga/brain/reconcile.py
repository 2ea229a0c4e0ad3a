"""Does our ledger say what the venue says? Compared at the start, after every gap of the private feed, and on a beat.

A difference may be nothing but a fill that is still under way. So balances are judged together with a list of open
orders that was asked for after them (`brain.survey`), a currency is not judged while one of its orders is unclear or
money moved after the question left, and a difference counts only when two answers, the second asked at least
`GRACE_S` after the first was heard, show the very same amount. Then the ledger takes the venue's figure and a
note says by how much: a deposit, a withdrawal, a trade by hand, or a fault of ours.
"""

from collections.abc import Set as AbstractSet
from decimal import Decimal

from hoga.brain.world import SECOND_NS, World
from hoga.model.events import AccountsReported
from hoga.model.money import ZERO

#: How long a difference must stay before it is believed.
GRACE_S = 5


class Audit:
    """The comparison, and what differed when it was last made."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._seen: dict[str, tuple[Decimal, int]] = {}
        self.is_open = False
        self.differences = 0
        self.reconciliations = 0

    def hear(self, report: AccountsReported, unclear: AbstractSet[str]) -> bool:
        """Compare one answer with the ledger; True when nothing differs and nothing had to be left out.

        `unclear` are the currencies of orders whose fate, fills or state are in question.
        """
        world = self._world
        if not self.is_open:
            self.is_open = True
            world.portfolio.open_with(report.balances)
            return True
        self.reconciliations += 1
        venue = {balance.currency: balance.free + balance.locked for balance in report.balances}
        asked_ns = report.asked_ns or report.received_ns
        agreed = True
        for currency in sorted(venue.keys() | world.portfolio.totals.keys()):
            if currency in unclear or world.portfolio.changed_ns.get(currency, -1) >= asked_ns:
                agreed = False
                continue
            agreed &= self._judge(currency, venue.get(currency, ZERO), asked_ns)
        return agreed

    @property
    def is_suspicious(self) -> bool:
        """Tell whether a difference was seen that the next answer must confirm or clear."""
        return bool(self._seen)

    def _judge(self, currency: str, venue_total: Decimal, asked_ns: int) -> bool:
        world = self._world
        difference = venue_total - world.portfolio.total(currency)
        if not difference:
            self._seen.pop(currency, None)
            return True
        known, since_ns = self._seen.get(currency, (None, 0))
        if known != difference:
            self._seen[currency] = (difference, world.now_ns)
            world.note("difference_seen", currency=currency, difference=difference, venue=venue_total)
            return False
        if asked_ns < since_ns + GRACE_S * SECOND_NS:
            return False
        del self._seen[currency]
        self.differences += 1
        was = venue_total - difference
        world.portfolio.rebase(currency, difference, world.now_ns)
        seen_twice_s = (asked_ns - since_ns) // SECOND_NS
        world.note(
            "ledger_corrected",
            currency=currency,
            difference=difference,
            was=was,
            now=venue_total,
            seconds_between_readings=seen_twice_s,
        )
        return True

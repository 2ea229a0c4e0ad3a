"""Money the venue locks with no order behind it: a fault of the venue, an order it does not list, a withdrawal.

It is ours but not free, so from the first sight of it nothing is promised against it. A second look, some seconds
later, that still shows it is an alarm. It is free again when the lock is gone, or when an order comes up behind it.
"""

from collections.abc import Set as AbstractSet
from decimal import Decimal

from hoga.brain.reconcile import GRACE_S
from hoga.brain.survey import Survey
from hoga.brain.world import SECOND_NS, World
from hoga.model.money import ZERO


class StuckLocks:
    """What is locked for nothing, by currency, since when it is known, and whether a person was told."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._since_ns: dict[str, int] = {}
        self._told: dict[str, Decimal] = {}

    @property
    def is_suspicious(self) -> bool:
        """Tell whether a lock was seen that the next look must confirm or clear."""
        return self._since_ns.keys() != self._told.keys()

    def hear(self, survey: Survey, unclear: AbstractSet[str]) -> None:
        """Hold what the balances lock against what the listed orders lock, where nothing moved meanwhile."""
        if survey.before is None:
            return
        portfolio = self._world.portfolio
        explained, moved = survey.locks(self._world)
        locked = {balance.currency: balance.locked for balance in survey.balances.balances}
        for currency in sorted(locked.keys() | self._since_ns.keys()):
            if currency in moved or currency in unclear or portfolio.changed_ns.get(currency, -1) >= survey.asked_ns:
                continue
            stuck = locked.get(currency, ZERO) - explained.get(currency, ZERO)
            if stuck > 0:
                self._see(currency, stuck, survey.asked_ns)
            elif currency in self._since_ns:
                self._forget(currency)

    def _see(self, currency: str, stuck: Decimal, asked_ns: int) -> None:
        self._world.portfolio.stuck_locks[currency] = stuck
        since_ns = self._since_ns.setdefault(currency, self._world.now_ns)
        if asked_ns < since_ns + GRACE_S * SECOND_NS or self._told.get(currency) == stuck:
            return
        self._told[currency] = stuck
        why = "the venue locks it and lists no order behind it; it does not count as free"
        self._world.note("alert", currency=currency, locked=stuck, why=why)

    def _forget(self, currency: str) -> None:
        del self._since_ns[currency]
        amount = self._world.portfolio.stuck_locks.pop(currency)
        if self._told.pop(currency, None) is not None:
            self._world.note("lock_gone", currency=currency, amount=amount)

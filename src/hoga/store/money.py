"""What a journal knows of the limits over money: the newest word of each account."""

from msgspec.structs import replace

from hoga.model.money import ZERO
from hoga.model.recovered import MoneyMemory
from hoga.store.records import BY_LIMITS, KillPulled, KillReleased, MoneyNoted

MoneyRecord = MoneyNoted | KillPulled | KillReleased


class MoneyReader:
    """Joins what was noted of the money, one record after another."""

    def __init__(self) -> None:
        self._known: dict[str, MoneyMemory] = {}
        self._by_limits = False

    def take(self, record: MoneyRecord) -> None:
        """Learn from one record.

        When a person releases a kill switch that a limit over money had pulled, these limits begin anew, or they would
        pull it again.
        """
        if isinstance(record, MoneyNoted):
            self._known[record.memory.account] = record.memory
        elif isinstance(record, KillPulled):
            self._by_limits = self._by_limits or record.by == BY_LIMITS
        else:
            if self._by_limits:
                self._known = {name: replace(known, start=None, peak=ZERO) for name, known in self._known.items()}
            self._by_limits = False

    @property
    def known(self) -> tuple[MoneyMemory, ...]:
        """The newest word of each account."""
        return tuple(self._known.values())

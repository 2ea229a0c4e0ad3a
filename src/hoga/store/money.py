"""What a journal knows of the limits over money and over a day's orders: the newest word of each account."""

from collections import deque

from msgspec.structs import replace

from hoga.model.commands import PlaceOrder
from hoga.model.money import ZERO
from hoga.model.recovered import MoneyMemory
from hoga.store.records import BY_LIMITS, CommandsDecided, KillPulled, KillReleased, MoneyNoted, RunBegan

MoneyRecord = MoneyNoted | KillPulled | KillReleased | RunBegan | CommandsDecided

DAY_NS = 86_400 * 1_000_000_000
#: Moments of orders remembered for an account: more than Upbit takes of one in a day of honest trading.
MAX_SENT = 100_000


class MoneyReader:
    """Joins what was noted of the money, one record after another."""

    def __init__(self) -> None:
        self._known: dict[str, MoneyMemory] = {}
        self._sent_ns: dict[str, deque[int]] = {}
        self._account = ""
        self._by_limits = False

    def take(self, record: MoneyRecord) -> None:
        """Learn from one record."""
        if isinstance(record, CommandsDecided):
            self._count(record)
        elif isinstance(record, MoneyNoted):
            self._known[record.memory.account] = record.memory
        elif isinstance(record, RunBegan):
            self._account = record.brain.account if record.brain else ""
        elif isinstance(record, KillPulled):
            self._by_limits = self._by_limits or record.by == BY_LIMITS
        else:
            self._release()

    @property
    def known(self) -> tuple[MoneyMemory, ...]:
        """The newest word of each account, with the orders of the day before its last one."""
        return tuple(
            replace(known, sent_ns=tuple(self._sent_ns.get(account, ()))) for account, known in self._known.items()
        )

    def _count(self, record: CommandsDecided) -> None:
        placed = sum(isinstance(command, PlaceOrder) for command in record.commands)
        if placed:
            sent_ns = self._sent_ns.setdefault(self._account, deque(maxlen=MAX_SENT))
            sent_ns.extend([record.at_ns] * placed)
            while sent_ns[0] <= record.at_ns - DAY_NS:
                sent_ns.popleft()

    def _release(self) -> None:
        """A person released the kill switch: limits over money that had pulled it begin anew, or they would again."""
        if self._by_limits:
            self._known = {name: replace(known, start=None, peak=ZERO) for name, known in self._known.items()}
        self._by_limits = False

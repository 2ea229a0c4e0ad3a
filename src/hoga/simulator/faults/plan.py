"""Trouble on request: which faults the simulated exchange shall show, when, and how often each was shown.

A fault is written `name(arguments)@condition=value,condition=value`, for example

    ws.close(1001)@p=0.01
    rest.hang_after_accept@path=/v1/orders,nth=3
    ws.cut(mid_frame)@every=5s
    latency=200ms,drop=1%

Several may stand in one text, with `;` between them. The same seed and the same traffic give the same faults.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from random import Random

from msgspec import Struct

from hoga.model.errors import ConfigError
from hoga.simulator.faults.text import Fault, read_faults
from hoga.simulator.faults.vocabulary import Stage

#: More faults at once than anybody can follow; each costs a look at every frame.
MAX_FAULTS = 1_000


class _Armed(Struct):
    """A fault and its memory."""

    fault: Fault
    chance: Random
    armed_s: float | None = None
    matches: int = 0
    struck: int = 0
    last_s: float = 0.0

    def strikes(self, now_s: float) -> bool:
        """Count one match and tell whether the fault strikes this time."""
        if not self._is_time(now_s):
            return False
        self.matches += 1
        fault = self.fault
        if fault.nth is not None and self.matches != fault.nth:
            return False
        if fault.every_nth is not None and self.matches % fault.every_nth:
            return False
        if fault.probability < 1.0 and self.chance.random() >= fault.probability:
            return False
        self.struck += 1
        self.last_s = now_s
        return True

    def _is_time(self, now_s: float) -> bool:
        fault = self.fault
        if self.armed_s is None:
            self.armed_s = self.last_s = now_s
        age_s = now_s - self.armed_s
        if age_s < fault.after_s or (fault.until_s is not None and age_s >= fault.until_s):
            return False
        if fault.count is not None and self.struck >= fault.count:
            return False
        return fault.every_s is None or now_s - self.last_s >= fault.every_s


class FaultPlan:
    """The faults that are armed now. Whoever is about to do something asks `strike` and does what comes back."""

    def __init__(self, *, seed: int = 0) -> None:
        self._seed = seed
        self._number = 0
        self._armed: dict[int, _Armed] = {}
        self._by_stage: dict[Stage, list[_Armed]] = {stage: [] for stage in Stage}
        self.counts: Counter[str] = Counter()

    @classmethod
    def parse(cls, texts: Sequence[str], *, seed: int = 0) -> "FaultPlan":
        """Arm all of `texts`; `ConfigError` names everything that is wrong with any of them."""
        plan = cls(seed=seed)
        plan.add(*texts)
        return plan

    def add(self, *texts: str) -> list[int]:
        """Arm more faults, all or none, and give the numbers by which they can be removed."""
        problems: list[str] = []
        faults = [fault for text in texts for fault in read_faults(text, problems)]
        if len(self._armed) + len(faults) > MAX_FAULTS:
            problems.append(f"At most {MAX_FAULTS} faults can be armed at once.")
        if problems:
            raise ConfigError(problems)
        return [self._arm(fault) for fault in faults]

    def remove(self, number: int) -> bool:
        """Disarm one fault; tell whether it was armed."""
        armed = self._armed.pop(number, None)
        if armed is not None:
            self._by_stage[armed.fault.stage].remove(armed)
        return armed is not None

    def clear(self) -> None:
        """Disarm everything; the counts stay."""
        for number in list(self._armed):
            self.remove(number)

    @property
    def armed(self) -> Mapping[int, str]:
        """What is armed, by number, as it was written."""
        return {number: armed.fault.text for number, armed in self._armed.items()}

    def strike(self, stage: Stage, now_s: float, **where: str) -> list[Fault]:
        """Give the faults that strike here and now; `where` is any of path, method, market, type and socket.

        `now_s` counts seconds on any clock that never goes back; a fault's own time begins at its first look.
        """
        return [
            self._counted(armed.fault)
            for armed in self._by_stage[stage]
            if not armed.fault.is_timed and armed.fault.fits(where) and armed.strikes(now_s)
        ]

    def strike_by_clock(self, stage: Stage, now_s: float, **where: str) -> list[Fault]:
        """Give the faults that are due by the clock, whatever traffic there is; ask about ten times a second."""
        return [
            self._counted(armed.fault)
            for armed in self._by_stage[stage]
            if armed.fault.is_timed and armed.fault.fits(where) and armed.strikes(now_s)
        ]

    def has(self, stage: Stage) -> bool:
        """Tell whether any fault is armed for a stage; cheap enough to ask before every frame."""
        return bool(self._by_stage[stage])

    def _counted(self, fault: Fault) -> Fault:
        self.counts[fault.name] += 1
        return fault

    def _arm(self, fault: Fault) -> int:
        self._number += 1
        armed = _Armed(fault, Random(f"{self._seed}:{self._number}:{fault.text}"))
        self._armed[self._number] = armed
        self._by_stage[fault.stage].append(armed)
        return self._number

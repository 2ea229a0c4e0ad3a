"""What is to happen later: one heap of moments, the strategy's timers and the brain's own alike."""

from collections.abc import Callable
from heapq import heappop, heappush

#: More waiting timers than any strategy needs; beyond it something sets timers without end.
MAX_TIMERS = 10_000

#: Later than any date: nothing waits.
NEVER_NS = 2**63 - 1


class Timers:
    """Moments in order. Equal moments fire in the order they were set."""

    __slots__ = ("_count", "_heap", "next_ns")

    def __init__(self) -> None:
        self._heap: list[tuple[int, int, Callable[[int], None]]] = []
        self._count = 0
        self.next_ns = NEVER_NS

    def __len__(self) -> int:
        return len(self._heap)

    def at(self, due_ns: int, action: Callable[[int], None]) -> None:
        """Call `action(due_ns)` once, when the clock has reached `due_ns`."""
        assert len(self._heap) < MAX_TIMERS, "timers are set faster than they fire"
        self._count += 1
        heappush(self._heap, (due_ns, self._count, action))
        self.next_ns = self._heap[0][0]

    def run_due(self, now_ns: int) -> None:
        """Do what is due, the earliest first; what is set meanwhile waits for the next call."""
        last = self._count
        while self._heap and self._heap[0][0] <= now_ns and self._heap[0][1] <= last:
            due_ns, _, action = heappop(self._heap)
            self.next_ns = self._heap[0][0] if self._heap else NEVER_NS
            action(due_ns)

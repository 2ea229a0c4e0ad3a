"""How far measured times lie apart: the middle, the slowest hundredth, the slowest."""

from collections.abc import Sequence
from statistics import median

from msgspec import Struct


class Spread(Struct, frozen=True):
    """Seconds of so many rounds."""

    rounds: int
    least_s: float
    p50_s: float
    p99_s: float
    most_s: float

    def __str__(self) -> str:
        return (
            f"{self.rounds} rounds: p50 {self.p50_s:.2f} s, p99 {self.p99_s:.2f} s, "
            f"from {self.least_s:.2f} to {self.most_s:.2f} s"
        )


def spread(times_s: Sequence[float]) -> Spread:
    """Of at least one time. With fewer than a hundred, the slowest hundredth is the slowest."""
    ordered = sorted(times_s)
    at = min(int(0.99 * len(ordered)), len(ordered) - 1)
    return Spread(len(ordered), ordered[0], median(ordered), ordered[at], ordered[-1])

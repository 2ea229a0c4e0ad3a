"""What a run, or many, did and found."""

from collections import Counter

from msgspec import Struct, field

from simtest.storms import rows


class Report(Struct, kw_only=True):
    """One run, or several added up. `violations` is empty when all is well; each begins with its seed."""

    seed: str = ""
    runs: int = 1
    hours: float = 0.0
    up_hours: float = 0.0
    orders: int = 0
    fills: int = 0
    crashes: int = 0
    storms: int = 0
    checks: int = 0
    steps: int = 0
    events: int = 0
    slowest_heal_s: float = 0.0
    wall_s: float = 0.0
    digest: str = ""
    sometimes: Counter[str] = field(default_factory=Counter)
    violations: list[str] = field(default_factory=list)

    def add(self, other: "Report") -> None:
        """Count another run in."""
        self.runs += other.runs
        for name in ("hours", "up_hours", "orders", "fills", "crashes", "storms", "checks", "steps", "events"):
            setattr(self, name, getattr(self, name) + getattr(other, name))
        self.slowest_heal_s = max(self.slowest_heal_s, other.slowest_heal_s)
        self.sometimes.update(other.sometimes)
        self.violations += other.violations

    def lines(self) -> list[str]:
        """The report for people."""
        faults = sum(number for name, number in self.sometimes.items() if "." in name)
        head = [
            f"{self.runs:,} run(s)  {self.hours:,.1f} simulated hours ({self.up_hours:,.1f} with the bot up)",
            f"{self.orders:,} orders  {self.fills:,} fills  {self.crashes:,} crashes  {self.storms:,} storms",
            f"{faults:,} faults taken  {self.checks:,} checks  slowest recovery {self.slowest_heal_s:.1f} s",
            f"{self.steps:,} steps  {self.events:,} events  trace {self.digest or '-'}",
            *([self._speed()] if self.wall_s else []),
        ]
        reached = [f"  {number:>9,}  {name}" for name, number in sorted(self.sometimes.items())]
        never = ", ".join(row for row in rows() if not self._reached(row))
        found = [f"  {violation}" for violation in self.violations] or ["  none"]
        return [
            *head,
            "sometimes:",
            *reached,
            f"never: {never or 'nothing'}",
            f"violations: {len(self.violations)}",
            *found,
        ]

    def _speed(self) -> str:
        each = {"hours": self.hours, "orders": self.orders, "crashes": self.crashes}
        told = ", ".join(f"{figure / self.wall_s:,.1f} {name}" for name, figure in each.items())
        return f"{self.wall_s:,.0f} s of wall time, in each second {told}"

    def _reached(self, row: str) -> bool:
        """Tell whether a row of the storms ever struck; faults are counted by name, whatever their arguments."""
        name = row.partition("(")[0].partition("@")[0]
        return bool(self.crashes if name == "crash" else self.sometimes[name] or self.sometimes[f"net.{name}"])

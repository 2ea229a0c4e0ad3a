"""The gate before the first order and after every gap: what must be known before an order may leave.

Each reason to wait is a question to the part that knows the facts, asked anew whenever somebody wants to pass. Nothing
is shut and nothing has to be opened again, so no reason can stay behind when its cause has gone.
"""

from collections.abc import Callable

MARKETS = "market rules"
ACCOUNTS = "balances"
OPEN_ORDERS = "open orders"
OWN_ORDERS = "orders in question"
EARLIER_ORDERS = "orders of an earlier run"
PUBLIC = "public feed"
PRIVATE = "private feed"


class Gate:
    """The reasons that may hold orders back, each with its question; open when none of them holds."""

    __slots__ = ("_holds",)

    def __init__(self) -> None:
        self._holds: dict[str, Callable[[], bool]] = {}

    def wait_while(self, reason: str, holds: Callable[[], bool]) -> None:
        """Let nothing through while `holds()` is true."""
        self._holds[reason] = holds

    def waits_for(self, reason: str) -> bool:
        """Tell whether this very reason holds orders back."""
        holds = self._holds.get(reason)
        return holds is not None and holds()

    @property
    def missing(self) -> set[str]:
        """Every reason that holds orders back."""
        return {reason for reason, holds in self._holds.items() if holds()}

    @property
    def is_open(self) -> bool:
        """Tell whether new orders may leave."""
        return not any(holds() for holds in self._holds.values())

    @property
    def reason(self) -> str:
        """Why no order may leave, or an empty text."""
        missing = self.missing
        return f"waiting for {', '.join(sorted(missing))}" if missing else ""

    @property
    def private_is_up(self) -> bool:
        """Tell whether our own fills and orders would be heard of."""
        return not self.waits_for(PRIVATE)

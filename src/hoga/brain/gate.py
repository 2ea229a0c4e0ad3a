"""The gate before the first order and after every gap: what must be known before an order may leave."""

MARKETS = "market rules"
ACCOUNTS = "balances"
OPEN_ORDERS = "open orders"
OWN_ORDERS = "orders in question"
EARLIER_ORDERS = "orders of an earlier run"
PUBLIC = "public feed"
PRIVATE = "private feed"


class Gate:
    """A set of things not yet known; open when it is empty."""

    __slots__ = ("missing",)

    def __init__(self) -> None:
        self.missing: set[str] = set()

    @property
    def is_open(self) -> bool:
        """Tell whether new orders may leave."""
        return not self.missing

    @property
    def reason(self) -> str:
        """Why no order may leave, or an empty text."""
        return f"waiting for {', '.join(sorted(self.missing))}" if self.missing else ""

    @property
    def private_is_up(self) -> bool:
        """Tell whether our own fills and orders would be heard of."""
        return PRIVATE not in self.missing

    def close(self, *reasons: str) -> None:
        """Let nothing through until each reason has gone."""
        self.missing.update(reasons)

    def settle(self, *reasons: str) -> None:
        """Some things less to wait for."""
        self.missing.difference_update(reasons)

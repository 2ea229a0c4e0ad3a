"""Is the private stream deaf: silence is normal there, so only our own orders can tell."""

from hoga.upbit.recent import Recent

#: Orders the stream still owes us news of, and orders it has told of lately (it may be faster than the REST answer).
MAX_EXPECTED = 10_000
RECENT_ORDERS = 5_000


class Canary:
    """Each order that the venue has taken must show on the private stream within a few seconds (reliability W4)."""

    def __init__(self, within_s: float) -> None:
        self._within_s = within_s
        self._told = Recent(RECENT_ORDERS)
        self._due_s: dict[str, float] = {}

    def expect(self, order_id: str, now_s: float) -> None:
        """The venue has taken this order: the stream must tell of it, or has told already."""
        if order_id not in self._told and len(self._due_s) < MAX_EXPECTED:
            self._due_s.setdefault(order_id, now_s + self._within_s)

    def heard(self, order_id: str) -> None:
        """The stream told of this order."""
        self._told.add(order_id)
        self._due_s.pop(order_id, None)

    def forget(self) -> None:
        """The socket is gone; what it would have told is found by asking."""
        self._due_s.clear()

    def not_listening(self, now_s: float) -> None:
        """We do not read the socket by our own choice; what it has to tell has more time."""
        for order_id in self._due_s:
            self._due_s[order_id] = now_s + self._within_s

    def owed(self, now_s: float) -> str | None:
        """An order the stream should have told of by now."""
        return next((order_id for order_id, due_s in self._due_s.items() if now_s >= due_s), None)

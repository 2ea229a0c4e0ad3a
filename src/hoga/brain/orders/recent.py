"""What was sent a moment ago, as the checks against doubles and against haste ask for it: each answer in one look."""

from collections import deque

from hoga.model.commands import PlaceOrder

#: Orders remembered; more than any rate limit lets through in the window of a check.
REMEMBERED = 1_000


class RecentOrders:
    """The moments of the last orders, and when each different one was last sent."""

    __slots__ = ("_last_ns", "_sent_ns")

    def __init__(self) -> None:
        self._sent_ns: deque[int] = deque(maxlen=REMEMBERED)
        self._last_ns: dict[tuple[object, ...], int] = {}  # the one sent longest ago stands first

    def add(self, intent: PlaceOrder, now_ns: int) -> None:
        """An order leaves."""
        self._sent_ns.append(now_ns)
        essence = _essence(intent)
        self._last_ns.pop(essence, None)
        self._last_ns[essence] = now_ns
        if len(self._last_ns) > REMEMBERED:
            del self._last_ns[next(iter(self._last_ns))]

    def last_ns(self, intent: PlaceOrder) -> int | None:
        """When the same order (market, side, kind and amounts) was sent last, or None."""
        return self._last_ns.get(_essence(intent))

    def sent_since(self, since_ns: int, enough: int) -> int:
        """How many orders left after `since_ns`; not counted when there are fewer than `enough`, that is 0 then."""
        sent_ns = self._sent_ns
        if len(sent_ns) < enough or sent_ns[-enough] <= since_ns:
            return 0
        return sum(1 for at_ns in sent_ns if at_ns > since_ns)


def _essence(intent: PlaceOrder) -> tuple[object, ...]:
    return intent.market, intent.side, intent.kind, intent.price, intent.volume, intent.spend

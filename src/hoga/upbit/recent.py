"""What was seen lately, remembered in bounded memory."""

from collections.abc import Hashable


class Recent:
    """Tell whether something was seen before: at least the last `limit` things are known, at most twice as many.

    The venue's ids are unique but in no order (Upbit docs, trade stream: `sequential_id` is not an ordering key), so
    the highest id seen proves nothing about the others.
    """

    __slots__ = ("_limit", "newer", "older")

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self.newer: set[Hashable] = set()
        self.older: set[Hashable] = set()

    def add(self, thing: Hashable) -> bool:
        """Remember `thing`; True when it is new."""
        if thing in self.newer or thing in self.older:
            return False
        self.newer.add(thing)
        if len(self.newer) >= self._limit:
            self.turn()
        return True

    def turn(self) -> None:
        """Forget the older half."""
        self.older, self.newer = self.newer, set()

    def __contains__(self, thing: Hashable) -> bool:
        return thing in self.newer or thing in self.older

    def __len__(self) -> int:
        return len(self.newer) + len(self.older)

"""What was seen lately, remembered in bounded memory."""

from collections.abc import Hashable


class Recent:
    """Tell whether something was seen before: at least the last `limit` things are known, at most twice as many.

    The venue's ids are unique but in no order (Upbit docs, trade stream: `sequential_id` is not an ordering key), so
    the highest id seen proves nothing about the others.
    """

    __slots__ = ("_limit", "_newer", "_older")

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._newer: set[Hashable] = set()
        self._older: set[Hashable] = set()

    def add(self, thing: Hashable) -> bool:
        """Remember `thing`; True when it is new."""
        newer = self._newer
        if thing in newer or thing in self._older:
            return False
        newer.add(thing)
        if len(newer) >= self._limit:
            self._older, self._newer = newer, set()
        return True

    def __contains__(self, thing: Hashable) -> bool:
        return thing in self._newer or thing in self._older

    def __len__(self) -> int:
        return len(self._newer) + len(self._older)

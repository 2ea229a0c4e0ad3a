"""The news of a tape for a replay, which wants all of it."""

from collections.abc import Iterator, Sequence
from pathlib import Path

from hoga.model.errors import HogaError
from hoga.model.events import MarketEvent
from hoga.store.newsreel import Reel
from hoga.upbit.stream.frames import decode_frame


class ReplayError(HogaError):
    """A run cannot be replayed from what was kept of it; the text says what is missing."""


class Newsreel:
    """Iterate over it for `(number, event)` of one run, by rising number."""

    def __init__(self, paths: Sequence[Path]) -> None:
        self._reel = Reel(paths, decode_frame)

    def __iter__(self) -> Iterator[tuple[int, MarketEvent]]:
        for row, event in self._reel:
            if event is None:
                raise ReplayError(f"The tape lacks the frame that was handled as event {row.number:,}: {row.key}.")
            yield row.number, event

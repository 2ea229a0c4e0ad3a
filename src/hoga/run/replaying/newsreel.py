"""The market news a brain handled, read again from the tape in exactly the order in which it was handled."""

from collections import deque
from collections.abc import Iterator, Sequence
from pathlib import Path

from hoga.model.errors import HogaError, WireError
from hoga.model.events import MarketEvent
from hoga.store.handled import KINDS, PICTURES, NewsKey, key_of
from hoga.store.tape import HANDLED, TapeLine, read_handled, read_segment
from hoga.upbit.stream.frames import decode_frame

#: News kept because it may still be named; many times what an inbox holds.
KEPT_NEWS = 500_000


class ReplayError(HogaError):
    """A run cannot be replayed from what was kept of it; the text says what is missing."""


class Newsreel:
    """Iterate over it for `(number, event)` of one run, by rising number."""

    def __init__(self, paths: Sequence[Path]) -> None:
        self._paths = paths
        self._news: dict[NewsKey, deque[MarketEvent]] = {}
        self.frames = 0

    def __iter__(self) -> Iterator[tuple[int, MarketEvent]]:
        for path in self._paths:
            for line in read_segment(path):
                if line.stream == HANDLED:
                    yield from ((row.number, self._take(row.number, row.key)) for row in read_handled(line))
                elif line.stream == "public":
                    self._read(line)

    def _read(self, line: TapeLine) -> None:
        self.frames += 1
        try:
            heard = decode_frame(line.frame, line.received_ns)
        except WireError:
            return  # the sensor could not read it either, so the brain never heard of it
        for said in heard:
            if isinstance(said, KINDS):
                self._keep(said)  # type: ignore[arg-type]  # KINDS are the market events

    def _keep(self, event: MarketEvent) -> None:
        key = key_of(event)
        if key.kind in PICTURES or key not in self._news:
            self._news[key] = deque((event,))
        else:
            self._news[key].append(event)
        if len(self._news) > KEPT_NEWS:
            del self._news[next(iter(self._news))]

    def _take(self, number: int, key: NewsKey) -> MarketEvent:
        waiting = self._news.get(key)
        if waiting is None:
            raise ReplayError(f"The tape lacks the frame that was handled as event {number:,}: {key}.")
        event = waiting.popleft()
        if not waiting:
            del self._news[key]
        return event

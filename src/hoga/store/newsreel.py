"""The market news a brain handled, read again from the tape in exactly the order in which it was handled."""

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path

from hoga.model.errors import WireError
from hoga.model.events import MarketEvent
from hoga.store.handled import KINDS, PICTURES, Handled, NewsKey, key_of
from hoga.store.tape import HANDLED, TapeLine, read_handled, read_segment

#: News kept because it may still be named; many times what an inbox holds.
KEPT_NEWS = 500_000

#: A frame and when it came -> what it says; `WireError` where it cannot be read.
Decode = Callable[[bytes, int], Iterable[object]]


class Reel:
    """Iterate over it for what one run handled by rising number, with the news itself, or None where it is lost.

    `see`, where it is given, hears of all market news in the order in which it came, before it is named.
    """

    def __init__(self, paths: Sequence[Path], decode: Decode, see: Callable[[MarketEvent], None] | None = None) -> None:
        self._paths = paths
        self._decode = decode
        self._see = see
        self._news: dict[NewsKey, deque[MarketEvent]] = {}
        self.frames = 0

    def __iter__(self) -> Iterator[tuple[Handled, MarketEvent | None]]:
        for path in self._paths:
            for line in read_segment(path):
                if line.stream == HANDLED:
                    yield from ((row, self._take(row.key)) for row in read_handled(line))
                elif line.stream == "public":
                    self._read(line)

    def _read(self, line: TapeLine) -> None:
        self.frames += 1
        try:
            heard = self._decode(line.frame, line.received_ns)
        except WireError:
            return  # the sensor could not read it either, so the brain never heard of it
        for said in heard:
            if isinstance(said, KINDS):
                self._keep(said)  # type: ignore[arg-type]  # KINDS are the market events

    def _keep(self, event: MarketEvent) -> None:
        if self._see is not None:
            self._see(event)
        key = key_of(event)
        if key.kind in PICTURES or key not in self._news:
            self._news[key] = deque((event,))
        else:
            self._news[key].append(event)
        if len(self._news) > KEPT_NEWS:
            del self._news[next(iter(self._news))]

    def _take(self, key: NewsKey) -> MarketEvent | None:
        waiting = self._news.get(key)
        if waiting is None:
            return None
        event = waiting.popleft()
        if not waiting:
            del self._news[key]
        return event

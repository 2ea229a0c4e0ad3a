"""A market from a recording: frames as the Sensor's tape keeps them, or candles, at any speed.

A tape is text with one JSON object a line, `{"received_ns": …, "stream": "public", "frame": …}`. Candles are CSV with
the names of Upbit's REST answers. Times are moved so that the recording begins when the exchange does: orders, candles
and days of the exchange then agree with the market. Everything is read once before it begins, so that a broken line is
told at the start and not in the middle.
"""

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from msgspec.structs import replace

from hoga.model.errors import ConfigError
from hoga.model.events import Orderbook, Trade
from hoga.simulator.market.history import Stretch
from hoga.simulator.market.recordings import News, candle_news, tape_news

#: A recording with more broken lines than this is another kind of file; nobody reads the rest of the list.
MOST_PROBLEMS = 10

#: Outside trades of one millisecond are numbered below this; the exchange numbers its own above.
_NUMBERS_OF_A_MS = 5_000


def open_recording(path: Path, *, speed: float = 1.0) -> "Replay":
    """Open a tape (`.jsonl`, `.jsonl.zst`) or candles (`.csv`); `ConfigError` lists what cannot be read in it.

    `speed` is how many seconds of the recording pass in one second of the clock.
    """
    readers = {".jsonl": tape_news, ".zst": tape_news, ".csv": candle_news}
    reader = readers.get(path.suffix)
    if reader is None:
        raise ConfigError([f"{path} is neither a tape (.jsonl, .jsonl.zst) nor candles (.csv)."])
    if not path.is_file():
        raise ConfigError([f"{path} is not there; a recording must be a file that can be read."])
    if not 0 < speed <= _FASTEST:
        raise ConfigError([f"A speed of {speed} is not between 0 and {_FASTEST}."])
    problems: list[str] = []
    markets: dict[str, None] = {}
    for news in reader(path, problems):
        markets[news.event.market] = None
        if len(problems) >= MOST_PROBLEMS:
            break
    if not markets and not problems:
        problems.append(f"{path} holds no trade and no book.")
    if problems:
        raise ConfigError(problems[:MOST_PROBLEMS])
    return Replay(reader(path, []), tuple(markets), speed=speed)


#: Faster than this, a day passes in under a second and nothing could follow.
_FASTEST = 100_000.0


class Replay:
    """A `MarketSource` that tells recorded news; it begins with the first call of `advance`."""

    def __init__(self, news: Iterable[News], markets: Sequence[str], *, speed: float) -> None:
        self.markets = tuple(markets)
        self._news: Iterator[News] = iter(news)
        self._next: News | None = next(self._news, None)
        self._first_ms = self._next.at_ms if self._next else 0
        self._speed = speed
        self._begin_ms: int | None = None
        self._last_ms = self._number = 0

    @property
    def next_ms(self) -> int | None:
        """When the next line is due; None at the end of the recording, 0 before it began."""
        if self._next is None:
            return None
        return 0 if self._begin_ms is None else self._moved(self._next.at_ms)

    def past(self) -> list[Stretch]:
        """Nothing: a recording knows of nothing before it."""
        return []

    def advance(self, now_ms: int) -> list[Trade | Orderbook]:
        """Everything that is due by now."""
        if self._begin_ms is None:
            self._begin_ms = now_ms
        due: list[Trade | Orderbook] = []
        while self._next is not None and (at_ms := self._moved(self._next.at_ms)) <= now_ms:
            due.append(self._renewed(self._next.event, at_ms))
            self._next = next(self._news, None)
        return due

    def _moved(self, at_ms: int) -> int:
        return (self._begin_ms or 0) + round((at_ms - self._first_ms) / self._speed)

    def _renewed(self, event: Trade | Orderbook, at_ms: int) -> Trade | Orderbook:
        if isinstance(event, Orderbook):
            return replace(event, timestamp_ms=at_ms)
        at_ms = max(at_ms, self._last_ms)
        self._number = (self._number + 1) % _NUMBERS_OF_A_MS if at_ms == self._last_ms else 0
        self._last_ms = at_ms
        return replace(event, trade_timestamp_ms=at_ms, timestamp_ms=at_ms, sequential_id=at_ms * 10_000 + self._number)

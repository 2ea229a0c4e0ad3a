"""The tape at work: the Sensor hands each frame over, a thread of its own compresses and writes. Nobody ever waits.

The tape is for looking back, not for trading: when too much waits or the disk refuses, frames are lost and counted.
"""

import threading
import time
from collections import deque
from collections.abc import Callable
from pathlib import Path

from hoga.model.events import MarketEvent, Stream
from hoga.run.screen.logs import Log
from hoga.store.handled import Handled, key_of
from hoga.store.tape import TapeWriter, prune

MAX_WAITING_BYTES = 64 * 1024 * 1024  # more means the disk stands still
MAX_WAITING = 200_000  # frames and handled news; as above
WRITE_EVERY_S = 0.2  # how far the tape may be behind
MAX_BATCH = 5_000  # written between two flushes
CLOSE_WITHIN_S = 10.0


class Tape:
    """Keeps what the Sensor hears and which of it the brain handled."""

    def __init__(self, directory: Path, run_id: str, *, keep_days: int, clock_ns: Callable[[], int], log: Log) -> None:
        self._writer = TapeWriter(directory, run_id)
        self._waiting: deque[tuple[Stream, int, bytes] | tuple[int, MarketEvent]] = deque()
        self._put_bytes = self._taken_bytes = 0  # each counted by one thread alone
        self._closing = threading.Event()
        self._log = log
        self._keep_days = keep_days
        self._clock_ns = clock_ns
        self._failed = False
        self.frames = self.dropped = 0
        self._thread = threading.Thread(target=self._write_all, name="hoga-tape", daemon=True)
        self._thread.start()

    def frame(self, stream: Stream, received_ns: int, raw: bytes) -> None:
        """Keep a frame, unless too much waits already."""
        if self._is_full():
            self.dropped += 1
            return
        self.frames += 1
        self._put_bytes += len(raw)
        self._waiting.append((stream, received_ns, raw))

    def handled(self, number: int, event: MarketEvent) -> None:
        """Keep that the brain handled this news as its `number`-th event."""
        if not self._is_full():
            self._waiting.append((number, event))

    def close(self) -> None:
        """Write what waits and end the thread."""
        self._closing.set()
        self._thread.join(timeout=CLOSE_WITHIN_S)

    def _is_full(self) -> bool:
        too_much = self._put_bytes - self._taken_bytes > MAX_WAITING_BYTES or len(self._waiting) > MAX_WAITING
        return self._failed or too_much

    def _write_all(self) -> None:
        try:
            prune(self._writer.directory, keep_days=self._keep_days, now_ns=self._clock_ns())
            is_last = False
            while not is_last:
                is_last = self._closing.wait(WRITE_EVERY_S)
                self._write_some()
                while is_last and self._waiting:
                    self._write_some()
            self._writer.close()
        except OSError as error:
            self._failed = True
            self._log("tape_failed", level="error", why=str(error))

    def _write_some(self) -> None:
        rows: list[Handled] = []
        for _ in range(min(len(self._waiting), MAX_BATCH)):
            item = self._waiting.popleft()
            if len(item) == 2:  # noqa: PLR2004 - handled news is a pair, a frame is not
                rows.append(Handled(item[0], key_of(item[1])))
                continue
            stream, received_ns, raw = item
            self._taken_bytes += len(raw)
            self._writer.write(stream, received_ns, raw)
            time.sleep(0)  # trading goes first: between two frames it may have the interpreter at once
        if rows:
            self._writer.write_handled(rows)
        self._writer.flush()

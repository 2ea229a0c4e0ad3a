"""A tape of chosen streams: every frame of the public feed as it came, and a mark wherever the connection was lost."""

import asyncio
import random
import time
import uuid
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path

import msgspec
from msgspec import Struct

from hoga.model.events import FeedDown, Stream
from hoga.net.inbox import Inbox
from hoga.net.sensor import Sensor
from hoga.research.data.errors import DataError
from hoga.store.tape import TapeWriter
from hoga.upbit.limits.limiter import RateLimiter
from hoga.upbit.stream.subscriptions import Subscription

#: The stream of the marks: not the venue's, but what befell the connection.
MARKS = "feed"
#: So much of a recording is lost at most when the process is killed.
FLUSH_EVERY_S = 0.2

Told = Callable[["Recorded"], None]


class Recorded(Struct, kw_only=True):
    """How a recording goes: frames and bytes so far, seconds since the start, how often the connection was lost."""

    directory: str
    frames: int = 0
    bytes: int = 0
    seconds: float = 0.0
    lost: int = 0


async def record(
    url: str, codes: Sequence[str], streams: Sequence[str], directory: Path, *, for_s: float | None, told: Told
) -> Recorded:
    """Record until `for_s` seconds have passed, or for ever; `told` hears how it goes, five times a second.

    `DataError` when the disk refuses; what was written is a whole tape up to there.
    """
    recorder = _Recorder(directory)
    began_s = time.monotonic()
    sensor = recorder.sensor(url, [Subscription(type=stream, codes=tuple(codes)) for stream in streams])
    listening = asyncio.create_task(sensor.run())
    try:
        while not listening.done() and (for_s is None or time.monotonic() - began_s < for_s):
            await asyncio.wait([listening], timeout=FLUSH_EVERY_S)
            recorder.tally.seconds = time.monotonic() - began_s
            recorder.flush()
            told(recorder.tally)
    finally:
        recorder.is_ending = True
        sensor.stop()
        await asyncio.gather(listening)
        recorder.close()
    return recorder.tally


class _Recorder:
    """Writes what the sensor hears."""

    def __init__(self, directory: Path) -> None:
        self.tally = Recorded(directory=str(directory))
        stamp = datetime.now(UTC).strftime("%H%M%S")
        self._writer = TapeWriter(directory, f"record{stamp}{uuid.uuid4().hex[:4]}")
        self.is_ending = False
        self._fault: OSError | None = None
        self._inbox = Inbox()
        self._inbox.read_with(self._drain)

    def sensor(self, url: str, subscriptions: Sequence[Subscription]) -> Sensor:
        """A sensor of the public feed whose every frame is kept."""
        return Sensor(
            websocket_url=url,
            subscriptions=subscriptions,
            private=False,
            signer=None,
            inbox=self._inbox,
            limiter=RateLimiter(),
            clock_ns=time.time_ns,
            monotonic_s=time.monotonic,
            random=random.random,
            nonce=lambda: str(uuid.uuid4()),
            tape=self._keep,
        )

    def flush(self) -> None:
        """Let what was heard survive a kill; `DataError` when the disk refuses."""
        self._try(self._writer.flush)
        if self._fault is not None:
            why = self._fault.strerror
            raise DataError(f"{self.tally.directory} cannot be written to any more: {why}. Free some space.")

    def close(self) -> None:
        """End the tape."""
        self._inbox.release_reader()
        self._try(self._writer.close)

    def _keep(self, stream: Stream, received_ns: int, raw: bytes) -> None:
        self.tally.frames += 1
        self.tally.bytes += len(raw)
        self._try(lambda: self._writer.write(stream, received_ns, raw))

    def _drain(self) -> None:
        while (event := self._inbox.get_nowait()) is not None:
            if isinstance(event, FeedDown) and not self.is_ending:
                self.tally.lost += 1
                self._mark(event.received_ns, msgspec.json.encode({"down": event.reason}))

    def _mark(self, at_ns: int, mark: bytes) -> None:
        self._try(lambda: self._writer.write(MARKS, at_ns, mark))

    def _try(self, write: Callable[[], None]) -> None:
        """Write, and remember why that failed; nothing is written after that."""
        if self._fault is None:
            try:
                write()
            except OSError as fault:
                self._fault = fault

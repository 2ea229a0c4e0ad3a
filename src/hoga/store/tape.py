"""The tape: every frame as it came, with its time of arrival, before anything was made of it.

A tape is a folder of segments, each zstd over lines of JSON: `{"received_ns": …, "stream": "public", "frame": …}`. A
segment that was cut anywhere, by a kill or a power cut, is read up to its last whole line. Lines of the stream
`handled` name the news that the brain handled and their numbers, for a replay.
"""

import base64
import os
import sys
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import msgspec
from msgspec import Struct

from hoga.model.errors import WireError
from hoga.store.handled import Handled

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

SUFFIX = ".jsonl.zst"
SEGMENT_BYTES = 64 * 1024 * 1024  # compressed: some four million frames
SEGMENT_NS = 3600 * 1_000_000_000
LEVEL = 3  # zstd's own default: a higher one costs more time than it saves in space here
HANDLED = "handled"

_CHUNK_BYTES = 256 * 1024
_LONGEST_LINE = 64 * 1024 * 1024  # far more than the largest frame the sensor takes
_STAMP = "%Y%m%dT%H%M%SZ"


class TapeLine(Struct, frozen=True):
    """One line of a tape: when it came, on which stream, and the bytes of the frame."""

    received_ns: int
    stream: str
    frame: bytes


class _Line(Struct):
    received_ns: int
    frame: msgspec.Raw
    stream: str = "public"
    raw: bytes | None = None  # base64: of a frame that is no JSON, exactly as it came


_READ_LINE = msgspec.json.Decoder(_Line)
_READ_ROWS = msgspec.json.Decoder(tuple[Handled, ...])
_ANY = msgspec.json.Decoder(msgspec.Raw)


class TapeWriter:
    """Writes the tape of one run into a folder. `flush` makes what was written readable; nothing is synced."""

    def __init__(
        self, directory: Path, run_id: str, *, segment_bytes: int = SEGMENT_BYTES, segment_ns: int = SEGMENT_NS
    ) -> None:
        self.directory = directory
        self._run_id = run_id
        self._segment_bytes = segment_bytes
        self._segment_ns = segment_ns
        self._number = 0
        self._began_ns = 0
        self._written = 0
        self._file: int | None = None
        self._zip = zstd.ZstdCompressor(level=LEVEL)

    def write(self, stream: str, received_ns: int, frame: bytes) -> None:
        """Take one frame; `OSError` when the disk refuses."""
        self._put(
            received_ns, b'{"received_ns":%d,"stream":"%b",%b}\n' % (received_ns, stream.encode(), _fields(frame))
        )

    def write_handled(self, rows: Sequence[Handled]) -> None:
        """Take the names of news that were handled; the frames they came in must have been written before."""
        received_ns = rows[-1].key.received_ns
        line = b'{"received_ns":%d,"stream":"handled","frame":%b}\n' % (received_ns, msgspec.json.encode(rows))
        self._put(received_ns, line)

    def flush(self) -> None:
        """Hand everything to the system: what was written before survives a kill."""
        if self._file is not None:
            self._write(self._zip.flush(zstd.ZstdCompressor.FLUSH_BLOCK))

    def close(self) -> None:
        """End the segment."""
        if self._file is not None:
            file, self._file = self._file, None
            try:
                os.write(file, self._zip.flush(zstd.ZstdCompressor.FLUSH_FRAME))
            finally:
                os.close(file)

    def _put(self, received_ns: int, line: bytes) -> None:
        is_full = self._written >= self._segment_bytes or received_ns - self._began_ns >= self._segment_ns
        if self._file is None or is_full:
            self.close()
            self._open(received_ns)
        if some := self._zip.compress(line):
            self._write(some)

    def _open(self, received_ns: int) -> None:
        self.directory.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._number += 1
        stamp = datetime.fromtimestamp(received_ns / 1e9, UTC).strftime(_STAMP)
        path = self.directory / f"tape-{stamp}-{self._run_id}-{self._number:05}{SUFFIX}"
        self._file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o600)
        self._zip = zstd.ZstdCompressor(level=LEVEL)
        self._began_ns, self._written = received_ns, 0

    def _write(self, some: bytes) -> None:
        assert self._file is not None, "written to a closed tape"
        self._written += len(some)
        rest = memoryview(some)
        while rest:
            rest = rest[os.write(self._file, rest) :]


def segments(directory: Path, run_id: str = "*") -> list[Path]:
    """The segments of a tape, oldest first; those of one run, or all."""
    return sorted(directory.glob(f"tape-*-{run_id}-?????{SUFFIX}"), key=lambda path: (path.name, path))


def prune(directory: Path, *, keep_days: int, now_ns: int) -> int:
    """Delete segments that began more than `keep_days` ago; tell how many."""
    oldest = datetime.fromtimestamp(now_ns / 1e9, UTC) - timedelta(days=keep_days)
    old = [path for path in segments(directory) if (began := _began(path)) is not None and began < oldest]
    for path in old:
        path.unlink(missing_ok=True)
    return len(old)


def read_segment(path: Path) -> Iterator[TapeLine]:
    """Every whole line of a segment; `WireError` where it holds what no tape holds. A cut end is simply the end."""
    for number, line in enumerate(raw_lines(path), 1):
        try:
            read = _READ_LINE.decode(line)
        except (msgspec.MsgspecError, UnicodeDecodeError) as fault:
            raise WireError(f"{path}, line {number}: {fault}") from None
        yield TapeLine(read.received_ns, read.stream, bytes(read.frame) if read.raw is None else read.raw)


def read_handled(line: TapeLine) -> tuple[Handled, ...]:
    """The names on a line of the stream `handled`."""
    try:
        return _READ_ROWS.decode(line.frame)
    except msgspec.MsgspecError as fault:
        raise WireError(f"A line of handled news cannot be read: {fault}") from None


def raw_lines(path: Path) -> Iterator[bytes]:
    """The lines of a zstd file, without their ends, as far as they are whole; `WireError` where it is no zstd."""
    rest = b""
    unzip = zstd.ZstdDecompressor()
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK_BYTES):
            while chunk:
                if unzip.eof:
                    unzip = zstd.ZstdDecompressor()
                try:
                    rest += unzip.decompress(chunk)
                except zstd.ZstdError as fault:
                    raise WireError(f"{path} is not a tape from here on: {fault}") from None
                chunk = unzip.unused_data if unzip.eof else b""
                *lines, rest = rest.split(b"\n")
                yield from lines
                if len(rest) > _LONGEST_LINE:
                    raise WireError(f"{path} holds a line of more than {_LONGEST_LINE} bytes.")


def _began(path: Path) -> datetime | None:
    try:
        return datetime.strptime(path.name.split("-")[1], _STAMP).replace(tzinfo=UTC)
    except (ValueError, IndexError):
        return None


def _fields(frame: bytes) -> bytes:
    """The frame as it stands in a line: itself where it is JSON on one line, else its text and its exact bytes."""
    if b"\n" not in frame:
        try:
            _ANY.decode(frame)
        except (msgspec.MsgspecError, RecursionError):
            pass
        else:
            return b'"frame":' + frame
    text = msgspec.json.encode(frame.decode("utf-8", "replace"))
    return b'"frame":%b,"raw":"%b"' % (text, base64.b64encode(frame))

"""What each file says of itself: where its rows are from, when they were fetched, and which stretches are complete."""

from collections.abc import Iterable, Sequence

from msgspec import Struct

#: The key in the Parquet file's metadata under which the note stands, as JSON.
KEY = "hoga"
VERSION = 1


class Span(Struct, frozen=True, order=True):
    """A stretch of time, half open, milliseconds UTC. Inside it, a bar that is not there is a bar without a trade."""

    begin_ms: int
    end_ms: int


class Note(Struct, frozen=True, kw_only=True):
    """The note of one file. `sources` are in words, newest last; `fetched_ms` is when the last rows came.

    `covered` are the stretches in which every row that exists is in the file, sorted and apart from each other.
    `dropped` counts what was left out on the way in (duplicates, rows that could not be).
    """

    kind: str
    market: str
    unit_s: int
    covered: tuple[Span, ...]
    sources: tuple[str, ...]
    fetched_ms: int
    dropped: int = 0
    version: int = VERSION


MAX_SOURCES = 20

#: How the sources of prices that nobody ever paid begin; they are never mixed with others in one series.
MADE_UP = ("made up", "downloaded from http://")


def is_made_up(note: Note) -> bool:
    """Tell whether the rows of a file are of a synthetic market or a simulated exchange."""
    return any(source.startswith(MADE_UP) for source in note.sources)


def joined(spans: Iterable[Span]) -> tuple[Span, ...]:
    """The same stretches, sorted, with those that touch or overlap made one."""
    whole: list[Span] = []
    for span in sorted(spans):
        if span.end_ms <= span.begin_ms:
            continue
        if whole and span.begin_ms <= whole[-1].end_ms:
            whole[-1] = Span(whole[-1].begin_ms, max(whole[-1].end_ms, span.end_ms))
        else:
            whole.append(span)
    return tuple(whole)


def within(spans: Iterable[Span], begin_ms: int, end_ms: int) -> tuple[Span, ...]:
    """The parts of `spans` that lie in [begin_ms, end_ms)."""
    return joined(Span(max(span.begin_ms, begin_ms), min(span.end_ms, end_ms)) for span in spans)


def missing(spans: Sequence[Span], begin_ms: int, end_ms: int) -> tuple[Span, ...]:
    """What of [begin_ms, end_ms) no span covers."""
    found, at_ms = [], begin_ms
    for span in within(spans, begin_ms, end_ms):
        found.append(Span(at_ms, span.begin_ms))
        at_ms = span.end_ms
    return joined([*found, Span(at_ms, end_ms)])


def merged(old: Note | None, new: Note) -> Note:
    """The note of a file after new rows were put into it."""
    if old is None:
        return new
    sources = tuple(dict.fromkeys([*old.sources, *new.sources]))
    return Note(
        kind=new.kind,
        market=new.market,
        unit_s=new.unit_s,
        covered=joined([*old.covered, *new.covered]),
        sources=sources[-MAX_SOURCES:],
        fetched_ms=max(old.fetched_ms, new.fetched_ms),
        dropped=old.dropped + new.dropped,
    )

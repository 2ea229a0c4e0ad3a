"""The venue's past into the store: piece by piece, each kept whole before the next is asked for.

The newest piece comes first. A download that was killed goes on with what is missing, as the files themselves tell.
"""

import asyncio
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Final, cast

from msgspec import Struct

from hoga.model.errors import ConfigError
from hoga.research.data.asker import Asker, now_ms
from hoga.research.data.asking import coverage, kst
from hoga.research.data.blocks import CandleBlock, TradeBlock
from hoga.research.data.keeping import keep_candles, keep_trades
from hoga.research.data.layout import candles_of, trades_of
from hoga.research.data.notes import Span, joined, missing
from hoga.research.data.pages import DAY_MS, MOST_DAYS_AGO, Walked, walk_candles, walk_trades
from hoga.research.data.parquet import connect
from hoga.research.data.units import DAY_S, ceil_to_bar, floor_to_bar, is_even, month_ms
from hoga.research.data.writing import Kept

#: A bar is taken only when it has been over for so long: the venue may still be adding to it.
SETTLED_MS: Final = 5_000
#: Bars of one piece: a minute of asking, at most, is lost when a download is killed.
PIECE_BARS: Final = 100_000
#: Questions under way at once: enough to use ten a second from the other side of the world.
WALKERS: Final = 4
#: A piece shorter than this is walked by one.
LEAST_BARS: Final = 800

#: (market, rows that came, milliseconds of the range that are done by them)
Told = Callable[[str, int, int], None]


class Downloaded(Struct, frozen=True, kw_only=True):
    """What came of one series: rows kept, what was asked of the venue, and the stretch that is complete now.

    `since_ms` is later than what was asked for where the venue knows nothing older.
    """

    market: str
    unit_s: int
    kept: Kept
    since_ms: int
    until_ms: int
    requests: int


def todo(store: Path, market: str, unit_s: int, begin_ms: int, end_ms: int) -> tuple[Span, ...]:
    """The stretches of candles of [begin_ms, end_ms) that the store does not have, whole bars only."""
    begin_ms, end_ms = ceil_to_bar(begin_ms, unit_s), floor_to_bar(end_ms, unit_s)
    with connect() as connection:
        spans = coverage(store, candles_of(market, unit_s), connection=connection)
    return missing(spans, begin_ms, end_ms)


def last_settled_ms(at_ms: int, unit_s: int) -> int:
    """Until when bars are over for good."""
    return floor_to_bar(at_ms - SETTLED_MS, unit_s)


async def download_candles(
    venue: Asker, store: Path, market: str, unit_s: int, begin_ms: int, end_ms: int, told: Told
) -> Downloaded:
    """Bring the candles of a range that the store lacks. `DataError` when the venue does not answer any more."""
    before = venue.requests
    kept = Kept()
    since_ms = begin_ms
    end_ms = min(end_ms, last_settled_ms(now_ms(), unit_s))
    for piece in _pieces(todo(store, market, unit_s, begin_ms, end_ms), unit_s):
        walks = await _walk(venue, market, unit_s, piece, told)
        blocks = cast("list[CandleBlock]", [block for walked, _ in walks for block in walked.blocks])
        spans = joined(Span(walked.since_ms, part.end_ms) for walked, part in walks)
        kept = kept.plus(
            keep_candles(
                store,
                market,
                unit_s,
                blocks,
                spans,
                source=f"downloaded from {venue.rest_url}",
                fetched_ms=now_ms(),
                replace=True,
            )
        )
        if any(walked.is_beginning for walked, _ in walks):  # nothing older is known
            since_ms = min((span.begin_ms for span in spans), default=piece.end_ms)
            told(market, 0, piece.begin_ms - begin_ms)
            break
    return Downloaded(
        market=market,
        unit_s=unit_s,
        kept=kept,
        since_ms=since_ms,
        until_ms=end_ms,
        requests=venue.requests - before,
    )


def _pieces(spans: Sequence[Span], unit_s: int) -> Iterator[Span]:
    """Cut what is missing at the ends of months and again where a month is long; the newest first."""
    for span in reversed(spans):
        end_ms = span.end_ms
        while end_ms > span.begin_ms:
            begin_ms = max(span.begin_ms, month_ms(end_ms - 1)) if unit_s < DAY_S else span.begin_ms
            begin_ms = max(begin_ms, end_ms - PIECE_BARS * unit_s * 1000)
            yield Span(begin_ms, end_ms)
            end_ms = begin_ms


async def _walk(venue: Asker, market: str, unit_s: int, piece: Span, told: Told) -> list[tuple[Walked, Span]]:
    """Walk a piece in parts at once; the first fault ends all of them."""
    parts = list(_parts(piece, unit_s))

    def progress(rows: int, done_ms: int) -> None:
        told(market, rows, done_ms)

    try:
        async with asyncio.TaskGroup() as group:
            tasks = [
                group.create_task(walk_candles(venue, market, unit_s, part.begin_ms, part.end_ms, progress))
                for part in parts
            ]
    except BaseExceptionGroup as faults:
        raise faults.exceptions[0] from None
    return [(task.result(), part) for task, part in zip(tasks, parts, strict=True)]


def _parts(piece: Span, unit_s: int) -> Iterator[Span]:
    unit_ms = unit_s * 1000
    bars = (piece.end_ms - piece.begin_ms) // unit_ms
    if bars < LEAST_BARS or not is_even(unit_s):
        yield piece
        return
    step_ms = -(-bars // WALKERS) * unit_ms
    for begin_ms in range(piece.begin_ms, piece.end_ms, step_ms):
        yield Span(begin_ms, min(begin_ms + step_ms, piece.end_ms))


async def download_trades(venue: Asker, store: Path, market: str, begin_ms: int, end_ms: int, told: Told) -> Downloaded:
    """Bring the trades of a range that the store lacks, day by day (UTC), the newest day first.

    `ConfigError` where the range begins before what the venue tells: seven days back.
    """
    before, kept = venue.requests, Kept()
    since_ms, until_ms = begin_ms, min(end_ms, now_ms() - SETTLED_MS)
    for span in list(_days(store, market, begin_ms, until_ms)):
        walked = await walk_trades(
            venue, market, span.begin_ms, span.end_ms, lambda rows, done_ms: told(market, rows, done_ms)
        )
        blocks = cast("tuple[TradeBlock, ...]", walked.blocks)
        source, spans = f"downloaded from {venue.rest_url}", [Span(walked.since_ms, span.end_ms)]
        kept = kept.plus(keep_trades(store, market, blocks, spans, source=source, fetched_ms=now_ms()))
        if walked.is_beginning:
            since_ms = walked.since_ms
            break
    return Downloaded(
        market=market, unit_s=0, kept=kept, since_ms=since_ms, until_ms=until_ms, requests=venue.requests - before
    )


def _days(store: Path, market: str, begin_ms: int, end_ms: int) -> Iterator[Span]:
    """The stretches, each within one UTC day, of which trades are missing; the newest first."""
    earliest_ms = floor_to_bar(now_ms(), DAY_S) - MOST_DAYS_AGO * DAY_MS
    if begin_ms < earliest_ms:
        told = f"The venue tells trades of the last {MOST_DAYS_AGO} days only, since {kst(earliest_ms)}."
        raise ConfigError([f"{told} Begin later; older ones can be imported."])
    with connect() as connection:
        spans = coverage(store, trades_of(market), connection=connection)
    for span in reversed(missing(spans, begin_ms, end_ms)):
        until_ms = span.end_ms
        while until_ms > span.begin_ms:
            since_ms = max(floor_to_bar(until_ms - 1, DAY_S), span.begin_ms)
            yield Span(since_ms, until_ms)
            until_ms = since_ms

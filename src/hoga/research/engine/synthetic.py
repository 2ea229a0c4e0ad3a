"""Prices that never were, for trying a strategy out before any are recorded: the same seed, the same numbers, anywhere.

They are those of `hoga data synthetic`, made while the test runs through them, so their length costs no memory.
"""

from collections.abc import Iterator, Sequence

from hoga.model.events import Candle
from hoga.research.calendar import DAY_MS
from hoga.research.data.blocks import CandleBlock
from hoga.research.data.synthetic import synthetic_candles
from hoga.research.engine.history import bars_of
from hoga.research.engine.source import Source, span
from hoga.simulator.market.listing import list_markets

#: 2026-01-01 00:00 UTC, 09:00 KST: where a synthetic past begins unless somebody says otherwise.
FIRST_MS = 1_767_225_600_000
DAYS = 60
#: Blocks are this long, so that a progress bar moves.
PIECE_MS = 4 * DAY_MS


def synthetic(
    markets: Sequence[str],
    *,
    seed: int = 7,
    unit_s: int = 60,
    begin_ms: int = FIRST_MS,
    end_ms: int | None = None,
) -> Source:
    """Candles of made-up markets in [begin_ms, end_ms), sixty days unless told; they have a past, too."""
    until_ms = begin_ms + DAYS * DAY_MS if end_ms is None else end_ms

    def pieces(code: str, first_ms: int, last_ms: int) -> Iterator[CandleBlock]:
        for piece_ms in range(first_ms, last_ms, PIECE_MS):
            yield from synthetic_candles(code, unit_s, piece_ms, min(piece_ms + PIECE_MS, last_ms), seed)

    def past(code: str, wanted_s: int, count: int) -> Sequence[Candle]:
        since_ms = begin_ms // (wanted_s * 1000) * wanted_s * 1000 - count * wanted_s * 1000
        return bars_of(pieces(code, since_ms, begin_ms), wanted_s, begin_ms, count)

    return Source(
        name=f"synthetic candles {span(unit_s)}",
        markets=list_markets(markets),
        begin_ms=begin_ms,
        end_ms=until_ms,
        unit_s=unit_s,
        open_blocks=lambda code: pieces(code, begin_ms, until_ms),
        history=past,
    )

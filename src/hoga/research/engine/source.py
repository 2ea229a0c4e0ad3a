"""What a backtest runs through: candles or trades (and books) of some markets, read as often as somebody wants them."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np
from msgspec import Struct
from msgspec.structs import replace

from hoga.model.errors import ConfigError
from hoga.model.events import Candle, Orderbook
from hoga.model.market import Market
from hoga.research.data.blocks import CandleBlock, TradeBlock
from hoga.research.engine.history import bars_from, bars_of
from hoga.simulator.market.listing import list_markets

if TYPE_CHECKING:
    pass

Blocks = Iterator[CandleBlock] | Iterator[TradeBlock]
#: market, length of a bar in seconds, how many closed ones -> bars before the beginning, an open one last.
History = Callable[[str, int, int], Sequence[Candle]]


def no_history(_market: str, _unit_s: int, _count: int) -> Sequence[Candle]:
    """Nothing is known from before the beginning."""
    return ()


class Source(Struct, frozen=True, kw_only=True):
    """Data of one or more markets in [begin_ms, end_ms). `open_blocks` and `open_books` begin anew with each call.

    `unit_s` is the length of the candles, 0 for trades. `name` says what it is: "candles 1m", "trades".
    """

    name: str
    markets: Mapping[str, Market]
    begin_ms: int
    end_ms: int
    unit_s: int
    open_blocks: Callable[[str], Blocks]
    open_books: Callable[[str], Iterator[Orderbook]] | None = None
    history: History = no_history

    def within(self, begin_ms: int, end_ms: int) -> "Source":
        """A shorter stretch of the same data; what lies before it is the past a strategy may ask for."""

        def clipped(code: str, first_ms: int, last_ms: int) -> Iterator[CandleBlock | TradeBlock]:
            for block in self.open_blocks(code):
                if len(part := clip(block, first_ms, last_ms)):
                    yield part

        def past(code: str, wanted_s: int, count: int) -> Sequence[Candle]:
            if not self.unit_s:
                return ()
            since_ms = begin_ms // (wanted_s * 1000) * wanted_s * 1000 - count * wanted_s * 1000
            missing = max(self.begin_ms - since_ms, 0) // (self.unit_s * 1000)
            older = [bar for bar in self.history(code, self.unit_s, missing) if bar.closed] if missing else []
            blocks = clipped(code, max(self.begin_ms, since_ms), begin_ms)
            newer = [bar for block in blocks if isinstance(block, CandleBlock) for bar in block.candles()]
            return bars_from([*older, *newer], wanted_s, begin_ms, count)

        return replace(
            self,
            begin_ms=begin_ms,
            end_ms=end_ms,
            open_blocks=lambda code: clipped(code, begin_ms, end_ms),
            history=past,
        )


def from_blocks(
    *blocks: CandleBlock | TradeBlock,
    begin_ms: int | None = None,
    end_ms: int | None = None,
    markets: Mapping[str, Market] | None = None,
) -> Source:
    """A source of blocks that are in memory; what lies before `begin_ms` is the past a strategy may ask for."""
    if not blocks:
        raise ConfigError(["There is nothing to run through: no blocks were given."])
    units = {block.unit_s if isinstance(block, CandleBlock) else 0 for block in blocks}
    if len(units) > 1:
        raise ConfigError(["Blocks of different kinds cannot be mixed: give candles of one length, or trades."])
    unit_s = units.pop()
    begin = min(_times(block)[0] for block in blocks) if begin_ms is None else begin_ms
    end = max(int(_times(block)[-1]) for block in blocks) + max(unit_s * 1000, 1) if end_ms is None else end_ms
    codes = tuple(dict.fromkeys(block.market for block in blocks))

    def of(code: str, first_ms: int, last_ms: int) -> Iterator[CandleBlock | TradeBlock]:
        for block in blocks:
            if block.market == code and len(part := clip(block, first_ms, last_ms)):
                yield part

    def past(code: str, wanted_s: int, count: int) -> Sequence[Candle]:
        before = (block for block in of(code, 0, int(begin)) if isinstance(block, CandleBlock))
        return bars_of(before, wanted_s, int(begin), count)

    return Source(
        name=f"candles {span(unit_s)}" if unit_s else "trades",
        markets=markets or list_markets(codes),
        begin_ms=int(begin),
        end_ms=int(end),
        unit_s=unit_s,
        open_blocks=lambda code: of(code, int(begin), int(end)),  # type: ignore[arg-type,return-value]
        history=past,
    )


def clip(block: CandleBlock | TradeBlock, begin_ms: int, end_ms: int) -> CandleBlock | TradeBlock:
    """The part of a block that begins in [begin_ms, end_ms)."""
    times = _times(block)
    first, last = np.searchsorted(times, (begin_ms, end_ms))
    if first == 0 and last == len(times):
        return block
    columns = {
        name: column[first:last]
        for name in block.__struct_fields__
        if isinstance(column := getattr(block, name), np.ndarray)
    }
    return replace(block, **columns)


def span(unit_s: int) -> str:
    """A length for people: `1m`, `4h`, `1d`."""
    for length, letter in ((86_400, "d"), (3_600, "h"), (60, "m")):
        if unit_s % length == 0:
            return f"{unit_s // length}{letter}"
    return f"{unit_s}s"


def _times(block: CandleBlock | TradeBlock) -> "np.ndarray[tuple[int], np.dtype[np.int64]]":
    return block.start_ms if isinstance(block, CandleBlock) else block.at_ms

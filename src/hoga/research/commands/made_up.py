"""`hoga data synthetic`: made-up prices in the store, for trying things out where no market is at hand."""

from collections.abc import Sequence
from typing import Annotated

from cyclopts import Parameter
from rich.console import Console

from hoga.model.errors import ConfigError
from hoga.research.calendar import DAY_MS
from hoga.research.commands.told import Json, StoreFolder, as_json, count, kst, store_of
from hoga.research.data.asker import now_ms
from hoga.research.data.keeping import keep_candles, keep_trades
from hoga.research.data.notes import Span
from hoga.research.data.synthetic import synthetic_candles
from hoga.research.data.synthetic_trades import synthetic_trades
from hoga.research.data.units import ceil_to_bar, unit_of
from hoga.research.engine.moments import moment_ms

#: A hundred years of minutes would fill a disk with nothing.
MOST_DAYS = 3_660


def synthetic(
    *,
    market: Annotated[list[str] | None, Parameter(name=["--market", "-m"], negative=())] = None,
    unit: str = "1m",
    trades: Annotated[bool, Parameter(negative=())] = False,
    from_: Annotated[str, Parameter(name="--from")] = "2025-01-01T09:00",
    days: int = 365,
    seed: int = 7,
    data: StoreFolder = None,
    json: Json = False,
) -> int:
    """Make up candles (or trades) that lead nowhere but look like a market: the same seed, the same numbers.

    Args:
        market: Market code; may be repeated. Default: KRW-BTC.
        unit: Length of a candle, 1m or longer.
        trades: Single trades instead of candles.
        from_: Where they begin (KST).
        days: How many days of them.
        seed: Another seed makes another market.
    """
    if not 1 <= days <= MOST_DAYS:
        raise ConfigError([f"--days {days}: between 1 and {MOST_DAYS}."])
    unit_s = 0 if trades else unit_of(unit)
    begin_ms = ceil_to_bar(moment_ms(from_, "--from"), unit_s or 1)
    end_ms = begin_ms + days * DAY_MS
    store, source, made = store_of(data), f"made up with seed {seed}", []
    for code in dict.fromkeys(market or ["KRW-BTC"]):
        if trades:
            blocks = synthetic_trades(code, begin_ms, end_ms, seed)
            span = Span(begin_ms, end_ms)
            kept = keep_trades(store, code, blocks, [span], source=source, fetched_ms=now_ms())
        else:
            bars = synthetic_candles(code, unit_s, begin_ms, end_ms, seed)
            span = Span(begin_ms, ceil_to_bar(end_ms, unit_s))
            kept = keep_candles(store, code, unit_s, bars, [span], source=source, fetched_ms=now_ms())
        made.append((code, kept.added, kept.same, span))
    _tell(made, json=json)
    return 0


def _tell(made: Sequence[tuple[str, int, int, Span]], *, json: bool) -> None:
    if json:
        rows = [
            {"market": code, "added": added, "same": same, "begin_ms": span.begin_ms, "end_ms": span.end_ms}
            for code, added, same, span in made
        ]
        as_json(rows)
        return
    console = Console()
    for code, added, same, span in made:
        told = f"{code}: {count(added)} made up, {count(same)} there already"
        console.print(f"{told}, {kst(span.begin_ms)} to {kst(span.end_ms)} KST", highlight=False)

"""Recorded prices for notebooks and programs: `hoga.data.candles("KRW-BTC", "1m")`, and everything `hoga data` does.

Moments are dates in Korea (`2025-09-01`, `2025-09-01T09:00`) or milliseconds UTC; None means as far as there is.
"""

import asyncio
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from hoga.model.money import use_exact_money
from hoga.research.data.asker import Asker
from hoga.research.data.asking import coverage
from hoga.research.data.blocks import read_candles, read_trades
from hoga.research.data.clocks import Clock
from hoga.research.data.compacting import Compacted, compact as _compact
from hoga.research.data.downloading import Downloaded, download_candles, download_trades
from hoga.research.data.errors import DataError
from hoga.research.data.frames import Candles, Trades
from hoga.research.data.importing import Imported, import_file as _import_file
from hoga.research.data.layout import DEFAULT_STORE, Series, candles_of, trades_of
from hoga.research.data.listing import Listing, list_store
from hoga.research.data.parquet import connect
from hoga.research.data.synthetic import synthetic_candles
from hoga.research.data.units import DAY_S, unit_of
from hoga.research.data.verifying import Verified, verify_file, verify_store
from hoga.research.engine.moments import moment_ms

Moment = str | int | None

UPBIT = "https://api.upbit.com"


def candles(
    market: str, unit: str = "1m", begin: Moment = None, end: Moment = None, *, store: Path | str = DEFAULT_STORE
) -> Candles:
    """The bars of a market in [begin, end), silent ones included; `DataError` where there are none, or a hole."""
    unit_s = unit_of(unit)
    begin_ms, end_ms = _range(Path(store), candles_of(market, unit_s), begin, end)
    return Candles(
        market, unit_s, begin_ms, end_ms, lambda: read_candles(Path(store), market, unit_s, begin_ms, end_ms)
    )


def trades(market: str, begin: Moment = None, end: Moment = None, *, store: Path | str = DEFAULT_STORE) -> Trades:
    """The trades of a market in [begin, end)."""
    begin_ms, end_ms = _range(Path(store), trades_of(market), begin, end)
    return Trades(market, begin_ms, end_ms, lambda: read_trades(Path(store), market, begin_ms, end_ms))


def synthetic(
    market: str, unit: str = "1m", begin: Moment = "2025-01-01T09:00", days: int = 365, seed: int = 7
) -> Candles:
    """Made-up bars, the same for one seed everywhere; nothing is written."""
    unit_s, begin_ms = unit_of(unit), _ms(begin, 0)
    end_ms = begin_ms + days * DAY_S * 1000
    return Candles(market, unit_s, begin_ms, end_ms, lambda: synthetic_candles(market, unit_s, begin_ms, end_ms, seed))


def listing(store: Path | str = DEFAULT_STORE) -> Listing:
    """What lies in the store."""
    return Listing(rows=tuple(list_store(Path(store))))


def verify(what: Path | str | None = None, *, store: Path | str = DEFAULT_STORE) -> Verified:
    """Judge a file, one market of the store, or all of it."""
    if what is not None and (isinstance(what, Path) or Path(what).is_file()):
        return verify_file(Path(what))
    return verify_store(Path(store), what)


def import_file(
    path: Path | str,
    *,
    markets: Sequence[str] = (),
    unit: str | None = None,
    clock: Clock | None = None,
    replace: bool = False,
    store: Path | str = DEFAULT_STORE,
) -> Imported:
    """Bring a file of candles or trades into the store."""
    return _import_file(
        Path(store),
        Path(path),
        fetched_ms=_now_ms(),
        markets=markets,
        unit_s=unit_of(unit) if unit else None,
        clock=clock,
        replace=replace,
    )


def compact(tapes: Sequence[Path | str], *, unit: str = "1m", store: Path | str = DEFAULT_STORE) -> Compacted:
    """Make trades, books and candles of tapes."""
    return _compact(Path(store), [Path(tape) for tape in tapes], units=[unit_of(unit)], fetched_ms=_now_ms())


def download(
    markets: Sequence[str],
    unit: str | None = "1m",
    begin: Moment = None,
    end: Moment = None,
    *,
    rest_url: str = UPBIT,
    store: Path | str = DEFAULT_STORE,
) -> tuple[Downloaded, ...]:
    """Bring candles of the exchange into the store, or trades where `unit` is None; a month back unless told."""
    end_ms = min(_ms(end, _now_ms()), _now_ms())
    begin_ms = _ms(begin, end_ms - (30 if unit else 1) * DAY_S * 1000)
    unit_s = unit_of(unit) if unit else 0

    async def fetch() -> tuple[Downloaded, ...]:
        use_exact_money()
        async with Asker(rest_url) as venue:
            await venue.check_markets(tuple(markets))
            return tuple(
                [
                    await download_candles(venue, Path(store), market, unit_s, begin_ms, end_ms, _nobody)
                    if unit_s
                    else await download_trades(venue, Path(store), market, begin_ms, end_ms, _nobody)
                    for market in markets
                ]
            )

    with ThreadPoolExecutor(1) as thread:  # a notebook runs an event loop of its own
        return thread.submit(lambda: asyncio.run(fetch())).result()


def _range(store: Path, series: Series, begin: Moment, end: Moment) -> tuple[int, int]:
    with connect() as connection:
        spans = coverage(store, series, connection=connection)
    if not spans:
        raise DataError(f"There is nothing of {series} in {store}. Get it: `hoga data download {series.market}`.")
    return _ms(begin, spans[0].begin_ms), _ms(end, spans[-1].end_ms)


def _ms(moment: Moment, otherwise: int) -> int:
    if moment is None:
        return otherwise
    return moment_ms(moment, "the moment") if isinstance(moment, str) else moment


def _now_ms() -> int:
    return time.time_ns() // 1_000_000


def _nobody(*_: object) -> None:
    """Nobody is told."""

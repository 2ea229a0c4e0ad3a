"""Judging recorded prices: every row is looked at, by DuckDB, and the words are in the verdict."""

from collections.abc import Mapping, Sequence
from typing import Final

from duckdb import DuckDBPyConnection

from hoga.research.data.gaps import find_gaps
from hoga.research.data.notes import Span
from hoga.research.data.units import NAMES, first_ms, is_even
from hoga.research.data.verdict import Gaps, Verdict
from hoga.upbit.ticks import bands_for

#: The price steps of today hold since 2025-07-31 01:00 KST (recorded prices of two collectors).
TICKS_SINCE_MS: Final = 1_753_891_200_000
#: This many bars in a row that are all a longer unit apart are bars of that unit.
_MIXED_ROWS: Final = 10
_NINE_HOURS_MS: Final = 9 * 3_600_000


def check_bars(
    connection: DuckDBPyConnection, unit_s: int, covered: Mapping[str, Sequence[Span]] | None = None
) -> list[Verdict]:
    """Judge every market of the table `bars` (market, start_ms, five numbers, value, place).

    `covered` are the stretches known to be complete, by market; without it a long silence counts as never fetched.
    """
    gaps = find_gaps(connection, unit_s, covered)
    facts = _facts(connection, unit_s)
    doubles = _doubles(connection)
    off_tick = _off_tick(connection)
    mixed = _mixed(connection, unit_s)
    return [
        Verdict(
            market=market,
            kind="candles",
            unit_s=unit_s,
            rows=row["rows"],
            first_ms=row["first_ms"],
            last_ms=row["last_ms"],
            gaps=gaps[market].gaps,
            outages=gaps[market].outages,
            holes=gaps[market].holes,
            sampled=gaps[market].sampled,
            duplicates=doubles.get(market, (0, 0))[0],
            conflicting=doubles.get(market, (0, 0))[1],
            off_tick=off_tick.get(market, 0),
            bad_prices=row["bad"],
            backwards=row["backwards"],
            jumps=row["jumps"],
            off_grid=row["off_grid"],
            mixed=mixed.get(market, ""),
        )
        for market, row in facts.items()
    ]


def check_ticks(connection: DuckDBPyConnection) -> list[Verdict]:
    """Judge every market of the table `ticks` (market, at_ms, sequential_id, price, volume, is_bid, place)."""
    rows = connection.execute(
        "WITH seen AS (SELECT *, lag(sequential_id) OVER (PARTITION BY market ORDER BY place) AS before,"
        " count(*) OVER (PARTITION BY market, sequential_id) AS times,"
        " count(*) OVER (PARTITION BY market, sequential_id, at_ms, price, volume, is_bid) AS equals FROM ticks)"
        " SELECT market, count(*), min(at_ms), max(at_ms), count(*) FILTER (price <= 0 OR volume <= 0 OR price IS NULL"
        " OR volume IS NULL OR is_bid IS NULL OR at_ms IS NULL), count(*) FILTER (sequential_id < before),"
        " count(*) - count(DISTINCT sequential_id), count(*) FILTER (times <> equals)"
        " FROM seen GROUP BY market ORDER BY market"
    ).fetchall()
    return [
        Verdict(
            market=market,
            kind="trades",
            unit_s=0,
            rows=count,
            first_ms=first,
            last_ms=last,
            gaps=Gaps(),
            bad_prices=bad,
            backwards=backwards,
            duplicates=twice if not conflicting else 0,
            conflicting=conflicting,
        )
        for market, count, first, last, bad, backwards, twice, conflicting in rows
    ]


def _facts(connection: DuckDBPyConnection, unit_s: int) -> Mapping[str, Mapping[str, int]]:
    """Counts that need each row and the one before it in the file only."""
    grid = f"(start_ms - {first_ms(unit_s)}) % {unit_s * 1000} <> 0" if is_even(unit_s) else "false"
    bad = (
        "opening IS NULL OR high IS NULL OR low IS NULL OR close IS NULL OR volume IS NULL OR start_ms IS NULL"
        " OR high < greatest(opening, close) OR low > least(opening, close) OR low <= 0 OR volume < 0 OR value < 0"
    )
    found = connection.execute(
        "WITH seen AS (SELECT *, start_ms - lag(start_ms) OVER (PARTITION BY market ORDER BY place) AS step FROM bars)"
        " SELECT market, count(*) AS rows, min(start_ms) AS first_ms, max(start_ms) AS last_ms,"
        f" count(*) FILTER ({bad}) AS bad,"
        # Upbit answers newest first: a file that runs backwards all along is in order, too.
        " least(count(*) FILTER (step < 0), count(*) FILTER (step > 0)) AS backwards,"
        f" count(*) FILTER (abs(step) = {_NINE_HOURS_MS + unit_s * 1000}) AS jumps,"
        f" count(*) FILTER ({grid}) AS off_grid FROM seen GROUP BY market ORDER BY market"
    )
    names = [column[0] for column in found.description or ()]
    return {row[0]: dict(zip(names[1:], row[1:], strict=True)) for row in found.fetchall()}


def _doubles(connection: DuckDBPyConnection) -> Mapping[str, tuple[int, int]]:
    """By market: rows that repeat another to the digit, and rows that contradict one."""
    rows = connection.execute(
        "WITH kinds AS (SELECT market, start_ms, count(*) AS copies FROM bars"
        " GROUP BY market, start_ms, opening, high, low, close, volume),"
        " times AS (SELECT market, start_ms, sum(copies) AS copies, count(*) AS kinds FROM kinds GROUP BY ALL)"
        " SELECT market, sum(copies - kinds), sum(kinds - 1) FROM times WHERE copies > 1 GROUP BY market"
    ).fetchall()
    return {market: (int(same), int(other)) for market, same, other in rows}


def _off_tick(connection: DuckDBPyConnection) -> Mapping[str, int]:
    """By market: bars with a price beside the steps of today, of those that came since these hold."""
    found: dict[str, int] = {}
    quotes = connection.execute("SELECT DISTINCT split_part(market, '-', 1) FROM bars").fetchall()
    for (quote,) in quotes:
        bands = bands_for(quote)
        if not bands:
            continue
        cases = " ".join(f"WHEN price >= {band.at_least:f} THEN price % {band.tick:f} <> 0" for band in bands)
        any_off = " OR ".join(
            f"CASE {cases.replace('price', name)} END" for name in ("opening", "high", "low", "close")
        )
        rows = connection.execute(
            f"SELECT market, count(*) FROM bars WHERE market LIKE '{quote}-%' AND start_ms >= {TICKS_SINCE_MS}"
            f" AND ({any_off}) GROUP BY market"
        ).fetchall()
        found |= dict(rows)
    return found


def _mixed(connection: DuckDBPyConnection, unit_s: int) -> Mapping[str, str]:
    """By market: what speaks for bars of another unit in between."""
    if not is_even(unit_s):
        return {}
    longer = ", ".join(str(each * 1000) for each in NAMES if each > unit_s and is_even(each))
    rows = connection.execute(
        "WITH steps AS (SELECT market, start_ms, lead(start_ms) OVER (PARTITION BY market ORDER BY start_ms) - start_ms"
        " AS step FROM known), runs AS (SELECT market, start_ms, step, min(step) OVER last AS least,"
        " max(step) OVER last AS most, count(step) OVER last AS seen FROM steps"
        f" WINDOW last AS (PARTITION BY market ORDER BY start_ms ROWS {_MIXED_ROWS - 1} PRECEDING))"
        f" SELECT market, min(step) FROM runs WHERE least = most AND seen = {_MIXED_ROWS}"
        f" AND step IN ({longer or '-1'}) GROUP BY market"
    ).fetchall()
    return {market: f"bars of {NAMES[step // 1000]} among those of {NAMES[unit_s]}" for market, step in rows}

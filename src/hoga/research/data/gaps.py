"""Bars that are not there, and why: the exchange was down, nobody traded, or nobody fetched them.

One market's silence says little: at night even a large coin may stand still for a minute. So the other markets of the
same file or store are asked. Where at least half of a gap's bars found no market trading at all, the exchange was down;
where another one traded, it was not. A market alone can only tell when it is one that hardly ever rests.
"""

from collections.abc import Mapping, Sequence
from typing import Final

from duckdb import DuckDBPyConnection
from msgspec import Struct

from hoga.research.data.notes import Span
from hoga.research.data.units import DAY_S, HOUR_S, is_even
from hoga.research.data.verdict import Gaps, Outage

#: The longest outage in the records (2017 to 2026) lasted eight hours; a longer silence was never fetched.
LONGEST_OUTAGE_S: Final = 12 * HOUR_S
#: With this many markets silent at once, themselves included, one bar is enough to call it an outage.
ENOUGH_MARKETS: Final = 3
#: A market that rests in less than this share of its bars is liquid, and its silence for so long is an outage.
LIQUID_SHARE: Final = 0.02
LONE_SILENCE_S: Final = 15 * 60

#: Pages that collectors ask for. A run of bars exactly this long (give or take one) beside a hole is a page.
PAGES: Final = (200, 100, 500, 1000)
#: A hole of less than this many bars may be anything; a skipped page leaves more.
LEAST_SKIPPED: Final = 50

ENOUGH_PAGES: Final = 2

MOST_TOLD = 10_000


class Found(Struct, frozen=True):
    """The gaps of one market, with the outages and holes one by one and what speaks for sampling by pages."""

    gaps: Gaps
    outages: tuple[Outage, ...]
    holes: tuple[tuple[int, int], ...]
    sampled: str


def find_gaps(
    connection: DuckDBPyConnection, unit_s: int, covered: Mapping[str, Sequence[Span]] | None = None
) -> dict[str, Found]:
    """Look at every market of the table `bars` (market, start_ms …), whose bars are `unit_s` long."""
    connection.execute(
        "CREATE OR REPLACE TABLE known AS SELECT DISTINCT market, start_ms FROM bars WHERE start_ms IS NOT NULL"
    )
    markets = [row[0] for row in connection.execute("SELECT DISTINCT market FROM known ORDER BY 1").fetchall()]
    if not is_even(unit_s):
        return {market: Found(Gaps(), (), (), "") for market in markets}
    _make_gaps(connection, unit_s * 1000)
    _ask_the_others(connection, unit_s * 1000)
    _judge(connection, unit_s, covered)
    return {market: _found(connection, market) for market in markets}


def _make_gaps(connection: DuckDBPyConnection, unit_ms: int) -> None:
    """`gaps`: one row for each run of missing bars, with the number of the run and of bars before and after it."""
    connection.execute(
        "CREATE OR REPLACE TABLE gaps AS WITH steps AS (SELECT market, start_ms,"
        " lead(start_ms) OVER (PARTITION BY market ORDER BY start_ms) AS next_ms,"
        " row_number() OVER (PARTITION BY market ORDER BY start_ms) AS place,"
        " count(*) OVER (PARTITION BY market) AS total FROM known)"
        f" SELECT market, start_ms + {unit_ms} AS begin_ms, next_ms AS end_ms,"
        f" (next_ms - start_ms) // {unit_ms} - 1 AS bars,"
        " place - coalesce(lag(place) OVER (PARTITION BY market ORDER BY start_ms), 0) AS before,"
        " coalesce(lead(place) OVER (PARTITION BY market ORDER BY start_ms), total) - place AS after, total"
        f" FROM steps WHERE next_ms - start_ms >= {2 * unit_ms}"
    )


def _ask_the_others(connection: DuckDBPyConnection, unit_ms: int) -> None:
    """`company`: for each gap no longer than an outage, in how many bars others could have traded, and did not."""
    connection.execute(
        # A market is watched from one hole to the next.
        "CREATE OR REPLACE TABLE lives AS"
        f" WITH long AS (SELECT * FROM gaps WHERE end_ms - begin_ms > {LONGEST_OUTAGE_S * 1000}),"
        " ends AS (SELECT market, min(start_ms) AS first_ms, max(start_ms) AS last_ms FROM known GROUP BY market),"
        " firsts AS (SELECT market, first_ms FROM ends UNION ALL SELECT market, end_ms FROM long),"
        " parts AS (SELECT market, first_ms, lead(first_ms) OVER (PARTITION BY market ORDER BY first_ms) AS next_ms"
        " FROM firsts) SELECT parts.market, parts.first_ms, coalesce(long.begin_ms - 1, ends.last_ms) AS last_ms"
        " FROM parts JOIN ends USING (market) LEFT JOIN long ON long.market = parts.market AND long.end_ms = next_ms"
    )
    connection.execute(
        "CREATE OR REPLACE TABLE company AS WITH places AS (SELECT market, begin_ms,"
        f" unnest(range(begin_ms, end_ms, {unit_ms})) AS at_ms FROM gaps"
        f" WHERE end_ms - begin_ms <= {LONGEST_OUTAGE_S * 1000}),"
        " times AS (SELECT DISTINCT at_ms FROM places),"
        " there AS (SELECT at_ms, count(*) AS markets FROM times JOIN lives"
        " ON at_ms BETWEEN first_ms AND last_ms GROUP BY at_ms),"
        " traded AS (SELECT start_ms AS at_ms, count(*) AS markets FROM known SEMI JOIN times"
        " ON start_ms = at_ms GROUP BY 1)"
        " SELECT market, begin_ms, count(*) FILTER (there.markets > 1) AS watched,"
        " count(*) FILTER (there.markets > 1 AND traded.markets IS NULL) AS silent, max(there.markets) AS markets"
        " FROM places JOIN there USING (at_ms) LEFT JOIN traded USING (at_ms) GROUP BY market, begin_ms"
    )


def _judge(connection: DuckDBPyConnection, unit_s: int, covered: Mapping[str, Sequence[Span]] | None) -> None:
    """`judged`: each gap with its kind."""
    if covered is None:
        is_hole = f"end_ms - begin_ms > {LONGEST_OUTAGE_S * 1000}" if unit_s < DAY_S else "true"
    else:
        connection.execute("CREATE OR REPLACE TABLE covered (market VARCHAR, begin_ms BIGINT, end_ms BIGINT)")
        spans = [[market, span.begin_ms, span.end_ms] for market, parts in covered.items() for span in parts]
        if spans:
            connection.executemany("INSERT INTO covered VALUES (?, ?, ?)", spans)
        is_hole = (
            "NOT EXISTS (SELECT 1 FROM covered WHERE covered.market = gaps.market"
            " AND covered.begin_ms <= gaps.begin_ms AND covered.end_ms >= gaps.end_ms)"
        )
    is_lone = (
        f"lacking <= {LIQUID_SHARE} * (total + lacking) AND end_ms - begin_ms >= {LONE_SILENCE_S * 1000}"
        if unit_s < DAY_S
        else "false"
    )
    connection.execute(
        "CREATE OR REPLACE TABLE judged AS"
        " WITH lacks AS (SELECT market, sum(bars) AS lacking FROM gaps GROUP BY market)"
        f" SELECT *, CASE WHEN {is_hole} THEN 'hole' WHEN coalesce(watched, 0) > 0 THEN"
        f" CASE WHEN silent * 2 >= bars AND (markets >= {ENOUGH_MARKETS} OR {is_lone}) THEN 'outage' ELSE 'quiet' END"
        f" WHEN {is_lone} THEN 'outage' ELSE 'quiet' END AS kind"
        " FROM gaps JOIN lacks USING (market) LEFT JOIN company USING (market, begin_ms)"
    )


def _found(connection: DuckDBPyConnection, market: str) -> Found:
    counts = connection.execute(
        "SELECT kind, count(*), sum(bars), max(bars) FROM judged WHERE market = ? GROUP BY kind", [market]
    ).fetchall()
    by_kind = {kind: (gaps, int(bars), longest) for kind, gaps, bars, longest in counts}
    told = connection.execute(
        "SELECT kind, begin_ms, end_ms, bars, before, after FROM judged WHERE market = ? AND kind <> 'quiet'"
        f" ORDER BY begin_ms LIMIT {MOST_TOLD}",
        [market],
    ).fetchall()
    outages, holes, quiet = (by_kind.get(kind, (0, 0, 0)) for kind in ("outage", "hole", "quiet"))
    gaps = Gaps(
        gaps=outages[0] + holes[0] + quiet[0],
        bars=outages[1] + holes[1] + quiet[1],
        longest=max(outages[2], holes[2], quiet[2]),
        outages=outages[0],
        outage_bars=outages[1],
        quiet=quiet[0],
        quiet_bars=quiet[1],
        holes=holes[0],
        hole_bars=holes[1],
    )
    return Found(
        gaps,
        tuple(Outage(row[1], row[2], (market,)) for row in told if row[0] == "outage"),
        tuple((row[1], row[2]) for row in told if row[0] == "hole"),
        _sampled(connection, market),
    )


def _sampled(connection: DuckDBPyConnection, market: str) -> str:
    """Say why gaps look like skipped pages: a run of a page's length stands before or after them.

    One is enough beside a hole; where a market may just have been quiet, it takes two.
    """
    beside = " OR ".join(f"{side} BETWEEN {page - 1} AND {page + 1}" for page in PAGES for side in ("before", "after"))
    row = connection.execute(
        "SELECT count(*), bool_or(kind = 'hole'), arg_min([bars, before, after], begin_ms) FROM judged"
        f" WHERE market = ? AND bars >= {LEAST_SKIPPED} AND ({beside})",
        [market],
    ).fetchone()
    if row is None or not row[0] or (row[0] < ENOUGH_PAGES and not row[1]):
        return ""
    bars, before, after = row[2]
    page, run = next((page, run) for page in PAGES for run in (before, after) if abs(run - page) <= 1)
    return f"sampled in blocks: {run} bars, about a page of {page}, stand beside a hole of {bars:,} bars"

"""What a backtest brings home: everything a report, a sweep or a comparison needs, and nothing that is still alive."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from msgspec import Struct

from hoga.model.events import Fill
from hoga.model.market import Market
from hoga.model.orders import Order

if TYPE_CHECKING:
    from hoga.research.report.figures import Figures


class Assumptions(Struct, frozen=True, kw_only=True):
    """Under which conditions a result holds; a report prints them in words.

    `data` names what was run through: "candles 1m", "trades", "books and trades". `latency_ns` lies between a decision
    and its arrival at the exchange, and again between a fill and the brain's hearing of it. `slippage_ticks` is how
    many ticks the book made of a candle stands apart from its price on each side. `queue` and `intrabar` are the names
    of the models (see docs/fills.md). `fee_rates` is by market: (taker, maker), as fractions.
    """

    data: str
    fee_rates: Mapping[str, tuple[Decimal, Decimal]]
    latency_ns: int = 0
    slippage_ticks: int = 0
    queue: str = "back"
    intrabar: str = "pessimistic"
    seed: int = 0


class EquityPoint(Struct, frozen=True, gc=False):
    """All the account was worth at one moment (milliseconds UTC), coins at the last price; `held` is coins alone."""

    at_ms: int
    equity: Decimal
    held: Decimal


class PriceBar(Struct, frozen=True, gc=False):
    """One bar of a chart; prices here are for the eye and therefore `float`."""

    start_ms: int
    opening: float
    high: float
    low: float
    close: float


class Result(Struct, frozen=True, kw_only=True):
    """One backtest, whole.

    `begin_ms` and `end_ms` bound the data (UTC, half open). `starting` and `ending` are exact balances by currency,
    `starting_equity` and `ending_equity` their worth in `quote` at the first and the last price of each market.
    `equity` is sampled evenly, at most a few thousand points whatever the length of the test, and holds the first and
    the last moment; `days` is the worth at the end of each KST day. `bars` are for a chart, by market, equally bounded.
    `first_prices` and `last_prices` are what a holder would have paid and got. `orders` and `fills` are in the order in
    which they happened; `refused` counts the orders that the risk controls or the exchange did not take, by reason.
    """

    strategy: str
    params: Mapping[str, str]
    markets: Mapping[str, Market]
    quote: str
    begin_ms: int
    end_ms: int
    assumptions: Assumptions
    starting: Mapping[str, Decimal]
    ending: Mapping[str, Decimal]
    starting_equity: Decimal
    ending_equity: Decimal
    first_prices: Mapping[str, Decimal]
    last_prices: Mapping[str, Decimal]
    equity: Sequence[EquityPoint]
    days: Sequence[EquityPoint]
    bars: Mapping[str, Sequence[PriceBar]]
    orders: Sequence[Order]
    fills: Sequence[Fill]
    refused: Mapping[str, int]
    events: int
    wall_s: float
    halted: str = ""

    # What follows is the report on a result. It is made of results, so it is loaded when it is asked for.

    def figures(self) -> "Figures":
        """Every figure: what was earned, at what risk, and what holding would have done (docs/report.md)."""
        from hoga.research.report.figures import figures  # noqa: PLC0415 - see above

        return figures(self)

    def show(self, language: Literal["ko", "en"] = "ko") -> None:
        """Print the figures as a table."""
        from hoga.research.report.table import print_table  # noqa: PLC0415 - see above

        print_table(self, language)

    def write_html(self, path: Path | str, language: Literal["ko", "en"] = "ko") -> None:
        """Write the report as one HTML file that opens offline."""
        from hoga.research.report.page import write_html  # noqa: PLC0415 - see above

        write_html(self, path, language)

    def columns(self, table: str, *, exact: bool = False) -> dict[str, list[Any]]:
        """One of orders, fills, trips, equity, days, bars as columns; money as `float`, or `Decimal` with `exact`."""
        from hoga.research.report.frames import columns  # noqa: PLC0415 - see above

        return columns(self, table, exact=exact)

    def to_pandas(self, table: str, *, exact: bool = False) -> Any:  # noqa: ANN401 - pandas may not be installed
        """The same as a `pandas.DataFrame`, where pandas is installed."""
        from hoga.research.report.frames import to_pandas  # noqa: PLC0415 - see above

        return to_pandas(self, table, exact=exact)

    def to_polars(self, table: str, *, exact: bool = False) -> Any:  # noqa: ANN401 - as above
        """The same as a `polars.DataFrame`, where polars is installed."""
        from hoga.research.report.frames import to_polars  # noqa: PLC0415 - see above

        return to_polars(self, table, exact=exact)

    def to_arrow(self, table: str, *, exact: bool = False) -> Any:  # noqa: ANN401 - as above
        """The same as a `pyarrow.Table`, where pyarrow is installed."""
        from hoga.research.report.frames import to_arrow  # noqa: PLC0415 - see above

        return to_arrow(self, table, exact=exact)

    def _repr_html_(self) -> str:
        """How a notebook shows it."""
        from hoga.research.report.notebook import as_html  # noqa: PLC0415 - see above

        return as_html(self)

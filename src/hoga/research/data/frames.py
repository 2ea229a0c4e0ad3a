"""Recorded prices as a table: Arrow, pandas or polars where they are installed, HTML for a notebook, events, numpy."""

from collections.abc import Callable, Iterator, Mapping
from html import escape
from importlib.util import find_spec
from typing import Any, Final

import duckdb
import numpy as np

from hoga.model.events import Candle, Trade
from hoga.research.data.asking import kst
from hoga.research.data.blocks import CandleBlock, TradeBlock
from hoga.research.data.errors import DataError
from hoga.research.data.parquet import WIDE, Flags, Ints, connect, decimal_sql
from hoga.research.data.units import name_of

ROWS_SHOWN: Final = 5
_PRICES = ("opening", "high", "low", "close")


class _Table:
    """What candles and trades have in common. It reads its rows anew each time, so it holds none of them."""

    name: str
    begin_ms: int
    end_ms: int

    def __repr__(self) -> str:
        return f"<{self.name}, {kst(self.begin_ms)} to {kst(self.end_ms)}>"

    def _repr_html_(self) -> str:
        """The first rows, for a notebook."""
        relation = self.relation()
        heads, rows = relation.columns, relation.limit(ROWS_SHOWN).fetchall()
        note = f"<p>The first {ROWS_SHOWN} of {len(self):,} rows; times are UTC.</p>"
        return html_table(repr(self).strip("<>"), heads, [[str(cell) for cell in row] for row in rows]) + note

    def __len__(self) -> int:
        raise NotImplementedError

    def __arrow_c_stream__(self, requested_schema: object = None) -> object:
        """The table for any library that speaks Arrow, with exact decimals."""
        return self.relation().__arrow_c_stream__(requested_schema)

    def relation(self) -> duckdb.DuckDBPyRelation:
        """The table in DuckDB, to be asked in SQL; exact decimals."""
        connection = connect()
        decimals, others = self._columns()
        declared = [f"{name} {sql}" for name, sql in others.items()] + [f"{name} {WIDE}" for name in decimals]
        connection.execute(f"CREATE TABLE frame ({', '.join(declared)})")
        for columns, scales in self._blocks():
            parts = [f"make_timestamp_ms({name})" if sql == "TIMESTAMP" else name for name, sql in others.items()]
            parts += [
                decimal_sql(name, scales[name], WIDE) if name in columns else f"CAST(NULL AS {WIDE})"
                for name in decimals
            ]
            connection.register("incoming", dict(columns))
            connection.execute(f"INSERT INTO frame SELECT {', '.join(parts)} FROM incoming")
            connection.unregister("incoming")
        return connection.table("frame")

    def to_arrow(self) -> Any:  # noqa: ANN401 - pyarrow may not be installed
        """A `pyarrow.Table` with exact decimals."""
        _need("pyarrow")
        return self.relation().to_arrow_table()

    def to_pandas(self) -> Any:  # noqa: ANN401 - as above
        """A `pandas.DataFrame`; decimals are floats there, for statistics."""
        _need("pandas")
        return self.relation().df()

    def to_polars(self) -> Any:  # noqa: ANN401 - as above
        """A `polars.DataFrame` with exact decimals."""
        _need("polars")
        return self.relation().pl()

    def _columns(self) -> tuple[tuple[str, ...], Mapping[str, str]]:
        raise NotImplementedError

    def _blocks(self) -> Iterator[tuple[Mapping[str, Ints | Flags], Mapping[str, int]]]:
        raise NotImplementedError


class Candles(_Table):
    """Bars of one market, silent ones included: iterate for `Candle`s, take `blocks()` for numpy."""

    def __init__(
        self, market: str, unit_s: int, begin_ms: int, end_ms: int, blocks: Callable[[], Iterator[CandleBlock]]
    ) -> None:
        self.name = f"{market} {name_of(unit_s)}"
        self.market, self.unit_s, self.begin_ms, self.end_ms = market, unit_s, begin_ms, end_ms
        self.blocks = blocks

    def __iter__(self) -> Iterator[Candle]:
        for block in self.blocks():
            yield from block.candles()

    def __len__(self) -> int:
        return sum(len(block) for block in self.blocks())

    def _columns(self) -> tuple[tuple[str, ...], Mapping[str, str]]:
        return (*_PRICES, "volume", "value"), {"start_utc": "TIMESTAMP", "is_empty": "BOOLEAN"}

    def _blocks(self) -> Iterator[tuple[Mapping[str, Ints | Flags], Mapping[str, int]]]:
        for block in self.blocks():
            columns: dict[str, Ints | Flags] = {name: getattr(block, name) for name in (*_PRICES, "volume")}
            columns |= {"start_utc": block.start_ms, "is_empty": block.is_empty}
            if block.value is not None:
                columns["value"] = block.value
            scales = dict.fromkeys(_PRICES, block.price_scale)
            yield columns, scales | {"volume": block.volume_scale, "value": block.value_scale}


class Trades(_Table):
    """Trades of one market: iterate for `Trade`s, take `blocks()` for numpy."""

    def __init__(self, market: str, begin_ms: int, end_ms: int, blocks: Callable[[], Iterator[TradeBlock]]) -> None:
        self.name = f"{market} trades"
        self.market, self.begin_ms, self.end_ms = market, begin_ms, end_ms
        self.blocks = blocks

    def __iter__(self) -> Iterator[Trade]:
        for block in self.blocks():
            yield from block.trades()

    def __len__(self) -> int:
        return sum(len(block) for block in self.blocks())

    def _columns(self) -> tuple[tuple[str, ...], Mapping[str, str]]:
        return ("price", "volume"), {"at_utc": "TIMESTAMP", "sequential_id": "BIGINT", "is_bid": "BOOLEAN"}

    def _blocks(self) -> Iterator[tuple[Mapping[str, Ints | Flags], Mapping[str, int]]]:
        for block in self.blocks():
            columns: dict[str, Ints | Flags] = {
                "at_utc": block.at_ms,
                "sequential_id": block.sequential_id,
                "is_bid": np.asarray(block.is_bid),
                "price": block.price,
                "volume": block.volume,
            }
            yield columns, {"price": block.price_scale, "volume": block.volume_scale}


def html_table(title: str, heads: list[str] | tuple[str, ...], rows: list[list[str]]) -> str:
    """A plain table for a notebook."""
    head = "".join(f"<th>{escape(name)}</th>" for name in heads)
    body = "".join("<tr>" + "".join(f"<td>{escape(cell)}</td>" for cell in row) + "</tr>" for row in rows)
    return f"<b>{escape(title)}</b><table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"


def _need(library: str) -> None:
    if find_spec(library) is None:
        raise DataError(f"{library} is not installed: pip install {library}, or use blocks(), which are numpy.")

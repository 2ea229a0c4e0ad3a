"""Where recorded prices lie: `candles/1m/KRW-BTC/2025-09.parquet`, `trades/KRW-BTC/…`, `books/KRW-BTC/…`."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal

from msgspec import Struct

from hoga.model.errors import ConfigError
from hoga.research.data.units import month_ms, name_of, unit_of

Kind = Literal["candles", "trades", "books"]

#: Where the store lies unless somebody says otherwise: in the working folder, beside `logs` and `var`.
DEFAULT_STORE = Path("data")

_CODE = re.compile(r"[A-Z0-9]{1,10}-[A-Z0-9_]{1,20}")  # long ago one had a name of two words
_MONTH = re.compile(r"(\d{4})-(0[1-9]|1[0-2])\.parquet")
_EARLIEST_YEAR, _LATEST_YEAR = 2009, 2200


class Series(Struct, frozen=True, order=True):
    """One line of recorded prices: a market and what was recorded of it. `unit_s` is 0 for trades and books."""

    kind: Kind
    market: str
    unit_s: int = 0

    def __str__(self) -> str:
        return f"{self.market} {self.kind}" + (f" {name_of(self.unit_s)}" if self.unit_s else "")

    @property
    def folder(self) -> Path:
        """Its folder inside the store."""
        parts = [name_of(self.unit_s)] if self.unit_s else []
        return Path(self.kind, *parts, self.market)


def candles_of(market: str, unit_s: int) -> Series:
    """The candles of one market and length; `ConfigError` for a code or a length that cannot be."""
    name_of(unit_s)
    return Series("candles", checked_code(market), unit_s)


def trades_of(market: str) -> Series:
    """The trades of one market."""
    return Series("trades", checked_code(market))


def books_of(market: str) -> Series:
    """The order books of one market."""
    return Series("books", checked_code(market))


def checked_code(market: str) -> str:
    """The code itself; `ConfigError` where it does not look like `KRW-BTC`."""
    if not _CODE.fullmatch(market):
        raise ConfigError([f"{market!r} is not a market code. Write it like KRW-BTC."])
    return market


def file_of(store: Path, series: Series, at_ms: int) -> Path:
    """The file that holds the moment `at_ms` (months are UTC)."""
    return store / series.folder / f"{datetime.fromtimestamp(at_ms // 1000, UTC):%Y-%m}.parquet"


def month_of_file(path: Path) -> tuple[int, int]:
    """First moment of the file's month and of the next, milliseconds UTC."""
    year, month = path.stem.split("-")
    begin_ms = int(datetime(int(year), int(month), 1, tzinfo=UTC).timestamp()) * 1000
    return begin_ms, month_ms(begin_ms, later=1)


def files_of(store: Path, series: Series) -> list[Path]:
    """The files of a series that are there, oldest first; anything else in its folder is passed over."""
    folder = store / series.folder
    if not folder.is_dir():
        return []
    return sorted(path for path in folder.iterdir() if _is_month(path))


def series_in(store: Path) -> Iterator[Series]:
    """Every series that has at least one file."""
    for kind, pattern in (("candles", "*/*"), ("trades", "*"), ("books", "*")):
        for folder in sorted((store / kind).glob(pattern)):
            series = _series(kind, folder)
            if series is not None and store / series.folder == folder and files_of(store, series):
                yield series


def _is_month(path: Path) -> bool:
    found = _MONTH.fullmatch(path.name)
    return found is not None and _EARLIEST_YEAR <= int(found[1]) <= _LATEST_YEAR


def _series(kind: str, folder: Path) -> Series | None:
    try:
        match kind:
            case "candles":
                return candles_of(folder.name, unit_of(folder.parent.name))
            case "trades":
                return trades_of(folder.name)
            case _:
                return books_of(folder.name)
    except ConfigError:  # somebody else's folder
        return None

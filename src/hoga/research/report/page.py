"""The report as one HTML file that opens offline: nothing in it asks anything of a network, and its rules forbid it.

Everything that came from outside (names, parameters, reasons) is escaped where it is written. Besides, the page's own
security policy allows exactly two scripts, by their hashes: the chart library and ours.
"""

import base64
import hashlib
from collections.abc import Iterable
from decimal import Decimal
from importlib.resources import files
from pathlib import Path

from jinja2 import Environment, StrictUndefined
from markupsafe import Markup
from msgspec import Struct

from hoga.model.money import exactly
from hoga.model.version import __version__
from hoga.research.report import page_words, words
from hoga.research.report.assumptions import in_words
from hoga.research.report.curves import Month
from hoga.research.report.drawing import charted, drawn
from hoga.research.report.figures import Figures, MarketFigures, figures
from hoga.research.report.library import NOTICE, chart_library
from hoga.research.report.order_rows import HEADINGS, order_rows, shown
from hoga.research.report.rows import Row, groups, sign_of
from hoga.research.report.spelling import amount, moment, percent, volume
from hoga.research.report.words import Language, Words
from hoga.research.result import Result
from hoga.research.whole_file import whole_file

#: The strongest colour behind a month; more would make its number hard to read.
STRONGEST = 0.35


class Card(Struct, frozen=True):
    """One of the large numbers at the top."""

    name: Words
    value: Words
    sign: int = 0
    beside: Words | None = None


class Cell(Struct, frozen=True):
    """A cell of a table with its sign."""

    text: str
    sign: int = 0
    heat: float = 0.0


class Year(Struct, frozen=True):
    """One row of the monthly table: twelve months and the year."""

    name: str
    cells: tuple[Cell, ...]


def write_html(result: Result, path: Path | str, language: Language = "ko") -> None:
    """Write the report as one file that opens offline, in place of one that is there.

    `language` is the one it opens in; the page can switch. `ChartLibraryError` where the chart library is not
    installed, `DataError` where the file cannot be written; then nothing is.
    """
    text = html(result, language)
    with whole_file(Path(path)) as place:
        place.write_text(text, encoding="utf-8")


def html(result: Result, language: Language = "ko") -> str:
    """The report as text. The same result gives the same text."""
    with exactly():
        found = figures(result)
        library, script = chart_library(), _part("page.js")
        page = Environment(autoescape=True, undefined=StrictUndefined, trim_blocks=True).from_string(_part("page.html"))
        return page.render(
            language=language,
            result=result,
            codes=_codes(result),
            period=f"{moment(result.begin_ms)} → {moment(result.end_ms)}",
            t=page_words,
            cards=_cards(found, result.quote),
            held=found.holding is not None and bool(found.holding.curve),
            charted=charted(result),
            years=years(found.months),
            groups=groups(found, result.quote),
            assumptions=in_words(result.assumptions),
            refused=[(words.reason(word), count) for word, count in sorted(result.refused.items(), key=_by_count)],
            markets=[_market(one, result.quote) for one in found.markets],
            market_headings=page_words.MARKET_HEADINGS,
            orders=order_rows(result),
            orders_shown=shown(result),
            order_headings=HEADINGS,
            version=__version__,
            library_notice=NOTICE,
            licence=_part("apache-2.0.txt"),
            # Our own files and JSON that escapes itself; nothing of a result is among them.
            style=Markup(_part("page.css")),  # noqa: S704
            data=Markup(drawn(result, found)),  # noqa: S704
            library=Markup(library),  # noqa: S704
            script=Markup(script),  # noqa: S704
            script_hashes=Markup(" ".join(_allowed(text) for text in (library, script))),  # noqa: S704
        )


def years(months: Iterable[Month]) -> list[Year]:
    """The monthly table, oldest year first; a colour is as strong as the month was, the strongest of them full."""
    by_year: dict[int, dict[int, float]] = {}
    for month in months:
        by_year.setdefault(month.year, {})[month.month] = month.gain
    strongest = max((abs(gain) for gains in by_year.values() for gain in gains.values()), default=0.0) or 1.0
    found = []
    for year, gains in by_year.items():
        whole = 1.0
        for gain in gains.values():
            whole *= 1 + gain
        cells = [_heat(gains.get(number), strongest) for number in range(1, 13)]
        found.append(Year(str(year), (*cells, Cell(percent(whole - 1), sign_of(whole - 1)))))
    return found


def _heat(gain: float | None, strongest: float) -> Cell:
    if gain is None:
        return Cell("")
    return Cell(percent(gain, digits=1), sign_of(gain), round(abs(gain) / strongest * STRONGEST, 3))


def _cards(found: Figures, quote: str) -> list[Card]:
    rows: dict[str, Row] = {row.key: row for group in groups(found, quote) for row in group.rows}
    held = rows["total_return"].holder
    beside = Words(f"{words.HOLDER.ko} {held.ko}", f"{words.HOLDER.en} {held.en}")
    picked = ["drawdown", "sharpe", "win_rate", "profit_factor", "fees"]
    return [
        Card(rows["total_return"].name, rows["total_return"].value, rows["total_return"].sign, beside),
        Card(rows["profit"].name, rows["profit"].value, rows["profit"].sign, rows["ending_equity"].value),
        *(Card(rows[key].name, rows[key].value, rows[key].sign) for key in picked),
    ]


def _market(one: MarketFigures, quote: str) -> list[Cell]:
    traded = one.trading
    return [
        Cell(one.market),
        Cell(f"{one.orders:,}"),
        Cell(f"{traded.round_trips:,}"),
        Cell(percent(traded.win_rate, signed=False)),
        _gain(traded.realised, quote),
        _gain(one.open_gain, quote),
        Cell(amount(one.fees, quote)),
        Cell(volume(one.position)),
        Cell(percent(one.price_change), sign_of(one.price_change)),
    ]


def _gain(value: Decimal | None, quote: str) -> Cell:
    return Cell(amount(value, quote, signed=True), sign_of(value))


#: Markets named in the title; the tables name all.
_NAMED = 4


def _codes(result: Result) -> str:
    codes = list(result.markets)
    return ", ".join(codes[:_NAMED]) + (f" +{len(codes) - _NAMED}" if len(codes) > _NAMED else "")


def _by_count(item: tuple[str, int]) -> tuple[int, str]:
    return -item[1], item[0]


def _allowed(script: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()}'"


def _part(name: str) -> str:
    return files("hoga.research.report").joinpath("template", name).read_text(encoding="utf-8")

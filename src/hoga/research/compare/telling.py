"""A comparison for people: in the terminal, as JSON, and as one HTML file that opens offline without a script."""

import json
from collections.abc import Sequence
from decimal import Decimal
from importlib.resources import files
from pathlib import Path

import msgspec
from jinja2 import Environment, StrictUndefined
from markupsafe import Markup
from rich.box import SIMPLE
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from hoga.model.money import exactly, plain
from hoga.model.version import __version__
from hoga.research.compare import texts
from hoga.research.compare.comparing import CAUSES, Comparison
from hoga.research.compare.rows import Row
from hoga.research.report.rows import sign_of
from hoga.research.report.spelling import amount, moment, volume
from hoga.research.report.words import Language, Words, same
from hoga.research.whole_file import whole_file

#: Rows on a terminal, and on a page; the JSON has all.
SHOWN = 40
SHOWN_ON_A_PAGE = 2_000
#: A terminal of so many columns has room for all that is told.
WIDE = 120

_CLASSES = {1: "rise", -1: "fall", 0: ""}
_COLOURS = {1: "red", -1: "blue", 0: ""}
_MS_NS = 1_000_000


def as_json(found: Comparison) -> str:
    """One JSON object, money as text with all its digits."""
    told = msgspec.to_builtins(found, enc_hook=_spelt, builtin_types=(Decimal,))
    return json.dumps({**told, "is_equal": found.is_equal}, default=_spelt, ensure_ascii=False, allow_nan=False)


def print_comparison(found: Comparison, language: Language = "ko", console: Console | None = None) -> None:
    """Print the figures, the split, and the orders that differ."""
    told = console or Console()
    table = Table(title=f"hoga · {texts.TITLE.in_(language)}", show_header=False)
    table.add_column()
    table.add_column(justify="right")
    for name, value in texts.facts(found):
        table.add_row(name.in_(language), escape(value.in_(language)))
    told.print(table)
    if found.is_equal:
        told.print(texts.EQUAL.in_(language))
        return
    told.print(_split(found, language))
    if rows := [row for row in found.rows if row.differs]:
        told.print(_orders(rows[:SHOWN], found, language, is_narrow=told.width < WIDE))
    if (left := len(rows) - SHOWN) > 0:
        told.print(f"{texts.MORE.in_(language)}: {left:,}")


def _split(found: Comparison, language: Language) -> Table:
    table = Table(title=texts.SPLIT.in_(language))
    table.add_column()
    table.add_column(found.quote, justify="right")
    table.add_column()
    for cause in CAUSES:
        part = found.parts[cause]
        table.add_row(texts.CAUSES[cause].in_(language), _gain(part, found.quote), texts.MEANINGS[cause].in_(language))
    table.add_section()
    table.add_row(texts.TOTAL.in_(language), _gain(found.difference, found.quote), "")
    return table


def _orders(rows: Sequence[Row], found: Comparison, language: Language, *, is_narrow: bool) -> Table:
    table = Table(title=texts.ORDERS.in_(language), box=SIMPLE)
    hidden = {_KIND, *(_ROOMY if is_narrow else ())}
    if len({row.market for row in found.rows}) == 1:
        hidden.add(_MARKET)
    shown = [number for number in range(len(texts.HEADINGS)) if number not in hidden]
    for number in shown:
        table.add_column(texts.HEADINGS[number].in_(language), justify="left" if number in _TEXT_COLUMNS else "right")
    for row in rows:
        cells = [escape(cell.in_(language)) for cell in _cells(row, found.quote)[:-1]]
        table.add_row(*([*cells, _gain(row.gain, found.quote)][number] for number in shown))
    return table


_TEXT_COLUMNS = frozenset({0, 1, 2, 3, 9})
_MARKET, _KIND = 1, 3
#: Columns a narrow terminal has no room for: the sizes, and how much later.
_ROOMY = frozenset({6, 7, 8})


def _cells(row: Row, quote: str) -> list[Words]:
    differs = [texts.DIFFERS[name] for name in row.differs]
    said = Words(", ".join(one.ko for one in differs), ", ".join(one.en for one in differs))
    if row.refused:
        said = Words(f"{said.ko} ({row.refused})", f"{said.en} ({row.refused})")
    return [
        same(moment(row.at_ns // _MS_NS, _AT_SECONDS) + f".{row.at_ns // _MS_NS % 1000:03}"),
        same(row.market),
        texts.SIDES[row.side],
        same(row.kind),
        same(_price(row.run_price)),
        same(_price(row.test_price)),
        same(volume(row.run_volume)),
        same(volume(row.test_volume)),
        same(f"{row.late_ns / _MS_NS:+,.1f}" if row.late_ns else ""),
        said,
        same(amount(row.gain, quote, signed=True)),
    ]


def _price(value: Decimal | None) -> str:
    return "-" if value is None else f"{value.quantize(_SHOWN_DIGITS).normalize():,f}"


#: A mean of several fills may have endless digits.
_SHOWN_DIGITS = Decimal("0.0001")


def _gain(value: Decimal, quote: str) -> str:
    colour, said = _COLOURS[sign_of(value)], amount(value, quote, signed=True)
    return f"[{colour}]{said}[/]" if colour else said


def _spelt(value: object) -> str:
    return plain(value) if isinstance(value, Decimal) else str(value)


# ------------------------------------------------ the page


def write_html(found: Comparison, path: Path, language: Language = "ko") -> None:
    """Write it as one file that opens offline; `DataError` where it cannot be written."""
    text = html(found, language)
    with whole_file(path) as place:
        place.write_text(text, encoding="utf-8")


def html(found: Comparison, language: Language = "ko") -> str:
    """The page as text; nothing in it is a script or asks anything of a network."""
    with exactly():
        page = Environment(autoescape=True, undefined=StrictUndefined, trim_blocks=True).from_string(_PAGE)
        rows = [row for row in found.rows if row.differs][:SHOWN_ON_A_PAGE]
        return page.render(
            language=language,
            title=texts.TITLE,
            equal=texts.EQUAL if found.is_equal else None,
            period=f"{moment(found.begin_ns // _MS_NS)} → {moment(found.end_ns // _MS_NS)} KST",
            facts=texts.facts(found),
            split=texts.SPLIT,
            causes=[
                (
                    texts.CAUSES[cause],
                    amount(found.parts[cause], found.quote, signed=True),
                    _CLASSES[sign_of(found.parts[cause])],
                    texts.MEANINGS[cause],
                )
                for cause in CAUSES
            ],
            total=(
                texts.TOTAL,
                amount(found.difference, found.quote, signed=True),
                _CLASSES[sign_of(found.difference)],
            ),
            orders=texts.ORDERS,
            headings=texts.HEADINGS,
            rows=[(_cells(row, found.quote), _CLASSES[sign_of(row.gain)]) for row in rows],
            holes=[
                (moment(hole.begin_ns // _MS_NS, _AT_SECONDS), moment(hole.end_ns // _MS_NS, _AT_SECONDS))
                for hole in found.holes
            ],
            holes_title=texts.HOLES,
            version=__version__,
            style=Markup(files("hoga.research.report").joinpath("template", "page.css").read_text("utf-8")),  # noqa: S704 - our own file
        )


_AT_SECONDS = "%m-%d %H:%M:%S"

_PAGE = """<!doctype html>
<html lang="{{ language }}">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>hoga · {{ title.in_(language) }}</title>
<style>{{ style }}</style>
</head>
<body>
<main>
<h1>{{ title.in_(language) }}</h1>
<p>{{ period }}</p>
{% if equal %}<p><strong>{{ equal.in_(language) }}</strong></p>{% endif %}
<div class="scroll"><table>
{% for name, value in facts %}<tr><th scope="row">{{ name.in_(language) }}</th><td>{{ value.in_(language) }}</td></tr>
{% endfor %}
</table></div>
<h2>{{ split.in_(language) }}</h2>
<div class="scroll"><table>
{% for name, said, sign, meaning in causes %}<tr><th scope="row">{{ name.in_(language) }}</th>
<td class="{{ sign }}">{{ said }}</td><td>{{ meaning.in_(language) }}</td></tr>
{% endfor %}
<tr><th scope="row">{{ total[0].in_(language) }}</th>
<td class="{{ total[2] }}">{{ total[1] }}</td><td></td></tr>
</table></div>
{% if rows %}<h2>{{ orders.in_(language) }}</h2>
<div class="scroll"><table>
<thead><tr>{% for heading in headings %}<th scope="col">{{ heading.in_(language) }}</th>{% endfor %}</tr></thead>
{% for cells, sign in rows %}<tr>
{% for cell in cells %}<td{% if loop.last %} class="{{ sign }}"{% endif %}>{{ cell.in_(language) }}</td>{% endfor %}
</tr>
{% endfor %}
</table></div>{% endif %}
{% if holes %}<h2>{{ holes_title.in_(language) }}</h2>
<ul>{% for begin, end in holes %}<li>{{ begin }} → {{ end }}</li>{% endfor %}</ul>{% endif %}
<footer>hoga {{ version }} · docs/compare.md</footer>
</main>
</body>
</html>
"""

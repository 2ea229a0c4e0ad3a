"""The report in the terminal, for a person or for a machine."""

import json
from decimal import Decimal

import msgspec
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from hoga.model.money import plain
from hoga.research.report import words
from hoga.research.report.assumptions import in_words
from hoga.research.report.figures import Figures, figures
from hoga.research.report.rows import Row, groups, sign_of
from hoga.research.report.spelling import amount, moment, percent, volume
from hoga.research.report.words import Language, Words
from hoga.research.result import Result

#: Korean habit: what rose is red, what fell is blue.
_COLOURS = {1: "red", -1: "blue", 0: ""}

#: Rows of a table by market; the busiest first.
MOST_MARKETS = 20


def print_table(result: Result, language: Language = "ko", console: Console | None = None) -> None:
    """Print every figure beside the holder's, the markets, the refusals and the assumptions."""
    told = console or Console()
    found = figures(result)
    told.print(_main(result, found, language))
    if len(found.markets) > 1:
        told.print(_markets(result, found, language))
    if result.refused:
        told.print(_refused(result, language))
    if result.halted:
        told.print(f"{words.HALTED.in_(language)}: {result.halted}", style="bold red", markup=False)
    told.print(f"{words.ASSUMPTIONS.in_(language)}:", style="bold")
    for sentence in in_words(result.assumptions):
        told.print(f"  · {sentence.in_(language)}", style="dim", markup=False, highlight=False)


def as_json(result: Result) -> str:
    """One JSON object: every figure by its name (docs/report.md), money as text with all its digits, None as null."""
    found = figures(result)
    told = {
        "strategy": result.strategy,
        "params": dict(result.params),
        "quote": result.quote,
        "begin_ms": result.begin_ms,
        "end_ms": result.end_ms,
        "halted": result.halted,
        "events": result.events,
        "wall_s": result.wall_s,
        "refused_by_reason": dict(result.refused),
        "assumptions": result.assumptions,
        **{name: value for name, value in msgspec.structs.asdict(found).items() if name != "curve"},
        "holding": None if found.holding is None else _without_curve(found.holding),
    }
    return json.dumps(
        msgspec.to_builtins(told, enc_hook=_spelt, builtin_types=(Decimal,)),
        default=_spelt,
        ensure_ascii=False,
        allow_nan=False,
    )


def _without_curve(held: msgspec.Struct) -> dict[str, object]:
    return {name: value for name, value in msgspec.structs.asdict(held).items() if name != "curve"}


def _spelt(value: object) -> str:
    return plain(value) if isinstance(value, Decimal) else str(value)


def _main(result: Result, found: Figures, language: Language) -> Table:
    period = f"{moment(result.begin_ms)} → {moment(result.end_ms)} KST"
    params = " ".join(f"{name}={value}" for name, value in result.params.items())
    title = f"hoga · {result.strategy} {params}".strip()
    table = Table(title=escape(f"{title}\n{', '.join(list(result.markets)[:6])} · {period}"))
    table.add_column()
    table.add_column(words.STRATEGY.in_(language), justify="right")
    table.add_column(words.HOLDER.in_(language), justify="right")
    for group in groups(found, result.quote):
        for row in group.rows:
            table.add_row(row.name.in_(language), _coloured(row, language), _held(row, language))
        table.add_section()
    return table


def _coloured(row: Row, language: Language) -> str:
    said = escape(row.value.in_(language))
    return f"[{colour}]{said}[/]" if (colour := _COLOURS[row.sign]) else said


def _held(row: Row, language: Language) -> str:
    said = row.holder.in_(language)
    return "" if row.holder == words.NOTHING else escape(said)


def _markets(result: Result, found: Figures, language: Language) -> Table:
    table = Table()
    headings = (
        words.MARKET,
        Words("왕복 거래", "Round trips"),
        Words("승률", "Win rate"),
        Words("실현손익", "Realised"),
        Words("평가손익", "Open"),
        Words("수수료", "Fees"),
        Words("보유", "Held"),
        Words("가격 변화", "Price change"),
    )
    for number, heading in enumerate(headings):
        table.add_column(heading.in_(language), justify="right" if number else "left")
    busiest = sorted(found.markets, key=lambda one: one.bought_funds + one.sold_funds, reverse=True)
    for one in busiest[:MOST_MARKETS]:
        table.add_row(
            one.market,
            f"{one.trading.round_trips:,}",
            percent(one.trading.win_rate, signed=False),
            _gain(one.trading.realised, result.quote),
            _gain(one.open_gain, result.quote),
            amount(one.fees, result.quote),
            volume(one.position),
            percent(one.price_change),
        )
    if (left := len(busiest) - MOST_MARKETS) > 0:
        table.caption = Words(f"거래가 적은 {left}개 마켓 생략", f"{left} markets with less trade left out").in_(
            language
        )
    return table


def _gain(value: Decimal | None, quote: str) -> str:
    colour = _COLOURS[sign_of(value)]
    said = amount(value, quote, signed=True)
    return f"[{colour}]{said}[/]" if colour else said


def _refused(result: Result, language: Language) -> Table:
    table = Table(title=words.REFUSED.in_(language))
    table.add_column(words.REASON.in_(language))
    table.add_column(words.COUNT.in_(language), justify="right")
    for word, count in sorted(result.refused.items(), key=lambda item: -item[1]):
        table.add_row(escape(words.reason(word).in_(language)), f"{count:,}")
    return table

"""The books on the terminal, and as JSON with every digit."""

import json
from collections.abc import Sequence
from decimal import Decimal

import msgspec
from rich.console import Console
from rich.table import Table

from hoga.model.money import plain
from hoga.research.books.book import Book, Line, totals
from hoga.research.books.columns import AVERAGE, COLUMNS, TOTAL_COLUMNS, LotRow, cells, lot_rows, spelt
from hoga.research.report.spelling import amount, volume
from hoga.research.report.words import Language, Words

_TITLE = Words("체결 장부", "Books")
_HELD = Words("남은 코인 (이동평균)", "What is left (average)")
_LOT_HEADINGS = (
    Words("마켓", "Market"),
    Words("수량", "Volume"),
    Words("취득가", "Cost"),
    Words("평균 단가", "Average price"),
)
_NONE = Words("이 기간에는 체결이 없습니다.", "There are no fills in this time.")
_UNKNOWN_FEES = Words(
    "체결 {n}건의 수수료를 거래소에서 듣지 못했습니다. 0으로 치지 않았으며,"
    " 관련 손익은 그 수수료를 빼기 전의 금액입니다.",
    "The fee of {n} fills was never told. It is not taken as 0; the gains it touches are those before that fee.",
)
_UNCOSTED = Words(
    "매도 {n}건은 장부에서 산 적 없는 코인이 섞여 있어 취득가를 모릅니다. 그 대금은 손익에 넣지 않았습니다.",
    "{n} sales are of coins that were never bought in the books: their cost is unknown and they gain nothing here.",
)


def print_book(book: Book, year: int | None, language: Language = "ko", console: Console | None = None) -> None:
    """Print what each year and currency came to, and what the reader must know of it."""
    told = console or Console()
    lines = book.of_year(year)
    if not lines:
        told.print(_NONE.in_(language))
        return
    found = totals(lines)
    table = Table(title=f"hoga · {_TITLE.in_(language)}", show_header=False)
    table.add_column()
    for _ in found:
        table.add_column(justify="right")
    for key, name in TOTAL_COLUMNS:
        table.add_row(name.in_(language), *(_shown(key, getattr(total, key), total.currency) for total in found))
    told.print(table)
    if held := [lot for lot in lot_rows(book) if lot.method is AVERAGE]:
        told.print(_lots(held, language))
    for words, count in (
        (_UNKNOWN_FEES, sum(total.unknown_fees for total in found)),
        (_UNCOSTED, sum(total.uncosted_sales for total in found)),
    ):
        if count:
            told.print(words.in_(language).format(n=f"{count:,}"), style="yellow", markup=False, highlight=False)


def _lots(held: Sequence[LotRow], language: Language) -> Table:
    """What is left at the end of the whole book, by moving average; FIFO's lots stand in the files."""
    table = Table(title=_HELD.in_(language))
    for number, name in enumerate(_LOT_HEADINGS):
        table.add_column(name.in_(language), justify="right" if number else "left")
    for lot in held:
        currency = lot.market.partition("-")[0]
        cost, price = amount(lot.cost, currency), amount(lot.average_price, currency)
        table.add_row(lot.market, volume(lot.volume), cost, price)
    return table


def book_as_json(book: Book, year: int | None) -> str:
    """One JSON object: the sums of each year and currency, every fill, every lot that is left; amounts as text."""
    lines = book.of_year(year)
    told = {
        "year": year,
        "totals": [msgspec.structs.asdict(total) for total in totals(lines)],
        "fills": [_as_facts(line) for line in lines],
        "lots": [{**msgspec.structs.asdict(lot), "method": lot.method.en} for lot in lot_rows(book)],
    }
    return json.dumps(told, default=_digits, ensure_ascii=False, allow_nan=False)


def _as_facts(line: Line) -> dict[str, object]:
    row = zip(COLUMNS, cells(line, "en"), strict=True)
    facts = {column.key: None if cell is None else spelt(cell, column, "en") for column, cell in row}
    return {"at_ms": line.entry.at_ms, **facts}


def _digits(value: object) -> str:
    return plain(value) if isinstance(value, Decimal) else str(value)


def _shown(key: str, value: object, currency: str) -> str:
    if isinstance(value, Decimal):
        return amount(value, currency)
    return f"{value:,}" if isinstance(value, int) and key != "year" else str(value)

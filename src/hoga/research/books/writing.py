"""The books as files: CSV that Excel opens in Korean, XLSX with numbers as numbers and every digit beside them."""

import csv
import io
from collections.abc import Sequence
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import xlsxwriter

from hoga.model.money import plain
from hoga.research.books.book import Book, Line, Total, totals
from hoga.research.books.columns import COLUMNS, TOTAL_COLUMNS, Cell, Column, Kind, cells, lot_rows, spelt
from hoga.research.books.entries import BooksError
from hoga.research.calendar import KST
from hoga.research.report.words import Language, Words
from hoga.research.whole_file import whole_file

#: What a spreadsheet would run as a formula gets a quote before it; numbers are no text and keep their sign.
_FORMULAS = ("=", "+", "-", "@", "\t", "\r")

#: Rows of one sheet, by the format of XLSX.
MOST_ROWS = 1_048_576

_FORMATS = {
    Kind.TEXT: "@",
    Kind.MOMENT: "yyyy-mm-dd hh:mm:ss",
    Kind.MONEY: "#,##0.00",
    Kind.COINS: "#,##0.00000000",
}
_EXACT = Words("정확한 값", "exact")
_NOTES = (
    Words(
        "이동평균: 같은 마켓의 코인은 모두 같은 취득가. 선입선출: 먼저 산 코인을 먼저 팝니다."
        " 취득가에는 매수 수수료가 들어 있습니다.",
        "Average: every coin of a market has the same cost. FIFO: coins bought first are sold first."
        " A cost contains the fee of the purchase.",
    ),
    Words(
        "손익 = 매도 금액 - 매도 수수료 - 취득가. 엑셀의 숫자는 15자리까지만 정확하므로"
        " 옆 칸에 정확한 값을 글자로 적었습니다.",
        "Gain = sold - fee of the sale - cost. A spreadsheet's numbers have 15 digits;"
        " the exact ones stand beside them as text.",
    ),
    Words(
        "모르는 수수료는 0으로 치지 않고 따로 셉니다. 장부에서 산 적 없는 코인의 매도는"
        " 취득가를 모르며 손익에 들어가지 않습니다.",
        "An unknown fee is counted, not taken as 0. A sale of coins never bought in the books has no cost and no gain.",
    ),
    Words(
        "세금 신고 전에 세무 전문가와 확인하십시오.",
        "Check with a tax adviser before you file anything.",
    ),
)


def write_csv(book: Book, path: Path, year: int | None = None, language: Language = "ko") -> None:
    """Write every fill of a KST year (or all) as CSV: UTF-8 with the mark that Excel needs."""
    with whole_file(path) as place, place.open("w", encoding="utf-8-sig", newline="") as file:
        rows = csv.writer(file)
        rows.writerow([column.name.in_(language) for column in COLUMNS])
        for line in book.of_year(year):
            row = zip(COLUMNS, cells(line, language), strict=True)
            rows.writerow([_harmless(spelt(cell, column, language), column) for column, cell in row])


def write_xlsx(book: Book, path: Path, year: int | None = None, language: Language = "ko") -> None:
    """Write a workbook: a summary, every fill of a KST year (or all), and the lots that are left at the end."""
    lines = book.of_year(year)
    if len(lines) >= MOST_ROWS:
        raise BooksError(f"{len(lines):,} fills do not fit into one sheet. Choose a year, or write CSV.")
    sheets = io.BytesIO()
    workbook = xlsxwriter.Workbook(sheets, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False})
    # The same books give the same file.
    last = lines[-1].entry.at_ms if lines else 0
    workbook.set_properties({"created": datetime.fromtimestamp(last / 1000, UTC).replace(tzinfo=None)})
    pen = _Pen(workbook, language)
    pen.summary(totals(lines))
    pen.fills(lines)
    pen.lots(book)
    workbook.close()
    with whole_file(path) as place:
        place.write_bytes(sheets.getvalue())


def _harmless(text: str, column: Column) -> str:
    return f"'{text}" if column.kind is Kind.TEXT and text.startswith(_FORMULAS) else text


class _Pen:
    """Writes the sheets of one workbook."""

    def __init__(self, workbook: xlsxwriter.Workbook, language: Language) -> None:
        self._workbook, self._language = workbook, language
        self._formats = {kind: workbook.add_format({"num_format": form}) for kind, form in _FORMATS.items()}
        self._heading = workbook.add_format({"bold": True, "bottom": 1, "text_wrap": True, "valign": "top"})
        self._won = workbook.add_format({"num_format": "#,##0"})

    def summary(self, found: Sequence[Total]) -> None:
        """What each year and currency came to, and how to read it."""
        sheet = self._sheet(Words("요약", "Summary"))
        row = self._headings(sheet, [name for _, name in TOTAL_COLUMNS])
        for total in found:
            for number, (key, _) in enumerate(TOTAL_COLUMNS):
                self._total_cell(sheet, row, number, getattr(total, key), total.currency)
            row += 1
        for note in _NOTES:
            row += 1
            sheet.write_string(row, 0, note.in_(self._language))

    def fills(self, lines: Sequence[Line]) -> None:
        """Every fill; beside each number the same with every digit, as text."""
        sheet = self._sheet(Words("체결", "Fills"))
        headings = []
        for column in COLUMNS:
            headings.append(column.name)
            if _is_number(column):
                headings.append(Words(f"{column.name.ko} {_EXACT.ko}", f"{column.name.en} {_EXACT.en}"))
        row = self._headings(sheet, headings)
        sheet.freeze_panes(1, 1)
        for line in lines:
            place = 0
            for column, cell in zip(COLUMNS, cells(line, self._language), strict=True):
                self._cell(sheet, row, place, cell, column)
                place += 1
                if _is_number(column):
                    sheet.write_string(row, place, spelt(cell, column, self._language), self._formats[Kind.TEXT])
                    place += 1
            row += 1

    def lots(self, book: Book) -> None:
        """What is left and what it had cost, at the end of the whole book."""
        sheet = self._sheet(Words("보유", "Lots"))
        headings = (
            Words("마켓", "Market"),
            Words("방법", "Method"),
            Words("매수 시각 (KST)", "Bought (KST)"),
            Words("수량", "Volume"),
            Words("취득가", "Cost"),
            Words("평균 단가", "Average price"),
            Words("취득가 정확한 값", "Cost exact"),
        )
        row = self._headings(sheet, headings)
        for lot in lot_rows(book):
            sheet.write_string(row, 0, lot.market)
            sheet.write_string(row, 1, lot.method.in_(self._language))
            bought = datetime.fromtimestamp(lot.bought_ms / 1000, UTC).astimezone(KST)
            sheet.write_datetime(row, 2, bought.replace(tzinfo=None), self._formats[Kind.MOMENT])
            sheet.write_number(row, 3, float(lot.volume), self._formats[Kind.COINS])
            sheet.write_number(row, 4, float(lot.cost), self._formats[Kind.MONEY])
            sheet.write_number(row, 5, float(lot.average_price), self._formats[Kind.COINS])
            sheet.write_string(row, 6, plain(lot.cost), self._formats[Kind.TEXT])
            row += 1

    def _sheet(self, name: Words) -> "xlsxwriter.worksheet.Worksheet":
        return self._workbook.add_worksheet(name.in_(self._language))

    def _headings(self, sheet: "xlsxwriter.worksheet.Worksheet", names: Sequence[Words]) -> int:
        for place, name in enumerate(names):
            sheet.write_string(0, place, name.in_(self._language), self._heading)
        sheet.set_column(0, len(names) - 1, 19)
        return 1

    def _total_cell(
        self, sheet: "xlsxwriter.worksheet.Worksheet", row: int, place: int, value: object, currency: str
    ) -> None:
        if isinstance(value, Decimal):
            form = self._won if currency == "KRW" else self._formats[Kind.COINS]
            sheet.write_number(row, place, float(value), form)
        elif isinstance(value, int):
            sheet.write_number(row, place, value)
        else:
            sheet.write_string(row, place, str(value))

    def _cell(self, sheet: "xlsxwriter.worksheet.Worksheet", row: int, place: int, cell: Cell, column: Column) -> None:
        form = self._formats[column.kind]
        if isinstance(cell, Decimal):
            sheet.write_number(row, place, float(cell), form)
        elif isinstance(cell, datetime):
            sheet.write_datetime(row, place, cell.replace(tzinfo=None), form)
        elif text := spelt(cell, column, self._language):
            sheet.write_string(row, place, text, form)


def _is_number(column: Column) -> bool:
    return column.kind in {Kind.MONEY, Kind.COINS}

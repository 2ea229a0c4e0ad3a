"""The books as files: what a spreadsheet and a tax adviser find in them."""

import csv
import json
import zipfile
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
from msgspec.structs import replace
from tests.research.report.scenery import BEGIN, fill, kst_ms

from hoga.model.commands import OrderId, Side
from hoga.model.events import Fill
from hoga.research.books.book import Book, book_of
from hoga.research.books.entries import Gathering
from hoga.research.books.telling import book_as_json
from hoga.research.books.writing import write_csv, write_xlsx
from hoga.research.data.errors import DataError

SPREADSHEET = {"s": "http://schemas.openxmlformats.org/spreadsheetml/2006/main"}
TINY = "0.12345678"


def booked(*fills: Fill) -> Book:
    gathering = Gathering()
    for one in fills:
        gathering.add(one, "a journal")
    return book_of(gathering.entries())


@pytest.fixture
def book() -> Book:
    return booked(
        fill(1, Side.BUY, 143_250_000, TINY),
        fill(2, Side.BUY, 1000, 1, code="KRW-XRP", fee=None),
        fill(3, Side.SELL, 150_000_000, TINY),
        fill(4, Side.SELL, 500, 3, code="KRW-DOGE"),
        fill(5, Side.SELL, 1100, 1, code="KRW-XRP", at_ms=kst_ms(2027, 1, 1)),
    )


def rows_of(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def sheet_of(path: Path, number: int) -> list[list[tuple[str, str]]]:
    """Every row of a sheet: (kind of cell, what stands in it), kinds as the file says them."""
    with zipfile.ZipFile(path) as archive:
        shared = [
            "".join(part.text or "" for part in item.iter(f"{{{SPREADSHEET['s']}}}t"))
            for item in ET.fromstring(archive.read("xl/sharedStrings.xml"))  # noqa: S314 - our own file
        ]
        sheet = ET.fromstring(archive.read(f"xl/worksheets/sheet{number}.xml"))  # noqa: S314 - as above
    found = []
    for row in sheet.iterfind(".//s:row", SPREADSHEET):
        cells = []
        for cell in row.iterfind("s:c", SPREADSHEET):
            value = cell.findtext("s:v", "", SPREADSHEET)
            kind = cell.get("t", "n")
            cells.append((kind, shared[int(value)] if kind == "s" else value))
        found.append(cells)
    return found


def test_csv_opens_in_excel_and_has_every_digit_and_both_clocks(book: Book, tmp_path: Path):
    write_csv(book, tmp_path / "out.csv", 2026, "en")

    raw = (tmp_path / "out.csv").read_bytes()
    rows = rows_of(tmp_path / "out.csv")
    assert raw.startswith(b"\xef\xbb\xbf")
    assert [row["Market"] for row in rows] == ["KRW-BTC", "KRW-XRP", "KRW-BTC", "KRW-DOGE"]
    assert rows[0]["Time (KST)"] == "2026-01-01 01:00:00.000"
    assert rows[0]["Time (UTC)"] == "2025-12-31 16:00:00.000"
    funds = Decimal(143_250_000) * Decimal(TINY)
    assert Decimal(rows[0]["Funds"]) == funds
    assert Decimal(rows[2]["Gain (FIFO)"]) == Decimal(150_000_000) * Decimal(TINY) * Decimal(
        "0.9995"
    ) - funds * Decimal("1.0005")


def test_what_is_unknown_is_written_as_unknown_and_never_as_zero(book: Book, tmp_path: Path):
    write_csv(book, tmp_path / "all.csv", None, "en")

    rows = rows_of(tmp_path / "all.csv")
    assert rows[1]["Fee"] == "unknown"
    assert rows[3]["Gain (average)"] == ""
    assert rows[3]["Remarks"] == "cost of 3 unknown"
    assert rows[4]["Remarks"] == "a fee is unknown: before that fee"


def test_csv_is_korean_where_that_is_asked(book: Book, tmp_path: Path):
    write_csv(book, tmp_path / "out.csv", 2026, "ko")

    rows = rows_of(tmp_path / "out.csv")
    assert [row["구분"] for row in rows] == ["매수", "매수", "매도", "매도"]
    assert rows[1]["수수료"] == "모름"


def test_a_text_that_a_spreadsheet_would_run_is_disarmed(tmp_path: Path):
    odd = replace(fill(1, Side.BUY, 1000, 1), order_id=OrderId("=HYPERLINK(1)"))
    write_csv(booked(odd), tmp_path / "out.csv", None, "en")

    assert rows_of(tmp_path / "out.csv")[0]["Order"] == "'=HYPERLINK(1)"


def test_a_workbook_has_numbers_as_numbers_and_every_digit_beside_them(book: Book, tmp_path: Path):
    path = tmp_path / "out.xlsx"
    write_xlsx(book, path, None, "en")

    headings, *lines = sheet_of(path, 2)
    names = [name for _, name in headings]
    price, exact = names.index("Price"), names.index("Funds exact")
    assert lines[0][price] == ("n", "143250000")
    assert lines[0][exact] == ("s", "17685183.735")
    assert lines[0][0][0] == "n"  # a moment is a number with a format
    assert len(lines) == 5


def test_the_summary_has_a_row_for_each_year_and_the_lots_what_is_left(book: Book, tmp_path: Path):
    path = tmp_path / "out.xlsx"
    held = booked(fill(1, Side.BUY, 1000, 2), fill(2, Side.BUY, 2000, 2))
    write_xlsx(book, path, None, "en")
    summary = sheet_of(path, 1)
    write_xlsx(held, path, None, "en")

    assert [[value for _, value in row[:3]] for row in summary[1:3]] == [["2026", "KRW", "4"], ["2027", "KRW", "1"]]
    assert [[value for _, value in row][1:5:2] for row in sheet_of(path, 3)[1:]] == [
        ["average", "4"],
        ["FIFO", "2"],
        ["FIFO", "2"],
    ]


def test_the_same_books_give_the_same_workbook(book: Book, tmp_path: Path):
    write_xlsx(book, tmp_path / "one.xlsx")
    write_xlsx(book, tmp_path / "two.xlsx")

    assert (tmp_path / "one.xlsx").read_bytes() == (tmp_path / "two.xlsx").read_bytes()


def test_a_folder_that_is_not_there_is_named_and_nothing_is_left_behind(book: Book, tmp_path: Path):
    with pytest.raises(DataError, match="cannot be written"):
        write_csv(book, tmp_path / "absent" / "out.csv")
    (tmp_path / "folder").mkdir()
    with pytest.raises(DataError, match="cannot be written"):
        write_xlsx(book, tmp_path / "folder")

    assert [path.name for path in tmp_path.iterdir()] == ["folder"]


def test_json_has_sums_fills_and_lots(book: Book):
    told = json.loads(book_as_json(book, 2026))

    (total,) = told["totals"]
    assert (total["fills"], total["unknown_fees"], total["uncosted_sales"]) == (4, 1, 1)
    assert told["fills"][1]["fee"] is None
    assert told["fills"][0]["funds"] == "17685183.735"
    assert told["fills"][0]["at_ms"] == BEGIN + 3_600_000
    assert told["lots"] == []
    assert datetime.fromisoformat(told["fills"][0]["time_utc"])

"""Books from journals: fills told twice, in two journals, without a fee; exports; damaged files."""

from decimal import Decimal
from pathlib import Path

import msgspec
import pytest
from msgspec.structs import replace
from tests.store.scenery import fill, handled, report

from hoga.model.commands import OrderId, Side
from hoga.model.errors import JournalError
from hoga.model.events import (
    AccountEvent,
    ClosedOrdersReported,
    Fill,
    OrderReported,
    OrderStateSeen,
    OrderUpdated,
)
from hoga.research.books.entries import BooksError
from hoga.research.books.sources import book_of_journals, records_of
from hoga.store.journal import Journal, read_journal
from hoga.store.records import RunBegan

FEE = Decimal("0.5")


def journal(path: Path, *events: AccountEvent) -> Path:
    opened = Journal.open(path)
    opened.append([RunBegan(run_id="hg-a", id_prefix="hg-a-", version="0", at_ns=1)])
    for number, event in enumerate(events, 1):
        opened.append([handled(event, number)])
    opened.close()
    return path


def at(told: Fill, at_ms: int) -> Fill:
    return replace(told, trade_timestamp_ms=at_ms)


def export(path: Path) -> Path:
    out = path.with_suffix(".jsonl")
    rows = [
        msgspec.json.encode(
            {"seq": row.seq, "kind": row.kind, "hash": row.hash.hex(), "record": msgspec.Raw(row.payload)}
        )
        for row in read_journal(path)
    ]
    out.write_bytes(b"\n".join(rows) + b"\n")
    return out


def test_a_fill_that_is_told_by_stream_and_answer_is_booked_once_with_its_fee(tmp_path: Path):
    listed = report("a", OrderStateSeen.DONE, Decimal(1), trades=(at(fill("a", "t1"), 5),))
    book = book_of_journals(
        [journal(tmp_path / "j", OrderReported(order_id=OrderId("a"), report=listed), at(fill("a", "t1", fee=FEE), 5))]
    )

    (line,) = book.lines
    assert (line.entry.fee, line.entry.trade_id) == (FEE, "t1")
    assert not line.entry.is_fee_shared


def test_journals_of_several_runs_are_one_book_in_the_order_of_time(tmp_path: Path):
    both = at(fill("a", "t1", fee=FEE), 10)
    first = journal(tmp_path / "one", at(fill("b", "t2", fee=FEE), 30), both)
    second = journal(tmp_path / "two", both, at(fill("c", "t3", fee=FEE), 20))

    book = book_of_journals([first, second])

    assert [line.entry.trade_id for line in book.lines] == ["t1", "t3", "t2"]
    assert book.lines[0].entry.source == str(first)


def test_the_fee_of_a_whole_order_is_shared_by_funds_to_the_last_digit(tmp_path: Path):
    fee = Decimal("1.00000000000000000001")
    trades = tuple(at(fill("a", f"t{n}", Decimal(n)), n) for n in (1, 2, 4))
    listed = report("a", OrderStateSeen.CANCEL, Decimal(7), trades=trades, paid_fee=fee)

    book = book_of_journals([journal(tmp_path / "j", OrderReported(order_id=OrderId("a"), report=listed))])

    fees = [line.entry.fee for line in book.lines]
    assert all(line.entry.is_fee_shared for line in book.lines)
    assert sum(one for one in fees if one) == fee
    assert fees[0] == Decimal("0.142857142857142857144285")


@pytest.mark.parametrize(
    "told",
    [
        report("a", OrderStateSeen.WAIT, Decimal(1), trades=(fill("a", "t1"),), paid_fee=FEE),
        report("a", OrderStateSeen.DONE, Decimal(2), trades=(fill("a", "t1"),), paid_fee=FEE),
        report("a", OrderStateSeen.DONE, Decimal(1), trades=(fill("a", "t1"),)),
    ],
    ids=["the order goes on", "a fill is missing", "no fee was told"],
)
def test_a_fee_that_is_not_certain_is_unknown(tmp_path: Path, told):
    book = book_of_journals([journal(tmp_path / "j", OrderReported(order_id=OrderId("a"), report=told))])

    assert [line.entry.fee for line in book.lines] == [None]


def test_fills_of_orders_placed_by_hand_are_booked_too(tmp_path: Path):
    by_hand = replace(fill("x", "t9", fee=FEE), order_id=None)
    old = report("y", OrderStateSeen.DONE, Decimal(1), trades=(fill("y", "t8", fee=FEE),))
    listed = ClosedOrdersReported(market="KRW-BTC", reports=(old,), since_ms=0)

    book = book_of_journals([journal(tmp_path / "j", by_hand, listed)])

    assert {(line.entry.trade_id, line.entry.order_id) for line in book.lines} == {("t9", ""), ("t8", "y")}


def test_news_without_fills_makes_an_empty_book(tmp_path: Path):
    book = book_of_journals([journal(tmp_path / "j", OrderUpdated(report=report("a", OrderStateSeen.WAIT)))])

    assert (book.lines, book.average) == ([], {})


def test_the_same_trade_told_in_two_ways_is_refused(tmp_path: Path):
    one = journal(tmp_path / "one", fill("a", "t1"))
    other = journal(tmp_path / "two", replace(fill("a", "t1"), side=Side.SELL))

    with pytest.raises(BooksError, match="journals of different exchanges"):
        book_of_journals([one, other])


def test_an_export_is_read_like_the_journal(tmp_path: Path):
    path = journal(tmp_path / "j", at(fill("a", "t1", fee=FEE), 5))

    assert list(records_of(export(path))) == list(records_of(path))


@pytest.mark.parametrize("damage", ["changed", "missing", "no JSON"])
def test_a_damaged_export_is_refused_with_its_place(tmp_path: Path, damage: str):
    path = export(journal(tmp_path / "j", fill("a", "t1", fee=FEE), fill("b", "t2", fee=FEE)))
    lines = path.read_bytes().splitlines(keepends=True)
    changed = {
        "changed": [lines[0], lines[1].replace(b"1000", b"1001"), lines[2]],
        "missing": [lines[0], lines[2]],
        "no JSON": [lines[0], b"trade,price\n"],
    }
    path.write_bytes(b"".join(changed[damage]))

    with pytest.raises(BooksError, match=r"Row 2|Line 2"):
        book_of_journals([path])


def test_absent_and_foreign_files_are_named(tmp_path: Path):
    (tmp_path / "empty").touch()

    with pytest.raises(BooksError, match="nowhere cannot be read"):
        book_of_journals([tmp_path / "nowhere"])
    with pytest.raises(JournalError, match="empty"):
        book_of_journals([tmp_path / "empty"])

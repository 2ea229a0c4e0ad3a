"""The columns of the books, once for CSV, XLSX and JSON: what each is called and what stands in it."""

from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal
from enum import StrEnum

from msgspec import Struct

from hoga.model.commands import Side
from hoga.model.money import exactly, plain
from hoga.research.books.book import Book, Line, Outcome
from hoga.research.calendar import KST
from hoga.research.report.words import Language, Words

Cell = str | Decimal | datetime | None


class Kind(StrEnum):
    """How a cell is spelt: a text, a moment, an amount of money, a number of coins."""

    TEXT = "text"
    MOMENT = "moment"
    MONEY = "money"
    COINS = "coins"


class Column(Struct, frozen=True):
    """One column: a key for machines, a heading, and what stands in it for one fill (None: nothing)."""

    key: str
    name: Words
    kind: Kind
    cell: Callable[[Line, Language], Cell]


UNKNOWN = Words("모름", "unknown")

_SIDES = {Side.BUY: Words("매수", "buy"), Side.SELL: Words("매도", "sell")}
_ROLES = {True: Words("메이커", "maker"), False: Words("테이커", "taker"), None: UNKNOWN}
_SHARED = Words("주문 수수료를 나눔", "shared out of the order's")
_TOLD = Words("거래소", "told")
_NO_COST = Words("취득가 모름 {volume}개", "cost of {volume} unknown")
_NO_FEE = Words("수수료 모름: 그만큼 뺀 전의 금액", "a fee is unknown: before that fee")


def remarks(line: Line, language: Language) -> str:
    """What the reader must know of a fill before believing its gain."""
    said = []
    if line.average is not None and line.fifo is not None:
        if line.average.uncosted:
            said.append(_NO_COST.in_(language).format(volume=plain(line.average.uncosted)))
        if not (line.average.fees_known and line.fifo.fees_known):
            said.append(_NO_FEE.in_(language))
    return " · ".join(said)


def _moment(line: Line, zone: object) -> datetime:
    at = datetime.fromtimestamp(line.entry.at_ms / 1000, UTC)
    return at if zone is UTC else at.astimezone(KST)


def _fee_origin(line: Line, language: Language) -> str:
    entry = line.entry
    words = UNKNOWN if entry.fee is None else _SHARED if entry.is_fee_shared else _TOLD
    return words.in_(language)


def _gain(outcome: Outcome | None) -> Decimal | None:
    # A sale without any cost has no gain, not one of zero.
    return None if outcome is None or not outcome.cost else outcome.gain


def _cost(outcome: Outcome | None) -> Decimal | None:
    return None if outcome is None or not outcome.cost else outcome.cost


T, M, W, C = Kind.TEXT, Kind.MOMENT, Kind.MONEY, Kind.COINS

COLUMNS = (
    Column("time_kst", Words("체결 시각 (KST)", "Time (KST)"), M, lambda line, _: _moment(line, KST)),
    Column("time_utc", Words("체결 시각 (UTC)", "Time (UTC)"), M, lambda line, _: _moment(line, UTC)),
    Column("market", Words("마켓", "Market"), T, lambda line, _: line.entry.market),
    Column("side", Words("구분", "Side"), T, lambda line, language: _SIDES[line.entry.side].in_(language)),
    Column("price", Words("가격", "Price"), C, lambda line, _: line.entry.price),
    Column("volume", Words("수량", "Volume"), C, lambda line, _: line.entry.volume),
    Column("funds", Words("금액", "Funds"), W, lambda line, _: line.entry.funds),
    Column("currency", Words("통화", "Currency"), T, lambda line, _: line.quote),
    Column("fee", Words("수수료", "Fee"), W, lambda line, _: line.entry.fee),
    Column("fee_origin", Words("수수료 근거", "Fee from"), T, _fee_origin),
    Column("role", Words("메이커/테이커", "Role"), T, lambda line, lang: _ROLES[line.entry.is_maker].in_(lang)),
    Column("cost_average", Words("취득가 (이동평균)", "Cost (average)"), W, lambda line, _: _cost(line.average)),
    Column("gain_average", Words("실현손익 (이동평균)", "Gain (average)"), W, lambda line, _: _gain(line.average)),
    Column("cost_fifo", Words("취득가 (선입선출)", "Cost (FIFO)"), W, lambda line, _: _cost(line.fifo)),
    Column("gain_fifo", Words("실현손익 (선입선출)", "Gain (FIFO)"), W, lambda line, _: _gain(line.fifo)),
    Column("held", Words("남은 수량", "Held after"), C, lambda line, _: line.held),
    Column("remarks", Words("비고", "Remarks"), T, remarks),
    Column("order_id", Words("주문 번호", "Order"), T, lambda line, _: line.entry.order_id),
    Column("venue_id", Words("거래소 주문 번호", "Exchange's order"), T, lambda line, _: line.entry.venue_id),
    Column("trade_id", Words("체결 번호", "Trade"), T, lambda line, _: line.entry.trade_id),
    Column("source", Words("출처", "Source"), T, lambda line, _: line.entry.source),
)


def cells(line: Line, language: Language) -> list[Cell]:
    """One fill, column by column."""
    with exactly():
        return [column.cell(line, language) for column in COLUMNS]


def spelt(cell: Cell, column: Column, language: Language) -> str:
    """A cell as text: every digit of a number, a moment as people and spreadsheets read it, an unknown fee as such."""
    if cell is None:
        return UNKNOWN.in_(language) if column.key == "fee" else ""
    if isinstance(cell, Decimal):
        return plain(cell)
    if isinstance(cell, datetime):
        return cell.strftime("%Y-%m-%d %H:%M:%S.") + f"{cell.microsecond // 1000:03d}"
    return cell


TOTAL_COLUMNS = (
    ("year", Words("연도 (KST)", "Year (KST)")),
    ("currency", Words("통화", "Currency")),
    ("fills", Words("체결 수", "Fills")),
    ("bought", Words("매수 금액", "Bought")),
    ("sold", Words("매도 금액", "Sold")),
    ("fees", Words("수수료", "Fees")),
    ("unknown_fees", Words("수수료 모르는 체결", "Fills with unknown fee")),
    ("gain_average", Words("실현손익 (이동평균)", "Gain (average)")),
    ("gain_fifo", Words("실현손익 (선입선출)", "Gain (FIFO)")),
    ("uncertain_gains", Words("수수료를 몰라 불확실한 매도", "Sales uncertain for a fee")),
    ("uncosted_sales", Words("취득가 모르는 매도", "Sales with unknown cost")),
    ("uncosted_proceeds", Words("취득가 모르는 매도 대금", "Their proceeds")),
)


class LotRow(Struct, frozen=True):
    """Coins that are left, by one way of counting."""

    market: str
    method: Words
    bought_ms: int
    volume: Decimal
    cost: Decimal
    average_price: Decimal
    fees_known: bool


AVERAGE = Words("이동평균", "average")
FIFO = Words("선입선출", "FIFO")


def lot_rows(book: Book) -> list[LotRow]:
    """Every lot that is left at the end of the book."""
    with exactly():
        return [
            LotRow(market, method, lot.bought_ms, lot.volume, lot.cost, lot.average_price, lot.fees_known)
            for method, by_market in ((AVERAGE, book.average), (FIFO, book.fifo))
            for market, lots in sorted(by_market.items())
            for lot in lots
        ]

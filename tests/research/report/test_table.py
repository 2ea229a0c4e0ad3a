"""The report in the terminal: both languages, every figure, and JSON without a made-up number."""

import io
import json
from decimal import Decimal

import pytest
from msgspec.structs import replace
from rich.console import Console
from tests.research.report.scenery import BEGIN, DAY_MS, market, result, traded, worths

from hoga.research.report.spelling import amount, duration, moment, percent
from hoga.research.report.table import as_json, print_table
from hoga.research.result import Result


def printed(made: Result, language: str = "en") -> str:
    screen = io.StringIO()
    print_table(made, language, Console(file=screen, width=140))  # type: ignore[arg-type]
    return screen.getvalue()


def row_of(text: str, name: str) -> list[str]:
    rows = [[part.strip() for part in line.strip("│").split("│")] for line in text.splitlines()]
    (found,) = [row for row in rows if row[0] == name]
    return found


def test_the_figures_stand_beside_the_holders_in_won_and_korean_time():
    text = printed(traded())

    assert "2026-01-01 00:00 → 2026-02-10 00:00 KST" in text
    assert row_of(text, "Profit") == ["Profit", "+₩858", "-₩499"]
    assert row_of(text, "End") == ["End", "₩1,000,858", "₩999,500"]
    assert row_of(text, "Round trips")[1] == "2"
    assert row_of(text, "MDD")[1] == "-1.98%"
    assert "not enough funds" in text
    assert "Fees: 0.05% taker, 0.05% maker (KRW-BTC)." in text


def test_the_same_is_said_in_korean():
    text = printed(traded(), "ko")

    assert row_of(text, "손익")[1] == "+₩858"
    assert "단순 보유" in text
    assert "잔고 부족" in text
    assert "수수료: 테이커 0.05%" in text


def test_what_cannot_be_said_is_a_dash():
    text = printed(result())

    assert [row_of(text, name)[1] for name in ("Sharpe", "Win rate", "CAGR", "MDD", "Best trade")] == ["-"] * 5
    assert row_of(text, "Return")[1] == "0.00%"


def test_markets_are_listed_where_there_are_several():
    codes = {code: market(code) for code in ("KRW-BTC", "KRW-ETH")}

    assert "KRW-ETH │" in printed(result(markets=codes))
    assert "KRW-ETH" not in printed(result())


def test_a_halted_run_says_why_whatever_the_words():
    assert "Halted: [bold]loss[/] of the day" in printed(replace(traded(), halted="[bold]loss[/] of the day"))


def test_words_from_outside_are_no_markup():
    text = printed(result(strategy="[red]x[/]", params={"name": "[/]"}, refused={"[link=x]y": 1}))

    assert "[red]x[/] name=[/]" in text
    assert "[link=x]y" in text


def test_json_has_every_digit_of_money_and_null_for_what_cannot_be_said():
    told = json.loads(as_json(traded()))
    empty = json.loads(as_json(result()))

    assert told["profit"] == "858.5"
    assert told["trading"]["realised"] == "3885"
    assert told["drawdown"]["peak_ms"] == BEGIN + DAY_MS
    assert told["holding"]["ending_equity"] == "999500.249875065"
    assert told["refused_by_reason"] == {"insufficient_funds": 2, "risk": 1}
    assert "curve" not in told
    assert (empty["sharpe"], empty["trading"]["win_rate"], empty["drawdown"]) == (None, None, None)


def test_json_of_a_total_loss_is_json():
    lost = result(days=worths(0), ending_equity=Decimal(0), equity=worths(0))

    told = json.loads(as_json(lost), parse_constant=pytest.fail)

    assert told["total_return"] == -1.0


@pytest.mark.parametrize(
    ("value", "currency", "text"),
    [
        ("1234567.89", "KRW", "₩1,234,567"),
        ("-1234.5", "KRW", "-₩1,234"),
        ("0.01234567", "BTC", "0.01234567 BTC"),
        ("12345.5", "USDT", "12,345.5 USDT"),
    ],
)
def test_amounts_are_spelt_for_people(value: str, currency: str, text: str):
    assert amount(Decimal(value), currency) == text


def test_signs_and_lengths_of_time():
    assert amount(Decimal(5), signed=True) == "+₩5"
    assert amount(Decimal(0), signed=True) == "₩0"
    assert (percent(0.1234), percent(-0.1), percent(0.0), percent(None)) == ("+12.34%", "-10.00%", "0.00%", "-")
    assert (duration(90 * 60_000).en, duration(3 * DAY_MS).ko) == ("1h 30m", "3일 0시간")
    assert moment(BEGIN) == "2026-01-01 00:00"

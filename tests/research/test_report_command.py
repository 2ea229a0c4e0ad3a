"""`hoga report trades`, as a person meets it."""

import json
from decimal import Decimal
from pathlib import Path

import pytest
from tests.research.books.test_sources import at, journal
from tests.store.scenery import fill

from hoga.cli import main

#: Noon of 2026-06-01 in Seoul.
JUNE_MS = 1_780_282_800_000


@pytest.fixture
def book(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return journal(
        tmp_path / "bot.journal", at(fill("a", "t1", fee=Decimal("0.5")), JUNE_MS), at(fill("b", "t2"), JUNE_MS)
    )


def test_a_year_is_told_with_what_is_unknown(book: Path, capsys: pytest.CaptureFixture[str]):
    code = main(["report", "trades", "--year", "2026", "--run", str(book), "--lang", "en"])

    told = capsys.readouterr().out
    assert code == 0
    assert "₩2,000" in told
    assert "What is left (average)" in told
    assert "₩1,000" in told
    assert "The fee of 1 fills was never told" in told.replace("\n", " ")


def test_files_and_json_are_written_at_once(book: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    code = main(["report", "trades", "--run", str(book), "--csv", "out.csv", "--xlsx", "out.xlsx", "--json"])

    told = json.loads(capsys.readouterr().out)
    assert code == 0
    assert [one["trade_id"] for one in told["fills"]] == ["t1", "t2"]
    assert (tmp_path / "out.csv").stat().st_size > 100
    assert (tmp_path / "out.xlsx").read_bytes().startswith(b"PK")


def test_the_journal_of_the_configuration_is_read_by_default(book: Path, capsys: pytest.CaptureFixture[str]):
    Path("hoga.toml").write_text(f'[journal]\npath = "{book.name}"\n', encoding="utf-8")

    assert main(["report", "trades", "--json"]) == 0
    assert len(json.loads(capsys.readouterr().out)["fills"]) == 2


def test_a_year_without_fills_says_so(book: Path, capsys: pytest.CaptureFixture[str]):
    assert main(["report", "trades", "--year", "2020", "--run", str(book), "--lang", "en"]) == 0
    assert "There are no fills" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (["--year", "26"], 2, "--year 26"),
        (["--run", "nowhere"], 1, "nowhere cannot be read"),
        (["--config", "nowhere.toml"], 2, "nowhere.toml cannot be read"),
        (["--csv", "absent/out.csv"], 1, "absent/out.csv cannot be written"),
    ],
)
def test_what_cannot_be_done_is_a_sentence(
    book: Path, capsys: pytest.CaptureFixture[str], words: list[str], code: int, said: str
):
    run = [] if words[0] in {"--run", "--config"} else ["--run", str(book)]

    assert main(["report", "trades", *run, *words]) == code
    assert said in capsys.readouterr().err.replace("\n", " ")

import asyncio
import json
from pathlib import Path

import pytest
from tests.research.data.scenery import bars, store_with

from hoga.cli import main
from hoga.simulator.server import serve

ROWS = "time_utc,open,high,low,close,volume\n" + "".join(
    f"2025-09-01T00:{n:02}:00,100,102,99,101,1.5\n" for n in range(30) if n != 7
)


@pytest.fixture
def table(tmp_path: Path) -> Path:
    path = tmp_path / "bars.csv"
    path.write_text(ROWS, encoding="utf-8")
    return path


def test_what_is_imported_is_listed_in_korean_time(
    table: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("COLUMNS", "150")
    store = str(tmp_path / "store")

    assert main(["data", "import", str(table), "--market", "KRW-BTC", "--data", store]) == 0
    said = capsys.readouterr().out
    assert main(["data", "list", "--data", store]) == 0
    listed = capsys.readouterr().out

    assert "the column is called time_utc" in said
    assert "29 new" in said
    assert "2025-09-01 09:00" in listed
    assert " 29 " in listed


def test_the_json_of_a_list_has_utc_milliseconds(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
):
    store_with(tmp_path, bars(10, without=(3,)))
    monkeypatch.setenv("HOGA_DATA", str(tmp_path))

    assert main(["data", "list", "--json"]) == 0

    (row,) = json.loads(capsys.readouterr().out)
    assert (row["market"], row["unit"], row["begin_ms"], row["rows"], row["silent"]) == (
        "KRW-BTC",
        "1m",
        1_756_684_800_000,
        9,
        1,
    )


def test_verify_ends_with_1_where_something_is_wrong(table: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    assert main(["data", "verify", str(table), "--market", "KRW-BTC"]) == 0
    table.write_text(ROWS.replace("100,102,99,101", "100,102,103,101", 1), encoding="utf-8")
    assert main(["data", "verify", str(table), "--market", "KRW-BTC", "--json"]) == 1

    told = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert told["series"][0]["gaps"]["gaps"] == 1
    assert "prices out of order" in told["series"][0]["faults"][0]


def test_a_folder_of_somebodys_files_is_verified_file_by_file(
    table: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    folder = tmp_path / "theirs"
    folder.mkdir()
    table.rename(folder / "bars.csv")
    (folder / "notes.csv").write_text("name,age\nkim,7\n", encoding="utf-8")
    (folder / "picture.png").write_bytes(b"")
    (folder / "sure.csv").write_text(ROWS.replace("time_utc", "time"), encoding="utf-8")

    assert main(["data", "verify", str(folder), "--json"]) == 0
    bars, notes, sure = json.loads(capsys.readouterr().out)
    assert main(["data", "verify", str(folder)]) == 0
    said = capsys.readouterr().out

    assert bars["series"][0]["gaps"]["quiet"] == 1
    assert "no column for time" in notes["passed_over"]
    assert "taken for UTC" in sure["clock"]
    assert "Passed over" in said
    assert "taken for UTC" in said


@pytest.mark.parametrize(
    ("words", "code", "why"),
    [
        (["import"], 2, "at least one file"),
        (["import", "nothing.csv"], 2, "no file nothing.csv"),
        (["import", "{table}"], 2, "--market KRW-BTC"),
        (["import", "{table}", "--market", "BTC"], 2, "not a market code"),
        (["import", "{table}", "--market", "KRW-BTC", "--unit", "7m"], 2, "no length of a candle"),
        (["import", "{table}", "--market", "KRW-BTC", "--unit", "5m"], 1, "you said 5m"),
        (["verify", "KRW-XRP"], 1, "nothing of KRW-XRP"),
        (["verify", "nothing.parquet"], 2, "no file"),
    ],
)
def test_a_wrong_word_is_told_with_what_to_do(
    table: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], words: list[str], code: int, why: str
):
    words = [word.format(table=table) for word in words]

    assert main(["data", *words, "--data", str(tmp_path / "store")]) == code

    assert why in capsys.readouterr().err
    assert not (tmp_path / "store").exists()


async def test_a_download_from_the_simulator_is_told_as_a_table_of_facts(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    running = await serve(seed=7, markets=["KRW-BTC"])
    try:
        words = ["KRW-BTC", "--unit", "60m", "--unit", "240m", "--rest-url", running.rest_url, "--data", str(tmp_path)]
        code = await asyncio.to_thread(main, ["data", "download", *words, "--json"])
    finally:
        await running.stop()

    assert code == 0
    hours, longer = json.loads(capsys.readouterr().out)
    assert (hours["unit"], longer["unit"]) == ("60m", "240m")
    assert hours["added"] in range(24 * 30 - 1, 24 * 30 + 1)
    assert longer["added"] in range(6 * 30 - 1, 6 * 30 + 1)


@pytest.mark.parametrize(
    ("words", "why"),
    [
        ([], "at least one market"),
        (["BTC"], "not a market code"),
        (["KRW-BTC", "--unit", "2m"], "no length of a candle"),
        (["KRW-BTC", "--from", "2026-01-02", "--to", "2026-01-01"], "begins after it ends"),
        (["KRW-BTC", "--from", "2026-01-01", "--to", "2026-01-01"], "is empty"),
        (["KRW-BTC", "--to", "2999-01-01"], "in the future"),
        (["KRW-BTC", "--trades", "--unit", "1m"], "no --unit"),
        (["KRW-BTC", "--rest-url", "https://example.com"], "neither Upbit nor this machine"),
    ],
)
def test_a_download_that_makes_no_sense_is_a_usage_error(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], words: list[str], why: str
):
    assert main(["data", "download", *words, "--data", str(tmp_path / "store")]) == 2

    assert why in capsys.readouterr().err
    assert not (tmp_path / "store").exists()


def test_made_up_prices_are_kept_apart_from_real_ones(table: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    store = str(tmp_path / "store")
    assert main(["data", "synthetic", "--days", "2", "--data", store, "--json"]) == 0
    (made,) = json.loads(capsys.readouterr().out)
    assert main(["data", "import", str(table), "--market", "KRW-BTC", "--data", store]) == 1

    assert made["added"] in range(2_800, 2_881)
    assert "do not belong beside them" in capsys.readouterr().err
    assert main(["data", "verify", "--data", store]) == 0
    assert main(["data", "list", "--data", store, "--json"]) == 0
    assert json.loads(capsys.readouterr().out.splitlines()[-1])[0]["is_made_up"]
    assert main(["data", "synthetic", "--days", "0", "--data", store]) == 2
    assert main(["data", "synthetic", "--trades", "--days", "1", "--data", store]) == 0

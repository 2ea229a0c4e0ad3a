"""`hoga backtest`, as it is typed."""

import json
from pathlib import Path

import pytest
from tests.research.engine.scenery import BEGIN_MS, MINUTE_MS, candles

from hoga.cli import main
from hoga.research.data.keeping import keep_candles
from hoga.research.data.notes import Span

DAYS = ("--from", "2026-01-01", "--to", "2026-01-02")

OWN = '''
from decimal import Decimal
import hoga

class BuyOnce(hoga.Strategy):
    """Buys once."""

    class Params(hoga.Params):
        market: str = "KRW-BTC"
        spend: Decimal = Decimal(50000)

    bought = False

    def on_trade(self, ctx, trade):
        if not self.bought:
            self.bought = True
            ctx.market_buy(trade.market, self.params.spend)
'''


@pytest.fixture(autouse=True)
def elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.chdir(tmp_path)


def test_without_any_data_it_runs_on_made_up_prices_and_says_so(capsys: pytest.CaptureFixture[str]):
    assert main(["backtest", "sma_cross", *DAYS, "--lang", "en"]) == 0
    told = capsys.readouterr()

    assert "made up" in told.out
    assert "hoga data download KRW-BTC" in told.out
    assert "SmaCross" in told.out
    assert "%" in told.err
    assert "<html" in Path("backtest-sma-cross.html").read_text(encoding="utf-8")


def test_a_strategy_of_ones_own_runs_from_its_file(capsys: pytest.CaptureFixture[str]):
    Path("mine.py").write_text(OWN, encoding="utf-8")
    words = ["backtest", "mine.py", *DAYS, "--set", "spend=60000", "--fee", "0.001", "--json"]

    assert main(words) == 0
    told = json.loads(capsys.readouterr().out)

    assert told["strategy"] == "BuyOnce"
    assert told["params"]["spend"] == "60000"
    assert not list(Path().glob("*.html"))
    assert main([*words[:2], "--json", *DAYS]) == 0
    assert json.loads(capsys.readouterr().out)["params"]["spend"] == "50000"


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["volatility_brekout"], "did you mean volatility-breakout?"),
        (["sma-cross", "--set", "fast=900"], "at most 200"),
        (["sma-cross", "--set", "fast"], "write it as name=value"),
        (["sma-cross", "--set", "fats=3"], "fast"),
        (["dca", "--from", "2026-01-02", "--to", "2026-01-02"], "is empty"),
        (["dca", "--from", "2026-01-03", "--to", "2026-01-02"], "begins after it ends"),
        (["dca", "--to", "2999-01-01"], "future"),
        (["dca", "--from", "yesterday"], "write a day like"),
        (["dca", "--unit", "7m"], "no length of a candle"),
        (["dca", "--latency", "50"], "write it like 50ms"),
        (["dca", "--fee", "2"], "between 0 and 1"),
        (["dca", "--fee", "much"], "not a number"),
        (["dca", "--balance", "0"], "begin with"),
        (["dca", "--market", "BTC"], "KRW-BTC"),
        (["dca", "--data", "nowhere"], "no folder nowhere"),
        (["dca", "--limit", "max_order=3"], "max_order"),
        (["none.py"], "no file none.py"),
        (["empty.py"], "no class"),
        (["two.py"], "two.py:One, two.py:Two"),
        (["two.py:Three"], "no class Three"),
        (["broken.py"], "cannot be read"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_bad_input_is_told_in_a_sentence_and_nothing_is_written(
    words: list[str], told: str, capsys: pytest.CaptureFixture[str]
):
    Path("empty.py").write_text("", encoding="utf-8")
    Path("broken.py").write_text("def (", encoding="utf-8")
    two = "import hoga\nclass One(hoga.Strategy): ...\nclass Two(hoga.Strategy): ...\n"
    Path("two.py").write_text(two, encoding="utf-8")
    before = {*Path().iterdir(), Path("__pycache__")}  # Python's own, beside a strategy that was read

    assert main(["backtest", *words]) == 2
    assert told in capsys.readouterr().err
    assert set(Path().iterdir()) <= before


def test_recorded_prices_are_used_where_they_are(capsys: pytest.CaptureFixture[str]):
    block = candles(3_000, quiet=0.2)
    covered = [Span(BEGIN_MS, BEGIN_MS + 3_000 * MINUTE_MS)]
    keep_candles(Path("data"), "KRW-BTC", 60, [block], covered, source="a test", fetched_ms=BEGIN_MS)

    assert main(["backtest", "sma_cross", "--from", "2026-01-02", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)

    assert told["assumptions"]["data"] == "candles 1m"
    assert told["begin_ms"] == BEGIN_MS + (24 - 9) * 3_600_000
    assert told["end_ms"] == BEGIN_MS + 3_000 * MINUTE_MS
    assert main(["backtest", "sma_cross", "--unit", "1m", "--from", "2026-02-02", "--to", "2026-02-03", "--json"]) != 0
    assert "recorded from" in capsys.readouterr().err

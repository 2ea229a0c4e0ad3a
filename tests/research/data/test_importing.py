import gzip
import json
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from hoga.model.errors import ConfigError
from hoga.research.data.asking import coverage
from hoga.research.data.blocks import read_candles, read_trades
from hoga.research.data.errors import DataError
from hoga.research.data.importing import Imported, import_file
from hoga.research.data.layout import candles_of, series_in
from hoga.research.data.parquet import connect
from hoga.research.data.shapes import code_of

START = datetime(2025, 9, 1, tzinfo=UTC)
START_MS = int(START.timestamp() * 1000)
MINUTE_MS = 60_000
KST = timedelta(hours=9)
NOW_MS = START_MS + 40 * 24 * 60 * MINUTE_MS
NAIVE = "%Y-%m-%d %H:%M:%S"


def taken(store: Path, path: Path, **said: object) -> Imported:
    return import_file(store, path, fetched_ms=NOW_MS, **said)  # type: ignore[arg-type]


def closes(store: Path, market: str = "KRW-BTC", unit_s: int = 60) -> dict[int, Decimal]:
    blocks = read_candles(store, market, unit_s, 0, START_MS * 2)
    return {candle.start_ms: candle.close for block in blocks for candle in block.candles() if not candle.is_empty}


def table(
    path: Path,
    *,
    heads: str = "timestamp,open,high,low,close,volume",
    time: Callable[[datetime], str] = lambda at: at.strftime(NAIVE),
    minutes: Sequence[int] = range(30),
    length: int = 1,
    market: str = "",
) -> Path:
    """Write bars that close at 100.1, 101.1, …, as somebody else would."""
    rows = [heads]
    for n in minutes:
        at = time(START + timedelta(minutes=n * length))
        rows.append(f"{market}{at},{100 + n}.1,{102 + n},{98 + n},{100 + n}.1,{n}.12345678")
    path.write_text("\n".join(rows) + "\n", encoding="utf-8")
    return path


EXPECTED = {START_MS + n * MINUTE_MS: Decimal(f"{100 + n}.1") for n in range(30)}


@pytest.mark.parametrize(
    ("heads", "time"),
    [
        ("candle_date_time_utc,Open,HIGH,low,Close,Volume", lambda at: at.strftime("%Y-%m-%dT%H:%M:%S")),
        ("candle_date_time_kst,o,h,l,c,v", lambda at: (at + KST).strftime("%Y-%m-%dT%H:%M:%S")),
        ("ts,open,high,low,close,vol", lambda at: str(int(at.timestamp()))),
        ("timestamp,open,high,low,close,volume", lambda at: str(int(at.timestamp() * 1000))),
        ("date,open,high,low,close,volume", lambda at: (at + KST).strftime("%Y-%m-%dT%H:%M:%S+09:00")),
        ("time,open,high,low,close,volume", lambda at: at.strftime("%Y-%m-%dT%H:%M:%SZ")),
    ],
)
def test_a_clock_the_file_tells_is_understood(tmp_path: Path, heads: str, time: Callable[[datetime], str]):
    path = table(tmp_path / "bars.csv", heads=heads, time=time)

    done = taken(tmp_path / "store", path, markets=["KRW-BTC"])

    assert closes(tmp_path / "store") == EXPECTED
    assert done.unit_s == 60
    assert done.kept[0][1].added == 30


def test_a_clock_nobody_tells_is_asked_for_and_believed(tmp_path: Path):
    path = table(tmp_path / "bars.csv", time=lambda at: (at + KST).strftime(NAIVE))

    with pytest.raises(DataError, match="--clock utc or --clock kst"):
        taken(tmp_path / "store", path, markets=["KRW-BTC"])
    assert not (tmp_path / "store").exists()

    taken(tmp_path / "store", path, markets=["KRW-BTC"], clock="kst")
    assert closes(tmp_path / "store") == EXPECTED


def test_a_clock_that_contradicts_the_file_is_refused(tmp_path: Path):
    path = table(tmp_path / "bars.csv", heads="time_kst,open,high,low,close,volume")

    with pytest.raises(DataError, match="called time_kst"):
        taken(tmp_path / "store", path, markets=["KRW-BTC"], clock="utc")


@pytest.mark.parametrize(("hour", "shift"), [(0, 0), (9, 9)])
def test_days_tell_their_clock_by_the_hour_they_begin_at(tmp_path: Path, hour: int, shift: int):
    path = table(tmp_path / "days.csv", length=1440, time=lambda at: (at + timedelta(hours=hour)).strftime(NAIVE))

    done = taken(tmp_path / "store", path, markets=["KRW-BTC"])

    assert next(iter(closes(tmp_path / "store", unit_s=86_400))) == START_MS
    assert done.clock.read == ("kst" if shift else "utc")


def test_several_markets_of_one_file_are_told_apart_however_they_are_written(tmp_path: Path):
    table(tmp_path / "a.csv", heads="pair,candle_date_time_utc,open,high,low,close,volume", market="BTC_KRW,")
    rows = (tmp_path / "a.csv").read_text(encoding="utf-8")
    (tmp_path / "a.csv").write_text(rows + rows.partition("\n")[2].replace("BTC_KRW", "ETH/KRW"), encoding="utf-8")

    taken(tmp_path / "store", tmp_path / "a.csv")
    taken(tmp_path / "one", tmp_path / "a.csv", markets=["KRW-ETH"])

    assert [series.market for series in series_in(tmp_path / "store")] == ["KRW-BTC", "KRW-ETH"]
    assert [series.market for series in series_in(tmp_path / "one")] == ["KRW-ETH"]
    with pytest.raises(DataError, match="nothing of KRW-XRP"):
        taken(tmp_path / "one", tmp_path / "a.csv", markets=["KRW-XRP"])


def test_a_file_without_a_market_must_be_given_one(tmp_path: Path):
    path = table(tmp_path / "bars.csv", heads="time_utc,open,high,low,close,volume")

    with pytest.raises(ConfigError, match="--market KRW-BTC"):
        taken(tmp_path / "store", path)


def test_answers_of_the_venue_newest_first_and_zipped_are_read(tmp_path: Path):
    rows = [
        {
            "market": "KRW-BTC",
            "candle_date_time_utc": (START + timedelta(minutes=n)).strftime("%Y-%m-%dT%H:%M:%S"),
            "candle_date_time_kst": (START + timedelta(minutes=n) + KST).strftime("%Y-%m-%dT%H:%M:%S"),
            "opening_price": 100 + n + 0.1,
            "high_price": 102.0 + n,
            "low_price": 98.0 + n,
            "trade_price": 100 + n + 0.1,
            "timestamp": START_MS + n * MINUTE_MS + 59_000,
            "candle_acc_trade_price": 1386929.37231066,
            "candle_acc_trade_volume": 0.12345678,
            "unit": 1,
        }
        for n in reversed(range(30))
    ]
    path = tmp_path / "answer.json.gz"
    path.write_bytes(gzip.compress(json.dumps(rows).encode()))

    done = taken(tmp_path / "store", path)

    (block,) = read_candles(tmp_path / "store", "KRW-BTC", 60, START_MS, START_MS + 30 * MINUTE_MS)
    first = next(block.candles())
    assert (first.value, first.volume) == (Decimal("1386929.37231066"), Decimal("0.12345678"))
    assert done.verdicts[0].backwards == 0


def test_bare_rows_as_ccxt_gives_them_are_read(tmp_path: Path):
    rows = [[START_MS + n * MINUTE_MS, 100.1 + n, 102 + n, 98 + n, 100.1 + n, 1.5] for n in range(30)]
    (tmp_path / "ohlcv.json").write_text(json.dumps(rows), encoding="utf-8")

    taken(tmp_path / "store", tmp_path / "ohlcv.json", markets=["KRW-BTC"])

    assert len(closes(tmp_path / "store")) == 30


def test_a_collection_of_pages_with_holes_between_is_refused(tmp_path: Path):
    minutes = [*range(200), *range(400, 600), *range(800, 1_000)]
    path = table(tmp_path / "pages.csv", heads="time_utc,open,high,low,close,volume", minutes=minutes)

    with pytest.raises(DataError, match="sampled in blocks: 200 bars"):
        taken(tmp_path / "store", path, markets=["KRW-BTC"], unit_s=60)


def test_days_never_fetched_are_noted_as_such_and_not_as_silence(tmp_path: Path):
    minutes = [*range(30), *range(3_000, 3_030)]
    path = table(tmp_path / "two.csv", heads="time_utc,open,high,low,close,volume", minutes=minutes)

    done = taken(tmp_path / "store", path, markets=["KRW-BTC"])

    with connect() as connection:
        spans = coverage(tmp_path / "store", candles_of("KRW-BTC", 60), connection=connection)
    assert [span.end_ms - span.begin_ms for span in spans] == [30 * MINUTE_MS] * 2
    assert "never fetched" in done.verdicts[0].warnings[0]


@pytest.mark.parametrize(
    ("old", "new", "why"),
    [
        ("102,98", "97,98", "prices out of order"),
        ("102,98", "102,-1", "prices out of order"),
        ("102,98", "102,", "missing numbers"),
        ("00:05:00", "00:04:30", "begin where no bar of 1m begins"),
        ("00:05:00", "00:04:00", "repeat a time with other numbers"),
    ],
)
def test_a_file_that_contradicts_itself_is_refused_whole(tmp_path: Path, old: str, new: str, why: str):
    path = table(tmp_path / "bars.csv", heads="time_utc,open,high,low,close,volume")
    path.write_text(path.read_text(encoding="utf-8").replace(old, new), encoding="utf-8")

    with pytest.raises(DataError, match=why):
        taken(tmp_path / "store", path, markets=["KRW-BTC"])
    assert list((tmp_path / "store").rglob("*.parquet")) == []


def test_rows_that_are_there_twice_count_once(tmp_path: Path):
    path = table(tmp_path / "bars.csv", heads="time_utc,open,high,low,close,volume")
    rows = path.read_text(encoding="utf-8")
    path.write_text(rows + rows.partition("\n")[2], encoding="utf-8")

    done = taken(tmp_path / "store", path, markets=["KRW-BTC"])

    assert closes(tmp_path / "store") == EXPECTED
    assert done.verdicts[0].duplicates == 30


def test_bars_of_two_lengths_in_one_file_are_refused(tmp_path: Path):
    minutes = [*range(100), *range(100, 200, 5)]
    path = table(tmp_path / "bars.csv", heads="time_utc,open,high,low,close,volume", minutes=minutes)

    with pytest.raises(DataError, match="bars of 5m among those of 1m"):
        taken(tmp_path / "store", path, markets=["KRW-BTC"])
    with pytest.raises(DataError, match="you said 5m, but most of its bars are 1m apart"):
        taken(tmp_path / "store", path, markets=["KRW-BTC"], unit_s=300)


def test_a_quiet_beginning_is_not_taken_for_another_length(tmp_path: Path):
    path = table(tmp_path / "bars.csv", heads="time_utc,open,high,low,close,volume", minutes=[0, 3, *range(6, 60)])

    done = taken(tmp_path / "store", path, markets=["KRW-BTC"])

    assert done.kept[0][1].added == 56


@pytest.mark.parametrize(
    ("ahead", "why"),
    [(timedelta(days=40, hours=8), "in the future"), (timedelta(days=-9_000), "before there was")],
)
def test_times_that_cannot_be_are_a_clock_read_wrongly(tmp_path: Path, ahead: timedelta, why: str):
    path = table(tmp_path / "bars.csv", time=lambda at: (at + ahead).strftime(NAIVE))

    with pytest.raises(DataError, match=why):
        taken(tmp_path / "store", path, markets=["KRW-BTC"], clock="utc")


@pytest.mark.parametrize("name", ["bars.xls", "nothing.csv"])
def test_a_file_that_cannot_be_read_is_a_usage_error(tmp_path: Path, name: str):
    (tmp_path / "bars.xls").write_bytes(b"x")

    with pytest.raises(ConfigError):
        taken(tmp_path / "store", tmp_path / name, markets=["KRW-BTC"])


def test_a_file_of_something_else_is_told_by_its_columns(tmp_path: Path):
    (tmp_path / "x.csv").write_text("name,age\nkim,7\n", encoding="utf-8")

    with pytest.raises(DataError, match="no column for time, opening"):
        taken(tmp_path / "store", tmp_path / "x.csv", markets=["KRW-BTC"])


def test_trades_keep_their_numbers_and_equal_ones_are_two(tmp_path: Path):
    rows = ["market,timestamp,trade_price,trade_volume,ask_bid,sequential_id"]
    rows += [f"KRW-BTC,{START_MS},100.5,0.12345678,{'BID' if n % 2 else 'ASK'},{START_MS}000{n}" for n in range(4)]
    (tmp_path / "trades.csv").write_text("\n".join([*rows, rows[-1]]), encoding="utf-8")

    taken(tmp_path / "store", tmp_path / "trades.csv")

    (block,) = read_trades(tmp_path / "store", "KRW-BTC", START_MS, START_MS + 1)
    assert block.is_bid.tolist() == [False, True, False, True]
    assert block.sequential_id.tolist() == [int(f"{START_MS}000{n}") for n in range(4)]


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("KRW-BTC", "KRW-BTC"),
        ("btc_krw", "KRW-BTC"),
        ("BTC/KRW", "KRW-BTC"),
        ("BTC-ETH", "BTC-ETH"),
        ("ETH/BTC", "BTC-ETH"),
        ("USDT-BTC", "USDT-BTC"),
        ("BTC-USDT", "USDT-BTC"),
    ],
)
def test_a_market_is_known_by_what_it_is_quoted_in(text: str, code: str):
    assert code_of(text) == code

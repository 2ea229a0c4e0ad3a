"""Recordings as the market: tapes of frames and candles, at any speed, and what is said of broken ones."""

import gzip
from decimal import Decimal
from pathlib import Path

import msgspec
import pytest

from hoga.model.errors import ConfigError
from hoga.model.events import AskBid, Orderbook, Trade
from hoga.simulator.market.replay import Replay, open_recording

D = Decimal
NOW_MS = 1_795_500_000_000

TRADE = {
    "type": "trade",
    "code": "KRW-ETH",
    "timestamp": 1787728551752,
    "trade_date": "2026-08-26",
    "trade_time": "07:15:51",
    "trade_timestamp": 1787728551696,
    "trade_price": 3427000.0,
    "trade_volume": 0.00883869,
    "ask_bid": "BID",
    "prev_closing_price": 3394000.0,
    "change": "RISE",
    "change_price": 33000.0,
    "sequential_id": 17877285516960000,
    "stream_type": "REALTIME",
}
BOOK = {
    "type": "orderbook",
    "code": "KRW-ETH",
    "timestamp": 1787728551700,
    "total_ask_size": 1.5,
    "total_bid_size": 2.5,
    "orderbook_units": [{"ask_price": 3427000.0, "bid_price": 3426000.0, "ask_size": 1.5, "bid_size": 2.5}],
    "stream_type": "SNAPSHOT",
    "level": 0,
}
SIMPLE = {"ty": "trade", "cd": "KRW-XRP", "tms": 1, "td": "2026-08-26", "ttm": "00:00:00", "ttms": 1, "tp": 2050.0}
SIMPLE |= {"tv": 1.5, "ab": "ASK", "pcp": 2000.0, "c": "RISE", "cp": 50.0, "sid": 10000, "st": "REALTIME"}


def tape(path: Path, *rows: tuple[int, object]) -> Path:
    lines = [{"received_ns": at_ms * 1_000_000, "stream": "public", "frame": frame} for at_ms, frame in rows]
    path.write_bytes(b"\n".join(map(msgspec.json.encode, lines)))
    return path


def candles(path: Path, *rows: str) -> Path:
    head = "market,candle_date_time_utc,opening_price,high_price,low_price,trade_price,candle_acc_trade_volume"
    path.write_text("\n".join([head, *rows]), encoding="utf-8")
    return path


def whole(replay: Replay) -> list[Trade | Orderbook]:
    return [one for news in play(replay, 0, 10**12) for one in news]


def play(replay: Replay, *moments: int) -> list[list[Trade | Orderbook]]:
    return [replay.advance(NOW_MS + moment) for moment in moments]


def test_a_tape_is_told_in_its_own_rhythm_from_the_first_beat_on(tmp_path: Path):
    path = tape(tmp_path / "a.jsonl", (5_000, BOOK), (5_250, TRADE), (6_000, SIMPLE))
    replay = open_recording(path)

    told = play(replay, 0, 249, 250, 1_000)

    assert replay.markets == ("KRW-ETH", "KRW-XRP")
    assert [[type(one) for one in news] for news in told] == [[Orderbook], [], [Trade], [Trade]]
    assert told[2][0].market == "KRW-ETH"
    assert replay.next_ms is None


def test_times_are_moved_to_the_present_and_trades_numbered_anew(tmp_path: Path):
    path = tape(tmp_path / "a.jsonl", (5_000, BOOK), (5_250, TRADE), (5_250, TRADE))
    replay = open_recording(path)

    book, first, second = replay.advance(NOW_MS), *replay.advance(NOW_MS + 250)

    assert isinstance(first, Trade) and isinstance(second, Trade)  # noqa: PT018
    assert book[0].timestamp_ms == NOW_MS
    assert first.trade_timestamp_ms == second.trade_timestamp_ms == NOW_MS + 250
    assert (first.sequential_id, second.sequential_id) == ((NOW_MS + 250) * 10_000, (NOW_MS + 250) * 10_000 + 1)
    assert (first.price, first.volume) == (D(3427000), D("0.00883869"))


def test_twice_the_speed_takes_half_the_time(tmp_path: Path):
    path = tape(tmp_path / "a.jsonl", (5_000, TRADE), (6_000, TRADE))
    replay = open_recording(path, speed=2.0)

    assert [len(news) for news in play(replay, 0, 499, 500)] == [1, 0, 1]


def test_snapshots_of_trades_are_not_trades_and_other_streams_are_passed_over(tmp_path: Path):
    ticker = {"status": "UP"}
    path = tape(tmp_path / "a.jsonl", (1, {**TRADE, "stream_type": "SNAPSHOT"}), (2, ticker), (3, [TRADE]))

    assert len(open_recording(path).advance(NOW_MS + 10)) == 1


def test_a_frame_may_be_kept_as_the_text_it_was(tmp_path: Path):
    path = tape(tmp_path / "a.jsonl", (1, msgspec.json.encode(TRADE).decode()))

    assert len(open_recording(path).advance(NOW_MS)) == 1


def test_broken_lines_are_told_with_their_numbers_before_anything_begins(tmp_path: Path):
    path = tape(tmp_path / "a.jsonl", (1, TRADE), (2, {"type": "trade", "code": "KRW-BTC"}))
    path.write_bytes(path.read_bytes() + b'\n{"received_ns":1\n\n{"frame":{}}')
    with pytest.raises(ConfigError) as refused:
        open_recording(path)

    assert [text.partition(": ")[0] for text in refused.value.problems] == [
        f"{path}, line {number}" for number in (2, 3, 5)
    ]


def test_a_file_of_another_kind_is_given_up_after_ten_faults(tmp_path: Path):
    path = tmp_path / "a.jsonl"
    path.write_text("hello\n" * 100, encoding="utf-8")
    with pytest.raises(ConfigError) as refused:
        open_recording(path)

    assert len(refused.value.problems) == 10


@pytest.mark.parametrize(
    ("name", "speed", "told"),
    [("none.jsonl", 1.0, "is not there"), ("a.parquet", 1.0, "neither a tape"), ("empty.jsonl", 1.0, "no trade")],
)
def test_what_is_no_recording_is_refused(tmp_path: Path, name: str, speed: float, told: str):
    (tmp_path / "empty.jsonl").touch()
    with pytest.raises(ConfigError, match=told):
        open_recording(tmp_path / name, speed=speed)


@pytest.mark.parametrize("speed", [0.0, -1.0, float("nan"), float("inf")])
def test_a_speed_must_be_a_positive_number(tmp_path: Path, speed: float):
    with pytest.raises(ConfigError, match="speed"):
        open_recording(tape(tmp_path / "a.jsonl", (1, TRADE)), speed=speed)


def test_a_candle_becomes_four_prints_that_make_the_same_candle(tmp_path: Path):
    path = candles(tmp_path / "c.csv", "KRW-BTC,2026-08-26T10:00:00,100000000,100500000,99000000,100400000,0.00000007")
    news = whole(open_recording(path))
    trades = [one for one in news if isinstance(one, Trade)]

    assert [trade.price for trade in trades] == [100_000_000, 99_000_000, 100_500_000, 100_400_000]
    assert [trade.ask_bid for trade in trades] == [AskBid.BID, AskBid.ASK, AskBid.BID, AskBid.ASK]
    assert sum(trade.volume for trade in trades) == D("0.00000007")


def test_a_candles_print_stands_at_the_best_price_of_the_book_drawn_around_it(tmp_path: Path):
    path = candles(
        tmp_path / "c.csv",
        "KRW-XRP,2026-08-26T10:00:00,2000,2100,1990,2050,100",
        "KRW-XRP,2026-08-26T10:05:00,2050,2050,2050,2050,0",
    )
    news = whole(open_recording(path, speed=60))
    best = None
    for one in news:
        if isinstance(one, Orderbook):
            best = one.best
            assert best is not None
            assert best.bid_price < best.ask_price
        else:
            assert best is not None
            assert one.price == (best.ask_price if one.ask_bid is AskBid.BID else best.bid_price)

    assert len(news) == 12


def test_broken_candles_are_told_with_their_lines(tmp_path: Path):
    path = candles(
        tmp_path / "c.csv",
        "KRW-BTC,yesterday,1,1,1,1,1",
        "KRW-BTC,2026-08-26T10:00:00,5,4,3,4,1",
        "KRW-BTC,2026-08-26T10:00:00,NaN,4,3,4,1",
        "KRW-BTC,2026-08-26T10:00:00,4,4,4",
    )
    with pytest.raises(ConfigError) as refused:
        open_recording(path)

    assert [text.partition(": ")[0] for text in refused.value.problems] == [f"{path}, line {n}" for n in (2, 3, 4, 5)]


def test_missing_columns_are_named(tmp_path: Path):
    path = tmp_path / "c.csv"
    path.write_text("market,opening_price\nKRW-BTC,1", encoding="utf-8")
    with pytest.raises(ConfigError, match=r"candle_date_time_utc, .*candle_acc_trade_volume are missing"):
        open_recording(path)


@pytest.mark.shared
def test_recorded_frames_of_2021_can_be_the_market(shared: Path, tmp_path: Path):
    raw = gzip.decompress((shared / "data" / "wire" / "cryptofeed_UPBIT-d78752.0.gz").read_bytes()).decode()
    rows = [line.partition(": ") for line in raw.splitlines()]
    frames = [(int(float(at_s) * 1000), rest) for at_s, _, rest in rows if rest.startswith("b'{")]
    path = tmp_path / "2021.jsonl"
    path.write_text(
        "\n".join(f'{{"received_ns":{at_ms}000000,"frame":{text[2:-1]}}}' for at_ms, text in frames), encoding="utf-8"
    )
    news = whole(open_recording(path))

    assert (len(frames), len(news)) == (1733, 1733)

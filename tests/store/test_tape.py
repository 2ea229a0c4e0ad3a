"""The tape on real files: every frame as it came, read up to the last whole line whatever happened to the writer."""

import json
import random
import signal
import subprocess
import sys
from decimal import Decimal
from pathlib import Path

import pytest

from hoga.model.errors import WireError
from hoga.model.events import AskBid, Orderbook, Ticker, Trade
from hoga.simulator.market.replay import open_recording
from hoga.store.handled import Handled, NewsKey, key_of
from hoga.store.tape import HANDLED, TapeWriter, prune, read_handled, read_segment, segments

DAY_NS = 86_400_000_000_000
NOON_NS = 1_795_489_200_000_000_000  # 2026-11-24 12:00 KST
FRAMES = [
    b'{"type":"trade","code":"KRW-BTC"}',
    b'{"text":"\xed\x98\xb8\xea\xb0\x80"}',
    b"PING",
    b'{"two":\n"lines"}',
    b"\xff\xfe\x00 no text",
    b"",
    b'{"cut":',
]


def test_every_frame_is_read_back_byte_for_byte(tmp_path: Path):
    tape = TapeWriter(tmp_path / "tape", "hg-1")
    for number, frame in enumerate(FRAMES):
        tape.write("public", NOON_NS + number, frame)
    tape.close()

    (segment,) = segments(tmp_path / "tape")
    lines = list(read_segment(segment))

    assert [line.frame for line in lines] == FRAMES
    assert [line.received_ns - NOON_NS for line in lines] == list(range(len(FRAMES)))
    assert segment.name == "tape-20261124T030000Z-hg-1-00001.jsonl.zst"
    assert segment.stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize("share", [0.0, 0.1, 0.5, 0.9, 0.99])
def test_a_segment_cut_anywhere_is_read_up_to_its_last_whole_line(share: float, tmp_path: Path):
    tape = TapeWriter(tmp_path, "hg-1")
    chance = random.Random(7)
    frames = [json.dumps({"price": chance.random(), "n": n}).encode() for n in range(5_000)]
    for number, frame in enumerate(frames):
        tape.write("public", number, frame)
        if number % 100 == 0:
            tape.flush()
    tape.close()
    (segment,) = segments(tmp_path)
    whole = segment.read_bytes()
    segment.write_bytes(whole[: int(len(whole) * share)])

    found = [line.frame for line in read_segment(segment)]

    assert found == frames[: len(found)]
    assert len(found) >= (share - 0.15) * len(frames)


def test_a_segment_with_a_changed_byte_says_so(tmp_path: Path):
    tape = TapeWriter(tmp_path, "hg-1")
    for number in range(1000):
        tape.write("public", number, b'{"n":%d}' % number)
    tape.close()
    (segment,) = segments(tmp_path)
    content = bytearray(segment.read_bytes())
    content[: len(content) // 2] = bytes(len(content) // 2)
    segment.write_bytes(content)

    with pytest.raises(WireError, match="is not a tape"):
        list(read_segment(segment))


WRITER = """
import sys
from pathlib import Path
from hoga.store.tape import TapeWriter

tape = TapeWriter(Path(sys.argv[1]), "hg-1", segment_bytes=20_000)
number = 0
while True:
    for _ in range(50):
        tape.write("public", number, b'{"n":%d,"noise":"%d"}' % (number, number * 7919 % 104729))
        number += 1
    tape.flush()
    print(number, flush=True)
"""


@pytest.mark.parametrize("lines", [1, 40, 400])
def test_a_kill_loses_nothing_that_was_flushed(lines: int, tmp_path: Path):
    process = subprocess.Popen([sys.executable, "-c", WRITER, str(tmp_path)], stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    with process:
        for _ in range(lines):
            process.stdout.readline()
        process.send_signal(signal.SIGKILL)
        told = [line for line in process.stdout.read().splitlines() if line.isdecimal()]
    flushed = int(told[-1]) if told else lines * 50

    numbers = [line.received_ns for segment in segments(tmp_path) for line in read_segment(segment)]

    assert len(numbers) >= flushed
    assert numbers == list(range(len(numbers)))


def test_segments_turn_with_time_and_size_and_old_ones_are_deleted(tmp_path: Path):
    tape = TapeWriter(tmp_path, "hg-1", segment_ns=DAY_NS)
    for day in range(5):
        tape.write("public", NOON_NS + day * DAY_NS, b'{"day":%d}' % day)
    tape.close()
    other = TapeWriter(tmp_path, "hg-2")
    other.write("public", NOON_NS, b"{}")
    other.close()
    (tmp_path / "tape-of-somebody-else.txt").write_text("stays")
    assert len(segments(tmp_path, "hg-1")) == 5

    assert prune(tmp_path, keep_days=2, now_ns=NOON_NS + 4 * DAY_NS) == 3

    assert [b"".join(line.frame for line in read_segment(one)) for one in segments(tmp_path)] == [
        b'{"day":2}',
        b'{"day":3}',
        b'{"day":4}',
    ]
    assert (tmp_path / "tape-of-somebody-else.txt").exists()


def test_handled_news_stands_on_the_tape_by_name(tmp_path: Path):
    rows = [Handled(5, NewsKey(NOON_NS, "Trade", "KRW-BTC", "77")), Handled(9, NewsKey(NOON_NS, "Ticker", "KRW-ETH"))]
    tape = TapeWriter(tmp_path, "hg-1")
    tape.write_handled(rows)
    tape.close()

    (line,) = read_segment(*segments(tmp_path))

    assert line.stream == HANDLED
    assert list(read_handled(line)) == rows


def test_news_is_told_apart_by_what_it_is():
    one = Decimal(1)
    trade = Trade(
        market="KRW-BTC",
        price=one,
        volume=one,
        ask_bid=AskBid.ASK,
        trade_timestamp_ms=1,
        timestamp_ms=1,
        sequential_id=77,
        received_ns=5,
    )
    book = Orderbook(
        market="KRW-BTC",
        timestamp_ms=1,
        total_ask_size=one,
        total_bid_size=one,
        unread=(),
        level=Decimal("10000.0"),
        received_ns=5,
    )

    class OfADecoder(Trade):
        """Decoders make subclasses."""

    assert key_of(trade) == NewsKey(5, "Trade", "KRW-BTC", "77")
    assert key_of(book) == NewsKey(5, "Orderbook", "KRW-BTC", "10000")
    assert key_of(OfADecoder(**{name: getattr(trade, name) for name in trade.__struct_fields__})) == key_of(trade)
    assert Ticker.__name__ != Trade.__name__


def test_the_simulator_plays_a_segment(tmp_path: Path):
    trade = {
        "type": "trade",
        "code": "KRW-BTC",
        "trade_price": 1000.0,
        "trade_volume": 0.5,
        "ask_bid": "BID",
        "trade_timestamp": 1,
        "timestamp": 1,
        "sequential_id": 1,
        "stream_type": "REALTIME",
    }
    tape = TapeWriter(tmp_path, "hg-1")
    tape.write("private", NOON_NS, b'{"type":"myAsset"}')
    tape.write("public", NOON_NS, json.dumps(trade).encode())
    tape.write_handled([Handled(5, NewsKey(NOON_NS, "Trade", "KRW-BTC", "1"))])
    tape.close()

    market = open_recording(segments(tmp_path)[0])

    (told,) = market.advance(0)
    assert isinstance(told, Trade)
    assert told.price == 1000

"""Everything that was recorded from the venue can be read, to the last digit and without losing one frame."""

from collections import Counter
from pathlib import Path

import pytest
from tests.golden.recordings import NO_TRAFFIC, Reading, payloads, read_file

from hoga.model.events import Orderbook
from hoga.upbit.stream.frames import decode_frame
from hoga.upbit.stream.subscriptions import FrameFormat

pytestmark = pytest.mark.shared

#: What a full set holds at least; a smaller number would mean that the test reads less than it thinks.
FEWEST_PAYLOADS = 2_000


def traffic_files(shared: Path) -> list[Path]:
    folders = [shared / "data" / "wire", shared / "reference" / "fixtures"]
    files = [path for folder in folders for path in sorted(folder.rglob("*")) if path.is_file()]
    return [path for path in files if not NO_TRAFFIC.search(path.relative_to(shared).as_posix())]


def test_every_recorded_frame_and_answer_is_read(shared: Path):
    total, unread = Reading(), {}
    for path in traffic_files(shared):
        reading = read_file(path)
        total.payloads += reading.payloads
        total.kinds += reading.kinds
        if reading.faults or not reading.payloads:
            unread[path.name] = reading.faults or ["no payload found in it"]

    assert unread == {}
    assert sum(total.kinds.values()) == total.payloads >= FEWEST_PAYLOADS, total.kinds


def test_the_recordings_hold_every_kind_the_system_lives_on(shared: Path):
    kinds: Counter[str] = Counter()
    for path in traffic_files(shared):
        kinds += read_file(path).kinds

    assert {"Trade", "Ticker", "Orderbook", "Candle", "Fill", "OrderUpdated", "BalanceChanged"} <= set(kinds)
    assert {"order", "chance", "accounts", "markets", "instruments", "cancel lists", "error"} <= set(kinds)


def test_in_recorded_books_the_depths_add_up_to_the_totals(shared: Path):
    books = []
    for path in sorted((shared / "data" / "wire").glob("cryptofeed_*.gz")):
        for payload in payloads(path):
            heard = decode_frame(payload, 0, FrameFormat.SIMPLE)[0] if payload.startswith(b'{"ty"') else None
            if isinstance(heard, Orderbook):
                books.append(heard)

    asks = [sum(unit.ask_size for unit in book.units) == book.total_ask_size for book in books]
    bids = [sum(unit.bid_size for unit in book.units) == book.total_bid_size for book in books]

    assert len(books) > 0
    assert (all(asks), all(bids)) == (True, True), f"{len(books)} books"

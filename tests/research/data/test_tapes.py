import time
from collections.abc import Sequence
from decimal import Decimal
from pathlib import Path

import numpy as np
import pytest

from hoga.model.errors import ConfigError
from hoga.model.events import Trade
from hoga.research.data.blocks import read_books, read_candles, read_trades
from hoga.research.data.compacting import compact
from hoga.research.data.errors import DataError
from hoga.research.data.listing import list_store
from hoga.research.data.recorder import MARKS, Recorded, record
from hoga.simulator.server import serve
from hoga.store.tape import TapeWriter, read_segment, segments
from hoga.upbit.stream.frames import decode_frame

START_MS = 1_756_684_800_000
NS = 1_000_000


def trade(n: int, *, at_ms: int, price: str = "100000000.5", volume: str = "0.12345678") -> bytes:
    return (
        b'{"type":"trade","code":"KRW-BTC","timestamp":%d,"trade_date":"2025-09-01","trade_time":"00:00:00",'
        b'"trade_timestamp":%d,"trade_price":%b,"trade_volume":%b,"ask_bid":"BID","prev_closing_price":1,'
        b'"change":"RISE","change_price":1,"sequential_id":%d,"best_ask_price":2,"best_ask_size":1,'
        b'"best_bid_price":1,"best_bid_size":1,"stream_type":"REALTIME"}'
    ) % (at_ms + 5, at_ms, price.encode(), volume.encode(), START_MS * 10_000 + n)


def book(*, at_ms: int, size: str = "1.23456789") -> bytes:
    return (
        b'{"type":"orderbook","code":"KRW-BTC","timestamp":%d,"total_ask_size":%b,"total_bid_size":9.101e-05,'
        b'"orderbook_units":[{"ask_price":100001000,"bid_price":100000000,"ask_size":%b,"bid_size":9.101e-05}],'
        b'"stream_type":"REALTIME","level":0}'
    ) % (at_ms, size.encode(), size.encode())


def tape_of(folder: Path, rows: Sequence[tuple[int, str, bytes]]) -> Path:
    writer = TapeWriter(folder, "test")
    for number, (at_ms, stream, frame) in enumerate(rows):
        writer.write(stream, at_ms * NS, frame)
        if number % 20 == 0:
            writer.flush()
    writer.close()
    return folder


def minutes(first: int, last: int, *, every_ms: int = 5_000) -> list[tuple[int, str, bytes]]:
    """A trade and a book every five seconds, heard 100 ms later."""
    times = range(START_MS + first * 60_000, START_MS + last * 60_000, every_ms)
    return [
        row
        for at_ms in times
        for row in (
            (at_ms + 100, "public", trade((at_ms - START_MS) // every_ms, at_ms=at_ms)),
            (at_ms + 120, "public", book(at_ms=at_ms)),
        )
    ]


def test_a_tape_becomes_trades_books_and_candles_with_every_digit(tmp_path: Path):
    tape = tape_of(tmp_path / "tape", minutes(0, 5))

    done = compact(tmp_path, [tape], fetched_ms=0)

    (trades,) = read_trades(tmp_path, "KRW-BTC", 0, START_MS * 2)
    books = list(read_books(tmp_path, "KRW-BTC", 0, START_MS * 2))
    (bars,) = read_candles(tmp_path, "KRW-BTC", 60, 0, START_MS * 2)
    assert done.broken == 0
    assert next(trades.trades()).volume == Decimal("0.12345678")
    assert books[0].units[0].bid_size == Decimal("0.00009101")
    assert books[0].total_ask_size == Decimal("1.23456789")
    candle = next(bars.candles())
    assert (candle.start_ms, candle.close) == (START_MS + 60_000, Decimal("100000000.5"))
    assert candle.volume == 12 * Decimal("0.12345678")
    assert len(bars) == 3  # the first and the last minute were not heard from beginning to end


def test_what_came_twice_counts_once_and_a_lost_connection_is_a_hole(tmp_path: Path):
    rows = minutes(0, 3)
    again = [(rows[-1][0] + 50, "public", rows[-2][2])]
    lost = [(rows[-1][0] + 60, MARKS, b'{"down":"closed"}')]
    tape = tape_of(tmp_path / "tape", [*rows, *again, *lost, *minutes(3, 6)])

    done = compact(tmp_path, [tape], fetched_ms=0)

    assert done.duplicates == 1
    trades = next(listed for listed in list_store(tmp_path) if listed.kind == "trades")
    assert (trades.rows, trades.holes) == (72, 1)
    with pytest.raises(DataError, match="hole"):
        list(read_candles(tmp_path, "KRW-BTC", 60, 0, START_MS * 2))


def test_compacting_again_changes_nothing_and_broken_frames_are_counted(tmp_path: Path):
    rows = minutes(0, 3)
    tape = tape_of(tmp_path / "tape", [*rows, (rows[-1][0] + 1, "public", b'{"type":"trade","code":7}')])

    first = compact(tmp_path, [tape], fetched_ms=0)
    again = compact(tmp_path, segments(tape), fetched_ms=0)

    assert first.broken == again.broken == 1
    assert sum(kept.added for _, kept in again.kept) == 0
    assert dict(again.kept)["KRW-BTC trades"].same == 36


def test_a_cut_tape_is_read_up_to_its_last_whole_line_and_anything_else_is_refused(tmp_path: Path):
    tape = tape_of(tmp_path / "tape", minutes(0, 5))
    (segment,) = segments(tape)
    segment.write_bytes(segment.read_bytes()[:-200])

    done = compact(tmp_path / "store", [segment], fetched_ms=0)

    assert 0 < done.frames < 120
    segment.write_bytes(b"no zstd at all")
    with pytest.raises(DataError, match="is not a tape from here on"):
        compact(tmp_path / "other", [segment], fetched_ms=0)
    with pytest.raises(ConfigError, match="neither a tape"):
        compact(tmp_path, [tmp_path / "x.txt"], fetched_ms=0)


async def test_a_recording_of_the_simulator_holds_what_it_printed(tmp_path: Path):
    running = await serve(seed=7, markets=["KRW-BTC", "KRW-ETH"])
    enough = 40

    class Enough(Exception):  # noqa: N818 - no fault
        """So many frames have come."""

    def told(done: Recorded) -> None:
        if done.frames >= enough:
            raise Enough

    began_ms = time.time_ns() // NS
    try:
        with pytest.raises(Enough):
            await record(
                running.websocket_url,
                ["KRW-BTC", "KRW-ETH"],
                ["trade", "orderbook"],
                tmp_path / "tape",
                for_s=60,
                told=told,
            )
        known = {each.sequential_id for each in running.venue.board.trades("KRW-BTC", count=10_000)}
    finally:
        await running.stop()

    lines = [line for path in segments(tmp_path / "tape") for line in read_segment(path)]
    heard = [event for line in lines for event in decode_frame(line.frame, line.received_ns)]
    assert len(heard) >= enough
    assert all(line.received_ns // NS >= began_ms for line in lines)
    assert {each.sequential_id for each in heard if isinstance(each, Trade) and each.market == "KRW-BTC"} <= known


def test_the_value_of_a_candle_is_the_sum_of_its_trades(tmp_path: Path):
    tape = tape_of(tmp_path / "tape", minutes(0, 4))
    compact(tmp_path, [tape], fetched_ms=0)

    (bars,) = read_candles(tmp_path, "KRW-BTC", 60, 0, START_MS * 2)

    assert bars.value is not None
    assert np.all(bars.value == bars.value[0])
    assert next(bars.candles()).value == 12 * Decimal("100000000.5") * Decimal("0.12345678")

import multiprocessing
import subprocess
import sys
from pathlib import Path

import pytest
from msgspec.structs import replace
from tests.research.data.scenery import DAY_MS, MINUTE_MS, START_MS, bars, store_with

from hoga.research.data.blocks import read_candles
from hoga.research.data.errors import DataError
from hoga.research.data.keeping import keep_candles
from hoga.research.data.notes import Note, Span, joined, merged, missing, within
from hoga.research.data.parquet import connect, read_note

# Writes a day of minutes where no file may grow beyond 20 kB, as on a disk that is full.
ON_A_FULL_DISK = """
import resource, signal, sys
from pathlib import Path
from tests.research.data.scenery import bars, store_with
from hoga.research.data.errors import DataError
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, 20_000))
try:
    store_with(Path(sys.argv[1]), bars(20_000, price=200_000_000, volume=987654321))
except DataError as fault:
    print(fault)
"""


def test_a_full_disk_is_told_and_what_was_there_is_unharmed(tmp_path: Path):
    store_with(tmp_path, bars(10, begin_ms=START_MS + 20 * DAY_MS))
    (path,) = tmp_path.rglob("*.parquet")
    before = path.read_bytes()

    root = Path(__file__).parents[3]
    words = [sys.executable, "-c", ON_A_FULL_DISK, str(tmp_path)]
    out = subprocess.run(words, cwd=root, capture_output=True, text=True, check=True)  # noqa: S603

    assert "2025-09.parquet could not be written" in out.stdout
    assert "unharmed" in out.stdout
    assert path.read_bytes() == before
    assert sorted(each.name for each in path.parent.iterdir()) == [".lock", "2025-09.parquet"]


def test_a_folder_that_cannot_be_written_to_is_told(tmp_path: Path):
    (tmp_path / "candles").write_text("in the way", encoding="utf-8")

    with pytest.raises(DataError, match="Nothing can be written into"):
        store_with(tmp_path, bars(10))


def _keep(store: Path, first: int) -> None:
    block = bars(100, begin_ms=START_MS + first * 100 * MINUTE_MS)
    span = Span(int(block.start_ms[0]), int(block.start_ms[-1]) + MINUTE_MS)
    keep_candles(store, "KRW-BTC", 60, [block], [span], source=f"part {first}", fetched_ms=first)


def test_writers_at_the_same_time_lose_nothing_of_each_other(tmp_path: Path):
    context = multiprocessing.get_context("spawn")
    writers = [context.Process(target=_keep, args=(tmp_path, number)) for number in range(3)]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()

    blocks = list(read_candles(tmp_path, "KRW-BTC", 60, START_MS, START_MS + DAY_MS))
    assert sum(len(block) for block in blocks) == 300
    assert not any(block.is_empty.any() for block in blocks)


def test_a_file_tells_where_its_rows_are_from(tmp_path: Path):
    _keep(tmp_path, 0)
    _keep(tmp_path, 1)

    with connect() as connection:
        note = read_note(connection, next(tmp_path.rglob("*.parquet")))

    assert note.sources == ("part 0", "part 1")
    assert note.covered == (Span(START_MS, START_MS + 200 * MINUTE_MS),)
    assert note.fetched_ms == 1


def test_a_parquet_file_of_somebody_else_in_the_store_is_not_taken_for_ours(tmp_path: Path):
    folder = tmp_path / "candles" / "1m" / "KRW-BTC"
    folder.mkdir(parents=True)
    with connect() as connection:
        connection.execute(f"COPY (SELECT 1 AS x) TO '{folder / '2025-09.parquet'}' (FORMAT parquet)")

    with pytest.raises(DataError, match="has no note"):
        next(read_candles(tmp_path, "KRW-BTC", 60, START_MS, START_MS + DAY_MS))


def test_spans_are_joined_cut_and_missed():
    spans = joined([Span(5, 9), Span(1, 3), Span(3, 4), Span(8, 12), Span(7, 7)])

    assert spans == (Span(1, 4), Span(5, 12))
    assert within(spans, 2, 6) == (Span(2, 4), Span(5, 6))
    assert missing(spans, 0, 20) == (Span(0, 1), Span(4, 5), Span(12, 20))
    assert missing(spans, 1, 4) == ()


def test_a_note_keeps_only_so_many_sources():
    note = Note(kind="candles", market="KRW-BTC", unit_s=60, covered=(), sources=("0",), fetched_ms=0)

    for number in range(1, 50):
        note = merged(note, replace(note, sources=(str(number),)))

    assert len(note.sources) == 20
    assert note.sources[-1] == "49"

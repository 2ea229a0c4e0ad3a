"""A bot on a disk that fills up, a real and small one: it orders nothing new, cancels, and its kill is kept."""

import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.run.test_journaling import trading
from tests.scenario.scenery import Clock, exchange

from hoga.model.errors import JournalError
from hoga.model.orders import OrderState
from hoga.run.screen.logs import silent
from hoga.run.state.keeping import keeping
from hoga.run.state.state_files import StateFiles
from hoga.run.state.switch import Switch
from hoga.store.journal import read_journal
from hoga.store.records import KillPulled, RunEnded, StrategyFailed
from hoga.store.spare import SPARE_BYTES

MIB = 1024 * 1024


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system with little more than the spare room."""
    place = tmp_path / "disk"
    place.mkdir()
    words = ["mount", "-t", "tmpfs", "-o", f"size={SPARE_BYTES // MIB + 16}m", "tmpfs", str(place)]
    try:
        done = subprocess.run(words, capture_output=True, check=False)  # noqa: S603 - fixed words
    except FileNotFoundError:
        done = None
    if done is None or done.returncode:
        pytest.skip("only root on Linux may mount a small file system")
    try:
        yield place
    finally:
        subprocess.run(["umount", "--lazy", str(place)], check=True)  # noqa: S603, S607 - as above


def fill(disk: Path) -> None:
    """Leave no byte free."""
    with (disk / "filler").open("wb", buffering=0) as file:
        for size in (MIB, 4096, 1):
            try:
                while file.write(bytes(size)):
                    pass
            except OSError:
                continue


async def test_on_a_full_disk_nothing_new_is_ordered_and_cancels_and_a_kill_are_still_written_down_p4(
    small_disk: Path, tmp_path: Path
):
    path, files, clock = small_disk / "hoga.journal", StateFiles(small_disk / "var"), Clock()
    async with exchange() as there:
        with keeping(path, None, silent) as kept:
            async with trading(there, tmp_path, kept, clock) as working:
                resting = await working.rest_a_buy()
                await working.in_state(resting, OrderState.WORKING)
                books = working.desk.books
                assert books is not None
                files.pause("so that there is a folder")
                fill(small_disk)
                for number in range(100):
                    books.note(StrategyFailed(number=number, error="x" * 100_000, at_ns=0))
                    await working.until(lambda: books.figures.commits > 0, "it is written")
                await working.until(lambda: not path.with_name("hoga.journal.spare").exists(), "the spare is given up")
                await working.until(lambda: "the disk is full" in working.desk.brain.reason, "the bot pauses")
                late = await working.rest_a_buy(depth="0.98")
                await working.in_state(late, OrderState.REJECTED)
                Switch(working.desk, files).pull("fire", "a test")
                await working.until(lambda: bool(working.log.named("kill_done")), "the book is empty")
                assert working.order(resting).state is OrderState.CANCELLED
                assert files.killed() == "fire"
        assert {order["identifier"] for order in await there.orders()} == {resting}
    records = [row.record for row in read_journal(path)]
    assert [one.reason for one in records if isinstance(one, KillPulled)] == ["fire"]
    assert sum(isinstance(one, StrategyFailed) for one in records) == 100
    assert isinstance(records[-1], RunEnded)
    with pytest.raises(JournalError, match=r"kept for a full disk|finds no room"), keeping(path, None, silent):
        pass

"""A loop of restarts does not trade: starts are counted on disk, wait, and end in the kill switch."""

from pathlib import Path
from signal import SIGINT, SIGKILL

import pytest
from tests.scenario.programs import addresses_of, keys_of, program, ran
from tests.scenario.scenery import exchange
from tests.scenario.test_stop import BROKEN, GRID, all_rest
from tests.scenario.test_switches import none_open

from hoga.model.errors import HogaError
from hoga.run.state.starts import counted_start, wait_s
from hoga.run.state.state_files import StateFiles


class Bot:
    """Starts again and again in one folder, by a clock of its own."""

    def __init__(self, folder: Path) -> None:
        self.files = StateFiles(folder / "var")
        self.now_s = 1_000_000.0
        self.waits: list[float] = []

    def start(self, *, after_s: float = 1, how: str = "falls") -> None:
        self.now_s += after_s
        with counted_start(self.files, allowed=5, now_s=lambda: self.now_s, wait=self.waits.append) as start:
            if how == "ends well":
                start.ended_well()
            if how == "is refused":
                raise HogaError("no venue")


def test_more_than_five_starts_in_ten_minutes_that_fell_pull_the_kill_switch_for_good_p30(tmp_path: Path):
    bot = Bot(tmp_path)
    for _ in range(5):
        bot.start()
        assert bot.files.killed() is None
    bot.start()

    assert "6 starts within 10 minutes" in str(bot.files.killed())
    assert bot.waits == [2, 4, 8]
    bot.start(after_s=86_400)
    assert bot.files.killed() is not None


def test_slow_starts_good_ends_and_refused_starts_do_not_count_p30(tmp_path: Path):
    slow, good, refused = (Bot(tmp_path / name) for name in ("slow", "good", "refused"))
    for _ in range(20):
        slow.start(after_s=130)
        good.start(how="ends well")
        with pytest.raises(HogaError):
            refused.start(how="is refused")

    assert [bot.files.killed() for bot in (slow, good, refused)] == [None] * 3
    assert (good.waits, refused.waits) == ([], [])
    assert set(slow.waits) == {2, 4, 8}


def test_who_allows_none_has_none_counted(tmp_path: Path):
    files = StateFiles(tmp_path / "var")
    for _ in range(20):
        with counted_start(files, allowed=0):
            pass

    assert files.killed() is None
    assert not (tmp_path / "var").exists()


def test_a_clock_that_is_set_back_and_a_file_that_cannot_be_read_stop_no_start_p30(tmp_path: Path):
    bot = Bot(tmp_path)
    bot.start()
    bot.start(after_s=-100_000)
    (tmp_path / "var" / "starts.json").write_text("{broken", encoding="utf-8")
    bot.start()

    assert bot.waits == []
    assert [wait_s(number) for number in (1, 2, 3, 100)] == [0, 0, 2, 30]


async def test_a_bot_that_is_killed_once_too_often_only_cancels_until_a_person_has_looked_p30(tmp_path):
    async with exchange() as there:
        words, keys = [*GRID, *addresses_of(there)], {**keys_of(there), "HOGA_STATE__MAX_STARTS": "1"}
        async with program(*words, folder=tmp_path, environment=keys) as falling:
            await all_rest(falling, there)
            falling.signal(SIGKILL)
        placed = len(await there.orders())
        async with program(*words, folder=tmp_path, environment=keys) as again:
            await none_open(there)
            assert "a loop of restarts" in again.err
            assert "hoga resume" in again.err
            again.signal(SIGINT)
            assert await again.end(15) == 4
        assert len(await there.orders()) == placed
        assert (await ran("resume", "--confirm", "I have looked", folder=tmp_path)).process.returncode == 0
        assert not (tmp_path / "var" / "starts.json").exists()


async def test_a_strategy_that_fails_on_play_money_may_be_tried_again_at_once(tmp_path):
    script = tmp_path / "failing.py"
    script.write_text(BROKEN.replace("{slip}", "raise ValueError('a slip')"), encoding="utf-8")
    words = ["broken" if word == "grid" else word for word in GRID]
    async with exchange() as there:
        keys = {**keys_of(there), "HOGA_STATE__MAX_STARTS": "1"}
        async with program(
            *words, *addresses_of(there), folder=tmp_path, environment=keys, script=str(script)
        ) as failing:
            assert await failing.end() == 1
        assert not (tmp_path / "var" / "starts.json").exists()

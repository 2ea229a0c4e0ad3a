"""Reconnects and orders leave no task, no file and no thread behind; a bot that grows too large ends to start anew."""

import asyncio
import threading
from pathlib import Path

import pytest
from tests.scenario.programs import addresses_of, keys_of, program
from tests.scenario.scenery import Bot, Exchange, bot, exchange, reconnects
from tests.scenario.test_stop import GRID
from trials.exchange import served

from hoga.model.events import Stream
from hoga.run.commands.live import EXIT_OUTGROWN, exit_code
from hoga.run.state.memory import halt_when_outgrown, resident_mib
from hoga.upbit.session.timing import Timing

ROUNDS = 3
FILES = Path("/proc/self/fd")
SOME = 2  # REST keeps a few connections, more or fewer by turns


def held() -> tuple[int, int, int]:
    """Tasks, open files, threads."""
    return len(asyncio.all_tasks()), len(list(FILES.iterdir())), threading.active_count()


async def lose_everything(working: Bot, there: Exchange) -> None:
    """Both sockets and a REST answer are lost, and an order comes and goes."""
    before = {stream: reconnects(working, stream) for stream in Stream}
    await there.strike(
        "ws.close(1011)@socket=public,every=50ms,count=1",
        "ws.close(1011)@socket=private,every=50ms,count=1",
        "rest.drop@path=/v1/accounts,count=1",
    )
    await working.until(lambda: all(reconnects(working, one) > before[one] for one in Stream), "the sockets are back")
    await working.ready()
    order_id = await working.rest_a_buy()
    await working.cancel(order_id)
    await working.ended(order_id)


@pytest.mark.skipif(not FILES.is_dir(), reason="this system does not tell which files are open")
async def test_reconnects_leave_no_task_no_file_and_no_thread_behind_p14(tmp_path):
    async with served() as far:
        there = Exchange(**{name: getattr(far, name) for name in far.__struct_fields__})
        async with bot(there, tmp_path) as working:
            for feed in working.desk.sensor._feeds.values():
                feed.session.timing = Timing(first_retry_s=0.02, healthy_after_s=0.05, look_every_s=0.05)
            await lose_everything(working, there)
            tasks, files, threads = held()
            for _ in range(ROUNDS):
                await lose_everything(working, there)
            now = held()

            assert now[0] <= tasks + SOME
            assert now[1] <= files + SOME
            assert now[2] == threads
            assert min(reconnects(working, stream) for stream in Stream) > ROUNDS


async def test_a_bot_beyond_its_memory_halts_cleanly_and_says_that_it_is_to_be_started_anew_p14(tmp_path):
    async with exchange() as there:
        environment = {**keys_of(there), "HOGA_STATE__MEMORY_LIMIT_MIB": "8"}
        words = [*GRID, *addresses_of(there)]
        async with program(*words, folder=tmp_path, environment=environment) as running:
            assert await running.end() == EXIT_OUTGROWN
            assert "memory_limit_mib = 8" in "".join(p.read_text("utf-8") for p in (tmp_path / "logs").iterdir())
        assert await there.open_orders() == []


async def test_it_grows_while_it_trades_and_what_is_open_is_cancelled_p14(tmp_path):
    async with exchange() as there, bot(there, tmp_path) as working:
        sizes = iter((10, 10, 30))
        await working.rest_a_buy()
        await halt_when_outgrown(working.desk, 20, lambda: next(sizes, 30))
        await working.task

        assert exit_code(working.desk) == EXIT_OUTGROWN
        assert await there.open_orders() == []


async def test_no_limit_is_no_limit_and_a_system_that_does_not_tell_stops_nothing_p14(tmp_path):
    async with exchange() as there, bot(there, tmp_path) as working:
        await halt_when_outgrown(working.desk, 0)
        assert not working.desk.outgrown

    assert resident_mib(tmp_path / "nothing") == 0
    assert resident_mib() > 10

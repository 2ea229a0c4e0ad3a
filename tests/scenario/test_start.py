"""A bot that is started while its venue is away: it waits, says so, goes on when it comes, and stops when told to."""

import asyncio
from signal import SIGINT, SIGTERM

import pytest
from tests.scenario.programs import addresses_of, keys_of, program
from tests.scenario.scenery import Door, bot, exchange
from tests.scenario.test_stop import GRID, summary

from hoga.model.errors import ConfigError
from hoga.run.commands.account import VenueRefusedError
from hoga.run.signals import unless_stopped
from hoga.simulator.server import serve


async def test_a_bot_started_before_its_exchange_waits_and_trades_when_it_comes_p11(tmp_path):
    first = await serve(seed=7)
    port = int(first.rest_url.rpartition(":")[2])
    await first.stop()
    async with program(*GRID, *addresses_of(first), folder=tmp_path, environment=keys_of(first)) as early:
        await early.until(lambda: "Next try in 1 s" in early.err, "it has tried")
        assert "no connection to 127.0.0.1" in early.err
        second = await serve(seed=7, port=port)
        try:
            await early.until(lambda: "KRW-BTC " in early.err, "it trades")
            early.signal(SIGINT)
            assert await early.end(20) == 0
            assert summary(early)["left_open"] == 0
        finally:
            await second.stop()


async def test_while_it_waits_a_signal_ends_it_at_once_p11_p23(tmp_path):
    gone = await serve(seed=7)
    await gone.stop()
    async with program(*GRID, *addresses_of(gone), folder=tmp_path, environment=keys_of(gone)) as waiting:
        await waiting.until(lambda: "Next try in 1 s" in waiting.err, "it has tried")
        waiting.signal(SIGTERM)

        assert await waiting.end(20) == 0
        assert "nothing was sent that acts" in waiting.err
        assert "Traceback" not in waiting.text


async def test_the_time_asked_for_holds_for_the_waiting_too_p11():
    async def never() -> None:
        await asyncio.Event().wait()

    with pytest.raises(VenueRefusedError, match="time asked for is over"):
        await unless_stopped(never(), until_s=asyncio.get_running_loop().time() + 0.01)


@pytest.mark.parametrize(
    "trouble",
    # Three tries of one question belong together, but a page that says 200 is not repeated before it is read.
    ["rest.status(503)@count=3", "rest.html200@count=1"],
)
async def test_errors_and_nonsense_at_the_start_are_waited_out_p11(trouble: str, tmp_path):
    async with exchange() as there:
        await there.strike(f"{trouble},path=/v1/market/all")
        async with bot(there, tmp_path) as working:
            assert working.log.named("venue_away")


async def test_a_market_that_does_not_exist_ends_the_start_at_once(tmp_path):
    async with exchange(markets=["KRW-ETH"]) as there:
        with pytest.raises(ConfigError, match="no market KRW-BTC"):
            async with bot(there, tmp_path):
                pass


async def test_a_line_that_comes_back_while_it_waits_is_enough_p11(tmp_path):
    async with exchange() as there, Door(there.rest_url) as door:
        await door.shut()

        async def open_later() -> None:
            await asyncio.sleep(1)
            await door.open()

        opening = asyncio.create_task(open_later())
        async with bot(there, tmp_path, rest_url=door.url) as working:
            assert working.desk.brain.ready
            assert working.log.named("venue_away")
        await opening

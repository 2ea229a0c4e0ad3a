"""Real processes: the kill switch by every hand, what stays of it, a pause, and a watchdog over a dead bot."""

import asyncio
from signal import SIGINT, SIGKILL, SIGSTOP, SIGTERM, SIGUSR1

import pytest
from tests.scenario.programs import addresses_of, keys_of, program, ran
from tests.scenario.scenery import Exchange, exchange
from tests.scenario.test_stop import GRID, OPEN, all_rest

RELEASE = ("resume", "--confirm", "I have looked")


async def none_open(there: Exchange) -> None:
    async def watch() -> None:
        while await there.open_orders():  # noqa: ASYNC110 - the exchange has no event for it
            await asyncio.sleep(0.05)

    await asyncio.wait_for(watch(), 30)


@pytest.mark.parametrize("hand", ["hoga kill", "SIGUSR1", "a file"])
async def test_a_kill_empties_the_book_stays_over_restarts_and_only_a_person_releases_it(tmp_path, hand):
    async with exchange() as there:
        words, keys = [*GRID, *addresses_of(there)], keys_of(there)
        async with program(*words, folder=tmp_path, environment=keys) as running:
            await all_rest(running, there)
            if hand == "SIGUSR1":
                running.signal(SIGUSR1)
            elif hand == "a file":
                (tmp_path / "var" / "KILL").touch()
            else:
                assert (await ran("kill", "--reason", "fire", folder=tmp_path)).process.returncode == 0
            await none_open(there)
            assert running.process.returncode is None
            assert (tmp_path / "var" / "KILL").exists()
            assert (await ran(*RELEASE, folder=tmp_path)).process.returncode == 3
            running.signal(SIGTERM)
            assert await running.end(15) == 4
        before = len(await there.orders())
        if hand != "hoga kill":
            return
        async with program(*words, "--for", "3s", folder=tmp_path, environment=keys) as again:
            assert await again.end() == 4
            assert "The kill switch is pulled (fire)" in again.err
        assert len(await there.orders()) == before
        assert (await ran("resume", "--confirm", "yes", folder=tmp_path)).process.returncode == 2
        assert (await ran(*RELEASE, folder=tmp_path)).process.returncode == 0
        async with program(*words, folder=tmp_path, environment=keys) as trading:
            await all_rest(trading, there)
            trading.signal(SIGINT)
            assert await trading.end(15) == 0


async def test_a_pause_holds_new_orders_back_until_it_is_ended(tmp_path):
    async with exchange() as there:
        assert (await ran("pause", folder=tmp_path)).process.returncode == 0
        words = [*GRID, *addresses_of(there)]
        async with program(*words, folder=tmp_path, environment=keys_of(there)) as running:
            await running.until((tmp_path / "var" / "heartbeat.json").exists, "a sign of life")
            await asyncio.sleep(1)
            assert await there.orders() == []
            running.signal(SIGTERM)
            assert await running.end(15) == 0
        assert not (tmp_path / "var" / "heartbeat.json").exists()
        assert "Not paused any more" in (await ran("resume", folder=tmp_path)).text


@pytest.mark.parametrize("end", [SIGKILL, SIGSTOP], ids=["a killed bot", "a bot that hangs"])
async def test_a_watchdog_cancels_what_a_silent_bot_left(tmp_path, end):
    (tmp_path / "hoga.toml").write_text("[state]\nwatchdog_after_s = 2\n", encoding="utf-8")
    async with exchange() as there:
        keys = keys_of(there)
        own = {"HOGA_WATCHDOG_ACCESS_KEY": there.access_key, "HOGA_WATCHDOG_SECRET_KEY": there.secret_key}
        async with (
            program("watchdog", *addresses_of(there), folder=tmp_path, environment=own) as dog,
            program(*GRID, *addresses_of(there), folder=tmp_path, environment=keys) as running,
        ):
            await all_rest(running, there)
            await asyncio.sleep(3)
            assert len(await there.open_orders()) >= OPEN
            running.signal(end)
            await none_open(there)
            assert dog.process.returncode is None
            dog.signal(SIGINT)
            assert await dog.end(15) == 0
            assert there.secret_key not in dog.text

"""However a bot is told to stop, or falls, it cancels what it left at the exchange, and says what is true."""

import asyncio
import json
from signal import SIGINT, SIGTERM

import pytest
from tests.scenario.programs import Program, addresses_of, artefacts, keys_of, program, secrets_in
from tests.scenario.scenery import Door, Exchange, exchange

from hoga.store.journal import read_journal
from hoga.store.records import RunEnded

#: Five resting buys far below the market: nothing fills, and all must be cancelled at the end.
GRID = ["run", "--strategy", "grid", "--set", "step=0.02", "--set", "levels=4", "--json"]
OPEN = 4

BROKEN = '''
import asyncio
import sys
from hoga.cli import main
from hoga.strategies import STRATEGIES
from hoga.strategies.grid import Grid


class Broken(Grid):
    """Rests its orders, and when all are open does something terrible."""

    def on_order(self, ctx, event):
        if len([order for order in ctx.open_orders("KRW-BTC") if order.venue_id]) == 4:
            {slip}


STRATEGIES["broken"] = Broken
sys.exit(main())
'''


async def all_rest(running: Program, there: Exchange) -> None:
    """Wait until the exchange has every order of the grid."""

    async def watch() -> None:
        while len(await there.open_orders()) < OPEN:
            assert running.process.returncode is None, running.text
            await asyncio.sleep(0.05)

    await asyncio.wait_for(watch(), 60)


def summary(running: Program) -> dict[str, object]:
    told: dict[str, object] = json.loads(running.out)
    return told


@pytest.mark.parametrize("signals", [[SIGINT], [SIGTERM], [SIGINT, SIGINT]], ids=["Ctrl+C", "SIGTERM", "Ctrl+C twice"])
async def test_a_signal_stops_the_bot_and_nothing_is_left_open(tmp_path, signals):
    async with (
        exchange() as there,
        program(*GRID, *addresses_of(there), folder=tmp_path, environment=keys_of(there)) as running,
    ):
        await all_rest(running, there)
        for number in signals:
            running.signal(number)
            await asyncio.sleep(0.05)
        code = await running.end(15)

        assert (code, await there.open_orders()) == (0, [])
        told = summary(running)
        assert (told["orders_cancelled"], told["left_open"], told["reconciliation_differences"]) == (OPEN, 0, 0)
        assert "Traceback" not in running.text
        assert secrets_in(artefacts(running, tmp_path), [there.access_key, there.secret_key]) == []


@pytest.mark.parametrize("number", [SIGINT, SIGTERM])
async def test_a_signal_during_the_start_ends_it_at_once_and_says_that_nothing_was_sent(tmp_path, number):
    async with exchange() as there:
        await there.strike("rest.delay(30s)@path=/v1/market/all")
        words = [*GRID, *addresses_of(there)]
        async with program(*words, folder=tmp_path, environment=keys_of(there)) as running:

            async def asked() -> None:
                while not (await there.look("counters"))["groups"].get("market", {}).get("requests"):
                    assert running.process.returncode is None, running.text
                    await asyncio.sleep(0.05)

            await asyncio.wait_for(asked(), 60)
            running.signal(number)

            assert await running.end(10) == 0
            assert "nothing was sent" in running.err
            assert "Traceback" not in running.text
            assert await there.orders() == []


async def test_with_rest_frozen_a_stop_takes_no_longer_than_it_may_and_names_what_is_left_open(tmp_path):
    async with exchange() as there, Door(there.rest_url) as door:
        words = [*GRID, "--rest-url", door.url, "--websocket-url", there.websocket_url]
        async with program(*words, folder=tmp_path, environment=keys_of(there)) as running:
            await all_rest(running, there)
            door.freeze()
            running.signal(SIGTERM)
            await asyncio.sleep(0.2)
            running.signal(SIGTERM)  # in a hurry: three seconds instead of ten
            code = await running.end(20)

            left = await there.open_orders()
            assert (code, len(left)) == (3, OPEN)
            assert summary(running)["left_open"] == OPEN
            assert "cancel-all" in running.text
            *_, last = [row.record for row in read_journal(tmp_path / "var" / "hoga.journal")]
            assert isinstance(last, RunEnded)
            began = next(order["identifier"] for order in left).rpartition("-")[0]
            assert last.run_id == began
            assert dict(zip(last.left_open, last.venue_ids, strict=True)) == {
                order["identifier"]: order["uuid"] for order in left
            }
            assert all(order["uuid"] in running.err for order in left)
            door.thaw()


SLIPS = {
    "a strategy that raises": ("raise ZeroDivisionError('a slip in the strategy')", "a slip in the strategy"),
    "a part that is killed": (
        "[task.cancel() for task in asyncio.all_tasks() if task.get_name() == 'sensor-private']",
        "sensor-private was killed",
    ),
}


@pytest.mark.parametrize(("slip", "told"), SLIPS.values(), ids=SLIPS)
async def test_whatever_falls_the_orders_are_cancelled_and_the_reason_is_told(tmp_path, slip, told):
    script = tmp_path / "broken.py"
    script.write_text(BROKEN.replace("{slip}", slip), encoding="utf-8")
    words = ["broken" if word == "grid" else word for word in GRID]
    async with (
        exchange() as there,
        program(
            *words, *addresses_of(there), folder=tmp_path, environment=keys_of(there), script=str(script)
        ) as running,
    ):
        code = await running.end()

        assert (code, await there.open_orders()) == (1, [])
        assert len(await there.orders()) == OPEN, running.text
        assert told in str(summary(running)["failure"])
        assert told in running.err
        assert "Traceback" not in running.text
        assert told in artefacts(running, tmp_path / "logs")


async def test_an_exchange_that_goes_away_for_good_does_not_keep_the_bot_from_stopping(tmp_path):
    async with exchange() as there, Door(there.rest_url) as door:
        words = [*GRID, "--rest-url", door.url, "--websocket-url", there.websocket_url]
        async with program(*words, folder=tmp_path, environment=keys_of(there)) as running:
            await all_rest(running, there)
            await door.shut()
            running.signal(SIGINT)
            running.signal(SIGINT)
            await asyncio.sleep(0.3)
            running.signal(SIGINT)

            assert await running.end(20) == 3
            assert summary(running)["left_open"] == OPEN
            await door.open()

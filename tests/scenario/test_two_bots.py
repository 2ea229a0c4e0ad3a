"""Two machines with the same configuration on one account: the younger bot stops and says why, the older trades on."""

from signal import SIGINT

from tests.scenario.programs import addresses_of, keys_of, program
from tests.scenario.scenery import bot, exchange
from tests.scenario.test_stop import GRID, OPEN, all_rest, summary

from hoga.model.orders import OrderState
from hoga.run.commands.live import exit_code


async def test_of_two_machines_with_the_same_configuration_the_younger_stops_p8(tmp_path):
    first, second = tmp_path / "first", tmp_path / "second"
    first.mkdir()
    second.mkdir()
    async with exchange() as there:
        words, keys = [*GRID, *addresses_of(there)], keys_of(there)
        async with program(*words, folder=first, environment=keys) as older:
            await all_rest(older, there)
            async with program(*words, folder=second, environment=keys) as younger:
                code = await younger.end(30)

                assert code == 1
                assert "Two bots must not share one account" in younger.err
                assert "hoga cancel-all" in younger.err
                assert summary(younger)["orders_sent"] == 0
            assert len(await there.open_orders()) == OPEN  # the older one's, untouched
            older.signal(SIGINT)
            assert await older.end(15) == 0
            assert summary(older)["reconciliation_differences"] == 0


async def test_a_bot_that_is_at_work_stops_when_an_older_one_shows_itself_and_cancels_only_its_own_p8(tmp_path):
    first, second = tmp_path / "first", tmp_path / "second"
    first.mkdir()
    second.mkdir()
    async with exchange() as there, bot(there, first) as older, bot(there, second) as younger:
        theirs = await younger.rest_a_buy()
        await younger.in_state(theirs, OrderState.WORKING)
        mine = await older.rest_a_buy(volume="0.002")
        await older.in_state(mine, OrderState.WORKING)
        await younger.task

        assert mine in (younger.desk.failure or "")
        assert exit_code(younger.desk) == 1
        assert [order["identifier"] for order in await there.open_orders()] == [mine]
        assert older.desk.brain.ready
        assert any("younger bot" in str(said.get("why")) for said in older.log.named("alert"))

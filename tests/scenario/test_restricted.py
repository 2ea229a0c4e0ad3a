"""The venue restricts the account while a bot trades: over the wire, to the exit code."""

import pytest
from tests.scenario.scenery import bot, exchange

from hoga.model.orders import OrderState
from hoga.run.commands.live import exit_code


@pytest.mark.parametrize("name", ["order_disabled_member", "thirdparty_agreement_required"])
async def test_a_restricted_account_ends_the_run_and_leaves_nothing_open_a16(name: str, tmp_path):
    async with exchange() as there, bot(there, tmp_path) as working:
        resting = await working.rest_a_buy()
        await working.in_state(resting, OrderState.WORKING)
        await there.strike(f"rest.reject({name},403)@path=/v1/orders,method=POST")
        await working.buy_now()
        await working.task

        assert await there.open_orders() == []
        assert name in (working.desk.failure or "")
        assert "다시 시작하세요" in (working.desk.failure or "")
        assert exit_code(working.desk) != 0
        assert not working.desk.brain.left_open

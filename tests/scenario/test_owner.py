"""The owner of the account acts by hand while the bot trades: it is seen, said and never undone."""

from decimal import Decimal

from tests.scenario.scenery import MARKET, bot, exchange

from hoga.model.orders import OrderState


async def test_orders_by_hand_are_never_cancelled_and_a_deposit_is_said_once_and_taken_over_w18(tmp_path):
    async with exchange() as there, bot(there, tmp_path, reconcile_every_s=1) as working:
        working.clock.run_at(5)
        by_hand = await there.move("manual_order", market=MARKET, side="bid", price="50000000", volume="0.01")
        await there.move("deposit", currency="KRW", amount="1234567.5")
        await working.until(lambda: working.desk.brain.summary().external_orders == 1, "the order by hand is seen")
        await working.until(lambda: working.desk.brain.summary().differences == 1, "the deposit is taken over")
        ours = await working.rest_a_buy()
        await working.in_state(ours, OrderState.WORKING)
        corrections = working.log.named("ledger_corrected")
        await working.money_agrees()
        await working.stop()

        assert [(said["currency"], said["difference"]) for said in corrections] == [("KRW", Decimal("1234567.5"))]
        assert [order["uuid"] for order in await there.open_orders()] == [by_hand["uuid"]]
        assert working.desk.brain.summary().differences == 1


async def test_the_owner_cancels_our_order_and_it_is_ended_and_its_money_free(tmp_path):
    async with exchange() as there, bot(there, tmp_path) as working:
        order_id = await working.rest_a_buy()
        order = await working.in_state(order_id, OrderState.WORKING)
        await there.move("manual_cancel", uuid=order.venue_id)

        assert (await working.ended(order_id)).state is OrderState.CANCELLED
        assert working.desk.brain.portfolio.locked("KRW") == 0
        await working.money_agrees()


async def test_a_withdrawal_of_coins_leaves_the_position(tmp_path):
    async with exchange(btc="0.5") as there, bot(there, tmp_path, reconcile_every_s=1) as working:
        working.clock.run_at(5)
        await there.move("withdraw", currency="BTC", amount="0.2")
        await working.until(lambda: working.totals()["BTC"] == Decimal("0.3"), "the withdrawal is taken over")

        assert working.desk.brain.summary().differences == 1
        await working.money_agrees()

"""The REST side refuses, blocks, freezes or dies: the bot holds back, says so, and goes on when it can."""

import asyncio
from decimal import Decimal

import pytest
from tests.scenario.scenery import Door, bot, exchange

from hoga.model.events import OrderRejected, RejectReason
from hoga.model.orders import OrderState

CANCELS = "@path=/v1/orders/uuids,method=DELETE"
CANCEL = "@path=/v1/order,method=DELETE"


async def test_a_429_closes_only_its_group_and_the_order_goes_on_with_the_same_identifier_r16(tmp_path):
    async with exchange() as there, bot(there, tmp_path) as working:
        await there.strike("rest.429@path=/v1/orders,method=POST,count=1")
        first = await working.rest_a_buy()
        await working.in_state(first, OrderState.UNKNOWN)
        sale = await working.sell_now()  # the group is closed for a second; the order waits for it

        await working.ended(sale)
        assert working.desk.actuator.counters.refused_429 == 1
        assert [order["side"] for order in await there.orders()] == ["ask"]
        working.clock.run_at(15)
        await working.in_state(first, OrderState.ABANDONED)


async def test_a_418_stops_everything_until_its_time_and_then_all_goes_on_r17(tmp_path):
    async with exchange() as there, bot(there, tmp_path) as working:
        resting = await working.rest_a_buy()
        await working.in_state(resting, OrderState.WORKING)
        await there.strike("rest.418(2s)@path=/v1/orders,method=POST,count=1")
        blocked = await working.sell_now()
        await working.in_state(blocked, OrderState.UNKNOWN)
        before = len(working.log.named("request_sent"))
        await working.cancel(resting)
        await asyncio.sleep(0.5)

        assert len(working.log.named("request_sent")) == before
        assert working.log.named("blocked") or working.log.named("venue_blocked")
        await working.ended(resting)
        assert await there.open_orders() == []
        working.clock.run_at(15)
        await working.in_state(blocked, OrderState.ABANDONED)


async def test_the_venue_lowers_the_limit_and_the_bot_follows_with_few_refusals_r18(tmp_path):
    async with exchange() as there, bot(there, tmp_path, limits={"duplicate_within_s": 0}) as working:
        await there.move("limits", limits={"order": 4})
        orders = [await working.sell_now(f"0.0002{number:02}") for number in range(15)]
        for order_id in orders:
            await working.in_state(order_id, OrderState.DONE, OrderState.UNKNOWN, OrderState.REJECTED)

        assert await there.refused() <= 3
        working.clock.run_at(15)
        for order_id in orders:
            await working.ended(order_id)
        await working.money_agrees()


@pytest.mark.parametrize("header", ["none", "fuzz", "low"])
async def test_a_header_of_limits_that_is_missing_or_wrong_stops_nothing_r19(tmp_path, header):
    async with exchange() as there, bot(there, tmp_path) as working:
        await there.strike(f"rest.rr({header})")
        for volume in ("0.0002", "0.0003", "0.0004"):
            await working.ended(await working.sell_now(volume))

        assert await there.refused() == 0
        await working.money_agrees()


CANCEL_TROUBLE = {
    "the answer is lost r32": f"rest.drop{CANCEL},count=1",
    "the answer is lost twice r32": f"rest.drop{CANCEL},count=2",
    "it never arrives r32": f"rest.rst(before){CANCEL},count=1",
    "it is refused with 5xx r8": f"rest.status(503,refused){CANCEL},count=1",
    "it meets a 429 r16": f"rest.429{CANCEL},count=1",
    "it is acted on late r31": f"rest.cancel_lag(1s){CANCEL},count=1",
    "the answer is a web page r40": f"rest.html200{CANCEL},count=1",
}


@pytest.mark.parametrize("fault", CANCEL_TROUBLE.values(), ids=CANCEL_TROUBLE)
async def test_a_cancel_gets_through_whatever_it_meets_r8_r16_r31_r32_r40(tmp_path, fault):
    async with exchange() as there, bot(there, tmp_path) as working:
        order_id = await working.rest_a_buy()
        await working.in_state(order_id, OrderState.WORKING)
        await there.strike(fault)
        await working.cancel(order_id)

        assert (await working.ended(order_id)).state is OrderState.CANCELLED
        assert await there.open_orders() == []
        await working.money_agrees()


async def test_a_cancel_of_an_order_that_has_just_filled_ends_as_a_fill_r30(tmp_path):
    async with exchange() as there, bot(there, tmp_path) as working:
        await there.strike("ws.drop@type=myOrder", "rest.delay(300ms)@method=POST")
        order_id = await working.sell_now()
        await working.cancel(order_id)

        assert (await working.ended(order_id)).state is OrderState.DONE
        await working.money_agrees()


async def test_a_market_buy_ends_in_cancel_with_the_rest_given_back_and_is_no_failure_r36(tmp_path):
    async with exchange() as there, bot(there, tmp_path) as working:
        order = await working.ended(await working.buy_now(33_333))
        (placed,) = await there.orders()

        assert placed["state"] == "cancel"
        assert order.state is OrderState.DONE or order.filled_volume > 0
        assert not any(isinstance(news, OrderRejected) for news in working.strategy.news)
        await working.money_agrees()


async def test_a_fee_that_changes_is_taken_from_the_fills_and_never_assumed_r38(tmp_path):
    async with exchange() as there, bot(there, tmp_path) as working:
        await there.move("market", market="KRW-BTC", fee_rate="0.00139")
        await working.ended(await working.buy_now())
        await working.until(
            lambda: working.desk.brain.context.market("KRW-BTC").bid_fee == Decimal("0.00139"), "the new fee is known"
        )
        await working.ended(await working.sell_now("0.0002"))
        await working.money_agrees()

        fees = sum(Decimal(order["paid_fee"]) for order in await there.orders())
        assert working.desk.brain.portfolio.fees["KRW"] == fees
        assert working.desk.brain.summary().differences == 0


async def test_while_rest_is_frozen_the_market_is_heard_and_after_the_thaw_all_is_answered(tmp_path):
    async with exchange() as there, Door(there.rest_url) as door, bot(there, tmp_path, rest_url=door.url) as working:
        door.freeze()
        before = working.desk.brain.last_price("KRW-BTC")
        order_id = await working.sell_now()
        await working.until(lambda: working.desk.brain.last_price("KRW-BTC") != before, "the market goes on")
        assert working.order(order_id).state is OrderState.SENDING
        door.thaw()

        await working.ended(order_id)
        assert len(await there.orders()) == 1
        await working.money_agrees()


async def test_an_exchange_that_is_dead_at_the_start_is_asked_ever_more_rarely_and_then_all_goes_on(tmp_path):
    async with (
        exchange() as there,
        Door(there.rest_url) as door,
        bot(there, tmp_path, rest_url=door.url, is_ready=False) as working,
    ):
        await door.shut()
        working.clock.run_at(40)
        began_ns = working.clock()
        await working.until(lambda: working.clock() - began_ns > 90 * 10**9, "a minute and a half has passed")
        asked = len(working.log.named("request_sent"))
        working.clock.run_at(10)
        await door.open()
        await working.ready()

        assert asked < 150  # three questions, three tries each, a dozen times


async def test_a_reject_for_funds_lets_the_balances_be_read_again_r10(tmp_path):
    async with exchange() as there, bot(there, tmp_path) as working:
        before = sum(sent["target"] == "/v1/accounts" for sent in working.log.named("request_sent"))
        await there.strike("rest.reject(insufficient_funds_bid,400)@path=/v1/orders,method=POST,count=1")
        await working.ended(await working.rest_a_buy())
        (said,) = working.strategy.news
        assert isinstance(said, OrderRejected)
        assert said.reason is RejectReason.FUNDS

        def read_again() -> bool:
            return sum(sent["target"] == "/v1/accounts" for sent in working.log.named("request_sent")) > before

        await working.until(read_again, "the balances are read again")

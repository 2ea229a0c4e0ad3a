"""Whatever happens to the private stream, each fill counts once and the books equal the exchange's exactly."""

import asyncio
from decimal import Decimal

import pytest
from tests.scenario.scenery import Bot, bot, exchange, reconnects

from hoga.model.events import FeedDown, FeedUp, OrderUpdated, Stream
from hoga.model.orders import OrderState

TROUBLE = {
    "every frame twice w13": "ws.dup@socket=private",
    "frames in another order w14": "ws.reorder(2)@socket=private,every=2",
    "half of the frames lost w15": "ws.drop@type=myOrder,every=2",
    "all frames of orders lost w15": "ws.drop@type=myOrder",
    "frames late w17": "ws.delay(400ms)@socket=private",
    "new fields and states w21": "ws.mutate(schema)@socket=private",
    "numbers as text w22": "ws.mutate(types)@socket=private",
    "numbers with exponents w22": "ws.mutate(exponent)@socket=private",
    "garbage in between w23": "ws.garbage(json)@socket=private",
    "text frames": "ws.text@socket=private",
    "balances never told w19": "ws.drop@type=myAsset",
    "answers slower than the stream w16": "rest.delay(300ms)@method=POST",
}


async def trade_a_little(working: Bot) -> None:
    """A market buy, a resting buy that is cancelled, and two sales, side by side."""
    orders = await working.buy_now(60_000), await working.rest_a_buy()
    await working.cancel(orders[1])
    sales = await working.sell_now("0.0002"), await working.sell_now("0.0003")
    for order_id in (*orders, *sales):
        await working.ended(order_id)


async def fills_agree(working: Bot) -> None:
    """The strategy was told of each trade of the exchange once, with its price, volume and fee."""
    placed = await working.there.orders()
    told = sorted(
        (fill.trade_id, working.order(fill.order_id).venue_id, fill.price, fill.volume)
        for fill in working.strategy.fills
        if fill.order_id is not None
    )
    happened = sorted(
        (trade["uuid"], order["uuid"], Decimal(trade["price"]), Decimal(trade["volume"]))
        for order in placed
        for trade in order["trades"]
    )
    assert told == happened
    assert working.desk.brain.portfolio.fees["KRW"] == sum(Decimal(order["paid_fee"]) for order in placed)


@pytest.mark.parametrize("fault", TROUBLE.values(), ids=TROUBLE)
async def test_fills_count_once_and_money_is_exact_w13_w14_w15_w16_w17_w19_w21_w22_w23(tmp_path, fault):
    async with exchange() as there, bot(there, tmp_path, reconcile_every_s=1) as working:
        await there.strike(fault)
        await trade_a_little(working)
        await working.money_agrees()
        await fills_agree(working)

        told = working.desk.brain.summary()
        assert (told.differences, told.open_orders, told.unknown) == (0, 0, 0)
        assert working.desk.brain.portfolio.locked("KRW") == 0
        assert sum((await there.struck()).values()) > 0


async def test_a_silent_private_stream_is_noticed_by_our_own_orders_and_replaced_w4(tmp_path):
    async with exchange() as there, bot(there, tmp_path) as working:
        await there.strike("ws.stall(myOrder)@socket=private,every=1s,count=1")

        async def stalled() -> bool:
            return bool((await there.struck()).get("ws.stall"))

        await working.until(stalled, "the stream is stalled")
        order_id = await working.rest_a_buy()
        await working.until(lambda: reconnects(working, Stream.PRIVATE) == 1, "the deaf socket is replaced")
        await working.ready()
        await working.cancel(order_id)
        await working.ended(order_id)

        assert any(isinstance(news, OrderUpdated) for news in working.strategy.news)
        await working.money_agrees()


async def test_after_the_private_stream_was_away_nothing_leaves_before_all_is_compared_w15(tmp_path):
    async with exchange() as there, bot(there, tmp_path) as working:
        resting = await working.rest_a_buy()
        await working.in_state(resting, OrderState.WORKING)
        await there.strike("ws.refuse(500)@socket=private,count=2", "ws.close(1001)@socket=private,every=1s,count=1")
        await working.until(lambda: not working.desk.brain.ready, "the gate closes")
        refused = await working.rest_a_buy(depth="0.98")
        state = (await there.orders())[0]
        await there.move("manual_cancel", uuid=state["uuid"])

        await working.ready()
        assert working.order(refused).state is OrderState.REJECTED
        assert (await working.ended(resting)).state is OrderState.CANCELLED
        feeds = [news for news in working.strategy.feeds if isinstance(news, FeedDown | FeedUp)]
        down_then_up = [type(news) for news in feeds if news.stream is Stream.PRIVATE]
        assert down_then_up[-2:] == [FeedDown, FeedUp]
        assert len(await there.orders()) == 1
        await working.money_agrees()
        assert working.desk.brain.summary().differences == 0


async def test_a_fill_that_happened_while_the_private_stream_was_away_is_fetched_and_booked_w15(tmp_path):
    async with exchange() as there, bot(there, tmp_path) as working:
        await there.strike("ws.drop@type=myOrder")
        order_id = await working.buy_now()
        await there.strike("ws.cut(mid_frame)@socket=private,every=1s,count=1")
        await working.until(lambda: reconnects(working, Stream.PRIVATE) == 1, "the socket is back")
        await working.ended(order_id)

        await working.ready()
        await fills_agree(working)
        await working.money_agrees()


async def test_wrong_keys_on_the_private_socket_halt_the_bot_after_three_tries_w10(tmp_path):
    async with exchange() as there, bot(there, tmp_path) as working:
        order_id = await working.rest_a_buy()
        await working.in_state(order_id, OrderState.WORKING)
        await there.strike("ws.auth_fail@socket=private", "ws.close(1000)@socket=private,every=1s,count=1")
        await asyncio.wait_for(working.task, 40)

        assert (await there.struck())["ws.auth_fail"] == 3
        assert await there.open_orders() == []
        assert working.desk.brain.left_open == ()

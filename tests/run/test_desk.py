"""What a bot does with its settings before and while it trades: the budget binds, and every order is decided."""

import asyncio
from decimal import Decimal

import pytest
from tests.scenario.scenery import MARKET, bid, bot, exchange

from hoga.model.events import OrderRejected
from hoga.model.orders import OrderState
from hoga.run.replaying.remaking import limits_from
from hoga.run.settings.config import load
from hoga.run.wiring import KEPT_FOR_CANCELS, MAX_COMMANDS


@pytest.fixture(autouse=True)
def _empty_folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


def test_the_budget_of_the_configuration_bounds_what_the_bot_may_hold():
    settings = load(None, {"trade": {"budget_krw": "100000"}})

    assert limits_from(settings).budget == 100_000


def test_a_budget_among_the_risk_limits_wins():
    settings = load(None, {"trade": {"budget_krw": "100000"}, "risk": {"budget": "50000"}})

    assert limits_from(settings).budget == 50_000


async def test_an_order_beyond_the_budget_never_leaves(tmp_path):
    async with exchange(btc="0") as there, bot(there, tmp_path, limits={"budget": 100_000}) as working:
        first = await working.ended(await working.buy_now(60_000))
        second = await working.ended(await working.buy_now(50_000))

        assert (first.filled_volume > 0, second.state) == (True, OrderState.REJECTED)
        assert len(await there.orders()) == 1


async def test_orders_wait_for_their_slot_and_those_too_late_are_told_and_cancels_still_get_through(tmp_path):
    """Far more wishes in one turn than the venue takes in a second: none is lost, each is decided."""
    wishes = 120
    limits = {"orders_per_s": 1000, "max_open_orders": 200, "duplicate_within_s": 0}
    async with exchange(krw=10**12) as there, bot(there, tmp_path, limits=limits) as working:
        resting = await working.rest_a_buy()
        await working.in_state(resting, OrderState.WORKING)

        def many(ctx):
            for number in range(wishes):
                ctx.limit_buy(MARKET, bid(ctx) * Decimal("0.98"), Decimal("0.001") + number * Decimal("0.00000001"))

        await working.do(many)
        await working.cancel(resting)
        await working.ended(resting)
        undecided = {OrderState.INTENDED, OrderState.SENDING, OrderState.UNKNOWN}
        await working.until(
            lambda: not any(order.state in undecided for order in working.desk.brain.orders.values()), "all is decided"
        )

        placed = [order for order in await there.orders() if order["state"] == "wait"]
        late = [news for news in working.strategy.news if isinstance(news, OrderRejected)]
        assert len(placed) + len(late) == wishes
        assert all(news.detail for news in late)
        assert await there.refused() == 0


def test_the_command_queue_keeps_places_that_no_order_may_take():
    assert 0 < KEPT_FOR_CANCELS < MAX_COMMANDS


async def test_the_last_command_is_followed_by_the_end_even_if_an_answer_never_comes(tmp_path):
    async with exchange() as there, bot(there, tmp_path) as working:
        await there.strike("rest.hang_after_accept(60s)@path=/v1/orders,method=POST,count=1")
        order_id = await working.rest_a_buy()
        await working.in_state(order_id, OrderState.WORKING)
        began_s = asyncio.get_running_loop().time()
        await working.stop()

        assert asyncio.get_running_loop().time() - began_s < 9  # the answer would be waited for ten seconds
        assert await there.open_orders() == []
        assert working.desk.commands.qsize() == 0


async def test_a_bug_of_our_own_ends_the_run_with_its_reason_and_what_is_open_is_cancelled(tmp_path):
    async with exchange() as there, bot(there, tmp_path) as working:
        await working.in_state(await working.rest_a_buy(), OrderState.WORKING)
        await working.in_state(await working.rest_a_buy(depth="0.98"), OrderState.WORKING)

        def slip(_: str) -> None:
            raise ZeroDivisionError("a slip of our own")

        working.desk.on_note = slip
        on_its_way = working.rest_a_buy(depth="0.97")  # it is noted after it was sent
        with pytest.raises(AssertionError, match="a slip of our own"):
            await asyncio.gather(on_its_way, working.until(lambda: False, "it breaks"))
        await working.task

        assert "a slip of our own" in (working.desk.failure or "")
        assert [order["state"] for order in await there.orders()] == ["cancel"] * 3
        assert (await there.open_orders(), working.desk.left_open) == ([], ())
        assert "a slip of our own" in str(working.log.named("hoga_failed"))


async def test_after_a_bug_of_our_own_all_open_orders_are_named_where_the_exchange_is_silent(tmp_path, monkeypatch):
    monkeypatch.setattr("hoga.run.last_resort.WITHIN_S", 0.5)
    async with exchange() as there, bot(there, tmp_path) as working:
        order_id = await working.rest_a_buy()
        await working.in_state(order_id, OrderState.WORKING)
        await there.strike("rest.hang_after_accept(60s)")

        def slip(_: str) -> None:
            raise ZeroDivisionError("a slip of our own")

        working.desk.on_note = slip
        working.desk.halt("so that there is something to note")
        await working.task

        assert working.desk.left_open == (order_id,)

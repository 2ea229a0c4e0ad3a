"""The answer to an order never comes, or says nothing: the exchange has one order or none, and hoga finds out."""

from decimal import Decimal

import pytest
from tests.scenario.scenery import Bot, Door, bot, exchange

from hoga.model.commands import OrderId
from hoga.model.events import OrderLost, OrderRejected, RejectReason
from hoga.model.orders import Order, OrderState

POST_ONCE = "@path=/v1/orders,method=POST,count=1"
DEAF = "ws.drop@type=myOrder"  # so that the order is found by asking, not by the stream
QUICK_S = 0.5

LOST_AFTER_ACCEPT = {
    "no answer at all": "rest.hang_after_accept(60s)",
    "a reset line": "rest.rst(after)",
    "a closed line": "rest.drop",
    "half a body": "rest.truncate",
    "no body": "rest.empty",
    "a web page": "rest.html200",
    "another order's body": "rest.swap_body",
    "an error page": "rest.status(503,accepted)",
    "a byte a second": "rest.slowloris",
    "a body without end": "rest.huge(20MB)",
}
LOST_BEFORE_ACCEPT = {
    "a reset line": "rest.rst(before)",
    "no answer at all": "rest.blackhole_before(60s)",
    "an error page": "rest.status(503,refused)",
}


def promised(order: Order) -> Decimal:
    assert order.price is not None
    assert order.intent.volume is not None
    return order.price * order.intent.volume * Decimal("1.0005")


def posts(working: Bot) -> int:
    """How many orders left, by the log of what was sent."""
    return sum(sent["method"] == "POST" for sent in working.log.named("request_sent"))


async def watch_reserve(working: Bot, order_id: OrderId, *ends: OrderState) -> list[Decimal]:
    """Wait for one of the states, and give every amount of KRW seen locked while the order's fate was open."""
    seen: list[Decimal] = []

    def look() -> bool:
        if working.order(order_id).state in {OrderState.SENDING, OrderState.UNKNOWN}:
            seen.append(working.desk.brain.portfolio.locked("KRW"))
        return working.order(order_id).state in ends

    await working.until(look, f"{order_id} is {ends}")
    return seen


@pytest.mark.parametrize("fault", LOST_AFTER_ACCEPT.values(), ids=LOST_AFTER_ACCEPT)
async def test_an_order_whose_answer_is_lost_is_there_once_and_is_found_by_its_identifier_r3_r6_r7_r8_r23_r24(
    tmp_path, fault
):
    async with exchange() as there, bot(there, tmp_path, order_deadline_s=QUICK_S) as working:
        await there.strike(fault + POST_ONCE, DEAF)
        order_id = await working.rest_a_buy()
        locked = await watch_reserve(working, order_id, OrderState.WORKING)

        order = working.order(order_id)
        assert set(locked) <= {promised(order)}
        assert any(isinstance(news, OrderLost) for news in working.strategy.news)
        (placed,) = await there.orders()
        assert (placed["identifier"], placed["uuid"], placed["state"]) == (order_id, order.venue_id, "wait")
        assert posts(working) == 1

        await there.strike()
        await working.cancel(order_id)
        await working.ended(order_id)
        await working.money_agrees()
        assert working.desk.brain.portfolio.locked("KRW") == 0
        assert working.desk.brain.summary().differences == 0


async def test_a_market_buy_whose_answer_is_lost_is_booked_once_with_all_its_fills(tmp_path):
    async with exchange() as there, bot(there, tmp_path, order_deadline_s=QUICK_S) as working:
        await there.strike("rest.drop" + POST_ONCE, DEAF)
        order_id = await working.buy_now()
        order = await working.ended(order_id)

        (placed,) = await there.orders()
        assert len(working.strategy.fills) == len(placed["trades"]) > 0
        assert order.filled_volume == Decimal(placed["executed_volume"])
        await working.money_agrees()


async def test_while_the_stream_lives_a_lost_answer_is_not_even_noticed_w16(tmp_path):
    async with exchange() as there, bot(there, tmp_path, order_deadline_s=2) as working:
        await there.strike("rest.hang_after_accept(60s)" + POST_ONCE)
        order_id = await working.rest_a_buy()
        await working.in_state(order_id, OrderState.WORKING)

        assert working.desk.actuator.in_flight
        assert not working.strategy.news or not any(isinstance(news, OrderLost) for news in working.strategy.news)


@pytest.mark.parametrize("fault", LOST_BEFORE_ACCEPT.values(), ids=LOST_BEFORE_ACCEPT)
async def test_an_order_that_never_arrived_is_given_up_only_when_its_absence_is_proven_r4_r6_r8_r26(tmp_path, fault):
    async with exchange() as there, bot(there, tmp_path, order_deadline_s=QUICK_S) as working:
        await there.strike(fault + POST_ONCE)
        order_id = await working.rest_a_buy()
        await working.in_state(order_id, OrderState.UNKNOWN)
        order = working.order(order_id)
        assert working.desk.brain.portfolio.locked("KRW") == promised(order)
        assert not any(isinstance(news, OrderRejected) for news in working.strategy.news)

        began_ns = working.clock()
        working.clock.run_at(15)
        locked = await watch_reserve(working, order_id, OrderState.ABANDONED)

        assert set(locked) <= {promised(order)}
        assert working.clock() - began_ns >= 29 * 10**9
        await working.until(lambda: working.desk.brain.portfolio.locked("KRW") == 0, "its money is free again")
        (said,) = [news for news in working.strategy.news if isinstance(news, OrderRejected)]
        assert (said.order_id, said.reason) == (order_id, RejectReason.NOT_SENT)
        assert await there.orders() == []
        assert posts(working) == 1


async def test_a_side_with_an_order_of_unknown_fate_takes_no_other_order(tmp_path):
    async with exchange() as there, bot(there, tmp_path, order_deadline_s=QUICK_S) as working:
        await there.strike("rest.rst(before)" + POST_ONCE)
        first = await working.rest_a_buy()
        await working.in_state(first, OrderState.UNKNOWN)
        second = await working.rest_a_buy(depth="0.985")
        sale = await working.sell_now()
        await working.ended(sale)

        assert working.order(second).state is OrderState.REJECTED
        assert [order["side"] for order in await there.orders()] == ["ask"]
        working.clock.run_at(15)
        await working.in_state(first, OrderState.ABANDONED)


async def test_an_order_given_up_that_appears_after_all_is_cancelled_r5(tmp_path):
    async with exchange() as there, bot(there, tmp_path, order_deadline_s=QUICK_S) as working:
        await there.strike("rest.delay_accept(4s)" + POST_ONCE)
        order_id = await working.rest_a_buy()
        await working.in_state(order_id, OrderState.UNKNOWN)
        working.clock.run_at(20)
        await working.in_state(order_id, OrderState.ABANDONED)
        working.clock.run_at(1)
        assert await there.orders() == []

        async def appeared_and_gone() -> bool:
            return [order["state"] for order in await there.orders()] == ["cancel"]

        await working.until(appeared_and_gone, "the late order is cancelled")
        await working.ended(order_id)
        await working.money_agrees()


async def test_an_order_that_look_ups_do_not_know_yet_is_not_given_up_r26(tmp_path):
    async with exchange() as there, bot(there, tmp_path, order_deadline_s=QUICK_S) as working:
        lagging = "rest.lag_read(3s)@method=GET"
        await there.strike("rest.drop" + POST_ONCE, DEAF, lagging)
        order_id = await working.rest_a_buy()
        await working.in_state(order_id, OrderState.UNKNOWN)
        await working.in_state(order_id, OrderState.WORKING, OrderState.ABANDONED)

        assert working.order(order_id).state is OrderState.WORKING
        assert len(await there.orders()) == 1


async def test_a_connection_nobody_accepts_is_proof_and_the_order_is_refused_at_once_r1(tmp_path):
    async with exchange() as there, Door(there.rest_url) as door, bot(there, tmp_path, rest_url=door.url) as working:
        await door.shut()
        order_id = await working.rest_a_buy()
        await working.ended(order_id)
        await door.open()

        (said,) = working.strategy.news
        assert isinstance(said, OrderRejected)
        assert (said.reason, said.by_venue) == (RejectReason.NOT_SENT, False)
        assert working.desk.brain.portfolio.locked("KRW") == 0
        assert await there.orders() == []


REFUSED = {
    "too little money r10": ("rest.reject(insufficient_funds_bid,400)", RejectReason.FUNDS),
    "below the minimum r10": ("rest.reject(under_min_total_bid,400)", RejectReason.BELOW_MINIMUM),
    "a wrong signature": ("rest.auth(jwt_verification)", RejectReason.AUTH),
    "a wrong hash": ("rest.auth(invalid_query_payload)", RejectReason.AUTH),
    "an expired key": ("rest.auth(expired_access_key)", RejectReason.AUTH),
}


@pytest.mark.parametrize(("fault", "reason"), REFUSED.values(), ids=REFUSED)
async def test_a_published_no_ends_the_order_once_and_nothing_is_sent_again_r10(tmp_path, fault, reason):
    async with exchange() as there, bot(there, tmp_path) as working:
        await there.strike(fault + POST_ONCE)
        order_id = await working.rest_a_buy()
        order = await working.ended(order_id)

        (said,) = working.strategy.news
        assert isinstance(said, OrderRejected)
        assert (order.state, said.reason, said.by_venue) == (OrderState.REJECTED, reason, True)
        assert (await there.orders(), posts(working)) == ([], 1)
        await working.money_agrees()


OPEN_NOES = {
    "an error nobody has published r11": "rest.reject(something_new,400)",
    "a nonce said to be used r13": "rest.nonce_used",
    "too many requests r16": "rest.429",
    "a redirect r9": "rest.redirect(302)",
}


@pytest.mark.parametrize("fault", OPEN_NOES.values(), ids=OPEN_NOES)
async def test_a_no_that_proves_nothing_leaves_the_order_open_until_the_exchange_was_asked_r9_r11_r13_r16(
    tmp_path, fault
):
    async with exchange() as there, bot(there, tmp_path) as working:
        await there.strike(fault + POST_ONCE)
        order_id = await working.rest_a_buy()
        await working.in_state(order_id, OrderState.UNKNOWN)
        assert working.desk.brain.portfolio.locked("KRW") == promised(working.order(order_id))
        working.clock.run_at(15)
        await working.in_state(order_id, OrderState.ABANDONED)

        assert (await there.orders(), posts(working)) == ([], 1)

"""A run that begins with the orders of an earlier one: nothing new leaves before the fate of each is known."""

from decimal import Decimal

import pytest
from msgspec.structs import replace
from tests.brain.scenery import BTC, NOON_NS, SECOND_NS, Recorder, Stage, dec, report_of, venue_id

from hoga.brain.brain import Brain
from hoga.brain.risk.limits import RiskLimits
from hoga.model.commands import (
    CancelOrder,
    Command,
    OrderId,
    PlaceOrder,
    QueryMarket,
    QueryOpenOrders,
    QueryOrder,
    Side,
)
from hoga.model.events import (
    AccountsReported,
    Balance,
    ClosedOrdersReported,
    FeedUp,
    Fill,
    Halt,
    MarketReported,
    OrderReported,
    OrderStateSeen,
    OrderUpdated,
    Stream,
    TimerFired,
)
from hoga.model.orders import OrderState
from hoga.model.recovered import RecoveredOrder, RecoveredOrders

OLD = OrderId("hg-old-1")
INTENT = PlaceOrder(order_id=OLD, market="KRW-BTC", side=Side.BUY, price=dec(99_000_000), volume=dec("0.01"))


def past_order(state: OrderState, **facts: object) -> RecoveredOrder:
    return RecoveredOrder(intent=INTENT, state=state, decided_ns=NOON_NS - 60 * SECOND_NS, **facts)  # type: ignore[arg-type]


class SecondRun(Stage):
    """A stage whose brain has taken over one order; everything but that is known."""

    def __init__(
        self,
        *orders: RecoveredOrder,
        abandoned: tuple[RecoveredOrder, ...] = (),
        private_is_up: bool = True,
        knows_rules: bool = True,
    ) -> None:
        super().__init__(open_now=False)
        self.strategy = Recorder()
        self.brain = Brain(self.strategy, [BTC.code], limits=RiskLimits(), id_prefix="hg-test-", now_ns=self.now_ns)
        self.brain.recover(RecoveredOrders(orders=orders, abandoned=abandoned))
        self.first = self.brain.start()
        if knows_rules:
            self.handle(MarketReported(market=BTC, received_ns=self.now_ns))
        self.handle(FeedUp(stream=Stream.PUBLIC, received_ns=self.now_ns))
        if private_is_up:
            self.handle(FeedUp(stream=Stream.PRIVATE, received_ns=self.now_ns))

    def tell_account(self, krw: str | int = 10_000_000, btc: str | int = 0, *, is_listed: bool = False) -> None:
        listing = self.listing(*((report_of(INTENT, OrderStateSeen.WAIT),) if is_listed else ()))
        for answer in (listing, self.accounts(krw, btc), listing):
            self.handle(answer)

    def found(self, state: OrderStateSeen, executed: str = "0", fills: tuple[Fill, ...] | None = None) -> None:
        report = report_of(INTENT, state, executed, fills)
        self.handle(OrderReported(order_id=OLD, report=report, asked_ns=self.now_ns, received_ns=self.now_ns))


def trade(trade_id: str, volume: str) -> Fill:
    return Fill(
        trade_id=trade_id,
        venue_id=venue_id(OLD),
        order_id=OLD,
        market="KRW-BTC",
        side=Side.BUY,
        price=dec(99_000_000),
        volume=dec(volume),
    )


def asked(stage: Stage, seconds: float) -> list[QueryOrder]:
    return [command for command in stage.wait(seconds) if isinstance(command, QueryOrder)]


def test_an_order_that_was_on_its_way_is_of_unknown_fate_and_asked_for_p1_p2():
    stage = SecondRun(past_order(OrderState.SENDING))
    stage.tell_account()

    assert stage.order(OLD).state is OrderState.UNKNOWN
    assert asked(stage, 0.4) == [QueryOrder(OLD)]
    assert not stage.brain.ready
    assert "earlier run" in stage.brain.reason


def test_when_the_private_feed_comes_late_the_questions_begin_anew():
    stage = SecondRun(past_order(OrderState.SENDING), private_is_up=False)
    stage.wait(300)

    stage.handle(FeedUp(stream=Stream.PRIVATE, received_ns=stage.now_ns))

    assert asked(stage, 0.4) == [QueryOrder(OLD)]


@pytest.mark.parametrize("state", [OrderState.WORKING, OrderState.PARTIAL])
def test_an_order_that_was_open_is_asked_for_by_the_venues_id(state: OrderState):
    stage = SecondRun(past_order(state, venue_id=venue_id(OLD)))

    assert asked(stage, 0.4) == [QueryOrder(OLD, venue_id(OLD))]


def test_the_gate_opens_when_the_last_order_is_known_and_the_account_was_asked_for_again():
    stage = SecondRun(past_order(OrderState.SENDING))
    stage.tell_account()
    stage.wait(1)
    stage.found(OrderStateSeen.WAIT)
    known = stage.brain.ready
    stage.wait(1)
    stage.tell_account(is_listed=True)

    assert not known
    assert stage.brain.ready
    assert stage.brain.portfolio.locked("KRW") == dec("990495")
    assert [order.order_id for order in stage.brain.open_orders] == [OLD]


def test_an_order_that_only_was_wished_is_over_and_holds_nothing_up():
    stage = SecondRun(past_order(OrderState.INTENDED))
    stage.tell_account()

    assert stage.order(OLD).state is OrderState.REJECTED
    assert stage.brain.ready


def test_what_it_traded_meanwhile_is_counted_and_its_money_is_not_moved_twice_i4():
    stage = SecondRun(past_order(OrderState.PARTIAL, venue_id=venue_id(OLD), fills=(trade("a", "0.004"),)))
    stage.tell_account(9_009_505, "0.01")  # asked before the order is known: too early to count
    stage.wait(1)
    stage.found(OrderStateSeen.DONE, "0.01", (trade("a", "0.004"), trade("b", "0.006")))
    stage.wait(1)
    stage.tell_account(9_009_505, "0.01")

    assert stage.order(OLD).state is OrderState.DONE
    assert sorted(stage.order(OLD).fills) == ["a", "b"]
    assert stage.brain.portfolio.total("KRW") == Decimal(9_009_505)
    assert stage.brain.portfolio.position("KRW-BTC") == dec("0.01")
    assert stage.brain.summary().differences == 0
    assert stage.brain.ready


def test_an_order_that_never_arrived_is_given_up_on_proof_and_only_then_the_gate_opens_p1():
    stage = SecondRun(past_order(OrderState.SENDING))
    for _ in range(40):
        stage.wait(1)
        stage.handle(OrderReported(order_id=OLD, report=None, asked_ns=stage.now_ns, received_ns=stage.now_ns))
    before = (stage.order(OLD).state, stage.brain.ready)
    stage.handle(
        ClosedOrdersReported(market="KRW-BTC", reports=(), since_ms=0, asked_ns=stage.now_ns, received_ns=stage.now_ns)
    )
    stage.tell_account()
    stage.wait(1)
    stage.tell_account()

    assert before == (OrderState.UNKNOWN, False)
    assert stage.order(OLD).state is OrderState.ABANDONED
    assert stage.brain.ready
    assert stage.brain.portfolio.locked("KRW") == 0


def test_an_order_given_up_by_an_earlier_run_is_still_adopted_and_cancelled_when_it_appears_r5():
    stage = SecondRun(abandoned=(past_order(OrderState.ABANDONED, abandoned_ns=NOON_NS - SECOND_NS),))
    stage.wait(1)
    stage.handle(OrderReported(order_id=OLD, report=None, asked_ns=stage.now_ns, received_ns=stage.now_ns))
    stage.tell_account()
    ready = stage.brain.ready

    commands = stage.handle(OrderUpdated(report=report_of(INTENT, OrderStateSeen.WAIT), received_ns=stage.now_ns))

    assert ready
    assert [command.venue_id for command in commands if isinstance(command, CancelOrder)] == [venue_id(OLD)]
    assert stage.order(OLD).state is OrderState.WORKING


def test_an_order_given_up_that_arrived_and_traded_while_no_bot_ran_is_found_r5_i4():
    stage = SecondRun(abandoned=(past_order(OrderState.ABANDONED, abandoned_ns=NOON_NS - SECOND_NS),))
    stage.tell_account(9_009_505, "0.01")
    before = stage.brain.ready
    questions = asked(stage, 0.4)
    stage.found(OrderStateSeen.DONE, "0.01", (trade("a", "0.01"),))
    stage.wait(1)
    stage.tell_account(9_009_505, "0.01")

    assert questions == [QueryOrder(OLD)]
    assert not before
    assert stage.order(OLD).state is OrderState.DONE
    assert list(stage.order(OLD).fills) == ["a"]
    assert stage.brain.portfolio.total("KRW") == Decimal(9_009_505)
    assert stage.brain.portfolio.position("KRW-BTC") == dec("0.01")
    assert stage.brain.summary().differences == 0
    assert stage.brain.ready


def test_an_order_in_a_market_that_is_no_longer_traded_is_cleared_up_too():
    elsewhere = RecoveredOrder(
        intent=PlaceOrder(order_id=OLD, market="KRW-ETH", side=Side.BUY, price=dec(5_000_000), volume=dec(1)),
        state=OrderState.SENDING,
        decided_ns=NOON_NS,
    )
    stage = SecondRun(elsewhere)

    assert QueryMarket("KRW-ETH") in stage.first


def test_a_run_stopped_before_it_was_ready_cancels_what_it_took_over():
    stage = SecondRun(past_order(OrderState.WORKING, venue_id=venue_id(OLD)))
    stage.handle(Halt(reason="enough", received_ns=stage.now_ns))

    assert not stage.brain.stopped
    assert [order.order_id for order in stage.brain.open_orders] == [OLD]


def test_the_first_balances_count_only_when_asked_after_the_last_trade_we_heard_of():
    stage = SecondRun(past_order(OrderState.WORKING, venue_id=venue_id(OLD)))
    asked_ns = stage.now_ns
    stage.wait(1)
    stage.found(OrderStateSeen.WAIT)
    stage.wait(1)
    stage.handle(trade("a", "0.004"))
    balances = (Balance(currency="KRW", free=stage.krw, locked=dec(0)),)
    stage.compare(AccountsReported(balances=balances, asked_ns=asked_ns, received_ns=stage.now_ns))
    stage.handle(TimerFired(name="", due_ns=stage.now_ns, received_ns=stage.now_ns))

    assert not stage.brain.portfolio.is_open


@pytest.mark.parametrize("fee", [dec("198"), None], ids=["by the stream", "by an answer"])
def test_an_order_that_trades_before_the_rules_of_its_market_are_known_is_counted_and_the_start_goes_on(fee):
    stage = SecondRun(past_order(OrderState.WORKING, venue_id=venue_id(OLD)), knows_rules=False)

    stage.handle(replace(trade("a", "0.004"), fee=fee))
    stage.found(OrderStateSeen.DONE, "0.01", (trade("a", "0.004"), trade("b", "0.006")))
    stage.handle(MarketReported(market=BTC, received_ns=stage.now_ns))
    stage.wait(1)
    stage.tell_account(9_009_505, "0.01")

    assert stage.order(OLD).state is OrderState.DONE
    assert sorted(stage.order(OLD).fills) == ["a", "b"]
    assert stage.brain.portfolio.total("KRW") == Decimal(9_009_505)
    assert stage.brain.ready


def listed(stage: SecondRun, executed: str = "0") -> list[Command]:
    return stage.handle(stage.listing(report_of(INTENT, OrderStateSeen.WAIT, executed)))


def test_a_list_that_has_an_order_with_every_fill_known_clears_it_up_without_a_question_of_its_own():
    stage = SecondRun(past_order(OrderState.PARTIAL, venue_id=venue_id(OLD), fills=(trade("a", "0.004"),)))
    listed(stage, "0.004")

    assert asked(stage, 30) == []
    assert "earlier run" not in stage.brain.reason


def test_a_list_that_shows_more_traded_than_we_know_is_followed_by_a_question():
    stage = SecondRun(past_order(OrderState.PARTIAL, venue_id=venue_id(OLD), fills=(trade("a", "0.004"),)))
    listed(stage, "0.01")

    assert QueryOrder(OLD, venue_id(OLD)) in asked(stage, 1)
    assert "earlier run" in stage.brain.reason


def test_a_list_asked_before_our_own_fills_were_heard_proves_nothing_and_another_is_asked_for():
    stage = SecondRun(past_order(OrderState.WORKING, venue_id=venue_id(OLD)), private_is_up=False)
    listed(stage)
    stage.wait(0.01)
    commands = stage.handle(FeedUp(stream=Stream.PRIVATE, received_ns=stage.now_ns))

    assert QueryOpenOrders() in commands
    assert asked(stage, 0.4) == [QueryOrder(OLD, venue_id(OLD))]

"""No order leaves before rules, balances and open orders are known and both feeds are up; a gap closes again."""

from tests.brain.scenery import BTC, Stage, dec, stranger

from hoga.brain.gate import Gate
from hoga.model.commands import CancelOrder, QueryAccounts, QueryMarket, QueryOpenOrders, QueryOrder
from hoga.model.events import (
    Event,
    FeedDown,
    FeedUp,
    MarketReported,
    OpenOrdersReported,
    OrderRejected,
    OrderReport,
    OrderStateSeen,
    QueryFailed,
    RejectReason,
    Stream,
)
from hoga.model.orders import OrderState


def private(stage: Stage, *, up: bool, reconnects: int = 0) -> list[object]:
    if up:
        return list(stage.handle(FeedUp(stream=Stream.PRIVATE, reconnects=reconnects, received_ns=stage.now_ns)))
    return list(stage.handle(FeedDown(stream=Stream.PRIVATE, received_ns=stage.now_ns)))


def listing(stage: Stage, *reports: OrderReport) -> OpenOrdersReported:
    return OpenOrdersReported(reports=reports, asked_ns=stage.now_ns, received_ns=stage.now_ns)


def test_a_reason_to_wait_lasts_exactly_as_long_as_its_cause():
    gate, causes = Gate(), {"rain": True, "night": False}
    gate.wait_while("a dry road", lambda: causes["rain"])
    gate.wait_while("daylight", lambda: causes["night"])
    told = [gate.reason]
    for cause, holds in (("night", True), ("rain", False), ("night", False)):
        causes[cause] = holds
        told.append(gate.reason)

    assert told == ["waiting for a dry road", "waiting for a dry road, daylight", "waiting for daylight", ""]
    assert gate.is_open
    assert not gate.waits_for("daylight")
    assert gate.private_is_up  # where nobody asks for a private feed, nothing waits for it


def test_the_start_asks_for_rules_and_for_balances_between_two_lists_of_open_orders_r27():
    stage = Stage(open_now=False)

    assert stage.first == [QueryMarket("KRW-BTC"), QueryOpenOrders()]
    assert stage.handle(listing(stage)) == [QueryAccounts()]
    assert stage.handle(stage.accounts()) == [QueryOpenOrders()]
    assert stage.handle(listing(stage)) == []
    assert not stage.brain.ready


def test_the_strategy_begins_only_when_everything_is_known():
    stage = Stage(open_now=False)
    answers: list[Event] = [
        MarketReported(market=BTC, received_ns=stage.now_ns),
        listing(stage),
        stage.accounts(),
        listing(stage),
        FeedUp(stream=Stream.PUBLIC, received_ns=stage.now_ns),
        FeedUp(stream=Stream.PRIVATE, received_ns=stage.now_ns),
    ]
    reasons = []
    for answer in answers:
        assert stage.recorder.started == 0
        reasons.append(stage.brain.reason)
        stage.handle(answer)

    told = [note.fields.get("why") for note in stage.noted("gate")]
    assert told == [*list(dict.fromkeys(reasons))[1:], None]
    assert reasons == [
        "waiting for balances, market rules, open orders, private feed, public feed",
        "waiting for balances, open orders, private feed, public feed",
        "waiting for balances, private feed, public feed",
        "waiting for balances, private feed, public feed",
        "waiting for private feed, public feed",
        "waiting for private feed",
    ]
    assert stage.recorder.started == 1
    assert stage.brain.ready


def test_a_failed_question_is_asked_again_while_the_gate_waits_for_it():
    stage = Stage(open_now=False)
    stage.handle(QueryFailed(query="accounts", reason=RejectReason.SERVER, received_ns=stage.now_ns))

    assert QueryOpenOrders() in stage.wait(1.1)
    assert QueryAccounts() in stage.handle(listing(stage))


def test_while_the_private_feed_is_down_orders_are_refused():
    stage = Stage()
    private(stage, up=False)
    order_id = stage.buy()

    assert stage.order(order_id).state is OrderState.REJECTED
    assert "private feed" in stage.heard(OrderRejected)[0].detail


def test_after_the_private_feed_returns_all_is_compared_before_the_next_order():
    stage = Stage()
    stage.wait(1)
    private(stage, up=False)
    asked = private(stage, up=True, reconnects=1)
    first = stage.brain.reason
    stage.compare(stage.accounts())
    stage.handle(listing(stage))

    assert asked == [QueryOpenOrders()]
    assert first == "waiting for balances, open orders"
    assert stage.brain.ready


def test_a_fill_missed_in_the_gap_is_fetched_and_booked_before_the_gate_opens_w15():
    stage = Stage()
    order_id = stage.buy(99_000_000, "0.01")
    stage.accept(order_id)
    stage.wait(1)
    private(stage, up=False)
    stage.wait(1)
    private(stage, up=True, reconnects=1)
    stage.wait(0.01)
    stage.handle(listing(stage))
    stage.handle(stage.accounts(krw="9009505", btc="0.01"))
    stage.handle(listing(stage))
    closed = stage.brain.ready

    asked = stage.wait(0.4)
    fills = (stage.fill_event(order_id, "missed", "0.01"),)
    stage.answer(order_id, stage.report(order_id, OrderStateSeen.DONE, "0.01", fills))
    asked += stage.wait(6)
    stage.compare(stage.accounts(krw="9009505", btc="0.01"))

    assert not closed
    assert [command for command in asked if isinstance(command, QueryOrder)]
    assert QueryOpenOrders() in asked
    assert stage.brain.ready
    assert stage.brain.summary().differences == 0
    assert stage.brain.portfolio.position("KRW-BTC") == dec("0.01")


def test_an_answer_asked_before_the_gap_does_not_open_the_gate():
    stage = Stage()
    old_accounts, old_list = stage.accounts(), listing(stage)
    stage.wait(1)
    private(stage, up=False)
    private(stage, up=True, reconnects=1)
    stage.handle(old_accounts)
    stage.handle(old_list)

    assert not stage.brain.ready


def test_orders_of_others_lock_money_and_are_never_cancelled_w18_a1():
    stage = Stage()
    stage.handle(listing(stage, stranger("by hand", locked="4000000")))

    assert stage.brain.portfolio.free("KRW") == dec(6_000_000)
    assert [report.venue_id for report in stage.brain.strangers.external] == ["by hand"]
    assert stage.brain.open_orders == ()
    assert not [command for command in stage.sent if isinstance(command, CancelOrder)]


def test_orders_of_an_earlier_run_are_named_and_left_alone_p9():
    stage = Stage()
    stage.handle(listing(stage, stranger("ours", order_id="hg-before-7")))

    assert [report.venue_id for report in stage.brain.strangers.recovered] == ["ours"]
    assert stage.noted("order_recovered")


def test_without_the_private_feed_lists_are_asked_for_every_five_seconds_w9():
    stage = Stage()
    private(stage, up=False)
    blind = stage.wait(16)
    private(stage, up=True, reconnects=1)
    stage.compare(stage.accounts())
    stage.handle(listing(stage))

    assert blind.count(QueryOpenOrders()) == 3
    assert stage.wait(10).count(QueryOpenOrders()) == 0


def test_a_fill_heard_of_only_through_lists_is_booked_w9():
    stage = Stage()
    order_id = stage.buy(99_000_000, "0.01")
    stage.accept(order_id)
    private(stage, up=False)
    stage.wait(5)
    stage.handle(listing(stage, stage.report(order_id, OrderStateSeen.WAIT, "0.004")))
    asked = [command for command in stage.wait(0.6) if isinstance(command, QueryOrder)]
    fills = (stage.fill_event(order_id, "t", "0.004"),)
    stage.answer(order_id, stage.report(order_id, OrderStateSeen.WAIT, "0.004", fills))

    assert len(asked) == 1
    assert stage.order(order_id).state is OrderState.PARTIAL
    assert stage.brain.portfolio.position("KRW-BTC") == dec("0.004")


def test_a_private_feed_that_needed_several_tries_makes_us_ask_again():
    stage = Stage(open_now=False, needs_private=True)
    stage.open(private=False)
    private(stage, up=False)
    asked = private(stage, up=True)
    stage.compare(stage.accounts())
    stage.handle(listing(stage))

    assert asked == [QueryOpenOrders()]
    assert stage.brain.ready

"""The one door: events of any kind in, commands out, in the right order and at the right time."""

import msgspec
import pytest
from tests.brain.scenery import SECOND_NS, Recorder, Stage, dec, venue_id

from hoga.brain.context import Context
from hoga.brain.world import base36
from hoga.model.commands import CancelOrders, OrderId, PlaceOrder, QueryAccounts, QueryMarket, Stop
from hoga.model.errors import UnknownMarketError
from hoga.model.events import (
    AskBid,
    FeedDown,
    FeedStale,
    FeedUp,
    Fill,
    Orderbook,
    OrderRejected,
    OrderStateSeen,
    RejectReason,
    Stream,
    TimerFired,
    Trade,
)
from hoga.model.orders import OrderState


class DecodedTrade(Trade, kw_only=True):
    """What a frame decoder may hand over: a trade with fields of its own."""

    extra: int = 0


def test_ids_are_the_prefix_and_a_counter():
    stage = Stage()
    ids = [stage.buy(99_000_000 - 1000 * number) for number in range(3)]

    assert ids == ["hg-test-1", "hg-test-2", "hg-test-3"]
    assert [base36(number) for number in (0, 35, 36)] == ["0", "z", "10"]


def test_a_subclass_of_an_event_is_handled_as_the_event():
    stage = Stage()
    stage.handle(
        DecodedTrade(
            market="KRW-BTC",
            price=dec(99_500_000),
            volume=dec(1),
            ask_bid=AskBid.ASK,
            trade_timestamp_ms=1,
            timestamp_ms=1,
            sequential_id=1,
            received_ns=stage.now_ns,
        )
    )

    assert stage.brain.last_price("KRW-BTC") == dec(99_500_000)


def test_news_of_a_market_nobody_watches_is_ignored():
    stage = Stage()
    event = DecodedTrade(
        market="KRW-DOGE",
        price=dec(1),
        volume=dec(1),
        ask_bid=AskBid.ASK,
        trade_timestamp_ms=1,
        timestamp_ms=1,
        sequential_id=1,
        received_ns=stage.now_ns,
    )

    assert stage.handle(event) == []
    assert stage.brain.last_price("KRW-DOGE") is None
    with pytest.raises(UnknownMarketError):
        stage.brain.context.market("KRW-DOGE")


def test_an_order_is_in_the_open_orders_from_the_moment_of_the_wish():
    stage = Stage()
    seen: list[int] = []

    def wish(ctx: Context) -> OrderId:
        order_id = ctx.limit_buy("KRW-BTC", dec(99_000_000), dec("0.001"), reason="cheap")
        seen.append(len(ctx.open_orders("KRW-BTC")))
        return order_id

    order_id, sent = stage.act(wish)

    assert seen == [1]
    assert [command.reason for command in sent if isinstance(command, PlaceOrder)] == ["cheap"]
    note = stage.noted("order")[0]
    assert (note.fields["order_id"], note.fields["reason"]) == (order_id, "cheap")


def test_timers_of_the_strategy_fire_in_order_and_once():
    stage = Stage()

    def wish(ctx: Context) -> OrderId:
        ctx.set_timer("second", ctx.now_ns + 2 * SECOND_NS)
        ctx.set_timer("first", ctx.now_ns + SECOND_NS)
        ctx.set_timer("past", ctx.now_ns - SECOND_NS)
        return OrderId("")

    stage.act(wish)
    stage.wait(10)

    assert [timer.name for timer in stage.heard(TimerFired)] == ["past", "first", "second"]


def test_any_event_runs_what_is_due_before_it():
    stage = Stage()
    stage.do(lambda ctx: ctx.set_timer("due", ctx.now_ns + SECOND_NS))
    stage.now_ns += 2 * SECOND_NS
    stage.trade(100_000_000)

    assert [timer.name for timer in stage.heard(TimerFired)] == ["due"]


def test_the_clock_never_goes_backwards_p12():
    stage = Stage()
    before_ns = stage.now_ns
    stage.now_ns -= SECOND_NS
    stage.trade(100_000_000)

    assert stage.brain.context.now_ns == before_ns


def test_a_strategy_that_raises_stops_trading_and_its_last_wishes_stay_at_home_p16():
    stage = Stage()
    open_id = stage.buy()
    stage.accept(open_id)

    def break_down(ctx: Context) -> OrderId:
        ctx.limit_buy("KRW-BTC", dec(98_000_000), dec("0.001"))
        raise ZeroDivisionError("boom")

    with pytest.raises(ZeroDivisionError):
        stage.act(break_down)
    commands = stage.brain.strategy_failed("Traceback …\nZeroDivisionError: boom", stage.now_ns)
    heard_before = len(stage.recorder.heard)
    stage.update(open_id, OrderStateSeen.CANCEL)
    stage.notes += stage.brain.take_notes()

    assert CancelOrders((venue_id(open_id),), "the strategy failed: ZeroDivisionError: boom") in commands
    assert not [command for command in commands if isinstance(command, PlaceOrder)]
    assert stage.brain.orders[OrderId("hg-test-2")].state is OrderState.REJECTED
    assert len(stage.recorder.heard) == heard_before
    assert stage.noted("strategy_failed")
    assert Stop() in stage.wait(11)


def test_feeds_are_told_to_the_strategy_and_stop_orders():
    class Listener(Recorder):
        def on_feed(self, ctx: Context, event: FeedUp | FeedDown | FeedStale) -> None:
            self.heard.append(event)

    stage = Stage(Listener())
    stage.handle(FeedDown(stream=Stream.PUBLIC, reason="reset", received_ns=stage.now_ns))
    refused = stage.order(stage.buy()).state
    stage.handle(FeedUp(stream=Stream.PUBLIC, reconnects=1, received_ns=stage.now_ns))
    stage.handle(FeedStale(market="KRW-BTC", age_s=9.0, received_ns=stage.now_ns))

    assert refused is OrderState.REJECTED
    assert len(stage.heard(FeedDown)) == len(stage.heard(FeedUp)) == len(stage.heard(FeedStale)) == 1
    assert stage.brain.ready


@pytest.mark.parametrize(
    ("reason", "asked"),
    [(RejectReason.FUNDS, QueryAccounts()), (RejectReason.PRICE_TICK, QueryMarket("KRW-BTC"))],
)
def test_a_refusal_that_shows_old_knowledge_makes_us_read_again_a5_a12(reason: RejectReason, asked: object):
    stage = Stage()
    order_id = stage.buy()

    commands = stage.handle(OrderRejected(order_id=order_id, reason=reason, received_ns=stage.now_ns))

    assert commands == [asked]


def test_the_summary_counts_what_happened():
    stage = Stage()
    order_id = stage.buy(99_000_000, "0.01")
    stage.accept(order_id)
    stage.fill(order_id, "t", "0.01")
    stage.update(order_id, OrderStateSeen.DONE, "0.01")
    stage.buy("NaN")
    told = stage.brain.summary()

    assert (told.orders, told.accepted, told.filled_orders, told.fills, told.refused) == (1, 1, 1, 1, 1)
    assert told.fees == dec(495)
    assert told.profit == dec(10_000) - 495
    assert len(stage.heard(Fill)) == 1


def test_without_a_private_feed_to_wait_for_the_gate_opens():
    stage = Stage(open_now=False, needs_private=False)
    stage.open(private=False)

    assert stage.brain.ready
    assert stage.recorder.started == 1


def raw_book(stage: Stage, *depths: str) -> Orderbook:
    text = ",".join(depths).encode()
    return Orderbook(
        market="KRW-BTC",
        timestamp_ms=1,
        total_ask_size=dec(1),
        total_bid_size=dec(1),
        unread=msgspec.Raw(b"[" + text + b"]"),
        received_ns=stage.now_ns,
    )


GOOD_DEPTH = '{"ask_price":100010000,"bid_price":100000000,"ask_size":1,"bid_size":1}'
BROKEN_DEPTH = '{"ask_price":"x","bid_price":-1,"ask_size":1,"bid_size":1}'


@pytest.mark.parametrize("depths", [(BROKEN_DEPTH,), (GOOD_DEPTH, BROKEN_DEPTH)])
def test_a_book_that_cannot_be_read_costs_that_book_and_no_more(depths: tuple[str, ...]):
    class Reader(Recorder):
        def on_orderbook(self, ctx: Context, book: Orderbook) -> None:
            self.heard.append(book.units)

    stage = Stage(Reader())
    stage.handle(raw_book(stage, *depths))
    after = stage.brain.orderbook("KRW-BTC")
    stage.handle(raw_book(stage, GOOD_DEPTH))

    assert after is None
    assert stage.brain.context.best("KRW-BTC") is not None
    assert stage.order(stage.buy()).state is OrderState.SENDING
    assert not stage.noted("strategy_failed")

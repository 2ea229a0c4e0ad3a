"""The owner of the account acts beside the bot: cancels its orders and reserves money."""

import msgspec
from tests.brain.scenery import BTC, Stage, dec, stranger

from hoga.model.commands import PlaceOrder
from hoga.model.events import MarketReported, OpenOrdersReported, OrderStateSeen, OrderUpdated
from hoga.model.orders import OrderState


def test_our_order_cancelled_by_hand_is_cancelled_and_not_placed_again_a2():
    stage = Stage()
    order_id = stage.buy()
    stage.accept(order_id)
    stage.update(order_id, OrderStateSeen.CANCEL)
    after = [*stage.wait(60), *stage.trade(100_000_000)]

    assert stage.order(order_id).state is OrderState.CANCELLED
    assert [event.report.state for event in stage.heard(OrderUpdated)] == [OrderStateSeen.CANCEL]
    assert stage.brain.portfolio.cash() == dec(10_000_000)
    assert [command for command in after if isinstance(command, PlaceOrder)] == []


def test_a_reserved_order_of_the_owner_locks_its_money_a19():
    stage = Stage()
    reserved = msgspec.structs.replace(stranger("reserved", locked="4000000"), state=OrderStateSeen.WATCH)
    stage.handle(OpenOrdersReported(reports=(reserved,), asked_ns=stage.now_ns, received_ns=stage.now_ns))

    assert stage.brain.portfolio.free("KRW") == dec(6_000_000)
    assert [order.venue_id for order in stage.brain.strangers.external] == ["reserved"]


def test_a_frozen_wallet_is_told_once_and_changes_neither_money_nor_trading_a17():
    stage = Stage(btc=1)
    seen: list[str] = []
    for wallet in ("working", "paused", "paused", "", "working", "working"):
        rules = msgspec.structs.replace(BTC, wallet=wallet)
        stage.handle(MarketReported(market=rules, received_ns=stage.now_ns))
        stage.do(lambda ctx: seen.append(ctx.market("KRW-BTC").wallet))
        if wallet == "paused":
            assert stage.order(stage.buy(99_000_000 - 1000 * len(seen))).is_open
            assert stage.brain.portfolio.total("BTC") == dec(1)

    assert [(note.fields["currency"], note.fields["state"]) for note in stage.noted("wallet")] == [("BTC", "paused")]
    assert seen == ["working", "paused", "paused", "", "working", "working"]
    assert stage.brain.ready

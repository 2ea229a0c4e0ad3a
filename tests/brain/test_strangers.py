"""Orders of others: seen by list or stream, their locks counted, never touched."""

import msgspec
import pytest
from tests.brain.scenery import Stage, dec, stranger

from hoga.model.commands import OrderId, Side, VenueOrderId
from hoga.model.events import Fill, OpenOrdersReported, OrderReport, OrderStateSeen, OrderUpdated


def hear(stage: Stage, report: OrderReport) -> None:
    stage.handle(OrderUpdated(report=report, received_ns=stage.now_ns))


def test_an_order_placed_by_hand_is_heard_of_by_the_stream_until_it_ends_a1():
    stage = Stage()
    report = stranger("by hand", locked="1000000")
    hear(stage, report)
    locked = stage.brain.portfolio.locked("KRW")
    hear(stage, msgspec.structs.replace(report, state=OrderStateSeen.CANCEL))

    assert (locked, stage.brain.portfolio.locked("KRW")) == (dec(1_000_000), dec(0))
    assert len(stage.noted("order_external")) == 1


@pytest.mark.parametrize(
    ("report", "currency", "locked"),
    [
        ({"side": Side.BUY, "price": dec(100), "volume": dec(3), "remaining_volume": dec(2)}, "KRW", dec("200.1")),
        ({"side": Side.SELL, "price": dec(100), "volume": dec(3), "remaining_volume": dec(2)}, "BTC", dec(2)),
        ({"side": Side.SELL, "price": dec(100), "volume": dec(3)}, "BTC", dec(3)),
    ],
)
def test_where_the_venue_does_not_say_what_is_locked_it_follows_from_the_order(
    report: dict[str, object], currency: str, locked: object
):
    stage = Stage(btc=5)
    hear(stage, msgspec.structs.replace(stranger("x"), locked=None, **report))

    assert stage.brain.portfolio.locked(currency) == locked


def test_a_trade_of_somebody_elses_order_is_not_booked_w18():
    stage = Stage()
    report = stranger("by hand", locked="500")
    fill = Fill(
        trade_id="t",
        venue_id=VenueOrderId("by hand"),
        order_id=None,
        market="KRW-BTC",
        side=Side.BUY,
        price=dec(100),
        volume=dec(1),
        report=report,
        received_ns=stage.now_ns,
    )
    stage.handle(fill)

    assert stage.brain.portfolio.cash() == dec(10_000_000) - 500
    assert stage.brain.portfolio.position("KRW-BTC") == 0
    assert stage.brain.summary().fills == 0


def test_a_list_forgets_what_it_lacks_except_what_was_heard_since_it_was_asked():
    stage = Stage()
    hear(stage, stranger("old"))
    asked_ns = stage.now_ns + 1
    stage.wait(1)
    hear(stage, stranger("new"))
    stage.handle(OpenOrdersReported(reports=(), asked_ns=asked_ns, received_ns=stage.now_ns))

    assert [report.venue_id for report in stage.brain.strangers.external] == ["new"]


def test_an_order_with_our_prefix_but_no_card_is_an_earlier_runs():
    stage = Stage()
    hear(stage, stranger("a", order_id="hg-earlier-1"))
    hear(stage, stranger("b", order_id="somebody-1"))

    assert [report.order_id for report in stage.brain.strangers.recovered] == [OrderId("hg-earlier-1")]
    assert stage.brain.summary().external_orders == 1

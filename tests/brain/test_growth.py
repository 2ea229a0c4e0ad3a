"""A brain that trades for days holds no more than on its first: every store of it has an end."""

import gc
import tracemalloc
from itertools import count

import pytest
from tests.brain.scenery import Stage, dec, report_of

from hoga.brain.orders import recent, records
from hoga.brain.risk import state
from hoga.brain.risk.limits import RiskLimits
from hoga.model.events import LostCause, OpenOrdersReported, OrderLost, OrderReported, OrderStateSeen

#: Cards of ended orders, and moments, that are kept; the real figures would only take longer to reach.
KEPT = 200
WARM, MEASURED = 450, 450  # orders; as many bars as are kept have closed in the first
LEAST_OF_A_LEAK = 40  # bytes an order: one number kept for each costs as much

LIMITS = RiskLimits.read({"duplicate_within_s": 0, "stale_feed_s": 3600, "max_order_value": 10**9})


class Days:
    """Order after order, more than a minute each: filled, cancelled, lost and found, by turns."""

    def __init__(self) -> None:
        self.stage = Stage(krw=10**12, btc=10**6, limits=LIMITS)
        self.numbers = count()

    def order(self) -> None:
        stage, number = self.stage, next(self.numbers)
        order_id = stage.buy(99_000_000 - number % 7 * 1000)
        end = OrderStateSeen.CANCEL
        if number % 5 == 0:
            stage.handle(OrderLost(order_id=order_id, cause=LostCause.NO_ANSWER, detail="", received_ns=stage.now_ns))
            stage.wait(2)
            found = stage.report(order_id)
            stage.handle(
                OrderReported(order_id=order_id, report=found, asked_ns=stage.now_ns, received_ns=stage.now_ns)
            )
        else:
            stage.accept(order_id)
        if number % 3 == 0:
            stage.fill(order_id, f"t{number}", "0.01")
            stage.update(order_id, OrderStateSeen.DONE, "0.01")
        else:
            report = report_of(stage.order(order_id).intent, end)
            stage.handle(
                OrderReported(order_id=order_id, report=report, asked_ns=stage.now_ns, received_ns=stage.now_ns)
            )
        stage.wait(75)
        spent = stage.brain.portfolio
        stage.handle(OpenOrdersReported(reports=(), asked_ns=stage.now_ns, received_ns=stage.now_ns))
        stage.handle(stage.accounts(str(spent.total("KRW")), str(spent.position("KRW-BTC"))))
        stage.book(str(100_000_000 + number % 11 * 1000), "100_020_000")
        for kept in (stage.sent, stage.notes, stage.recorder.heard):
            kept.clear()

    def orders(self, number: int) -> int:
        """Bytes held after so many more."""
        for _ in range(number):
            self.order()
        gc.collect()
        return tracemalloc.get_traced_memory()[0]


def test_after_the_warm_up_hundreds_of_orders_leave_nothing_behind_p14(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(records, "MAX_ORDERS", KEPT)
    monkeypatch.setattr(state, "KEPT", KEPT)
    monkeypatch.setattr(recent, "REMEMBERED", KEPT)
    days = Days()
    tracemalloc.start()
    try:
        days.orders(WARM)
        before = days.orders(0)
        after = days.orders(MEASURED)
    finally:
        tracemalloc.stop()

    summary = days.stage.brain.summary()
    assert (summary.orders, summary.open_orders) == (WARM + MEASURED, 0)
    assert summary.filled_orders > MEASURED / 3
    assert dec(summary.lost) >= (WARM + MEASURED) // 5
    assert (after - before) / MEASURED < LEAST_OF_A_LEAK

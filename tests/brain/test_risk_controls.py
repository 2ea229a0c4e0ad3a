"""Every control of the table by itself: what it refuses, with which figures, and what follows when it is hit."""

from pathlib import Path

import msgspec
import pytest
from tests.brain.scenery import BTC, NOON_NS, SECOND_NS, Stage, dec, venue_id
from tests.brain.test_risk_checks import Wish, buy, refusal, sell

from hoga.brain.risk.controls import CONTROLS
from hoga.brain.risk.limits import NOT_FOR_HISTORY, REAL_MONEY, RiskLimits, for_history, unset_for_real_money
from hoga.brain.risk.memory import Day, Moments, Swings
from hoga.model.commands import CancelOrder, CancelOrders, OrderId, QueryOpenOrders, SelfMatch, Side
from hoga.model.events import (
    Kill,
    OpenOrdersReported,
    OrderAccepted,
    OrderLost,
    OrderRejected,
    OrderStateSeen,
    RejectReason,
    Resume,
)

MARKET_BUY: Wish = lambda ctx: ctx.market_buy("KRW-BTC", dec(100_000))  # noqa: E731 - a wish in one line


def limits(**values: object) -> RiskLimits:
    return RiskLimits.read(values)


def no(stage: Stage, wish: Wish) -> str:
    rejected = refusal(stage, wish)
    assert rejected is not None, "the order left"
    return rejected.detail


def reject(stage: Stage, order_id: OrderId) -> None:
    event = OrderRejected(order_id=order_id, reason=RejectReason.UNKNOWN, by_venue=True, received_ns=stage.now_ns)
    stage.handle(event)


# ---------------------------------------------------------------- one order


@pytest.mark.parametrize(
    ("values", "wish", "words"),
    [
        ({"max_order_value": 50_000}, buy(), "value 99000, maximum 50000"),
        ({"max_order_share": "0.005"}, buy(), "value 99000, maximum of equity 50000"),
        (
            {"max_depth_share": "0.0005"},
            MARKET_BUY,
            "value 100000, of visible depth 100010000 to take from: more than 0.05 %",
        ),
        ({"max_depth_share": "0.0005"}, buy(100_010_000), "depth: value 100010"),
        ({"max_depth_share": "0.0005"}, buy(), "of visible depth 100000000 to wait beside: more than 0.05 %"),
        ({"price_collar": "0.0001"}, buy(100_020_000), "further than 0.01 %"),
        ({"market_orders": False}, MARKET_BUY, "market orders are off"),
        ({"max_position_share": "0.005"}, buy(), "position value 99000, allowed of equity 50000"),
        ({"max_exposure_share": "0.005"}, buy(), "value of all positions 99000, allowed of equity 50000"),
        ({"max_open_share": "0.005"}, buy(), "value of open orders 99000, allowed 50000"),
        ({"cash_kept": "0.995"}, buy(), "cash: cash left 9900950.5, kept 9950000"),
        ({"ramp_orders": 10, "max_order_value": 500_000}, buy(), "value 99000, maximum at the start 50000"),
        ({"ramp_s": 60, "max_order_value": 500_000}, buy(), "maximum at the start 50000"),
    ],
)
def test_an_order_beyond_a_limit_is_refused_with_its_figures(values: dict[str, object], wish: Wish, words: str):
    assert words in no(Stage(limits=limits(**values)), wish)
    assert refusal(Stage(), wish) is None


def test_a_limit_price_must_be_near_the_last_trade_too_k5():
    stage = Stage(limits=limits(trade_collar="0.01"))
    stage.book("101_500_000", "101_510_000")

    assert "last trade 100000000: further than 1 %" in no(stage, buy(101_400_000))


def test_the_start_ramp_ends_after_its_orders_k34():
    stage = Stage(limits=limits(ramp_orders=2, max_order_value=500_000))
    for price in (40_000_000, 41_000_000):
        assert refusal(stage, buy(price)) is None

    assert refusal(stage, buy()) is None


def test_a_market_under_caution_is_only_sold_k23_a11():
    stage = Stage(market=msgspec.structs.replace(BTC, cautions=("PRICE_FLUCTUATIONS",)), btc=1)

    assert "under caution (PRICE_FLUCTUATIONS)" in no(stage, buy())
    assert refusal(stage, sell()) is None


def test_an_order_that_would_meet_our_own_is_refused_k26_a18():
    stage = Stage(btc=1)
    assert refusal(stage, sell(100_010_000)) is None

    assert "our own sell" in no(stage, buy(100_010_000))
    assert "our own sell" in no(stage, MARKET_BUY)
    assert refusal(stage, buy(100_000_000)) is None
    smp: Wish = lambda ctx: ctx.limit_buy(  # noqa: E731 - as above
        "KRW-BTC", dec(100_010_000), dec("0.001"), self_match=SelfMatch.CANCEL_TAKER
    )
    assert refusal(stage, smp) is None


# ---------------------------------------------------------------- all orders together


def test_open_orders_everywhere_are_counted_and_weighed_k10_k11():
    stage = Stage(limits=limits(max_open_orders_all=1))
    assert refusal(stage, buy()) is None
    assert "open orders everywhere 1, allowed 1" in no(stage, buy(98_000_000))

    weighed = Stage(limits=limits(max_open_share="0.015"))
    weighed.buy(volume="0.001")
    weighed.wait(1)
    assert "value of open orders 198000, allowed 150000" in no(weighed, buy())


def test_an_unknown_fate_that_lasts_stops_everything_k24():
    stage = Stage(limits=limits(unknown_for_s=120), btc=1)
    order_id = stage.buy()
    stage.handle(OrderLost(order_id=order_id, received_ns=stage.now_ns))
    stage.wait(121)
    stage.book("100_000_000", "100_010_000")

    assert "unknown fate for 121 s; allowed 120 s" in no(stage, sell(101_010_000))


# ---------------------------------------------------------------- haste and repetition


def test_orders_in_a_minute_and_in_a_day_are_counted_k12():
    minute = Stage(limits=limits(orders_per_min=2))
    for order_id in (minute.buy(99_000_000, "0.001"), minute.buy(99_001_000, "0.001")):
        minute.accept(order_id)
    assert "orders in a minute 2, allowed 2" in no(minute, buy(97_000_000))
    minute.wait(60)
    minute.book("100_000_000", "100_010_000")
    assert refusal(minute, buy(98_000_000)) is None

    day = Stage(limits=limits(orders_per_day=1, stale_feed_s=3600))
    day.accept(day.buy(99_000_000, "0.001"))
    day.wait(3600)
    assert "orders in a day 1, allowed 1" in no(day, buy(98_000_000))


def test_haste_three_times_within_a_minute_pauses_the_strategy_and_ends_by_itself_k12():
    stage = Stage(limits=limits(orders_per_min=1, pause_s=90), btc=1)
    stage.act(buy())
    for price in range(3):
        assert "allowed 1" in no(stage, buy(98_000_000 + 1000 * price))

    assert "refused for haste 3 times" in no(stage, sell())
    assert len(stage.noted("risk_pause")) == 1
    stage.wait(91)
    stage.book("100_000_000", "100_010_000")
    assert refusal(stage, sell()) is None


def test_a_plan_bounds_its_parts_by_volume_and_number_k15():
    stage = Stage(limits=limits(max_children=3))
    stage.do(lambda ctx: ctx.plan("p", "KRW-BTC", Side.BUY, dec("0.003")))

    def part(volume: str, price: int) -> Wish:
        return lambda ctx: ctx.limit_buy("KRW-BTC", dec(price), dec(volume), parent="p")

    assert refusal(stage, part("0.002", 99_000_000)) is None
    assert refusal(stage, part("0.001", 98_000_000)) is None
    assert "volume of all parts 0.0031, plan 0.003" in no(stage, part("0.0001", 97_000_000))
    assert "is halted" in no(stage, part("0.0001", 96_000_000))
    assert "no plan q" in no(stage, lambda ctx: ctx.limit_buy("KRW-BTC", dec(95_000_000), dec("0.001"), parent="q"))

    many = Stage(limits=limits(max_children=1))
    many.do(lambda ctx: ctx.plan("p", "KRW-BTC", Side.BUY, dec(1)))
    assert refusal(many, part("0.001", 99_000_000)) is None
    assert "parts of the plan 1, allowed 1" in no(many, part("0.001", 98_000_000))


def test_a_rejected_part_of_a_plan_still_counts_k15():
    stage = Stage()
    stage.do(lambda ctx: ctx.plan("p", "KRW-BTC", Side.BUY, dec("0.001")))
    order_id, _ = stage.act(lambda ctx: ctx.limit_buy("KRW-BTC", dec(99_000_000), dec("0.001"), parent="p"))
    stage.handle(OrderLost(order_id=order_id, received_ns=stage.now_ns))
    stage.wait(2)

    wish: Wish = lambda ctx: ctx.limit_buy("KRW-BTC", dec(98_000_000), dec("0.001"), parent="p")  # noqa: E731
    assert refusal(stage, wish) is not None


def test_a_plan_counts_a_buy_in_money_as_the_most_coins_it_may_bring_k15():
    stage = Stage(limits=limits(price_collar="0.2"))
    stage.do(lambda ctx: ctx.plan("p", "KRW-BTC", Side.BUY, dec("0.003")))

    def part(spend: int) -> Wish:
        return lambda ctx: ctx.market_buy("KRW-BTC", dec(spend), parent="p")

    # The middle is 100,005,000; a fifth below it 240,012 won bring 0.003 coins, and one won more does not fit.
    assert "volume of all parts 0.00300002, plan 0.003" in no(stage, part(240_013))
    again = Stage(limits=limits(price_collar="0.2"))
    again.do(lambda ctx: ctx.plan("p", "KRW-BTC", Side.BUY, dec("0.003")))
    assert refusal(again, part(160_008)) is None
    assert refusal(again, part(80_004)) is None
    assert "volume of all parts" in no(again, part(5_001))


def test_trades_of_one_side_again_and_again_pause_the_market_k16():
    stage = Stage(limits=limits(max_executions=3), btc=1)
    order_id = stage.buy(99_000_000, "0.01")
    stage.accept(order_id)
    for number in range(3):
        stage.fill(order_id, f"t{number}", "0.001")
    assert refusal(stage, sell()) is None
    stage.fill(order_id, "t3", "0.001")

    assert "more than 3 buy executions within ten seconds" in no(stage, sell(102_000_000))


def test_trades_that_are_spread_out_pause_nothing_k16():
    stage = Stage(limits=limits(max_executions=3, stale_feed_s=3600), btc=1)
    order_id = stage.buy(99_000_000, "0.01")
    stage.accept(order_id)
    for number in range(6):
        stage.fill(order_id, f"t{number}", "0.001")
        stage.wait(4)

    assert refusal(stage, sell()) is None


@pytest.mark.parametrize(
    ("values", "words"), [({}, "allowed 5 s"), ({"stale_book_s": 3}, "allowed 3 s for the book, 5 s")]
)
def test_a_book_and_trades_grow_old_each_by_its_own_measure_k7(values: dict[str, object], words: str):
    stage = Stage(limits=limits(**values))
    stage.wait(4)
    stage.trade(100_000_000)

    assert (refusal(stage, buy()) is None) is not bool(values)
    stage.wait(2)
    stage.trade(100_000_000)
    assert words in no(
        stage, buy(98_000_000)
    )  # a book that has come and is old stops everything, however fresh trades are
    stage.book("100_000_000", "100_010_000")
    assert refusal(stage, buy(97_500_000)) is None


def test_many_cancels_for_no_fill_pause_the_strategy_k21():
    stage = Stage(limits=limits(max_cancels_per_fill=2))
    for number in range(3):
        order_id = stage.buy(99_000_000 + 1000 * number, "0.001")
        stage.accept(order_id)
        stage.do(lambda ctx, order_id=order_id: ctx.cancel(order_id))  # type: ignore[misc]
        stage.update(order_id, OrderStateSeen.CANCEL)

    assert "more than 2 cancels for a fill" in no(stage, buy())


def test_rejections_pause_and_then_halt_and_cancel_what_is_open_k20():
    stage = Stage(limits=limits(rejects_pause=2, rejects_halt=3))
    stays = stage.buy(98_000_000, "0.001")
    stage.accept(stays)
    ids = [stage.buy(99_000_000 + 1000 * number, "0.001") for number in range(3)]
    for order_id in ids[:2]:
        reject(stage, order_id)
    assert "rejected 2 orders within a minute" in no(stage, buy())

    reject(stage, ids[2])
    stage.wait(0.001)
    assert any(isinstance(command, CancelOrder) and command.order_id == stays for command in stage.sent)
    assert "paused: the venue rejected 3 orders" in no(stage, buy())
    stage.handle(Resume(received_ns=stage.now_ns))
    assert refusal(stage, buy(97_000_000)) is None


# ---------------------------------------------------------------- the day


def holding(**values: object) -> Stage:
    """Nine tenths in coins at 100 million, so that a fall of 10 % costs 9 %."""
    stage = Stage(limits=limits(**values), krw=10_000_000, btc="0.9")
    stage.wait(1)
    stage.trade(100_000_000)
    return stage


def falls(stage: Stage, price: int) -> None:
    stage.wait(1)
    stage.book(str(price), str(price + 10_000))
    stage.trade(price)


def test_a_loss_of_the_day_leaves_only_sales_until_the_next_day_k18():
    stage = holding(daily_loss="0.02", price_collar="0.5")
    falls(stage, 97_500_000)

    assert "loss of the day 0.0225, allowed 0.02" in no(stage, buy(97_000_000))
    sold, sent = stage.act(sell(98_000_000))
    assert len(sent) == 1
    stage.accept(sold)
    stage.wait(24 * 3600)
    falls(stage, 97_500_000)
    assert refusal(stage, buy(97_000_000)) is None


def test_a_greater_loss_of_the_day_pulls_the_kill_switch_k18():
    stage = holding(daily_loss_kill="0.03")
    falls(stage, 96_000_000)
    stage.wait(0.001)

    assert "loss of the day 0.036, allowed 0.03" in stage.brain.killed
    assert "kill: the kill switch was pulled" in no(stage, buy(96_000_000))


def test_a_fall_from_the_peak_pulls_the_kill_switch_k19():
    stage = holding(max_drawdown="0.05", price_collar="0.5")
    falls(stage, 110_000_000)
    assert not stage.brain.killed
    falls(stage, 103_000_000)

    assert "lost from the peak" in stage.brain.killed


def test_a_withdrawal_is_no_loss_k18():
    stage = holding(daily_loss_kill="0.03")
    stage.krw = dec(1_000_000)
    for _ in range(3):
        stage.compare(stage.accounts())
        stage.wait(6)
    falls(stage, 100_000_000)

    assert stage.brain.portfolio.cash() == 1_000_000
    assert not stage.brain.killed


@pytest.mark.parametrize(("name", "words"), [("max_turnover", "turnover 99000"), ("max_fees", "fees of the day 49.5")])
def test_trading_too_much_in_a_day_ends_its_buys_k17_p18(name: str, words: str):
    stage = Stage(limits=limits(**{name: "0.0000001"}), btc=1)
    stage.wait(1)
    stage.trade(100_000_000)
    order_id = stage.buy(99_000_000, "0.001")
    stage.accept(order_id)
    stage.fill(order_id, "t1", "0.001")

    assert words in no(stage, buy(98_000_000))
    assert refusal(stage, sell()) is None


# ---------------------------------------------------------------- the market and our books


@pytest.mark.parametrize(("name", "apart_s"), [("swing_10s", 5), ("swing_60s", 30)])
def test_a_wild_market_is_paused_for_a_while_k22_a14(name: str, apart_s: int):
    stage = Stage(limits=limits(**{name: "0.05", "pause_s": 60}))
    stage.wait(apart_s)
    falls(stage, 94_000_000)
    stage.wait(1)
    stage.trade(94_000_000)

    assert f"within {name.removeprefix('swing_').removesuffix('s')} s, allowed 0.05" in no(stage, buy(90_000_000))
    stage.wait(120)
    falls(stage, 94_000_000)
    assert refusal(stage, buy(90_000_000)) is None


@pytest.mark.parametrize(
    ("values", "words"),
    [({"drift_quarantine": True}, "our books were off by -0.1 BTC"), ({"drift_halt": "0.01"}, "trading is paused")],
)
def test_books_that_were_off_stop_the_market_or_everything_k25(values: dict[str, object], words: str):
    stage = Stage(limits=limits(**values), btc=1)
    stage.btc = dec("0.9")
    for _ in range(3):
        stage.compare(stage.accounts())
        stage.wait(6)
    falls(stage, 100_000_000)
    stage.wait(1)
    stage.trade(100_000_000)

    assert words in no(stage, buy())


# ---------------------------------------------------------------- the kill switch


def test_a_kill_cancels_everything_in_chunks_until_the_list_is_empty_and_stays_k30():
    stage = Stage(limits=limits(max_open_orders=200, orders_per_s=1000, max_open_orders_all=200))
    ids = [stage.buy(90_000_000 + 1000 * number, "0.0001") for number in range(45)]
    for order_id in ids[:-1]:
        stage.accept(order_id)
    stage.sent.clear()
    stage.handle(Kill(reason="fire", received_ns=stage.now_ns))
    stage.wait(0)

    chunks = [command.venue_ids for command in stage.sent if isinstance(command, CancelOrders)]
    assert [len(chunk) for chunk in chunks] == [20, 20, 4]
    assert [command.order_id for command in stage.sent if isinstance(command, CancelOrder)] == [ids[-1]]
    assert any(isinstance(command, QueryOpenOrders) for command in stage.sent)
    assert "kill switch was pulled: fire" in no(stage, buy())
    stage.handle(Resume(received_ns=stage.now_ns))
    assert "kill switch was pulled: fire" in no(stage, buy())
    assert not stage.brain.ready

    stage.accept(ids[-1])
    for order_id in ids:
        stage.update(order_id, OrderStateSeen.CANCEL)
    stage.wait(1)
    stage.handle(OpenOrdersReported(reports=(), asked_ns=stage.now_ns, received_ns=stage.now_ns))
    assert len(stage.noted("kill_done")) == 1
    assert not stage.brain.stopped


def test_a_kill_cancels_what_the_list_still_shows_also_of_earlier_runs_k30():
    stage = Stage()
    mine = stage.buy()
    stage.accept(mine)
    stage.handle(Kill(reason="", received_ns=stage.now_ns))
    stage.wait(0.5)
    stage.sent.clear()
    earlier = msgspec.structs.replace(stage.report(mine), order_id=OrderId("hg-old-1"), venue_id=venue_id(OrderId("x")))
    by_hand = msgspec.structs.replace(earlier, order_id=None, venue_id=venue_id(OrderId("hand")))
    reports = (stage.report(mine), earlier, by_hand)
    stage.handle(OpenOrdersReported(reports=reports, asked_ns=stage.now_ns, received_ns=stage.now_ns))

    asked = [venue for command in stage.sent if isinstance(command, CancelOrders) for venue in command.venue_ids]
    assert asked == [venue_id(mine), venue_id(OrderId("x"))]


def test_an_order_that_arrives_after_the_kill_is_cancelled_k30():
    stage = Stage()
    order_id = stage.buy()
    stage.handle(Kill(reason="", received_ns=stage.now_ns))
    stage.wait(0.1)
    stage.sent.clear()
    stage.handle(OrderAccepted(order_id=order_id, report=stage.report(order_id), received_ns=stage.now_ns))

    assert [type(command) for command in stage.sent] == [CancelOrder]


# ---------------------------------------------------------------- the table and what it remembers


def test_every_limit_belongs_to_a_control_and_real_money_names_them_all_k1():
    fields = set(RiskLimits.__struct_fields__)
    named = {setting for control in CONTROLS for setting in control.settings}
    watched = {"sends_per_s", "max_executions", "max_cancels_per_fill", "rejects_pause", "rejects_halt"}
    watched |= {"daily_loss_kill", "max_drawdown", "drift_quarantine", "drift_halt"}

    assert named | watched == fields
    assert set(REAL_MONEY) == fields - {"budget", "max_position_value"}
    assert unset_for_real_money(REAL_MONEY) == []
    assert RiskLimits.read(REAL_MONEY).max_executions == 10
    assert "max_drawdown = 0.1" in unset_for_real_money({"max_order_value": 1})
    assert "market_orders = false" in unset_for_real_money({})


def test_the_page_for_traders_names_every_control_and_every_limit():
    page = (Path(__file__).parents[2] / "docs" / "risk.md").read_text(encoding="utf-8")

    assert [name for name in RiskLimits.__struct_fields__ if f"`{name}`" not in page] == []
    assert [number for number in range(1, 35) if f"| K{number} |" not in page] == []


def test_a_backtest_is_not_ended_by_what_it_is_to_find_out():
    open_ended, usual = for_history(), RiskLimits()

    assert all(getattr(open_ended, name) is None for name in NOT_FOR_HISTORY)
    assert all(getattr(usual, name) is not None for name in NOT_FOR_HISTORY)
    assert open_ended.max_order_value == usual.max_order_value


def test_moments_swings_and_days_count_exactly():
    moments = Moments(3)
    for at_ns in (1, 5, 9):
        moments.add(at_ns)
    assert (moments.count(1), moments.reaches(2, 4), moments.reaches(3, 1)) == (2, True, False)
    with pytest.raises(ValueError, match="are kept"):
        moments.reaches(4, 0)

    swings, day = Swings(), Day()
    for second, price in ((0, 100), (5, 104), (12, 98)):
        swings.add(dec(price), NOON_NS + second * SECOND_NS)
    assert swings.widest(10, NOON_NS + 12 * SECOND_NS) == dec(104) / dec(98) - 1
    assert swings.widest(5, NOON_NS + 12 * SECOND_NS) == 0
    assert swings.widest(10, NOON_NS + 30 * SECOND_NS) == 0
    assert day.see(dec(100), NOON_NS)
    assert not day.see(dec(120), NOON_NS + SECOND_NS)
    assert (day.loss(dec(90)), day.drawdown(dec(90))) == (dec("0.1"), dec("0.25"))

"""Each check says no by itself, says why with figures, and the refusal comes back like any other."""

from collections.abc import Callable
from decimal import Decimal

import msgspec
import pytest
from tests.brain.scenery import BTC, Stage, dec

from hoga.brain.context import Context
from hoga.brain.risk.limits import RiskLimits
from hoga.model.commands import OrderId, PlaceOrder
from hoga.model.events import OrderLost, OrderRejected, Pause, RejectReason, Resume
from hoga.model.orders import OrderState

Wish = Callable[[Context], OrderId]


def refusal(stage: Stage, wish: Wish) -> OrderRejected | None:
    """Ask once; what came back at the end of the turn, or None when the order left."""
    order_id, sent = stage.act(wish)
    rejected = [event for event in stage.heard(OrderRejected) if event.order_id == order_id]
    placed = [command for command in sent if isinstance(command, PlaceOrder)]
    assert len(rejected) + len(placed) == 1
    assert all(not event.by_venue for event in rejected)
    return rejected[0] if rejected else None


def buy(price: str | int = 99_000_000, volume: str = "0.001", code: str = "KRW-BTC") -> Wish:
    return lambda ctx: ctx.limit_buy(code, dec(price), dec(volume))


def sell(price: str | int = 101_000_000, volume: str = "0.001") -> Wish:
    return lambda ctx: ctx.limit_sell("KRW-BTC", dec(price), dec(volume))


@pytest.mark.parametrize(
    ("wish", "reason", "words"),
    [
        (buy(code="KRW-NOPE"), RejectReason.UNKNOWN_MARKET, "KRW-NOPE is not watched"),
        (buy("NaN"), RejectReason.RISK, "price NaN is not a finite number above zero"),
        (buy("Infinity"), RejectReason.RISK, "price Infinity"),
        (buy("-1"), RejectReason.RISK, "price -1"),
        (buy(volume="0"), RejectReason.RISK, "volume 0"),
        (buy(volume="1E+12"), RejectReason.RISK, "maximum 1000000"),
        (buy(volume="1E+60"), RejectReason.RISK, "volume 1E+60 is not a finite number above zero (and below 1e+20)"),
        (buy("1E+60"), RejectReason.RISK, "price 1E+60"),
        (lambda ctx: ctx.market_buy("KRW-BTC", dec("1E+60")), RejectReason.RISK, "spend 1E+60"),
        (lambda ctx: ctx.market_sell("KRW-BTC", dec("1E+60")), RejectReason.RISK, "volume 1E+60"),
        (buy(volume="0.00005"), RejectReason.RISK, "minimum 5000"),
        (buy(volume="0.011"), RejectReason.RISK, "value 1089000, maximum 1000000"),
        (buy(103_010_000), RejectReason.RISK, "reference 100005000"),
        (sell(97_000_000), RejectReason.RISK, "further than 3 %"),
        (sell(), RejectReason.FUNDS, "needed 0.001, free 0 BTC"),
        (lambda ctx: ctx.market_buy("KRW-BTC", dec("NaN")), RejectReason.RISK, "spend NaN"),
        (lambda ctx: ctx.market_buy("KRW-BTC", dec(1_000_001)), RejectReason.RISK, "maximum 1000000"),
    ],
)
def test_a_bad_order_is_refused_with_figures_p19_a7(wish: Wish, reason: RejectReason, words: str):
    stage = Stage()

    rejected = refusal(stage, wish)

    assert rejected is not None
    assert rejected.reason is reason
    assert words in rejected.detail
    assert stage.brain.summary().refused == 1
    assert stage.brain.portfolio.locked("KRW") == 0


def test_prices_are_rounded_to_the_side_that_cannot_hurt_and_volumes_are_cut():
    stage = Stage(btc=1)
    stage.act(buy("99000999.5", "0.00123456789"))
    stage.act(sell("100999000.5"))

    bought, sold = stage.place_orders()
    assert (bought.price, bought.volume) == (dec(99_000_000), dec("0.00123456"))
    assert sold.price == dec(101_000_000 - 1000 + 1000)


def test_a_resting_order_far_from_the_market_is_allowed_on_its_own_side():
    assert refusal(Stage(), buy(50_000_000)) is None
    assert refusal(Stage(btc=1), sell(200_000_000)) is None


def test_funds_must_pay_the_fee_too_a8():
    enough, short = Stage(krw="99049.5"), Stage(krw="99049.4")

    assert refusal(enough, buy()) is None
    rejected = refusal(short, buy())
    assert rejected is not None
    assert rejected.reason is RejectReason.FUNDS
    assert "needed 99049.5, free 99049.4 KRW" in rejected.detail


def test_money_is_not_promised_twice():
    stage = Stage(krw=150_000)

    assert refusal(stage, buy()) is None
    stage.wait(2)
    rejected = refusal(stage, buy())
    assert rejected is not None
    assert rejected.reason is RejectReason.FUNDS


def test_old_prices_refuse():
    stage = Stage()
    stage.wait(5.1)
    order_id = stage.brain.context.limit_buy("KRW-BTC", dec(99_000_000), dec("0.001"))

    assert stage.brain.orders[order_id].state is OrderState.REJECTED
    stage.trade(100_000_000)
    assert "feed: prices of KRW-BTC are 5.1 s old; allowed 5 s" in stage.heard(OrderRejected)[0].detail


def test_too_many_open_orders_refuse():
    stage = Stage(limits=RiskLimits(max_open_orders=2))
    for price in (99_000_000, 98_000_000):
        assert refusal(stage, buy(price)) is None

    rejected = refusal(stage, buy(97_000_000))
    assert rejected is not None
    assert "open orders 2, allowed 2" in rejected.detail


def test_the_same_order_within_a_second_is_refused_and_later_allowed_p17():
    stage = Stage()
    assert refusal(stage, buy()) is None
    again = refusal(stage, buy())
    stage.wait(1)

    assert again is not None
    assert "duplicate" in again.detail
    assert refusal(stage, buy()) is None


def test_the_rate_of_orders_is_limited_p17():
    stage = Stage(limits=RiskLimits(orders_per_s=3))
    answers = [refusal(stage, buy(99_000_000 - 1000 * i)) for i in range(4)]
    stage.wait(1)

    assert [answer is None for answer in answers] == [True, True, True, False]
    assert refusal(stage, buy()) is None


@pytest.mark.parametrize(
    ("market", "reason"),
    [
        (msgspec.structs.replace(BTC, state="preview"), RejectReason.MARKET_OFFLINE),
        (msgspec.structs.replace(BTC, warning=True), RejectReason.MARKET_OFFLINE),
    ],
)
def test_a_closed_market_or_one_under_warning_takes_no_buys_a9_a11(market: object, reason: RejectReason):
    stage = Stage(market=market, btc=1)  # type: ignore[arg-type]

    rejected = refusal(stage, buy())

    assert rejected is not None
    assert rejected.reason is reason


def test_a_market_under_warning_may_be_sold_a10():
    stage = Stage(market=msgspec.structs.replace(BTC, warning=True), btc=1)

    assert refusal(stage, sell()) is None


@pytest.mark.parametrize(
    ("ask", "size", "words"), [("100_600_000", "9", "slippage above"), ("100_000_000", "0.0001", "too thin")]
)
def test_a_market_order_that_walks_far_is_refused_a15(ask: str, size: str, words: str):
    stage = Stage()
    stage.book("99_000_000", ask, ask_size=size)

    rejected = refusal(stage, lambda ctx: ctx.market_buy("KRW-BTC", dec(100_000)))

    assert rejected is not None
    assert words in rejected.detail


def test_an_unknown_fate_closes_its_side_of_the_market():
    stage = Stage(btc=1)
    order_id = stage.buy()
    stage.handle(OrderLost(order_id=order_id, received_ns=stage.now_ns))

    rejected = refusal(stage, buy(98_000_000))

    assert rejected is not None
    assert "unknown fate" in rejected.detail
    assert refusal(stage, sell()) is None


@pytest.mark.parametrize(
    ("limits", "words"),
    [
        (RiskLimits(max_position_value=Decimal(150_000)), "position value 198000, allowed 150000"),
        (RiskLimits(budget=Decimal(150_000)), "budget 150000"),
    ],
)
def test_open_buys_count_towards_position_and_budget(limits: RiskLimits, words: str):
    stage = Stage(limits=limits)
    assert refusal(stage, buy()) is None
    stage.wait(1)

    rejected = refusal(stage, buy())

    assert rejected is not None
    assert words in rejected.detail


def test_a_pause_refuses_until_resumed_and_lets_cancels_through():
    stage = Stage()
    open_id = stage.buy()
    stage.accept(open_id)
    stage.handle(Pause(reason="lunch", received_ns=stage.now_ns))
    stage.wait(1)
    paused = refusal(stage, buy())
    sent = stage.do(lambda ctx: ctx.cancel(open_id))
    stage.handle(Resume(received_ns=stage.now_ns))

    assert paused is not None
    assert "paused: lunch" in paused.detail
    assert len(sent) == 1
    assert refusal(stage, buy()) is None


def test_a_strategy_that_answers_every_refusal_with_an_order_is_held_back_p17():
    stage = Stage()
    stage.recorder.each_rejection = lambda ctx: [ctx.limit_buy("KRW-BTC", dec("NaN"), dec(1)) for _ in range(3)]

    stage.act(buy("NaN"))
    told = len(stage.heard(OrderRejected))
    stage.trade(100_000_000)

    assert told == 200
    assert len(stage.heard(OrderRejected)) == 400
    assert stage.place_orders() == []

"""What the limits over a day and over all days remember across runs, and what they make of money that came or went."""

from collections.abc import Mapping, Sequence
from decimal import Decimal

import msgspec
import pytest
from tests.brain.scenery import BTC, NOON_NS, SECOND_NS, Stage, dec, report_of
from tests.brain.test_risk_checks import buy, refusal, sell

from hoga.brain.brain import Brain
from hoga.brain.risk.limits import RiskLimits
from hoga.brain.risk.memory import DAY_NS, Day
from hoga.model.commands import OrderId, PlaceOrder, Side
from hoga.model.events import (
    AccountsReported,
    AskBid,
    Balance,
    FeedUp,
    Fill,
    MarketReported,
    OpenOrdersReported,
    OrderStateSeen,
    Stream,
    Trade,
)
from hoga.model.orders import OrderState
from hoga.model.recovered import MoneyMemory, Owned, RecoveredOrder, RecoveredOrders

HOUR_S = 3600
#: Midnight in Korea on 2026-11-25, twelve hours after the noon at which every stage begins.
MIDNIGHT_NS = NOON_NS + 12 * HOUR_S * SECOND_NS


def stage(
    *past: MoneyMemory,
    now_ns: int = NOON_NS,
    krw: str | int = 10_000_000,
    btc: str | int = "0.9",
    price: int = 100_000_000,
    orders: Sequence[RecoveredOrder] = (),
    account: str = "",
    limits: Mapping[str, object],
) -> Stage:
    """A run that begins with what earlier ones noted, nine tenths in coins, and has seen a trade."""
    made = Stage(limits=RiskLimits.read(limits), krw=krw, btc=btc, open_now=False, now_ns=now_ns)
    made.brain = Brain(
        made.strategy,
        [made.market.code],
        limits=RiskLimits.read(limits),
        id_prefix="hg-test-",
        now_ns=now_ns,
    )
    made.brain.money.account = account
    made.brain.recover(RecoveredOrders(orders=tuple(orders), money=past))
    made.brain.start()
    if not orders:
        made.open()
        moves(made, price)
    return made


def moves(run: Stage, price: int) -> None:
    run.wait(1)
    run.book(str(price), str(price + 10_000))
    run.trade(price)


def noted(run: Stage) -> MoneyMemory:
    memory = run.brain.money.memory
    assert memory is not None, "nothing was noted"
    return memory


def no(run: Stage, price: int = 97_000_000) -> str:
    rejected = refusal(run, buy(price))
    assert rejected is not None, "the order left"
    return rejected.detail


# ---------------------------------------------------------------- restarts


def test_the_loss_of_the_day_goes_on_after_a_restart_k18():
    limits: dict[str, object] = {"daily_loss": "0.02", "price_collar": "0.5", "max_order_value": 10_000_000}
    first = stage(limits=limits)
    moves(first, 98_500_000)
    assert refusal(first, buy(97_000_000)) is None

    second = stage(noted(first), now_ns=first.now_ns, price=98_400_000, limits=limits)
    assert refusal(second, buy(97_000_000)) is None
    moves(second, 97_500_000)
    assert "loss of the day 0.0225, allowed 0.02" in no(second)
    assert noted(second).start == 100_000_000


def test_the_peak_of_an_earlier_run_is_the_peak_k19():
    first = stage(limits={"max_drawdown": "0.05", "price_collar": "0.5"})
    moves(first, 110_000_000)
    assert noted(first).peak == 109_000_000

    second = stage(noted(first), now_ns=first.now_ns + DAY_NS, price=106_000_000, limits={"max_drawdown": "0.05"})
    assert not second.brain.killed
    moves(second, 103_900_000)
    assert "lost from the peak" in second.brain.killed


def test_trades_and_fees_of_the_day_go_on_after_a_restart_k17():
    first = stage(limits={"max_fees": "0.0001", "max_order_value": 200_000_000})
    order_id = first.buy(99_000_000, "0.01")
    first.accept(order_id)
    first.fill(order_id, "t1", "0.01")
    known = noted(first)

    assert (known.turnover, known.fees) == (dec(990_000), dec(495))
    second = stage(known, now_ns=first.now_ns, krw=9_009_505, btc="0.91", limits={"max_fees": "0.000004"})
    assert "fees of the day 495" in no(second)


def test_the_orders_of_the_last_day_count_after_a_restart_k12():
    known = MoneyMemory(account="", first_ns=0, sent_ns=(NOON_NS - 23 * HOUR_S * SECOND_NS, NOON_NS - SECOND_NS))
    run = stage(known, limits={"orders_per_day": 2, "stale_feed_s": 3600})
    assert "orders in a day 2, allowed 2" in no(run)

    run.wait(HOUR_S)
    moves(run, 100_000_000)
    assert refusal(run, buy(97_500_000)) is None


def test_the_day_begins_at_midnight_in_korea_k18():
    before = stage(now_ns=MIDNIGHT_NS - 10 * SECOND_NS, limits={"daily_loss": "0.02", "price_collar": "0.5"})
    moves(before, 97_000_000)
    assert "loss of the day" in no(before)
    before.wait(10)
    moves(before, 97_000_000)

    assert refusal(before, buy(97_000_000)) is None
    assert noted(before).start == 97_300_000


def test_a_day_that_began_while_no_bot_ran_starts_with_what_is_owned_now_k18():
    first = stage(limits={"daily_loss": "0.02", "price_collar": "0.5"})
    second = stage(
        noted(first), now_ns=NOON_NS + DAY_NS, price=97_000_000, limits={"daily_loss": "0.02", "price_collar": "0.5"}
    )

    assert refusal(second, buy(97_000_000)) is None
    assert noted(second).start == 97_300_000


def test_a_higher_peak_is_noted_at_once_when_it_matters_and_soon_when_it_does_not():
    run = stage(limits={"max_drawdown": "0.05"})
    moves(run, 100_010_000)
    assert noted(run).peak == 100_000_000
    moves(run, 100_200_000)
    assert noted(run).peak == 100_180_000
    moves(run, 100_210_000)
    run.wait(10)
    moves(run, 100_100_000)
    assert noted(run).peak == 100_189_000


def test_nothing_is_noted_where_no_limit_asks_for_it():
    none: dict[str, object] = {"ramp_orders": 0, "ramp_s": 0}
    none |= dict.fromkeys(("daily_loss", "daily_loss_kill", "max_drawdown", "max_turnover", "max_fees"))
    run = Stage(limits=msgspec.structs.replace(RiskLimits(), **none), btc=1)
    moves(run, 100_000_000)

    assert run.brain.money.memory is None


# ---------------------------------------------------------------- other hands


@pytest.mark.parametrize(("krw", "btc"), [(1_000_000, "0.9"), (110_000_000, "0.9"), (10_000_000, "0.1")])
def test_money_that_came_or_went_while_no_bot_ran_is_neither_gain_nor_loss_k18_k19(krw: int, btc: str):
    limits: dict[str, object] = {"daily_loss_kill": "0.03", "max_drawdown": "0.05", "price_collar": "0.5"}
    first = stage(limits=limits)
    second = stage(noted(first), now_ns=first.now_ns, krw=krw, btc=btc, price=99_000_000, limits=limits)

    assert not second.brain.killed
    equity = krw + dec(btc) * 99_000_000
    share = (noted(second).peak - equity) / noted(second).peak
    assert share.quantize(dec("0.0000001")) == dec("0.009")  # what the fall of one per cent cost nine tenths of it


def test_a_loss_counts_in_proportion_after_a_withdrawal_k18():
    limits = {"daily_loss": "0.02", "price_collar": "0.5", "drift_quarantine": False, "drift_halt": 1}
    run = stage(krw=100_000_000, btc=1, limits=limits)
    moves(run, 98_000_000)
    run.krw = dec(10_000_000)
    for _ in range(3):
        run.compare(run.accounts())
        run.wait(6)
    moves(run, 98_000_000)
    assert refusal(run, sell(98_500_000)) is None  # one per cent of two hundred million, and of what is left

    moves(run, 96_800_000)
    assert "loss of the day" in no(run)


def test_a_market_that_is_watched_no_more_takes_its_worth_out_of_the_comparison_k19():
    eth = Owned(currency="ETH", volume=dec(20), price=dec(5_000_000))
    known = MoneyMemory(
        account="",
        first_ns=NOON_NS,
        day=(NOON_NS + 9 * HOUR_S * SECOND_NS) // DAY_NS,
        start=dec(200_000_000),
        peak=dec(200_000_000),
        owned=(
            Owned(currency="KRW", volume=dec(10_000_000)),
            Owned(currency="BTC", volume=dec("0.9"), price=dec(100_000_000)),
            eth,
        ),
    )
    run = stage(known, limits={"max_drawdown": "0.05", "daily_loss_kill": "0.03"})

    assert not run.brain.killed
    assert (noted(run).start, noted(run).peak) == (dec(100_000_000), dec(100_000_000))


def test_what_an_order_traded_while_no_bot_ran_is_no_withdrawal_k18():
    first = stage(limits={"daily_loss": "0.02", "max_order_value": 100_000_000})
    order_id = first.buy(99_000_000, "0.1")
    first.accept(order_id)
    intent = first.order(order_id).intent
    left = RecoveredOrder(intent=msgspec.structs.replace(intent), state=OrderState.WORKING, decided_ns=first.now_ns)

    # It filled whole, then the price fell by three per cent: the loss is a loss.
    second = stage(
        noted(first),
        now_ns=first.now_ns,
        krw="95050",
        btc="1.0",
        orders=[left],
        limits={"daily_loss": "0.02", "price_collar": "0.5"},
    )
    second.open()
    fill = trade_of(intent, "0.1")
    second.answer(OrderId(intent.order_id), report_of(intent, OrderStateSeen.DONE, "0.1", (fill,)))
    second.wait(2)
    second.handle(second.accounts())
    second.handle(OpenOrdersReported(reports=(), asked_ns=second.now_ns, received_ns=second.now_ns))
    moves(second, 97_000_000)

    assert second.brain.portfolio.total("BTC") == 1
    (note,) = second.noted("risk_no_buys")
    assert "loss of the day 0.029" in str(note.fields["why"])


def trade_of(intent: PlaceOrder, volume: str) -> Fill:
    price = intent.price or Decimal(0)
    return Fill(
        trade_id="while-away",
        venue_id=report_of(intent, OrderStateSeen.WAIT).venue_id,
        order_id=intent.order_id,
        market=intent.market,
        side=Side.BUY,
        price=price,
        volume=dec(volume),
        fee=price * dec(volume) * dec("0.0005"),
        received_ns=NOON_NS,
    )


# ---------------------------------------------------------------- the first day


def test_the_start_ramp_is_the_accounts_and_not_the_runs_k34():
    limits: dict[str, object] = {"ramp_s": 86_400, "ramp_orders": 2, "max_order_value": 500_000, "price_collar": "0.9"}
    first = stage(account="upbit", limits=limits)
    for price in (40_000_000, 41_000_000):
        assert refusal(first, buy(price)) is None
    assert "maximum at the start 50000" in no(first)
    known = noted(first)
    assert (known.orders, known.first_ns) == (2, NOON_NS)

    same_day = stage(known, account="upbit", now_ns=NOON_NS + HOUR_S * SECOND_NS, limits=limits)
    assert "maximum at the start 50000" in no(same_day)
    next_day = stage(known, account="upbit", now_ns=NOON_NS + DAY_NS, limits=limits)
    assert refusal(next_day, buy(97_000_000)) is None


def test_play_money_does_not_end_the_ramp_on_a_real_account_k34():
    known = MoneyMemory(account="simulator", first_ns=NOON_NS - 100 * DAY_NS, orders=1000, peak=dec(10**12))
    run = stage(
        known,
        account="upbit",
        limits={"ramp_s": 86_400, "ramp_orders": 10, "max_order_value": 500_000, "max_drawdown": "0.1"},
    )

    assert "maximum at the start 50000" in no(run)
    assert not run.brain.killed


def test_a_day_that_comes_back_without_a_start_begins_where_it_is():
    day = Day()
    day.resume(MoneyMemory(account="", first_ns=0, day=(NOON_NS + 9 * HOUR_S * SECOND_NS) // DAY_NS))

    assert not day.see(dec(100), NOON_NS)
    assert (day.start, day.peak) == (dec(100), dec(100))
    day.moved(dec(0), dec(50))
    assert (day.start, day.peak) == (dec(50), dec(50))


def test_buys_wait_until_every_coin_we_hold_has_a_price_k18():
    limits = RiskLimits.read({"daily_loss": "0.02"})
    run = Stage(limits=limits, open_now=False)
    run.brain = Brain(run.strategy, ["KRW-BTC", "KRW-ETH"], limits=limits, id_prefix="hg-", now_ns=NOON_NS)
    run.brain.start()
    run.handle(MarketReported(market=msgspec.structs.replace(BTC, code="KRW-ETH"), received_ns=NOON_NS))
    balances = (
        Balance(currency="KRW", free=dec(10_000_000), locked=dec(0)),
        Balance(currency="ETH", free=dec(1), locked=dec(0)),
    )
    run.handle(MarketReported(market=BTC, received_ns=NOON_NS))
    run.handle(FeedUp(stream=Stream.PUBLIC, received_ns=NOON_NS))
    run.handle(FeedUp(stream=Stream.PRIVATE, received_ns=NOON_NS))
    for _ in range(2):
        run.wait(1)
        run.handle(run.listing())
        run.handle(AccountsReported(balances=balances, asked_ns=run.now_ns, received_ns=run.now_ns))
    run.handle(run.listing())
    moves(run, 100_000_000)
    run.wait(1)

    assert "what we own has no price yet" in no(run)
    run.handle(eth_trade(run))
    assert refusal(run, buy(98_000_000)) is None


def eth_trade(run: Stage) -> Trade:
    return Trade(
        market="KRW-ETH",
        price=dec(5_000_000),
        volume=dec(1),
        ask_bid=AskBid.BID,
        trade_timestamp_ms=run.now_ns // 1_000_000,
        timestamp_ms=run.now_ns // 1_000_000,
        sequential_id=1,
        received_ns=run.now_ns,
    )

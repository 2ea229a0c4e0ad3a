"""The exchange without a wire: the same answers, each one latency later, in order."""

from decimal import Decimal

import pytest
from msgspec.structs import replace
from tests.simulator.core_scenery import BTC, book, market, print_of

from hoga.model.commands import (
    CancelOrder,
    CancelOrders,
    OrderId,
    OrderKind,
    PlaceOrder,
    QueryAccounts,
    QueryClosedOrders,
    QueryMarket,
    QueryOpenOrders,
    QueryOrder,
    Side,
    Stop,
    TimeInForce,
    VenueOrderId,
)
from hoga.model.errors import ConfigError
from hoga.model.events import (
    AccountsReported,
    ActuatorStopped,
    AskBid,
    BalanceChanged,
    CancelAccepted,
    CancelFailed,
    ClosedOrdersReported,
    Fill,
    MarketReported,
    OpenOrdersReported,
    OrderAccepted,
    OrderRejected,
    OrderReported,
    OrderStateSeen,
    OrderUpdated,
    QueryFailed,
    RejectReason,
    Trade,
)
from hoga.simulator.direct.exchange import DirectExchange, Heard
from hoga.simulator.direct.models import Models, Queue

D = Decimal
MS = 1_000_000
START = 1_000_000 * MS


def direct(**models: object) -> DirectExchange:
    made = DirectExchange({BTC: market()}, {"KRW": D(10_000_000)}, replace(Models(latency_ns=10 * MS), **models))
    made.see_book(book([(101_000, 1)], [(100_000, 5)]), START)
    return made


def buy(order_id: str, price: int = 100_000, volume: str = "1", tif: TimeInForce = TimeInForce.GTC) -> PlaceOrder:
    return PlaceOrder(order_id=OrderId(order_id), market=BTC, side=Side.BUY, price=D(price), volume=D(volume), tif=tif)


def heard(exchange: DirectExchange, until_ns: int) -> list[Heard]:
    news = []
    while (one := exchange.hear(until_ns)) is not None:
        news.append(one)
    return news


def kinds(news: list[Heard]) -> list[type]:
    return [type(one) for one in news]


def test_an_order_meets_the_book_one_latency_later_and_is_heard_of_after_another():
    exchange = direct()
    exchange.send([buy("a", 101_000)], START)
    assert exchange.next_ns == START + 10 * MS
    exchange.see_book(book([(101_000, "0.4")], [(100_000, 5)]), START + 5 * MS)

    early, news = heard(exchange, START + 19 * MS), heard(exchange, START + 20 * MS)

    assert early == []
    assert kinds(news) == [OrderAccepted, OrderUpdated, BalanceChanged, Fill, BalanceChanged]
    fill = next(one for one in news if isinstance(one, Fill))
    assert (fill.price, fill.volume, fill.is_maker) == (D(101_000), D("0.4"), False)
    assert {one.received_ns for one in news} == {START + 20 * MS}
    assert exchange.next_ns > START * 1000


def test_what_the_market_fills_is_heard_one_latency_later():
    exchange = direct()
    exchange.send([buy("a")], START)
    heard(exchange, START + 30 * MS)
    exchange.see_trade(print_of(99_000, 2, AskBid.ASK), START + 40 * MS)

    assert heard(exchange, START + 49 * MS) == []
    assert kinds(heard(exchange, START + 50 * MS)) == [Fill, BalanceChanged, OrderUpdated]


@pytest.mark.parametrize(
    ("queue", "at_price", "through"), [(Queue.BACK, 0, 1), (Queue.FRONT, 1, 1), (Queue.THROUGH, 0, 1)]
)
def test_queues_differ_in_what_a_trade_at_the_price_fills(queue: Queue, at_price: int, through: int):
    for price, expected in ((100_000, at_price), (99_000, through)):
        exchange = direct(queue=queue)
        exchange.send([buy("a")], START)
        heard(exchange, START + 30 * MS)
        exchange.see_trade(print_of(price, 2, AskBid.ASK), START + 40 * MS)

        assert sum(isinstance(one, Fill) for one in heard(exchange, START + 60 * MS)) == expected


def test_a_made_up_book_is_taken_from_but_fills_nobody():
    exchange = direct()
    exchange.send([buy("a", 100_000), buy("b", 101_000, "0.5")], START)
    exchange.see_made_book(book([(101_000, 1)], [(99_000, 1)]), START + 1 * MS)
    assert [one.order_id for one in heard(exchange, START + 30 * MS) if isinstance(one, Fill)] == ["b"]

    exchange.see_made_book(book([(99_000, 1)], [(98_000, 1)]), START + 31 * MS)
    exchange.see_trade(print_of(100_000, 9, AskBid.ASK), START + 32 * MS)
    assert heard(exchange, START + 60 * MS) == []

    exchange.see_trade(print_of(99_000, 9, AskBid.ASK), START + 61 * MS)
    assert [one.order_id for one in heard(exchange, START + 80 * MS) if isinstance(one, Fill)] == ["a"]


def test_every_question_and_every_cancel_is_answered():
    exchange = direct()
    exchange.send([buy("a"), buy("b", 99_000), buy("c", 98_000)], START)
    exchange.send([buy("a"), buy("d", 99_500), QueryOpenOrders(), QueryOrder(OrderId("a"))], START)
    news = heard(exchange, START + 50 * MS)
    ids = {one.order_id: one.report.venue_id for one in news if isinstance(one, OrderAccepted)}
    refused = [(one.order_id, one.reason, one.by_venue) for one in news if isinstance(one, OrderRejected)]
    listed = next(one for one in news if isinstance(one, OpenOrdersReported))

    assert refused == [("a", RejectReason.DUPLICATE_ID, True), ("d", RejectReason.PRICE_TICK, True)]
    assert {report.order_id for report in listed.reports} == {"a", "b", "c"}
    assert listed.asked_ns == START

    exchange.send([CancelOrder(OrderId("a")), CancelOrders((ids[OrderId("b")], VenueOrderId("x")))], START + 60 * MS)
    exchange.send([CancelOrder(OrderId("a"), ids[OrderId("a")]), QueryOrder(OrderId("zz"))], START + 60 * MS)
    exchange.send([QueryClosedOrders(BTC, 0), QueryAccounts(), QueryMarket(BTC), QueryMarket("KRW-X")], START + 60 * MS)
    exchange.send([Stop()], START + 60 * MS)
    news = [one for one in heard(exchange, START + 99 * MS) if not isinstance(one, BalanceChanged)]

    assert kinds(news) == [
        *(CancelAccepted, OrderUpdated, CancelAccepted, CancelFailed, OrderUpdated, CancelFailed, OrderReported),
        *(ClosedOrdersReported, AccountsReported, MarketReported, QueryFailed, ActuatorStopped),
    ]
    ended = [one.report.state for one in news if isinstance(one, OrderUpdated)]
    assert ended == [OrderStateSeen.CANCEL, OrderStateSeen.CANCEL]


def test_a_market_buy_is_asked_in_money_and_pays_the_assumed_fee():
    exchange = direct(taker_fee=D("0.001"), latency_ns=0)
    order = PlaceOrder(order_id=OrderId("a"), market=BTC, side=Side.BUY, kind=OrderKind.MARKET, spend=D(50_500))
    exchange.send([order], START)
    fill = next(one for one in heard(exchange, START) if isinstance(one, Fill))

    assert (fill.volume, fill.fee) == (D("0.5"), D("50.5"))
    assert exchange.core.balance("main", "KRW").free == D(10_000_000) - D("50550.5")


def test_own_prints_are_told_only_where_they_are_wanted():
    for shows_own, prints in ((False, 0), (True, 1)):
        models = Models(latency_ns=0)
        exchange = DirectExchange({BTC: market()}, {"KRW": D(10_000_000)}, models, shows_own=shows_own)
        exchange.see_book(book([(101_000, 1)], [(100_000, 5)]), START)
        exchange.send([buy("a", 101_000)], START)

        assert sum(isinstance(one, Trade) for one in heard(exchange, START)) == prints


def test_delays_of_chance_are_repeatable_and_nothing_overtakes():
    def run() -> list[tuple[str, int]]:
        exchange = direct(latency_ns=MS, jitter_ns=20 * MS, seed=3)
        for n in range(20):
            exchange.send([buy(f"o{n}", 100_000, "0.1")], START + 50 * n * MS)
        news = heard(exchange, START + 5_000 * MS)
        return [(one.order_id, one.received_ns) for one in news if isinstance(one, OrderAccepted)]

    first = run()

    assert first == run()
    assert [name for name, _ in first] == [f"o{n}" for n in range(20)]
    assert sorted(at for _, at in first) == [at for _, at in first]
    assert len({at - START for _, at in first}) > 10


def test_assumptions_that_make_no_sense_are_all_told():
    with pytest.raises(ConfigError) as caught:
        Models(taker_fee=D(2), latency_ns=-1, slippage_ticks=10_000).check()

    assert len(caught.value.problems) == 3

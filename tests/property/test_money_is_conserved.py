"""Whatever users and the market do in whatever order, no won and no coin is made or lost, to the last digit."""

import random
from decimal import Decimal
from typing import TYPE_CHECKING

import pytest
from tests.simulator.core_scenery import book, market, print_of

from hoga.model.commands import SelfMatch
from hoga.model.events import AskBid
from hoga.simulator.core.exchange import SimulatedExchange
from hoga.simulator.core.happenings import AssetsChanged, Happening, OrderChanged
from hoga.simulator.core.ledger import FEES, OUTSIDE
from hoga.simulator.core.operator import Operator
from hoga.simulator.core.orders import REMAIN_ONLY, NewOrder, Replacement, VenueOrder
from hoga.simulator.core.refusals import Refused

if TYPE_CHECKING:
    from collections.abc import Callable

D = Decimal
USERS = ("ann", "bob", "cho")
CODES = ("KRW-BTC", "KRW-ETH")
RATES = ("0.0005", "0.0004", "0.00139", "0")
FORCES: dict[str, list[str | None]] = {"limit": [None, None, "ioc", "fok", "post_only"], "best": ["ioc", "fok"]}
STEPS = 120
MIDDLE = 1000


class Walk:
    """A random crowd on two markets where prices lie so close that everything meets everything."""

    def __init__(self, seed: int) -> None:
        self.chance = random.Random(seed)
        self.now_ms = 1_800_000_000_000
        self.exchange = SimulatedExchange(
            {code: market(code, 1, **self.fees()) for code in CODES},
            seed=seed,
            default_self_match=self.chance.choice(list(SelfMatch)),
        )
        self.operator = Operator(self.exchange)
        self.told: dict[tuple[str, str], tuple[Decimal, Decimal]] = {}
        self.happened: list[Happening] = []
        self.refused: set[str] = set()
        for user in USERS:
            self.exchange.open_account(user, {"KRW": D(400_000), "BTC": D(300), "ETH": D("200.12345678")})
        for user in USERS:
            for balance in self.exchange.balances(user):
                self.told[user, balance.currency] = (balance.free, balance.locked)
        self.moves: list[Callable[[], None]] = [
            *[self.place] * 8,
            *[self.print] * 3,
            *[self.new_book] * 3,
            self.cancel,
            self.replace_order,
            self.cancel_many,
            self.operate,
        ]

    def fees(self) -> dict[str, Decimal]:
        names = ("bid_fee", "ask_fee", "maker_bid_fee", "maker_ask_fee")
        return {name: D(self.chance.choice(RATES)) for name in names}

    def price(self) -> Decimal:
        return D(MIDDLE + self.chance.randint(-6, 6))

    def volume(self) -> Decimal:
        return D(self.chance.randint(500_000_000, 9_000_000_000)).scaleb(-8)

    def step(self) -> list[Happening]:
        self.now_ms += self.chance.randint(0, 50)
        try:
            self.chance.choice(self.moves)()
        except Refused as refusal:
            self.refused.add(refusal.name)
        happened = self.exchange.take_happenings()
        self.happened += happened
        return happened

    def wish(self) -> NewOrder:
        kind = self.chance.choice(["limit"] * 6 + ["price", "market", "best"])
        side = {"price": "bid", "market": "ask"}.get(kind) or self.chance.choice(["bid", "ask"])
        in_money = kind != "limit" and side == "bid"
        forces = FORCES.get(kind, [None])
        return NewOrder(
            market=self.chance.choice(CODES),
            side=side,
            ord_type=kind,
            price=D(self.chance.randint(5000, 90_000)) if in_money else self.price() if kind == "limit" else None,
            volume=None if in_money else self.volume(),
            time_in_force=self.chance.choice(forces),
            smp_type=self.chance.choice([None, None, *SelfMatch]),
        )

    def place(self) -> None:
        self.exchange.place(self.chance.choice(USERS), self.wish(), self.now_ms)

    def print(self) -> None:
        side = self.chance.choice(list(AskBid))
        price, volume, code = self.price(), self.volume(), self.chance.choice(CODES)
        self.exchange.see_trade(print_of(str(price), str(volume), side, code=code), self.now_ms)

    def new_book(self) -> None:
        middle, gap = MIDDLE + self.chance.randint(-4, 4), self.chance.randint(1, 3)
        asks = [(middle + gap + n, str(self.volume())) for n in range(self.chance.randint(0, 6))]
        bids = [(middle - n, str(self.volume())) for n in range(self.chance.randint(0, 6))]
        self.exchange.see_book(book(asks, bids, code=self.chance.choice(CODES)), self.now_ms)

    def some_open(self) -> VenueOrder | None:
        user = self.chance.choice(USERS)
        found = self.exchange.open_orders(user, states=("wait", "watch"))
        return self.chance.choice(found) if found else None

    def cancel(self) -> None:
        if order := self.some_open():
            self.exchange.cancel(order.account, uuid=order.uuid, now_ms=self.now_ms)

    def replace_order(self) -> None:
        if order := self.some_open():
            volume = REMAIN_ONLY if self.chance.random() < 0.5 else self.volume()
            wish = Replacement(prev_uuid=order.uuid, ord_type="limit", volume=volume, price=self.price())
            self.exchange.cancel_and_new(order.account, wish, self.now_ms)

    def cancel_many(self) -> None:
        side = self.chance.choice(["all", "bid", "ask"])
        self.exchange.cancel_open(self.chance.choice(USERS), cancel_side=side, count=2, now_ms=self.now_ms)

    def wake(self, user: str) -> None:
        for order in self.exchange.open_orders(user, states=("watch",)):
            self.operator.wake(order.uuid, self.now_ms)

    def operate(self) -> None:
        user, code, operator = self.chance.choice(USERS), self.chance.choice(CODES), self.operator
        moves: list[Callable[[], object]] = [
            lambda: operator.deposit(user, "KRW", D(1234), self.now_ms),
            lambda: operator.withdraw(user, "BTC", D("0.00000007"), self.now_ms),
            lambda: operator.change_fee(code, D(self.chance.choice(RATES))),
            lambda: operator.reserve_by_hand(user, self.wish(), self.now_ms),
            lambda: self.wake(user),
            lambda: operator.suspend(code),
            *[lambda: operator.resume(code)] * 5,
            lambda: operator.change_tick(code, D(1), wipe=True, now_ms=self.now_ms),
        ]
        self.chance.choice(moves)()


def changes(happened: list[Happening]) -> list[OrderChanged]:
    return [each for each in happened if isinstance(each, OrderChanged)]


def check_locks(walk: Walk) -> None:
    """What an account has locked is what its open orders lock, currency by currency."""
    for user in USERS:
        wanted: dict[str, Decimal] = {}
        for order in walk.exchange.open_orders(user, states=("wait", "watch")):
            currency = order.market.split("-")[order.side == "ask"]
            wanted[currency] = wanted.get(currency, D(0)) + order.locked
        held = {balance.currency: balance.locked for balance in walk.exchange.balances(user) if balance.locked}
        assert held == wanted


def check_order(order: VenueOrder) -> None:
    """The figures of one order agree with each other and with its fills."""
    assert order.executed_volume == sum(trade.volume for trade in order.trades)
    assert order.executed_funds == sum(trade.funds for trade in order.trades)
    assert order.paid_fee == sum(trade.fee for trade in order.trades)
    assert min(order.locked, order.remaining_fee, order.prevented_locked) >= 0
    if order.volume is not None and order.remaining_volume is not None:
        assert order.volume == order.executed_volume + order.remaining_volume + order.prevented_volume
        assert order.remaining_volume >= 0
    if order.side == "ask":
        assert order.locked == order.remaining_volume
        assert not order.reserved_fee
        assert not order.remaining_fee
    if order.state == "done":
        assert order.is_filled
        assert order.locked == 0
    for trade in order.trades:
        assert trade.funds == trade.price * trade.volume
        if order.ord_type == "limit" and order.price is not None:
            assert trade.price <= order.price if order.side == "bid" else trade.price >= order.price


def check_promises(order: VenueOrder) -> None:
    """What an order type promises about its end."""
    ends_at_once = order.ord_type != "limit" or order.time_in_force in {"ioc", "fok"}
    assert not (ends_at_once and order.state == "wait")
    if order.time_in_force == "fok" and order.remaining_volume is not None:
        assert order.executed_volume in {0, order.volume}
    if order.time_in_force == "post_only":
        assert all(trade.is_maker for trade in order.trades)


def check_stream(walk: Walk, happened: list[Happening]) -> None:
    """Whoever only listened to the private stream knows every balance."""
    for each in happened:
        if isinstance(each, AssetsChanged):
            for balance in each.balances:
                walk.told[each.account, balance.currency] = (balance.free, balance.locked)
    for user in USERS:
        for balance in walk.exchange.balances(user):
            assert walk.told[user, balance.currency] == (balance.free, balance.locked)


def check_book(walk: Walk) -> None:
    """The visible book is never crossed while the market is open, and holds every resting order."""
    for code in CODES:
        shown = walk.exchange.shown_book(code)
        if shown.asks and shown.bids and walk.exchange.markets[code].state == "active":
            assert shown.bids[0][0] < shown.asks[0][0]
    for user in USERS:
        for order in walk.exchange.open_orders(user):
            shown = walk.exchange.shown_book(order.market, levels=1000)
            sizes = dict(shown.bids if order.side == "bid" else shown.asks)
            assert order.price is not None
            assert order.remaining_volume is not None
            assert sizes[order.price] >= order.remaining_volume


@pytest.mark.parametrize("seed", range(60))
def test_money_is_conserved_after_every_step(seed: int):
    walk = Walk(seed)

    for _ in range(STEPS):
        happened = walk.step()
        walk.exchange.engine.clearing.ledger.check()
        check_locks(walk)
        check_stream(walk, happened)
        check_book(walk)
        last: dict[str, VenueOrder] = {}
        for each in changes(happened):
            check_order(each.order)
            last[each.order.uuid] = each.order
        for order in last.values():
            check_promises(order)


def test_the_walks_meet_everything_that_can_happen_to_an_order():
    seen, refused = set(), set()
    for seed in range(20):
        walk = Walk(seed)
        for _ in range(STEPS):
            seen |= {(each.word, bool(each.fill and each.fill.is_maker)) for each in changes(walk.step())}
        refused |= walk.refused

    assert {word for word, _ in seen} == {"wait", "watch", "trade", "done", "cancel", "prevented"}
    assert {("trade", True), ("trade", False)} <= seen
    assert {"insufficient_funds_bid", "insufficient_funds_ask", "market_offline", "invalid_post_only"} <= refused


def test_fees_collected_are_the_fees_the_orders_paid():
    walk = Walk(7)
    for _ in range(STEPS * 4):
        walk.step()

    paid: dict[str, Decimal] = {}
    for each in changes(walk.happened):
        paid[each.order.uuid] = each.order.paid_fee
    assert sum(paid.values()) == walk.exchange.engine.clearing.ledger.free(FEES, "KRW")
    assert walk.exchange.engine.clearing.ledger.free(OUTSIDE, "KRW") < 0


def test_one_seed_gives_one_history():
    histories = []
    for _ in range(2):
        walk = Walk(3)
        for _ in range(STEPS):
            walk.step()
        histories.append(walk.happened)

    assert histories[0] == histories[1]


def test_no_print_fills_more_than_its_volume():
    walk = Walk(11)
    for _ in range(STEPS * 3):
        walk.step()
        volume = walk.volume()
        walk.exchange.see_trade(print_of(str(walk.price()), str(volume), walk.chance.choice(list(AskBid))), walk.now_ms)
        fills = [each.fill for each in changes(walk.exchange.take_happenings()) if each.fill]

        assert sum((fill.volume for fill in fills), D(0)) <= volume

"""What we own: an exact ledger of every currency, moved by our own fills and checked against the venue.

The rule of truth. The ledger starts from the venue's balances and from then on is moved only by fills: a buy adds
coins and takes the funds and the fee, a sale takes coins and adds the funds less the fee. Nothing the venue says
about balances moves it by itself, for such a word may be older than a fill we already know; it is compared
(`brain.reconcile`), and only a difference that stays becomes a correction. What stands behind open orders is
counted by us from the moment of the wish, so money is never promised twice.

Gains use the average cost of what was bought; fees are counted apart and belong to neither the cost nor the proceeds.
"""

from collections.abc import Iterable, Mapping
from decimal import Decimal

from msgspec import Struct

from hoga.brain.market_view import MarketView
from hoga.model.commands import OrderId, Side
from hoga.model.events import Balance, Fill
from hoga.model.money import ZERO


class Holding(Struct):
    """Coins of one market with what they cost (fees apart), and what was gained by selling some."""

    volume: Decimal = ZERO
    cost: Decimal = ZERO
    realised: Decimal = ZERO
    bought: Decimal = ZERO
    sold: Decimal = ZERO

    @property
    def average_price(self) -> Decimal | None:
        """What one coin cost on average, fees apart; None when nothing is held."""
        return self.cost / self.volume if self.volume else None

    def add(self, volume: Decimal, funds: Decimal) -> None:
        """Take in coins at what they cost."""
        self.volume += volume
        self.cost += funds

    def remove(self, volume: Decimal) -> Decimal:
        """Give away coins at their average cost; returns that cost."""
        gone = min(volume, self.volume)
        cost = self.cost if gone == self.volume else self.cost * gone / self.volume
        self.volume -= gone
        self.cost -= cost
        return cost


class Portfolio:
    """Balances, what is promised to open orders, positions and gains."""

    def __init__(self, views: Mapping[str, MarketView]) -> None:
        self._views = views
        self.totals: dict[str, Decimal] = {}
        self.changed_ns: dict[str, int] = {}
        self.fees: dict[str, Decimal] = {}
        self.holdings: dict[str, Holding] = {code: Holding() for code in views}
        self.start_totals: dict[str, Decimal] = {}
        self.adjustments: dict[str, Decimal] = {}
        self._reserves: dict[OrderId, tuple[str, Decimal]] = {}
        self._reserved: dict[str, Decimal] = {}
        self.external_locks: dict[str, Decimal] = {}
        self.stuck_locks: dict[str, Decimal] = {}
        self.is_open = False
        self.unbooked_ns = -1

    # ------------------------------------------------ reading

    def total(self, currency: str) -> Decimal:
        """All we own of a currency, promised to orders or not."""
        return self.totals.get(currency, ZERO)

    def locked(self, currency: str) -> Decimal:
        """What stands behind open orders, ours and those placed by hand, and what is locked for nothing we know of."""
        behind_orders = self._reserved.get(currency, ZERO) + self.external_locks.get(currency, ZERO)
        return behind_orders + self.stuck_locks.get(currency, ZERO)

    def free(self, currency: str) -> Decimal:
        """What may be promised to a new order; never below zero."""
        return max(self.total(currency) - self.locked(currency), ZERO)

    def cash(self, currency: str = "KRW") -> Decimal:
        """The free amount of a currency."""
        return self.free(currency)

    def position(self, code: str) -> Decimal:
        """All coins of a market we hold, also those that stand behind sell orders."""
        return self.total(code.partition("-")[2])

    def average_price(self, code: str) -> Decimal | None:
        """What one coin of the position cost on average, fees apart; None when nothing is held."""
        return self.holdings[code].average_price if code in self.holdings else None

    def realised(self, quote: str = "KRW") -> Decimal:
        """Gained (or lost) by sales, fees apart."""
        return sum((held.realised for code, held in self.holdings.items() if _quote(code) == quote), ZERO)

    def unrealised(self, quote: str = "KRW") -> Decimal:
        """What selling everything at the last price would gain, fees apart."""
        gain = ZERO
        for code, held in self.holdings.items():
            mark = self._views[code].mark
            if held.volume and mark is not None and _quote(code) == quote:
                gain += held.volume * mark - held.cost
        return gain

    def equity(self, quote: str = "KRW") -> Decimal:
        """All we own in one currency, coins valued at the last price; coins without a price count nothing."""
        marks = {code: mark for code, view in self._views.items() if (mark := view.mark) is not None}
        return _value(self.totals, quote, marks)

    def start_equity(self, quote: str = "KRW") -> Decimal:
        """What we began with (and what corrections brought since), coins valued at the first price that was seen."""
        totals = dict(self.start_totals)
        for currency, change in self.adjustments.items():
            totals[currency] = totals.get(currency, ZERO) + change
        firsts = {code: view.first for code, view in self._views.items() if view.first is not None}
        return _value(totals, quote, firsts)

    # ------------------------------------------------ moving

    def open_with(self, balances: Iterable[Balance]) -> None:
        """Begin the ledger with the venue's balances; they contain what was traded before."""
        self.is_open = True
        for balance in balances:
            self.totals[balance.currency] = balance.free + balance.locked
            for code, held in self.holdings.items():
                if code.partition("-")[2] == balance.currency and balance.avg_buy_price and not held.volume:
                    held.add(self.totals[balance.currency], self.totals[balance.currency] * balance.avg_buy_price)
                    break
        self.start_totals = dict(self.totals)

    def book(self, fill: Fill, fee: Decimal, now_ns: int) -> None:
        """Move the money of one fill: volume one way, funds the other, the fee away.

        Before the ledger is open nothing moves; its first balances must have been asked for later.
        """
        if not self.is_open:
            self.unbooked_ns = now_ns
            return
        funds = fill.price * fill.volume
        quote, _, base = fill.market.partition("-")
        held = self.holdings.setdefault(fill.market, Holding())
        if fill.side is Side.BUY:
            self._move(base, fill.volume, now_ns)
            self._move(quote, -(funds + fee), now_ns)
            held.add(fill.volume, funds)
            held.bought += fill.volume
        else:
            self._move(base, -fill.volume, now_ns)
            self._move(quote, funds - fee, now_ns)
            # Coins whose cost nobody knows are sold at no gain.
            costed = min(fill.volume, held.volume)
            held.realised += fill.price * costed - held.remove(costed)
            held.sold += fill.volume
        self.fees[quote] = self.fees.get(quote, ZERO) + fee

    def correct_fee(self, currency: str, difference: Decimal, now_ns: int) -> None:
        """Pay (or get back) what an estimated fee differed from the venue's figure."""
        if not self.is_open:
            return
        self._move(currency, -difference, now_ns)
        self.fees[currency] = self.fees.get(currency, ZERO) + difference

    def rebase(self, currency: str, difference: Decimal, now_ns: int) -> None:
        """Take over what the venue says we own beyond our ledger: a deposit, a withdrawal, a trade by hand."""
        self._move(currency, difference, now_ns)
        self.adjustments[currency] = self.adjustments.get(currency, ZERO) + difference
        for code, held in self.holdings.items():
            if code.partition("-")[2] == currency and difference < 0:
                held.remove(-difference)
                break

    def reserve(self, order_id: OrderId, currency: str, amount: Decimal) -> None:
        """Promise an amount to an order, in place of what was promised to it before; zero releases it."""
        known_currency, known = self._reserves.pop(order_id, (currency, ZERO))
        self._reserved[known_currency] = self._reserved.get(known_currency, ZERO) - known
        if amount > 0:
            self._reserves[order_id] = (currency, amount)
            self._reserved[currency] = self._reserved.get(currency, ZERO) + amount

    def reserved(self, order_id: OrderId) -> tuple[str, Decimal]:
        """What is promised to one order: the currency and the amount."""
        return self._reserves.get(order_id, ("", ZERO))

    def _move(self, currency: str, change: Decimal, now_ns: int) -> None:
        self.totals[currency] = self.totals.get(currency, ZERO) + change
        self.changed_ns[currency] = now_ns


def _value(totals: Mapping[str, Decimal], quote: str, prices: Mapping[str, Decimal]) -> Decimal:
    worth = totals.get(quote, ZERO)
    for currency, volume in totals.items():
        worth += volume * prices.get(f"{quote}-{currency}", ZERO)
    return worth


def _quote(code: str) -> str:
    return code.partition("-")[0]

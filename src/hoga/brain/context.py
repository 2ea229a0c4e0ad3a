"""A strategy's whole world: reading is free, acting only notes a command."""

from collections.abc import Sequence
from decimal import Decimal

from hoga.brain.orders.desk import OrderDesk
from hoga.brain.orders.reserves import is_amount
from hoga.brain.world import World
from hoga.model.commands import OrderId, OrderKind, PlaceOrder, SelfMatch, Side, TimeInForce, WhenLost
from hoga.model.errors import UnknownMarketError
from hoga.model.events import BookUnit, Candle, Orderbook, TimerFired
from hoga.model.market import Market
from hoga.model.money import floor_volume
from hoga.model.orders import Order


class Context:
    """What a strategy may read and ask for. Amounts are `Decimal`, times are nanoseconds since 1970 (UTC).

    The four verbs return the new order's id at once. An order that our own checks refuse gets an id too, and comes
    back as `OrderRejected(by_venue=False)` to `on_order` at the end of the turn. Prices are rounded to the market's
    tick on the side that cannot hurt (a buy down, a sale up), volumes are cut to eight decimals.
    """

    __slots__ = ("_desk", "_world")

    def __init__(self, world: World, desk: OrderDesk) -> None:
        self._world = world
        self._desk = desk

    # ------------------------------------------------ reading

    @property
    def now_ns(self) -> int:
        """The moment of this turn: when the event that caused it reached us."""
        return self._world.now_ns

    @property
    def is_ready(self) -> bool:
        """Tell whether new orders may leave now."""
        world = self._world
        return world.gate.is_open and not (world.paused or world.halting or world.killed)

    def market(self, code: str) -> Market:
        """The market's rules: tick, minimum, fees; `UnknownMarketError` for one that is not watched."""
        rules = self._world.rules(code)
        if rules is None:
            raise UnknownMarketError(f"{code} is not watched; there are: {', '.join(self._world.views)}.")
        return rules

    def orderbook(self, code: str) -> Orderbook | None:
        """The newest visible book, every depth of it readable, or None before the first."""
        view = self._world.views.get(code)
        return view.whole_book if view else None

    def best(self, code: str) -> BookUnit | None:
        """The best ask and bid with their sizes, or None while a side is empty or unknown."""
        view = self._world.views.get(code)
        return view.best if view else None

    def last_price(self, code: str) -> Decimal | None:
        """The price of the last trade (or ticker) heard, or None."""
        view = self._world.views.get(code)
        return view.price if view else None

    def cash(self, currency: str = "KRW") -> Decimal:
        """What may still be promised to orders, in one currency."""
        return self._world.portfolio.free(currency)

    def position(self, code: str) -> Decimal:
        """All coins of the market the account holds, those behind sell orders included."""
        return self._world.portfolio.position(code)

    def sellable(self, code: str) -> Decimal:
        """The coins of the market that stand behind no order, cut to eight decimals."""
        return floor_volume(self._world.portfolio.free(code.partition("-")[2]))

    def average_price(self, code: str) -> Decimal | None:
        """What one coin of the position cost on average, fees apart; None when unknown or nothing is held."""
        return self._world.portfolio.average_price(code)

    def equity(self, quote: str = "KRW") -> Decimal:
        """All the account holds, coins valued at the last price."""
        return self._world.portfolio.equity(quote)

    def open_orders(self, code: str) -> Sequence[Order]:
        """Our orders in a market that may still trade, also those just asked for and those of unknown fate."""
        return [order for order in self._desk.records.open.values() if order.market == code]

    def order(self, order_id: OrderId) -> Order | None:
        """One of our orders, open or ended; None for an id that is not ours (or was forgotten long after its end)."""
        return self._desk.records.orders.get(order_id)

    def candles(self, code: str, unit_s: int) -> Sequence[Candle]:
        """The closed bars of one length in seconds, oldest first, at most 500."""
        return self._world.candles.closed(code, unit_s)

    def candle(self, code: str, unit_s: int) -> Candle | None:
        """The bar that is still open, or None before the first trade."""
        return self._world.candles.current(code, unit_s, self._world.now_ns)

    # ------------------------------------------------ acting

    def limit_buy(
        self,
        code: str,
        price: Decimal,
        volume: Decimal,
        *,
        tif: TimeInForce = TimeInForce.GTC,
        self_match: SelfMatch | None = None,
        when_lost: WhenLost = WhenLost.ABANDON,
        parent: str = "",
        reason: str = "",
    ) -> OrderId:
        """Ask to buy `volume` coins at `price` or lower."""
        return self._limit(code, Side.BUY, price, volume, tif, self_match, when_lost, parent, reason)

    def limit_sell(
        self,
        code: str,
        price: Decimal,
        volume: Decimal,
        *,
        tif: TimeInForce = TimeInForce.GTC,
        self_match: SelfMatch | None = None,
        when_lost: WhenLost = WhenLost.ABANDON,
        parent: str = "",
        reason: str = "",
    ) -> OrderId:
        """Ask to sell `volume` coins at `price` or higher."""
        return self._limit(code, Side.SELL, price, volume, tif, self_match, when_lost, parent, reason)

    def plan(self, name: str, code: str, side: Side, volume: Decimal) -> None:
        """Begin a larger plan: orders with `parent=name` may come to `volume` coins in all, and not one more."""
        self._desk.world.risk.plan(name, code, side, volume)

    def market_buy(self, code: str, spend: Decimal, *, parent: str = "", reason: str = "") -> OrderId:
        """Ask to buy at once for `spend` of the quote currency, the fee not included."""
        return self._desk.place(
            PlaceOrder(
                order_id=self._world.mint(),
                market=code,
                side=Side.BUY,
                kind=OrderKind.MARKET,
                spend=spend,
                parent=parent,
                reason=reason,
            )
        )

    def market_sell(self, code: str, volume: Decimal, *, parent: str = "", reason: str = "") -> OrderId:
        """Ask to sell `volume` coins at once."""
        return self._desk.place(
            PlaceOrder(
                order_id=self._world.mint(),
                market=code,
                side=Side.SELL,
                kind=OrderKind.MARKET,
                volume=_cut(volume),
                parent=parent,
                reason=reason,
            )
        )

    def cancel(self, order_id: OrderId, *, reason: str = "") -> None:
        """Ask to cancel; nothing happens for an order that has ended. The end comes to `on_order`."""
        self._desk.cancel(order_id, reason)

    def set_timer(self, name: str, at_ns: int) -> None:
        """Have `on_timer` called once when the clock reaches `at_ns` (at the next event, if that is past)."""
        world = self._world

        def fire(_: int) -> None:
            world.news.append(TimerFired(name=name, due_ns=at_ns, received_ns=world.now_ns))

        world.timers.at(max(at_ns, world.now_ns), fire)

    def say(self, reason: str, **values: Decimal | str | int) -> None:
        """Have a decision written down with its reason and figures."""
        self._world.note("strategy", reason=reason, **values)

    def _limit(
        self,
        code: str,
        side: Side,
        price: Decimal,
        volume: Decimal,
        tif: TimeInForce,
        self_match: SelfMatch | None,
        when_lost: WhenLost,
        parent: str,
        reason: str,
    ) -> OrderId:
        rules = self._world.rules(code)
        if rules is not None and is_amount(price):
            price = rules.floor_to_tick(price) if side is Side.BUY else rules.ceil_to_tick(price)
        return self._desk.place(
            PlaceOrder(
                order_id=self._world.mint(),
                market=code,
                side=side,
                price=price,
                volume=_cut(volume),
                tif=tif,
                self_match=self_match,
                when_lost=when_lost,
                parent=parent,
                reason=reason,
            )
        )


def _cut(volume: Decimal) -> Decimal:
    return floor_volume(volume) if is_amount(volume) else volume

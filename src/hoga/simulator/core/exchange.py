"""Our own Upbit without wire and clock: accounts, orders and what the market does to them.

The market around the users comes from outside (`see_book`, `see_trade`); users' orders are laid over it. When an order
fills, and what is not modelled, stands in docs/fills.md. Everything that happened is taken with `take_happenings`.
"""

from collections.abc import Mapping
from decimal import Decimal
from types import MappingProxyType

from hoga.model.commands import SelfMatch
from hoga.model.events import Balance, Orderbook, Trade
from hoga.model.market import Market
from hoga.model.money import ZERO
from hoga.simulator.core import cancels
from hoga.simulator.core.clearing import Clearing
from hoga.simulator.core.engine import Engine
from hoga.simulator.core.happenings import Happening
from hoga.simulator.core.order_index import by_time, closed_window
from hoga.simulator.core.orders import BatchCancelled, NewOrder, Replaced, Replacement, VenueOrder
from hoga.simulator.core.queue import Queue

#: Upbit shows at most thirty levels (Upbit docs, list-orderbooks, 2026).
MAX_LEVELS = 30


class SimulatedExchange:
    """All markets and accounts of one simulated venue. Pure: time arrives as `now_ms`, ids come from `seed`.

    Methods that a client may call with nonsense raise `Refused`; everything they return is an immutable copy.
    """

    def __init__(
        self,
        markets: Mapping[str, Market],
        *,
        seed: int = 0,
        default_self_match: SelfMatch = SelfMatch.CANCEL_MAKER,
        queue: Queue = Queue.BACK,
    ) -> None:
        self.engine = Engine(dict(markets), Clearing(seed), default_self_match, queue)
        self._clearing = self.engine.clearing
        self._orders = self._clearing.orders

    # -------------------------------------------------- accounts

    @property
    def markets(self) -> Mapping[str, Market]:
        """Every market with the rules of now (admin moves replace them)."""
        return MappingProxyType(self.engine.markets)

    def open_account(
        self, account: str, balances: Mapping[str, Decimal], avg_buy_prices: Mapping[str, Decimal] | None = None
    ) -> None:
        """Make an account with these free balances; the market outside is where they come from.

        `avg_buy_prices` are what the coins among them once cost, where that is known.
        """
        self._clearing.ledger.open(account, balances, avg_buy_prices or {})

    def balances(self, account: str) -> tuple[Balance, ...]:
        """Every currency the account ever held, zero ones too, in the order they first came."""
        return self._clearing.ledger.balances(account)

    def balance(self, account: str, currency: str) -> Balance:
        """One currency of the account, zero where it never held any."""
        return self._clearing.ledger.balance(account, currency)

    # -------------------------------------------------- orders

    def place(self, account: str, wish: NewOrder, now_ms: int) -> VenueOrder:
        """Take an order and let it trade; the answer is the order as created (state `wait`), before any fill."""
        return self.engine.place(account, wish, now_ms)

    def test_order(self, account: str, wish: NewOrder, now_ms: int) -> VenueOrder:
        """Check an order without placing it; the answer's uuid belongs to no order and the identifier is not spent."""
        return self.engine.checked(account, wish, now_ms, "test")

    def cancel(
        self, account: str, *, uuid: str | None = None, identifier: str | None = None, now_ms: int
    ) -> VenueOrder:
        """Cancel one open order (`uuid` wins); the answer is the order as it was, still `wait`."""
        return self.engine.cancel(self._orders.find(account, uuid, identifier), now_ms)

    def cancel_and_new(self, account: str, wish: Replacement, now_ms: int) -> Replaced:
        """Cancel one order and place another.

        Three outcomes: both happen; the old one had filled (no new uuid in the answer); the new one is refused after
        the old one was cancelled (`Refused` is raised, the cancel stands).
        """
        return cancels.cancel_and_new(self.engine, account, wish, now_ms)

    def cancel_by_ids(
        self, account: str, *, uuids: tuple[str, ...] = (), identifiers: tuple[str, ...] = (), now_ms: int
    ) -> BatchCancelled:
        """Cancel up to 20 orders by one kind of id; ids of no order are left out of both groups."""
        return cancels.cancel_by_ids(self.engine, account, uuids, identifiers, now_ms)

    def cancel_open(
        self,
        account: str,
        *,
        quote_currencies: tuple[str, ...] = (),
        pairs: tuple[str, ...] = (),
        excluded_pairs: tuple[str, ...] = (),
        cancel_side: str = "all",
        count: int = 20,
        order_by: str = "desc",
        now_ms: int,
    ) -> BatchCancelled:
        """Cancel up to `count` (<= 300) waiting orders that match; `pairs` or `quote_currencies`, not both."""
        wanted = cancels.OpenFilter(
            quote_currencies=quote_currencies,
            pairs=pairs,
            excluded_pairs=excluded_pairs,
            cancel_side=cancel_side,
            count=count,
            order_by=order_by,
        )
        return cancels.cancel_open(self.engine, account, wanted, now_ms)

    # -------------------------------------------------- look-ups

    def has_open(self, account: str) -> bool:
        """Tell whether any order of the account is open."""
        return self._orders.count_open(account) > 0

    def order(self, account: str, *, uuid: str | None = None, identifier: str | None = None) -> VenueOrder:
        """One order of the account (`uuid` wins); `order_not_found` otherwise."""
        return self._orders.find(account, uuid, identifier)

    def orders_by_ids(
        self,
        account: str,
        *,
        uuids: tuple[str, ...] = (),
        identifiers: tuple[str, ...] = (),
        market: str | None = None,
        order_by: str = "desc",
    ) -> tuple[VenueOrder, ...]:
        """Orders by up to 100 ids of one kind, by creation time; unknown ids are left out."""
        found = by_time(self._orders.by_ids(account, uuids, identifiers), order_by)
        return tuple(order for order in found if market in {None, order.market})

    def open_orders(
        self,
        account: str,
        *,
        market: str | None = None,
        states: tuple[str, ...] = ("wait",),
        page: int = 1,
        limit: int = 100,
        order_by: str = "desc",
    ) -> tuple[VenueOrder, ...]:
        """One page of open orders (`wait`, `watch`), by creation time."""
        return self._orders.open_page(account, market, states, page, limit, order_by)

    def closed_orders(
        self,
        account: str,
        *,
        market: str | None = None,
        states: tuple[str, ...] = ("done", "cancel"),
        start_ms: int | None = None,
        end_ms: int | None = None,
        limit: int = 100,
        order_by: str = "desc",
        now_ms: int,
    ) -> tuple[VenueOrder, ...]:
        """Ended orders created in a window of at most seven days.

        None of the bounds: the last seven days; only a start: seven days after it; only an end: seven days before it.
        """
        window = closed_window(start_ms, end_ms, now_ms)
        return self._orders.closed(account, market, states, window, limit, order_by)

    # -------------------------------------------------- the market outside

    def see_book(self, book: Orderbook, now_ms: int | None = None) -> None:
        """Replace the outside book of a market (without users' orders); sizes users took from the old one are back.

        `now_ms` stamps what follows from it; the book's own time where it is absent.
        """
        self.engine.see_book(book, now_ms)

    def see_made_book(self, book: Orderbook, now_ms: int) -> None:
        """Replace the outside book by one made up around a price: it fills nobody and tells nothing of queues."""
        self.engine.see_made_book(book, now_ms)

    def see_trade(self, trade: Trade, now_ms: int | None = None) -> None:
        """Let users' resting orders fill from a trade of the market outside. Publishing it is the caller's part.

        The exchange's own prints have a `sequential_id` of time_ms * 10000 + 5000 or more; outside ones stay below.
        """
        self.engine.see_trade(trade, now_ms)

    def shown_book(self, market: str, *, levels: int = MAX_LEVELS, now_ms: int | None = None) -> Orderbook:
        """The book everybody sees: outside sizes not yet taken, and users' resting orders. Padded with zero levels.

        It bears the time of its last change, or `now_ms` where that is later.
        """
        book = self.engine.book(market)
        units = book.shown(levels)
        return Orderbook(
            market=market,
            timestamp_ms=max(book.changed_at_ms, now_ms or 0),
            total_ask_size=sum((unit.ask_size for unit in units), ZERO),
            total_bid_size=sum((unit.bid_size for unit in units), ZERO),
            unread=units,
        )

    def take_happenings(self) -> list[Happening]:
        """Everything that happened since the last call, oldest first."""
        taken = list(self._clearing.happenings)
        self._clearing.happenings.clear()
        return taken

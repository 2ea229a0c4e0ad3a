"""Our own Upbit without wire and clock: accounts, orders and what the market does to them.

The market around the users comes from outside (`see_book`, `see_trade`); users' orders are laid over it. When an order
fills, and what is not modelled, stands in docs/fills.md. Everything that happened is taken with `take_happenings`.
"""

from collections.abc import Mapping
from decimal import Decimal

from hoga.model.commands import SelfMatch
from hoga.model.events import Balance, Orderbook, Trade
from hoga.model.market import Market
from hoga.simulator.happenings import Happening
from hoga.simulator.orders import BatchCancelled, NewOrder, Replaced, Replacement, VenueOrder


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
    ) -> None:
        raise NotImplementedError

    # -------------------------------------------------- accounts

    @property
    def markets(self) -> Mapping[str, Market]:
        """Every market with the rules of now (admin moves replace them)."""
        raise NotImplementedError

    def open_account(self, account: str, balances: Mapping[str, Decimal]) -> None:
        """Make an account with these free balances; the market outside is where they come from."""
        raise NotImplementedError

    def balances(self, account: str) -> tuple[Balance, ...]:
        """Every currency the account ever held, zero ones too, in the order they first came."""
        raise NotImplementedError

    def balance(self, account: str, currency: str) -> Balance:
        """One currency of the account, zero where it never held any."""
        raise NotImplementedError

    # -------------------------------------------------- orders

    def place(self, account: str, wish: NewOrder, now_ms: int) -> VenueOrder:
        """Take an order and let it trade; the answer is the order as created (state `wait`), before any fill."""
        raise NotImplementedError

    def test_order(self, account: str, wish: NewOrder, now_ms: int) -> VenueOrder:
        """Check an order without placing it; the answer's uuid belongs to no order and the identifier is not spent."""
        raise NotImplementedError

    def cancel(
        self, account: str, *, uuid: str | None = None, identifier: str | None = None, now_ms: int
    ) -> VenueOrder:
        """Cancel one open order (`uuid` wins); the answer is the order as it was, still `wait`."""
        raise NotImplementedError

    def cancel_and_new(self, account: str, wish: Replacement, now_ms: int) -> Replaced:
        """Cancel one order and place another.

        Three outcomes: both happen; the old one had filled (no new uuid in the answer); the new one is refused after
        the old one was cancelled (`Refused` is raised, the cancel stands).
        """
        raise NotImplementedError

    def cancel_by_ids(
        self, account: str, *, uuids: tuple[str, ...] = (), identifiers: tuple[str, ...] = (), now_ms: int
    ) -> BatchCancelled:
        """Cancel up to 20 orders by one kind of id; ids of no order are left out of both groups."""
        raise NotImplementedError

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
        raise NotImplementedError

    # -------------------------------------------------- look-ups

    def order(self, account: str, *, uuid: str | None = None, identifier: str | None = None) -> VenueOrder:
        """One order of the account (`uuid` wins); `order_not_found` otherwise."""
        raise NotImplementedError

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
        raise NotImplementedError

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
        raise NotImplementedError

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
        raise NotImplementedError

    # -------------------------------------------------- the market outside

    def see_book(self, book: Orderbook, now_ms: int | None = None) -> None:
        """Replace the outside book of a market (without users' orders); sizes users took from the old one are back.

        `now_ms` stamps what follows from it; the book's own time where it is absent.
        """
        raise NotImplementedError

    def see_trade(self, trade: Trade, now_ms: int | None = None) -> None:
        """Let users' resting orders fill from a trade of the market outside. Publishing it is the caller's part.

        The exchange's own prints have a `sequential_id` of time_ms * 10000 + 5000 or more; outside ones stay below.
        """
        raise NotImplementedError

    def shown_book(self, market: str, *, levels: int = 30, now_ms: int | None = None) -> Orderbook:
        """The book everybody sees: outside sizes not yet taken, and users' resting orders. Padded with zero levels."""
        raise NotImplementedError

    def take_happenings(self) -> list[Happening]:
        """Everything that happened since the last call, oldest first."""
        raise NotImplementedError

"""What an operator or a person at the app may do to the simulated exchange from outside a client's reach; for tests."""

from decimal import Decimal

from msgspec.structs import replace

from hoga.model.market import Market, TickBand
from hoga.simulator.core import refusals
from hoga.simulator.core.engine import ACTIVE
from hoga.simulator.core.exchange import SimulatedExchange
from hoga.simulator.core.orders import NewOrder, VenueOrder

#: What `orders/chance` says of a market that is stopped; our word, the documents name only `active`.
SUSPENDED = "suspended"


class Operator:
    """The hand behind the venue: deposits, manual orders, suspensions, new rules."""

    def __init__(self, exchange: SimulatedExchange) -> None:
        self._engine = exchange.engine
        self._clearing = exchange.engine.clearing

    @property
    def accounts(self) -> tuple[str, ...]:
        """Every account of a user, in the order they were opened."""
        return self._clearing.ledger.accounts

    def orders_of(self, account: str) -> tuple[VenueOrder, ...]:
        """Every order the account ever placed, oldest first: the truth that clients only see in part."""
        return tuple(self._clearing.orders.all_of(account))

    def deposit(self, account: str, currency: str, amount: Decimal, now_ms: int) -> None:
        """Money or coins arrive from outside."""
        self._clearing.ledger.deposit(account, currency, amount)
        self._clearing.tell_assets(account, now_ms)

    def withdraw(self, account: str, currency: str, amount: Decimal, now_ms: int) -> None:
        """Free money or coins leave; `Refused` where there is not enough."""
        if amount > self._clearing.ledger.free(account, currency):
            raise refusals.insufficient_funds("ask", currency)
        self._clearing.ledger.withdraw(account, currency, amount)
        self._clearing.tell_assets(account, now_ms)

    def order_by_hand(self, account: str, wish: NewOrder, now_ms: int) -> VenueOrder:
        """The account's owner trades in the app: an order without identifier."""
        return self._engine.place(account, replace(wish, identifier=None), now_ms)

    def reserve_by_hand(self, account: str, wish: NewOrder, now_ms: int) -> VenueOrder:
        """The owner sets a reserved order in the app: it locks money in state `watch` and does not trade."""
        return self._engine.reserve(account, replace(wish, identifier=None), now_ms)

    def wake(self, uuid: str, now_ms: int) -> None:
        """The trigger of a reserved order is met: it becomes an ordinary order (`wait`) and may trade."""
        self._engine.wake(uuid, now_ms)

    def suspend(self, market: str, *, cancels_too: bool = False) -> None:
        """Stop a market: new orders get `market_offline`, nothing fills; so do cancels with `cancels_too`."""
        self._change(market, state=SUSPENDED)
        if cancels_too:
            self._engine.cancels_refused.add(market)

    def resume(self, market: str) -> None:
        """Open a suspended market again."""
        self._change(market, state=ACTIVE)
        self._engine.cancels_refused.discard(market)

    def change_tick(
        self, market: str, tick: Decimal, *, bands: tuple[TickBand, ...] = (), wipe: bool, now_ms: int
    ) -> None:
        """Give a market another tick; resting orders keep their price, or are all cancelled with `wipe`."""
        self._change(market, tick=tick, bands=bands)
        if wipe:
            self._engine.cancel_all_in(market, now_ms)

    def change_fee(self, market: str, fee_rate: Decimal) -> None:
        """Give a market other fees from now on; orders already placed keep theirs."""
        self._change(market, bid_fee=fee_rate, ask_fee=fee_rate, maker_bid_fee=fee_rate, maker_ask_fee=fee_rate)

    def delist(self, market: str, now_ms: int) -> None:
        """End a market: every open order is cancelled and the market is unknown from now on."""
        self._known(market)
        self._engine.cancel_all_in(market, now_ms)
        self._engine.forget(market)

    def _known(self, market: str) -> Market:
        self._engine.book(market)  # raises where the market is unknown
        return self._engine.markets[market]

    def _change(self, market: str, **rules: object) -> None:
        self._engine.markets[market] = replace(self._known(market), **rules)

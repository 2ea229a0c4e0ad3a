"""What an operator or a person at the app may do to the simulated exchange from outside a client's reach; for tests."""

from decimal import Decimal

from hoga.model.market import TickBand
from hoga.simulator.exchange import SimulatedExchange
from hoga.simulator.orders import NewOrder, VenueOrder


class Operator:
    """The hand behind the venue: deposits, manual orders, suspensions, new rules."""

    def __init__(self, exchange: SimulatedExchange) -> None:
        self._exchange = exchange

    def deposit(self, account: str, currency: str, amount: Decimal, now_ms: int) -> None:
        """Money or coins arrive from outside."""
        raise NotImplementedError

    def withdraw(self, account: str, currency: str, amount: Decimal, now_ms: int) -> None:
        """Free money or coins leave; `Refused` where there is not enough."""
        raise NotImplementedError

    def order_by_hand(self, account: str, wish: NewOrder, now_ms: int) -> VenueOrder:
        """The account's owner trades in the app: an order without identifier."""
        raise NotImplementedError

    def reserve_by_hand(self, account: str, wish: NewOrder, now_ms: int) -> VenueOrder:
        """The owner sets a reserved order in the app: it locks money in state `watch` and does not trade."""
        raise NotImplementedError

    def wake(self, uuid: str, now_ms: int) -> None:
        """The trigger of a reserved order is met: it becomes an ordinary order (`wait`) and may trade."""
        raise NotImplementedError

    def suspend(self, market: str, *, cancels_too: bool = False) -> None:
        """Stop a market: new orders get `market_offline`, nothing fills; so do cancels with `cancels_too`."""
        raise NotImplementedError

    def resume(self, market: str) -> None:
        """Open a suspended market again."""
        raise NotImplementedError

    def change_tick(
        self, market: str, tick: Decimal, *, bands: tuple[TickBand, ...] = (), wipe: bool, now_ms: int
    ) -> None:
        """Give a market another tick; resting orders keep their price, or are all cancelled with `wipe`."""
        raise NotImplementedError

    def change_fee(self, market: str, fee_rate: Decimal) -> None:
        """Give a market other fees from now on; orders already placed keep theirs."""
        raise NotImplementedError

    def delist(self, market: str, now_ms: int) -> None:
        """End a market: every open order is cancelled and the market is unknown from now on."""
        raise NotImplementedError

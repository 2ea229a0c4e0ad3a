"""What happens to accounts and markets from outside when a fault says so: deposits, manual orders, suspensions."""

from contextlib import suppress
from decimal import Decimal
from typing import TYPE_CHECKING

from hoga.simulator.core.orders import NewOrder
from hoga.simulator.core.refusals import Refused
from hoga.simulator.market.synthetic import SyntheticMarket

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from hoga.simulator.faults.text import Fault
    from hoga.simulator.market.synthetic import MarketSource
    from hoga.simulator.venue import Venue

#: A coarser tick is this many times the old one.
_COARSER = 10


class Moves:
    """Makes the moves on one account, and on the market the fault names (else the first there is)."""

    def __init__(self, venue: "Venue", source: "MarketSource", account: str) -> None:
        self._venue = venue
        self._source = source
        self._account = account
        self._resume_ms: dict[str, int] = {}
        self._moves: Mapping[str, Callable[[Fault, int], None]] = {
            "acct.deposit": self._deposit,
            "acct.withdraw": self._withdraw,
            "acct.manual_order": self._order,
            "acct.manual_cancel": self._cancel,
            "mkt.suspend": self._suspend,
            "mkt.fee": self._fee,
            "mkt.tick_change": self._tick,
            "mkt.delist": self._delist,
            "mkt.crash": self._jolt,
            "mkt.spike": self._jolt,
            "rest.limit": self._limit,
        }

    def make(self, fault: "Fault", now_ms: int) -> None:
        """Make one move; what the venue refuses (no money left to withdraw) does not happen."""
        with suppress(Refused):
            self._moves[fault.name](fault, now_ms)

    def undo_due(self, now_ms: int) -> None:
        """Open the markets again whose suspension is over."""
        for market, until_ms in list(self._resume_ms.items()):
            if now_ms >= until_ms:
                del self._resume_ms[market]
                with suppress(Refused):
                    self._venue.operator.resume(market)

    def _market(self, fault: "Fault") -> str:
        return fault.filters.get("market") or next(iter(self._venue.exchange.markets))

    def _deposit(self, fault: "Fault", now_ms: int) -> None:
        currency, amount = fault.args
        self._venue.operator.deposit(self._account, str(currency), Decimal(amount), now_ms)

    def _withdraw(self, fault: "Fault", now_ms: int) -> None:
        currency, amount = fault.args
        self._venue.operator.withdraw(self._account, str(currency), Decimal(amount), now_ms)

    def _order(self, fault: "Fault", now_ms: int) -> None:
        side, amount = fault.args
        market = self._market(fault)
        if side == "bid":
            wish = NewOrder(market=market, side="bid", ord_type="price", price=Decimal(amount))
        else:
            wish = NewOrder(market=market, side="ask", ord_type="market", volume=Decimal(amount))
        self._venue.operator.order_by_hand(self._account, wish, now_ms)

    def _cancel(self, _: "Fault", now_ms: int) -> None:
        for order in self._venue.exchange.open_orders(self._account, limit=1):
            self._venue.exchange.cancel(self._account, uuid=order.uuid, now_ms=now_ms)

    def _suspend(self, fault: "Fault", now_ms: int) -> None:
        market = self._market(fault)
        self._venue.operator.suspend(market)
        self._resume_ms[market] = now_ms + int(float(fault.argument) * 1000)

    def _fee(self, fault: "Fault", _: int) -> None:
        self._venue.operator.change_fee(self._market(fault), Decimal(fault.argument))

    def _tick(self, fault: "Fault", now_ms: int) -> None:
        market = self._market(fault)
        tick = self._venue.exchange.markets[market].tick * _COARSER
        self._venue.operator.change_tick(market, tick, wipe=fault.argument == "wipe", now_ms=now_ms)

    def _delist(self, fault: "Fault", now_ms: int) -> None:
        self._venue.operator.delist(self._market(fault), now_ms)

    def _jolt(self, fault: "Fault", _: int) -> None:
        share, market = float(fault.argument), self._market(fault)
        if isinstance(self._source, SyntheticMarket) and market in self._source.markets:
            self._source.jolt(market, -share if fault.name == "mkt.crash" else share)

    def _limit(self, fault: "Fault", _: int) -> None:
        limit, group = fault.args
        if str(group) in self._venue.pacer.groups:
            self._venue.pacer.groups[str(group)].limit = int(limit)

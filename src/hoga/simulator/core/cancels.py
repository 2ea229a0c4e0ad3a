"""Cancels of more than one order at once, with their traps (Upbit docs, batch-cancel and cancel-and-new, 2026)."""

from msgspec import Struct

from hoga.simulator.core import refusals
from hoga.simulator.core.engine import Engine
from hoga.simulator.core.order_index import by_time
from hoga.simulator.core.orders import REMAIN_ONLY, BatchCancelled, NewOrder, Replaced, Replacement, VenueOrder

MAX_CANCEL_IDS = 20
MAX_CANCEL_COUNT = 300
MAX_PAIRS = 20


class OpenFilter(Struct, frozen=True, kw_only=True):
    """Which waiting orders a batch cancel means; empty lists mean all."""

    quote_currencies: tuple[str, ...] = ()
    pairs: tuple[str, ...] = ()
    excluded_pairs: tuple[str, ...] = ()
    cancel_side: str = "all"
    count: int = 20
    order_by: str = "desc"

    def check(self) -> None:
        """Refuse filters that exclude each other or ask for too much."""
        too_long = len(self.pairs) > MAX_PAIRS or len(self.excluded_pairs) > MAX_PAIRS
        wrong_side = self.cancel_side not in {"all", "bid", "ask"}
        if (self.pairs and self.quote_currencies) or too_long or wrong_side or not 1 <= self.count <= MAX_CANCEL_COUNT:
            raise refusals.invalid_parameter()

    def means(self, order: VenueOrder) -> bool:
        """Tell whether an order is to be cancelled; reserved ones never are."""
        return (
            order.state == "wait"
            and self.cancel_side in {"all", order.side}
            and (not self.pairs or order.market in self.pairs)
            and order.market not in self.excluded_pairs
            and (not self.quote_currencies or order.market.partition("-")[0] in self.quote_currencies)
        )


def cancel_open(engine: Engine, account: str, wanted: OpenFilter, now_ms: int) -> BatchCancelled:
    """Cancel the first `count` waiting orders the filter means."""
    wanted.check()
    found = by_time(filter(wanted.means, engine.clearing.orders.open_of(account)), wanted.order_by)
    return _cancel_each(engine, found[: wanted.count], now_ms)


def cancel_by_ids(
    engine: Engine, account: str, uuids: tuple[str, ...], identifiers: tuple[str, ...], now_ms: int
) -> BatchCancelled:
    """Cancel orders by ids; those that have ended are among the failed."""
    found = engine.clearing.orders.by_ids(account, uuids, identifiers, MAX_CANCEL_IDS)
    return _cancel_each(engine, found, now_ms)


def cancel_and_new(engine: Engine, account: str, wish: Replacement, now_ms: int) -> Replaced:
    """Cancel one order, then place another on its market and side; a refusal of the new one leaves the cancel."""
    if wish.prev_uuid is None and wish.prev_identifier is None:
        raise refusals.invalid_field("prev_order_uuid is missing", "prev_order_identifier is missing")
    if wish.ord_type is None:
        raise refusals.invalid_field("new_ord_type is missing")
    old = engine.clearing.orders.find(account, wish.prev_uuid, wish.prev_identifier)
    if old.state == "done":
        return Replaced(old=old)
    new = _new_of(wish, old)
    engine.check_words(new)  # nonsense is refused before anything is cancelled
    engine.cancel(old, now_ms)
    placed = engine.place(account, new, now_ms)
    return Replaced(old=old, new_uuid=placed.uuid, new_identifier=placed.identifier)


def _new_of(wish: Replacement, old: VenueOrder) -> NewOrder:
    if wish.identifier is not None and wish.identifier == old.identifier:
        raise refusals.invalid_parameter()
    volume = wish.volume
    if volume == REMAIN_ONLY:
        if old.remaining_volume is None:  # asked in money: there is no volume to take over
            raise refusals.invalid_parameter()
        volume = old.remaining_volume
    return NewOrder(
        market=old.market,
        side=old.side,
        ord_type=wish.ord_type,
        volume=volume,
        price=wish.price,
        identifier=wish.identifier,
        time_in_force=wish.time_in_force,
        smp_type=wish.smp_type,
    )


def _cancel_each(engine: Engine, orders: list[VenueOrder], now_ms: int) -> BatchCancelled:
    success, failed = [], []
    for order in orders:
        try:
            success.append(engine.cancel(order, now_ms))
        except refusals.Refused:
            failed.append(order)
    return BatchCancelled(success=tuple(success), failed=tuple(failed))

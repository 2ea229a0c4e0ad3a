"""Every order the simulated venue knows, and the ways Upbit lets an account ask for its own."""

from collections import deque
from collections.abc import Iterable
from itertools import islice

from hoga.simulator.core import refusals
from hoga.simulator.core.orders import VenueOrder

#: Ended orders that can still be asked for; enough for weeks of a busy bot, and memory stays bounded.
MAX_ENDED_KEPT = 100_000

#: Upbit docs, list-orders-by-ids, list-open-orders and list-closed-orders, 2026.
MAX_IDS = 100
MAX_OPEN_PAGE = 100
MAX_CLOSED = 1000
WINDOW_MS = 7 * 24 * 3600 * 1000


class OrderIndex:
    """Orders by uuid and identifier, open and closed, each at its latest moment."""

    def __init__(self) -> None:
        self._orders: dict[str, VenueOrder] = {}
        self._open: dict[str, dict[str, None]] = {}
        self._ended: dict[str, dict[str, None]] = {}
        self._oldest_ended: deque[tuple[str, str]] = deque()
        # None stands for an identifier that a refused order spent.
        self._identifiers: dict[tuple[str, str], str | None] = {}

    def __getitem__(self, uuid: str) -> VenueOrder:
        return self._orders[uuid]

    # -------------------------------------------------- keeping

    def spend_identifier(self, account: str, identifier: str) -> None:
        """Use an identifier up for ever, whatever becomes of its order."""
        self._identifiers.setdefault((account, identifier), None)

    def is_spent(self, account: str, identifier: str) -> bool:
        """Tell whether the account ever used this identifier."""
        return (account, identifier) in self._identifiers

    def put(self, order: VenueOrder) -> None:
        """Keep the latest moment of an order, new or known."""
        self._orders[order.uuid] = order
        if order.is_open:
            self._open.setdefault(order.account, {})[order.uuid] = None
            if order.identifier is not None:
                self._identifiers[order.account, order.identifier] = order.uuid
            return
        self._open.get(order.account, {}).pop(order.uuid, None)
        self._ended.setdefault(order.account, {})[order.uuid] = None
        self._oldest_ended.append((order.account, order.uuid))
        if len(self._oldest_ended) > MAX_ENDED_KEPT:
            account, uuid = self._oldest_ended.popleft()
            del self._ended[account][uuid], self._orders[uuid]

    # -------------------------------------------------- asking

    def find(self, account: str, uuid: str | None, identifier: str | None) -> VenueOrder:
        """One order of the account; the uuid wins where both are given. `order_not_found` where there is none."""
        if uuid is None and identifier is None:
            raise refusals.invalid_field("uuid is missing", "identifier is missing")
        if uuid is None:
            uuid = self._identifiers.get((account, identifier or ""))
        order = self._orders.get(uuid or "")
        if order is None or order.account != account:
            raise refusals.order_not_found()
        return order

    def by_ids(
        self, account: str, uuids: tuple[str, ...], identifiers: tuple[str, ...], max_ids: int = MAX_IDS
    ) -> list[VenueOrder]:
        """Orders of the account by one kind of id, as they were made; ids of no order are left out."""
        if bool(uuids) == bool(identifiers) or len(uuids) + len(identifiers) > max_ids:
            raise refusals.invalid_parameter()
        wanted: Iterable[str | None] = uuids or (self._identifiers.get((account, name)) for name in identifiers)
        known = {uuid: self._orders[uuid] for uuid in wanted if uuid is not None and uuid in self._orders}
        return by_time((order for order in known.values() if order.account == account), "asc")

    def open_of(self, account: str) -> list[VenueOrder]:
        """Every open order of the account, as they were made."""
        return [self._orders[uuid] for uuid in self._open.get(account, ())]

    def all_of(self, account: str) -> list[VenueOrder]:
        """Every order of the account that is still kept, as they were made."""
        kept = (*self._ended.get(account, ()), *self._open.get(account, ()))
        return by_time((self._orders[uuid] for uuid in kept), "asc")

    def count_open(self, account: str) -> int:
        """How many orders of the account are open."""
        return len(self._open.get(account, ()))

    def open_in(self, market: str) -> list[VenueOrder]:
        """Every open order of a market, whoever owns it."""
        found = (self._orders[uuid] for uuids in self._open.values() for uuid in uuids)
        return by_time((order for order in found if order.market == market), "asc")

    def open_page(
        self, account: str, market: str | None, states: tuple[str, ...], page: int, limit: int, order_by: str
    ) -> tuple[VenueOrder, ...]:
        """One page of the account's open orders."""
        if not set(states) <= {"wait", "watch"} or page < 1 or not 1 <= limit <= MAX_OPEN_PAGE:
            raise refusals.invalid_parameter()
        found = (order for order in self.open_of(account) if order.state in states and market in {None, order.market})
        return tuple(by_time(found, order_by)[(page - 1) * limit : page * limit])

    def closed(
        self,
        account: str,
        market: str | None,
        states: tuple[str, ...],
        window: tuple[int, int],
        limit: int,
        order_by: str,
    ) -> tuple[VenueOrder, ...]:
        """The account's ended orders created inside a window (both ends included)."""
        if not set(states) <= {"done", "cancel"} or not 1 <= limit <= MAX_CLOSED:
            raise refusals.invalid_parameter()
        start_ms, end_ms = window
        found = (
            order
            for order in map(self._orders.__getitem__, self._ended.get(account, ()))
            if order.state in states and market in {None, order.market} and start_ms <= order.created_at_ms <= end_ms
        )
        return tuple(islice(by_time(found, order_by), limit))


def by_time(orders: Iterable[VenueOrder], order_by: str) -> list[VenueOrder]:
    """Orders sorted as they were made, newest first for `desc`."""
    if order_by not in {"asc", "desc"}:
        raise refusals.invalid_parameter()
    return sorted(orders, key=lambda order: order.number, reverse=order_by == "desc")


def closed_window(start_ms: int | None, end_ms: int | None, now_ms: int) -> tuple[int, int]:
    """The window `orders/closed` looks into: at most seven days (Upbit docs, list-closed-orders, 2026)."""
    if start_ms is None:
        end = now_ms if end_ms is None else end_ms
        return end - WINDOW_MS, end
    if end_ms is None:
        return start_ms, start_ms + WINDOW_MS
    if not 0 <= end_ms - start_ms <= WINDOW_MS:
        raise refusals.invalid_parameter()
    return start_ms, end_ms

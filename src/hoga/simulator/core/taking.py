"""How a new order meets the book: it takes what its price allows, then rests, ends or was never allowed to trade."""

from decimal import Decimal

from hoga.model import money
from hoga.model.commands import SelfMatch
from hoga.model.market import Market
from hoga.model.money import ZERO
from hoga.simulator.core import figures
from hoga.simulator.core.clearing import Clearing
from hoga.simulator.core.matching import MatchBook, Offer, Resting
from hoga.simulator.core.orders import VenueOrder
from hoga.simulator.core.prints import Printer


class Taker:
    """Runs one new order against one market's book."""

    def __init__(self, clearing: Clearing, book: MatchBook, market: Market, printer: Printer, now_ms: int) -> None:
        self._clearing = clearing
        self._book = book
        self._market = market
        self._printer = printer
        self._now_ms = now_ms

    def run(self, uuid: str) -> None:
        """Let the order take, and then rest or end. Happenings tell everything."""
        order = self._clearing.orders[uuid]
        limit = self._limit_of(order)
        if order.time_in_force == "post_only" and self._book.first_offer(order.side, limit) is not None:
            return self._end(uuid)
        if order.time_in_force == "fok" and not self._can_fill(order, limit):
            return self._end(uuid)
        self._take(uuid, limit)
        order = self._clearing.orders[uuid]
        if not order.is_open:
            return None
        if order.ord_type == "limit" and order.time_in_force in {None, "post_only"}:
            return self._rest(order)
        return self._end(uuid)

    def _take(self, uuid: str, limit: Decimal | None) -> None:
        while True:
            order = self._clearing.orders[uuid]
            offer = self._book.first_offer(order.side, limit) if order.is_open else None
            if offer is None:
                return
            volume = min(figures.wanted_at(order, offer.price), offer.size)
            if not volume:
                return  # what is left of the money buys less than the smallest volume
            if offer.maker is not None and offer.maker.account == order.account and prevents(order):
                self._prevent(order, offer.maker, volume)
            else:
                self._trade(order, offer, volume)

    def _trade(self, order: VenueOrder, offer: Offer, volume: Decimal) -> None:
        maker = offer.maker
        self._clearing.trade(
            self._market,
            offer.price,
            volume,
            taker_side=order.side,
            taker=order.uuid,
            maker=None if maker is None else maker.uuid,
            now_ms=self._now_ms,
        )
        if maker is None:
            self._book.take_outside(order.side, offer.price, volume)
        else:
            self._book.fill(maker, volume)
        self._printer.tell(self._book, offer.price, volume, order.side, self._now_ms)

    def _prevent(self, order: VenueOrder, maker: Resting, volume: Decimal) -> None:
        """Keep an account from trading with itself, as the taker's order asks (Upbit docs, smp, 2026)."""
        price, clearing = maker.price, self._clearing
        if order.smp_type is SelfMatch.CANCEL_TAKER:
            clearing.prevent(order.uuid, self._market, None, price, self._now_ms)
            return self._end(order.uuid)
        if order.smp_type is SelfMatch.CANCEL_MAKER:
            clearing.prevent(maker.uuid, self._market, None, price, self._now_ms)
            self._book.fill(maker, maker.remaining)
            return self._end(maker.uuid)
        clearing.prevent(maker.uuid, self._market, volume, price, self._now_ms)
        clearing.prevent(order.uuid, self._market, volume, price, self._now_ms)
        self._book.fill(maker, volume)
        for uuid in (maker.uuid, order.uuid):
            if clearing.orders[uuid].is_filled:
                self._end(uuid)
        return None

    def _limit_of(self, order: VenueOrder) -> Decimal | None:
        """How far the order may go: its price, the best price there is now, or anywhere."""
        if order.ord_type == "limit":
            return order.price
        offer = self._book.first_offer(order.side, None) if order.ord_type == "best" else None
        return None if offer is None else offer.price

    def _can_fill(self, order: VenueOrder, limit: Decimal | None) -> bool:
        """Tell whether a fill-or-kill order would fill whole; money counts as filled when no volume is left to buy."""
        left = order.remaining_funds if order.remaining_funds is not None else order.remaining_volume or ZERO
        for offer in self._book.available(order.side, limit):
            if offer.maker is not None and offer.maker.account == order.account and prevents(order):
                if order.smp_type is SelfMatch.CANCEL_MAKER:
                    continue
                return False
            if order.remaining_funds is None:
                left -= min(left, offer.size)
                if not left:
                    return True
                continue
            volume = money.volume_for(left, offer.price)
            if volume <= offer.size:
                return True
            left -= offer.size * offer.price
        return False

    def _rest(self, order: VenueOrder) -> None:
        if order.price is None or order.remaining_volume is None:  # only limit orders rest
            raise AssertionError(f"{order.uuid} has no price to rest at")
        self._book.rest(
            Resting(
                uuid=order.uuid,
                account=order.account,
                side=order.side,
                price=order.price,
                remaining=order.remaining_volume,
            )
        )

    def _end(self, uuid: str) -> None:
        self._clearing.end(uuid, self._market, "cancel", self._now_ms)


def prevents(order: VenueOrder) -> bool:
    """Tell whether the order guards against trading with its own account."""
    return order.smp_type is not SelfMatch.NONE

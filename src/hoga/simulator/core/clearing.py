"""Where orders, money and happenings meet: each step changes all three together, so they never disagree."""

from decimal import Decimal
from hashlib import blake2b

from msgspec.structs import replace

from hoga.model import money
from hoga.model.market import Market
from hoga.simulator.core import figures
from hoga.simulator.core.happenings import AssetsChanged, Happening, OrderChanged
from hoga.simulator.core.ledger import OUTSIDE, Ledger
from hoga.simulator.core.order_index import OrderIndex
from hoga.simulator.core.orders import OrderTrade, Side, State, VenueOrder, Word


class Clearing:
    """The venue's accounts, its orders and the record of what happened."""

    def __init__(self, seed: int) -> None:
        self.ledger = Ledger()
        self.orders = OrderIndex()
        self.happenings: list[Happening] = []
        self._seed = seed
        self._minted: dict[str, int] = {}

    def mint(self, kind: str) -> str:
        """A new id that looks like a random UUID but follows from seed and count, so that runs can be repeated."""
        count = self._minted[kind] = self._minted.get(kind, 0) + 1
        text = blake2b(f"{self._seed}:{kind}:{count}".encode(), digest_size=16).hexdigest()
        variant = "89ab"[int(text[16], 16) % 4]
        return f"{text[:8]}-{text[8:12]}-4{text[13:16]}-{variant}{text[17:20]}-{text[20:]}"

    def admit(self, order: VenueOrder, market: Market) -> None:
        """Take an order in and lock what stands behind it; the caller has seen that there is enough."""
        self.ledger.lock(order.account, lock_currency(order, market), order.locked)
        self.orders.put(order)
        self.tell(order, "watch" if order.state == "watch" else "wait", order.created_at_ms)

    def trade(
        self,
        market: Market,
        price: Decimal,
        volume: Decimal,
        *,
        taker_side: Side,
        taker: str | None,
        maker: str | None,
        now_ms: int,
    ) -> None:
        """Execute one trade between two orders, or one order and the outside (None)."""
        trade_uuid = self.mint("trade")
        funds = price * volume
        fills: dict[str, OrderTrade] = {}
        for uuid, is_maker in ((taker, False), (maker, True)):
            if uuid is None:
                continue
            order = self.orders[uuid]
            fills[uuid] = OrderTrade(
                uuid=trade_uuid,
                market=market.code,
                side=order.side,
                price=price,
                volume=volume,
                funds=funds,
                fee=money.fee_of(funds, figures.fee_rate(order, is_maker=is_maker)),
                is_maker=is_maker,
                trend="up" if taker_side == "bid" else "down",
                at_ms=now_ms,
            )
        bid, ask = (taker, maker) if taker_side == "bid" else (maker, taker)
        self._settle(market, volume, funds, bid, ask, fills)
        for uuid, fill in fills.items():
            self._tell_fill(self.orders[uuid], fill)

    def prevent(self, uuid: str, market: Market, volume: Decimal | None, price: Decimal, now_ms: int) -> None:
        """Take volume that would have traded with its own account out of an order (None: all that is left)."""
        before = self.orders[uuid]
        order = figures.after_prevention(before, volume, price, now_ms)
        self.orders.put(order)
        self.ledger.release(order.account, lock_currency(order, market), before.locked - order.locked)
        self.tell(order, "prevented", now_ms)

    def end(self, uuid: str, market: Market, state: State, now_ms: int) -> None:
        """End an order and give back what stood behind it; it keeps the figures of its last moment."""
        order = figures.ended(self.orders[uuid], state, now_ms)
        self.orders.put(order)
        self.ledger.release(order.account, lock_currency(order, market), order.locked)
        self.tell(order, "done" if state == "done" else "cancel", now_ms)

    def tell(self, order: VenueOrder, word: Word, now_ms: int, fill: OrderTrade | None = None) -> None:
        """Note that an order changed, and which balances did."""
        self.happenings.append(OrderChanged(account=order.account, order=order, word=word, at_ms=now_ms, fill=fill))
        self.tell_assets(order.account, now_ms)

    def tell_assets(self, account: str, now_ms: int) -> None:
        """Note which balances of an account changed since it was last told."""
        if balances := self.ledger.take_changed(account):
            self.happenings.append(AssetsChanged(account=account, balances=balances, at_ms=now_ms))

    def _settle(
        self,
        market: Market,
        volume: Decimal,
        funds: Decimal,
        bid: str | None,
        ask: str | None,
        fills: dict[str, OrderTrade],
    ) -> None:
        """Move coins and money: the buyer pays price and fee from the lock, the seller a fee from the proceeds."""
        ledger = self.ledger
        before = {uuid: self.orders[uuid] for uuid in fills}
        for uuid, fill in fills.items():
            self.orders.put(figures.after_fill(before[uuid], fill))
        buyer = before[bid].account if bid is not None else OUTSIDE
        seller = before[ask].account if ask is not None else OUTSIDE
        ledger.note_buy(buyer, market.base, volume, funds)
        ledger.pay(seller, buyer, market.base, volume)
        ledger.pay(buyer, seller, market.quote, funds)
        if ask is not None:
            ledger.charge(seller, market.quote, fills[ask].fee)
        if bid is not None:
            fee = fills[bid].fee
            freed = before[bid].locked - self.orders[bid].locked - funds
            ledger.release(buyer, market.quote, freed)
            ledger.charge(buyer, market.quote, fee)

    def _tell_fill(self, order: VenueOrder, fill: OrderTrade) -> None:
        self.tell(order, "trade", fill.at_ms, fill)
        if order.is_filled:
            order = replace(order, state="done")
            self.orders.put(order)
            self.tell(order, "done", fill.at_ms)


def lock_currency(order: VenueOrder, market: Market) -> str:
    """What stands behind an order: quote currency of a bid, coin of an ask."""
    return market.quote if order.side == "bid" else market.base

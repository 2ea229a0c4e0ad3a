"""Orders come in, trade, rest and leave; the market outside passes by and fills what rests."""

from decimal import Decimal

from msgspec.structs import replace

from hoga.model.commands import SelfMatch
from hoga.model.errors import UnknownMarketError
from hoga.model.events import AskBid, Orderbook, Trade
from hoga.model.market import Market
from hoga.simulator.core import refusals
from hoga.simulator.core.checks import Checked, check_market, check_words, is_identifier
from hoga.simulator.core.clearing import Clearing, lock_currency
from hoga.simulator.core.figures import open_figures
from hoga.simulator.core.happenings import BookShown
from hoga.simulator.core.matching import OPPOSITE, MatchBook, Resting
from hoga.simulator.core.orders import NewOrder, Side, VenueOrder
from hoga.simulator.core.prints import Printer
from hoga.simulator.core.queue import Queue
from hoga.simulator.core.taking import Taker

#: Far more than a bot keeps open; a runaway client must not eat the machine.
MAX_OPEN_ORDERS = 10_000

ACTIVE = "active"


class Engine:
    """Every market's rules and book, joined with the clearing."""

    def __init__(
        self,
        markets: dict[str, Market],
        clearing: Clearing,
        default_self_match: SelfMatch,
        queue: Queue = Queue.BACK,
    ) -> None:
        self.markets = markets
        self.clearing = clearing
        self.cancels_refused: set[str] = set()
        self._books = {code: MatchBook(code, queue) for code in markets}
        self._default_self_match = default_self_match
        self._printer = Printer(clearing.happenings)
        self._count = 0

    # -------------------------------------------------- orders

    def place(self, account: str, wish: NewOrder, now_ms: int) -> VenueOrder:
        """Check an order, take it in and let it trade; answers it as created. Its identifier is spent either way."""
        order = self._spending(account, wish, now_ms)
        self.clearing.admit(order, self.markets[order.market])
        self._let_trade(order.uuid, now_ms)
        return order

    def reserve(self, account: str, wish: NewOrder, now_ms: int) -> VenueOrder:
        """Take an order in that does not trade until it is woken."""
        order = replace(self._spending(account, wish, now_ms), state="watch")
        self.clearing.admit(order, self.markets[order.market])
        return order

    def wake(self, uuid: str, now_ms: int) -> None:
        """Let a reserved order trade like any other."""
        order = self.clearing.orders[uuid]
        if order.state != "watch":
            raise refusals.order_not_found()
        order = replace(order, state="wait", changed_at_ms=now_ms)
        self.clearing.orders.put(order)
        self.clearing.tell(order, "wait", now_ms)
        self._let_trade(uuid, now_ms)

    def check_words(self, wish: NewOrder) -> Checked:
        """Read a wish or refuse its words; neither market nor account is asked."""
        return check_words(wish, self._default_self_match)

    def checked(self, account: str, wish: NewOrder, now_ms: int, kind: str) -> VenueOrder:
        """The order a wish would become, or its refusal; nothing changes. `kind` names the count its uuid is from."""
        words = self.check_words(wish)
        market = self.markets.get(words.market)
        if market is None:
            raise refusals.unknown_market(words.market)
        orders = self.clearing.orders
        if words.identifier is not None and orders.is_spent(account, words.identifier):
            raise refusals.duplicated_identifier()
        if market.state != ACTIVE:
            raise refusals.market_offline()
        book = self._books[market.code]
        check_market(words, market, book.best(OPPOSITE[words.side])[0] or book.last_price)
        if words.ord_type != "limit" and book.first_offer(words.side, None) is None:
            raise refusals.create_error(words.side)
        order = self._draft(account, words, market, now_ms)
        currency = lock_currency(order, market)
        if order.locked > self.clearing.ledger.free(account, currency):
            raise refusals.insufficient_funds(order.side, currency)
        if orders.count_open(account) >= MAX_OPEN_ORDERS:
            raise refusals.create_error(order.side)
        return replace(order, uuid=self.clearing.mint(kind))

    def cancel(self, order: VenueOrder, now_ms: int) -> VenueOrder:
        """Take an open order out; answers it as it was."""
        if not order.is_open:
            raise refusals.order_not_found()
        if order.market in self.cancels_refused:
            raise refusals.market_offline()
        self._take_out(order, now_ms)
        return order

    def cancel_all_in(self, market: str, now_ms: int) -> None:
        """Take every open order of a market out."""
        for order in self.clearing.orders.open_in(market):
            self._take_out(order, now_ms)

    def forget(self, market: str) -> None:
        """Trade a market no longer."""
        del self.markets[market], self._books[market]
        self.cancels_refused.discard(market)

    # -------------------------------------------------- the market outside

    def see_book(self, book: Orderbook, now_ms: int | None) -> None:
        """Replace the outside book; what it crosses fills, and queues shrink to what it shows."""
        mine = self.book(book.market)
        at_ms = book.timestamp_ms if now_ms is None else now_ms
        mine.see_book(book, at_ms)
        if not mine.has_resting or self.markets[book.market].state != ACTIVE:
            return
        for order, volume in mine.crossings():
            self._fill(mine, order, volume, at_ms)
            self._printer.tell(mine, order.price, volume, OPPOSITE[order.side], at_ms)
        mine.follow_queue()

    def see_made_book(self, book: Orderbook, now_ms: int) -> None:
        """Take a book that was made up around a price: something to take from, and no news of anybody."""
        self.book(book.market).see_book(book, now_ms, is_made=True)

    def see_trade(self, trade: Trade, now_ms: int | None) -> None:
        """Fill from a trade outside what rests at its price or better."""
        book = self.book(trade.market)
        book.last_price = trade.price
        if not book.has_resting or self.markets[trade.market].state != ACTIVE:
            return
        at_ms = trade.timestamp_ms if now_ms is None else now_ms
        taker: Side = "bid" if trade.ask_bid == AskBid.BID else "ask"
        changes = book.changes
        for order, volume in book.hits(trade.price, trade.volume, taker):
            self._fill(book, order, volume, at_ms)
        self._tell_book(book, changes, at_ms)

    def book(self, market: str) -> MatchBook:
        """The book of a market; `UnknownMarketError` where there is none."""
        book = self._books.get(market)
        if book is None:
            raise UnknownMarketError(f"{market!r} is not traded here.")
        return book

    # -------------------------------------------------- inside

    def _spending(self, account: str, wish: NewOrder, now_ms: int) -> VenueOrder:
        try:
            return self.checked(account, wish, now_ms, "order")
        finally:
            if wish.identifier is not None and is_identifier(wish.identifier):
                self.clearing.orders.spend_identifier(account, wish.identifier)

    def _draft(self, account: str, words: Checked, market: Market, now_ms: int) -> VenueOrder:
        self._count += 1
        is_bid = words.side == "bid"
        return open_figures(
            VenueOrder(
                uuid="",
                account=account,
                market=market.code,
                side=words.side,
                ord_type=words.ord_type,
                state="wait",
                created_at_ms=now_ms,
                changed_at_ms=now_ms,
                smp_type=words.self_match,
                price=words.price,
                volume=words.volume,
                identifier=words.identifier,
                time_in_force=words.time_in_force,
                taker_fee_rate=market.bid_fee if is_bid else market.ask_fee,
                maker_fee_rate=market.maker_bid_fee if is_bid else market.maker_ask_fee,
                number=self._count,
            )
        )

    def _let_trade(self, uuid: str, now_ms: int) -> None:
        order = self.clearing.orders[uuid]
        book = self._books[order.market]
        changes = book.changes
        Taker(self.clearing, book, self.markets[order.market], self._printer, now_ms).run(uuid)
        self._tell_book(book, changes, now_ms)

    def _take_out(self, order: VenueOrder, now_ms: int) -> None:
        book = self._books[order.market]
        changes = book.changes
        if order.state == "wait" and order.price is not None:
            book.remove(order.side, order.price, order.uuid)
        self.clearing.end(order.uuid, self.markets[order.market], "cancel", now_ms)
        self._tell_book(book, changes, now_ms)

    def _fill(self, book: MatchBook, order: Resting, volume: Decimal, at_ms: int) -> None:
        market, taker = self.markets[book.market], OPPOSITE[order.side]
        self.clearing.trade(market, order.price, volume, taker_side=taker, taker=None, maker=order.uuid, now_ms=at_ms)
        book.fill(order, volume)

    def _tell_book(self, book: MatchBook, changes: int, at_ms: int) -> None:
        if book.changes != changes:
            book.changed_at_ms = max(at_ms, book.changed_at_ms)
            self.clearing.happenings.append(BookShown(book.market, at_ms))

"""Recorded trades as the news of a market."""

from collections.abc import Iterator
from decimal import Decimal
from itertools import repeat
from operator import mul

from hoga.brain.quiet import Row
from hoga.model.events import AskBid, Orderbook, Trade
from hoga.model.market import Market
from hoga.research.data.blocks import TradeBlock, exact
from hoga.research.engine.made_books import BookMaker
from hoga.research.engine.prints import MS_NS, NEVER_NS, Print
from hoga.research.engine.recent import Recent

#: The columns of a block: prices, volumes, sides, times, ids.
Columns = tuple[list[Decimal], list[Decimal], list[AskBid], list[int], list[int]]

#: The taker's side, by whether it bought.
_SIDES = (AskBid.ASK, AskBid.BID)
#: Different prices kept as decimals; a block has far fewer.
MAX_PRICES = 100_000


class Exact(dict[int, Decimal]):
    """Decimals of whole numbers, each made once."""

    def __init__(self, scale: int) -> None:
        super().__init__()
        self.scale = scale

    def __missing__(self, number: int) -> Decimal:
        """Make one."""
        made = self[number] = exact(number, self.scale)
        return made


class TradeStream:
    """Trades as they were; with `makes_books` a book is made up around each.

    `columns` are those of the present block (see `Row`), `place` is the number of the next trade in it.
    """

    def __init__(self, market: Market, blocks: Iterator[TradeBlock], slippage_ticks: int, *, makes_books: bool) -> None:
        self.market = market
        self._blocks = blocks
        self._recent = Recent()
        self._books = BookMaker(market, slippage_ticks) if makes_books else None
        self._prices = Exact(0)
        self.block: TradeBlock | None = None
        self.columns: Columns = ([], [], [], [], [])
        self.place = 0
        self.next_ns = 0
        self.skip_to(0)

    @property
    def makes_books(self) -> bool:
        """Tell whether books are made up."""
        return self._books is not None

    def take(self) -> Print:
        """The next trade."""
        place = self.place
        trade = self.trade_at(place)
        book = self.book_at(place) if self._books is not None else None
        self.skip_to(place + 1)
        return Print(trade, trade.volume, book)

    def trade_at(self, place: int) -> Trade:
        """The trade at a place of the block."""
        prices, volumes, sides, times, numbers = self.columns
        at_ms = times[place]
        return Trade(
            market=self.market.code,
            price=prices[place],
            volume=volumes[place],
            ask_bid=sides[place],
            trade_timestamp_ms=at_ms,
            timestamp_ms=at_ms,
            sequential_id=numbers[place],
            received_ns=at_ms * MS_NS,
        )

    def book_at(self, place: int) -> Orderbook:
        """The book made up around the trade at a place of the block."""
        assert self._books is not None, "books are recorded here, not made up"
        price, at_ms = self.columns[0][place], self.columns[3][place]
        return self._books.make(price, self._recent.traded(place), at_ms, at_ms * MS_NS)

    def skip_to(self, place: int) -> None:
        """Go on with the trade at `place`, or with the first of the next block."""
        while place >= len(self.columns[0]):
            self.block = block = next(self._blocks, None)
            if block is None:
                self.columns, self.place, self.next_ns = ([], [], [], [], []), 0, NEVER_NS
                return
            place = 0
            self._recent.add(block.at_ms, block.volume, block.volume_scale)
            self.columns = self._read(block)
        self.place, self.next_ns = place, self.columns[3][place] * MS_NS

    def rows(self, end: int) -> Iterator[Row]:
        """The trades from `place` to `end`, as the brain's quiet road takes them."""
        prices, volumes, sides, times, numbers = self.columns
        part = slice(self.place, end)
        return zip(prices[part], volumes[part], sides[part], times[part], numbers[part], strict=True)

    def _read(self, block: TradeBlock) -> Columns:
        if block.price_scale != self._prices.scale or len(self._prices) > MAX_PRICES:
            self._prices = Exact(block.price_scale)
        step = Decimal(1).scaleb(-block.volume_scale)
        return (
            list(map(self._prices.__getitem__, block.price.tolist())),
            list(map(mul, map(Decimal, block.volume.tolist()), repeat(step))),
            list(map(_SIDES.__getitem__, block.is_bid.tolist())),
            block.at_ms.tolist(),
            block.sequential_id.tolist(),
        )

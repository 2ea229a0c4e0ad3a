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

    `rows` and `times` are the present block's, `place` the number of the next trade in it.
    """

    def __init__(self, market: Market, blocks: Iterator[TradeBlock], slippage_ticks: int, *, makes_books: bool) -> None:
        self.market = market
        self._blocks = blocks
        self._recent = Recent()
        self._books = BookMaker(market, slippage_ticks) if makes_books else None
        self._prices = Exact(0)
        self.block: TradeBlock | None = None
        self.rows: list[Row] = []
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
        price, volume, side, at_ms, number = self.rows[place]
        return Trade(
            market=self.market.code,
            price=price,
            volume=volume,
            ask_bid=side,
            trade_timestamp_ms=at_ms,
            timestamp_ms=at_ms,
            sequential_id=number,
            received_ns=at_ms * MS_NS,
        )

    def book_at(self, place: int) -> Orderbook:
        """The book made up around the trade at a place of the block."""
        assert self._books is not None, "books are recorded here, not made up"
        price, _, _, at_ms, _ = self.rows[place]
        return self._books.make(price, self._recent.traded(place), at_ms, at_ms * MS_NS)

    def skip_to(self, place: int) -> None:
        """Go on with the trade at `place`, or with the first of the next block."""
        while place >= len(self.rows):
            self.block = block = next(self._blocks, None)
            if block is None:
                self.rows, self.place, self.next_ns = [], 0, NEVER_NS
                return
            place = 0
            self._recent.add(block.at_ms, block.volume, block.volume_scale)
            self.rows = self._read(block)
        self.place, self.next_ns = place, self.rows[place][3] * MS_NS

    def _read(self, block: TradeBlock) -> list[Row]:
        if block.price_scale != self._prices.scale or len(self._prices) > MAX_PRICES:
            self._prices = Exact(block.price_scale)
        prices = map(self._prices.__getitem__, block.price.tolist())
        step = Decimal(1).scaleb(-block.volume_scale)
        volumes = map(mul, map(Decimal, block.volume.tolist()), repeat(step))
        sides = map(_SIDES.__getitem__, block.is_bid.tolist())
        return list(zip(prices, volumes, sides, block.at_ms.tolist(), block.sequential_id.tolist(), strict=False))

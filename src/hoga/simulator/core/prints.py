"""Public prints of the trades that users caused."""

from decimal import Decimal

from hoga.model.events import AskBid, Trade
from hoga.simulator.core.happenings import Happening, TradePrinted
from hoga.simulator.core.matching import MatchBook
from hoga.simulator.core.orders import Side

#: Upbit's ids are the time in ms times 10,000 plus a counter (recorded traffic of 2026); ours count from here up, so
#: that they never meet the ids of trades that come from outside.
ID_STEP = 10_000
OWN_IDS_FROM = 5_000


class Printer:
    """Writes prints into the record of what happened, each with an id of its own."""

    def __init__(self, happenings: list[Happening]) -> None:
        self._happenings = happenings
        self._last_id: dict[str, int] = {}

    def tell(self, book: MatchBook, price: Decimal, volume: Decimal, taker: Side, now_ms: int) -> None:
        """Print one trade of a market; the best prices are those after it."""
        lowest = now_ms * ID_STEP + OWN_IDS_FROM
        number = self._last_id[book.market] = max(self._last_id.get(book.market, 0) + 1, lowest)
        book.last_price = price
        best_ask_price, best_ask_size = book.best("ask")
        best_bid_price, best_bid_size = book.best("bid")
        print_ = Trade(
            market=book.market,
            price=price,
            volume=volume,
            ask_bid=AskBid.BID if taker == "bid" else AskBid.ASK,
            trade_timestamp_ms=now_ms,
            timestamp_ms=now_ms,
            sequential_id=number,
            best_ask_price=best_ask_price,
            best_ask_size=best_ask_size,
            best_bid_price=best_bid_price,
            best_bid_size=best_bid_size,
        )
        self._happenings.append(TradePrinted(print_))

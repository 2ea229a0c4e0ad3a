"""What happened on the simulated exchange, in order; the server tells it to the private and public streams."""

from msgspec import Struct

from hoga.model.events import Balance, Trade
from hoga.simulator.core.orders import OrderTrade, VenueOrder, Word


class OrderChanged(Struct, frozen=True, kw_only=True):
    """One order changed. `word` is what `myOrder` calls it; `fill` is set when the word is `trade`.

    A fully filled order gives `trade`, then `done`.
    """

    account: str
    order: VenueOrder
    word: Word
    at_ms: int
    fill: OrderTrade | None = None


class AssetsChanged(Struct, frozen=True, kw_only=True):
    """Balances of one account changed; only the currencies that did."""

    account: str
    balances: tuple[Balance, ...]
    at_ms: int


class TradePrinted(Struct, frozen=True):
    """A trade that users caused and the public sees. Trades handed in by `see_trade` are not repeated here."""

    trade: Trade


class BookShown(Struct, frozen=True):
    """Users changed the visible book of a market; `SimulatedExchange.shown_book` has it. Not told for `see_book`."""

    market: str
    at_ms: int


Happening = OrderChanged | AssetsChanged | TradePrinted | BookShown

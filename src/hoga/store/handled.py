"""Which news the brain handled, and as its which event: the thread between the tape and the journal.

The tape holds frames in the order they came. The brain handles some of what they say, in an order of its own: account
events first, and of several pictures of one market the newest. So each handled piece of news is named on the tape, by
its number and by what tells it apart from all other news.
"""

from msgspec import Struct

from hoga.model.events import Announcement, Candle, MarketEvent, Orderbook, Ticker, Trade

KINDS: tuple[type, ...] = (Trade, Ticker, Orderbook, Candle, Announcement)

#: Of these the brain hears only the newest that one read of the socket brought; of all others each.
PICTURES = frozenset({Ticker.__name__, Orderbook.__name__})


class NewsKey(Struct, frozen=True, array_like=True):
    """What tells one piece of news from all others: when it came, its kind and market, and a mark of its own."""

    received_ns: int
    kind: str
    market: str
    mark: str = ""


class Handled(Struct, frozen=True, array_like=True):
    """The brain handled this news as its `number`-th event."""

    number: int
    key: NewsKey


def key_of(event: MarketEvent) -> NewsKey:
    """The name of a piece of news, the same whether it is told by the brain or read again from the tape."""
    kind = next(kind.__name__ for kind in KINDS if isinstance(event, kind))
    if isinstance(event, Trade):
        return NewsKey(event.received_ns, kind, event.market, str(event.sequential_id))
    if isinstance(event, Orderbook):
        return NewsKey(event.received_ns, kind, event.market, f"{event.level.normalize():f}")
    if isinstance(event, Candle):
        return NewsKey(event.received_ns, kind, event.market, f"{event.unit_s} {event.start_ms}")
    if isinstance(event, Announcement):
        return NewsKey(event.received_ns, kind, "", event.venue_id)
    return NewsKey(event.received_ns, kind, event.market)

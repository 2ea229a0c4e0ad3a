"""Markets, books and orders for tests of the matching core, short enough to read in a test."""

from collections.abc import Sequence
from decimal import Decimal

from msgspec.structs import replace

from hoga.model.events import AskBid, BookUnit, Orderbook, Trade
from hoga.model.market import Market
from hoga.simulator.core.exchange import SimulatedExchange
from hoga.simulator.core.happenings import AssetsChanged, Happening, OrderChanged, TradePrinted
from hoga.simulator.core.orders import NewOrder, VenueOrder

D = Decimal
BTC = "KRW-BTC"
FEE = D("0.0005")

Levels = Sequence[tuple[int | str, int | str]]


def market(code: str = BTC, tick: int | str = 1000, **rules: Decimal | str) -> Market:
    plain = Market(
        code=code,
        tick=D(tick),
        min_total=D(5000),
        max_total=D(1_000_000_000),
        bid_fee=FEE,
        ask_fee=FEE,
        maker_bid_fee=FEE,
        maker_ask_fee=FEE,
    )
    return replace(plain, **rules)


def exchange(*markets: Market, users: Sequence[str] = ("ann",), seed: int = 0) -> SimulatedExchange:
    made = SimulatedExchange({each.code: each for each in markets or (market(),)}, seed=seed)
    for user in users:
        made.open_account(user, {"KRW": D(10_000_000_000), "BTC": D(100)})
    return made


def book(asks: Levels = (), bids: Levels = (), *, code: str = BTC, at_ms: int = 1) -> Orderbook:
    depth = max(len(asks), len(bids))
    padded = [[*side, *[(0, 0)] * (depth - len(side))] for side in (asks, bids)]
    units = tuple(
        BookUnit(ask_price=D(ask), ask_size=D(ask_size), bid_price=D(bid), bid_size=D(bid_size))
        for (ask, ask_size), (bid, bid_size) in zip(*padded, strict=True)
    )
    return Orderbook(market=code, timestamp_ms=at_ms, total_ask_size=D(0), total_bid_size=D(0), unread=units)


def print_of(price: int | str, volume: int | str, ask_bid: AskBid, *, code: str = BTC, at_ms: int = 5) -> Trade:
    return Trade(
        market=code,
        price=D(price),
        volume=D(volume),
        ask_bid=ask_bid,
        trade_timestamp_ms=at_ms,
        timestamp_ms=at_ms,
        sequential_id=at_ms * 10_000,
    )


def sold(price: int | str, volume: int | str) -> Trade:
    """Somebody outside sold at this price: it hits bids."""
    return print_of(price, volume, AskBid.ASK)


def bought(price: int | str, volume: int | str) -> Trade:
    """Somebody outside bought at this price: it hits asks."""
    return print_of(price, volume, AskBid.BID)


def limit(side: str, price: int | str, volume: int | str, **more: str) -> NewOrder:
    return NewOrder(market=BTC, side=side, ord_type="limit", price=D(price), volume=D(volume), **more)


def spend(total: int | str, smp_type: str | None = None) -> NewOrder:
    """A market buy."""
    return NewOrder(market=BTC, side="bid", ord_type="price", price=D(total), smp_type=smp_type)


def sell_off(volume: int | str, smp_type: str | None = None) -> NewOrder:
    """A market sell."""
    return NewOrder(market=BTC, side="ask", ord_type="market", volume=D(volume), smp_type=smp_type)


def best(side: str, amount: int | str, force: str) -> NewOrder:
    """An order at the best opposite price: a buy spends `amount`, a sell gives that many coins."""
    price, volume = (D(amount), None) if side == "bid" else (None, D(amount))
    return NewOrder(market=BTC, side=side, ord_type="best", price=price, volume=volume, time_in_force=force)


def now_of(made: SimulatedExchange, order: VenueOrder) -> VenueOrder:
    """The order as it is now."""
    return made.order(order.account, uuid=order.uuid)


def fills_of(made: SimulatedExchange, order: VenueOrder) -> list[object]:
    """Price and volume of each fill so far."""
    return [(trade.price, trade.volume) for trade in now_of(made, order).trades]


def story(happenings: list[Happening]) -> list[str]:
    """What happened in words: `ann wait`, `ann KRW BTC`, `print BID 0.5`, `book`."""
    told = []
    for each in happenings:
        if isinstance(each, OrderChanged):
            told.append(f"{each.account} {each.word}")
        elif isinstance(each, AssetsChanged):
            told.append(f"{each.account} " + " ".join(sorted(balance.currency for balance in each.balances)))
        elif isinstance(each, TradePrinted):
            told.append(f"print {each.trade.ask_bid} {each.trade.volume.normalize()}")
        else:
            told.append("book")
    return told


def these(*values: object) -> tuple[object, ...]:
    """Amounts side by side, to be compared with plain numbers."""
    return values

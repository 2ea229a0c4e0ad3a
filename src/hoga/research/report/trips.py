"""Round trips: every sell order that traded, measured against the moving average cost of what it sold.

Why not from flat to flat: volumes are cut to eight decimals, so a little dust often stays, and a grid or a savings
plan is hardly ever flat. Fees of both sides are counted. Coins the test began with count as bought at the first price.
"""

from collections.abc import Mapping
from decimal import Decimal

from msgspec import Struct

from hoga.model.commands import Side
from hoga.model.events import Fill
from hoga.model.money import ZERO, share_of
from hoga.research.books.lots import Average
from hoga.research.result import Result


class Trip(Struct, kw_only=True):
    """One sell order that traded: what came in less the fee (`proceeds`), and what its coins had cost, fee included."""

    market: str
    opened_ms: int
    closed_ms: int
    volume: Decimal = ZERO
    cost: Decimal = ZERO
    proceeds: Decimal = ZERO

    @property
    def gain(self) -> Decimal:
        """What the trip brought, fees of both sides paid."""
        return self.proceeds - self.cost


class Ledger(Struct, kw_only=True):
    """All that the fills of one market come to; funds are price times volume, fees apart.

    `position` is what is left of the coins that have a cost (`position_cost`); `uncosted` coins were sold without one.
    """

    market: str
    fills: int = 0
    bought_funds: Decimal = ZERO
    sold_funds: Decimal = ZERO
    fees: Decimal = ZERO
    unknown_fees: int = 0
    trips: list[Trip]
    position: Decimal = ZERO
    position_cost: Decimal = ZERO
    uncosted: Decimal = ZERO

    @property
    def realised(self) -> Decimal:
        """What the round trips gained together."""
        return sum((trip.gain for trip in self.trips), ZERO)


def ledgers(result: Result) -> dict[str, Ledger]:
    """Read the fills of a result, market by market, in the order in which they happened."""
    by_market: dict[str, list[Fill]] = {market: [] for market in result.markets}
    for fill in result.fills:
        by_market[fill.market].append(fill)
    return {
        market: _read(market, fills, _opening(result, market), result.begin_ms) for market, fills in by_market.items()
    }


def _opening(result: Result, market: str) -> tuple[Decimal, Decimal]:
    """The coins the test began with and what they are taken to have cost."""
    base = result.markets[market].base
    volume = result.starting.get(base, ZERO)
    price = result.first_prices.get(market)
    # A coin that is traded against two currencies is opened where the result's own currency tells its worth.
    if not volume or price is None or result.markets[market].quote != result.quote:
        return ZERO, ZERO
    return volume, volume * price


def _read(market: str, fills: list[Fill], opening: tuple[Decimal, Decimal], begin_ms: int) -> Ledger:
    ledger = Ledger(market=market, trips=[])
    lots = Average()
    if opening[0]:
        lots.buy(opening[0], opening[1], begin_ms)
    by_order: dict[str, Trip] = {}
    for fill in fills:
        funds, fee = fill.price * fill.volume, fill.fee or ZERO
        ledger.fills += 1
        ledger.fees += fee
        ledger.unknown_fees += fill.fee is None
        if fill.side is Side.BUY:
            ledger.bought_funds += funds
            lots.buy(fill.volume, funds + fee, fill.trade_timestamp_ms)
        else:
            ledger.sold_funds += funds
            ledger.uncosted += _sell(fill, funds - fee, lots, by_order)
    ledger.trips = list(by_order.values())
    ledger.position = sum((lot.volume for lot in lots.held()), ZERO)
    ledger.position_cost = sum((lot.cost for lot in lots.held()), ZERO)
    return ledger


def _sell(fill: Fill, proceeds: Decimal, lots: Average, by_order: dict[str, Trip]) -> Decimal:
    """Join a sale to the trip of its order; returns the coins that had no cost."""
    taken = lots.sell(fill.volume)
    if taken.volume:
        known = by_order.get(fill.venue_id)
        trip = known or Trip(market=fill.market, opened_ms=taken.since_ms, closed_ms=fill.trade_timestamp_ms)
        by_order[fill.venue_id] = trip
        trip.closed_ms = fill.trade_timestamp_ms
        trip.volume += taken.volume
        trip.cost += taken.cost
        trip.proceeds += share_of(proceeds, taken.volume, fill.volume)
    return taken.uncosted


def all_trips(found: Mapping[str, Ledger]) -> list[Trip]:
    """The round trips of every market, in the order in which they ended."""
    return sorted((trip for ledger in found.values() for trip in ledger.trips), key=lambda trip: trip.closed_ms)

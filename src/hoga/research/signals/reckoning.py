"""From the logs of the compiled loop to a result: orders, fills and money, every won of it exact."""

from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from functools import lru_cache

import msgspec
import numpy as np
from msgspec import Struct

from hoga.brain.strategy import Strategy
from hoga.model.commands import OrderId, OrderKind, PlaceOrder, Side, VenueOrderId
from hoga.model.errors import HogaError
from hoga.model.events import Fill
from hoga.model.market import Market
from hoga.model.money import ZERO, fee_of, plain
from hoga.model.orders import Order, OrderState
from hoga.research.calendar import DAY_MS
from hoga.research.data.blocks import CandleBlock, TradeBlock, exact
from hoga.research.engine.recording import KOREA_MS, ChartBars
from hoga.research.engine.source import Source
from hoga.research.result import Assumptions, EquityPoint, Result
from hoga.research.signals.late import Late
from hoga.simulator.direct.models import Models

MS_NS = 1_000_000
SCALE = 8
#: Points of the curve.
POINTS = 2_048
#: Blocks of a chart are taken in pieces, for its memory is bounded.
PIECE = 65_536


class Run(Struct):
    """What the loop wrote down. `is_spent` tells that entering was asked in money."""

    market: Market
    fills: "np.ndarray[tuple[int, int], np.dtype[np.int64]]"
    orders: "np.ndarray[tuple[int, int], np.dtype[np.int64]]"
    is_spent: bool


def figures(made: Run) -> tuple[list[tuple[object, ...]], list[tuple[object, ...]]]:
    """Orders and fills as plain rows, to be compared with those of the events."""
    orders: list[tuple[object, ...]] = [
        (at, _side(side), None if price < 0 else exact(price, SCALE), exact(volume, SCALE), exact(done, SCALE))
        for at, side, price, volume, done in made.orders.tolist()
    ]
    fills: list[tuple[object, ...]] = [
        (at // MS_NS, _side(side), exact(price, SCALE), exact(volume, SCALE), bool(maker))
        for at, side, price, volume, _, maker in made.fills.tolist()
    ]
    return orders, fills


def reckon(
    strategy: Strategy,
    source: Source,
    block: CandleBlock | TradeBlock,
    made: Run,
    balances: Mapping[str, Decimal],
    models: Models,
    wall_s: float,
) -> Result:
    """The result; raises where an order could not have been paid for."""
    market = made.market
    purse = _purse(made, balances.get(market.quote, ZERO), balances.get(market.base, ZERO))
    both: Callable[[], tuple[Sequence[Order], Sequence[Fill]]] = lru_cache(lambda: _booked(made))
    prices = block.price if isinstance(block, TradeBlock) else block.close
    first = exact(int(prices[0] if isinstance(block, TradeBlock) else block.opening[0]), SCALE)
    last = exact(int(prices[-1]), SCALE)
    points, days = _curve(source, block, purse)
    chart = ChartBars(source.begin_ms, source.end_ms)
    for place in range(0, len(block), PIECE):
        chart.add(_piece(block, place))
    cash, coins = purse.at(-1)
    texts = {name: plain(v) if isinstance(v, Decimal) else str(v) for name, v in _params(strategy).items()}
    starting = {currency: amount for currency, amount in balances.items() if amount}
    begin_coins = starting.get(market.base, ZERO)
    begin = EquityPoint(source.begin_ms, purse.at(0)[0] + begin_coins * first, begin_coins * first)
    end = EquityPoint(source.end_ms, cash + coins * last, coins * last)
    return Result(
        strategy=type(strategy).__name__,
        params=texts,
        markets={market.code: market},
        quote=market.quote,
        begin_ms=source.begin_ms,
        end_ms=source.end_ms,
        assumptions=Assumptions(
            data=source.name,
            fee_rates={market.code: (market.bid_fee, market.maker_bid_fee)},
            latency_ns=models.latency_ns,
            slippage_ticks=models.slippage_ticks,
            queue=models.queue.value,
            intrabar=models.intrabar.value,
            seed=models.seed,
        ),
        starting=starting,
        ending={market.quote: cash, market.base: coins},
        starting_equity=begin.equity,
        ending_equity=end.equity,
        first_prices={market.code: first},
        last_prices={market.code: last},
        equity=(begin, *points, end),
        days=days,
        bars={market.code: chart.bars},
        orders=Late(len(made.orders), lambda: both()[0]),
        fills=Late(len(made.fills), lambda: both()[1]),
        refused={},
        events=len(block),
        wall_s=wall_s,
    )


class Purse(Struct):
    """What is owned after each fill, in whole numbers: money in units of ten to the power of minus `scale`."""

    at_ms: list[int]
    cash: list[int]
    coins: list[int]
    scale: int

    def at(self, place: int) -> tuple[Decimal, Decimal]:
        """Money and coins after so many fills."""
        return exact(self.cash[place], self.scale), exact(self.coins[place], SCALE)


def _purse(made: Run, cash: Decimal, coins: Decimal) -> Purse:
    """Reckon exactly: price times volume has sixteen decimals, a fee those of its rate besides."""
    market = made.market
    rates = (market.bid_fee, market.maker_bid_fee, market.ask_fee, market.maker_ask_fee)
    places = max(0, *(-int(rate.as_tuple().exponent) for rate in rates))
    unit, scale = 10**places, 2 * SCALE + places
    fees = [int(rate.scaleb(places)) for rate in rates]
    money_now, coins_now = int(cash.scaleb(scale)), int(coins.scaleb(SCALE))
    purse = Purse([0], [money_now], [coins_now], scale)
    for at, side, price, volume, _, maker in made.fills.tolist():
        funds = price * volume
        if side > 0:
            money_now -= funds * (unit + fees[maker])
            coins_now += volume
        else:
            money_now += funds * (unit - fees[2 + maker])
            coins_now -= volume
        if money_now < 0 or coins_now < 0:
            raise HogaError(f"Fill {len(purse.cash)} could not have been paid for. Use `backtest`.")
        purse.at_ms.append(at // MS_NS)
        purse.cash.append(money_now)
        purse.coins.append(coins_now)
    return purse


def _booked(made: Run) -> tuple[Sequence[Order], Sequence[Fill]]:
    """Orders and fills as a backtest by events tells them."""
    market = made.market
    orders = [_order(market.code, number, row, made) for number, row in enumerate(made.orders.tolist(), 1)]
    fills: list[Fill] = []
    for number, (at, side, price_int, volume_int, of, maker) in enumerate(made.fills.tolist()):
        price, volume, order = exact(price_int, SCALE), exact(volume_int, SCALE), orders[of]
        funds = price * volume
        rates = (market.bid_fee, market.maker_bid_fee) if side > 0 else (market.ask_fee, market.maker_ask_fee)
        fee = fee_of(funds, rates[maker])
        fill = Fill(
            trade_id=f"signals-{number}",
            venue_id=VenueOrderId(order.order_id),
            order_id=order.order_id,
            market=market.code,
            side=_side(side),
            price=price,
            volume=volume,
            fee=fee,
            is_maker=bool(maker),
            trade_timestamp_ms=at // MS_NS,
            received_ns=at,
        )
        fills.append(fill)
        order.fills[fill.trade_id] = fill
        order.executed_volume += volume
        order.executed_funds += funds
        order.paid_fee += fee
    return orders, fills


def _order(code: str, number: int, row: Sequence[int], made: Run) -> Order:
    at, side, price, volume, done = row
    is_limit, spends = price >= 0, made.is_spent and side > 0
    intent = PlaceOrder(
        order_id=OrderId(f"bt-{number}"),
        market=code,
        side=_side(side),
        kind=OrderKind.LIMIT if is_limit else OrderKind.MARKET,
        price=exact(price, SCALE) if is_limit else None,
        volume=None if spends else exact(volume, SCALE),
        spend=exact(volume, SCALE) if spends else None,
    )
    state = OrderState.DONE if spends or done == volume else OrderState.CANCELLED
    return Order(intent=intent, created_ns=at, changed_ns=at, state=state, attempts=1, fills={})


def _curve(
    source: Source, block: CandleBlock | TradeBlock, purse: Purse
) -> tuple[list[EquityPoint], list[EquityPoint]]:
    step_ms = max((source.end_ms - source.begin_ms) // POINTS, 1)
    grid = list(range(source.begin_ms + step_ms, source.end_ms, step_ms))
    first_day = (source.begin_ms + KOREA_MS) // DAY_MS + 1
    ends = list(range(first_day * DAY_MS - KOREA_MS - 1, source.end_ms, DAY_MS))
    if not ends or ends[-1] != source.end_ms - 1:
        ends.append(source.end_ms - 1)
    times = block.at_ms if isinstance(block, TradeBlock) else block.start_ms + block.unit_s * 1000 - 1
    prices = block.price if isinstance(block, TradeBlock) else block.close
    at_ms = np.array(purse.at_ms)

    def point(moment: int) -> EquityPoint:
        price = exact(int(prices[max(int(np.searchsorted(times, moment, side="right")) - 1, 0)]), SCALE)
        cash, coins = purse.at(int(np.searchsorted(at_ms, moment, side="right")) - 1)
        return EquityPoint(moment, cash + coins * price, coins * price)

    return [point(moment) for moment in grid], [point(moment) for moment in ends]


def _piece(block: CandleBlock | TradeBlock, begin: int) -> CandleBlock | TradeBlock:
    names = [name for name in block.__struct_fields__ if isinstance(getattr(block, name), np.ndarray)]
    return msgspec.structs.replace(block, **{name: getattr(block, name)[begin : begin + PIECE] for name in names})


def _params(strategy: Strategy) -> dict[str, object]:
    return msgspec.structs.asdict(strategy.params)


def _side(side: int) -> Side:
    return Side.BUY if side > 0 else Side.SELL

"""What an order locks, and what it may still cost: the arithmetic behind funds, exposure and slippage."""

from collections.abc import Sequence
from decimal import Decimal

from hoga.model.commands import PlaceOrder, Side
from hoga.model.events import OrderReport
from hoga.model.market import Market
from hoga.model.money import ZERO, fee_of
from hoga.model.orders import TERMINAL, Order

#: More than the venue's largest order by far; beyond it exact arithmetic runs out of digits.
ABSURD = Decimal(10) ** 20


def is_amount(value: Decimal) -> bool:
    """Tell whether a price, volume or spend is a number that can be reckoned with: finite, above zero, not absurd."""
    return value.is_finite() and 0 < value < ABSURD


def reserve_of(intent: PlaceOrder, rules: Market) -> tuple[str, Decimal]:
    """What an order locks when it is new: the currency and the amount, fee included for a buy."""
    if intent.side is Side.SELL:
        return rules.base, intent.volume or ZERO
    funds = intent.spend if intent.spend is not None else (intent.price or ZERO) * (intent.volume or ZERO)
    return rules.quote, funds + fee_of(funds, bid_fee(rules))


def outstanding(order: Order, rules: Market) -> tuple[str, Decimal]:
    """What an order still locks by the fills we have booked; zero once it has ended and every fill is booked.

    An ended order whose fills are not all known yet keeps what those fills will move.
    """
    intent, filled = order.intent, order.filled_volume
    currency = rules.base if order.side is Side.SELL else rules.quote
    ended = order.state in TERMINAL
    if ended and order.executed_volume <= filled:
        return currency, ZERO
    if intent.spend is not None:
        left = max(intent.spend - order.filled_funds, ZERO)
        return currency, left + fee_of(left, bid_fee(rules))
    volume = max((order.executed_volume if ended else intent.volume or ZERO) - filled, ZERO)
    if order.side is Side.SELL:
        return currency, volume
    funds = (intent.price or ZERO) * volume
    return currency, funds + fee_of(funds, bid_fee(rules))


def lock_of(report: OrderReport, rules: Market | None) -> tuple[str, Decimal]:
    """What an open order locks by the venue's own word, or by what it must: the currency and the amount."""
    quote, _, base = report.market.partition("-")
    currency = quote if report.side is Side.BUY else base
    if report.locked is not None:
        return currency, report.locked
    volume = report.remaining_volume if report.remaining_volume is not None else report.volume or ZERO
    if report.side is Side.SELL:
        return currency, volume
    funds = (report.price or ZERO) * volume
    return currency, funds + (fee_of(funds, bid_fee(rules)) if rules else ZERO)


def bid_fee(rules: Market) -> Decimal:
    """The higher of the two fees a buy may cost, for a reserve must suffice."""
    return max(rules.bid_fee, rules.maker_bid_fee)


def still_to_buy(order: Order) -> Decimal:
    """What an open order may still spend, in the quote currency; zero for a sale."""
    if order.side is Side.SELL:
        return ZERO
    if order.remaining_spend is not None:
        return order.remaining_spend
    return (order.price or ZERO) * (order.remaining_volume or ZERO)


def average_price(levels: Sequence[tuple[Decimal, Decimal]], intent: PlaceOrder) -> Decimal | None:
    """What a market order would pay (or get) for a coin by the visible book; None if the book ends first."""
    wanted = intent.spend if intent.spend is not None else intent.volume or ZERO
    left, volume, funds = wanted, ZERO, ZERO
    for price, size in levels:
        taken = min(size, left / price if intent.spend is not None else left)
        volume += taken
        funds += taken * price
        left -= taken * price if intent.spend is not None else taken
        if left <= 0 or taken < size:
            return funds / volume
    return None

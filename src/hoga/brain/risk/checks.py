"""May this order leave? Checks of the one order, each a plain function that answers with the reason why not.

The checks see the worst case: what is open, what is on its way and what is unknown counts as if it will fill.
A missing or stale figure is a 'no'.
"""

from decimal import Decimal

from msgspec import Struct

from hoga.brain.notes import figures
from hoga.brain.orders.reserves import ABSURD, average_price, is_amount
from hoga.brain.risk.case import Case
from hoga.brain.world import SECOND_NS
from hoga.model.commands import OrderKind
from hoga.model.events import RejectReason
from hoga.model.money import VOLUME_STEP, plain
from hoga.model.orders import is_buy_in_money

ACTIVE = {"active", "ACTIVE"}

#: A book further than this from a trade of the last minute is a glitch and no market: a crash moves both (table W28).
IMPLAUSIBLE = Decimal("0.5")
TRADE_COUNTS_S = 60

#: Which of the three amounts an order of each kind has.
AMOUNTS = "price", "volume", "spend"
LIMIT_ORDER, IN_COINS, IN_MONEY = (True, True, False), (False, True, False), (False, False, True)


class Refusal(Struct, frozen=True):
    """Why an order may not leave."""

    reason: RejectReason
    detail: str


def check_state(case: Case) -> str | None:
    """Trading is on: not halting, not paused, the gate is open, and the market need not rest."""
    world = case.world
    if world.halting:
        return f"trading is being stopped: {world.halting}"
    if world.paused:
        return f"trading is paused: {world.paused}"
    return world.gate.reason or world.why_resting(case.intent.market)


def check_market(case: Case) -> str | None:
    """The market is one whose rules we know."""
    if case.world.rules(case.intent.market) is None:
        return f"{case.intent.market} is not watched or its rules are not known; watched: {', '.join(case.world.views)}"
    return None


def check_numbers(case: Case) -> str | None:
    """Price, volume and money are finite and above zero; what the kind needs is there and nothing else."""
    intent = case.intent
    wanted = LIMIT_ORDER if intent.kind is OrderKind.LIMIT else IN_MONEY if is_buy_in_money(intent) else IN_COINS
    values = intent.price, intent.volume, intent.spend
    for name, value, is_wanted in zip(AMOUNTS, values, wanted, strict=True):
        if (value is not None) is not is_wanted:
            names = [name for name, is_wanted in zip(AMOUNTS, wanted, strict=True) if is_wanted]
            return f"a {intent.kind} {intent.side} is given as {' and '.join(names)}"
        if value is not None and not is_amount(value):
            return f"{name} {value} is not a finite number above zero (and below {ABSURD:.0e})"
    return None


def check_market_state(case: Case) -> str | None:
    """The market is open; one under a warning may only be sold."""
    if case.rules.state not in ACTIVE:
        return f"{case.rules.code} is {case.rules.state}"
    if case.is_buy and case.limits.warning_reduce_only and case.rules.warning:
        return f"{case.rules.code} is under an investment warning: only sales"
    return None


def check_precision(case: Case) -> str | None:
    """The price is on the market's tick and the volume has eight decimals."""
    price, volume = case.intent.price, case.intent.volume
    if price is not None and not case.rules.is_on_tick(price):
        return f"{figures(price=price)} is not on the tick {plain(case.rules.tick_at(price))}"
    if volume is not None and volume % VOLUME_STEP:
        return f"{figures(volume=volume)} has more than eight decimals"
    return None


def check_feed(case: Case) -> str | None:
    """Something fresh is known of the market's price, and a book that has come is not old."""
    if case.reference is not None and (case.view.book is None or case.has_fresh_book):
        return None
    age_s, limits = case.view.age_s(case.world.now_ns), case.limits
    heard = "never heard" if age_s is None else f"{age_s:.1f} s old"
    allowed = plain(limits.stale_feed_s)
    if limits.stale_book_s is not None:
        allowed = f"{plain(limits.stale_book_s)} s for the book, {allowed}"
    return f"prices of {case.intent.market} are {heard}; allowed {allowed} s"


def check_plausible(case: Case) -> str | None:
    """Book and trades tell of the same world."""
    reference, traded = case.reference, case.view.price
    if reference is None or traded is None or case.world.now_ns - case.view.price_ns > TRADE_COUNTS_S * SECOND_NS:
        return None
    if abs(reference / traded - 1) <= IMPLAUSIBLE:
        return None
    return figures(reference=reference, last_trade=traded) + ": one of them cannot be true"


def check_collar(case: Case) -> str | None:
    """A limit price is near the market."""
    price, reference, collar = case.intent.price, case.reference, case.limits.price_collar
    if price is None or reference is None:
        return None
    # Only the dangerous side: a buy far below or a sale far above the market just waits.
    too_high = case.is_buy and price > reference * (1 + collar)
    too_low = not case.is_buy and price < reference * (1 - collar)
    if too_high or too_low:
        return f"{figures(price=price, reference=reference)}: further than {plain(collar * 100)} % on the losing side"
    return None


def check_size(case: Case) -> str | None:
    """The order is worth at least the venue's minimum and at most our maximum and the venue's."""
    value, rules = case.value, case.rules
    if value < rules.min_total:
        return figures(value=value, minimum=rules.min_total)
    most = min(case.limits.max_order_value, rules.max_total) if rules.quote == "KRW" else rules.max_total
    if value > most:
        return figures(value=value, maximum=most)
    return None


def check_slippage(case: Case) -> str | None:
    """An order that takes what the book shows does not walk far into it."""
    most, reference = case.limits.max_slippage, case.reference
    if case.intent.kind is OrderKind.LIMIT or most is None or reference is None:
        return None
    book = case.view.whole_book if case.has_fresh_book else None
    if book is None:
        return "no fresh book to tell what a market order would pay"
    average = average_price(book.asks if case.is_buy else book.bids, case.intent)
    if average is None:
        return "the visible book is too thin for this order"
    slippage = abs(average / reference - 1)
    if slippage > most:
        return figures(expected_price=average, reference=reference) + f": slippage above {plain(most * 100)} %"
    return None


def check_open_orders(case: Case) -> str | None:
    """Not too many orders wait in this market."""
    waiting = case.open.waiting_here
    if waiting >= case.limits.max_open_orders:
        return figures(open_orders=waiting, allowed=case.limits.max_open_orders)
    return None


def check_unknown(case: Case) -> str | None:
    """No order of this market and side has an unknown fate, and few have anywhere."""
    unknown = case.open.unknown
    if any(order.market == case.intent.market and order.side is case.intent.side for order in unknown):
        return f"an earlier {case.intent.side} order in {case.intent.market} has an unknown fate"
    if len(unknown) >= case.limits.max_unknown:
        return figures(orders_of_unknown_fate=len(unknown), allowed=case.limits.max_unknown - 1)
    return None


def check_exposure(case: Case) -> str | None:
    """Buying stays within the largest position and the budget, open buys counted as filled."""
    limits = case.limits
    if not case.is_buy or case.rules.quote != "KRW":
        return None
    most = limits.max_position_value
    if most is not None and (after := case.position_after) > most:
        return figures(position_value=after, allowed=most)
    if limits.budget is not None and (after := case.exposure_after) > limits.budget:
        return figures(value_of_all_positions=after, budget=limits.budget)
    return None


def check_duplicate(case: Case) -> str | None:
    """The same order was not asked for a moment ago."""
    now_ns = case.world.now_ns
    last_ns = case.recent.last_ns(case.intent)
    if last_ns is None or now_ns - last_ns >= int(case.limits.duplicate_within_s * SECOND_NS):
        return None
    return f"the same order was sent {(now_ns - last_ns) / SECOND_NS:.3f} s ago"


def check_rate(case: Case) -> str | None:
    """Not more orders in a second than the strategy may send."""
    allowed = case.limits.orders_per_s
    sent = case.recent.sent_since(case.world.now_ns - SECOND_NS, allowed)
    return figures(orders_in_a_second=sent, allowed=allowed) if sent >= allowed else None


def check_funds(case: Case) -> str | None:
    """What the order needs, fee included, is free."""
    currency, needed = case.needs
    free = case.world.portfolio.free(currency)
    return None if needed <= free else f"{figures(needed=needed, free=free)} {currency}"

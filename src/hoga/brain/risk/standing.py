"""Checks that look past the one order: at everything open, at what went before, and at the money of the day.

Like those in `brain.risk.checks`, each answers with the reason why not. What is open, on its way or of unknown fate
counts as if it will fill whole.
"""

from decimal import Decimal

from hoga.brain.notes import figures
from hoga.brain.risk.case import Case
from hoga.brain.risk.memory import DAY_NS, most_coins
from hoga.brain.risk.state import MINUTE_NS
from hoga.brain.world import SECOND_NS
from hoga.model.commands import OrderKind, SelfMatch
from hoga.model.money import ZERO, plain

#: Depth counts this far from the best price.
NEAR = Decimal("0.01")


def check_kill(case: Case) -> str | None:
    """The kill switch has not been pulled."""
    return f"the kill switch was pulled: {case.world.killed}" if case.world.killed else None


def check_pauses(case: Case) -> str | None:
    """Neither the market nor the strategy has been paused for what happened a moment ago."""
    return case.world.risk.why_paused(case.intent.market)


def check_caution(case: Case) -> str | None:
    """A market the venue warns of is only sold."""
    cautions = case.rules.cautions
    if case.is_buy and cautions and case.limits.caution_reduce_only:
        return f"{case.rules.code} is under caution ({', '.join(cautions)}): only sales"
    return None


def check_kind(case: Case) -> str | None:
    """Orders without a price are wanted at all."""
    if case.intent.kind is OrderKind.LIMIT or case.limits.market_orders:
        return None
    return f"{case.intent.kind} orders are off (market_orders = false)"


def check_trade_collar(case: Case) -> str | None:
    """A limit price is near the last trade, too."""
    price, view, collar = case.intent.price, case.view, case.limits.trade_collar
    last, age_ns = view.price, case.world.now_ns - view.price_ns
    if price is None or last is None or age_ns > case.world.risk.trade_ns:
        return None
    if price > last * (1 + collar) if case.is_buy else price < last * (1 - collar):
        return f"{figures(price=price, last_trade=last)}: further than {plain(collar * 100)} % on the losing side"
    return None


def check_order_share(case: Case) -> str | None:
    """The order is a small part of all that is owned, and smaller still at the start of a run."""
    limits, share = case.limits, case.world.risk.size_share
    if case.rules.quote != "KRW":
        return None
    if share < 1 and case.value > (most := max(limits.max_order_value * share, case.rules.min_total)):
        return figures(value=case.value, maximum_at_the_start=most)
    if limits.max_order_share is None:
        return None
    most = limits.max_order_share * case.equity
    return figures(value=case.value, maximum_of_equity=most) if case.value > most else None


def check_depth(case: Case) -> str | None:
    """An order is a small part of what stands near the best price: where it takes, or beside which it will wait."""
    share, intent, best = case.limits.max_depth_share, case.intent, case.view.best
    if share is None or best is None or not case.has_fresh_book:
        return None
    first, size = (best.ask_price, best.ask_size) if case.is_buy else (best.bid_price, best.bid_size)
    takes = intent.price is None or (intent.price >= first if case.is_buy else intent.price <= first)
    if not takes:
        first, size = (best.bid_price, best.bid_size) if case.is_buy else (best.ask_price, best.ask_size)
    if case.value <= share * first * size:
        return None  # the first level is enough already
    if (book := case.view.whole_book) is None:
        return "the book cannot be read"
    near = first * NEAR
    levels = book.asks if case.is_buy is takes else book.bids
    depth = sum((price * size for price, size in levels if abs(price - first) <= near), ZERO)
    if case.value <= share * depth:
        return None
    side = "to take from" if takes else "to wait beside"
    return f"{figures(value=case.value, of_visible_depth=depth)} {side}: more than {plain(share * 100)} %"


def check_open_everywhere(case: Case) -> str | None:
    """Not too many orders wait, and not too much money with them, in all markets together."""
    limits, waiting = case.limits, len(case.open_orders)
    if waiting >= limits.max_open_orders_all:
        return figures(open_orders_everywhere=waiting, allowed=limits.max_open_orders_all)
    if limits.max_open_share is None or case.rules.quote != "KRW":
        return None
    value, most = case.open.value + case.value, limits.max_open_share * case.equity
    return figures(value_of_open_orders=value, allowed=most) if value > most else None


def check_unknown_age(case: Case) -> str | None:
    """No order has been of unknown fate for long."""
    now_ns, limits = case.world.now_ns, case.limits
    for order in case.open.unknown:
        if now_ns - order.changed_ns > limits.unknown_for_s * SECOND_NS:
            age_s = (now_ns - order.changed_ns) // SECOND_NS
            return f"{order.order_id} has had an unknown fate for {age_s} s; allowed {plain(limits.unknown_for_s)} s"
    return None


def check_shares(case: Case) -> str | None:
    """Buying leaves each position, and all of them together, a part of all that is owned."""
    limits = case.limits
    if not case.is_buy or case.rules.quote != "KRW":
        return None
    share = limits.max_position_share
    if share is not None and (after := case.position_after) > (most := share * case.equity):
        return figures(position_value=after, allowed_of_equity=most)
    share = limits.max_exposure_share
    if share is not None and (after := case.exposure_after) > (most := share * case.equity):
        return figures(value_of_all_positions=after, allowed_of_equity=most)
    return None


def check_self_trade(case: Case) -> str | None:
    """It would not trade with an order of our own, unless the strategy told the venue what to do then."""
    intent = case.intent
    if intent.self_match not in {None, SelfMatch.NONE}:
        return None
    for order in case.open_orders:
        if order.market != intent.market or order.side is intent.side or order.price is None:
            continue
        price = intent.price if intent.kind is OrderKind.LIMIT else _worst_price(case)
        if price is None or (price >= order.price if case.is_buy else price <= order.price):
            return f"it would trade with our own {order.side} {order.order_id} at {plain(order.price)}"
    return None


def check_haste(case: Case) -> str | None:
    """Not more orders in a minute and in a day than the strategy may send."""
    limits, sent, now_ns = case.limits, case.world.risk.sent, case.world.now_ns
    for allowed, window_ns, name in (
        (limits.orders_per_min, MINUTE_NS, "orders_in_a_minute"),
        (limits.orders_per_day, DAY_NS, "orders_in_a_day"),
    ):
        if allowed is not None and sent.reaches(allowed, now_ns - window_ns):
            return figures(**{name: sent.count(now_ns - window_ns)}, allowed=allowed)
    return None


def check_parent(case: Case) -> str | None:
    """The parts of a plan come to no more than the plan, and are not too many."""
    intent = case.intent
    if not intent.parent:
        return None
    parent = case.world.risk.parents.get(intent.parent)
    if parent is None:
        return f"there is no plan {intent.parent}: begin it with `plan`"
    if parent.halted:
        return f"the plan {intent.parent} is halted: {parent.halted}"
    volume = most_coins(intent, case.reference, case.limits.price_collar)
    if (parent.market, parent.side) != (intent.market, intent.side) or volume is None:
        return f"the plan {intent.parent} is to {parent.side} coins of {parent.market}, and this order is not"
    if len(parent.children) >= case.limits.max_children:
        return figures(parts_of_the_plan=len(parent.children), allowed=case.limits.max_children)
    after = parent.sent + volume
    return figures(volume_of_all_parts=after, plan=parent.volume) if after > parent.volume else None


def check_day(case: Case) -> str | None:
    """The day has not lost, traded or paid too much for another buy."""
    money = case.world.risk.money
    if not case.is_buy:
        return None
    return f"no buys today: {'; '.join(money.no_buys.values())}" if money.no_buys else money.why_blind


def check_cash(case: Case) -> str | None:
    """Some cash is always kept."""
    kept = case.limits.cash_kept
    if not case.is_buy or not kept or case.rules.quote != "KRW":
        return None
    currency, needed = case.needs
    left, least = case.world.portfolio.free(currency) - needed, kept * case.equity
    return figures(cash_left=left, kept=least) if left < least else None


def _worst_price(case: Case) -> Decimal | None:
    """How far an order without a price may go; None where nothing bounds it."""
    if case.reference is None or case.limits.max_slippage is None:
        return None
    change = case.limits.max_slippage * 2  # the average may be off by so much, the last coin by about twice
    return case.reference * (1 + change if case.is_buy else 1 - change)

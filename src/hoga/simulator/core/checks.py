"""What the venue looks at before it takes an order, in the order it looks."""

from collections.abc import Mapping
from decimal import Decimal
from typing import cast, get_args

from msgspec import Struct

from hoga.model import money
from hoga.model.commands import SelfMatch
from hoga.model.market import Market
from hoga.model.money import ZERO
from hoga.simulator.core import refusals
from hoga.simulator.core.orders import Force, NewOrder, OrdType, Side

#: Upbit docs, new-order, 2026.
MAX_IDENTIFIER = 64

#: More than any coin's supply or any total; a larger number is a mistake or an attack.
MAX_AMOUNT = Decimal(10**18)

#: (order type, side) -> the amounts it needs; others must be absent (Upbit docs, new-order, 2026).
_NEEDS: Mapping[tuple[str, str], frozenset[str]] = {
    ("limit", "bid"): frozenset({"price", "volume"}),
    ("limit", "ask"): frozenset({"price", "volume"}),
    ("price", "bid"): frozenset({"price"}),
    ("market", "ask"): frozenset({"volume"}),
    ("best", "bid"): frozenset({"price"}),
    ("best", "ask"): frozenset({"volume"}),
}

#: Order type -> the times in force it may have; None is "leave it out".
_FORCES: Mapping[str, frozenset[str | None]] = {
    "limit": frozenset({None, "ioc", "fok", "post_only"}),
    "price": frozenset({None}),
    "market": frozenset({None}),
    "best": frozenset({"ioc", "fok"}),
}


class Checked(Struct, frozen=True, kw_only=True):
    """An order whose words are known and fit together; the market has not been asked yet."""

    market: str
    side: Side
    ord_type: OrdType
    price: Decimal | None
    volume: Decimal | None
    identifier: str | None
    time_in_force: Force | None
    self_match: SelfMatch


def check_words(wish: NewOrder, default_self_match: SelfMatch) -> Checked:
    """Read a wish, or refuse it for words that are missing, unknown or do not go together."""
    _check_fields(wish)
    side, kind = cast("Side", wish.side), cast("OrdType", wish.ord_type)
    needs = _NEEDS.get((kind, side))
    if needs is None:
        raise refusals.invalid_parameter()
    amounts = {"price": wish.price, "volume": wish.volume}
    missing = [f"{name} is missing" for name, amount in amounts.items() if name in needs and amount is None]
    if missing:
        raise refusals.invalid_field(*missing)
    if any(amount is not None for name, amount in amounts.items() if name not in needs):
        raise refusals.create_error(side)
    if wish.time_in_force not in _FORCES[kind]:
        raise refusals.invalid_post_only() if wish.time_in_force == "post_only" else refusals.invalid_time_in_force()
    return Checked(
        market=wish.market or "",
        side=side,
        ord_type=kind,
        price=wish.price if kind == "limit" or wish.price is None else money.floor_volume(wish.price),
        volume=None if wish.volume is None else _cut(wish.volume),
        identifier=wish.identifier,
        time_in_force=cast("Force | None", wish.time_in_force),
        self_match=_self_match(wish, default_self_match),
    )


def check_market(order: Checked, market: Market, reference: Decimal | None) -> None:
    """Refuse what the market's rules forbid: tick, minimum and maximum total.

    `reference` is the price a coin order without a price would get (best bid, or the last trade), None where unknown.
    """
    side, price = order.side, order.price
    if order.ord_type == "limit" and price is not None and not market.is_on_tick(price):
        raise refusals.invalid_price(side)
    total = _total(order, reference)
    if total is not None and total < market.min_total:
        raise refusals.under_min_total(side, market.min_total, market.quote)
    if total is not None and total > market.max_total:
        raise refusals.over_max_total(side, market.max_total, market.quote)


def _check_fields(wish: NewOrder) -> None:
    faults = [] if wish.market else ["market is missing"]
    for name, word, known in (
        ("side", wish.side, get_args(Side)),
        ("ord_type", wish.ord_type, get_args(OrdType)),
    ):
        faults += [f"{name} is missing"] if word is None else []
        faults += [f"{name} does not have a valid value"] if word not in known else []
    for name, word, known in (
        ("time_in_force", wish.time_in_force, get_args(Force)),
        ("smp_type", wish.smp_type, tuple(SelfMatch)),
    ):
        faults += [f"{name} does not have a valid value"] if word is not None and word not in known else []
    for name, amount in (("price", wish.price), ("volume", wish.volume)):
        faults += [f"{name} does not have a valid value"] if amount is not None and not _is_amount(amount) else []
    if wish.identifier is not None and not is_identifier(wish.identifier):
        faults.append("identifier does not have a valid value")
    if faults:
        raise refusals.invalid_field(*faults)


def is_identifier(text: str) -> bool:
    """Tell whether the venue would keep this identifier: one to 64 characters."""
    return 0 < len(text) <= MAX_IDENTIFIER


def _is_amount(amount: Decimal) -> bool:
    return amount.is_finite() and 0 < amount <= MAX_AMOUNT


def _cut(volume: Decimal) -> Decimal:
    cut = money.floor_volume(volume)
    if not cut:
        raise refusals.invalid_field("volume does not have a valid value")
    return cut


def _self_match(wish: NewOrder, default: SelfMatch) -> SelfMatch:
    """What holds for the order; post_only and prevention exclude each other (Upbit changelog, add-smp-type-default)."""
    if wish.time_in_force == "post_only":
        if wish.smp_type not in {None, SelfMatch.NONE}:
            raise refusals.invalid_post_only()
        return SelfMatch.NONE
    return default if wish.smp_type is None else SelfMatch(wish.smp_type)


def _total(order: Checked, reference: Decimal | None) -> Decimal | None:
    if order.volume is None:
        return order.price
    price = order.price if order.ord_type == "limit" else reference
    return None if price is None else price * (order.volume or ZERO)

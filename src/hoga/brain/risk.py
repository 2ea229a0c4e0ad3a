"""How much a bot may do: every limit with its default, set in `[risk]` of the configuration."""

from collections.abc import Mapping
from decimal import Decimal
from typing import ClassVar

from hoga.brain.params import POSITIVE, SHARE, Bounds, Params


class RiskLimits(Params):
    """Limits checked before every order. Amounts are in the quote currency, shares are 0.03 for 3 %.

    `None` switches off `max_position_value`, `budget` and `max_slippage`. `max_order_value` and the like hold for KRW
    markets; markets quoted in other currencies need limits of their own run.
    """

    max_order_value: Decimal = Decimal(1_000_000)
    price_collar: Decimal = Decimal("0.03")
    stale_feed_s: Decimal = Decimal(5)
    max_open_orders: int = 20
    max_position_value: Decimal | None = None
    budget: Decimal | None = None
    max_slippage: Decimal | None = Decimal("0.005")
    duplicate_within_s: Decimal = Decimal(1)
    orders_per_s: int = 12
    max_unknown: int = 3
    warning_reduce_only: bool = True

    bounds: ClassVar[Mapping[str, Bounds]] = {
        "max_order_value": POSITIVE,
        "price_collar": SHARE,
        "stale_feed_s": (Decimal("0.1"), 3600),
        "max_open_orders": (1, 200),
        "max_position_value": POSITIVE,
        "budget": POSITIVE,
        "max_slippage": SHARE,
        "duplicate_within_s": (0, 3600),
        "orders_per_s": (1, 1000),
        "max_unknown": (1, 100),
    }

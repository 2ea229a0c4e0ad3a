"""How much a bot may do: every limit with its default, set in `[risk]` of the configuration.

The defaults are for our own exchange, where no money can be lost. `REAL_MONEY` are the figures to begin with at Upbit;
there every limit must be written into `[risk]` by the trader (`unset_for_real_money`), so that none is there by chance.
"""

from collections.abc import Mapping
from decimal import Decimal
from typing import ClassVar

from msgspec.structs import replace

from hoga.brain.params import POSITIVE, SHARE, Bounds, Params

TIMES: Bounds = (1, 1_000_000)
SECONDS: Bounds = (0, 86_400)


class RiskLimits(Params):
    """Limits checked before every order. Amounts are in the quote currency, shares are 0.03 for 3 %.

    `None` switches a limit off. Amounts of money hold for KRW markets; markets quoted in other currencies need
    limits of their own run. What each limit does is told in `docs/risk.md`.
    """

    # One order.
    max_order_value: Decimal = Decimal(1_000_000)
    max_order_share: Decimal | None = None
    max_depth_share: Decimal | None = Decimal("0.1")
    price_collar: Decimal = Decimal("0.03")
    trade_collar: Decimal = Decimal("0.05")
    market_orders: bool = True
    max_slippage: Decimal | None = Decimal("0.005")
    stale_feed_s: Decimal = Decimal(5)
    stale_book_s: Decimal | None = None
    warning_reduce_only: bool = True
    caution_reduce_only: bool = True
    cash_kept: Decimal = Decimal(0)
    # All orders and positions together.
    max_open_orders: int = 20
    max_open_orders_all: int = 100
    max_open_share: Decimal | None = None
    max_position_value: Decimal | None = None
    max_position_share: Decimal | None = Decimal(1)
    max_exposure_share: Decimal | None = Decimal(1)
    budget: Decimal | None = None
    max_unknown: int = 3
    unknown_for_s: Decimal = Decimal(120)
    # Haste and repetition.
    duplicate_within_s: Decimal = Decimal(1)
    orders_per_s: int = 12
    orders_per_min: int | None = None
    orders_per_day: int | None = None
    sends_per_s: int = 24
    max_children: int = 50
    max_executions: int | None = 100
    max_cancels_per_fill: int | None = None
    rejects_pause: int = 20
    rejects_halt: int = 100
    pause_s: Decimal = Decimal(300)
    # The day.
    max_turnover: Decimal | None = Decimal(1000)
    max_fees: Decimal | None = Decimal("0.3")
    daily_loss: Decimal | None = Decimal("0.3")
    daily_loss_kill: Decimal | None = Decimal("0.5")
    max_drawdown: Decimal | None = Decimal("0.5")
    # The market and our books.
    swing_10s: Decimal | None = Decimal("0.2")
    swing_60s: Decimal | None = Decimal("0.3")
    drift_quarantine: bool = True
    drift_halt: Decimal | None = Decimal("0.1")
    # The first orders of a run.
    ramp_orders: int = 0
    ramp_s: int = 0
    ramp_share: Decimal = Decimal("0.1")

    bounds: ClassVar[Mapping[str, Bounds]] = {
        "max_order_value": POSITIVE,
        "max_order_share": SHARE,
        "max_depth_share": SHARE,
        "price_collar": SHARE,
        "trade_collar": SHARE,
        "max_slippage": SHARE,
        "stale_feed_s": (Decimal("0.1"), 3600),
        "stale_book_s": (Decimal("0.1"), 3600),
        "cash_kept": SHARE,
        "max_open_orders": (1, 200),
        "max_open_orders_all": (1, 1000),
        "max_open_share": SHARE,
        "max_position_value": POSITIVE,
        "max_position_share": SHARE,
        "max_exposure_share": SHARE,
        "budget": POSITIVE,
        "max_unknown": (1, 100),
        "unknown_for_s": SECONDS,
        "duplicate_within_s": (0, 3600),
        "orders_per_s": (1, 1000),
        "orders_per_min": TIMES,
        "orders_per_day": TIMES,
        "sends_per_s": (1, 1000),
        "max_children": TIMES,
        "max_executions": TIMES,
        "max_cancels_per_fill": TIMES,
        "rejects_pause": TIMES,
        "rejects_halt": TIMES,
        "pause_s": SECONDS,
        "max_turnover": POSITIVE,
        "max_fees": SHARE,
        "daily_loss": SHARE,
        "daily_loss_kill": SHARE,
        "max_drawdown": SHARE,
        "swing_10s": SHARE,
        "swing_60s": SHARE,
        "drift_halt": SHARE,
        "ramp_orders": (0, 1000),
        "ramp_s": SECONDS,
        "ramp_share": SHARE,
    }


#: Where to begin with real money. The budget stands in `[trade]`, and a position is bounded by its share of equity.
REAL_MONEY: Mapping[str, str | int | bool] = {
    "max_order_value": 100_000,
    "max_order_share": "0.01",
    "max_depth_share": "0.1",
    "price_collar": "0.03",
    "trade_collar": "0.05",
    "market_orders": False,
    "max_slippage": "0.005",
    "stale_feed_s": 5,
    "stale_book_s": 3,
    "warning_reduce_only": True,
    "caution_reduce_only": True,
    "cash_kept": "0.01",
    "max_open_orders": 20,
    "max_open_orders_all": 100,
    "max_open_share": "0.2",
    "max_position_share": "0.1",
    "max_exposure_share": "0.5",
    "max_unknown": 3,
    "unknown_for_s": 120,
    "duplicate_within_s": 1,
    "orders_per_s": 2,
    "orders_per_min": 60,
    "orders_per_day": 2_000,
    "sends_per_s": 10,
    "max_children": 50,
    "max_executions": 10,
    "max_cancels_per_fill": 50,
    "rejects_pause": 5,
    "rejects_halt": 20,
    "pause_s": 300,
    "max_turnover": 5,
    "max_fees": "0.005",
    "daily_loss": "0.02",
    "daily_loss_kill": "0.03",
    "max_drawdown": "0.1",
    "swing_10s": "0.05",
    "swing_60s": "0.1",
    "drift_quarantine": True,
    "drift_halt": "0.01",
    "ramp_orders": 10,
    "ramp_s": 86_400,
    "ramp_share": "0.1",
}


#: What a backtest does without: limits that would end it early, or forbid what it is to find out.
NOT_FOR_HISTORY = (
    "max_position_share",
    "max_exposure_share",
    "max_turnover",
    "max_fees",
    "daily_loss",
    "daily_loss_kill",
    "max_drawdown",
    "swing_10s",
    "swing_60s",
)


def for_history() -> RiskLimits:
    """The limits a backtest begins with: those of our own exchange without the ones that judge how it goes."""
    return replace(RiskLimits(), **dict.fromkeys(NOT_FOR_HISTORY))


def unset_for_real_money(written: Mapping[str, object]) -> list[str]:
    """The limits that real money needs and `[risk]` does not name, each as a line to put there."""
    return [f"{name} = {_toml(value)}" for name, value in REAL_MONEY.items() if name not in written]


def _toml(value: str | int | bool) -> str:  # noqa: FBT001 - a value of a table, not a switch
    return str(value).lower() if isinstance(value, bool) else str(value)

"""The controls before every order, as one table: number, check, limits in `[risk]`, and what follows when it is hit.

The numbers are those of `docs/risk.md`. A check that says no always refuses the order; `then` names what else
happens, here or where the figure is watched (`brain.risk.state`, `brain.risk.money`, `brain.risk.killing`).
"""

from collections.abc import Callable
from enum import StrEnum

from msgspec import Struct

from hoga.brain.risk import checks as one, standing
from hoga.brain.risk.case import Case
from hoga.brain.risk.checks import Refusal
from hoga.model.events import RejectReason


class Then(StrEnum):
    """What follows besides the refusal."""

    REFUSE = "refuse"
    PAUSE_MARKET = "pause market"
    PAUSE_STRATEGY = "pause strategy"
    REDUCE_ONLY = "reduce-only"
    HALT = "halt"
    KILL = "kill"


class Control(Struct, frozen=True):
    """One row. `check` answers with the reason why not, or None."""

    number: str
    reason: RejectReason
    check: Callable[[Case], str | None]
    settings: tuple[str, ...] = ()
    then: Then = Then.REFUSE

    @property
    def name(self) -> str:
        """What it is called in a refusal."""
        return self.check.__name__.removeprefix("check_").replace("_", " ")


_RISK = RejectReason.RISK
_OFFLINE = RejectReason.MARKET_OFFLINE

#: In the order they are asked: what makes the later ones meaningful stands first, what costs most last.
CONTROLS: tuple[Control, ...] = (
    Control("K30", _RISK, standing.check_kill, (), Then.KILL),
    Control("K7", _RISK, one.check_state),
    Control("K2", RejectReason.UNKNOWN_MARKET, one.check_market),
    Control("K27", _RISK, one.check_numbers),
    Control("K23", _OFFLINE, one.check_market_state, ("warning_reduce_only",), Then.REDUCE_ONLY),
    Control("K23", _OFFLINE, standing.check_caution, ("caution_reduce_only",), Then.REDUCE_ONLY),
    Control("K22", _RISK, standing.check_pauses, ("swing_10s", "swing_60s", "pause_s"), Then.PAUSE_MARKET),
    Control("K6", _RISK, standing.check_kind, ("market_orders",)),
    Control("K27", RejectReason.PRICE_TICK, one.check_precision),
    Control("K7", _RISK, one.check_feed, ("stale_feed_s", "stale_book_s")),
    Control("K5", _RISK, one.check_collar, ("price_collar",)),
    Control("K5", _RISK, standing.check_trade_collar, ("trade_collar",)),
    Control("K3", _RISK, one.check_size, ("max_order_value",)),
    Control("K34", _RISK, standing.check_order_share, ("max_order_share", "ramp_orders", "ramp_s", "ramp_share")),
    Control("K6", _RISK, one.check_slippage, ("max_slippage",)),
    Control("K4", _RISK, standing.check_depth, ("max_depth_share",)),
    Control("K10", _RISK, one.check_open_orders, ("max_open_orders",)),
    Control("K11", _RISK, standing.check_open_everywhere, ("max_open_orders_all", "max_open_share")),
    Control("K24", _RISK, one.check_unknown, ("max_unknown",)),
    Control("K24", _RISK, standing.check_unknown_age, ("unknown_for_s",)),
    Control("K28", RejectReason.FUNDS, one.check_funds),
    Control("K8", _RISK, one.check_exposure, ("max_position_value", "budget")),
    Control("K9", _RISK, standing.check_shares, ("max_position_share", "max_exposure_share")),
    Control("K26", _RISK, standing.check_self_trade),
    Control("K15", _RISK, standing.check_parent, ("max_children",), Then.HALT),
    Control("K14", _RISK, one.check_duplicate, ("duplicate_within_s",)),
    Control("K12", _RISK, one.check_rate, ("orders_per_s",), Then.PAUSE_STRATEGY),
    Control("K12", _RISK, standing.check_haste, ("orders_per_min", "orders_per_day"), Then.PAUSE_STRATEGY),
    Control("K18", _RISK, standing.check_day, ("daily_loss", "max_turnover", "max_fees"), Then.REDUCE_ONLY),
    Control("K28", RejectReason.FUNDS, standing.check_cash, ("cash_kept",)),
)


def refusal(case: Case) -> Refusal | None:
    """The first control that says no, or None when the order may leave."""
    for control in CONTROLS:
        if detail := control.check(case):
            why = f"{control.name}: {detail}"
            case.world.risk.refused(control.number, case.intent, why)
            return Refusal(control.reason, why)
    return None

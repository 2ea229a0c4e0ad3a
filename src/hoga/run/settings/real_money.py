"""The threshold to real money: every limit written down, the budget typed again, a key that cannot do too much."""

import resource
import sys
from decimal import Decimal

from hoga.brain.risk.limits import unset_for_real_money
from hoga.model.errors import ConfigError
from hoga.run.settings.config import Settings
from hoga.run.wiring import connect, won


def confirm_real_money(settings: Settings, typed: Decimal | None) -> None:
    """Let the trader type the budget once more; `ConfigError` when it is not the configured one."""
    budget = settings.trade.budget_krw
    assert budget is not None, "a live configuration without a budget was let through"
    connect(settings)  # keys that do not fit are told first
    if typed is None and sys.stdin.isatty():
        sys.stderr.write(f"REAL MONEY on Upbit: up to {won(budget)}. Type the budget in KRW to go on: ")
        sys.stderr.flush()
        answer = sys.stdin.readline().strip().replace(",", "").removeprefix("₩")
        typed = Decimal(answer) if answer.isdecimal() else None
    if typed != budget:
        raise ConfigError([f"Not started: real money needs --confirm-live {budget:f} (the budget, typed again)."])
    if missing := unset_for_real_money(settings.risk):
        lines = "\n".join(missing)
        raise ConfigError([f"Not started: real money needs every limit in [risk]. Begin with these:\n{lines}"])


def no_core_dumps() -> None:
    """A crash must not write this process's memory, and the keys in it, to disk."""
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))

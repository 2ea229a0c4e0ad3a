"""What a run has done so far, in figures for the person who started it."""

from decimal import Decimal

from msgspec import Struct

from hoga.brain.account import Account
from hoga.brain.world import World
from hoga.model.commands import OrderId
from hoga.model.money import ZERO
from hoga.model.orders import OrderState


class Summary(Struct, frozen=True, kw_only=True):
    """Counts and money of one run. Money is in KRW; `fees` are counted apart from both gains.

    `equity - start_equity` is what the run made, fees included, coins valued at the last (first) price.
    `fault` is why the run stopped by itself and what the person should do, empty where it did not.
    """

    run_id: str = ""
    orders: int = 0
    accepted: int = 0
    filled_orders: int = 0
    fills: int = 0
    cancelled: int = 0
    rejected: int = 0
    refused: int = 0
    lost: int = 0
    fees: Decimal = Decimal(0)
    realised: Decimal = Decimal(0)
    unrealised: Decimal = Decimal(0)
    equity: Decimal = Decimal(0)
    start_equity: Decimal = Decimal(0)
    cash: Decimal = Decimal(0)
    differences: int = 0
    reconciliations: int = 0
    open_orders: int = 0
    unknown: int = 0
    external_orders: int = 0
    recovered_orders: int = 0
    late_trades: int = 0
    left_open: tuple[OrderId, ...] = ()
    fault: str = ""

    @property
    def profit(self) -> Decimal:
        """What the run made (or lost), fees included."""
        return self.equity - self.start_equity


def summarise(world: World, account: Account) -> Summary:
    """Put the run into figures."""
    counts, audit, portfolio = account.desk.counts, account.audit, world.portfolio
    open_orders = account.desk.records.open.values()
    return Summary(
        run_id=world.id_prefix.rstrip("-"),
        orders=counts.orders,
        accepted=counts.accepted,
        filled_orders=counts.filled_orders,
        fills=counts.fills,
        cancelled=counts.cancelled,
        rejected=counts.rejected,
        refused=counts.refused,
        lost=counts.lost,
        fees=portfolio.fees.get("KRW", ZERO),
        realised=portfolio.realised(),
        unrealised=portfolio.unrealised(),
        equity=portfolio.equity(),
        start_equity=portfolio.start_equity(),
        cash=portfolio.cash(),
        differences=audit.differences,
        reconciliations=audit.reconciliations,
        open_orders=len(open_orders),
        unknown=sum(1 for order in open_orders if order.state is OrderState.UNKNOWN),
        external_orders=len(account.strangers.external),
        recovered_orders=len(account.strangers.recovered),
        late_trades=sum(builder.late for builders in world.candles.builders.values() for builder in builders),
        left_open=account.halting.left_open,
        fault=world.fault,
    )

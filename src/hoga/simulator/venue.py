"""The parts of one simulated venue in one place, and one request as an endpoint sees it."""

from collections.abc import Callable

from msgspec import Struct

from hoga.simulator.admin import Operator
from hoga.simulator.asked import Asked
from hoga.simulator.board import Board
from hoga.simulator.candles import CandleStore
from hoga.simulator.exchange import SimulatedExchange
from hoga.simulator.keys import KeyRing
from hoga.simulator.pacing import Pacer
from hoga.simulator.wallet import Wallet


class Venue(Struct, kw_only=True):
    """Everything the endpoints speak for. `tells_smp` is whether `smp_type` is in every answer (since 2026-11-09)."""

    exchange: SimulatedExchange
    operator: Operator
    board: Board
    candles: CandleStore
    keys: KeyRing
    pacer: Pacer
    wallet: Wallet
    tells_smp: bool = True


class Call(Struct, frozen=True, kw_only=True):
    """One request: what was asked, by which account (empty where nobody signs), and when it reached the venue."""

    venue: Venue
    asked: Asked
    now_ms: int
    account: str = ""


class Endpoint(Struct, frozen=True, kw_only=True):
    """One method and path: its rate-limit group, who may call it, and what makes the answer.

    `query_only` refuses parameters in a body (Upbit docs, cancel-orders-by-ids of 2026).
    """

    group: str
    answer: Callable[[Call], object]
    signed: bool = True
    scope: str | None = None
    status: int = 200
    query_only: bool = False


Routes = dict[tuple[str, str], Endpoint]

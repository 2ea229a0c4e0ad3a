"""The parts of one simulated venue in one place, and one request as an endpoint sees it."""

from collections.abc import Callable

from msgspec import Struct

from hoga.simulator.core.exchange import SimulatedExchange
from hoga.simulator.core.operator import Operator
from hoga.simulator.market.candles import CandleStore
from hoga.simulator.rest.asked import Asked
from hoga.simulator.rest.board import Board
from hoga.simulator.rest.keys import KeyRing
from hoga.simulator.rest.pacing import Pacer
from hoga.simulator.wallet import Wallet


class Venue(Struct, kw_only=True):
    """Everything the endpoints speak for.

    `tells_smp` is whether `smp_type` is in every answer (the rule since 2026-11-09); `plain_429` gives 429 and 418 a
    text instead of JSON, as old clients expect.
    """

    exchange: SimulatedExchange
    operator: Operator
    board: Board
    candles: CandleStore
    keys: KeyRing
    pacer: Pacer
    wallet: Wallet
    tells_smp: bool = True
    plain_429: bool = False


#: Takes what shall be done later; that is called with the time it is then, in milliseconds.
Postpone = Callable[[Callable[[int], object]], None]


class Call(Struct, frozen=True, kw_only=True):
    """One request: what was asked, by which account (empty where nobody signs), and when it reached the venue.

    A read that lags knows nothing of orders made at or after `knows_until_ms`. Where `postpone` is there, a cancel is
    only taken, and what it does is handed over to be done later with the time of then.
    """

    venue: Venue
    asked: Asked
    now_ms: int
    account: str = ""
    knows_until_ms: int | None = None
    postpone: Postpone | None = None


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

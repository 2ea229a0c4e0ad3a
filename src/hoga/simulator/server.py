"""Our own Upbit as a server: REST, WebSocket and the tests' back door, on ports of this machine.

running = await serve(seed=7)
...                              # any Upbit client, pointed at running.rest_url and running.websocket_url
await running.stop()
"""

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import suppress
from decimal import Decimal

from aiohttp import web

from hoga.model import money
from hoga.simulator.admin_api import AdminApi
from hoga.simulator.admin_words import MAIN_ACCOUNT
from hoga.simulator.core.exchange import SimulatedExchange
from hoga.simulator.core.operator import Operator
from hoga.simulator.faults.plan import FaultPlan
from hoga.simulator.market.candles import CandleStore
from hoga.simulator.market.listing import list_markets
from hoga.simulator.market.synthetic import DEFAULT_MARKETS, MarketSource, SyntheticMarket
from hoga.simulator.pump import Pump
from hoga.simulator.rest.board import Board
from hoga.simulator.rest.gate import Gate
from hoga.simulator.rest.keys import KeyRing
from hoga.simulator.rest.pacing import Pacer
from hoga.simulator.streams.doors import PATHS, Doors
from hoga.simulator.streams.streams import Streams
from hoga.simulator.venue import Venue
from hoga.simulator.wallet import Wallet

DEFAULT_BALANCES: Mapping[str, Decimal] = {"KRW": Decimal(100_000_000)}

LOOPBACK = "127.0.0.1"
#: How long requests that are being answered may take when the server stops.
STOP_TIMEOUT_S = 0.5
_GOING_AWAY = 1001  # RFC 6455, 7.4.1

Handler = Callable[[web.BaseRequest], Awaitable[web.StreamResponse]]


class RunningSimulator:
    """A simulated exchange that is being served; `stop` ends it. The parts are there for tests in the same process."""

    def __init__(
        self, venue: Venue, source: MarketSource, faults: FaultPlan, *, seed: int, access_key: str, secret_key: str
    ) -> None:
        self.venue = venue
        self.faults = faults
        self.streams = Streams(venue, faults, now_ms)
        self.pump = Pump(venue, source, self.streams, faults, now_ms, account=MAIN_ACCOUNT)
        self.gate = Gate(venue, faults, self.pump.flush, seed=seed)
        self.access_key = access_key
        self.secret_key = secret_key
        self.rest_url = self.websocket_url = self.admin_url = ""
        self._doors = Doors(self.streams, venue, faults, now_ms)
        self._runners: list[web.ServerRunner] = []
        self._beating: asyncio.Task[None] | None = None

    def __repr__(self) -> str:
        return f"RunningSimulator({self.rest_url})"

    async def start(self, host: str, port: int) -> None:
        """Open the ports (0: any free one) and let the market live."""
        self.pump.begin()
        address = await self._listen(self._route, host, port)
        self.rest_url, self.websocket_url = f"http://{address}", f"ws://{address}/websocket/v1"
        self.admin_url = f"http://{await self._listen(AdminApi(self).handle, LOOPBACK, 0)}"
        self._beating = asyncio.create_task(self.pump.run())
        self._beating.add_done_callback(_report_death)

    async def stop(self) -> None:
        """Close everything; what killed the market's heart, if anything did, is raised here."""
        beating, self._beating = self._beating, None
        if beating is not None:
            beating.cancel()
        self.gate.close()
        await self.streams.stop()
        for runner in self._runners:
            await runner.cleanup()
        self._runners.clear()
        if beating is not None:
            with suppress(asyncio.CancelledError):
                await beating

    async def _route(self, request: web.BaseRequest) -> web.StreamResponse:
        if request.path in PATHS:
            return await self._doors.enter(request)
        return await self.gate.handle(request)

    async def _listen(self, handler: Handler, host: str, port: int) -> str:
        runner = web.ServerRunner(web.Server(handler, access_log=None), shutdown_timeout=STOP_TIMEOUT_S)
        self._runners.append(runner)
        await runner.setup()
        await web.TCPSite(runner, host, port).start()
        return f"{_reachable(host)}:{runner.addresses[0][1]}"


async def serve(
    *,
    host: str = LOOPBACK,
    port: int = 0,
    seed: int = 0,
    markets: Sequence[str] = DEFAULT_MARKETS,
    balances: Mapping[str, Decimal] = DEFAULT_BALANCES,
    faults: FaultPlan | None = None,
    speed: float = 1.0,
    source: MarketSource | None = None,
) -> RunningSimulator:
    """Serve a simulated exchange until `stop`; the admin API is on loopback whatever `host` is.

    The same `seed` gives the same keys and market. `balances` are what the main account begins with. Without a
    `source` the markets are synthetic and live `speed` times as fast as the clock. Raises `OSError` where the port is
    taken, `UnknownMarketError` for a market that could not be listed.
    """
    money.use_exact_money()
    exchange = SimulatedExchange(list_markets(markets if source is None else source.markets), seed=seed)
    operator, candles, keys = Operator(exchange), CandleStore(), KeyRing(seed)
    exchange.open_account(MAIN_ACCOUNT, balances)
    key = keys.issue(MAIN_ACCOUNT, now_ms())
    venue = Venue(
        exchange=exchange,
        operator=operator,
        board=Board(candles),
        candles=candles,
        keys=keys,
        pacer=Pacer(),
        wallet=Wallet(operator, seed),
    )
    running = RunningSimulator(
        venue,
        source or SyntheticMarket(markets, seed=seed, start_ms=now_ms(), speed=speed),
        faults or FaultPlan(seed=seed),
        seed=seed,
        access_key=key.access_key,
        secret_key=key.secret_key,
    )
    try:
        await running.start(host, port)
    except OSError:
        await running.stop()
        raise
    return running


def _reachable(host: str) -> str:
    """The host as it stands in an address; one that means every interface is reached over loopback."""
    if host in {"0.0.0.0", "::", ""}:  # noqa: S104 - recognised, not bound
        return LOOPBACK
    return f"[{host}]" if ":" in host else host


def _report_death(beating: asyncio.Task[None]) -> None:
    """Let nobody trade on a market whose heart has stopped without hearing of it."""
    if not beating.cancelled() and (reason := beating.exception()) is not None:
        context = {"message": "The simulated market has died", "exception": reason, "task": beating}
        beating.get_loop().call_exception_handler(context)


def now_ms() -> int:
    """The venue's clock: this machine's, in milliseconds since 1970."""
    return time.time_ns() // 1_000_000

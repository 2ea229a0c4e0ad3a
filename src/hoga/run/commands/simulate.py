"""`hoga simulate`: our own Upbit on this machine, for anybody's client, until stopped."""

import asyncio
import json
import os
import signal
import sys
import threading
from collections.abc import Callable, Sequence
from contextlib import suppress
from decimal import Decimal
from pathlib import Path

from hoga.model import money
from hoga.model.errors import ConfigError, UnknownMarketError
from hoga.run.loop import run_async
from hoga.simulator.faults.plan import FaultPlan
from hoga.simulator.market.replay import open_recording
from hoga.simulator.server import RunningSimulator, serve

LAST_PORT = 65_535
FASTEST = 100.0  # the synthetic market lives in steps, and a hundred seconds of them in one is all it can do

DEFAULT_MARKETS = ("KRW-BTC", "KRW-ETH", "KRW-XRP", "KRW-SOL", "KRW-DOGE")


def simulate(
    *,
    host: str,
    port: int,
    seed: int,
    markets: Sequence[str],
    krw: Decimal,
    faults: Sequence[str],
    speed: float,
    replay: Path | None,
    as_json: bool,
    until_eof: bool = False,
) -> int:
    """Serve until SIGINT or SIGTERM, with `until_eof` also until standard input ends; the exit code is 0."""
    money.use_exact_money()
    _check(port=port, krw=krw, speed=speed, is_synthetic=replay is None)
    plan = FaultPlan.parse(faults, seed=seed)
    source = open_recording(replay, speed=speed) if replay else None

    async def until_stopped() -> int:
        stopped = asyncio.Event()
        for number in (signal.SIGINT, signal.SIGTERM):
            asyncio.get_running_loop().add_signal_handler(number, stopped.set)
        if until_eof:
            _on_end_of_input(stopped.set)
        try:
            running = await serve(
                host=host,
                port=port,
                seed=seed,
                markets=tuple(dict.fromkeys(markets)),
                balances={"KRW": krw},
                faults=plan,
                speed=speed,
                source=source,
            )
        except OSError as error:
            reason = f"{error.strerror or error}".lower()
            advice = "Choose another --port (0 takes a free one) or an address of this machine as --host."
            raise ConfigError([f"Nothing can be served at {host}:{port}: {reason}. {advice}"]) from None
        except UnknownMarketError as error:
            raise ConfigError([str(error)]) from None
        announce(running, as_json=as_json)
        await stopped.wait()
        await running.stop()
        return 0

    return run_async(until_stopped())


def _on_end_of_input(call: Callable[[], object]) -> None:
    """Call when whoever started this program closes our standard input, or dies: a pipe ends with its writer."""
    loop = asyncio.get_running_loop()

    def read() -> None:
        with suppress(OSError):
            while os.read(sys.stdin.fileno(), 4096):
                pass
        with suppress(RuntimeError):  # the loop has ended before
            loop.call_soon_threadsafe(call)

    threading.Thread(target=read, name="hoga-input", daemon=True).start()


def _check(*, port: int, krw: Decimal, speed: float, is_synthetic: bool) -> None:
    problems = []
    if not 0 <= port <= LAST_PORT:
        problems.append(f"--port {port}: ports go from 0 (any free one) to {LAST_PORT}.")
    if not (krw.is_finite() and 0 <= krw <= money.MOST):
        problems.append(f"--krw {krw}: write an amount from 0 to {money.plain(money.MOST)}.")
    if is_synthetic and not 0 < speed <= FASTEST:
        problems.append(f"--speed {speed}: above 0, at most {FASTEST:g}.")
    if problems:
        raise ConfigError(problems)


def announce(running: RunningSimulator, *, as_json: bool) -> None:
    """Say where the exchange listens and with which keys (they open nothing else)."""
    facts = {
        "rest_url": running.rest_url,
        "websocket_url": running.websocket_url,
        "admin_url": running.admin_url,
        "access_key": running.access_key,
        "secret_key": running.secret_key,
    }
    if as_json:
        sys.stdout.write(json.dumps(facts) + "\n")
    else:
        width = max(map(len, facts))
        sys.stdout.writelines(f"{name:<{width}}  {value}\n" for name, value in facts.items())
        sys.stdout.write("Serving. Ctrl+C ends it.\n")
    sys.stdout.flush()

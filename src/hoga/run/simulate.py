"""`hoga simulate`: our own Upbit on this machine, for anybody's client, until stopped."""

import asyncio
import json
import signal
import sys
from collections.abc import Sequence
from decimal import Decimal
from pathlib import Path

from hoga.model import money
from hoga.run.loop import run_async
from hoga.simulator.faults import FaultPlan
from hoga.simulator.replay import open_recording
from hoga.simulator.server import RunningSimulator, serve

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
) -> int:
    """Serve until SIGINT or SIGTERM; the exit code is 0."""
    money.use_exact_money()
    plan = FaultPlan.parse(faults, seed=seed)
    source = open_recording(replay, speed=speed) if replay else None

    async def until_stopped() -> int:
        stopped = asyncio.Event()
        for number in (signal.SIGINT, signal.SIGTERM):
            asyncio.get_running_loop().add_signal_handler(number, stopped.set)
        running = await serve(
            host=host,
            port=port,
            seed=seed,
            markets=tuple(markets),
            balances={"KRW": krw},
            faults=plan,
            speed=speed,
            source=source,
        )
        announce(running, as_json=as_json)
        await stopped.wait()
        await running.stop()
        return 0

    return run_async(until_stopped())


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

"""A simulated exchange in a process of its own, and its back door, for trials and scenario tests."""

import asyncio
import json
import sys
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from subprocess import PIPE
from typing import Any

import aiohttp
from msgspec import Struct

START_TIMEOUT_S = 60.0
STOP_TIMEOUT_S = 10.0


class Served(Struct):
    """Where the exchange is, the keys it takes, and a session for its back door."""

    rest_url: str
    websocket_url: str
    admin_url: str
    access_key: str
    secret_key: str
    http: aiohttp.ClientSession

    async def look(self, what: str, **query: str) -> Any:  # noqa: ANN401 - a different shape each
        """Read the exchange's private truth: `state`, `counters`, `orders`."""
        async with self.http.get(f"{self.admin_url}/{what}", params=query) as answer:
            return await answer.json()

    async def move(self, what: str, **fields: object) -> dict[str, Any]:
        """Move something at the exchange: `faults`, `limits`, `latency`, `deposit`."""
        async with self.http.post(f"{self.admin_url}/{what}", json=fields) as answer:
            told: dict[str, Any] = await answer.json()
            if answer.status != 200:
                raise RuntimeError(f"{what} {fields}: {told}")
            return told


@asynccontextmanager
async def served(
    *, seed: int = 7, faults: Sequence[str] = (), krw: int = 100_000_000, markets: Sequence[str] = ("KRW-BTC",)
) -> AsyncIterator[Served]:
    """Serve an exchange for the length of a `with`."""
    words = ["simulate", "--port", "0", "--seed", str(seed), "--krw", str(krw), "--json", "--until-eof"]
    words += [word for code in markets for word in ("--market", code)]
    words += [word for fault in faults for word in ("--fault", fault)]
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "hoga", *words, stdin=PIPE, stdout=PIPE, start_new_session=True
    )
    assert process.stdout is not None, "the exchange was started with a pipe"
    try:
        line = await asyncio.wait_for(process.stdout.readline(), START_TIMEOUT_S)
        facts: Mapping[str, str] = json.loads(line)
        async with aiohttp.ClientSession() as http:
            yield Served(**facts, http=http)
    finally:
        if process.returncode is None:
            process.terminate()
        try:
            await asyncio.wait_for(process.wait(), STOP_TIMEOUT_S)
        except TimeoutError:
            process.kill()
            await process.wait()

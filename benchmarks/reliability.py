"""What is left at the exchange, and what the caller saw, when something breaks: hoga beside its peers.

    python benchmarks/reliability.py [--quick] [--only WORDS] [--json FILE]

Every cell is one client in one scenario against a simulated exchange of its own. The truth about orders is the
exchange's, by its admin door; what the caller saw is told by the client's own process (callers.py).
"""

import argparse
import asyncio
import contextlib
import json
import os
import platform
import re
import sys
import time
from asyncio.subprocess import DEVNULL, PIPE, Process
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from importlib import metadata
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from troubles import CLIENTS, LISTENERS, TROUBLES, Trouble

HERE = Path(__file__).parent
ROOT = HERE.parent
sys.path.insert(0, str(ROOT))

from trials.exchange import Served, served  # noqa: E402 - stands in the folder above

AT_ONCE = 3  # cells at a time; most of each is waiting
WARM_S = 60.0
#: How long a call may take before its caller is said to wait for ever; hoga needs half a minute to prove an absence.
PATIENCE_S = {"hoga": 80.0}
OTHERS_PATIENCE_S = 12.0
SETTLE_S = 4.5  # a request that was still under way must reach the exchange before its orders are counted
RHYTHM_S = 6.0  # who judges silence must first know what is usual
PACKAGES = ("upbit-sdk", "ccxt", "pyupbit")

Cell = dict[str, Any]


class Client:
    """One client in a process of its own."""

    def __init__(self, process: Process) -> None:
        self._process = process

    async def line(self, within_s: float) -> dict[str, Any] | None:
        """Its next answer, None where none came in time."""
        assert self._process.stdout is not None
        with contextlib.suppress(TimeoutError):
            told = await asyncio.wait_for(self._process.stdout.readline(), within_s)
            found: dict[str, Any] = json.loads(told or b'{"saw": "its process died", "ended": "its process died"}')
            return found
        return None

    async def ask(self, word: str, within_s: float) -> dict[str, Any] | None:
        """Tell it to do something, and wait for the answer."""
        assert self._process.stdin is not None
        self._process.stdin.write(f"{word}\n".encode())
        await self._process.stdin.drain()
        return await self.line(within_s)


@asynccontextmanager
async def client(name: str, there: Served) -> AsyncIterator[Client]:
    """Start a client and have it warm; it is ended, with whatever it started, at the end of the `with`."""
    facts = {key: getattr(there, key) for key in ("rest_url", "websocket_url", "access_key", "secret_key")}
    async with led_here(there) if name == "pyupbit" else contextlib.nullcontext({}) as more:
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            str(HERE / "callers.py"),
            name,
            json.dumps(facts),
            stdin=PIPE,
            stdout=PIPE,
            stderr=DEVNULL,
            env=_plain_environment() | more,
            start_new_session=True,
        )
        try:
            found = Client(process)
            if await found.line(WARM_S) != {"ready": True}:
                raise RuntimeError(f"{name} did not start")
            yield found
        finally:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, 9)
            await process.wait()


@asynccontextmanager
async def led_here(there: Served) -> AsyncIterator[dict[str, str]]:
    """The environment in which api.upbit.com is the simulator, for a client that knows no other address."""
    with TemporaryDirectory() as folder:
        guide = ROOT / "tests" / "conformance" / "redirect.py"
        address = there.rest_url.removeprefix("http://")
        process = await asyncio.create_subprocess_exec(
            sys.executable, str(guide), address, folder, stdout=PIPE, stdin=DEVNULL, start_new_session=True
        )
        try:
            assert process.stdout is not None
            facts = json.loads(await asyncio.wait_for(process.stdout.readline(), WARM_S))
            trusted = dict.fromkeys(("REQUESTS_CA_BUNDLE", "SSL_CERT_FILE"), facts["trusted"])
            yield {"HTTPS_PROXY": facts["proxy"], **trusted}
        finally:
            process.terminate()
            await process.wait()


def _plain_environment() -> dict[str, str]:
    """Whatever way out this machine has must not stand between the clients and loopback."""
    return {name: value for name, value in os.environ.items() if not name.lower().endswith("_proxy")}


async def try_one(trouble: Trouble, name: str) -> Cell:
    """One client in one scenario."""
    async with served() as there, client(name, there) as one:
        if trouble.limits:
            await there.move("limits", **trouble.limits)
        await there.move("counters/reset")
        watch = _stream if trouble.kind == "stream" else _orders
        cell = await watch(trouble, name, there, one)
    return {"trouble": trouble.name, "kind": trouble.kind, "client": name, **cell}


async def _orders(trouble: Trouble, name: str, there: Served, one: Client) -> Cell:
    await there.move("faults", add=trouble.faults)
    patience_s = PATIENCE_S.get(name, OTHERS_PATIENCE_S)
    told = await one.ask(trouble.kind, patience_s)
    if trouble.name != "nothing goes wrong":
        await asyncio.sleep(SETTLE_S)
    counters = await there.look("counters")
    left = [order for order in await there.look("orders") if order["state"] in {"wait", "done"}]
    tally = counters["groups"].get("order", {})
    told = told or {"saw": f"still waits after {patience_s:.0f} s", "took_s": patience_s}
    saw = _with_truth(told["saw"], {order["uuid"] for order in left})
    return {
        "left": len(left),
        "posts": tally.get("requests", 0),
        "tally": tally,
        "struck": counters["faults"],
        **told,
        "saw": saw,
    }


def _with_truth(saw: str, left: set[str]) -> str:
    """Say whether the order a client names is one of those that are there."""
    head, names, venue_id = saw.partition(", order ")
    return saw if not names else head if venue_id in left else f"{head}, of an order that is not there"


async def _stream(trouble: Trouble, name: str, there: Served, one: Client) -> Cell:
    del name
    await one.ask("listen", WARM_S)
    await _until_heard(one)
    await asyncio.sleep(RHYTHM_S)
    await one.ask("forget", WARM_S)
    await there.move("faults", add=trouble.faults)
    await asyncio.sleep(trouble.lasts_s)
    struck = (await there.look("counters"))["faults"]
    told = await one.ask("report", WARM_S) or {"ended": "its process hangs"}
    return {**told, "lasts_s": trouble.lasts_s, "struck": struck, "saw": _told_of_stream(told, trouble.lasts_s)}


async def _until_heard(one: Client) -> None:
    until_s = time.monotonic() + WARM_S
    while time.monotonic() < until_s:
        told = await one.ask("report", WARM_S)
        if told and told.get("heard", 0) >= 3:  # noqa: PLR2004 - the stream flows
            return
        await asyncio.sleep(0.1)
    raise RuntimeError("nothing was heard before the fault")


def _told_of_stream(told: dict[str, Any], lasted_s: float) -> str:
    if told["ended"]:
        return str(told["ended"])
    words = [f"tells {error}" for error in told["errors"][:1]]
    if told["silent_s"] > lasted_s * 0.6:
        words.append(f"waits, silent for {told['silent_s']:.0f} s")
    else:
        words.append(f"goes on, widest gap {told['gap_s']:.1f} s")
    if told["twice"]:
        words.append(f"{told['twice']} trades told twice")
    return ", ".join(words)


async def try_all(troubles: Sequence[Trouble], names: Sequence[str], at_once: int) -> list[Cell]:
    """Every client in every scenario, a few at a time; a cell that could not be had says so."""
    gate = asyncio.Semaphore(at_once)

    async def cell(trouble: Trouble, name: str) -> Cell:
        async with gate:
            try:
                found = await try_one(trouble, name)
            except (RuntimeError, TimeoutError, OSError, ValueError) as error:
                found = {"trouble": trouble.name, "kind": trouble.kind, "client": name, "saw": f"not measured: {error}"}
            print(f"  {trouble.name} · {name}: {told_in_table(found)}", file=sys.stderr, flush=True)
            return found

    pairs = [
        (trouble, name)
        for trouble in troubles
        for name in (LISTENERS if trouble.kind == "stream" else CLIENTS)
        if name in names
    ]
    return list(await asyncio.gather(*(cell(*pair) for pair in pairs)))


def told_in_table(cell: Cell) -> str:
    """One cell in words: `orders left -> what the caller saw`; of an exception its name, the text is in the JSON."""
    saw = re.sub(r"\b(raises|tells) (\w+): .*?(, goes on|, waits|$)", r"\1 \2\3", str(cell["saw"]))
    if "left" not in cell:
        return saw
    refused = cell["tally"].get("refused_429", 0)
    extra = f"; {refused} x 429" if refused else ""
    return f"{cell['left']} -> {saw} ({cell['took_s']:.1f} s{extra})"


def table(cells: Sequence[Cell], kind: str) -> str:
    """A Markdown table of one kind of scenario; empty where there is none."""
    found = {
        (cell["trouble"], cell["client"]): cell for cell in cells if (cell["kind"] == "stream") == (kind == "stream")
    }
    names = [name for name in CLIENTS if any(client == name for _, client in found)]
    rows = list(dict.fromkeys(trouble for trouble, _ in found))
    if not rows:
        return ""
    head = [f"| {'trade stream' if kind == 'stream' else 'one create call'} | " + " | ".join(names) + " |"]
    head.append("|---" * (len(names) + 1) + "|")
    body = [
        f"| {row} | "
        + " | ".join(
            told_in_table(found[row, name]).replace("|", "/") if (row, name) in found else "" for name in names
        )
        + " |"
        for row in rows
    ]
    return "\n".join([*head, *body])


def circumstances() -> str:
    """What was measured with and on."""
    versions = ", ".join(f"{name} {metadata.version(name)}" for name in PACKAGES)
    when = time.strftime("%Y-%m-%d %H:%M UTC", time.gmtime())
    return f"Python {platform.python_version()}, {versions}; time-outs 1 s (pyupbit has none); {when}."


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="one create call, one damaged answer: hoga beside its peers")
    parser.add_argument("--quick", action="store_true", help="a few scenarios only")
    parser.add_argument("--only", help="scenarios whose name has these words")
    parser.add_argument("--client", action="append", choices=CLIENTS, help="these clients only")
    parser.add_argument("--json", type=Path, help="also write every cell to this file")
    parser.add_argument("--at-once", type=int, default=AT_ONCE)
    return parser.parse_args()


def main() -> int:
    """Run what is asked for and print its tables."""
    words = _arguments()
    chosen = [
        trouble
        for trouble in TROUBLES
        if (trouble.is_quick or not words.quick) and (not words.only or words.only in trouble.name)
    ]
    begun_s = time.monotonic()
    cells = asyncio.run(try_all(chosen, words.client or CLIENTS, words.at_once))
    for kind in ("order", "stream"):
        if made := table(cells, kind):
            print(made, end="\n\n")
    print(f"{circumstances()} {len(cells)} cells in {time.monotonic() - begun_s:.0f} s.")
    if words.json:
        told = {"circumstances": circumstances(), "cells": cells}
        words.json.write_text(json.dumps(told, indent=1, ensure_ascii=False), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())

"""Where the product touches the clock, chance or a socket of the machine, and what stands there in a simulation.

One row a place. What is not listed here is the code that runs in production.
"""

import contextlib
import importlib
import logging
from collections.abc import Iterator
from datetime import UTC, datetime, tzinfo
from itertools import cycle
from random import Random
from types import SimpleNamespace
from typing import Any
from uuid import UUID

from simtest.loop import VirtualLoop
from simtest.net import MemorySocket


def seams(loop: VirtualLoop, seed: str) -> dict[str, Any]:
    """Each place by its dotted name, with what goes there."""
    chance = Random(f"{seed}:bot")

    def monotonic() -> float:
        return loop.time()

    def wall_s() -> float:
        return loop.wall_ns() / 1e9

    class SimulatedDatetime(datetime):
        """`datetime` whose present is the simulation's."""

        @classmethod
        def now(cls, tz: tzinfo | None = None) -> "SimulatedDatetime":
            """Tell the simulated present."""
            return cls.fromtimestamp(wall_s(), tz or UTC)

    sockets = SimpleNamespace(socket=MemorySocket, SOCK_STREAM=1, SHUT_RDWR=2)
    clocks = SimpleNamespace(
        monotonic=monotonic, time=wall_s, time_ns=loop.wall_ns, monotonic_ns=lambda: int(loop.time() * 1e9)
    )
    return {
        "hoga.net.courier.monotonic": monotonic,
        "hoga.net.http.monotonic": monotonic,
        "hoga.net.http_connection.monotonic": monotonic,
        "hoga.net.websocket.socket": sockets,
        "hoga.run.wiring.time": clocks,
        "hoga.run.wiring.random": SimpleNamespace(random=chance.random),
        "hoga.run.wiring.uuid": SimpleNamespace(uuid4=lambda: UUID(int=chance.getrandbits(128), version=4)),
        "hoga.run.commands.live.datetime": SimulatedDatetime,
        "hoga.simulator.server.now_ms": lambda: loop.wall_ns() // 1_000_000,
        "hoga.simulator.rest.gate.time": clocks,
        "hoga.simulator.pump.LONGEST_NAP_MS": 1_000,  # `simtest.sim` changes it with the times
        "hoga.simulator.rest.faults._GARBLED": cycle(("", "group=order", "group=order; min=-1; sec=-5", "sec=abc")),
        # Its own transports read file descriptors; without it picows uses the loop's, as it does without the extra.
        "picows.api._HAS_AIOFASTNET": False,
    }


@contextlib.contextmanager
def sewn(loop: VirtualLoop, seed: str) -> Iterator[None]:
    """Put every seam in place, and everything back at the end."""
    before: list[tuple[Any, str, Any]] = []
    logging.disable()  # the web server's reports of connections that break
    try:
        for name, stand_in in seams(loop, seed).items():
            module_name, _, attribute = name.rpartition(".")
            module = importlib.import_module(module_name)
            before.append((module, attribute, getattr(module, attribute)))
            setattr(module, attribute, stand_in)
        yield
    finally:
        logging.disable(logging.NOTSET)
        for module, attribute, original in reversed(before):
            setattr(module, attribute, original)

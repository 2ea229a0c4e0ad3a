"""The event loop under everything: uvloop where there is one, plain asyncio elsewhere."""

import asyncio
import gc
import sys
from collections.abc import Coroutine
from typing import TypeVar

from hoga.model import money

Result = TypeVar("Result")


def run_async(main: Coroutine[object, object, Result]) -> Result:
    """Run to the end, counting exactly."""
    money.use_exact_money()
    gc.collect()
    gc.freeze()  # what was imported stays; the collector need not walk through it again while we trade
    with asyncio.Runner(loop_factory=loop_factory()) as runner:
        return runner.run(main)


def loop_factory() -> type[asyncio.AbstractEventLoop] | None:
    """The fastest event loop this machine has."""
    if sys.platform == "win32":
        return None
    try:
        import uvloop  # noqa: PLC0415 - an extra that is used where it is installed
    except ImportError:
        return None
    return uvloop.Loop

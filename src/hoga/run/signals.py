"""Ctrl+C and SIGTERM: a start they end, a bot at work they ask to halt, and for a summary they come too late."""

import asyncio
import signal
from collections.abc import Callable, Coroutine
from typing import TypeVar

from hoga.model.errors import HogaError
from hoga.run.commands.account import VenueRefusedError

Made = TypeVar("Made")


class StoppedEarlyError(HogaError):
    """Somebody asked for a stop before there was anything to stop."""


async def unless_stopped(making: Coroutine[None, None, Made], *, until_s: float | None = None) -> Made:
    """Wait for what a start needs; a signal meanwhile is `StoppedEarlyError`, for nothing that acts has been sent."""
    task = asyncio.ensure_future(making)
    on_signals(lambda _: task.cancel())
    try:
        async with asyncio.timeout_at(until_s):
            return await task
    except TimeoutError:
        raise VenueRefusedError("The time asked for is over, and the bot had not started.") from None
    except asyncio.CancelledError:
        raise StoppedEarlyError("Stopped before the bot had started; nothing was sent that acts.") from None


def no_more_signals() -> None:
    """What remains is a summary; an impatient Ctrl+C must not cut it, nor turn success into failure."""
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_IGN)


def on_signals(halt: Callable[[str], object]) -> None:
    """Ctrl+C and SIGTERM ask for a stop; a second one shortens the deadlines."""
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, halt, signal.Signals(number).name)

"""A start without a venue: what is worth waiting for, and how long it is to the next try.

A cable, a maintenance or a storm of errors passes, so a bot that meets one at its start waits and says so, instead of
ending to be started again and again. A wrong address, key or market does not pass by itself: that ends at once.
"""

import asyncio
from collections.abc import Awaitable, Callable
from http import HTTPStatus
from typing import TypeVar

from hoga.net.http_connection import AnswerLost, NotSent
from hoga.run.commands.account import VenueRefusedError
from hoga.run.screen.logs import Log
from hoga.upbit.answers.account import Answer
from hoga.upbit.answers.errors import is_transient, read_refusal

Told = TypeVar("Told")

#: Seconds between two tries; the last one repeats. A maintenance takes hours, and the first minute after it is dear.
PAUSES_S = (1, 2, 4, 8, 15, 30)


class VenueAwayError(VenueRefusedError):
    """The venue is not to be reached or is out of order: nothing is wrong with the question, and it may pass."""


def pause_s(tries: int) -> int:
    """How long to wait after so many tries, in seconds."""
    return PAUSES_S[min(tries, len(PAUSES_S)) - 1]


def may_pass(outcome: Answer | NotSent | AnswerLost) -> bool:
    """Tell whether the same question, asked of the same address with the same key, may well be answered later.

    A certificate that does not fit is no weather: somebody is in between, or the address is wrong.
    """
    if not isinstance(outcome, Answer):
        return "certificate" not in str(outcome).lower()
    if HTTPStatus.MULTIPLE_CHOICES <= outcome.status < HTTPStatus.BAD_REQUEST:  # to a page that speaks of maintenance
        return True
    return is_transient(read_refusal(outcome.status, outcome.body))


async def patiently(ask: Callable[[], Awaitable[Told]], *, log: Log, tell: Callable[[str], None]) -> Told:
    """Ask until the venue answers; `tell` hears after each failure why, and when the next try is."""
    tries = 0
    while True:
        try:
            return await ask()
        except VenueAwayError as away:
            tries += 1
            wait_s = pause_s(tries)
            log("venue_away", level="warning", why=str(away), tries=tries, next_try_s=wait_s)
            tell(f"{away} Next try in {wait_s} s (Ctrl+C stops).")
            await asyncio.sleep(wait_s)

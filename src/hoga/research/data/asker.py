"""Asks the venue for its past: the product's own client and limiter, with more patience than trading has."""

import asyncio
import time
from difflib import get_close_matches
from typing import Self

from hoga.model.errors import ConfigError
from hoga.model.version import __version__
from hoga.net.courier import Courier
from hoga.net.http import HttpClient
from hoga.net.http_connection import AnswerLost, NotSent, Outcome
from hoga.net.lanes import Patience
from hoga.research.data.errors import DataError
from hoga.upbit.answers.account import Answer
from hoga.upbit.answers.errors import is_transient, read_refusal
from hoga.upbit.answers.quotation import read_markets
from hoga.upbit.limits.limiter import RateLimiter
from hoga.upbit.rest import quotation
from hoga.upbit.rest.request import Request
from hoga.upbit.venue import check_destination

#: A question that gets no answer is asked again this often, with these pauses: a network that is away for two minutes
#: is waited for, a longer silence ends the download, which goes on where it stopped when it is started anew.
PAUSES_S = (1.0, 2.0, 5.0, 10.0, 20.0, 30.0, 60.0)

#: Nobody waits for a price here, so a page may take its time.
PATIENCE = Patience(other_wait_s=120.0, other_deadline_s=20.0)


class Asker:
    """Questions to one venue, paced by its limits. Use it as `async with Asker(url) as venue`."""

    def __init__(self, rest_url: str, *, pauses_s: tuple[float, ...] = PAUSES_S) -> None:
        check_destination(rest_url, None)
        self.rest_url = rest_url
        self.requests = 0
        self._pauses_s = pauses_s
        self._client = HttpClient(rest_url, user_agent=f"hoga/{__version__}", keep_warm=False)
        self._bugs: list[BaseException] = []
        self._courier = Courier(
            client=self._client,
            signer=None,
            limiter=RateLimiter(),
            nonce=str,
            patience=PATIENCE,
            log=_silent,
            on_bug=self._bugs.append,
        )

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        self._courier.close()
        await self._client.close()

    async def ask(self, request: Request, wanting: str) -> bytes:
        """The body of the answer; `DataError` beginning with `wanting` when there is none after all patience."""
        for pause_s in (*self._pauses_s, None):
            try:
                answer = await self._once(request)
            except (NotSent, AnswerLost) as fault:
                why, again = str(fault), True
            else:
                if answer.is_success:
                    return answer.body
                refusal = read_refusal(answer.status, answer.body)
                why, again = f"it answered {answer.status} {refusal.message}", is_transient(refusal)
            if pause_s is None or not again:
                break
            await asyncio.sleep(pause_s)
        raise DataError(f"{wanting}: {why}. What came before is kept; start again to go on from there.")

    async def check_markets(self, codes: tuple[str, ...]) -> None:
        """Raise `ConfigError` for markets the venue does not list, and say which may have been meant."""
        listed = [row.code for row in read_markets(await self.ask(quotation.markets(), "There is no list of markets"))]
        problems = []
        for code in codes:
            if code not in listed:
                close = get_close_matches(code, listed, n=1)
                meant = f"; did you mean {close[0]}?" if close else f"; it has {len(listed)} others."
                problems.append(f"The venue has no market {code}{meant}")
        if problems:
            raise ConfigError(problems)

    async def _once(self, request: Request) -> Answer:
        waiting: asyncio.Future[Outcome] = asyncio.get_running_loop().create_future()
        self.requests += 1
        self._courier.carry(request, lambda outcome, _: None if waiting.done() else waiting.set_result(outcome))
        outcome = await waiting
        if isinstance(outcome, Answer):
            return outcome
        raise outcome


def now_ms() -> int:
    """The clock of this machine, milliseconds UTC."""
    return time.time_ns() // 1_000_000


def _silent(*_: object, **__: object) -> None:
    """Nobody reads a log of this."""

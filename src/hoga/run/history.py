"""What is asked of the venue before a bot starts: are its markets there, and the past its strategy needs."""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from difflib import get_close_matches
from typing import TypeVar, get_args

from hoga.brain.strategy import Needs
from hoga.model.errors import ConfigError, WireError
from hoga.model.events import Candle
from hoga.net.actuator import Actuator
from hoga.net.http_connection import AnswerLost, NotSent
from hoga.run.commands.account import IS_IT_THERE, VenueRefusedError
from hoga.run.patience import VenueAwayError, may_pass, patiently
from hoga.run.screen.logs import Log
from hoga.run.settings.config import Settings
from hoga.run.settings.keys import check_key
from hoga.upbit.answers.account import Answer
from hoga.upbit.answers.errors import read_refusal
from hoga.upbit.answers.quotation import read_candles, read_markets
from hoga.upbit.rest import quotation as rest_quotation
from hoga.upbit.rest.quotation import MAX_CANDLES, MinuteUnit
from hoga.upbit.rest.request import Request

Told = TypeVar("Told")

DAY_S = 86_400
MAX_HISTORY = 10 * MAX_CANDLES  # bars; more would delay the start by seconds for a memory no strategy here has


async def first_answers(
    settings: Settings, actuator: Actuator, access_key: str, needs: Needs, *, log: Log, tell: Callable[[str], None]
) -> list[Candle]:
    """Have the key and the markets checked and give the past; waits while the venue is away, of which `tell` hears."""

    async def ask() -> list[Candle]:
        await check_key(settings, actuator, access_key, log)
        await check_markets(actuator, needs.markets)
        return await fetch_history(actuator, needs)

    return await patiently(ask, log=log, tell=tell)


async def check_markets(actuator: Actuator, codes: Sequence[str]) -> None:
    """Raise `ConfigError` for markets the venue does not list, and say which may have been meant."""
    wanting = "The venue gave no list of markets"
    answer = await _ask(actuator, rest_quotation.markets(), wanting)
    listed = [row.code for row in _read(answer, wanting, read_markets)]
    if not listed:
        raise VenueAwayError(f"{wanting}: the list is empty.")
    problems = []
    for code in codes:
        if code not in listed:
            close = get_close_matches(code, listed, n=1)
            meant = f"; did you mean {close[0]}?" if close else f"; it has {len(listed)} others."
            problems.append(f"The venue has no market {code}{meant}")
    if problems:
        raise ConfigError(problems)


async def fetch_history(actuator: Actuator, needs: Needs) -> list[Candle]:
    """Candles of every market and length the strategy asks for, oldest first, the open one last."""
    candles: list[Candle] = []
    for market in needs.markets:
        for unit_s, count in needs.history.items():
            candles += await _fetch(actuator, market, unit_s, min(count, MAX_HISTORY))
    return candles


async def ask_and_read(
    actuator: Actuator, request: Request, wanting: str, read: Callable[[bytes], Sequence[Told]]
) -> Sequence[Told]:
    """Ask what anybody may ask and read the answer; errors begin with `wanting`."""
    return _read(await _ask(actuator, request, wanting), wanting, read)


async def _fetch(actuator: Actuator, market: str, unit_s: int, count: int) -> list[Candle]:
    newest_first: list[Candle] = []
    to: str | None = None
    while (missing := count + 1 - len(newest_first)) > 0:
        wanted = min(MAX_CANDLES, missing)
        wanting = f"No candles of {market}"
        answer = await _ask(actuator, _question(market, unit_s, to, wanted), wanting)
        page = _read(answer, wanting, lambda body: read_candles(body, unit_s))
        newest_first += page
        if len(page) < wanted:
            break
        to = f"{datetime.fromtimestamp(page[-1].start_ms / 1000, UTC):%Y-%m-%dT%H:%M:%S}Z"
    return newest_first[::-1]


async def _ask(actuator: Actuator, request: Request, wanting: str) -> Answer:
    try:
        answer = await actuator.fetch(request)
    except (NotSent, AnswerLost) as fault:
        raise _error_for(fault)(f"{wanting}: {fault}. {IS_IT_THERE}") from None
    if not answer.is_success:
        raise _error_for(answer)(f"{wanting}: {read_refusal(answer.status, answer.body).detail}.")
    return answer


def _error_for(outcome: Answer | NotSent | AnswerLost) -> type[VenueRefusedError]:
    return VenueAwayError if may_pass(outcome) else VenueRefusedError


def _read(answer: Answer, wanting: str, read: Callable[[bytes], Sequence[Told]]) -> Sequence[Told]:
    """Read an answer; one that makes no sense is a venue out of order."""
    try:
        return read(answer.body)
    except WireError as fault:
        raise VenueAwayError(f"{wanting}: {fault}.") from None


def _question(market: str, unit_s: int, to: str | None, count: int) -> Request:
    if unit_s == DAY_S:
        return rest_quotation.candles_days(market, to=to, count=count)
    unit: MinuteUnit | None = next((unit for unit in get_args(MinuteUnit) if unit * 60 == unit_s), None)
    if unit is None:
        raise ConfigError([f"The venue has no candles of {unit_s} seconds to begin with."])
    return rest_quotation.candles_minutes(market, unit, to=to, count=count)

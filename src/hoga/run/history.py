"""What is asked of the venue before a bot starts: are its markets there, and the past its strategy needs."""

from collections.abc import Sequence
from datetime import UTC, datetime
from difflib import get_close_matches
from typing import get_args

from hoga.brain.strategy import Needs
from hoga.model.errors import ConfigError
from hoga.model.events import Candle
from hoga.net.actuator import Actuator
from hoga.net.http_connection import AnswerLost, NotSent
from hoga.run.commands.account import IS_IT_THERE, VenueRefusedError
from hoga.upbit.answers.account import Answer
from hoga.upbit.answers.quotation import read_candles, read_markets
from hoga.upbit.rest import quotation as rest_quotation
from hoga.upbit.rest.quotation import MAX_CANDLES, MinuteUnit
from hoga.upbit.rest.request import Request

DAY_S = 86_400
MAX_HISTORY = 10 * MAX_CANDLES  # bars; more would delay the start by seconds for a memory no strategy here has


async def check_markets(actuator: Actuator, codes: Sequence[str]) -> None:
    """Raise `ConfigError` for markets the venue does not list, and say which may have been meant."""
    answer = await _ask(actuator, rest_quotation.markets(), "The venue gave no list of markets")
    listed = [row.code for row in read_markets(answer.body)]
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


async def _fetch(actuator: Actuator, market: str, unit_s: int, count: int) -> list[Candle]:
    newest_first: list[Candle] = []
    to: str | None = None
    while (missing := count + 1 - len(newest_first)) > 0:
        wanted = min(MAX_CANDLES, missing)
        answer = await _ask(actuator, _question(market, unit_s, to, wanted), f"No candles of {market}")
        page = read_candles(answer.body, unit_s)
        newest_first += page
        if len(page) < wanted:
            break
        to = f"{datetime.fromtimestamp(page[-1].start_ms / 1000, UTC):%Y-%m-%dT%H:%M:%S}Z"
    return newest_first[::-1]


async def _ask(actuator: Actuator, request: Request, wanting: str) -> Answer:
    try:
        answer = await actuator.fetch(request)
    except (NotSent, AnswerLost) as fault:
        raise VenueRefusedError(f"{wanting}: {fault}. {IS_IT_THERE}") from None
    if not answer.is_success:
        raise VenueRefusedError(f"{wanting}: it answered {answer.status}. Try again a little later.")
    return answer


def _question(market: str, unit_s: int, to: str | None, count: int) -> Request:
    if unit_s == DAY_S:
        return rest_quotation.candles_days(market, to=to, count=count)
    unit: MinuteUnit | None = next((unit for unit in get_args(MinuteUnit) if unit * 60 == unit_s), None)
    if unit is None:
        raise ConfigError([f"The venue has no candles of {unit_s} seconds to begin with."])
    return rest_quotation.candles_minutes(market, unit, to=to, count=count)

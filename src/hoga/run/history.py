"""The past a strategy needs before its first decision, fetched by REST once."""

from datetime import UTC, datetime
from typing import get_args

from hoga.brain.strategy import Needs
from hoga.model.errors import ConfigError, WireError
from hoga.model.events import Candle
from hoga.net.actuator import Actuator
from hoga.upbit import rest_quotation
from hoga.upbit.answers_quotation import read_candles
from hoga.upbit.rest import Request
from hoga.upbit.rest_quotation import MAX_CANDLES, MinuteUnit

DAY_S = 86_400
MAX_HISTORY = 10 * MAX_CANDLES  # bars; more would delay the start by seconds for a memory no strategy here has


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
        answer = await actuator.fetch(_question(market, unit_s, to, wanted))
        if not answer.is_success:
            raise WireError(f"No candles of {market}: the venue answered {answer.status}.")
        page = read_candles(answer.body, unit_s)
        newest_first += page
        if len(page) < wanted:
            break
        to = f"{datetime.fromtimestamp(page[-1].start_ms / 1000, UTC):%Y-%m-%dT%H:%M:%S}Z"
    return newest_first[::-1]


def _question(market: str, unit_s: int, to: str | None, count: int) -> Request:
    if unit_s == DAY_S:
        return rest_quotation.candles_days(market, to=to, count=count)
    unit: MinuteUnit | None = next((unit for unit in get_args(MinuteUnit) if unit * 60 == unit_s), None)
    if unit is None:
        raise ConfigError([f"The venue has no candles of {unit_s} seconds to begin with."])
    return rest_quotation.candles_minutes(market, unit, to=to, count=count)

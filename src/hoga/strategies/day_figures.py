"""The day of the venue, 09:00 to 09:00 KST, as its ticker tells it."""

from hoga.model.events import Candle, Ticker
from hoga.model.money import ZERO

DAY_S = 86_400
DAY_MS = DAY_S * 1000


def candle_of(ticker: Ticker) -> Candle:
    """Today's bar so far; 09:00 KST is midnight UTC, so days are whole multiples of a day."""
    return Candle(
        market=ticker.market,
        unit_s=DAY_S,
        start_ms=ticker.trade_timestamp_ms // DAY_MS * DAY_MS,
        opening_price=ticker.opening_price,
        high_price=ticker.high_price,
        low_price=ticker.low_price,
        close=ticker.price,
        volume=ZERO,
        value=ZERO,
    )

"""The quotation endpoints: what anybody may ask without a key. Their error names are integers, the status itself."""

from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from typing import Final

from hoga.model.money import plain
from hoga.simulator.market.candles import start_of
from hoga.simulator.rest import quotation_rows, wire
from hoga.simulator.rest.quotation_asked import (
    INVALID,
    MISMATCH,
    MISSING,
    bad,
    not_found,
    number,
    trades_until_ms,
    until_ms,
    wanted_level,
)
from hoga.simulator.streams import levels
from hoga.simulator.streams.book_views import view
from hoga.simulator.venue import Call, Endpoint

MAX_CANDLES = 200
MAX_TRADES = 500
MAX_ID_DIGITS = 19  # of a 64-bit number
MAX_LEVELS = 30
MINUTE_UNITS = (1, 3, 5, 10, 15, 30, 60, 240)

_CAUTIONS = (
    "PRICE_FLUCTUATIONS",
    "TRADING_VOLUME_SOARING",
    "DEPOSIT_AMOUNT_SOARING",
    "GLOBAL_PRICE_DIFFERENCES",
    "CONCENTRATION_OF_SMALL_ACCOUNTS",
)


def pairs(call: Call) -> object:
    """GET /market/all; `isDetails` is the older name that pyupbit sends."""
    details = (call.asked.text("is_details") or call.asked.text("isDetails") or "false").lower() == "true"
    rows = []
    for market in call.venue.exchange.markets.values():
        row: wire.Row = {
            "market": market.code,
            "korean_name": market.korean_name or market.base,
            "english_name": market.english_name or market.base,
        }
        if details:
            caution = {name: name in market.cautions for name in _CAUTIONS}
            row["market_event"] = {"warning": market.warning, "caution": caution}
        rows.append(row)
    return rows


def candles(unit: str) -> Callable[[Call], object]:
    """GET /candles/…: at most `count` candles that began before `to`, newest first, none for a time without trades."""

    def answer(call: Call) -> object:
        asked, market = call.asked, _market(call)
        converting = asked.text("converting_price_unit") if unit == "1d" else None
        if converting not in {None, "KRW"}:
            bad(INVALID)
        count = number(asked, "count", 1, at_most=MAX_CANDLES)
        bars = call.venue.candles.rows(market, unit, before_ms=until_ms(asked, call.now_ms), count=count + 1)
        rows = []
        for index, bar in enumerate(bars[:count]):
            earlier = bars[index + 1] if index + 1 < len(bars) else None
            rows.append(quotation_rows.candle_row(bar, unit, earlier, converted=converting is not None))
        return rows

    return answer


def minute_candles(text: str) -> Endpoint | None:
    """The endpoint of /candles/minutes/{text}, which refuses units the venue does not have."""
    if text.isascii() and text.isdigit() and len(text) < 4 and int(text) in MINUTE_UNITS:  # noqa: PLR2004 - the longest is 240
        return ROUTES["GET", f"/v1/candles/minutes/{int(text)}"]
    return Endpoint(group="candles", answer=_no_such_unit, signed=False)


def trades(call: Call) -> object:
    """GET /trades/ticks: newest first, before `cursor` (a sequential_id), or before `to` (UTC) of `days_ago`."""
    asked, market = call.asked, _market(call)
    board = call.venue.board
    cursor = asked.text("cursor")
    if cursor is not None and not (cursor.isascii() and cursor.isdigit() and len(cursor) <= MAX_ID_DIGITS):
        bad(MISMATCH)
    found = board.trades(
        market,
        count=number(asked, "count", 1, at_most=MAX_TRADES),
        before_ms=trades_until_ms(asked, call.now_ms),
        before_id=None if cursor is None else int(cursor),
    )
    closes: dict[int, Decimal] = {}
    rows = []
    for trade in found:
        day_ms = start_of("1d", trade.trade_timestamp_ms)
        if day_ms not in closes:
            closes[day_ms] = board.closed_at(market, day_ms) or trade.price
        rows.append(quotation_rows.trade_row(trade, closes[day_ms]))
    return rows


def tickers(call: Call) -> object:
    """GET /ticker: one bad code fails the whole call (seen live on 2026-09-23)."""
    return _ticker_rows(call, _markets(call))


def all_tickers(call: Call) -> object:
    """GET /ticker/all by quote currencies."""
    quotes = call.asked.many("quote_currencies")
    if not quotes:
        bad(MISSING)
    return _ticker_rows(call, [code for code in call.venue.exchange.markets if code.partition("-")[0] in quotes])


def books(call: Call) -> object:
    """GET /orderbook: a count above 30 is cut to 30 (seen live on 2026-09-23); an unsupported level gives no rows."""
    codes = _markets(call)
    count = min(MAX_LEVELS, number(call.asked, "count", MAX_LEVELS, at_most=10**6))
    level = wanted_level(call.asked)
    return [
        quotation_rows.book_row(view(call.venue.exchange.shown_book(code), count, level))
        for code in codes
        if plain(level) in _levels(call, code)
    ]


def instruments(call: Call) -> object:
    """GET /orderbook/instruments: the tick of each market now."""
    return [
        {
            "market": code,
            "quote_currency": code.partition("-")[0],
            "tick_size": plain(_tick(call, code)),
            "supported_levels": _levels(call, code),
        }
        for code in _markets(call)
    ]


def supported_levels(call: Call) -> object:
    """GET /orderbook/supported_levels (deprecated since 2025-07-31)."""
    return [
        {"market": code, "supported_levels": [wire.short(Decimal(level)) for level in _levels(call, code)]}
        for code in _markets(call)
    ]


def _ticker_rows(call: Call, codes: Sequence[str]) -> list[wire.Row]:
    figures = (call.venue.board.figures(code, call.now_ms) for code in codes)
    return [quotation_rows.ticker_row(each, call.now_ms) for each in figures if each is not None]


def _no_such_unit(_: Call) -> object:
    bad(INVALID)


def _market(call: Call) -> str:
    code = call.asked.text("market")
    if code is None:
        bad(MISSING)
    return _known(call, code)


def _markets(call: Call) -> list[str]:
    codes = call.asked.many("markets")
    if not codes:
        bad(MISSING)
    return [_known(call, code) for code in codes]


def _known(call: Call, code: str) -> str:
    upper = code.strip().upper()  # lower-case codes are taken (seen live on 2026-09-23)
    if upper not in call.venue.exchange.markets:
        not_found()
    return upper


def _tick(call: Call, code: str) -> Decimal:
    market, last = call.venue.exchange.markets[code], call.venue.board.last(code)
    return market.tick if last is None else market.tick_at(last.price)


def _levels(call: Call, code: str) -> list[str]:
    last = call.venue.board.last(code)
    return levels.supported(code, _tick(call, code), last.price if last else None)


def _routes() -> dict[tuple[str, str], Endpoint]:
    by_path: dict[str, tuple[str, Callable[[Call], object]]] = {
        "market/all": ("market", pairs),
        "candles/seconds": ("candles", candles("1s")),
        "candles/days": ("candles", candles("1d")),
        "candles/weeks": ("candles", candles("1w")),
        "candles/months": ("candles", candles("1M")),
        "candles/years": ("candles", candles("1y")),
        **{f"candles/minutes/{unit}": ("candles", candles(f"{unit}m")) for unit in MINUTE_UNITS},
        "trades/ticks": ("crix-trades", trades),
        "ticker": ("ticker", tickers),
        "ticker/all": ("ticker", all_tickers),
        "orderbook": ("orderbook", books),
        "orderbook/instruments": ("orderbook", instruments),
        "orderbook/supported_levels": ("orderbook", supported_levels),
    }
    return {
        ("GET", f"/v1/{path}"): Endpoint(group=group, answer=answer, signed=False)
        for path, (group, answer) in by_path.items()
    }


ROUTES: Final[Mapping[tuple[str, str], Endpoint]] = _routes()

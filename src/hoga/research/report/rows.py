"""The figures as rows of a table: what each is called, what the strategy reached, and what the holder did."""

from decimal import Decimal

from msgspec import Struct

from hoga.research.report.curves import Drawdown
from hoga.research.report.figures import Figures
from hoga.research.report.spelling import amount, day, duration, number, percent
from hoga.research.report.words import NOT_YET, NOTHING, Words, same


class Row(Struct, frozen=True):
    """One figure. `holder` is the holder's, where he has one; `sign` is +1 for a gain, -1 for a loss, 0 for neither."""

    key: str
    name: Words
    value: Words
    holder: Words = NOTHING
    sign: int = 0


class Group(Struct, frozen=True):
    """Figures that belong together."""

    name: Words
    rows: tuple[Row, ...]


def groups(found: Figures, quote: str) -> tuple[Group, ...]:
    """All figures, as people read them."""
    return (
        Group(Words("수익", "Earned"), _earned(found, quote)),
        Group(Words("위험", "Risk"), _risk(found)),
        Group(Words("거래", "Trades"), _trades(found, quote)),
    )


def sign_of(value: Decimal | float | None) -> int:
    """+1, -1 or 0."""
    return 0 if value is None else (value > 0) - (value < 0)


def _earned(found: Figures, quote: str) -> tuple[Row, ...]:
    held = found.holding
    profit = None if held is None else held.ending_equity - found.starting_equity
    fees = amount(found.fees, quote)
    unknown = found.unknown_fees
    paid = Words(f"{fees} (모름 {unknown}건)", f"{fees} ({unknown} unknown)") if unknown else same(fees)
    return (
        Row("starting_equity", Words("시작 평가금액", "Start"), same(amount(found.starting_equity, quote))),
        Row(
            "ending_equity",
            Words("최종 평가금액", "End"),
            same(amount(found.ending_equity, quote)),
            same(amount(None if held is None else held.ending_equity, quote)),
        ),
        Row(
            "profit",
            Words("손익", "Profit"),
            same(amount(found.profit, quote, signed=True)),
            same(amount(profit, quote, signed=True)),
            sign_of(found.profit),
        ),
        Row(
            "total_return",
            Words("수익률", "Return"),
            same(percent(found.total_return)),
            same(percent(None if held is None else held.total_return)),
            sign_of(found.total_return),
        ),
        Row(
            "cagr",
            Words("연평균 수익률 (CAGR)", "CAGR"),
            same(percent(found.cagr)),
            same(percent(None if held is None else held.cagr)),
            sign_of(found.cagr),
        ),
        Row("fees", Words("낸 수수료", "Fees paid"), paid, same(amount(None if held is None else held.fees, quote))),
    )


def _risk(found: Figures) -> tuple[Row, ...]:
    held = found.holding
    fall = None if held is None else held.drawdown
    return (
        Row(
            "drawdown",
            Words("최대 낙폭 (MDD)", "MDD"),
            _depth(found.drawdown),
            _depth(fall),
            -(found.drawdown is not None),
        ),
        Row("drawdown_peak", Words("낙폭 고점", "Peak before it"), _peak(found.drawdown), _peak(fall)),
        Row("drawdown_trough", Words("낙폭 저점", "Trough"), _trough(found.drawdown), _trough(fall)),
        Row("recovered", Words("회복", "Recovered"), _recovery(found.drawdown), _recovery(fall)),
        Row("under_water_ms", Words("최장 손실 구간", "Time under water"), duration(found.under_water_ms)),
        Row("sharpe", Words("샤프 지수", "Sharpe"), same(number(found.sharpe))),
        Row("sortino", Words("소르티노 지수", "Sortino"), same(number(found.sortino))),
        Row("calmar", Words("칼마 지수", "Calmar"), same(number(found.calmar))),
        Row("exposure", Words("투자 비중 (평균)", "Exposure"), same(percent(found.exposure, signed=False))),
    )


def _trades(found: Figures, quote: str) -> tuple[Row, ...]:
    traded = found.trading
    average = amount(traded.average, quote, signed=True)
    if traded.average_fraction is not None:
        average += f" ({percent(traded.average_fraction)})"
    return (
        Row("round_trips", Words("왕복 거래", "Round trips"), same(f"{traded.round_trips:,}")),
        Row("win_rate", Words("승률", "Win rate"), same(percent(traded.win_rate, signed=False))),
        Row("profit_factor", Words("프로핏 팩터", "Profit factor"), same(number(traded.profit_factor))),
        Row("average", Words("평균 거래", "Average trade"), same(average), sign=sign_of(traded.average)),
        Row(
            "best",
            Words("최고 거래", "Best trade"),
            same(amount(traded.best, quote, signed=True)),
            sign=sign_of(traded.best),
        ),
        Row(
            "worst",
            Words("최악 거래", "Worst trade"),
            same(amount(traded.worst, quote, signed=True)),
            sign=sign_of(traded.worst),
        ),
        Row(
            "orders",
            Words("주문 · 체결 주문 · 체결", "Orders · traded · fills"),
            same(f"{found.orders:,} / {found.filled_orders:,} / {found.fills:,}"),
        ),
        Row("refused", Words("거부된 주문", "Refused orders"), same(f"{found.refused:,}")),
        Row("turnover", Words("회전율 (배)", "Turnover (times)"), same(number(found.turnover))),
    )


def _depth(fall: Drawdown | None) -> Words:
    return NOTHING if fall is None else same(percent(-fall.depth))


def _peak(fall: Drawdown | None) -> Words:
    return NOTHING if fall is None else same(day(fall.peak_ms))


def _trough(fall: Drawdown | None) -> Words:
    return NOTHING if fall is None else same(day(fall.trough_ms))


def _recovery(fall: Drawdown | None) -> Words:
    if fall is None:
        return NOTHING
    return NOT_YET if fall.recovered_ms is None else same(day(fall.recovered_ms))

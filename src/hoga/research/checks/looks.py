"""The questions put to a strategy, one after the other: each looks for one way of deceiving oneself.

A finding never says that a strategy is good. It says that one way of deceiving oneself was looked for, and whether it
was found. The bounds stand in one table, `BOUNDS`, and in docs/checks.md.
"""

from collections.abc import Callable, Sequence
from enum import StrEnum

from msgspec import Struct

from hoga.research.checks.examining import Examination
from hoga.research.report.words import Words


class Outcome(StrEnum):
    """Nothing found; reason for doubt; found; could not be looked for."""

    OK = "ok"
    DOUBT = "doubt"
    BAD = "bad"
    UNKNOWN = "unknown"


class Finding(Struct, frozen=True, kw_only=True):
    """One question, its answer, and the sentence that gives the figures."""

    name: str
    outcome: Outcome
    words: Words


TOO_LITTLE = Words("데이터나 거래가 적어 말할 수 없습니다.", "Too few days, trades or sets to say.")

#: (good from here, bad below here); between them there is doubt.
BOUNDS = {
    "round trips": (30, 10),
    "deflated sharpe": (0.95, 0.5),
    "overfitting": (0.2, 0.5),  # the other way round: good up to the first, bad above the second
    "efficiency": (0.5, 0.0),
    "neighbours": (0.75, 0.5),
    "loss chance": (0.1, 0.4),  # the other way round
    "start": (0.7, 0.5),
}


def _look_ahead(examined: Examination) -> Finding:
    ahead = examined.look_ahead
    if not ahead.decisions:
        return Finding(
            name="look-ahead",
            outcome=Outcome.UNKNOWN,
            words=Words("주문이 없어 비교할 것이 없습니다.", "There was no order to compare."),
        )
    if ahead.differences:
        first = ahead.differences[0]
        return Finding(
            name="look-ahead",
            outcome=Outcome.BAD,
            words=Words(
                f"미래를 봅니다: 데이터를 줄이자 {first.number + 1}번째 주문이 달라졌습니다.",
                f"It sees the future: with shorter data decision {first.number + 1} was another one.",
            ),
        )
    return Finding(
        name="look-ahead",
        outcome=Outcome.OK,
        words=Words(
            f"줄인 데이터 {len(ahead.cuts)}개에서 주문 {ahead.decisions:,}개가 모두 같았습니다.",
            f"{ahead.decisions:,} decisions were the same on data that ended earlier ({len(ahead.cuts)} ends).",
        ),
    )


def _round_trips(examined: Examination) -> Finding:
    count = examined.figures.trading.round_trips
    return Finding(
        name="round trips",
        outcome=_at_least(count, "round trips"),
        words=Words(
            f"왕복 거래 {count:,}회. 30회보다 적으면 운과 실력을 가릴 수 없습니다.",
            f"{count:,} round trips. Fewer than 30 cannot tell skill from luck.",
        ),
    )


def _gain(examined: Examination) -> Finding:
    own, held = examined.figures.total_return, examined.figures.holding
    hold = None if held is None else held.total_return
    outcome = Outcome.UNKNOWN
    if own is not None:
        outcome = Outcome.BAD if own <= 0 else Outcome.OK if hold is None or own > hold else Outcome.DOUBT
    return _found(
        name="gain",
        outcome=outcome,
        words=Words(
            f"수수료 후 수익 {_percent(own)}, 단순 보유 {_percent(hold)}.",
            f"{_percent(own)} after fees; holding the coins brought {_percent(hold)}.",
        ),
    )


def _deflated(examined: Examination) -> Finding:
    found = examined.deflated_sharpe
    return _found(
        name="deflated sharpe",
        outcome=_at_least(found, "deflated sharpe"),
        words=Words(
            f"파라미터 {examined.tried}가지를 시험한 운을 뺀 뒤에도 실력이 있을 확률 {_percent(found)}.",
            f"{_percent(found)} chance of skill once the luck of trying {examined.tried} parameter sets is taken off.",
        ),
    )


def _overfitting(examined: Examination) -> Finding:
    found = examined.overfitting
    return _found(
        name="overfitting",
        outcome=_at_most(found, "overfitting"),
        words=Words(
            f"과최적화 확률 {_percent(found)}: 절반의 날에서 가장 좋았던 설정이 나머지 날에는 중간 이하인 비율.",
            f"{_percent(found)} probability of overfitting: how often the best of half the days is below the middle on"
            " the others.",
        ),
    )


def _walk_forward(examined: Examination) -> Finding:
    walked = examined.walk_forward
    if walked is None or not walked.steps:
        return Finding(
            name="walk forward",
            outcome=Outcome.UNKNOWN,
            words=Words("전진 분석을 하지 않았습니다.", "There was no walk forward; it takes more data."),
        )
    looked = [step.looked for step in walked.steps if step.looked is not None]
    inside = sum(looked) / len(looked) if looked else None
    outside, gain = walked.sharpe, walked.total_return
    efficiency = None if inside is None or outside is None or inside <= 0 else outside / inside
    outcome = Outcome.BAD if gain <= 0 else _at_least(efficiency, "efficiency")
    return Finding(
        name="walk forward",
        outcome=outcome,
        words=Words(
            f"새 데이터 {len(walked.steps)}구간에서 수익 {_percent(gain)},"
            f" 샤프 {_two(outside)} (고를 때는 {_two(inside)}).",
            f"{_percent(gain)} on {len(walked.steps)} stretches of new data, Sharpe {_two(outside)}; when chosen it"
            f" looked like {_two(inside)}.",
        ),
    )


def _neighbours(examined: Examination) -> Finding:
    near = [variant.total_return for variant in examined.sensitivity.neighbours]
    known = [gain for gain in near if gain is not None]
    share = sum(gain > 0 for gain in known) / len(known) if known else None
    return _found(
        name="neighbours",
        outcome=_at_least(share, "neighbours"),
        words=Words(
            f"이웃한 파라미터 {len(known)}개 중 이익 {_percent(share)}, 최저 {_percent(min(known, default=None))}.",
            f"{_percent(share)} of {len(known)} neighbouring parameters gain; the worst brings"
            f" {_percent(min(known, default=None))}.",
        ),
    )


def _costs(examined: Examination) -> Finding:
    doubled, slower = examined.sensitivity.double_fee.total_return, examined.sensitivity.slower.total_return
    outcome = Outcome.UNKNOWN
    if doubled is not None and slower is not None:
        outcome = Outcome.OK if min(doubled, slower) > 0 else Outcome.DOUBT
    return _found(
        name="costs",
        outcome=outcome,
        words=Words(
            f"수수료 두 배 {_percent(doubled)}, 200 ms 느린 회선 {_percent(slower)}.",
            f"{_percent(doubled)} with twice the fee, {_percent(slower)} on a wire slower by 200 ms.",
        ),
    )


def _order(examined: Examination) -> Finding:
    order = examined.order
    chance = None if order is None else order.loss_chance
    depth = None if order is None else order.bad_depth
    return _found(
        name="order of trades",
        outcome=_at_most(chance, "loss chance"),
        words=Words(
            f"거래를 다시 뽑으면 손실 확률 {_percent(chance)}, 순서만 바꿔도 20번 중 1번은 {_percent(depth)} 하락.",
            f"{_percent(chance)} chance of a loss when trades are drawn anew; in one order of twenty the worth falls by"
            f" {_percent(depth)}.",
        ),
    )


def _start(examined: Examination) -> Finding:
    start = examined.start
    chance = None if start is None else start.gain_chance
    bad = None if start is None else start.bad
    return _found(
        name="start date",
        outcome=_at_least(chance, "start"),
        words=Words(
            f"시작일을 바꾸면 이익 비율 {_percent(chance)}, 20번 중 1번은 {_percent(bad)} 이하.",
            f"{_percent(chance)} of all start dates gain; one of twenty brings {_percent(bad)} or less.",
        ),
    )


LOOKS: Sequence[Callable[[Examination], Finding]] = (
    _look_ahead,
    _gain,
    _round_trips,
    _walk_forward,
    _deflated,
    _overfitting,
    _neighbours,
    _costs,
    _order,
    _start,
)


def _found(*, name: str, outcome: Outcome, words: Words) -> Finding:
    """A finding with its figures, or without them where there are none."""
    return Finding(name=name, outcome=outcome, words=TOO_LITTLE if outcome is Outcome.UNKNOWN else words)


def _at_least(value: float | None, name: str) -> Outcome:
    good, bad = BOUNDS[name]
    if value is None:
        return Outcome.UNKNOWN
    return Outcome.OK if value >= good else Outcome.BAD if value < bad else Outcome.DOUBT


def _at_most(value: float | None, name: str) -> Outcome:
    good, bad = BOUNDS[name]
    if value is None:
        return Outcome.UNKNOWN
    return Outcome.OK if value <= good else Outcome.BAD if value > bad else Outcome.DOUBT


def _percent(value: float | None) -> str:
    return "-" if value is None else f"{value * 100:.1f} %"


def _two(value: float | None) -> str:
    return "-" if value is None else f"{value:.2f}"

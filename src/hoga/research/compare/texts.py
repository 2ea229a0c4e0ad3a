"""The words of a comparison in both languages."""

from collections.abc import Mapping

from hoga.research.compare.comparing import Comparison
from hoga.research.report.spelling import amount
from hoga.research.report.words import Words, same

TITLE = Words("실행과 백테스트 비교", "A run beside its backtest")
EQUAL = Words(
    "모든 주문이 같고, 금액도 마지막 원까지 같습니다.", "Every order is the same, and every amount to the last won."
)
SPLIT = Words("차이의 원인", "Where the difference comes from")
ORDERS = Words("주문별 비교", "Order by order")
SAME_ORDERS = Words("같은 주문", "The same in both")
TOTAL = Words("합계", "Total")
RUN = Words("실행", "Run")
TEST = Words("백테스트", "Backtest")
DIFFERENCE = Words("차이", "Difference")
HOLES = Words("시세가 빠진 구간", "Stretches without market news")
MORE = Words("생략된 주문 수", "Orders left out")

CAUSES: Mapping[str, Words] = {
    "latency": Words("지연", "Latency"),
    "queue": Words("호가 대기열", "Queue"),
    "slippage": Words("슬리피지", "Slippage"),
    "missed_data": Words("빠진 시세", "Missed data"),
    "rate_limit": Words("요청 한도", "Rate limit"),
    "rejection": Words("주문 거부", "Rejection"),
    "unexplained": Words("설명되지 않음", "Unexplained"),
}

MEANINGS: Mapping[str, Words] = {
    "latency": Words(
        "가정 대신 측정된 지연으로 다시 돌렸을 때의 변화",
        "what changes when the measured latency replaces the assumed one",
    ),
    "queue": Words(
        "같은 지정가 주문이 대기하다 다르게 체결됨", "the same resting orders filled otherwise while they waited"
    ),
    "slippage": Words("같은 수량이 다른 가격에 즉시 체결됨", "the same size taken at other prices"),
    "missed_data": Words("시세가 빠진 구간의 주문", "orders in stretches without market news"),
    "rate_limit": Words("한도 때문에 나가지 못한 주문", "orders that the pace kept back"),
    "rejection": Words("거부된 주문", "orders that were refused"),
    "unexplained": Words("무엇 때문인지 정직하게 말할 수 없음", "nobody can say honestly"),
}

DIFFERS: Mapping[str, Words] = {
    "missing": Words("실행에 없음", "missing in the run"),
    "extra": Words("실행에만 있음", "only in the run"),
    "refused": Words("거부", "refused"),
    "price": Words("가격", "price"),
    "size": Words("수량", "size"),
    "time": Words("시각", "time"),
}

HEADINGS = (
    Words("시각 (KST)", "Time (KST)"),
    Words("마켓", "Market"),
    Words("구분", "Side"),
    Words("유형", "Kind"),
    Words("실행 가격", "Run's price"),
    Words("백테스트 가격", "Backtest's price"),
    Words("실행 수량", "Run's size"),
    Words("백테스트 수량", "Backtest's size"),
    Words("늦음 (ms)", "Later (ms)"),
    Words("다른 점", "Differs in"),
    DIFFERENCE,
)

SIDES: Mapping[str, Words] = {"buy": Words("매수", "buy"), "sell": Words("매도", "sell")}


def facts(found: Comparison) -> list[tuple[Words, Words]]:
    """The figures at the top."""
    counts = {name: sum(name in row.differs for row in found.rows) for name in DIFFERS}
    alike = sum(not row.differs for row in found.rows)
    measured = "-" if found.measured_latency_ns is None else _ms(found.measured_latency_ns)
    return [
        (RUN, same(f"{found.run_id} · {found.venue} · {found.strategy}")),
        (Words("실행 손익", "The run's gain"), same(amount(found.run_gain, found.quote, signed=True))),
        (Words("백테스트 손익", "The backtest's gain"), same(amount(found.test_gain, found.quote, signed=True))),
        (DIFFERENCE, same(amount(found.difference, found.quote, signed=True))),
        (Words("주문", "Orders"), same(f"{len(found.rows):,}")),
        (SAME_ORDERS, same(f"{alike:,}")),
        *((DIFFERS[name], same(f"{count:,}")) for name, count in counts.items() if count),
        (
            Words("편도 지연 (가정 / 측정)", "Latency one way (assumed / measured)"),
            same(f"{_ms(found.assumed_latency_ns)} / {measured}"),
        ),
        (HOLES, same(f"{len(found.holes):,}")),
    ]


def _ms(length_ns: int) -> str:
    return f"{length_ns / 1e6:,.1f} ms"

"""Under which conditions a result holds, in sentences a trader can disagree with."""

from hoga.model.money import plain
from hoga.research.report.words import Words
from hoga.research.result import Assumptions

MS = 1_000_000

#: What a queue model supposes; a name that is not here is shown as it is.
_QUEUES = {
    "back": Words(
        "지정가 주문은 같은 가격의 대기 물량 맨 뒤에 섭니다.",
        "A resting order stands behind everything that was there before it.",
    ),
    "front": Words(
        "지정가 주문은 같은 가격의 대기 물량 맨 앞에 섭니다 (낙관적).",
        "A resting order stands before everything else at its price (optimistic).",
    ),
    "through": Words(
        "지정가 주문은 가격을 뚫고 지나간 체결이 있어야만 체결됩니다 (비관적).",
        "A resting order fills only when a trade goes through its price (pessimistic).",
    ),
}
_INTRABAR = {
    "ohlc": Words(
        "봉 안에서는 시가, 고가, 저가, 종가 순으로 움직였다고 봅니다.",
        "Within a bar the price is taken to go open, high, low, close.",
    ),
    "pessimistic": Words(
        "봉 안에서는 보유 포지션에 불리한 가격이 먼저 온다고 봅니다.",
        "Within a bar the price that is worse for the position is taken to come first.",
    ),
    "optimistic": Words(
        "봉 안에서는 보유 포지션에 유리한 가격이 먼저 온다고 봅니다 (낙관적).",
        "Within a bar the price that is better for the position is taken to come first (optimistic).",
    ),
}


def in_words(assumed: Assumptions) -> list[Words]:
    """One sentence for each assumption."""
    latency = plain_ms(assumed.latency_ns)
    said = [
        Words(f"데이터: {assumed.data}.", f"Run through {assumed.data}."),
        *_fees(assumed),
        Words(
            f"주문이 거래소에 닿기까지, 체결을 듣기까지 각각 {latency} ms.",
            f"An order takes {latency} ms to reach the exchange, and its fill as long to be heard of.",
        ),
        Words(
            f"봉에서 만든 호가는 가격에서 양쪽으로 {assumed.slippage_ticks}틱 떨어져 있습니다 (슬리피지).",
            f"The book made of a bar stands {assumed.slippage_ticks} ticks from its price on each side (slippage).",
        ),
        _queue(assumed),
    ]
    if "candle" in assumed.data:
        said.append(
            _INTRABAR.get(
                assumed.intrabar, Words(f"봉 안의 순서: {assumed.intrabar}.", f"Order in a bar: {assumed.intrabar}.")
            )
        )
    said.append(
        Words(
            f"난수 시드 {assumed.seed}. 우리 주문은 시장의 다른 참가자를 움직이지 않습니다.",
            f"Seed {assumed.seed}. Our orders do not move the other people of the market.",
        )
    )
    return said


def _queue(assumed: Assumptions) -> Words:
    # Nobody knows who stands in a book that was made of a candle or a trade (docs/fills.md).
    queue = "through" if assumed.queue == "back" and "book" not in assumed.data else assumed.queue
    return _QUEUES.get(queue, Words(f"대기열 모형: {queue}.", f"Queue model: {queue}."))


def _fees(assumed: Assumptions) -> list[Words]:
    by_rate: dict[tuple[str, str], list[str]] = {}
    for market, (taker, maker) in assumed.fee_rates.items():
        by_rate.setdefault((plain(taker * 100), plain(maker * 100)), []).append(market)
    return [
        Words(
            f"수수료: 테이커 {taker}%, 메이커 {maker}% ({_some(markets)}).",
            f"Fees: {taker}% taker, {maker}% maker ({_some(markets)}).",
        )
        for (taker, maker), markets in by_rate.items()
    ]


#: Markets named in one sentence.
_NAMED = 6


def _some(markets: list[str]) -> str:
    more = f" +{len(markets) - _NAMED}" if len(markets) > _NAMED else ""
    return ", ".join(markets[:_NAMED]) + more


def plain_ms(length_ns: int) -> str:
    """Milliseconds without digits that say nothing."""
    return f"{length_ns / MS:g}"

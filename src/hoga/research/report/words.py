"""The words of a report in Korean and English: short ones here, sentences in `assumptions`."""

from typing import Literal, NamedTuple

Language = Literal["ko", "en"]


class Words(NamedTuple):
    """The same thing said in both languages."""

    ko: str
    en: str

    def in_(self, language: Language) -> str:
        """Say it in one of them."""
        return self.ko if language == "ko" else self.en


def same(text: str) -> Words:
    """A text that needs no translation: a number, a date, a name."""
    return Words(text, text)


NOTHING = same("-")
NOT_YET = Words("아직 아님", "not yet")
OPEN_POSITION = Words("보유 중", "open")

REPORT = Words("백테스트 결과", "Backtest report")
STRATEGY = Words("전략", "Strategy")
PERIOD = Words("기간", "Period")
HOLDER = Words("단순 보유", "Buy and hold")
MARKET = Words("마켓", "Market")
MONTHS = Words("월별 수익률", "Monthly returns")
YEAR = Words("연간", "Year")
ASSUMPTIONS = Words("가정", "Assumptions")
REFUSED = Words("거부된 주문", "Refused orders")
REASON = Words("사유", "Reason")
COUNT = Words("건수", "Count")
HALTED = Words("도중에 멈춤", "Halted")

#: Why an order was refused, by the word the result counts it under; others are shown as they are.
REASONS = {
    "insufficient_funds": Words("잔고 부족", "not enough funds"),
    "below_minimum": Words("최소 주문 금액 미만", "below the minimum"),
    "above_maximum": Words("최대 주문 금액 초과", "above the maximum"),
    "price_not_on_tick": Words("호가 단위에 맞지 않는 가격", "price off the tick"),
    "time_in_force": Words("주문 조건 오류", "time in force"),
    "post_only": Words("즉시 체결되는 지정가 (post only)", "post only, would have traded"),
    "duplicate_id": Words("중복 주문 번호", "duplicate id"),
    "unknown_market": Words("없는 마켓", "unknown market"),
    "market_offline": Words("거래 중지 마켓", "market offline"),
    "invalid_request": Words("잘못된 요청", "invalid request"),
    "rate_limit": Words("요청 한도 초과", "rate limit"),
    "risk": Words("리스크 한도", "risk limits"),
    "queue_full": Words("대기열 가득 참", "queue full"),
    "not_sent": Words("전송되지 않음", "not sent"),
}


def reason(word: str) -> Words:
    """Why an order was refused."""
    return REASONS.get(word, same(word))

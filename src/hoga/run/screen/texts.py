"""The words of the screen in Korean and English."""

from typing import Literal

_KOREAN = {
    "trading": "거래 중",
    "equity": "평가금액",
    "decisions": "판단",
    "order book": "호가",
    "orders": "주문",
    "fills": "체결",
    "fees": "수수료",
    "realised": "실현손익",
    "unrealised": "평가손익",
    "cash": "주문가능",
    "money": "자산",
    "order": "번호",
    "side": "구분",
    "price": "가격",
    "volume": "수량",
    "filled": "체결량",
    "state": "상태",
    "own orders": "내 주문",
    "frames": "수신",
    "broken": "깨진 프레임",
    "reconnects": "재연결",
    "requests": "요청",
    "lost": "응답 없음",
    "limits": "한도",
    "differences": "대사 차이",
    "health": "상태 점검",
    "rejected": "거부",
    "left open": "남은 주문",
    "summary": "요약",
    "start equity": "시작 평가금액",
    "profit": "손익",
    "refused for pace": "429 횟수",
}


class Texts:
    """Looks up a word of the screen; an English word stands for itself."""

    def __init__(self, language: Literal["ko", "en"]) -> None:
        self._words = _KOREAN if language == "ko" else {}

    def __call__(self, english: str) -> str:
        """The word in the chosen language."""
        return self._words.get(english, english)

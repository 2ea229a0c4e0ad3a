"""The headings and sentences of the HTML page in both languages."""

from hoga.research.report import words
from hoga.research.report.words import Words

report = words.REPORT
strategy = words.STRATEGY
holder = words.HOLDER
market = words.MARKET
months = words.MONTHS
year = words.YEAR
assumptions = words.ASSUMPTIONS
refused = words.REFUSED
reason = words.REASON
count = words.COUNT
halted = words.HALTED

skip = Words("지표로 건너뛰기", "Skip to the figures")
colours = Words("상승 빨강 · 하락 파랑", "rise red · fall blue")
worth = Words("평가금액과 낙폭", "Equity and drawdown")
trades_on_candles = Words("캔들 위의 매매", "Trades on candles")
arrows = Words(
    "▲ 매수는 캔들 아래, ▼ 매도는 캔들 위. 한 캔들(매매가 많으면 이웃한 캔들) 안의 체결은 하나로 모았습니다.",
    "▲ buys stand below the candle, ▼ sells above it. Fills in one candle (of very many: in neighbours) are joined.",
)
keys = Words(
    "차트에 초점을 두고: ← → 이동, + - 확대·축소, 0 전체.",
    "With the focus on a chart: ← → move, + - zoom, 0 shows all.",
)
no_bars = Words("차트에 쓸 봉이 없습니다.", "There are no bars for a chart.")
noscript = Words(
    "차트는 스크립트가 필요합니다. 표는 모두 그대로 읽을 수 있습니다.",
    "Charts need scripts; every table can be read without.",
)
figures = Words("지표", "Figures")
none = Words("없음", "None")
by_market = Words("마켓별", "By market")
orders = Words("주문", "Orders")
events = Words("이벤트", "events")
definitions = Words("지표의 정의는 docs/report.md에 있습니다.", "Every figure is defined in docs/report.md.")
past = Words(
    "과거 데이터로 계산한 결과이며 미래의 수익을 약속하지 않습니다.",
    "Worked out on past data; it promises nothing about the future.",
)

MARKET_HEADINGS = (
    words.MARKET,
    Words("주문", "Orders"),
    Words("왕복 거래", "Round trips"),
    Words("승률", "Win rate"),
    Words("실현손익", "Realised"),
    Words("평가손익", "Open"),
    Words("수수료", "Fees"),
    Words("보유", "Held"),
    Words("가격 변화", "Price change"),
)

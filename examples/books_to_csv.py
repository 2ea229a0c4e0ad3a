"""The books of a backtest as CSV and XLSX; for a bot's own journals see `hoga report trades`."""

from pathlib import Path

import hoga
from hoga.research.books.book import book_of_result, totals
from hoga.research.books.writing import write_csv, write_xlsx

HOUR_S = 3600
DAY_MS = 86_400_000
BEGIN_MS = 1_767_193_200_000  # 2026-01-01 00:00 in Seoul

prices = hoga.synthetic(["KRW-BTC"], seed=7, unit_s=HOUR_S, begin_ms=BEGIN_MS, end_ms=BEGIN_MS + 60 * DAY_MS)
result = hoga.backtest("sma_cross", prices, params={"unit_s": HOUR_S, "fast": 12, "slow": 48})

book = book_of_result(result)
write_csv(book, Path("trades-2026.csv"), 2026, "en")
write_xlsx(book, Path("trades-2026.xlsx"), 2026, "en")
for total in totals(book.lines):
    average, fifo = f"{total.gain_average:,.0f}", f"{total.gain_fifo:,.0f}"
    print(f"{total.year} {total.currency}: {total.fills} fills, gained {average} (moving average), {fifo} (FIFO)")

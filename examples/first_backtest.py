"""A backtest in a few lines, on made-up prices: no key, no network, no data."""

import hoga

HOUR_S = 3600
DAY_MS = 86_400_000
BEGIN_MS = 1_767_193_200_000  # 2026-01-01 00:00 in Seoul

prices = hoga.synthetic(["KRW-BTC"], seed=7, unit_s=HOUR_S, begin_ms=BEGIN_MS, end_ms=BEGIN_MS + 60 * DAY_MS)
result = hoga.backtest("sma_cross", prices, params={"unit_s": HOUR_S, "fast": 12, "slow": 48})

result.show("en")
result.write_html("first-backtest.html", "en")
print("first-backtest.html opens in any browser, also without a network.")

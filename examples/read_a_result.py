"""What a result holds: figures, assumptions, every order and fill, columns for pandas, and the page."""

import hoga

HOUR_S = 3600
DAY_MS = 86_400_000
BEGIN_MS = 1_767_193_200_000  # 2026-01-01 00:00 in Seoul

prices = hoga.synthetic(["KRW-BTC"], seed=7, unit_s=HOUR_S, begin_ms=BEGIN_MS, end_ms=BEGIN_MS + 60 * DAY_MS)
result = hoga.backtest("sma_cross", prices, params={"unit_s": HOUR_S, "fast": 12, "slow": 48})

found = result.figures()
print(f"profit {found.profit:,.0f} KRW, fees {found.fees:,.0f} KRW")
if found.drawdown is not None:  # a figure that cannot be said is None, never 0
    print(f"deepest fall {found.drawdown.depth:.2%}")
if found.holding is not None:
    print(f"holding would have come to {found.holding.ending_equity:,.0f} KRW")
for month in found.months:
    print(f"{month.year}-{month.month:02d} {month.gain:+.2%}")

print(f"{len(result.orders)} orders, {len(result.fills)} fills, refused: {dict(result.refused)}")
for fill in result.fills[:3]:
    print(f"  {fill.side:4} {fill.volume} at {fill.price:,.0f} (fee {fill.fee:.2f})")

gains = result.columns("trips")["gain"]  # floats, for statistics; with exact=True they stay Decimal
print(f"{len(gains)} round trips, the best {max(gains, default=0):,.0f} KRW")
try:
    print(result.to_pandas("days").tail(3).to_string(index=False))
except hoga.HogaError as missing:
    print(missing)  # pandas is not needed; the message says what to do

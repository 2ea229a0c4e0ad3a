"""Prices of one's own: a file somebody sent is judged, kept, and read back as events, numbers, SQL and pandas."""

import tempfile
from pathlib import Path

import hoga

# Somebody's candles: no zone in their times, and a quarter of an hour is missing.
MISSING = range(90, 105)
rows = ["time,open,high,low,close,volume"]
for minute, bar in enumerate(hoga.data.synthetic("KRW-BTC", "1m", days=1)):
    if minute not in MISSING:
        at = f"2025-01-01 {minute // 60:02}:{minute % 60:02}:00"
        rows.append(f"{at},{bar.opening_price},{bar.high_price},{bar.low_price},{bar.close},{bar.volume}")

with tempfile.TemporaryDirectory() as folder:
    theirs, store = Path(folder) / "theirs.csv", Path(folder) / "data"
    theirs.write_text("\n".join(rows))

    try:
        hoga.data.import_file(theirs, markets=["KRW-BTC"], store=store)
    except hoga.HogaError as unsure:
        print(unsure)  # which clock? it is asked for and never guessed

    done = hoga.data.import_file(theirs, markets=["KRW-BTC"], clock="utc", store=store)
    gaps = done.verdicts[0].gaps
    print(f"{done.rows:,} rows; {gaps.outages} outage of {gaps.outage_bars} minutes, {gaps.quiet} quiet minutes")

    candles = hoga.data.candles("KRW-BTC", "1m", store=store)
    print(f"{candles!r}: {len(candles):,} bars, {sum(bar.is_empty for bar in candles)} of them made explicit")
    print(candles.relation().aggregate("max(high), min(low), sum(volume)").fetchall()[0])
    for block in candles.blocks():
        print(block.market, block.close[:3], "divided by", 10**block.price_scale)
    try:
        print(candles.to_pandas().tail(2).to_string(index=False))
    except hoga.HogaError as missing:
        print(missing)  # pandas is not needed; the message says what to do

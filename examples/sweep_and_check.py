"""Which parameters were best, and can that be trusted? Workers import this script, hence the last lines."""

import hoga

HOUR_S = 3600
DAY_MS = 86_400_000
BEGIN_MS = 1_767_193_200_000  # 2026-01-01 00:00 in Seoul
AXES = {"fast": [6, 12], "slow": [24, 48]}


def main() -> None:
    """Sweep four parameter sets in two processes, then examine the best."""
    prices = hoga.synthetic(["KRW-BTC"], seed=7, unit_s=HOUR_S, begin_ms=BEGIN_MS, end_ms=BEGIN_MS + 14 * DAY_MS)
    found = hoga.sweep(
        "sma_cross", AXES, prices, params={"unit_s": HOUR_S}, objectives=["return", "drawdown"], workers=2
    )
    if found.best is None:
        return
    print(f"best of {len(found.outcomes)}: {dict(found.best.params)} with {found.best.values[0]:.2%}")

    verdict = hoga.check("sma_cross", prices, params={"unit_s": HOUR_S, **found.best.params}, axes=AXES, folds=2)
    for finding in verdict.findings:
        print(f"{finding.name}: {finding.outcome} ({finding.words.en})")
    print(verdict.words.en)


if __name__ == "__main__":
    main()

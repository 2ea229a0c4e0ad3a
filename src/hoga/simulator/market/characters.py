"""How each market of the simulated exchange behaves: figures measured on recorded Upbit traffic.

Trade sizes are quantiles of what was printed on five KRW markets on 2026-05-12 and 13; prices, volatility and book
shapes are those of 2025-09 to 2026-08. A market that is not listed here gets `ORDINARY`.
"""

from collections.abc import Mapping

from msgspec import Struct

#: (share of prints that are at most this large, size in KRW), in rising order.
Quantiles = tuple[tuple[float, int], ...]


class Character(Struct, frozen=True, kw_only=True):
    """The habits of one market.

    `price` is where it starts (KRW). `spread_ticks` is the usual distance of the best ask from the best bid and
    `gap_ticks` that of one depth from the next. `level_krw` is the usual (median) value of one depth. `takers_per_s`
    is how often somebody takes, `churn` how many depths change in 100 ms. `volatility` is the standard deviation of
    the price's logarithm over one second. `prints` are the sizes of single executions.
    """

    price: float
    spread_ticks: float = 1.0
    gap_ticks: float = 1.0
    level_krw: float = 20_000_000.0
    takers_per_s: float = 0.6
    churn: float = 1.5
    volatility: float = 8e-5
    prints: Quantiles


_BTC: Quantiles = (
    (0.0, 5_000),
    (0.05, 5_000),
    (0.1, 6_250),
    (0.25, 10_000),
    (0.4, 14_300),
    (0.5, 31_250),
    (0.6, 100_000),
    (0.75, 331_500),
    (0.9, 1_434_000),
    (0.95, 3_100_000),
    (0.99, 11_900_000),
    (0.999, 51_000_000),
    (1.0, 120_000_000),
)
_ETH: Quantiles = (
    (0.0, 5_000),
    (0.1, 8_000),
    (0.25, 15_000),
    (0.4, 58_200),
    (0.5, 100_000),
    (0.75, 609_700),
    (0.9, 1_949_000),
    (0.95, 3_508_000),
    (0.99, 9_999_000),
    (0.999, 33_000_000),
    (1.0, 80_000_000),
)
_XRP: Quantiles = (
    (0.0, 5_000),
    (0.1, 9_700),
    (0.25, 22_200),
    (0.5, 191_000),
    (0.75, 999_500),
    (0.9, 3_004_000),
    (0.95, 6_000_000),
    (0.99, 18_600_000),
    (0.999, 54_700_000),
    (1.0, 120_000_000),
)
_SOL: Quantiles = (
    (0.0, 5_000),
    (0.1, 10_000),
    (0.25, 20_000),
    (0.5, 140_900),
    (0.75, 717_200),
    (0.9, 2_198_000),
    (0.95, 3_881_000),
    (0.99, 8_595_000),
    (1.0, 20_000_000),
)
_DOGE: Quantiles = (
    (0.0, 5_000),
    (0.1, 18_500),
    (0.25, 84_600),
    (0.5, 412_700),
    (0.75, 1_473_000),
    (0.9, 4_954_000),
    (0.95, 10_000_000),
    (0.99, 27_400_000),
    (1.0, 66_400_000),
)

CHARACTERS: Mapping[str, Character] = {
    "KRW-BTC": Character(
        price=105_000_000.0,
        spread_ticks=12.0,
        gap_ticks=4.0,
        level_krw=6_000_000.0,
        takers_per_s=1.4,
        churn=3.0,
        volatility=4.2e-5,
        prints=_BTC,
    ),
    "KRW-ETH": Character(
        price=3_100_000.0,
        spread_ticks=1.5,
        gap_ticks=1.2,
        level_krw=12_000_000.0,
        takers_per_s=1.1,
        churn=2.5,
        volatility=7.7e-5,
        prints=_ETH,
    ),
    "KRW-XRP": Character(
        price=2_050.0, level_krw=50_000_000.0, takers_per_s=0.9, churn=2.0, volatility=7.9e-5, prints=_XRP
    ),
    "KRW-SOL": Character(
        price=127_000.0, level_krw=25_000_000.0, takers_per_s=0.8, churn=1.5, volatility=1.1e-4, prints=_SOL
    ),
    "KRW-DOGE": Character(
        price=150.0, level_krw=150_000_000.0, takers_per_s=0.7, churn=1.0, volatility=1.2e-4, prints=_DOGE
    ),
    "KRW-ADA": Character(price=420.0, level_krw=60_000_000.0, prints=_SOL),
}

#: What a market does that nobody has measured.
ORDINARY = Character(price=1_500.0, prints=_SOL)


def character_of(market: str) -> Character:
    """Tell how a market behaves; one nobody has measured is ordinary."""
    return CHARACTERS.get(market, ORDINARY)

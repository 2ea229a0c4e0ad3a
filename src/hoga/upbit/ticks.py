"""The price steps Upbit publishes: what its simulator enforces and what a market's rules are checked against.

The step that holds for a market at its present price is asked for (`orderbook/instruments`); these tables tell it at
other prices. Market data is never refused for being off them: orders placed before a change keep their prices.
"""

from decimal import Decimal

from hoga.model.market import TickBand


def _bands(*rows: tuple[str, str]) -> tuple[TickBand, ...]:
    return tuple(TickBand(Decimal(at_least), Decimal(tick)) for at_least, tick in rows)


#: In force since 2025-07-31 (Upbit docs, krw-market-info; 1,220 prices of 2026-03-11 agree).
KRW_TICKS = _bands(
    ("1000000", "1000"),
    ("500000", "500"),
    ("100000", "100"),
    ("50000", "50"),
    ("10000", "10"),
    ("5000", "5"),
    ("100", "1"),
    ("10", "0.1"),
    ("1", "0.01"),
    ("0.1", "0.001"),
    ("0.01", "0.0001"),
    ("0.001", "0.00001"),
    ("0.0001", "0.000001"),
    ("0.00001", "0.0000001"),
    ("0", "0.00000001"),
)

#: Upbit docs, btc-market-info, 2026.
BTC_TICKS = _bands(("0", "0.00000001"))

#: Upbit docs, usdt-market-info, 2026.
USDT_TICKS = _bands(
    ("10", "0.01"),
    ("1", "0.001"),
    ("0.1", "0.0001"),
    ("0.01", "0.00001"),
    ("0.001", "0.000001"),
    ("0.0001", "0.0000001"),
    ("0", "0.00000001"),
)

_BY_QUOTE = {"KRW": KRW_TICKS, "BTC": BTC_TICKS, "USDT": USDT_TICKS}


def bands_for(quote: str) -> tuple[TickBand, ...]:
    """The published steps of a quote currency, highest price first; empty for one we know nothing of."""
    return _BY_QUOTE.get(quote, ())

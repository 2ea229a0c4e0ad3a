"""The price steps in which a market's order book may be asked for (`level`; KRW markets only).

Upbit docs, orderbook pages of 2025-07-31: KRW-BTC with a tick of 1,000 offers 0 and 10,000 to 100,000,000.
"""

from decimal import Decimal

from hoga.model.money import plain

_MOST_LEVELS = 5


def supported(market: str, tick: Decimal, price: Decimal | None) -> list[str]:
    """The levels a market offers: 0 (not grouped), and its tick times the powers of ten, up to its price."""
    if not market.startswith("KRW-"):
        return ["0"]
    steps = [tick.scaleb(power) for power in range(1, _MOST_LEVELS + 1)]
    return ["0", *(plain(step) for step in steps if price is None or step <= price)]

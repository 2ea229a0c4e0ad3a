"""The markets the simulated venue lists: rules, fees and names as Upbit had them in 2026."""

from collections.abc import Iterable, Mapping
from decimal import Decimal

from hoga.model.errors import UnknownMarketError
from hoga.model.market import Market, tick_in
from hoga.simulator.market.characters import character_of
from hoga.upbit.ticks import bands_for

#: Quote currency -> smallest total and fee rate (Upbit docs, market pages; orders/chance of 2026-03-22). The fees of
#: markets not in won are ccxt's default, nobody has published others.
_RULES: Mapping[str, tuple[Decimal, Decimal]] = {
    "KRW": (Decimal(5_000), Decimal("0.0005")),
    "BTC": (Decimal("0.00005"), Decimal("0.0025")),
    "USDT": (Decimal("0.5"), Decimal("0.0025")),
}
_MAX_TOTAL = Decimal(1_000_000_000)

_NAMES: Mapping[str, tuple[str, str]] = {
    "BTC": ("비트코인", "Bitcoin"),
    "ETH": ("이더리움", "Ethereum"),
    "XRP": ("엑스알피(리플)", "XRP"),
    "SOL": ("솔라나", "Solana"),
    "DOGE": ("도지코인", "Dogecoin"),
    "ADA": ("에이다", "Cardano"),
    "TRX": ("트론", "TRON"),
    "USDT": ("테더", "Tether"),
}


def list_markets(codes: Iterable[str]) -> dict[str, Market]:
    """The rules of each market; `UnknownMarketError` for a code the venue could not list."""
    return {code: _market(code) for code in codes}


def _market(code: str) -> Market:
    quote, dash, base = code.partition("-")
    if not dash or not base or quote not in _RULES:
        raise UnknownMarketError(f"{code!r} is no market; write it like KRW-BTC, quoted in {', '.join(_RULES)}.")
    min_total, fee_rate = _RULES[quote]
    bands = bands_for(quote)
    korean_name, english_name = _NAMES.get(base, (base, base))
    return Market(
        code=code,
        tick=tick_in(bands, Decimal(str(character_of(code).price))) or bands[-1].tick,
        bands=bands,
        min_total=min_total,
        max_total=_MAX_TOTAL,
        bid_fee=fee_rate,
        ask_fee=fee_rate,
        maker_bid_fee=fee_rate,
        maker_ask_fee=fee_rate,
        korean_name=korean_name,
        english_name=english_name,
    )

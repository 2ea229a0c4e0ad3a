"""The endpoints that tell of an account and of the venue's services."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Final

from hoga.simulator.core.refusals import Refused, invalid_field, unknown_market
from hoga.simulator.rest import wire
from hoga.simulator.venue import Call, Endpoint

FIAT = "KRW"


def accounts(call: Call) -> object:
    """GET /accounts: won always, coins where there are any (recorded traffic of 2026-03-22 shows no empty row)."""
    balances = call.venue.exchange.balances(call.account)
    return [wire.account_row(b) for b in balances if b.currency == FIAT or b.free or b.locked]


def chance(call: Call) -> object:
    """GET /orders/chance."""
    [code] = call.asked.required("market")
    exchange = call.venue.exchange
    market = exchange.markets.get(code)
    if market is None:
        raise unknown_market(code)
    bid, ask = exchange.balance(call.account, market.quote), exchange.balance(call.account, market.base)
    return wire.chance_row(market, bid, ask)


def api_keys(call: Call) -> object:
    """GET /api_keys."""
    keys = call.venue.keys.of_account(call.account)
    return [{"access_key": key.access_key, "expire_at": wire.kst(key.expires_at_ms // 1000)} for key in keys]


def wallet_states(call: Call) -> object:
    """GET /status/wallet."""
    return [
        {
            "currency": currency,
            "wallet_state": "working",
            "block_state": "normal",
            "block_height": call.now_ms // 600_000,
            "block_updated_at": wire.utc_ms_text(call.now_ms - 60_000),
            "block_elapsed_minutes": 1,
            "net_type": currency,
            "network_name": currency,
        }
        for currency in coins(call)
    ]


def coins(call: Call) -> list[str]:
    """Every coin of every market."""
    return list(dict.fromkeys(market.base for market in call.venue.exchange.markets.values()))


def currency_of(call: Call) -> str:
    """The currency asked for; won or a coin that is traded."""
    [currency] = call.asked.required("currency")
    if currency != FIAT and currency not in coins(call):
        raise Refused("currency_not_found", "자산을 찾지 못했습니다.", 404)
    return currency


def amount_of(call: Call) -> Decimal:
    """The amount asked for, above zero."""
    amount = call.asked.amount("amount")
    if amount is None or amount <= 0:
        raise invalid_field("amount is missing" if amount is None else "amount does not have a valid value")
    return amount


ROUTES: Final[Mapping[tuple[str, str], Endpoint]] = {
    ("GET", "/v1/accounts"): Endpoint(group="default", answer=accounts, scope="view_account"),
    ("GET", "/v1/orders/chance"): Endpoint(group="default", answer=chance, scope="view_orders"),
    ("GET", "/v1/api_keys"): Endpoint(group="default", answer=api_keys),
    ("GET", "/v1/status/wallet"): Endpoint(group="default", answer=wallet_states),
}

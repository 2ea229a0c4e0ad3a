"""Questions about withdrawals, deposits, keys and pockets: read only.

There is no call here that moves anything, nor will there be one: whoever holds our process must not hold the wallet.
(Upbit docs, exchange reference of 2026-10.)
"""

from collections.abc import Sequence
from typing import Literal

from hoga.upbit.rest.request import Param, Request, private

Direction = Literal["asc", "desc"]

#: What one call takes at most (Upbit docs, list-withdrawals, list-deposits).
MAX_TRANSFERS = 100
#: No withdrawal ever has this uuid.
NO_UUID = "00000000-0000-0000-0000-000000000000"


def withdrawal_chance(currency: str, net_type: str | None = None) -> Request:
    """Ask for the limits and fees of withdrawing; `net_type` is needed for coins."""
    return private("GET", "/v1/withdraws/chance", {"currency": currency, "net_type": net_type})


def withdrawal_addresses() -> Request:
    """Ask for the addresses that are allowed to receive withdrawals."""
    return private("GET", "/v1/withdraws/coin_addresses")


def cancel_of_no_withdrawal() -> Request:
    """Ask to cancel a withdrawal that cannot exist: nothing moves, and the refusal tells whether the key might."""
    return private("DELETE", "/v1/withdraws/coin", {"uuid": NO_UUID})


def withdrawal(*, venue_id: str | None = None, txid: str | None = None, currency: str | None = None) -> Request:
    """Ask about one withdrawal; the latest where none is named."""
    return private("GET", "/v1/withdraw", {"uuid": venue_id, "txid": txid, "currency": currency})


def withdrawals(**filters: Param) -> Request:
    """Ask for withdrawals, newest first; see `_listing` for the filters."""
    return private("GET", "/v1/withdraws", _listing(filters))


def deposit_chance(currency: str, net_type: str) -> Request:
    """Ask whether a coin can be deposited over a network, and from what amount."""
    return private("GET", "/v1/deposits/chance/coin", {"currency": currency, "net_type": net_type})


def deposit_address(currency: str, net_type: str) -> Request:
    """Ask for our own address for a coin on a network; it may still be in the making."""
    return private("GET", "/v1/deposits/coin_address", {"currency": currency, "net_type": net_type})


def deposit_addresses() -> Request:
    """Ask for all of our own addresses."""
    return private("GET", "/v1/deposits/coin_addresses")


def deposit(*, venue_id: str | None = None, txid: str | None = None, currency: str | None = None) -> Request:
    """Ask about one deposit; the latest where none is named."""
    return private("GET", "/v1/deposit", {"uuid": venue_id, "txid": txid, "currency": currency})


def deposits(**filters: Param) -> Request:
    """Ask for deposits, newest first; see `_listing` for the filters."""
    return private("GET", "/v1/deposits", _listing(filters))


def travel_rule_vasps() -> Request:
    """Ask for the exchanges that take part in the travel rule."""
    return private("GET", "/v1/travel_rule/vasps")


def wallet_status() -> Request:
    """Ask which networks work now; every key may."""
    return private("GET", "/v1/status/wallet")


def api_keys() -> Request:
    """Ask for our keys and the day each one ends (a key lives one year)."""
    return private("GET", "/v1/api_keys")


def pockets() -> Request:
    """Ask for the pockets of the account; needs a key of the main pocket."""
    return private("GET", "/v1/pockets")


def pocket_api_keys(venue_ids: Sequence[str] = (), *, include_expired: bool | None = None) -> Request:
    """Ask for the keys of pockets."""
    return private("GET", "/v1/pockets/api_keys", {"uuids": tuple(venue_ids), "include_expired": include_expired})


def pocket_assets(venue_id: str) -> Request:
    """Ask for the balances of one pocket."""
    return private("GET", "/v1/pockets/assets", {"uuid": venue_id})


def universal_transfers(**filters: Param) -> Request:
    """Ask for past transfers between any pockets (filters: from, to, currency, states, uuids, identifiers, …)."""
    return private("GET", "/v1/pockets/universal_transfers", _filters(filters))


def pocket_transfers(**filters: Param) -> Request:
    """Ask for past transfers of this pocket (filters as above, and `direction`: in, out or all)."""
    return private("GET", "/v1/pockets/transfers", _filters(filters))


def _listing(filters: dict[str, Param]) -> dict[str, Param]:
    """Filters: currency, state, uuids or txids, limit (100), page, order_by, from_ and to (uuid cursors)."""
    return {"limit": MAX_TRANSFERS, **_filters(filters)}


def _filters(filters: dict[str, Param]) -> dict[str, Param]:
    # `from` is a word of Python, so callers write `from_`.
    return {key.rstrip("_"): value for key, value in filters.items()}

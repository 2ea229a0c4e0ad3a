"""The deposit and withdrawal endpoints (Upbit docs, wallet pages of 2026; spelled after the official SDK 1.1.0)."""

from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Final, Literal

from hoga.model.events import Balance
from hoga.model.money import plain
from hoga.simulator.core.refusals import Refused, invalid_parameter
from hoga.simulator.rest import wire
from hoga.simulator.rest.account import FIAT, amount_of, coins, currency_of
from hoga.simulator.venue import Call, Endpoint
from hoga.simulator.wallet import Movement, is_cancelable

MAX_LISTED = 100
MAX_IDS = 100

_FACTORS = ("kakao", "naver", "hana")
NOT_FOUND: Mapping[str, tuple[str, str]] = {
    "deposit": ("deposit_not_found", "입출금 정보를 찾지 못했습니다."),
    "withdraw": ("withdraw_not_found", "출금 정보를 찾지 못했습니다."),
}


# ------------------------------------------------ withdrawals


def withdraw_chance(call: Call) -> object:
    """GET /withdraws/chance."""
    currency = currency_of(call)
    balance = call.venue.exchange.balance(call.account, currency)
    return {
        "member_level": {
            "security_level": 4,
            "fee_level": 0,
            "email_verified": True,
            "identity_auth_verified": True,
            "bank_account_verified": True,
            "two_factor_auth_verified": True,
            "locked": False,
            "wallet_locked": False,
        },
        "currency": {
            "code": currency,
            "withdraw_fee": "0",
            "is_coin": currency != FIAT,
            "wallet_state": "working",
            "wallet_support": ["deposit", "withdraw"],
        },
        "account": wire.account_row(balance),
        "withdraw_limit": _withdraw_limit(balance),
    }


def _withdraw_limit(balance: Balance) -> wire.Row:
    return {
        "currency": balance.currency,
        "onetime": "5000000000" if balance.currency == FIAT else "50",
        "remaining_daily": "0",
        "remaining_daily_fiat": "5000000000",
        "fiat_currency": FIAT,
        "minimum": "0",
        "fixed": 0 if balance.currency == FIAT else 8,
        "withdraw_delayed_fiat": "0",
        "can_withdraw": True,
        "remaining_daily_krw": "5000000000",
    }


def withdraw_addresses(call: Call) -> object:
    """GET /withdraws/coin_addresses: one made-up address for each coin."""
    return [
        {
            "currency": currency,
            "net_type": currency,
            "network_name": currency,
            "withdraw_address": call.venue.wallet.registered_address(call.account, currency),
            "beneficiary_name": "hoga",
            "beneficiary_type": "individual",
        }
        for currency in coins(call)
    ]


def withdraw_coin(call: Call) -> object:
    """POST /withdraws/coin: only to the registered address."""
    currency = currency_of(call)
    _, address = call.asked.required("net_type", "address")
    amount = amount_of(call)
    if address != call.venue.wallet.registered_address(call.account, currency):
        raise Refused("withdraw_address_not_registered", "등록되지 않은 출금 주소입니다.")
    return _movement_row(call.venue.wallet.withdraw(call.account, currency, amount, call.now_ms))


def cancel_withdraw(call: Call) -> object:
    """DELETE /withdraws/coin."""
    [uuid] = call.asked.required("uuid")
    return _movement_row(call.venue.wallet.cancel(call.account, uuid, call.now_ms))


def withdraw_krw(call: Call) -> object:
    """POST /withdraws/krw, whose answer alone spells the state in lower case (Upbit docs, withdraw-krw)."""
    amount = _fiat_amount(call)
    row = _movement_row(call.venue.wallet.withdraw(call.account, FIAT, amount, call.now_ms))
    return {**row, "state": str(row["state"]).lower()}


# ------------------------------------------------ deposits


def deposit_chance(call: Call) -> object:
    """GET /deposits/chance/coin."""
    currency = currency_of(call)
    [net_type] = call.asked.required("net_type")
    return {
        "currency": currency,
        "net_type": net_type,
        "is_deposit_possible": True,
        "deposit_impossible_reason": None,
        "minimum_deposit_amount": "0",
        "minimum_deposit_confirmations": 1,
        "decimal_precision": 8,
    }


def make_address(call: Call) -> object:
    """POST /deposits/generate_coin_address: made in the background, so the first answer has no address."""
    currency = currency_of(call)
    call.asked.required("net_type")
    if call.venue.wallet.make_address(call.account, currency, call.now_ms) is None:
        return {"success": True, "message": f"{currency} 입금 주소를 생성 중입니다."}
    return _address_row(call, currency)


def deposit_address(call: Call) -> object:
    """GET /deposits/coin_address."""
    return _address_row(call, currency_of(call))


def deposit_addresses(call: Call) -> object:
    """GET /deposits/coin_addresses."""
    return [_address_row(call, currency) for currency in call.venue.wallet.addresses(call.account)]


def _address_row(call: Call, currency: str) -> wire.Row:
    address = call.venue.wallet.address(call.account, currency, call.now_ms)
    return {"currency": currency, "net_type": currency, "deposit_address": address}


def deposit_krw(call: Call) -> object:
    """POST /deposits/krw: the won are there at once, the answer still says otherwise."""
    movement = call.venue.wallet.deposit(call.account, FIAT, _fiat_amount(call), call.now_ms)
    row = _movement_row(movement)
    row.pop("done_at", None)
    return {**row, "state": "PROCESSING"}


def one(kind: Literal["deposit", "withdraw"]) -> Callable[[Call], object]:
    """GET /deposit and GET /withdraw, by uuid or txid; the latest where neither is given."""

    def answer(call: Call) -> object:
        asked = call.asked
        wanted = {"uuid": asked.text("uuid"), "txid": asked.text("txid"), "currency": asked.text("currency")}
        for movement in call.venue.wallet.movements(kind, call.account, call.now_ms):
            if all(value is None or getattr(movement, name) == value for name, value in wanted.items()):
                return _movement_row(movement)
        name, message = NOT_FOUND[kind]
        raise Refused(name, message, 404)

    return answer


def listing(kind: Literal["deposit", "withdraw"]) -> Callable[[Call], object]:
    """GET /deposits and GET /withdraws, by page or by uuid cursor (`from` later than, `to` earlier than)."""

    def answer(call: Call) -> object:
        asked = call.asked
        uuids, txids = asked.many("uuids"), asked.many("txids")
        if (uuids and txids) or len(uuids) + len(txids) > MAX_IDS:
            raise invalid_parameter()
        newest_first = asked.one_of("order_by", ("asc", "desc"), "desc") == "desc"
        found = call.venue.wallet.movements(kind, call.account, call.now_ms, newest_first=False)
        found = _between(found, asked.text("from"), asked.text("to"))
        currency, state = asked.text("currency"), asked.text("state")
        kept = [
            movement
            for movement in (found[::-1] if newest_first else found)
            if (currency is None or movement.currency == currency)
            and (state is None or movement.state == state.upper())
            and (not uuids or movement.uuid in uuids)
            and (not txids or movement.txid in txids)
        ]
        limit, page = asked.whole("limit", 100, at_most=MAX_LISTED), asked.whole("page", 1, at_most=10**6)
        return [_movement_row(movement) for movement in kept[(page - 1) * limit : page * limit]]

    return answer


def _between(oldest_first: list[Movement], after: str | None, before: str | None) -> list[Movement]:
    uuids = [movement.uuid for movement in oldest_first]
    start = uuids.index(after) + 1 if after in uuids else 0
    end = uuids.index(before) if before in uuids else len(uuids)
    return oldest_first[start:end]


def _movement_row(movement: Movement) -> wire.Row:
    row: wire.Row = {"type": movement.type, "uuid": movement.uuid, "currency": movement.currency}
    if movement.net_type is not None:
        row["net_type"] = movement.net_type
    row["txid"] = movement.txid
    row["state"] = movement.state
    row["created_at"] = wire.kst(movement.created_at_ms // 1000)
    if movement.done_at_ms is not None:
        row["done_at"] = wire.kst(movement.done_at_ms // 1000)
    row["amount"] = plain(movement.amount)
    row["fee"] = "0"
    row["transaction_type"] = "default"
    if movement.type == "withdraw":
        row["is_cancelable"] = is_cancelable(movement)
    return row


def _fiat_amount(call: Call) -> Decimal:
    call.asked.required("two_factor_type")
    call.asked.one_of("two_factor_type", _FACTORS, "")
    return amount_of(call)


ROUTES: Final[Mapping[tuple[str, str], Endpoint]] = {
    ("GET", "/v1/withdraws/chance"): Endpoint(group="default", answer=withdraw_chance, scope="view_withdrawals"),
    ("GET", "/v1/withdraws/coin_addresses"): Endpoint(
        group="default", answer=withdraw_addresses, scope="view_withdrawals"
    ),
    ("POST", "/v1/withdraws/coin"): Endpoint(group="default", answer=withdraw_coin, scope="withdraw", status=201),
    ("DELETE", "/v1/withdraws/coin"): Endpoint(group="default", answer=cancel_withdraw, scope="withdraw"),
    ("POST", "/v1/withdraws/krw"): Endpoint(group="default", answer=withdraw_krw, scope="withdraw", status=201),
    ("GET", "/v1/withdraw"): Endpoint(group="default", answer=one("withdraw"), scope="view_withdrawals"),
    ("GET", "/v1/withdraws"): Endpoint(group="default", answer=listing("withdraw"), scope="view_withdrawals"),
    ("GET", "/v1/deposits/chance/coin"): Endpoint(group="default", answer=deposit_chance, scope="view_deposits"),
    ("POST", "/v1/deposits/generate_coin_address"): Endpoint(
        group="default", answer=make_address, scope="view_deposits", status=201
    ),
    ("GET", "/v1/deposits/coin_address"): Endpoint(group="default", answer=deposit_address, scope="view_deposits"),
    ("GET", "/v1/deposits/coin_addresses"): Endpoint(group="default", answer=deposit_addresses, scope="view_deposits"),
    ("POST", "/v1/deposits/krw"): Endpoint(group="default", answer=deposit_krw, scope="deposit", status=201),
    ("GET", "/v1/deposit"): Endpoint(group="default", answer=one("deposit"), scope="view_deposits"),
    ("GET", "/v1/deposits"): Endpoint(group="default", answer=listing("deposit"), scope="view_deposits"),
}

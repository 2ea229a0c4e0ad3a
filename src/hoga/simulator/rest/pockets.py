"""The travel-rule endpoints, and those of pockets: accounts of one owner that trade apart (since 2026-06)."""

import re
from collections.abc import Callable, Mapping
from typing import Final

from hoga.model.money import plain
from hoga.simulator.core.refusals import Refused, invalid_field, invalid_parameter
from hoga.simulator.rest import wire
from hoga.simulator.rest.account import amount_of, currency_of
from hoga.simulator.rest.wallet import NOT_FOUND
from hoga.simulator.venue import Call, Endpoint
from hoga.simulator.wallet import Transfer

MAX_LISTED = 100
MAX_IDS = 20

_STATES = ("submitted", "processing", "done", "failed")
_IDENTIFIER = re.compile(r"[A-Za-z0-9_.-]{1,64}")
_VASP = {
    "vasp_name": "시뮬레이터",
    "vasp_uuid": "00000000-0000-0000-0000-000000000000",
    "depositable": True,
    "withdrawable": True,
}


def vasps(_: Call) -> object:
    """GET /travel_rule/vasps."""
    return [_VASP]


def verify(*names: str) -> Callable[[Call], object]:
    """POST /travel_rule/deposit/uuid and /txid: the simulated venue believes every deposit it knows."""

    def answer(call: Call) -> object:
        values = dict(zip(names, call.asked.required(*names), strict=True))
        if values["vasp_uuid"] != _VASP["vasp_uuid"]:
            raise invalid_parameter()
        for movement in call.venue.wallet.movements("deposit", call.account, call.now_ms):
            if values.get("deposit_uuid") == movement.uuid or values.get("txid") == movement.txid:
                return {
                    "deposit_uuid": movement.uuid,
                    "verification_result": "verified",
                    "deposit_state": movement.state,
                }
        name, message = NOT_FOUND["deposit"]
        raise Refused(name, message, 404)

    return answer


# ------------------------------------------------ pockets


def pockets(call: Call) -> object:
    """GET /pockets: a main pocket's key sees all of them."""
    _main_only(call)
    wallet = call.venue.wallet
    return [
        {
            "uuid": wallet.pocket_uuid(pocket),
            "name": "메인 포켓" if pocket == call.account else pocket,
            "type": "main" if pocket == call.account else "user_spot_trading",
        }
        for pocket in wallet.pockets(call.account)
    ]


def pocket_keys(call: Call) -> object:
    """GET /pockets/api_keys."""
    _main_only(call)
    wallet, wanted = call.venue.wallet, call.asked.many("uuids")
    expired_too = call.asked.one_of("include_expired", ("true", "false", "True", "False"), "false").lower() == "true"
    rows = []
    for pocket in wallet.pockets(call.account):
        uuid = wallet.pocket_uuid(pocket)
        if wanted and uuid not in wanted:
            continue
        keys = [
            {
                "access_key": key.access_key,
                "allowed_ips": sorted(key.allowed_ips or ()),
                "permissions": sorted(key.scopes),
                "created_at": wire.kst(key.created_at_ms // 1000),
                "expired_at": wire.kst(key.expires_at_ms // 1000),
            }
            for key in call.venue.keys.of_account(pocket)
            if expired_too or key.expires_at_ms > call.now_ms
        ]
        rows.append({"uuid": uuid, "keys": keys})
    return rows


def pocket_assets(call: Call) -> object:
    """GET /pockets/assets."""
    _main_only(call)
    [uuid] = call.asked.required("uuid")
    balances = call.venue.exchange.balances(call.venue.wallet.pocket(call.account, uuid))
    return [wire.account_row(balance) for balance in balances if balance.free or balance.locked]


def universal_transfer(call: Call) -> object:
    """POST /pockets/universal_transfers: between any two pockets, with the main pocket's key."""
    _main_only(call)
    sender = call.asked.text("from")
    return _transfer(call, call.account if sender is None else call.venue.wallet.pocket(call.account, sender))


def transfer(call: Call) -> object:
    """POST /pockets/transfers: out of the key's own pocket."""
    return _transfer(call, call.account)


def universal_transfers(call: Call) -> object:
    """GET /pockets/universal_transfers."""
    _main_only(call)
    return _listed(call, call.venue.wallet.transfers(call.venue.wallet.pockets(call.account)))


def transfers(call: Call) -> object:
    """GET /pockets/transfers: those of the key's own pocket, by direction."""
    direction = call.asked.one_of("direction", ("in", "out", "all"), "all")
    kept = [
        each
        for each in call.venue.wallet.transfers([call.account])
        if direction == "all" or (each.receiver if direction == "in" else each.sender) == call.account
    ]
    return _listed(call, kept)


def _main_only(call: Call) -> None:
    if call.venue.wallet.pockets(call.account)[0] != call.account:
        raise Refused("out_of_scope", "권한이 부족합니다.", 403)


def _transfer(call: Call, sender: str) -> wire.Row:
    [to] = call.asked.required("to")
    identifier = call.asked.text("identifier")
    if identifier is not None and not _IDENTIFIER.fullmatch(identifier):
        raise invalid_field("identifier does not have a valid value")
    wallet = call.venue.wallet
    receiver = wallet.pocket(call.account, to)
    moved = wallet.transfer(sender, receiver, currency_of(call), amount_of(call), identifier, call.now_ms)
    return _row(call, moved, "processing")


def _listed(call: Call, newest_first: list[Transfer]) -> list[wire.Row]:
    asked, wallet = call.asked, call.venue.wallet
    uuids, identifiers = asked.many("uuids"), asked.many("identifiers")
    states = asked.many("states") or _STATES
    if not set(states) <= set(_STATES):
        raise invalid_field("states does not have a valid value")
    if len(uuids) > MAX_IDS or len(identifiers) > MAX_IDS:
        raise invalid_parameter()
    sender, receiver, currency = asked.text("from"), asked.text("to"), asked.text("currency")
    start_ms, end_ms = asked.moment_ms("start_time"), asked.moment_ms("end_time")
    kept = [
        each
        for each in newest_first
        if (sender is None or wallet.pocket_uuid(each.sender) == sender)
        and (receiver is None or wallet.pocket_uuid(each.receiver) == receiver)
        and (currency is None or each.currency == currency)
        and (not uuids or each.uuid in uuids)
        and (not identifiers or each.identifier in identifiers)
        and (start_ms is None or each.created_at_ms >= start_ms)
        and (end_ms is None or each.created_at_ms < end_ms)
        and "done" in states
    ]
    if asked.one_of("order_by", ("asc", "desc"), "desc") == "asc":
        kept.reverse()
    return [_row(call, each, "done") for each in kept[: asked.whole("limit", MAX_LISTED, at_most=MAX_LISTED)]]


def _row(call: Call, moved: Transfer, state: str) -> wire.Row:
    wallet = call.venue.wallet
    row: wire.Row = {
        "from": wallet.pocket_uuid(moved.sender),
        "to": wallet.pocket_uuid(moved.receiver),
        "uuid": moved.uuid,
        "state": state,
        "currency": moved.currency,
        "created_at": wire.kst(moved.created_at_ms // 1000),
        "amount": plain(moved.amount),
    }
    if moved.identifier is not None:
        row["identifier"] = moved.identifier
    return row


def _on_default(answer: Callable[[Call], object], scope: str | None, status: int = 200) -> Endpoint:
    return Endpoint(group="default", answer=answer, scope=scope, status=status)


ROUTES: Final[Mapping[tuple[str, str], Endpoint]] = {
    ("GET", "/v1/travel_rule/vasps"): _on_default(vasps, "view_deposits"),
    ("POST", "/v1/travel_rule/deposit/uuid"): _on_default(verify("deposit_uuid", "vasp_uuid"), "deposit", 201),
    ("POST", "/v1/travel_rule/deposit/txid"): _on_default(
        verify("vasp_uuid", "txid", "currency", "net_type"), "deposit", 201
    ),
    ("GET", "/v1/pockets"): _on_default(pockets, "manage_pockets"),
    ("GET", "/v1/pockets/api_keys"): _on_default(pocket_keys, "manage_pockets"),
    ("GET", "/v1/pockets/assets"): _on_default(pocket_assets, "manage_pockets"),
    ("POST", "/v1/pockets/universal_transfers"): _on_default(universal_transfer, "manage_pockets", 201),
    ("GET", "/v1/pockets/universal_transfers"): _on_default(universal_transfers, "manage_pockets"),
    ("POST", "/v1/pockets/transfers"): _on_default(transfer, "transfer", 201),
    ("GET", "/v1/pockets/transfers"): _on_default(transfers, "transfer"),
}

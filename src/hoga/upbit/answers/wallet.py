"""What Upbit answers about withdrawals, deposits, keys and pockets. `WireError` where a body cannot be read.

These are shown to people and never traded on, so they keep Upbit's own names; states differ in case between calls
(Upbit docs, withdraw-krw) and are made upper-case.
"""

from datetime import datetime
from decimal import Decimal
from typing import TypeVar

import msgspec
from msgspec import Struct

from hoga.upbit.answers.account import read
from hoga.upbit.sane import require_amounts

_Moved = TypeVar("_Moved", bound="Movement")


class Movement(Struct, frozen=True, kw_only=True):
    """Money or coin that comes in or goes out."""

    uuid: str
    currency: str
    state: str
    amount: Decimal
    fee: Decimal
    created_at: datetime
    done_at: datetime | None = None
    net_type: str | None = None
    txid: str | None = None
    transaction_type: str = "default"


class Withdrawal(Movement, frozen=True, kw_only=True, tag_field="type", tag="withdraw"):
    """One withdrawal."""

    is_cancelable: bool = False


class Deposit(Movement, frozen=True, kw_only=True, tag_field="type", tag="deposit"):
    """One deposit."""


class WithdrawLimit(Struct, frozen=True, kw_only=True):
    """How much may be withdrawn of one currency."""

    currency: str
    can_withdraw: bool
    minimum: Decimal | None = None
    onetime: Decimal | None = None
    remaining_daily: Decimal | None = None
    remaining_daily_fiat: Decimal | None = None
    fiat_currency: str | None = None
    fixed: int | None = None


class WithdrawCurrency(Struct, frozen=True, kw_only=True):
    """The fee and the state of one currency's wallet."""

    code: str
    withdraw_fee: Decimal
    is_coin: bool
    wallet_state: str
    wallet_support: tuple[str, ...] = ()


class WithdrawChance(Struct, frozen=True, kw_only=True):
    """Whether and how much of one currency may be withdrawn."""

    currency: WithdrawCurrency
    withdraw_limit: WithdrawLimit


class WithdrawAddress(Struct, frozen=True, kw_only=True):
    """One address that is allowed to receive withdrawals."""

    currency: str
    net_type: str
    network_name: str
    withdraw_address: str
    secondary_address: str | None = None
    beneficiary_name: str | None = None
    exchange_name: str | None = None
    wallet_type: str | None = None


class DepositChance(Struct, frozen=True, kw_only=True):
    """Whether a coin can be deposited over one network."""

    currency: str
    net_type: str
    is_deposit_possible: bool
    deposit_impossible_reason: str | None = None
    minimum_deposit_amount: Decimal | None = None
    minimum_deposit_confirmations: int | None = None
    decimal_precision: int | None = None


class DepositAddress(Struct, frozen=True, kw_only=True):
    """Our own address for a coin; without one while it is being made."""

    currency: str | None = None
    net_type: str | None = None
    deposit_address: str | None = None
    secondary_address: str | None = None
    success: bool | None = None
    message: str | None = None


class Vasp(Struct, frozen=True, kw_only=True):
    """One exchange of the travel rule."""

    vasp_name: str
    vasp_uuid: str
    depositable: bool
    withdrawable: bool


class WalletStatus(Struct, frozen=True, kw_only=True):
    """Whether one coin's network works."""

    currency: str
    wallet_state: str
    net_type: str
    network_name: str
    block_state: str | None = None
    block_height: int | None = None
    block_updated_at: datetime | None = None
    block_elapsed_minutes: int | None = None


class ApiKey(Struct, frozen=True, kw_only=True):
    """One of our keys and the moment it ends."""

    access_key: str
    expire_at: datetime


class Pocket(Struct, frozen=True, kw_only=True):
    """One pocket of the account."""

    uuid: str
    name: str
    type: str


class PocketKey(Struct, frozen=True, kw_only=True):
    """One key of a pocket."""

    access_key: str
    allowed_ips: tuple[str, ...] = ()
    permissions: tuple[str, ...] = ()
    created_at: datetime | None = None
    expired_at: datetime | None = None


class PocketKeys(Struct, frozen=True, kw_only=True):
    """The keys of one pocket."""

    uuid: str
    keys: tuple[PocketKey, ...]


class PocketTransfer(Struct, frozen=True, kw_only=True, rename={"from_pocket": "from", "to_pocket": "to"}):
    """One movement between pockets."""

    uuid: str
    from_pocket: str
    to_pocket: str
    state: str
    currency: str
    amount: Decimal
    created_at: datetime
    identifier: str | None = None


#: The answers that are one object or a list of them, and hold no amounts to be looked at.
Shown = TypeVar("Shown", WithdrawAddress, DepositChance, DepositAddress, Vasp, WalletStatus, ApiKey, Pocket, PocketKeys)


def read_one(body: bytes, kind: type[Shown]) -> Shown:
    """One object, e.g. `read_one(body, DepositChance)`."""
    return read(body, kind)


def read_list(body: bytes, kind: type[Shown]) -> tuple[Shown, ...]:
    """A list of objects, e.g. `read_list(body, WalletStatus)`."""
    return read(body, tuple[kind, ...])  # type: ignore[valid-type]


def read_withdrawal(body: bytes) -> Withdrawal:
    """One withdrawal."""
    return _sane(read(body, Withdrawal))


def read_withdrawals(body: bytes) -> tuple[Withdrawal, ...]:
    """Withdrawals, newest first."""
    return tuple(map(_sane, read(body, tuple[Withdrawal, ...])))


def read_deposit(body: bytes) -> Deposit:
    """One deposit."""
    return _sane(read(body, Deposit))


def read_deposits(body: bytes) -> tuple[Deposit, ...]:
    """Deposits, newest first."""
    return tuple(map(_sane, read(body, tuple[Deposit, ...])))


def read_withdraw_chance(body: bytes) -> WithdrawChance:
    """The limits and fees of withdrawing one currency."""
    chance = read(body, WithdrawChance)
    limit = chance.withdraw_limit
    require_amounts(chance.currency.withdraw_fee, limit.minimum, limit.onetime, limit.remaining_daily)
    return chance


def read_pocket_transfers(body: bytes) -> tuple[PocketTransfer, ...]:
    """Movements between pockets."""
    transfers = read(body, tuple[PocketTransfer, ...])
    for transfer in transfers:
        require_amounts(transfer.amount)
    return transfers


def _sane(movement: _Moved) -> _Moved:
    require_amounts(movement.amount, movement.fee)
    return msgspec.structs.replace(movement, state=movement.state.upper())

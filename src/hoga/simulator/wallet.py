"""Deposits, withdrawals and pockets of the simulated venue: enough of them that a client's screens and tests work.

Money moves through the exchange's own ledger and settles by the clock; nothing leaves this machine.
"""

import hashlib
from collections.abc import Iterable
from decimal import Decimal
from typing import Literal

from msgspec import Struct
from msgspec.structs import replace

from hoga.model.money import ZERO
from hoga.simulator.core.operator import Operator
from hoga.simulator.core.refusals import Refused

#: How long a withdrawal may still be cancelled; after it, it is done.
SETTLES_MS = 60_000
ADDRESS_MS = 1_000  # a new deposit address is made in the background for so long
MAX_RECORDS = 10_000

_FIAT = "KRW"


class Movement(Struct, frozen=True, kw_only=True):
    """One deposit or withdrawal."""

    type: Literal["deposit", "withdraw"]
    uuid: str
    account: str
    currency: str
    txid: str
    state: str
    created_at_ms: int
    amount: Decimal
    done_at_ms: int | None = None

    @property
    def net_type(self) -> str | None:
        """The network; won have none."""
        return None if self.currency == _FIAT else self.currency


class Transfer(Struct, frozen=True, kw_only=True):
    """Money moved between two pockets of one owner."""

    uuid: str
    sender: str
    receiver: str
    currency: str
    amount: Decimal
    identifier: str | None
    created_at_ms: int


class Wallet:
    """Every account's movements, deposit addresses and pockets. `owners` tells whose pocket an account is."""

    def __init__(self, operator: Operator, seed: int) -> None:
        self._operator = operator
        self._seed = seed
        self._minted = 0
        self._movements: list[Movement] = []
        self._transfers: list[Transfer] = []
        self._addresses: dict[tuple[str, str], int] = {}
        self._owners: dict[str, str] = {}

    # ------------------------------------------------ movements

    def deposit(self, account: str, currency: str, amount: Decimal, now_ms: int) -> Movement:
        """Money or coins arrive and may be traded at once."""
        self._operator.deposit(account, currency, amount, now_ms)
        return self._record("deposit", account, currency, amount, "ACCEPTED", now_ms, done_at_ms=now_ms)

    def withdraw(self, account: str, currency: str, amount: Decimal, now_ms: int) -> Movement:
        """Free money or coins leave the balance at once; `Refused` where there are not enough."""
        self._operator.withdraw(account, currency, amount, now_ms)
        return self._record("withdraw", account, currency, amount, "PROCESSING", now_ms, done_at_ms=None)

    def cancel(self, account: str, uuid: str, now_ms: int) -> Movement:
        """Take a withdrawal back that is not done yet; what it took returns."""
        for index, movement in enumerate(self._movements):
            if (movement.type, movement.account, movement.uuid) == ("withdraw", account, uuid):
                if not is_cancelable(_settled(movement, now_ms)):
                    break
                self._operator.deposit(account, movement.currency, movement.amount, now_ms)
                self._movements[index] = replace(movement, state="CANCELLED", done_at_ms=now_ms)
                return replace(movement, state="CANCELLED")
        raise Refused("withdraw_not_found", "출금 정보를 찾지 못했습니다.", 404)

    def movements(
        self, kind: Literal["deposit", "withdraw"], account: str, now_ms: int, *, newest_first: bool = True
    ) -> list[Movement]:
        """An account's deposits or withdrawals by creation."""
        found = [_settled(m, now_ms) for m in self._movements if m.type == kind and m.account == account]
        return found[::-1] if newest_first else found

    # ------------------------------------------------ deposit addresses

    def make_address(self, account: str, currency: str, now_ms: int) -> str | None:
        """Ask for a deposit address: None the first time (it is being made), then the address."""
        self._addresses.setdefault((account, currency), now_ms)
        return self.address(account, currency, now_ms)

    def address(self, account: str, currency: str, now_ms: int) -> str | None:
        """The deposit address, None while it is being made; `Refused` where nobody asked for one."""
        asked_ms = self._addresses.get((account, currency))
        if asked_ms is None:
            raise Refused("coin_address_not_found", "입금 주소가 없습니다.", 404)
        return self._text("address", account, currency) if now_ms - asked_ms >= ADDRESS_MS else None

    def addresses(self, account: str) -> list[str]:
        """The currencies an account has asked an address for."""
        return [currency for owner, currency in self._addresses if owner == account]

    def registered_address(self, account: str, currency: str) -> str:
        """The one address to which an account may withdraw a coin."""
        return self._text("own", account, currency)

    # ------------------------------------------------ pockets

    def add_pocket(self, account: str, owner: str) -> None:
        """Make an account a sub-pocket of another."""
        self._owners[account] = owner

    def pockets(self, account: str) -> list[str]:
        """The accounts of one owner, the main pocket first."""
        owner = self._owners.get(account, account)
        return [owner, *(pocket for pocket, whose in self._owners.items() if whose == owner)]

    def pocket_uuid(self, account: str) -> str:
        """The id by which the wire calls a pocket."""
        return _uuid(self._text("pocket", account, ""))

    def pocket(self, account: str, uuid: str) -> str:
        """The pocket of the same owner that has this id."""
        for pocket in self.pockets(account):
            if self.pocket_uuid(pocket) == uuid:
                return pocket
        raise Refused("pocket_not_found", "포켓을 찾지 못했습니다.", 404)

    def transfer(
        self, sender: str, receiver: str, currency: str, amount: Decimal, identifier: str | None, now_ms: int
    ) -> Transfer:
        """Move free money between two pockets at once; an identifier is good for one transfer."""
        if sender == receiver:
            raise Refused("invalid_parameter", "잘못된 파라미터")
        own = set(self.pockets(sender))
        if identifier and any(t.identifier == identifier and t.sender in own for t in self._transfers):
            raise Refused("duplicated_identifier", "이미 등록된 identifier입니다.")
        self._operator.withdraw(sender, currency, amount, now_ms)
        self._operator.deposit(receiver, currency, amount, now_ms)
        transfer = Transfer(
            uuid=self._mint(),
            sender=sender,
            receiver=receiver,
            currency=currency,
            amount=amount,
            identifier=identifier,
            created_at_ms=now_ms,
        )
        self._transfers.append(transfer)
        del self._transfers[:-MAX_RECORDS]
        return transfer

    def transfers(self, accounts: Iterable[str]) -> list[Transfer]:
        """Transfers from or to any of the accounts, newest first."""
        own = set(accounts)
        return [transfer for transfer in reversed(self._transfers) if {transfer.sender, transfer.receiver} & own]

    # ------------------------------------------------ below

    def _record(
        self,
        kind: Literal["deposit", "withdraw"],
        account: str,
        currency: str,
        amount: Decimal,
        state: str,
        now_ms: int,
        *,
        done_at_ms: int | None,
    ) -> Movement:
        movement = Movement(
            type=kind,
            uuid=self._mint(),
            account=account,
            currency=currency,
            txid=self._mint(),
            state=state,
            created_at_ms=now_ms,
            amount=amount,
            done_at_ms=done_at_ms,
        )
        self._movements.append(movement)
        del self._movements[:-MAX_RECORDS]
        return movement

    def _mint(self) -> str:
        self._minted += 1
        return _uuid(self._text("movement", str(self._minted), ""))

    def _text(self, *words: str) -> str:
        return "sim" + hashlib.sha256("/".join((str(self._seed), *words)).encode()).hexdigest()[:37]


def is_cancelable(movement: Movement) -> bool:
    """Tell whether a withdrawal can still be taken back."""
    return movement.type == "withdraw" and movement.state == "PROCESSING"


def _settled(movement: Movement, now_ms: int) -> Movement:
    if not is_cancelable(movement) or now_ms - movement.created_at_ms < SETTLES_MS or movement.amount == ZERO:
        return movement
    return replace(movement, state="DONE", done_at_ms=movement.created_at_ms + SETTLES_MS)


def _uuid(text: str) -> str:
    digits = hashlib.sha256(text.encode()).hexdigest()
    return f"{digits[:8]}-{digits[8:12]}-4{digits[13:16]}-a{digits[17:20]}-{digits[20:32]}"

"""Who owns what on the simulated exchange, to the last digit. Money moves; it is never made.

Two accounts stand beside the users': `OUTSIDE`, the rest of the world, which everything comes from and goes to and
which may owe, and `FEES`, what the venue has collected. So the sum over all accounts is zero for every currency, at
every moment; `check` proves it.
"""

from collections.abc import Iterator, Mapping
from decimal import Decimal

from msgspec import Struct

from hoga.model import money
from hoga.model.errors import HogaError, MoneyError
from hoga.model.events import Balance
from hoga.model.money import ZERO

OUTSIDE = "(outside)"
FEES = "(fees)"
_HOUSE = frozenset({OUTSIDE, FEES})
_NO_PRICES: Mapping[str, Decimal] = {}


class Purse(Struct):
    """What one account holds of one currency."""

    free: Decimal = ZERO
    locked: Decimal = ZERO
    avg_buy_price: Decimal = ZERO


class Ledger:
    """Every balance of every account. Amounts are never negative; a move that would overdraw a user is an error."""

    def __init__(self) -> None:
        self._purses: dict[str, dict[str, Purse]] = {OUTSIDE: {}, FEES: {}}
        self._changed: dict[str, dict[str, None]] = {}

    @property
    def accounts(self) -> tuple[str, ...]:
        """Every user's account, in the order they were opened."""
        return tuple(account for account in self._purses if account not in {OUTSIDE, FEES})

    def open(
        self, account: str, balances: Mapping[str, Decimal], avg_buy_prices: Mapping[str, Decimal] = _NO_PRICES
    ) -> None:
        """Make an account; its first balances come from outside, with what they once cost where that is known."""
        if account in self._purses:
            raise HogaError(f"There is already an account {account!r}.")
        self._purses[account] = {}
        for currency, amount in balances.items():
            self.deposit(account, currency, amount)
            self._purse(account, currency).avg_buy_price = avg_buy_prices.get(currency, ZERO)
        self._changed.pop(account, None)

    def deposit(self, account: str, currency: str, amount: Decimal) -> None:
        """Bring free money in from outside."""
        _sensible(amount)
        self._purse(OUTSIDE, currency).free -= amount
        self._touch(account, currency).free += amount

    def withdraw(self, account: str, currency: str, amount: Decimal) -> None:
        """Take free money out."""
        self._spend_free(account, currency, amount)
        self._purse(OUTSIDE, currency).free += amount

    def lock(self, account: str, currency: str, amount: Decimal) -> None:
        """Put free money behind an order."""
        self._spend_free(account, currency, amount)
        self._touch(account, currency).locked += amount

    def release(self, account: str, currency: str, amount: Decimal) -> None:
        """Give money that stood behind an order back to its owner."""
        self._spend_locked(account, currency, amount)
        self._touch(account, currency).free += amount

    def pay(self, payer: str, receiver: str, currency: str, amount: Decimal) -> None:
        """Move what stands locked behind the payer's order to the receiver, who may spend it at once."""
        self._spend_locked(payer, currency, amount)
        self._touch(receiver, currency).free += amount

    def charge(self, account: str, currency: str, fee: Decimal) -> None:
        """Take a fee out of free money: a seller's from the proceeds, a buyer's from what the order just set free."""
        self._spend_free(account, currency, fee)
        self._purse(FEES, currency).free += fee

    def note_buy(self, account: str, currency: str, volume: Decimal, funds: Decimal) -> None:
        """Carry the mean buy price forward; call it before the coins arrive. Informational, cut to eight decimals.

        Coins that came by deposit have no buy price and leave the mean alone.
        """
        if account in _HOUSE:
            return
        purse = self._purse(account, currency)
        held = purse.free + purse.locked if purse.avg_buy_price else ZERO
        cost = purse.avg_buy_price * held + funds
        purse.avg_buy_price = money.floor_volume(cost / (held + volume))

    def free(self, account: str, currency: str) -> Decimal:
        """What the account may spend."""
        purse = self._of(account).get(currency)
        return purse.free if purse else ZERO

    def balance(self, account: str, currency: str) -> Balance:
        """One currency of an account."""
        purse = self._of(account).get(currency) or Purse()
        avg = purse.avg_buy_price if purse.free or purse.locked else ZERO
        return Balance(currency=currency, free=purse.free, locked=purse.locked, avg_buy_price=avg)

    def balances(self, account: str) -> tuple[Balance, ...]:
        """Every currency the account ever held."""
        return tuple(self.balance(account, currency) for currency in self._of(account))

    def take_changed(self, account: str) -> tuple[Balance, ...]:
        """The balances of an account that moved since this was last asked."""
        return tuple(self.balance(account, currency) for currency in self._changed.pop(account, ()))

    def check(self) -> None:
        """Raise `MoneyError` unless every currency sums to zero and no user owes anything."""
        totals: dict[str, Decimal] = {}
        for account, currency, purse in self._all():
            totals[currency] = totals.get(currency, ZERO) + purse.free + purse.locked
            if account != OUTSIDE and (purse.free < 0 or purse.locked < 0):
                raise MoneyError(f"{account} holds {purse.free} free and {purse.locked} locked {currency}.")
        wrong = {currency: total for currency, total in totals.items() if total}
        if wrong:
            raise MoneyError(f"Money was made or lost: {wrong}.")

    def _all(self) -> Iterator[tuple[str, str, Purse]]:
        for account, purses in self._purses.items():
            for currency, purse in purses.items():
                yield account, currency, purse

    def _of(self, account: str) -> dict[str, Purse]:
        purses = self._purses.get(account)
        if purses is None:
            raise HogaError(f"There is no account {account!r}; open it first.")
        return purses

    def _purse(self, account: str, currency: str) -> Purse:
        purses = self._of(account)
        purse = purses.get(currency)
        if purse is None:
            purse = purses[currency] = Purse()
        return purse

    def _touch(self, account: str, currency: str) -> Purse:
        if account not in _HOUSE:
            self._changed.setdefault(account, {})[currency] = None
        return self._purse(account, currency)

    def _spend_free(self, account: str, currency: str, amount: Decimal) -> None:
        _sensible(amount)
        purse = self._touch(account, currency)
        if amount > purse.free:
            raise MoneyError(f"{account} has {purse.free} {currency} free, not {amount}.")
        purse.free -= amount

    def _spend_locked(self, account: str, currency: str, amount: Decimal) -> None:
        _sensible(amount)
        if account == OUTSIDE:
            self._purse(OUTSIDE, currency).free -= amount
            return
        purse = self._touch(account, currency)
        if amount > purse.locked:
            raise MoneyError(f"{account} has {purse.locked} {currency} locked, not {amount}.")
        purse.locked -= amount


def _sensible(amount: Decimal) -> None:
    if not amount.is_finite() or amount < 0:
        raise MoneyError(f"{amount} cannot be moved: amounts are finite and not below zero.")

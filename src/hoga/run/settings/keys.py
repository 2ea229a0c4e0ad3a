"""What a key may do and how long it lives, as far as Upbit tells.

Upbit lists keys with the moment each ends (`GET /v1/api_keys`). What they may do it lists for the keys of pockets only,
and only to a key of the main pocket. Elsewhere two questions tell, and move nothing: the limits of withdrawing
(`GET /v1/withdraws/chance`) are answered to a key that may view withdrawals; the cancel of a withdrawal that does not
exist is refused over permission (`out_of_scope`) to a key that may not withdraw, and over the missing withdrawal to one
that may (Upbit docs, list of permissions of 2026-10-07; which permission a cancel needs is not said there, so a key
that passes is not proven harmless). A bot needs neither permission, and a key with one is refused. An answer that is
neither yes nor no leaves it unknown, which is said and does not stop the start.
"""

import asyncio
import socket
from datetime import UTC, datetime
from urllib.parse import urlsplit

from msgspec import Struct

from hoga.model.errors import ConfigError, HogaError
from hoga.net.actuator import Actuator
from hoga.net.http_connection import AnswerLost, NotSent
from hoga.run.screen.logs import Log
from hoga.run.screen.terminal import say
from hoga.run.settings.config import Settings, Venue
from hoga.upbit.answers.wallet import ApiKey, PocketKey, PocketKeys, read_list
from hoga.upbit.rest import wallet as rest_wallet

#: Days before its end at which a key is spoken of; the API gives a key one year and no extension.
WARN_DAYS = (30, 14, 7, 3, 1)
ADVICE = "Make one that may only view assets, view orders and make orders, and delete this one."
DAY_S = 86_400.0

#: What no bot needs; a key with one of these is refused.
TOO_MUCH = frozenset({"view_withdrawals", "withdraw", "deposit", "transfer", "manage_pockets"})
_OUT_OF_SCOPE = {401, 403}
_LOCKED = b"open_api_withdraw_locked"  # permitted, and held back by the lock of the account
_OK, _NOT_FOUND = 200, 404


class KeyFacts(Struct, frozen=True):
    """What is None the venue did not tell. `addresses` are those the key may be used from.

    `too_much` names permissions that a bot has no use for, as far as they are known.
    """

    days_left: int | None
    sees_withdrawals: bool | None
    addresses: tuple[str, ...] | None = None
    may_withdraw: bool | None = None
    too_much: tuple[str, ...] = ()

    @property
    def does_too_much(self) -> bool:
        """Tell whether the key is known to have a permission it must not have."""
        return bool(self.sees_withdrawals or self.may_withdraw or self.too_much)

    @property
    def is_ending(self) -> bool:
        """Tell whether its end is near enough to be spoken of."""
        return self.days_left is not None and self.days_left <= WARN_DAYS[0]

    @property
    def text(self) -> str:
        """Both facts for people."""
        ends = "its end is unknown" if self.days_left is None else f"ends in {self.days_left} days"
        if self.sees_withdrawals or self.may_withdraw:
            return f"{ends}, HAS A WITHDRAWAL PERMISSION"
        if self.too_much:
            return f"{ends}, MAY TOO MUCH: {', '.join(self.too_much)}"
        if None in {self.sees_withdrawals, self.may_withdraw}:
            return f"{ends}, whether it has a withdrawal permission is unknown"
        return f"{ends}, no withdrawal permission"


async def look_at_key(actuator: Actuator, access_key: str, now: datetime | None = None) -> KeyFacts:
    """Ask for the end, the addresses and the permissions of this key; what goes wrong makes a fact unknown."""
    listed = await _listed(actuator, access_key)
    days_left = await _days_left(actuator, access_key, now or datetime.now(UTC))
    if listed is None:
        return KeyFacts(days_left, await _sees_withdrawals(actuator), None, await _may_withdraw(actuator))
    has = frozenset(listed.permissions)
    return KeyFacts(
        days_left,
        "view_withdrawals" in has,
        listed.allowed_ips,
        "withdraw" in has,
        tuple(sorted(has & TOO_MUCH)),
    )


def own_address(rest_url: str) -> str:
    """The address this machine has towards a venue, empty where it has none; behind a router the venue sees another."""
    there = urlsplit(rest_url)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as nothing_is_sent:
        try:
            nothing_is_sent.connect((there.hostname or "", there.port or 443))
        except OSError:
            return ""
        address: str = nothing_is_sent.getsockname()[0]
        return address


async def check_key(settings: Settings, actuator: Actuator, access_key: str, log: Log) -> None:
    """Before a start with real money: `ConfigError` for a key that may do too much, a word for one that soon ends."""
    if settings.venue is not Venue.UPBIT:
        return
    facts = await look_at_key(actuator, access_key)
    _tell(facts, log)
    if facts.does_too_much:
        raise ConfigError([f"This key has a permission it must not have: it {facts.text}. {ADVICE}"])


async def watch_key(settings: Settings, actuator: Actuator, log: Log, *, every_s: float = DAY_S) -> None:
    """Count the days of the key while a bot runs, and speak of it when few are left; until cancelled."""
    if settings.venue is not Venue.UPBIT or settings.access_key is None:
        return
    while True:
        await asyncio.sleep(every_s)
        _tell(await look_at_key(actuator, settings.access_key.reveal()), log)


def _tell(facts: KeyFacts, log: Log) -> None:
    is_bad = facts.is_ending or facts.does_too_much
    log("key", level="warning" if is_bad else "info", told=facts.text, days_left=facts.days_left)
    if is_bad:
        say(f"The API key {facts.text}.")


async def _days_left(actuator: Actuator, access_key: str, now: datetime) -> int | None:
    try:
        answer = await actuator.fetch(rest_wallet.api_keys())
        rows = read_list(answer.body, ApiKey) if answer.status == _OK else ()
    except (HogaError, NotSent, AnswerLost):
        return None
    return next(((row.expire_at - now).days for row in rows if row.access_key == access_key), None)


async def _listed(actuator: Actuator, access_key: str) -> PocketKey | None:
    """Only the list of the pockets' keys tells it (Upbit docs, list-pocket-api-keys), and only to a main key."""
    try:
        answer = await actuator.fetch(rest_wallet.pocket_api_keys())
        pockets = read_list(answer.body, PocketKeys) if answer.status == _OK else ()
    except (HogaError, NotSent, AnswerLost):
        return None
    return next((key for pocket in pockets for key in pocket.keys if key.access_key == access_key), None)


async def _may_withdraw(actuator: Actuator) -> bool | None:
    try:
        answer = await actuator.fetch(rest_wallet.cancel_of_no_withdrawal())
    except (HogaError, NotSent, AnswerLost):
        return None
    if answer.status in {_OK, _NOT_FOUND} or _LOCKED in answer.body:
        return True
    return False if answer.status in _OUT_OF_SCOPE else None


async def _sees_withdrawals(actuator: Actuator) -> bool | None:
    try:
        answer = await actuator.fetch(rest_wallet.withdrawal_chance("KRW"))
    except (HogaError, NotSent, AnswerLost):
        return None
    if answer.status == _OK:
        return True
    return False if answer.status in _OUT_OF_SCOPE else None

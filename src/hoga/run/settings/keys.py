"""What a key may do and how long it lives, as far as Upbit tells.

Upbit lists keys with the moment each ends, and not what it may do. The permission to withdraw cannot be probed
without an attempt to withdraw. The permission to look at withdrawals can: `GET /v1/withdraws/chance` needs it and
changes nothing (Upbit docs, list of permissions of 2026-10-07). A bot needs neither, so a key that is answered there
carries more than it should and is refused. A refusal over permission is what we hope for; anything else leaves it
unknown, which is said and does not stop the start.
"""

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
from hoga.upbit.answers.wallet import ApiKey, PocketKeys, read_list
from hoga.upbit.rest import wallet as rest_wallet

#: Days before its end at which a key is spoken of; the API gives a key one year and no extension.
WARN_DAYS = (30, 14, 7, 3, 1)
ADVICE = "Make one that may only view assets, view orders and make orders, and delete this one."
_OUT_OF_SCOPE = {401, 403}
_OK = 200


class KeyFacts(Struct, frozen=True):
    """What is None the venue did not tell. `addresses` are those the key may be used from."""

    days_left: int | None
    sees_withdrawals: bool | None
    addresses: tuple[str, ...] | None = None

    @property
    def is_ending(self) -> bool:
        """Tell whether its end is near enough to be spoken of."""
        return self.days_left is not None and self.days_left <= WARN_DAYS[0]

    @property
    def text(self) -> str:
        """Both facts for people."""
        ends = "its end is unknown" if self.days_left is None else f"ends in {self.days_left} days"
        if self.sees_withdrawals is None:
            return f"{ends}, whether it has a withdrawal permission is unknown"
        return f"{ends}, {'HAS A WITHDRAWAL PERMISSION' if self.sees_withdrawals else 'no withdrawal permission'}"


async def look_at_key(actuator: Actuator, access_key: str, now: datetime | None = None) -> KeyFacts:
    """Ask for the end and the addresses of this key and probe its scope; what goes wrong makes a fact unknown."""
    return KeyFacts(
        await _days_left(actuator, access_key, now or datetime.now(UTC)),
        await _sees_withdrawals(actuator),
        await _addresses(actuator, access_key),
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
    log("key", level="warning" if facts.is_ending else "info", told=facts.text)
    if facts.is_ending:
        say(f"The API key {facts.text}.")
    if facts.sees_withdrawals:
        raise ConfigError([f"This key has a withdrawal permission. {ADVICE}"])


async def _days_left(actuator: Actuator, access_key: str, now: datetime) -> int | None:
    try:
        answer = await actuator.fetch(rest_wallet.api_keys())
        rows = read_list(answer.body, ApiKey) if answer.status == _OK else ()
    except (HogaError, NotSent, AnswerLost):
        return None
    return next(((row.expire_at - now).days for row in rows if row.access_key == access_key), None)


async def _addresses(actuator: Actuator, access_key: str) -> tuple[str, ...] | None:
    """Only the list of the pockets' keys tells them (Upbit docs, list-pocket-api-keys), and only to a main key."""
    try:
        answer = await actuator.fetch(rest_wallet.pocket_api_keys())
        pockets = read_list(answer.body, PocketKeys) if answer.status == _OK else ()
    except (HogaError, NotSent, AnswerLost):
        return None
    keys = (key for pocket in pockets for key in pocket.keys)
    return next((key.allowed_ips for key in keys if key.access_key == access_key), None)


async def _sees_withdrawals(actuator: Actuator) -> bool | None:
    try:
        answer = await actuator.fetch(rest_wallet.withdrawal_chance("KRW"))
    except (HogaError, NotSent, AnswerLost):
        return None
    if answer.status == _OK:
        return True
    return False if answer.status in _OUT_OF_SCOPE else None

"""How the parts are joined: who gets which queue, which keys, which limits. No decisions here."""

import asyncio
import itertools
import random
import time
import uuid
from collections.abc import Callable, Sequence
from decimal import Decimal

from msgspec import Struct

from hoga.brain.world import base36
from hoga.model import money
from hoga.model.commands import Command
from hoga.model.events import AccountEvent, Stream
from hoga.model.secret import Secret
from hoga.model.version import __version__
from hoga.net.actuator import Actuator
from hoga.net.inbox import Inbox
from hoga.net.lanes import Patience
from hoga.net.sensor import Sensor
from hoga.run.screen.logs import Log
from hoga.run.settings.config import Settings, require_keys
from hoga.upbit.auth import Signer
from hoga.upbit.limits.limiter import RateLimiter
from hoga.upbit.stream.subscriptions import Subscription
from hoga.upbit.venue import check_destination

MAX_COMMANDS = 1_000  # more waiting orders than the venue takes in a minute and a half
KEPT_FOR_CANCELS = 100  # places in the command queue that a new order may not take


class Connection(Struct, frozen=True):
    """Where the venue is and who we are there; keys live only inside the signer."""

    rest_url: str
    websocket_url: str
    signer: Signer
    limiter: RateLimiter


def connect(settings: Settings) -> Connection:
    """Check the keys against the addresses and make what all requests share; `ConfigError` when they do not fit."""
    return connect_with(settings, *require_keys(settings))


def connect_with(settings: Settings, access: Secret, secret_key: Secret) -> Connection:
    """The same with other keys than the bot's own."""
    access_key = access.reveal()
    check_destination(settings.rest_url, access_key)
    check_destination(settings.websocket_url, access_key)
    signer = Signer(access_key, secret_key, settings.exchange.algorithm)
    return Connection(settings.rest_url, settings.websocket_url, signer, RateLimiter())


def actuator_for(
    connection: Connection,
    *,
    commands: asyncio.Queue[Command],
    report: Callable[[AccountEvent], None],
    log: Log,
    clock_ns: Callable[[], int],
    order_deadline_s: float = 10.0,
) -> Actuator:
    """The only part that may send requests."""
    return Actuator(
        commands=commands,
        report=report,
        rest_url=connection.rest_url,
        signer=connection.signer,
        limiter=connection.limiter,
        clock_ns=clock_ns,
        nonce=nonces(),
        patience=Patience(order_deadline_s=order_deadline_s),
        user_agent=f"hoga/{__version__}",
        log=log,
    )


def sensor_for(
    connection: Connection,
    *,
    subscriptions: Sequence[Subscription],
    inbox: Inbox,
    log: Log,
    clock_ns: Callable[[], int],
    tape: Callable[[Stream, int, bytes], None] | None = None,
) -> Sensor:
    """The only part that listens."""
    return Sensor(
        websocket_url=connection.websocket_url,
        subscriptions=subscriptions,
        private=True,
        signer=connection.signer,
        inbox=inbox,
        limiter=connection.limiter,
        clock_ns=clock_ns,
        monotonic_s=time.monotonic,
        random=random.random,
        nonce=nonces(),
        tape=tape,
        log=log,
    )


def nonces() -> Callable[[], str]:
    """Texts used once, for every signed request its own: a random UUID whose last twelve digits count up.

    Upbit takes no nonce twice (auth page of 2026-08-31); a wholly new UUID each time costs half of what signing does.
    """
    begin, count = str(uuid.uuid4())[:24], itertools.count()
    return lambda: f"{begin}{next(count):012x}"


def letters_of_chance() -> str:
    """Three letters or digits, to tell two runs apart that start at the same moment."""
    return base36(36**2 + uuid.uuid4().int % (36**3 - 36**2))


def figure(amount: Decimal) -> str:
    """A price for people: thousands apart, no trailing zeros."""
    whole, dot, fraction = money.plain(amount).partition(".")
    return f"{int(whole):,}{dot}{fraction}"


def won(amount: Decimal) -> str:
    """An amount of KRW for people: `₩143,250,000`, fractions cut."""
    sign = "-" if amount < 0 else ""
    return f"{sign}₩{abs(int(amount)):,}"


def signed_won(amount: Decimal) -> str:
    """A gain or loss for people: `+₩38,200`."""
    return f"+{won(amount)}" if amount > 0 else won(amount)

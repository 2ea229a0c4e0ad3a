"""`hoga doctor`: is everything ready to trade? Each line says what was looked at, what was found, and what to do."""

import asyncio
import json
import shutil
import sys
import time
from collections.abc import Awaitable, Callable, Sequence
from email.utils import parsedate_to_datetime
from pathlib import Path

from msgspec import Struct

from hoga.brain.risk.limits import RiskLimits
from hoga.model import money
from hoga.model.commands import QueryAccounts, QueryMarket
from hoga.model.events import AccountsReported, FeedUp, MarketReported, QueryFailed
from hoga.net.actuator import Actuator
from hoga.net.http_connection import AnswerLost, NotSent
from hoga.net.inbox import Inbox
from hoga.run.clock import steady_clock_ns
from hoga.run.commands.account import IS_IT_THERE
from hoga.run.loop import run_async
from hoga.run.screen.logs import silent
from hoga.run.settings.config import Settings, Venue
from hoga.run.settings.keys import ADVICE, look_at_key, own_address
from hoga.run.wiring import Connection, actuator_for, connect, sensor_for, won
from hoga.upbit.limits.limiter import GROUPS
from hoga.upbit.rest import quotation as rest_quotation
from hoga.upbit.stream.subscriptions import Subscription

CLOCK_TOLERANCE_S = 2.0  # the venue's `Date` has whole seconds, so half of this is its own rounding
LEAST_FREE_BYTES = 256 * 1024 * 1024
SOCKET_WAIT_S = 10.0


class Finding(Struct, frozen=True):
    """One thing looked at: fine or not, what was found, and what to do where it is not."""

    subject: str
    ok: bool
    found: str
    advice: str = ""


def examine(settings: Settings, *, as_json: bool) -> int:
    """Look at everything and print it; the exit code is 1 if anything is wrong."""
    findings = run_async(_examine(settings))
    if as_json:
        rows = [{name: getattr(row, name) for name in Finding.__struct_fields__} for row in findings]
        sys.stdout.write(json.dumps(rows, ensure_ascii=False) + "\n")
    else:
        width = max(len(row.subject) for row in findings)
        for row in findings:
            advice = f"\n    {row.advice}" if row.advice and not row.ok else ""
            sys.stdout.write(f"{'✓' if row.ok else '✗'} {row.subject:<{width}}  {row.found}{advice}\n")
    return 0 if all(row.ok for row in findings) else 1


async def _examine(settings: Settings) -> list[Finding]:
    connection = connect(settings)
    actuator = actuator_for(
        connection, commands=asyncio.Queue(1), report=lambda _: None, log=silent, clock_ns=steady_clock_ns()
    )
    looks: dict[str, Callable[[], Awaitable[list[Finding]]]] = {
        "venue": lambda: _clock_and_limits(actuator),
        "keys": lambda: _account(actuator),
        "key": lambda: _key(actuator, connection.signer.access_key, settings),
        "markets": lambda: _markets(actuator, settings),
        "sockets": lambda: _sockets(connection, settings),
    }
    findings = [Finding("configuration", ok=True, found=f"{settings.venue}, {', '.join(settings.trade.markets)}")]
    findings.append(_risk(settings))
    findings.append(_disk(settings.log.directory))
    try:
        for subject, look in looks.items():
            try:
                findings += await look()
            except (NotSent, AnswerLost) as fault:
                findings.append(Finding(subject, ok=False, found=str(fault), advice=IS_IT_THERE))
                break  # the others would only say the same, each after its own long wait
    finally:
        await actuator.close()
    return findings


def _risk(settings: Settings) -> Finding:
    names = ", ".join(sorted(settings.risk)) or "defaults"
    known = set(RiskLimits.__struct_fields__)
    unknown = sorted(set(settings.risk) - known)
    return Finding("risk limits", not unknown, names, f"not limits: {', '.join(unknown)}" if unknown else "")


def _disk(directory: Path) -> Finding:
    place = directory if directory.exists() else Path()
    free = shutil.disk_usage(place).free
    found = f"{free // 1024**2:,} MiB free for {directory}"
    return Finding("disk", free >= LEAST_FREE_BYTES, found, "Free some space: logs would be lost.")


async def _clock_and_limits(actuator: Actuator) -> list[Finding]:
    answer = await actuator.fetch(rest_quotation.markets())
    told = answer.headers.get("date")
    limits = answer.headers.get("remaining-req", "none told")
    groups = Finding("rate limits", "group=" in limits, f"{limits} (we know {len(GROUPS)} groups)")
    if told is None:
        return [Finding("clock", ok=False, found="the venue told no time", advice="Try again later."), groups]
    off_s = time.time() - parsedate_to_datetime(told).timestamp() - 0.5
    advice = "Set the machine's clock by network time; ages and daily limits depend on it."
    return [Finding("clock", abs(off_s) <= CLOCK_TOLERANCE_S, f"{off_s:+.1f} s from the venue", advice), groups]


async def _account(actuator: Actuator) -> list[Finding]:
    for event in await actuator.ask(QueryAccounts()):
        if isinstance(event, AccountsReported):
            held = ", ".join(f"{money.plain(row.free + row.locked)} {row.currency}" for row in event.balances[:5])
            return [Finding("keys", ok=True, found=f"accepted; the account holds {held or 'nothing'}")]
        if isinstance(event, QueryFailed):
            advice = "Check the keys, the allowed addresses and the permissions on Upbit's API page."
            return [Finding("keys", ok=False, found=f"{event.reason}: {event.detail}", advice=advice)]
    return [Finding("keys", ok=False, found="no answer", advice="Is the venue reachable?")]


async def _key(actuator: Actuator, access_key: str, settings: Settings) -> list[Finding]:
    facts = await look_at_key(actuator, access_key)
    too_much = facts.does_too_much and settings.venue is Venue.UPBIT
    advice = ADVICE if too_much else "Make a new key before this one ends; it cannot be extended."
    return [
        Finding("key", not too_much and not facts.is_ending, facts.text, advice),
        address_finding(facts.addresses, own_address(settings.rest_url), needs_list=settings.venue is Venue.UPBIT),
    ]


def address_finding(registered: Sequence[str] | None, own: str, *, needs_list: bool) -> Finding:
    """From where the key may be used, beside from where it is; where the venue tells."""
    here = f"this machine has {own or 'no address'}, behind a router the venue sees another"
    if registered is None:
        return Finding("address", ok=True, found=f"the venue does not tell which are registered for the key; {here}")
    listed = ", ".join(registered) or "none, so the key works from anywhere"
    advice = "Register the address of this machine for the key; a stolen key is then worth little."
    return Finding("address", bool(registered) or not needs_list, f"registered: {listed}; {here}", advice)


async def _markets(actuator: Actuator, settings: Settings) -> list[Finding]:
    findings = []
    for code in settings.trade.markets:
        events = await actuator.ask(QueryMarket(code))
        market = next((event.market for event in events if isinstance(event, MarketReported)), None)
        if market is None:
            advice = "Correct trade.markets: codes are quote first, like KRW-BTC."
            findings.append(Finding(code, ok=False, found="the venue does not know it", advice=advice))
            continue
        found = f"tick {market.tick}, least order {won(market.min_total)}, fee {market.bid_fee:%}, {market.state}"
        findings.append(Finding(code, market.state == "active" and not market.warning, found, "Do not trade it now."))
    return findings


async def _sockets(connection: Connection, settings: Settings) -> list[Finding]:
    inbox = Inbox()
    subscriptions = [Subscription(type="ticker", codes=settings.trade.markets)]
    sensor = sensor_for(connection, subscriptions=subscriptions, inbox=inbox, log=silent, clock_ns=steady_clock_ns())
    heard: set[str] = set()
    task = asyncio.create_task(sensor.run(), name="sensor")
    try:
        async with asyncio.timeout(SOCKET_WAIT_S):
            while len(heard) < len(("public", "private")):
                event = await inbox.get()
                if isinstance(event, FeedUp):
                    heard.add(event.stream.value)
    except TimeoutError:
        pass
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
    advice = "Check the network, a proxy, and that the keys may view orders and assets."
    return [
        Finding(f"{name} socket", name in heard, "connected" if name in heard else "silent", advice)
        for name in ("public", "private")
    ]

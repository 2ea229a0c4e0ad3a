"""What a key may do and how long it lives, asked of an exchange."""

import asyncio
import json
import resource
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from tests.scenario.programs import addresses_of, keys_of, ran
from tests.scenario.scenery import Exchange, bot, exchange
from tests.scenario.test_stop import GRID

from hoga.model.errors import ConfigError
from hoga.model.orders import OrderState
from hoga.net.actuator import Actuator
from hoga.run.clock import steady_clock_ns
from hoga.run.commands.doctor import address_finding
from hoga.run.commands.live import EXIT_LEFT_OPEN, exit_code
from hoga.run.screen.logs import silent
from hoga.run.settings.config import Settings, Venue, load
from hoga.run.settings.keys import KeyFacts, check_key, look_at_key, watch_key
from hoga.run.settings.real_money import no_core_dumps
from hoga.run.wiring import actuator_for, connect

NEEDED = ["view_account", "view_orders", "make_orders"]


@asynccontextmanager
async def asked_of(there: Exchange, scopes: list[str], *, in_pocket: bool) -> AsyncIterator[tuple[Actuator, Settings]]:
    """An actuator with a key of these permissions, of a sub-pocket or of the main one, whose keys the venue lists."""
    if in_pocket:
        key: Any = await there.move("accounts", account="bot", pocket_of="main")
    else:
        key = {"access_key": there.access_key, "secret_key": there.secret_key}
        scopes = [*scopes, "manage_pockets"]  # only then the venue lists what a key may do
    await there.move("keys", access_key=key["access_key"], scopes=scopes)
    urls = {"rest_url": there.rest_url, "websocket_url": there.websocket_url}
    keys = {name: key[name] for name in ("access_key", "secret_key")}
    settings = load(None, {"exchange": urls, **keys})
    actuator = actuator_for(
        connect(settings), commands=asyncio.Queue(1), report=lambda _: None, log=silent, clock_ns=steady_clock_ns()
    )
    try:
        yield actuator, settings
    finally:
        await actuator.close()


@pytest.mark.parametrize("in_pocket", [True, False], ids=["a sub-pocket", "the main pocket"])
@pytest.mark.parametrize(
    ("more", "sees", "may"),
    [
        ([], False, False),
        (["view_withdrawals"], True, False),
        (["withdraw"], False, True),
        (["view_withdrawals", "withdraw"], True, True),
    ],
    ids=["none", "to look", "to withdraw", "both"],
)
async def test_a_key_with_a_withdrawal_permission_is_refused_with_real_money_s9(
    more: list[str], sees: bool, may: bool, in_pocket: bool
):
    async with exchange() as there, asked_of(there, [*NEEDED, *more], in_pocket=in_pocket) as (actuator, settings):
        access_key = connect(settings).signer.access_key
        live = settings.model_copy(update={"venue": Venue.UPBIT})
        before: Any = await there.look("state")
        facts = await look_at_key(actuator, access_key)
        await check_key(settings, actuator, access_key, silent)
        if sees or may or not in_pocket:
            with pytest.raises(ConfigError, match="WITHDRAWAL PERMISSION" if sees or may else "manage_pockets"):
                await check_key(live, actuator, access_key, silent)
        else:
            await check_key(live, actuator, access_key, silent)
        after: Any = await there.look("state")

    assert (facts.sees_withdrawals, facts.may_withdraw) == (sees, may)
    assert (facts.addresses is None) is in_pocket
    assert before["accounts"] == after["accounts"]


async def test_a_key_that_may_move_money_in_another_way_is_refused_where_the_venue_tells_s9():
    async with exchange() as there, asked_of(there, [*NEEDED, "transfer"], in_pocket=False) as (actuator, settings):
        live = settings.model_copy(update={"venue": Venue.UPBIT})
        with pytest.raises(ConfigError, match="MAY TOO MUCH: manage_pockets, transfer"):
            await check_key(live, actuator, there.access_key, silent)


async def test_the_days_of_a_key_are_counted_at_the_start_and_day_by_day_s11():
    told: list[tuple[str, object]] = []

    def log(event: str, *, level: str = "info", **fields: object) -> None:
        told.append((f"{event} {level}", fields["days_left"]))

    async with exchange() as there, asked_of(there, NEEDED, in_pocket=True) as (actuator, settings):
        access_key = connect(settings).signer.access_key
        live = settings.model_copy(update={"venue": Venue.UPBIT})
        later = await look_at_key(actuator, access_key, datetime.now(UTC) + timedelta(days=340))
        unknown = await look_at_key(actuator, "another key")
        await check_key(live, actuator, access_key, log)
        counting = asyncio.create_task(watch_key(live, actuator, log, every_s=0.01))
        async with asyncio.timeout(30):
            while len(told) < 3:  # noqa: ASYNC110 - the log has no event for it
                await asyncio.sleep(0.01)
        counting.cancel()
        await asyncio.gather(counting, return_exceptions=True)
        await watch_key(settings, actuator, log)  # play money has no key to count: it returns at once

    assert told[:3] == [("key info", 364)] * 3
    assert (later.days_left, later.is_ending) == (24, True)
    assert unknown.days_left is None


def test_the_facts_are_told_in_words():
    assert KeyFacts(14, sees_withdrawals=False, may_withdraw=False).text == "ends in 14 days, no withdrawal permission"
    assert "HAS A WITHDRAWAL PERMISSION" in KeyFacts(None, sees_withdrawals=True).text
    assert "HAS A WITHDRAWAL PERMISSION" in KeyFacts(None, sees_withdrawals=False, may_withdraw=True).text
    assert "unknown" in KeyFacts(3, sees_withdrawals=None).text
    assert "unknown" in KeyFacts(3, sees_withdrawals=False).text


def test_a_crash_leaves_no_memory_with_keys_in_it_s5():
    no_core_dumps()

    assert resource.getrlimit(resource.RLIMIT_CORE) == (0, 0)


HERE, ELSEWHERE = "127.0.0.1", "10.0.0.1"


@pytest.mark.parametrize(
    ("registered", "needs_list", "ok", "told"),
    [
        (None, True, True, "does not tell"),
        ((HERE, ELSEWHERE), True, True, "registered: 127.0.0.1, 10.0.0.1"),
        ((), True, False, "works from anywhere"),
        ((), False, True, "works from anywhere"),
    ],
)
def test_registered_addresses_are_shown_beside_the_own_one_s10(
    registered: tuple[str, ...] | None, needs_list: bool, ok: bool, told: str
):
    finding = address_finding(registered, HERE, needs_list=needs_list)

    assert finding.ok is ok
    assert told in finding.found
    assert HERE in finding.found


async def test_the_doctor_asks_for_the_addresses_and_tells_a_refusal_s10(tmp_path):
    async with exchange() as there:
        await there.move("keys", access_key=there.access_key, allowed_ips=[HERE])
        words = ("doctor", "--json", *addresses_of(there))
        known = json.loads((await ran(*words, folder=tmp_path, environment=keys_of(there))).out)
        await there.move("keys", access_key=there.access_key, allowed_ips=[ELSEWHERE])
        strange = await ran(*words, folder=tmp_path, environment=keys_of(there))

    (key,) = [row for row in known if row["subject"] == "key"]
    assert key["found"].startswith("ends in 364 days, ")
    (address,) = [row for row in known if row["subject"] == "address"]
    assert address["ok"]
    assert f"registered: {HERE}; this machine has {HERE}" in address["found"]
    assert strange.process.returncode == 1
    (keys,) = [row for row in json.loads(strange.out) if row["subject"] == "keys"]
    assert "no_authorization_ip" in keys["found"]
    assert "Register that address" in keys["found"]


async def test_a_machine_whose_address_changes_halts_with_what_to_do_and_names_what_it_left_s10(tmp_path):
    async with exchange() as there, bot(there, tmp_path) as working:
        resting = await working.rest_a_buy()
        await working.in_state(resting, OrderState.WORKING)
        await there.move("keys", access_key=there.access_key, allowed_ips=[ELSEWHERE])
        await working.buy_now()
        await working.task

        failure = working.desk.failure or ""
        assert "no_authorization_ip" in failure
        assert "Register that address" in failure
        assert "허용" in failure
        assert exit_code(working.desk) == EXIT_LEFT_OPEN
        assert [order["identifier"] for order in await there.open_orders()] == [resting]
        await there.move("keys", access_key=there.access_key, allowed_ips=[HERE])


async def test_a_bot_started_from_a_strange_address_says_so_and_sends_nothing_s10(tmp_path):
    async with exchange() as there:
        await there.move("keys", access_key=there.access_key, allowed_ips=[ELSEWHERE])
        words = [*GRID, "--for", "20s", *addresses_of(there)]
        refused = await ran(*words, folder=tmp_path, environment=keys_of(there))

        assert refused.process.returncode == 1
        assert "Register that address" in refused.err
        assert await there.orders() == []

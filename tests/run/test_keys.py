"""What a key may do and how long it lives, asked of an exchange."""

import asyncio
import json
import resource
from datetime import UTC, datetime, timedelta

import pytest
from tests.scenario.programs import addresses_of, keys_of, ran
from tests.scenario.scenery import bot, exchange
from tests.scenario.test_stop import GRID

from hoga.model.errors import ConfigError
from hoga.model.orders import OrderState
from hoga.run.clock import steady_clock_ns
from hoga.run.commands.doctor import address_finding
from hoga.run.commands.live import EXIT_LEFT_OPEN, exit_code
from hoga.run.screen.logs import silent
from hoga.run.settings.config import Venue, load
from hoga.run.settings.keys import KeyFacts, check_key, look_at_key
from hoga.run.settings.real_money import no_core_dumps
from hoga.run.wiring import actuator_for, connect

NEEDED = ["view_account", "view_orders", "make_orders"]


@pytest.mark.parametrize(("scopes", "sees"), [(NEEDED, False), ([*NEEDED, "view_withdrawals"], True)])
async def test_a_key_with_a_withdrawal_permission_is_refused_with_real_money_s9_s11(scopes: list[str], sees: bool):
    async with exchange() as there:
        await there.move("keys", access_key=there.access_key, scopes=scopes)
        urls = {"rest_url": there.rest_url, "websocket_url": there.websocket_url}
        settings = load(None, {"exchange": urls, "access_key": there.access_key, "secret_key": there.secret_key})
        actuator = actuator_for(
            connect(settings), commands=asyncio.Queue(1), report=lambda _: None, log=silent, clock_ns=steady_clock_ns()
        )
        live = settings.model_copy(update={"venue": Venue.UPBIT})
        try:
            facts = await look_at_key(actuator, there.access_key)
            later = await look_at_key(actuator, there.access_key, datetime.now(UTC) + timedelta(days=340))
            unknown = await look_at_key(actuator, "another key")
            await check_key(settings, actuator, there.access_key, silent)
            if sees:
                with pytest.raises(ConfigError, match="withdrawal permission"):
                    await check_key(live, actuator, there.access_key, silent)
            else:
                await check_key(live, actuator, there.access_key, silent)
        finally:
            await actuator.close()

    assert facts.sees_withdrawals is sees
    assert facts.days_left is not None
    assert facts.days_left > 300
    assert not facts.is_ending
    assert later.is_ending
    assert unknown.days_left is None


def test_the_facts_are_told_in_words():
    assert KeyFacts(14, sees_withdrawals=False).text == "ends in 14 days, no withdrawal permission"
    assert "HAS A WITHDRAWAL PERMISSION" in KeyFacts(None, sees_withdrawals=True).text
    assert "unknown" in KeyFacts(3, sees_withdrawals=None).text


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

"""What a key may do and how long it lives, asked of an exchange."""

import asyncio
import resource
from datetime import UTC, datetime, timedelta

import pytest
from tests.scenario.scenery import exchange

from hoga.model.errors import ConfigError
from hoga.run.clock import steady_clock_ns
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

"""A strategy that does not come back in time is stopped in its own code, and what it left open is cancelled."""

import sys
import threading
import time
from collections.abc import Callable
from decimal import Decimal
from itertools import pairwise

import pytest
from tests.scenario.programs import addresses_of, artefacts, keys_of, program
from tests.scenario.scenery import MARKET, Bot, bot, exchange
from tests.scenario.test_stop import GRID, all_rest
from tests.scenario.test_switches import none_open

from hoga.brain.context import Context
from hoga.model.commands import OrderId
from hoga.model.events import Kill
from hoga.model.orders import OrderState
from hoga.run.commands.live import exit_code
from hoga.run.overruns import kept_waiting_s, strategy_frame, watched

LONG_S = 20.0
BUDGET_S = 0.25


def busy(_: Context) -> None:
    until_s = time.monotonic() + LONG_S
    while time.monotonic() < until_s:
        sum(range(100))


def asleep(_: Context) -> None:
    time.sleep(LONG_S)


def forgiving(ctx: Context) -> None:
    until_s = time.monotonic() + LONG_S
    while time.monotonic() < until_s:
        try:
            ctx.position("no such market")
            raise ValueError  # noqa: TRY301 - as careless as it can be
        except Exception:  # noqa: BLE001, S110
            pass


def ordering(ctx: Context) -> None:
    """Mostly in the brain's own code, which must not be torn."""
    until_s = time.monotonic() + LONG_S
    while time.monotonic() < until_s:
        ctx.limit_buy(MARKET, Decimal(1_000_000), Decimal("0.006"))


WAYS = {"a busy loop": busy, "a sleep": asleep, "an except": forgiving, "orders without end": ordering}


async def ends_with_its_orders_cancelled(working: Bot, wish: Callable[[Context], None]) -> float:
    """Let the strategy do something endless; return for how long it held everything up."""
    resting = await working.rest_a_buy()
    await working.in_state(resting, OrderState.WORKING)

    def endless(ctx: Context) -> OrderId | None:
        ctx.limit_buy(MARKET, Decimal(99_000_000), Decimal("0.001"), reason="of the turn that is given up")
        wish(ctx)
        return None

    with watched(working.desk, BUDGET_S, working.log):
        began_s = time.monotonic()
        working.strategy.wishes.append((endless, working.task.get_loop().create_future()))
        await working.until(lambda: bool(working.log.named("strategy_failed")), "it was stopped")
        held_s = time.monotonic() - began_s
        await working.task
    return held_s


@pytest.mark.parametrize("wish", WAYS.values(), ids=WAYS)
async def test_a_strategy_that_takes_too_long_is_stopped_in_its_own_code_and_the_run_halts_p15(tmp_path, wish):
    async with exchange() as there, bot(there, tmp_path) as working:
        held_s = await ends_with_its_orders_cancelled(working, wish)

        assert held_s < LONG_S / 2
        assert "longer than 250 ms" in (working.desk.failure or "")
        assert exit_code(working.desk) == 1
        assert await there.open_orders() == []
        assert len(await there.orders()) == 1  # what the broken turn wished has not left
        assert working.totals() == await there.totals()


async def test_the_kill_switch_is_late_by_no_more_than_the_budget_p15(tmp_path):
    async with exchange() as there, bot(there, tmp_path) as working:
        order_id = await working.rest_a_buy()
        await working.in_state(order_id, OrderState.WORKING)

        def pull_and_sleep(_: Context) -> None:
            working.desk.inbox.put_first(Kill(reason="fire", received_ns=working.clock()))
            time.sleep(LONG_S)

        with watched(working.desk, BUDGET_S, working.log):
            began_s = time.monotonic()
            working.strategy.wishes.append((pull_and_sleep, working.task.get_loop().create_future()))
            await working.until(lambda: bool(working.log.named("killed")), "the switch was heard")

            assert time.monotonic() - began_s < LONG_S / 2
            await working.task
        assert await there.open_orders() == []


class Thinking:
    """A brain that thinks for ever, without a stage."""

    turns = 1


def test_code_that_no_stage_called_is_never_interrupted_p15():
    said: list[str] = []
    with watched(Thinking(), 0.05, lambda event, **_: said.append(event)):
        time.sleep(0.3)

    assert strategy_frame(sys._getframe()) is None


def test_time_in_which_the_machine_was_busy_with_others_is_not_the_strategys_p15(tmp_path):
    (tmp_path / "7").write_text("1000 2500000000 12\n", encoding="ascii")

    assert kept_waiting_s(7, f"{tmp_path}/{{}}") == 2.5
    assert kept_waiting_s(8, f"{tmp_path}/{{}}") == 0
    assert kept_waiting_s(threading.get_native_id()) < 3600


async def test_slow_turns_in_a_row_leave_the_sockets_and_the_switch_their_turn_p15(tmp_path):
    """Each within its budget, but many of them: other things happen in between."""
    async with exchange() as there, bot(there, tmp_path) as working:
        handled: list[int] = []

        def slow(_: Context) -> None:
            time.sleep(0.05)
            handled.append(working.desk.handled)

        loop = working.task.get_loop()
        turns: list[int] = []

        def turn() -> None:
            turns.append(len(handled))
            if len(handled) < 10:
                loop.call_soon(turn)

        working.strategy.each_trade = slow
        loop.call_soon(turn)
        await working.until(lambda: len(handled) >= 10, "ten slow turns")
        working.strategy.each_trade = None

        assert {later - earlier for earlier, later in pairwise(turns)} <= {0, 1}


STUBBORN = '''
import sys
from hoga.cli import main
from hoga.strategies import STRATEGIES
from hoga.strategies.grid import Grid


class Stubborn(Grid):
    """Rests its orders, and when all are open takes the main thread for good, whatever is raised in it."""

    def on_order(self, ctx, event):
        if len([order for order in ctx.open_orders("KRW-BTC") if order.venue_id]) == 4:
            while True:
                try:
                    while True:
                        pass
                except BaseException:
                    pass


STRATEGIES["stubborn"] = Stubborn
sys.exit(main())
'''


async def test_over_a_strategy_that_swallows_everything_the_watchdog_has_the_last_word_p15(tmp_path):
    (tmp_path / "hoga.toml").write_text("[state]\nwatchdog_after_s = 2\n", encoding="utf-8")
    script = tmp_path / "stubborn.py"
    script.write_text(STUBBORN, encoding="utf-8")
    words = ["stubborn" if word == "grid" else word for word in GRID]
    async with exchange() as there:
        own = {"HOGA_WATCHDOG_ACCESS_KEY": there.access_key, "HOGA_WATCHDOG_SECRET_KEY": there.secret_key}
        keys = keys_of(there)
        async with (
            program("watchdog", *addresses_of(there), folder=tmp_path, environment=own),
            program(*words, *addresses_of(there), folder=tmp_path, environment=keys, script=str(script)) as running,
        ):
            await all_rest(running, there)
            await none_open(there)

            assert running.process.returncode is None
            await running.until(lambda: "strategy_stuck" in artefacts(running, tmp_path / "logs"), "the log says so")

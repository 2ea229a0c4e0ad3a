"""`hoga run`: a bot on a venue, from the first question to the last cancel."""

import asyncio
import os
import sys
from collections.abc import Callable, Coroutine
from datetime import UTC, datetime
from decimal import Decimal
from functools import partial

from hoga.brain.risk.last_hop import LastHop
from hoga.brain.risk.limits import RiskLimits
from hoga.brain.strategy import Strategy
from hoga.brain.world import base36
from hoga.model.errors import ConfigError
from hoga.model.events import AccountEvent, OrderAccepted
from hoga.net.inbox import Inbox
from hoga.run.clock import steady_clock_ns
from hoga.run.commands.account import OUR_PREFIX
from hoga.run.desk import Desk
from hoga.run.guard import guarded, home_of, strategy_at_work
from hoga.run.history import first_answers
from hoga.run.loop import run_async
from hoga.run.overruns import watched
from hoga.run.replaying.remaking import brain_for, limits_from, strategy_from
from hoga.run.screen.logs import EventLog, silent
from hoga.run.screen.report import print_summary
from hoga.run.screen.terminal import say, watch
from hoga.run.screen.texts import Texts
from hoga.run.settings.config import Settings, Venue
from hoga.run.settings.durations import seconds
from hoga.run.settings.keys import watch_key
from hoga.run.settings.real_money import confirm_real_money, no_core_dumps
from hoga.run.signals import StoppedEarlyError, no_more_signals, on_signals, unless_stopped
from hoga.run.state.guarded import GuardedCommands
from hoga.run.state.keeping import Kept, keeping
from hoga.run.state.memory import halt_when_outgrown
from hoga.run.state.starts import counted_start
from hoga.run.state.state_files import StateFiles
from hoga.run.state.switch import switched
from hoga.run.wiring import MAX_COMMANDS, actuator_for, connect, letters_of_chance, sensor_for
from hoga.strategies import STRATEGIES
from hoga.upbit.stream.subscriptions import Subscription

EXIT_FAILED = 1
EXIT_LEFT_OPEN = 3
EXIT_KILLED = 4
EXIT_OUTGROWN = 5


#: Wires a bot: `make_desk` to a venue, another way to something else.
MakeDesk = Callable[..., Coroutine[None, None, Desk]]


def run_bot(
    settings: Settings,
    *,
    end_after: str | None,
    confirm_live: Decimal | None,
    plain: bool,
    as_json: bool,
    make: MakeDesk | None = None,
) -> int:
    """Trade until stopped; the exit code is 0 when nothing is left open."""
    run_for_s = seconds(end_after) if end_after else None
    strategy, limits = strategy_guarded(settings), limits_from(settings)
    no_core_dumps()
    if settings.venue is Venue.UPBIT:
        confirm_real_money(settings, confirm_live)
    log = open_log(settings, on_console=plain and not as_json)
    files = StateFiles(settings.state.directory)
    try:
        with (
            counted_start(files, allowed=settings.state.max_starts) as start,
            keeping(settings.journal.path, settings.tape.directory, log) as kept,
        ):
            how = partial(drive, run_for_s=run_for_s, live_view=not (plain or as_json), files=files, make=make)
            desk = run_async(how(settings, strategy, limits, log, kept=kept))
            no_more_signals()
            # Whoever tries a strategy on play money may see it fail as often as need be.
            if exit_code(desk) in {0} | ({EXIT_FAILED} if settings.venue is Venue.SIMULATOR else set()):
                start.ended_well()
        print_summary(desk, log, Texts(settings.language), as_json=as_json)
    except StoppedEarlyError as early:
        say(f"hoga: {early}")
        return 0
    finally:
        log.close()
    return exit_code(desk)


def strategy_guarded(settings: Settings) -> Strategy:
    """Make the chosen strategy; what its constructor may not do is refused."""
    with guarded(silent) as guard, strategy_at_work():
        if chosen := STRATEGIES.get(settings.trade.strategy):
            guard.may_read(home_of(chosen))
        return strategy_from(settings)


def exit_code(desk: Desk) -> int:
    """0 nothing is open, 1 it failed, 3 orders are left open, 4 the kill switch was pulled, 5 to be started anew."""
    if desk.left_open:
        return EXIT_LEFT_OPEN
    if desk.brain.killed:
        return EXIT_KILLED
    if desk.failure:
        return EXIT_FAILED
    return EXIT_OUTGROWN if desk.outgrown else 0


def open_log(settings: Settings, *, on_console: bool) -> EventLog:
    """One JSON file for this run, and the console where nothing else is drawn there."""
    name = f"hoga-{datetime.now(UTC):%Y%m%dT%H%M%SZ}-{os.getpid()}.jsonl"
    keys = tuple(key.reveal() for key in (settings.access_key, settings.secret_key) if key)
    try:
        settings.log.directory.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        advice = "Choose another directory in [log]."
        raise ConfigError([f"No log can be kept in {settings.log.directory}: {error.strerror}. {advice}"]) from None
    return EventLog(
        settings.log.directory / name,
        level=settings.log.level,
        console=sys.stderr if on_console and settings.log.console else None,
        secrets=keys,
    )


def id_prefix(at: datetime) -> str:
    """What every order id of this run begins with: `hg-`, when it started in base 36, and three letters of chance.

    Upbit never takes an identifier twice on one account, so a run must not repeat an earlier one's, nor that of a
    machine that starts in the same millisecond. Of two runs the younger has the greater text (until 2059).
    """
    return f"{OUR_PREFIX}{base36(int(at.timestamp() * 1000))}{letters_of_chance()}-"


async def drive(
    settings: Settings,
    strategy: Strategy,
    limits: RiskLimits,
    log: EventLog,
    *,
    kept: Kept,
    run_for_s: float | None,
    live_view: bool,
    files: StateFiles | None = None,
    make: MakeDesk | None = None,
) -> Desk:
    """Wire a bot, let it trade until it is stopped, and hand it back for its summary."""
    loop = asyncio.get_running_loop()
    ends_s = None if run_for_s is None else loop.time() + run_for_s
    with guarded(log) as guard:
        guard.may_read(home_of(type(strategy)))
        making = (make or make_desk)(settings, strategy, limits, log, kept=kept, tell=say)
        desk = await unless_stopped(making, until_s=ends_s)
        guard.thinker = desk
        if ends_s is not None:
            loop.call_at(ends_s, desk.halt, "the time asked for is over")
        await _trade(desk, settings, kept, run_for_s=run_for_s, live_view=live_view, files=files)
    return desk


async def _trade(
    desk: Desk, settings: Settings, kept: Kept, *, run_for_s: float | None, live_view: bool, files: StateFiles | None
) -> None:
    on_signals(desk.halt)
    switch = None if files is None else switched(desk, files, kept, settings.state.operator_within_s)
    beside = [
        asyncio.create_task(watch(desk, settings, run_for_s=run_for_s, live=live_view), name="view"),
        asyncio.create_task(halt_when_outgrown(desk, settings.state.memory_limit_mib), name="memory"),
        asyncio.create_task(watch_key(settings, desk.actuator, desk.log), name="key"),
    ]
    try:
        with watched(desk, settings.trade.decision_ms / 1000, desk.log):
            await desk.run()
    finally:
        for task in beside:
            task.cancel()
        await asyncio.gather(*beside, return_exceptions=True)
        if switch is not None:
            await switch.end()


async def make_desk(
    settings: Settings,
    strategy: Strategy,
    limits: RiskLimits,
    log: EventLog,
    *,
    clock_ns: Callable[[], int] | None = None,
    kept: Kept | None = None,
    tell: Callable[[str], None] = lambda _: None,
) -> Desk:
    """Wire a bot to its venue, which `tell` hears of while it is away; nothing is sent yet that acts."""
    connection = connect(settings)
    kept = kept or Kept(clock_ns or steady_clock_ns())
    clock_ns = kept.clock_ns
    inbox, hop = Inbox(), LastHop(limits)
    commands = GuardedCommands(MAX_COMMANDS, hop, report=inbox.put_first, clock_ns=clock_ns)
    with strategy_at_work():
        needs = strategy.needs()

    def report(event: AccountEvent) -> None:
        inbox.put_first(event)
        if isinstance(event, OrderAccepted):
            sensor.expect_private(event.order_id)

    actuator = actuator_for(
        connection,
        commands=commands,
        report=report,
        log=log,
        clock_ns=clock_ns,
        order_deadline_s=settings.exchange.order_deadline_s,
    )
    try:
        history = await first_answers(settings, actuator, connection.signer.access_key, needs, log=log, tell=tell)
    except BaseException:
        await actuator.close()
        raise
    subscriptions = [Subscription(type=stream, codes=needs.markets) for stream in needs.streams]
    prefix, now_ns = id_prefix(datetime.now(UTC)), clock_ns()
    tape = kept.open_tape(settings, prefix, log)
    tap = tape.frame if tape else None
    sensor = sensor_for(connection, subscriptions=subscriptions, inbox=inbox, log=log, clock_ns=clock_ns, tape=tap)
    with strategy_at_work():  # the brain asks it for its needs, too
        brain = brain_for(settings, strategy, limits, prefix, now_ns, history)
    hop.orders = brain.orders
    kept.begin(settings, needs, history, prefix, now_ns)
    kept.hand_over(brain, log, now_ns)
    desk = Desk(
        strategy=strategy,
        brain=brain,
        inbox=inbox,
        commands=commands,
        sensor=sensor,
        actuator=actuator,
        limiter=connection.limiter,
        log=log,
        clock_ns=clock_ns,
    )
    desk.books, desk.taping = kept.books, tape
    return desk

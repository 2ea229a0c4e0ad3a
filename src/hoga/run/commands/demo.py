"""`hoga demo`: an exchange, a bot on it and a live view, in one command, without keys, network or money."""

import asyncio
import json
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from subprocess import PIPE

from hoga.model.errors import HogaError
from hoga.run.commands.live import EXIT_FAILED, drive, exit_code, open_log, strategy_guarded
from hoga.run.commands.simulate import DEFAULT_MARKETS
from hoga.run.loop import run_async
from hoga.run.replaying.remaking import limits_from
from hoga.run.screen.logs import EventLog
from hoga.run.screen.report import print_summary
from hoga.run.screen.terminal import say
from hoga.run.screen.texts import Texts
from hoga.run.settings.config import load
from hoga.run.settings.durations import seconds
from hoga.run.signals import StoppedEarlyError, no_more_signals, unless_stopped
from hoga.run.state.keeping import keeping
from hoga.simulator.faults.plan import FaultPlan
from hoga.strategies import LIVELY

START_TIMEOUT_S = 30.0
STOP_TIMEOUT_S = 5.0
PLAY_MONEY_KRW = 10_000_000


class DemoError(HogaError):
    """The simulated exchange did not start; the text has what it said."""


def run_demo(
    *,
    strategy: str,
    markets: Sequence[str],
    params: Mapping[str, str],
    seed: int,
    faults: Sequence[str],
    end_after: str | None,
    plain: bool,
    as_json: bool,
    journal: bool = True,
    tape: bool = False,
) -> int:
    """Run it to the end; the exit code is that of the bot."""
    run_for_s = seconds(end_after) if end_after else None
    FaultPlan.parse(faults)  # what is wrong with them is better told before anything starts
    trade = {"strategy": strategy, "markets": tuple(markets) or ("KRW-BTC",)}
    base = {"trade": trade, "strategy": {**LIVELY.get(strategy, {}), **params}}
    settings = load(None, base)
    chosen, limits = strategy_guarded(settings), limits_from(settings)
    log = open_log(settings, on_console=False)

    async def session() -> int:
        say("Starting the simulated exchange …")
        async with Exchange(seed=seed, faults=faults, markets=markets) as facts:
            log.conceal(facts["access_key"], facts["secret_key"])
            say(f"The exchange listens at {facts['rest_url']}; trading {strategy}.")
            there = load(None, base | addresses(facts))
            places = beside(log, ".journal", journal), beside(log, ".tape", tape)
            with keeping(*places, log, is_for_long=False) as kept:
                view = not (plain or as_json)
                desk = await drive(there, chosen, limits, log, kept=kept, run_for_s=run_for_s, live_view=view)
        print_summary(desk, log, Texts(there.language), as_json=as_json)
        return exit_code(desk)

    try:
        code = run_async(session())
    except StoppedEarlyError as early:
        say(f"hoga: {early}")
        return 0
    except DemoError as error:
        say(f"hoga: {error}")
        return EXIT_FAILED
    finally:
        log.close()
    no_more_signals()
    return code


def beside(log: EventLog, suffix: str, wanted: bool) -> Path | None:  # noqa: FBT001 - two calls, both in one line
    """A place beside the log of this run, where it is wanted."""
    return log.path.with_suffix(suffix) if wanted and log.path else None


def addresses(facts: Mapping[str, str]) -> dict[str, object]:
    """Turn what the exchange said of itself into settings."""
    return {
        "exchange": {"rest_url": facts["rest_url"], "websocket_url": facts["websocket_url"]},
        "access_key": facts["access_key"],
        "secret_key": facts["secret_key"],
    }


class Exchange:
    """The simulated exchange in a process of its own, for the length of a `with`."""

    def __init__(self, *, seed: int, faults: Sequence[str], markets: Sequence[str] = ()) -> None:
        words = ["simulate", "--port", "0", "--seed", str(seed), "--krw", str(PLAY_MONEY_KRW), "--json", "--until-eof"]
        listed = dict.fromkeys((*DEFAULT_MARKETS, *markets))
        words += [word for code in listed for word in ("--market", code)]
        self._words = [*words, *(word for fault in faults for word in ("--fault", fault))]
        self._process: asyncio.subprocess.Process | None = None

    async def __aenter__(self) -> dict[str, str]:
        try:
            return await unless_stopped(self._start())
        except BaseException:
            await self._end()
            raise

    async def _start(self) -> dict[str, str]:
        # Its input is a pipe that nobody writes to: it ends with this process, however that ends.
        self._process = process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "hoga", *self._words, stdin=PIPE, stdout=PIPE, start_new_session=True
        )
        assert process.stdout is not None, "the exchange was started with a pipe"
        try:
            line = await asyncio.wait_for(process.stdout.readline(), START_TIMEOUT_S)
        except TimeoutError:
            line = b""
        if not line:
            raise DemoError("The simulated exchange did not start. Run `hoga simulate` to see what it says.")
        facts: dict[str, str] = json.loads(line)
        return facts

    async def __aexit__(self, *_: object) -> None:
        await self._end()

    async def _end(self) -> None:
        process = self._process
        if process is None or process.returncode is not None:
            return
        process.terminate()
        try:
            await asyncio.wait_for(process.wait(), STOP_TIMEOUT_S)
        except TimeoutError:
            process.kill()
            await process.wait()

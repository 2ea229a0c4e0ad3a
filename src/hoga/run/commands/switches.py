"""`hoga kill`, `pause`, `resume`, `here`, `watchdog`: the operator's hand on a bot that may or may not listen.

The commands write files of the state directory; a running bot looks there four times a second. They need no key, and
no exchange has to be reachable.
"""

import asyncio
import os
import sys
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from hoga.model.errors import ConfigError, JournalError
from hoga.model.secret import Secret
from hoga.run.clock import steady_clock_ns
from hoga.run.commands.cancel_only import CancelOnly
from hoga.run.commands.live import open_log
from hoga.run.commands.watchdog import Watchdog
from hoga.run.loop import run_async
from hoga.run.screen.terminal import say
from hoga.run.settings.config import Settings, Venue, require_keys
from hoga.run.settings.real_money import no_core_dumps
from hoga.run.settings.typed import settings_from
from hoga.run.state.state_files import StateFiles
from hoga.run.wiring import connect_with
from hoga.store.journal import Journal
from hoga.store.records import KillReleased

REFUSED = 3
#: What must be typed, so that no script and no slip of the hand releases the switch.
RELEASE_WORDS = "I have looked"

WATCHDOG_ACCESS_NAMES = ("HOGA_WATCHDOG_ACCESS_KEY", "UPBIT_WATCHDOG_ACCESS_KEY")
WATCHDOG_SECRET_NAMES = ("HOGA_WATCHDOG_SECRET_KEY", "UPBIT_WATCHDOG_SECRET_KEY")

Config = Annotated[Path | None, Parameter(name=["--config", "-c"], help="Default: hoga.toml, where there is one.")]
Reason = Annotated[str, Parameter(help="For the records.")]
Url = Annotated[str | None, Parameter(help="Another exchange on this machine (simulator keys only).")]


def kill(*, reason: Reason = "hoga kill", config: Config = None) -> int:
    """Stop all trading and cancel everything of hoga's, until a person releases it with `hoga resume`."""
    files = _files(config)
    files.kill(reason)
    say(f"The kill switch is pulled: {files.killed()}")
    if files.heartbeat() is None:
        say("No bot is running here. To cancel what may be open: hoga cancel-all")
    return 0


def pause(*, reason: Reason = "hoga pause", config: Config = None) -> int:
    """Let no new orders out until `hoga resume`; what waits at the exchange stays."""
    _files(config).pause(reason)
    say("Paused: no new orders until `hoga resume`.")
    return 0


def here(*, config: Config = None) -> int:
    """Say that you are here and watch; needed again and again where [state] operator_within_s is set."""
    _files(config).here()
    return 0


def resume(
    *, config: Config = None, confirm: Annotated[str, Parameter(help=f"For a kill: '{RELEASE_WORDS}'.")] = ""
) -> int:
    """End a pause. A pulled kill switch is released only when the bot has ended and the words are typed."""
    settings = settings_from(config)
    files = StateFiles(settings.state.directory)
    files.release_pause()
    killed = files.killed()
    if killed is None and not settings.journal.path.is_file():
        say("Not paused any more.")
        return 0
    return _release(settings, files, killed, confirm)


def _release(settings: Settings, files: StateFiles, killed: str | None, confirm: str) -> int:
    if killed is not None:
        if not confirm and sys.stdin.isatty():
            sys.stderr.write(f"The kill switch was pulled: {killed}\nType '{RELEASE_WORDS}' to release it: ")
            sys.stderr.flush()
            confirm = sys.stdin.readline().strip()
        if confirm != RELEASE_WORDS:
            raise ConfigError([f"Not released: type --confirm '{RELEASE_WORDS}'. It was pulled: {killed}"])
    if settings.journal.path.is_file():
        try:
            journal = Journal.open(settings.journal.path)
        except JournalError as fault:
            if killed is None:
                say("Not paused any more.")
                return 0
            say(f"Not released: {fault} A killed bot that still runs must be ended first.")
            return REFUSED
        if killed is not None:
            journal.append([KillReleased(at_ns=steady_clock_ns()(), by="hoga resume", reason=killed)])
        journal.close()
    files.release_kill()
    files.write_starts(b"")
    say("The kill switch is released; the next run may trade." if killed else "Not paused any more.")
    return 0


def watchdog(*, config: Config = None, rest_url: Url = None, websocket_url: Url = None) -> int:
    """Cancel hoga's orders when the bot gives no sign of life any more, or the kill switch is pulled. Runs until ended.

    It needs a key of its own: HOGA_WATCHDOG_ACCESS_KEY and HOGA_WATCHDOG_SECRET_KEY (view orders, make orders).
    """
    settings = settings_from(config, urls=(rest_url, websocket_url))
    no_core_dumps()
    access, secret = watchdog_keys(settings)
    connection = connect_with(settings, access, secret)
    log = open_log(settings, on_console=True)
    log.conceal(access.reveal(), secret.reveal())
    files, after_s = StateFiles(settings.state.directory), settings.state.watchdog_after_s

    async def watch() -> None:
        client = CancelOnly(connection)
        try:
            await Watchdog(files, client, silent_s=after_s, log=log).run()
        finally:
            await client.close()

    say(f"Watching {files.directory}: everything is cancelled after {after_s:g} s of silence.")
    try:
        run_async(watch())
    except (KeyboardInterrupt, asyncio.CancelledError):
        return 0
    finally:
        log.close()
    return 0


def watchdog_keys(settings: Settings) -> tuple[Secret, Secret]:
    """The watchdog's own keys. On the simulator the bot's will do; with real money they must be others."""
    access, secret = (_first_of(names) for names in (WATCHDOG_ACCESS_NAMES, WATCHDOG_SECRET_NAMES))
    if access and secret:
        if settings.venue is Venue.UPBIT and access == settings.access_key:
            raise ConfigError(["The watchdog has the bot's key: make another, so that one can be revoked alone."])
        return access, secret
    if settings.venue is Venue.UPBIT:
        raise ConfigError([f"{WATCHDOG_ACCESS_NAMES[0]} and {WATCHDOG_SECRET_NAMES[0]} are not set: export them."])
    return require_keys(settings)


def _first_of(names: tuple[str, ...]) -> Secret | None:
    texts = [os.environ.pop(name, "") for name in names]
    return next((Secret(text) for text in texts if text), None)


def _files(config: Path | None) -> StateFiles:
    return StateFiles(settings_from(config).state.directory)

"""The command line: words in, one function of `run` called, an exit code out.

Exit codes: 0 fine · 1 failure · 2 usage or configuration · 3 the exchange refused or orders are left open · 4 killed ·
5 grown too large, to be started anew.
"""

import sys
from collections.abc import Sequence
from decimal import Decimal
from pathlib import Path
from typing import Annotated

from cyclopts import App, CycloptsError, Parameter

import hoga
from hoga.model.errors import ConfigError, HogaError, JournalError
from hoga.model.money import use_exact_money
from hoga.research.data.errors import DataError
from hoga.run.settings.typed import pairs, settings_from

FAILED = 1
USAGE = 2
REFUSED = 3

app = App(
    name="hoga",
    version=hoga.__version__,
    help="A trading system for Upbit: its own exchange to try on, one strategy API everywhere, money counted exactly.",
)

Markets = Annotated[list[str] | None, Parameter(name=["--market", "-m"], help="Market code; may be repeated.")]
Settings_ = Annotated[list[str] | None, Parameter(name="--set", help="Strategy parameter, e.g. fast=5; repeatable.")]
Config = Annotated[Path | None, Parameter(name=["--config", "-c"], help="Default: hoga.toml, where there is one.")]
For = Annotated[str | None, Parameter(name="--for", help="End by itself after this time, e.g. 60s.")]
Json = Annotated[bool, Parameter(name="--json", negative=(), help="Machine-readable output.")]
Url = Annotated[str | None, Parameter(help="Another exchange on this machine (simulator keys only).")]


@app.command
def demo(
    *,
    for_: For = None,
    strategy: str = "book-imbalance",
    market: Markets = None,
    set_: Settings_ = None,
    seed: int = 7,
    fault: Annotated[list[str] | None, Parameter(negative=())] = None,
    plain: Annotated[bool, Parameter(negative=())] = False,
    no_journal: Annotated[bool, Parameter(negative=())] = False,
    tape: Annotated[bool, Parameter(negative=())] = False,
    json: Json = False,
) -> int:
    """Trade on our own simulated exchange: no key, no network, no money.

    Args:
        strategy: Which of the ready strategies trades (`hoga strategies` lists them).
        seed: The same seed gives the same market.
        fault: Something that goes wrong at the exchange, e.g. 'latency=200ms'; repeatable.
        plain: Lines instead of the live view.
        no_journal: Keep no journal beside the log.
        tape: Keep every frame beside the log, so that `hoga replay` can repeat the run.
    """
    from hoga.run.commands.demo import run_demo

    return run_demo(
        strategy=strategy,
        markets=market or [],
        params=pairs(set_ or []),
        seed=seed,
        faults=fault or [],
        end_after=for_,
        plain=plain,
        as_json=json,
        journal=not no_journal,
        tape=tape,
    )


@app.command
def simulate(
    *,
    port: int = 8700,
    host: str = "127.0.0.1",
    seed: int = 0,
    market: Markets = None,
    krw: Decimal = Decimal(100_000_000),
    fault: Annotated[list[str] | None, Parameter(negative=())] = None,
    speed: float = 1.0,
    replay: Path | None = None,
    until_eof: Annotated[bool, Parameter(negative=())] = False,
    json: Json = False,
) -> int:
    """Serve our own Upbit for any client until stopped: REST, WebSocket, and an admin door for tests.

    Args:
        port: 0 picks a free one.
        host: Only addresses of this machine.
        seed: The same seed gives the same market and the same keys.
        krw: Play money in the account.
        fault: Something that goes wrong, e.g. 'rest.hang_after_accept@nth=3'; repeatable.
        speed: How fast the market runs.
        replay: A recorded tape or candle file instead of the synthetic market.
        until_eof: End when standard input ends, so that it never outlives the program that started it.
    """
    from hoga.run.commands.simulate import DEFAULT_MARKETS, simulate as serve_until_stopped

    return serve_until_stopped(
        host=host,
        port=port,
        seed=seed,
        markets=market or DEFAULT_MARKETS,
        krw=krw,
        faults=fault or [],
        speed=speed,
        replay=replay,
        as_json=json,
        until_eof=until_eof,
    )


@app.command
def run(
    *,
    venue: str | None = None,
    config: Config = None,
    strategy: str | None = None,
    market: Markets = None,
    set_: Settings_ = None,
    rest_url: Url = None,
    websocket_url: Url = None,
    for_: For = None,
    confirm_live: Decimal | None = None,
    plain: Annotated[bool, Parameter(negative=())] = False,
    json: Json = False,
) -> int:
    """Run a bot: against our exchange (`hoga simulate` in another terminal), on paper, or, with your keys, on Upbit.

    Args:
        venue: simulator, paper (Upbit's public prices, no orders, no keys), or upbit.
        strategy: Which strategy trades.
        confirm_live: For real money without a terminal: the budget in KRW, typed again.
        plain: Lines instead of the live view.
    """
    from hoga.run.commands.live import run_bot

    urls = (rest_url, websocket_url)
    settings = settings_from(config, venue=venue, strategy=strategy, market=market, set_=set_, urls=urls)
    if settings.venue.value == "paper":
        from hoga.run.commands.paper import run_paper

        return run_paper(settings, end_after=for_, plain=plain, as_json=json)
    return run_bot(settings, end_after=for_, confirm_live=confirm_live, plain=plain, as_json=json)


@app.command
def doctor(*, config: Config = None, rest_url: Url = None, websocket_url: Url = None, json: Json = False) -> int:
    """Check configuration, keys, clock, limits, markets, sockets and disk; say what to do about each fault."""
    from hoga.run.commands.doctor import examine

    return examine(settings_from(config, urls=(rest_url, websocket_url)), as_json=json)


@app.command
def balances(*, config: Config = None, rest_url: Url = None, websocket_url: Url = None, json: Json = False) -> int:
    """Show what the account holds."""
    from hoga.run.commands.account import show_balances

    return show_balances(settings_from(config, urls=(rest_url, websocket_url)), as_json=json)


@app.command
def orders(*, config: Config = None, rest_url: Url = None, websocket_url: Url = None, json: Json = False) -> int:
    """Show every open order of the account."""
    from hoga.run.commands.account import show_orders

    return show_orders(settings_from(config, urls=(rest_url, websocket_url)), as_json=json)


@app.command
def cancel_all(
    *,
    market: Markets = None,
    everything: Annotated[bool, Parameter(negative=())] = False,
    config: Config = None,
    rest_url: Url = None,
    websocket_url: Url = None,
    json: Json = False,
) -> int:
    """Cancel hoga's open orders until the venue lists none.

    Args:
        everything: Also the orders placed by hand or by other programs.
    """
    from hoga.run.commands.account import cancel_all as sweep

    settings = settings_from(config, urls=(rest_url, websocket_url))
    return sweep(settings, markets=market or [], everything=everything, as_json=json)


@app.command
def strategies(*, json: Json = False) -> int:
    """List the ready strategies with their parameters."""
    from hoga.run.commands.catalogue import show_strategies

    return show_strategies(as_json=json)


app.command("hoga.run.commands.journal:app", name="journal", help="Look into the journal.")
app.command("hoga.run.commands.journal:replay", name="replay", help="Repeat a run from journal and tape.")
app.command("hoga.run.commands.switches:kill", name="kill", help="Stop all trading and cancel everything, for good.")
app.command("hoga.run.commands.switches:pause", name="pause", help="Let no new orders out; what waits stays.")
app.command("hoga.run.commands.switches:here", name="here", help="Say that you are here and watch.")
app.command("hoga.run.commands.switches:resume", name="resume", help="End a pause, or release the kill switch.")
app.command("hoga.run.commands.switches:watchdog", name="watchdog", help="Cancel everything when the bot falls silent.")
app.command("hoga.research.commands.backtest:backtest", name="backtest", help="Run a strategy over the past.")
app.command("hoga.research.commands.compare:compare", name="compare", help="Why a run differed from its backtest.")
app.command("hoga.research.commands.check:check", name="check", help="Can the gain of a backtest be trusted?")
app.command("hoga.research.commands.sweep:app", name="sweep", help="Try many parameter sets.")
app.command("hoga.research.commands.data:app", name="data", help="Recorded prices: download, import, list, verify.")
app.command("hoga.research.commands.report:app", name="report", help="What was traded: books and taxes.")


def main(words: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code; every expected fault becomes a clear line on stderr."""
    use_exact_money()
    try:
        code = app(words, exit_on_error=False, print_error=True, result_action="return_value")
    except CycloptsError:
        return USAGE
    except ConfigError as error:
        print("\n".join(f"hoga: {problem}" for problem in error.problems), file=sys.stderr)
        return USAGE
    except DataError as error:
        print(f"hoga: {error}", file=sys.stderr)
        return FAILED
    except JournalError as error:
        print(f"hoga: {error}", file=sys.stderr)
        return FAILED
    except HogaError as error:
        print(f"hoga: {error}", file=sys.stderr)
        return REFUSED
    except KeyboardInterrupt:
        print("hoga: interrupted.", file=sys.stderr)
        return FAILED
    return code if isinstance(code, int) else 0

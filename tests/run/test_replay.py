"""A run repeated from its journal and its tape: the same commands byte for byte, or the first place where not."""

import asyncio
import json
import signal
import time
from decimal import Decimal
from pathlib import Path

import pytest
from tests.scenario.programs import program, ran
from tests.scenario.scenery import MARKET, PATIENCE_S, Clock, Remembering, exchange

from hoga.brain.context import Context
from hoga.brain.params import Params
from hoga.brain.risk.limits import RiskLimits
from hoga.brain.strategy import Needs, Strategy
from hoga.model.events import Trade
from hoga.run.commands.live import make_desk
from hoga.run.overruns import watched
from hoga.run.replaying.newsreel import ReplayError
from hoga.run.replaying.replay import replay
from hoga.run.settings.config import load
from hoga.run.state.journaling import Journaling
from hoga.run.state.keeping import Kept
from hoga.store.journal import Journal, read_journal
from hoga.store.records import StrategyFailed
from hoga.store.tape import segments
from hoga.strategies import LIVELY
from hoga.strategies.book_imbalance import BookImbalance


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder in which a demo has run; its journal and tape are in it."""
    folder = tmp_path_factory.mktemp("demo")
    running = asyncio.run(ran("demo", "--for", "6s", "--tape", "--json", folder=folder))
    assert json.loads(running.out)["tape_dropped"] == 0, running.text
    assert json.loads(running.out)["orders_sent"] > 0, running.text
    return folder


def journal_in(folder: Path) -> Path:
    (journal,) = (folder / "logs").glob("*.journal")
    return journal


def test_a_demo_is_repeated_with_the_same_commands_byte_for_byte(demo: Path):
    verdict = replay(journal_in(demo))

    assert verdict.divergence is None
    assert verdict.lost == 0
    assert verdict.market_events > 100
    assert verdict.commands > 10


async def test_the_command_says_so(demo: Path):
    told = await ran("replay", str(journal_in(demo)), folder=demo)
    as_json = await ran("replay", str(journal_in(demo)), "--json", folder=demo)

    assert told.process.returncode == 0, told.text
    assert "every one the same" in told.out
    assert json.loads(as_json.out)["divergence"] is None


def test_a_changed_strategy_diverges_and_both_sides_are_shown(demo: Path, monkeypatch: pytest.MonkeyPatch):
    class Hesitant(BookImbalance):
        def on_orderbook(self, ctx: Context, book: object) -> None:
            """Trade no more."""

    monkeypatch.setattr("hoga.strategies.choosing.STRATEGIES", {"book-imbalance": Hesitant})

    found = replay(journal_in(demo)).divergence

    assert found is not None
    assert found.number > 0
    assert found.event.startswith(("Orderbook", "Trade", "Ticker"))
    assert any('"type":"PlaceOrder"' in command for command in found.then)
    assert found.now == ()


def test_without_its_tape_a_run_cannot_be_repeated(demo: Path, tmp_path: Path):
    with pytest.raises(ReplayError, match="There is no tape of hg-"):
        replay(journal_in(demo), tape=tmp_path)
    with pytest.raises(ReplayError, match="knows of no run hg-other"):
        replay(journal_in(demo), "hg-other")


def test_a_tape_with_a_hole_is_told_and_not_passed_over(demo: Path, tmp_path: Path):
    (segment,) = segments(next((demo / "logs").glob("*.tape")))
    (tmp_path / segment.name).write_bytes(segment.read_bytes()[: segment.stat().st_size // 2])

    with pytest.raises(ReplayError, match="stands neither in the journal nor on the tape"):
        replay(journal_in(demo), tape=tmp_path)


async def test_a_run_that_was_killed_is_repeated_as_far_as_it_was_kept(tmp_path: Path):
    async with exchange() as there:
        environment = {
            "HOGA_ACCESS_KEY": there.access_key,
            "HOGA_SECRET_KEY": there.secret_key,
            "HOGA_TAPE__DIRECTORY": "tape",
        }
        urls = ["--rest-url", there.rest_url, "--websocket-url", there.websocket_url]
        lively = [word for name, value in LIVELY["book-imbalance"].items() for word in ("--set", f"{name}={value}")]
        words = ["run", *urls, "--strategy", "book-imbalance", *lively, "--plain"]
        async with program(*words, folder=tmp_path, environment=environment) as running:
            while True:
                if len(await there.orders()) > 3:
                    break
                assert running.process.returncode is None, running.text
                await asyncio.sleep(0.05)
            running.signal(signal.SIGKILL)
            await running.end()

        killed = replay(tmp_path / "var" / "hoga.journal")
        again = await ran(*words, "--for", "4s", folder=tmp_path, environment=environment)

    assert killed.divergence is None
    assert killed.events > 20
    assert again.process.returncode == 0, again.text
    verdict = replay(tmp_path / "var" / "hoga.journal")  # the next run, with what it took over
    assert verdict.run_id != killed.run_id
    assert verdict.divergence is None
    assert verdict.events > 20


class Failing(Strategy):
    """Buys on the third trade it hears of, raises on the sixth."""

    class Params(Params):
        market: str = MARKET

    params: Params
    trades = 0

    def needs(self) -> Needs:
        return Needs(markets=(self.params.market,))

    def on_trade(self, ctx: Context, trade: Trade) -> None:
        self.trades += 1
        if self.trades == 3:
            ctx.limit_buy(MARKET, trade.price * Decimal("0.99"), Decimal("0.001"))
        if self.trades == 6:
            self.fail()

    def fail(self) -> None:
        raise RuntimeError("enough")


class Sleeping(Failing):
    """The same, but it falls asleep."""

    def fail(self) -> None:
        time.sleep(5)


FAILINGS = {"raises": (Failing, "RuntimeError: enough"), "sleeps": (Sleeping, "longer than 250 ms")}


@pytest.mark.parametrize(("failing", "told"), FAILINGS.values(), ids=FAILINGS)
async def test_a_strategy_that_failed_is_repeated_up_to_there_p15(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, failing: type[Failing], told: str
):
    monkeypatch.setattr("hoga.strategies.choosing.STRATEGIES", {"failing": failing})
    path, clock = tmp_path / "hoga.journal", Clock()
    journal = Journal.open(path)
    kept = Kept(clock, Journaling(journal, clock_ns=clock), tape_directory=tmp_path / "tape")
    log = Remembering(tmp_path / "bot.jsonl")
    async with exchange() as there:
        where = {"rest_url": there.rest_url, "websocket_url": there.websocket_url}
        keys = {"access_key": there.access_key, "secret_key": there.secret_key}
        settings = load(None, {"exchange": where, "trade": {"strategy": "failing"}, **keys})
        desk = await make_desk(settings, failing(Failing.Params()), RiskLimits(), log, kept=kept)
        with watched(desk, 0.25, log):
            await asyncio.wait_for(desk.run(), PATIENCE_S)
        at_the_exchange = await there.orders()
    assert kept.tape is not None
    assert kept.books is not None
    kept.tape.close()
    kept.books.close()
    journal.close()
    log.close()

    verdict = replay(path)

    assert desk.failure is not None
    assert verdict.divergence is None
    (failed,) = [row.record for row in read_journal(path) if isinstance(row.record, StrategyFailed)]
    assert told in failed.error
    # What a strategy would have done with more time is not known: there the repetition ends.
    assert verdict.events == (failed.number - 1 if failed.overran else desk.handled)
    assert len(at_the_exchange) == 1

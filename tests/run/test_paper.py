"""Paper trading: real sockets bring the market, orders never leave the process, and all that was kept can be used."""

import asyncio
import json
import signal
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from tests.scenario.programs import addresses_of, program, ran
from tests.scenario.scenery import Exchange, exchange

from hoga.model.events import AccountsReported, Fill
from hoga.run.paper.beginning import balances_in
from hoga.run.replaying.replay import replay
from hoga.run.settings.config import Venue, load
from hoga.store.journal import read_journal
from hoga.store.records import EventHandled
from hoga.store.recovery import recover
from hoga.strategies import LIVELY

PLAIN = ("run", "--venue", "paper", "--plain")
ORDER_GROUPS = {"order", "order-test", "order-cancel-all", "default"}


def lively(name: str) -> list[str]:
    words = [word for key, value in LIVELY[name].items() for word in ("--set", f"{key}={value}")]
    return ["--strategy", name, *words]


def journal_in(folder: Path) -> Path:
    return folder / "var" / "paper.journal"


def handled(journal: Path, kind: type) -> list[Any]:
    records = (row.record for row in read_journal(journal))
    return [one.event for one in records if isinstance(one, EventHandled) and isinstance(one.event, kind)]


async def assert_untouched(there: Exchange) -> None:
    """The exchange that serves the prices has heard of no order, no key and no private socket."""
    counters: Any = await there.look("counters")
    assert await there.orders() == []
    assert not {name for name, group in counters["groups"].items() if group["requests"]} & ORDER_GROUPS


@pytest.fixture(scope="module")
def traded(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, Any]]:
    """A folder in which a paper run has traded while the venue's REST stood still, and its summary."""
    folder = tmp_path_factory.mktemp("paper")
    return folder, asyncio.run(_trade_on_paper(folder))


async def _trade_on_paper(folder: Path) -> dict[str, Any]:
    words = [*PLAIN, "--json", *lively("book-imbalance")]
    async with exchange() as there, program(*words, *addresses_of(there), folder=folder) as running:
        await running.until(lambda: "begins with" in running.err, "it begins")
        await there.strike("rest.blackhole_before")
        await running.until(lambda: fills_in(running.err) > 3, "there are fills")
        running.signal(signal.SIGTERM)
        assert await running.end() == 0, running.text
        await assert_untouched(there)
    told: dict[str, Any] = json.loads(running.out)
    return told


def fills_in(told: str) -> int:
    """The number of fills in the last line of a plain view."""
    lines = [line for line in told.splitlines() if "  fills " in line]
    return int(lines[-1].split("  fills ")[1].split()[0]) if lines else 0


def test_orders_fill_while_the_venues_rest_is_frozen(traded: tuple[Path, dict[str, Any]]):
    folder, told = traded
    fills = handled(journal_in(folder), Fill)

    assert told["venue"] == "paper"
    assert told["orders_accepted"] == told["orders_sent"] > 3
    assert len(fills) == told["fills"] > 3
    assert told["left_open"] == 0
    assert told["reconciliation_differences"] == 0
    assert all(fill.fee == fill.price * fill.volume * Decimal("0.0005") for fill in fills)


def test_an_answer_takes_the_latency_that_was_asked_for_to_the_nanosecond(traded: tuple[Path, dict[str, Any]]):
    found = handled(journal_in(traded[0]), AccountsReported)

    assert found
    assert {answer.received_ns - answer.asked_ns for answer in found} == {100_000_000}


def test_a_paper_run_is_repeated_with_the_same_commands(traded: tuple[Path, dict[str, Any]]):
    verdict = replay(journal_in(traded[0]))

    assert verdict.divergence is None
    assert verdict.lost == 0
    assert verdict.market_events > 20


async def test_the_books_know_the_fills(traded: tuple[Path, dict[str, Any]]):
    books = await ran("report", "trades", "--run", str(journal_in(traded[0])), "--json", folder=traded[0])

    assert books.process.returncode == 0, books.text
    assert books.out.count('"market"') >= traded[1]["fills"]


async def test_a_stop_cancels_what_rests_and_the_next_run_goes_on_with_the_balances(tmp_path: Path):
    resting = [*PLAIN, "--json", "--strategy", "grid", "--set", "step=0.02", "--set", "levels=4"]
    async with exchange() as there:
        words = [*resting, *addresses_of(there)]
        async with program(*words, folder=tmp_path) as running:
            await running.until(lambda: "open 4" in running.err, "four orders rest")
            running.signal(signal.SIGTERM)
            assert await running.end() == 0, running.text
        stopped = recover(read_journal(journal_in(tmp_path)))
        async with program(*words, folder=tmp_path) as running:
            await running.until(lambda: "open 4" in running.err, "four orders rest again")
            running.process.kill()
            await running.process.wait()
        killed = recover(read_journal(journal_in(tmp_path)))
        left = balances_in(journal_in(tmp_path))
        again = await ran(*words, "--for", "4s", folder=tmp_path)
        await assert_untouched(there)

    after = recover(read_journal(journal_in(tmp_path)))
    assert stopped.orders == ()
    assert len(killed.orders) == 4
    assert sum(balance.free for balance in left if balance.currency == "KRW") == 10_000_000
    assert "begins with 10,000,000 KRW" in again.err
    assert "now cancelled: 4" in again.err
    assert {order.order_id for order in after.orders}.isdisjoint(order.order_id for order in killed.orders)
    assert json.loads(again.out)["orders_sent"] == 4


async def test_a_journal_of_another_venue_and_an_address_abroad_are_refused(tmp_path: Path):
    async with exchange() as there:
        environment = {"HOGA_ACCESS_KEY": there.access_key, "HOGA_SECRET_KEY": there.secret_key}
        await ran("run", "--for", "1s", "--plain", *addresses_of(there), folder=tmp_path, environment=environment)
        mixed = await ran(
            *PLAIN, *addresses_of(there), folder=tmp_path, environment={"HOGA_JOURNAL__PATH": "var/hoga.journal"}
        )
    abroad = ["--rest-url", "https://example.com", "--websocket-url", "wss://example.com"]
    elsewhere = await ran(*PLAIN, *abroad, folder=tmp_path)

    assert mixed.process.returncode == 2, mixed.text
    assert "the journal of a run on simulator" in mixed.err
    assert elsewhere.process.returncode == 2
    assert "is not on this machine" in elsewhere.err


def test_keys_that_lie_about_are_left_alone(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("HOGA_ACCESS_KEY", "hoga-sim-somebody")
    monkeypatch.setenv("HOGA_SECRET_KEY", "s" * 40)

    settings = load(None, {"venue": "paper"})

    assert settings.venue is Venue.PAPER
    assert settings.access_key is None
    assert settings.secret_key is None
    assert settings.rest_url == "https://api.upbit.com"

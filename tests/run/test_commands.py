"""The commands that look at an account or clear it, against a served exchange: what they print, and what they do."""

import asyncio
import json
from decimal import Decimal
from functools import partial
from pathlib import Path
from signal import SIGINT, SIGTERM

import pytest
from tests.scenario.programs import Program, addresses_of, clean_environment, keys_of, program, ran
from tests.scenario.scenery import MARKET, Exchange, exchange

from hoga.cli import main
from hoga.strategies import STRATEGIES

ORDER_FIELDS = {
    *("venue_id", "order_id", "market", "side", "kind", "state"),
    *("price", "volume", "remaining_volume", "executed_volume"),
}
SUMMARY_FIELDS = {
    "venue",
    *("orders_sent", "orders_accepted", "orders_filled", "orders_cancelled", "orders_rejected", "fills", "fees"),
    *("realised", "unrealised", "start_equity", "equity", "profit", "answers_429", "answers_lost", "reconnects"),
    *("broken_frames", "reconciliations", "reconciliation_differences", "left_open", "failure", "log"),
}


async def hoga(there: Exchange, folder: Path, *words: str) -> Program:
    """One command at an exchange, run to its end."""
    return await ran(*words, *addresses_of(there), folder=folder, environment=keys_of(there))


async def by_hand(there: Exchange, count: int, price: int = 50_000_000) -> list[str]:
    """Resting buys placed in the app."""
    order = partial(there.move, "manual_order", market=MARKET, side="bid", volume="0.001")
    return [(await order(price=str(price + 1000 * number)))["uuid"] for number in range(count)]


async def with_orders_of_ours(there: Exchange, folder: Path) -> None:
    """Let a bot die with four orders open: killed, it can cancel nothing."""
    words = ["run", "--strategy", "grid", "--set", "step=0.02", "--set", "levels=4", "--plain", *addresses_of(there)]
    async with program(*words, folder=folder, environment=keys_of(there)) as running:

        async def all_open() -> None:
            while sum(bool(order["identifier"]) for order in await there.open_orders()) < 4:
                assert running.process.returncode is None, running.text
                await asyncio.sleep(0.05)

        await asyncio.wait_for(all_open(), 60)
        running.process.kill()


async def test_balances_are_shown_exactly(tmp_path):
    async with exchange(krw=1_000_000, btc="0.12345678") as there:
        await by_hand(there, 1)
        as_json = json.loads((await hoga(there, tmp_path, "balances", "--json")).out)
        as_table = await hoga(there, tmp_path, "balances")

    rows = {row["currency"]: row for row in as_json}
    assert set(rows) == {"KRW", "BTC"}
    assert set(rows["KRW"]) == {"currency", "free", "locked", "avg_buy_price"}
    assert rows["BTC"]["free"] == "0.12345678"
    assert Decimal(rows["KRW"]["locked"]) == Decimal(50_000) * Decimal("1.0005")
    assert Decimal(rows["KRW"]["free"]) + Decimal(rows["KRW"]["locked"]) == 1_000_000
    assert "0.12345678" in as_table.out
    assert as_table.process.returncode == 0


async def test_only_our_orders_are_cancelled_unless_everything_is_asked_for(tmp_path):
    async with exchange() as there:
        hands = await by_hand(there, 3)
        await with_orders_of_ours(there, tmp_path)
        listed = json.loads((await hoga(there, tmp_path, "orders", "--json")).out)
        table = await hoga(there, tmp_path, "orders")
        ours = await hoga(there, tmp_path, "cancel-all", "--json")
        left = await there.open_orders()
        everything = await hoga(there, tmp_path, "cancel-all", "--everything")

        assert len(listed) == 7
        assert all(set(row) == ORDER_FIELDS for row in listed)
        assert sum((row["order_id"] or "").startswith("hg-") for row in listed) == 4
        assert "by hand" in table.out
        told = json.loads(ours.out)
        assert (len(told["cancelled"]), told["left"], ours.process.returncode) == (4, [], 0)
        assert {order["uuid"] for order in left} == set(hands)
        assert "Cancelled 3 order(s); 0 left open." in everything.out
        assert await there.open_orders() == []


async def test_more_than_a_page_of_orders_is_cancelled_to_the_last_and_other_markets_are_left(tmp_path):
    async with exchange(markets=(MARKET, "KRW-ETH")) as there:
        await by_hand(there, 120)
        eth = await there.move("manual_order", market="KRW-ETH", side="bid", price="1000000", volume="0.01")
        told = await hoga(there, tmp_path, "cancel-all", "--everything", "--market", MARKET, "--json")

        assert len(json.loads(told.out)["cancelled"]) == 120
        assert [order["uuid"] for order in await there.open_orders()] == [eth["uuid"]]
        assert await there.refused() == 0


async def test_orders_that_cannot_be_cancelled_are_named_and_the_exit_code_says_so(tmp_path, monkeypatch):
    async with exchange() as there:
        await by_hand(there, 2)
        await there.move("market", market=MARKET, state="suspended", cancels_too=True)
        told = await hoga(there, tmp_path, "cancel-all", "--everything", "--json")

        assert told.process.returncode == 3
        assert len(json.loads(told.out)["left"]) == 2


async def test_the_doctor_finds_a_healthy_desk_healthy_and_names_each_fault(tmp_path):
    async with exchange() as there:
        healthy = await hoga(there, tmp_path, "doctor", "--json")
        rows = json.loads(healthy.out)
        assert healthy.process.returncode == 0, healthy.text
        assert all(set(row) == {"subject", "ok", "found", "advice"} and row["ok"] for row in rows)
        assert {"clock", "keys", "rate limits", "disk", MARKET, "public socket", "private socket"} <= {
            row["subject"] for row in rows
        }

        await there.strike("rest.auth(no_authorization_ip)@path=/v1/accounts")
        ill = await hoga(there, tmp_path, "doctor")
        assert ill.process.returncode == 1
        assert "✗ keys" in ill.out
        assert "allowed addresses" in ill.out


async def test_a_run_prints_its_documented_figures_and_its_log_is_json_line_by_line(tmp_path):
    async with exchange() as there:
        told = await hoga(there, tmp_path, "run", "--strategy", "dca", "--set", "every_s=2", "--for", "3s", "--json")
        facts = json.loads(told.out)

        assert told.process.returncode == 0, told.text
        assert set(facts) >= SUMMARY_FIELDS
        assert facts["fills"] > 0
        log = (tmp_path / facts["log"]).read_text(encoding="utf-8")
        assert {"at", "event", "level"} <= set.intersection(*(set(json.loads(line)) for line in log.splitlines()))
        fees = sum((Decimal(order["paid_fee"]) for order in await there.orders()), Decimal(0))
        assert Decimal(facts["fees"]) == fees


@pytest.mark.parametrize("number", [SIGINT, SIGTERM])
async def test_the_exchange_says_where_it_is_in_one_line_and_ends_when_told(tmp_path, number):
    async with program("simulate", "--port", "0", "--seed", "7", "--json", folder=tmp_path) as running:
        await running.until(lambda: "\n" in running.out, "it is ready")
        facts = json.loads(running.out)
        running.signal(number)

        assert set(facts) == {"rest_url", "websocket_url", "admin_url", "access_key", "secret_key"}
        assert facts["access_key"].startswith("hoga-sim-")
        assert await running.end(15) == 0
        assert running.err == ""


def test_every_ready_strategy_is_listed_with_its_parameters(monkeypatch, tmp_path, capsys):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("os.environ", clean_environment({}))
    assert main(["strategies", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert main(["strategies"]) == 0
    for_people = capsys.readouterr().out

    assert set(told) == set(STRATEGIES)
    for name, row in told.items():
        assert set(row) == {"about", "parameters"}
        assert row["about"].endswith(".") or row["about"].endswith(").")
        assert name in for_people
        assert set(row["parameters"]) == set(STRATEGIES[name].Params.__struct_fields__)

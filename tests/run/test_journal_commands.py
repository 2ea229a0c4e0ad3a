"""`hoga journal` and the journal of `hoga run`, as a person meets them."""

import asyncio
import json
import signal
import sqlite3
from pathlib import Path

import pytest
from tests.scenario.programs import addresses_of, keys_of, program, ran
from tests.scenario.scenery import Exchange, exchange
from tests.store.scenery import accepted, decided, handled, place

from hoga.model.commands import PlaceOrder
from hoga.store.journal import Journal, read_journal
from hoga.store.records import CommandsDecided, KillPulled, RunBegan


@pytest.fixture
def journal(tmp_path: Path) -> Path:
    path = tmp_path / "hoga.journal"
    opened = Journal.open(path)
    opened.append([RunBegan(run_id="hg-a", id_prefix="hg-a-", version="0", at_ns=1)])
    opened.append([decided(place("hg-a-1"), place("hg-a-2"))])
    opened.append([handled(accepted("hg-a-2")), KillPulled(reason="enough", at_ns=3)])
    opened.close()
    return path


async def test_verify_says_what_is_there_and_what_is_in_question(journal: Path, tmp_path: Path):
    told = await ran("journal", "verify", str(journal), folder=tmp_path)
    as_json = await ran("journal", "verify", str(journal), "--json", folder=tmp_path)

    assert told.process.returncode == 0, told.text
    assert "4 rows, the chain is whole" in told.out
    assert "The kill switch is pulled: enough" in told.out
    facts = json.loads(as_json.out)
    assert facts["orders_in_question"] == ["hg-a-1", "hg-a-2"]
    assert facts["head"] == list(read_journal(journal))[-1].hash.hex()


async def test_a_broken_chain_is_told_with_its_place_and_an_exit_code(journal: Path, tmp_path: Path):
    database = sqlite3.connect(journal)
    database.execute("UPDATE journal SET payload = replace(payload, 'hg-a-2', 'hg-a-3') WHERE seq = 2")
    database.commit()
    database.close()

    told = await ran("journal", "verify", str(journal), folder=tmp_path)
    none = await ran("journal", "verify", "nowhere", folder=tmp_path)

    assert told.process.returncode != 0
    assert "the chain breaks at row 2" in told.err
    assert "Traceback" not in told.text
    assert none.process.returncode != 0
    assert "There is no journal at nowhere" in none.err


async def test_show_and_export_pick_and_spell_rows(journal: Path, tmp_path: Path):
    shown = await ran("journal", "show", str(journal), "--order", "hg-a-2", folder=tmp_path)
    kinds = await ran("journal", "show", str(journal), "--kind", "KillPulled", "--json", folder=tmp_path)
    printed = await ran("journal", "export", str(journal), folder=tmp_path)
    written = await ran("journal", "export", str(journal), "--to", "out.jsonl", folder=tmp_path)

    assert len(shown.out.splitlines()) == 2
    assert "2 new orders" in shown.out
    assert [json.loads(line)["record"]["reason"] for line in kinds.out.splitlines()] == ["enough"]
    assert [json.loads(line)["seq"] for line in printed.out.splitlines()] == [1, 2, 3, 4]
    assert written.process.returncode == 0
    assert (tmp_path / "out.jsonl").read_text(encoding="utf-8") == printed.out


def run_words(there: Exchange) -> list[str]:
    words = ["--strategy", "book-imbalance", "--set", "enter=0.1", "--set", "join=false", "--plain"]
    return ["run", *addresses_of(there), *words]


async def test_two_bots_cannot_have_one_journal(tmp_path: Path):
    async with (
        exchange() as there,
        program(*run_words(there), folder=tmp_path, environment=keys_of(there)) as first,
    ):
        await first.until(lambda: "equity" in first.text, "it runs")
        second = await ran(*run_words(there), folder=tmp_path, environment=keys_of(there))
        first.signal(signal.SIGTERM)
        assert await first.end() == 0

    assert second.process.returncode != 0
    assert "is in use by another hoga" in second.err
    assert "Traceback" not in second.text


async def test_after_a_kill_the_next_run_begins_with_what_the_first_left_in_question(tmp_path: Path):
    async with exchange() as there:
        async with program(*run_words(there), folder=tmp_path, environment=keys_of(there)) as first:
            while True:
                if len(await there.orders()) > 1:
                    break
                assert first.process.returncode is None, first.text
                await asyncio.sleep(0.05)
            first.signal(signal.SIGKILL)
            await first.end()
        ended = await ran(*run_words(there), "--for", "6s", folder=tmp_path, environment=keys_of(there))
        at_the_exchange = {order["identifier"] for order in await there.orders()}
        still_open = await there.open_orders()

    text = "".join(log.read_text(encoding="utf-8") for log in (tmp_path / "logs").iterdir())
    written = {
        command.order_id
        for row in read_journal(tmp_path / "var" / "hoga.journal")
        if isinstance(record := row.record, CommandsDecided)
        for command in record.commands
        if isinstance(command, PlaceOrder)
    }
    assert ended.process.returncode == 0, ended.text
    assert '"event": "recovered"' in text
    assert at_the_exchange <= written
    assert still_open == []


async def test_a_person_may_write_off_an_order_that_the_venue_has_lost_p10(journal: Path, tmp_path: Path):
    unknown = await ran("journal", "write-off", "hg-other-1", str(journal), folder=tmp_path)
    done = await ran("journal", "write-off", "hg-a-2", str(journal), folder=tmp_path)
    verified = await ran("journal", "verify", str(journal), "--json", folder=tmp_path)

    assert unknown.process.returncode != 0
    assert "not in question" in unknown.err
    assert done.process.returncode == 0, done.text
    facts = json.loads(verified.out)
    assert (facts["orders_in_question"], facts["abandoned"]) == (["hg-a-1"], ["hg-a-2"])

"""The day's start, the peak and the first day outlive a real restart, and a replay of the second run is given them."""

from pathlib import Path

from tests.scenario.programs import addresses_of, keys_of, ran
from tests.scenario.scenery import exchange
from tests.scenario.test_stop import GRID

from hoga.run.replaying.replay import replay
from hoga.store.journal import read_journal
from hoga.store.records import MoneyNoted, RunBegan


async def test_a_second_run_goes_on_with_the_money_of_the_first_k18_k19_k34(tmp_path: Path):
    (tmp_path / "hoga.toml").write_text('[tape]\ndirectory = "tape"\n[risk]\nramp_orders = 2\n', encoding="utf-8")
    async with exchange() as there:
        for _ in range(2):
            run = await ran(*GRID, *addresses_of(there), "--for", "2s", folder=tmp_path, environment=keys_of(there))
            assert run.process.returncode == 0, run.text
        await there.move("withdraw", currency="KRW", amount="50000000")
        third = await ran(*GRID, *addresses_of(there), "--for", "2s", folder=tmp_path, environment=keys_of(there))
        assert third.process.returncode == 0, third.text

    journal = tmp_path / "var" / "hoga.journal"
    records = [row.record for row in read_journal(journal)]
    runs = [number for number, record in enumerate(records) if isinstance(record, RunBegan)]
    parts = [records[begin:end] for begin, end in zip(runs, [*runs[1:], None], strict=True)]
    kept = [[record.memory for record in part if isinstance(record, MoneyNoted)] for part in parts]
    first, second, last = (memories[-1] for memories in kept)

    assert {memory.account for memories in kept for memory in memories} == {"simulator"}
    assert first.first_ns == second.first_ns == last.first_ns
    assert second.orders >= first.orders >= 2  # counted on disk as far as the ramp goes
    assert (second.day, second.start) == (first.day, first.start)
    assert second.peak >= first.peak
    # Half of the money is gone, and so is half of what everything is compared with: nobody lost anything.
    assert last.start is not None
    assert second.start is not None
    assert 0.6 < float(last.start) / float(second.start) < 0.9
    assert replay(journal).divergence is None

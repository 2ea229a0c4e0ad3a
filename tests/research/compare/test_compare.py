"""A run beside its backtest: runs over real sockets, kept in journal and tape, and then told again."""

import asyncio
import json
import signal
from decimal import Decimal
from pathlib import Path

import pytest
from tests.scenario.programs import addresses_of, keys_of, program, ran
from tests.scenario.scenery import exchange

from hoga.research.compare.comparing import CAUSES, Comparison, compare
from hoga.research.compare.kept import CompareError
from hoga.research.compare.telling import html
from hoga.simulator.direct.models import Models, Queue
from hoga.store.tape import HANDLED, TapeWriter, read_handled, read_segment, segments
from hoga.strategies import LIVELY

MS = 1_000_000
FILLS = 8


def lively() -> list[str]:
    words = [word for key, value in LIVELY["book-imbalance"].items() for word in ("--set", f"{key}={value}")]
    return ["--strategy", "book-imbalance", *words]


def fills_in(told: str) -> int:
    lines = [line for line in told.splitlines() if "  fills " in line]
    return int(lines[-1].split("  fills ")[1].split()[0]) if lines else 0


async def _trade(folder: Path, venue: str, *faults: str) -> None:
    environment = {"HOGA_TAPE__DIRECTORY": "tape"}
    async with exchange() as there:
        await there.strike(*faults)
        words = ["run", "--venue", venue, *addresses_of(there), *lively(), "--plain"]
        keys = keys_of(there) if venue == "simulator" else {}
        async with program(*words, folder=folder, environment={**environment, **keys}) as running:
            await running.until(lambda: fills_in(running.err) >= FILLS, "there are fills")
            running.signal(signal.SIGTERM)
            assert await running.end() == 0, running.text


@pytest.fixture(scope="module")
def paper(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The journal of a paper run with 50 ms of latency each way."""
    folder = tmp_path_factory.mktemp("paper")
    asyncio.run(_trade(folder, "paper"))
    return folder / "var" / "paper.journal"


@pytest.fixture(scope="module")
def refused(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The journal of a run on our own exchange whose first buy was refused."""
    folder = tmp_path_factory.mktemp("refused")
    asyncio.run(_trade(folder, "simulator", "rest.reject@path=/v1/orders,method=POST,nth=1"))
    return folder / "var" / "hoga.journal"


def assert_sums_up(found: Comparison) -> None:
    """The parts are the whole, which is the difference of two gains, to the last digit."""
    assert set(found.parts) == set(CAUSES)
    assert sum(found.parts.values()) == found.difference == found.run_gain - found.test_gain


def test_a_run_beside_its_own_assumptions_is_equal_in_every_order_and_won(paper: Path):
    found = compare(paper)

    assert found.is_equal, [row for row in found.rows if row.differs]
    assert len(found.rows) >= FILLS / 2
    assert found.run_gain != 0
    assert not any(found.parts.values())
    assert found.measured_latency_ns == 50 * MS
    assert_sums_up(found)


def test_two_hundred_milliseconds_that_were_not_assumed_are_latency_and_nothing_else(paper: Path):
    found = compare(paper, models=Models(latency_ns=250 * MS))

    assert found.difference != 0
    assert found.parts["latency"] == found.difference
    assert any("time" in row.differs or row.differs == ("extra",) for row in found.rows)
    assert_sums_up(found)


def test_another_queue_than_the_one_of_the_run_is_never_called_latency(paper: Path):
    found = compare(paper, models=Models(queue=Queue.FRONT))

    assert found.parts["latency"] == 0
    assert_sums_up(found)


def test_a_tape_with_a_hole_shows_missed_data_and_where(paper: Path, tmp_path: Path):
    whole = compare(paper)
    traded = [row for row in whole.rows if row.run_volume]
    begin_ns, end_ns = traded[0].at_ns - 10 * MS, traded[1].at_ns + 1_000 * MS
    _with_a_hole(paper, tmp_path, begin_ns, end_ns)

    found = compare(paper, tape=tmp_path)

    assert found.run_gain == whole.run_gain
    assert found.parts["missed_data"] != 0
    assert any(hole.begin_ns <= end_ns and begin_ns <= hole.end_ns for hole in found.holes)
    assert_sums_up(found)


def _with_a_hole(journal: Path, folder: Path, begin_ns: int, end_ns: int) -> None:
    (segment,) = segments(journal.parent.parent / "tape")
    writer = TapeWriter(folder, segment.name.rpartition("-")[0].split("-", 2)[2])
    for line in read_segment(segment):
        if line.stream == HANDLED:
            rows = [row for row in read_handled(line) if not begin_ns <= row.key.received_ns <= end_ns]
            if rows:
                writer.write_handled(rows)
        elif not begin_ns <= line.received_ns <= end_ns:
            writer.write(line.stream, line.received_ns, line.frame)
    writer.close()


def test_a_refused_order_shows_rejection(refused: Path):
    found = compare(refused, models=Models(latency_ns=2 * MS))

    (first,) = [row for row in found.rows if row.refused]
    assert "refused" in first.differs
    assert first.run_volume == 0
    assert first.test_volume > 0
    assert found.parts["rejection"] != 0
    assert found.parts["rate_limit"] == 0
    assert_sums_up(found)


async def test_the_command_tells_it_as_a_table_as_json_and_as_a_page(paper: Path):
    folder = paper.parent.parent

    told = await ran("compare", "--latency", "250ms", "--html", "c.html", "--lang", "en", folder=folder)
    as_json = await ran("compare", str(paper), "--json", folder=folder)
    nowhere = await ran("compare", "hg-nobody", folder=folder)

    assert told.process.returncode == 0, told.text
    assert "Unexplained" in told.out
    page = (folder / "c.html").read_text("utf-8")
    assert "Where the difference comes from" in page
    assert "<script" not in page
    facts = json.loads(as_json.out)
    assert facts["is_equal"] is True
    assert Decimal(facts["difference"]) == 0
    assert nowhere.process.returncode != 0
    assert "knows of no run hg-nobody" in nowhere.err


def test_a_page_speaks_korean(paper: Path):
    found = compare(paper)

    text = html(found)

    assert "마지막 원까지 같습니다" in text
    assert found.run_id in text


def test_a_run_without_a_tape_is_told_so(paper: Path, tmp_path: Path):
    with pytest.raises(CompareError, match="There is no tape of hg-"):
        compare(paper, tape=tmp_path)

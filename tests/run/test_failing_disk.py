"""A disk that says EIO to a sync, by the C library itself: nothing new is ordered, and what is open is cancelled."""

import shutil
import subprocess
from pathlib import Path
from signal import SIGINT

import pytest
from tests.scenario.programs import addresses_of, artefacts, keys_of, program
from tests.scenario.scenery import exchange
from tests.scenario.test_stop import GRID, all_rest

from hoga.store.journal import Journal, read_journal
from hoga.store.records import CommandsDecided

SYNCS_FAIL = r"""
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

static int refused(const char *name, int file) {
    int (*sync)(int) = (int (*)(int))dlsym(RTLD_NEXT, name);
    if (access(getenv("TEST_EIO"), F_OK) == 0) { errno = EIO; return -1; }
    return sync(file);
}
int fsync(int file) { return refused("fsync", file); }
int fdatasync(int file) { return refused("fdatasync", file); }
"""


@pytest.fixture
def failing(tmp_path: Path) -> dict[str, str]:
    """An environment in which every sync fails as soon as the file `eio` is there."""
    compiler = shutil.which("cc")
    if compiler is None:
        pytest.skip("without a C compiler no disk can be made to fail")
    source, library = tmp_path / "syncs_fail.c", tmp_path / "syncs_fail.so"
    source.write_text(SYNCS_FAIL, encoding="utf-8")
    words = [compiler, "-shared", "-fPIC", "-o", str(library), str(source), "-ldl"]
    subprocess.run(words, check=True, capture_output=True)  # noqa: S603 - fixed words
    return {"LD_PRELOAD": str(library), "TEST_EIO": str(tmp_path / "eio")}


async def test_after_a_failed_sync_nothing_new_is_ordered_and_what_is_open_is_cancelled_p5(
    failing: dict[str, str], tmp_path: Path
):
    folder = tmp_path / "bot"
    folder.mkdir()
    journal = folder / "var" / "hoga.journal"
    async with exchange() as there:
        words = [*GRID, *addresses_of(there)]
        async with program(*words, folder=folder, environment={**keys_of(there), **failing}) as running:
            await all_rest(running, there)
            (tmp_path / "eio").touch()
            logs = folder / "logs"
            await running.until(lambda: "journal_failed" in artefacts(running, logs), "the journal says that it failed")
            placed = len(await there.orders())
            await there.strike("acct.manual_cancel@every=100ms,count=1")  # the grid would lay it anew, and may not
            await running.until(lambda: '"now": "cancelled"' in artefacts(running, logs), "the bot has heard of it")
            running.signal(SIGINT)
            assert await running.end(20) == 0
            assert await there.open_orders() == []
            assert len(await there.orders()) == placed
        names = {order["identifier"] for order in await there.orders()}
    (tmp_path / "eio").unlink()
    Journal.open(journal).close()  # the chain is whole
    decided = [row.record for row in read_journal(journal) if isinstance(row.record, CommandsDecided)]
    assert names <= {attempt.order_id for record in decided for attempt in record.attempts}
    assert "disk I/O error" in artefacts(running, folder / "logs")

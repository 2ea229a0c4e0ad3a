"""The last step before the wire: what waits is looked at as it leaves, and a pulled switch is on the disk first."""

import asyncio
import os
import stat
from pathlib import Path

import pytest
from tests.brain.scenery import NOON_NS, SECOND_NS
from tests.brain.test_last_hop import ORDER, hop

from hoga.brain.risk.last_hop import LastHop
from hoga.model.commands import QueryAccounts
from hoga.model.events import OrderRejected, RejectReason
from hoga.run.state.guarded import GuardedCommands
from hoga.run.state.state_files import StateFiles


class Queue:
    """A guarded queue with a clock a test can move."""

    def __init__(self, last: LastHop) -> None:
        self.now_ns = NOON_NS
        self.refused: list[OrderRejected] = []
        self.commands = GuardedCommands(10, last, report=self.refused.append, clock_ns=lambda: self.now_ns)

    async def next(self) -> object:
        return await asyncio.wait_for(self.commands.get(), 5)


async def test_an_order_that_waited_while_the_switch_was_pulled_does_not_leave_k30():
    last = hop(ORDER)
    queue = Queue(last)
    queue.commands.put_nowait(ORDER)
    queue.commands.put_nowait(QueryAccounts())
    last.killed = "fire"

    assert await queue.next() == QueryAccounts()
    (refused,) = queue.refused
    assert (refused.order_id, refused.reason) == (ORDER.order_id, RejectReason.NOT_SENT)
    assert "kill switch was pulled: fire" in refused.detail


async def test_an_order_that_waited_too_long_does_not_leave_and_one_in_time_does_k29():
    early, late = Queue(hop(ORDER)), Queue(hop(ORDER))
    for queue, waited_s in ((early, 9), (late, 11)):
        queue.commands.put_nowait(ORDER)
        queue.commands.put_nowait(QueryAccounts())
        queue.now_ns += waited_s * SECOND_NS

    assert await early.next() == ORDER
    assert await late.next() == QueryAccounts()
    assert "decided more than 10 s ago" in late.refused[0].detail


def test_a_pulled_switch_is_on_the_disk_before_anybody_relies_on_it_p2_k30(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    done: list[str] = []
    sync, replace = os.fsync, Path.replace

    def watched_sync(number: int) -> None:
        done.append("the folder is synced" if stat.S_ISDIR(os.fstat(number).st_mode) else "the file is synced")
        sync(number)

    def watched_replace(path: Path, target: Path) -> Path:
        done.append(f"it is {target.name}")
        return replace(path, target)

    monkeypatch.setattr(os, "fsync", watched_sync)
    monkeypatch.setattr(Path, "replace", watched_replace)
    StateFiles(tmp_path).kill("fire")

    assert done == ["the file is synced", "it is KILL", "the folder is synced"]
    assert StateFiles(tmp_path).killed() == "fire"

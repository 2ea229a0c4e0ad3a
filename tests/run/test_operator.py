"""The dead-man's switch over the operator: nobody there, nothing new; nobody for longer, nothing open."""

import asyncio
from pathlib import Path

import pytest
from tests.brain.scenery import Stage
from tests.brain.test_risk_checks import buy, refusal
from tests.scenario.scenery import bot, exchange

from hoga.model.commands import CancelOrder
from hoga.model.events import OrderStateSeen, Pause
from hoga.run.commands.switches import here
from hoga.run.state.operator import CANCEL_AFTER_S, Operator
from hoga.run.state.state_files import StateFiles
from hoga.run.state.switch import Switch

WITHIN_S = 60


class Watched:
    """A brain and the operator who may be there or not."""

    def __init__(self, folder: Path) -> None:
        self.stage, self.files = Stage(), StateFiles(folder)
        self.operator = Operator(
            self.files,
            WITHIN_S,
            tell=self.stage.handle,
            reason=lambda: self.stage.brain.reason,
            clock_ns=lambda: self.stage.now_ns,
        )

    def pass_by(self, seconds: float) -> None:
        self.stage.wait(seconds)
        self.operator.look()
        self.stage.wait(0)
        self.stage.book("100_000_000", "100_010_000")

    def cancels(self) -> int:
        return sum(isinstance(command, CancelOrder) for command in self.stage.sent)


def test_without_a_sign_of_the_operator_nothing_new_leaves_and_later_nothing_stays_open_k29(tmp_path: Path):
    watched = Watched(tmp_path)
    open_order = watched.stage.buy(98_000_000, "0.001")
    watched.stage.accept(open_order)
    watched.pass_by(WITHIN_S)
    assert refusal(watched.stage, buy()) is None

    watched.pass_by(1)
    rejected = refusal(watched.stage, buy(98_500_000))
    assert rejected is not None
    assert "nobody has said `hoga here` for 60 s" in rejected.detail
    assert watched.cancels() == 0
    watched.pass_by(CANCEL_AFTER_S)
    assert watched.cancels() == 2


def test_a_sign_in_time_keeps_it_trading_and_a_late_one_brings_it_back_k29(tmp_path: Path):
    watched = Watched(tmp_path)
    for _ in range(3):
        watched.pass_by(WITHIN_S - 1)
        watched.files.here()
        watched.operator.look()
    assert refusal(watched.stage, buy()) is None

    watched.pass_by(WITHIN_S + CANCEL_AFTER_S + 1)
    watched.pass_by(CANCEL_AFTER_S + 1)
    assert not watched.stage.brain.ready
    watched.files.here()
    watched.pass_by(0)
    assert watched.stage.brain.ready


def test_a_sign_of_the_operator_does_not_lift_a_pause_of_another_hand_k29(tmp_path: Path):
    watched = Watched(tmp_path)
    watched.pass_by(WITHIN_S + 1)
    watched.stage.handle(Pause(reason="by another", received_ns=watched.stage.now_ns))
    watched.files.here()
    watched.pass_by(0)

    assert watched.stage.brain.reason == "paused: by another"


def test_what_the_absent_operator_had_cancelled_stays_cancelled_k29(tmp_path: Path):
    watched = Watched(tmp_path)
    order_id = watched.stage.buy(98_000_000, "0.001")
    watched.stage.accept(order_id)
    watched.pass_by(WITHIN_S + 1)
    watched.pass_by(CANCEL_AFTER_S)
    watched.stage.update(order_id, OrderStateSeen.CANCEL)

    assert watched.stage.brain.open_orders == ()


async def test_a_bot_with_an_operator_to_wait_for_pauses_and_hears_hoga_here_k29(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.chdir(tmp_path)
    async with exchange() as there, bot(there, tmp_path) as working:
        switch = Switch(working.desk, StateFiles(tmp_path / "var"), operator_within_s=0.05)
        await asyncio.sleep(0.1)
        switch.look()
        assert working.desk.brain.reason == "paused: nobody has said `hoga here` for 0.05 s"
        here()
        switch.look()
        assert working.desk.brain.ready

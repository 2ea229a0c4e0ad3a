"""Answers overtake each other on their way; what was asked later is what counts."""

import msgspec
from tests.brain.scenery import Stage

from hoga.model.events import FeedDown, FeedUp, Stream


def test_balances_asked_after_a_gap_open_the_gate_although_older_ones_came_behind_them():
    stage = Stage()
    stage.wait(1)
    late = stage.accounts()
    stage.wait(1)
    stage.handle(FeedDown(stream=Stream.PRIVATE, reason="cut", received_ns=stage.now_ns))
    stage.handle(FeedUp(stream=Stream.PRIVATE, reconnects=1, received_ns=stage.now_ns))
    stage.handle(stage.listing())
    stage.handle(stage.accounts())
    was_ready = stage.brain.ready
    stage.now_ns += 1_000_000
    stage.handle(msgspec.structs.replace(late, received_ns=stage.now_ns))
    stage.now_ns += 1_000_000
    stage.handle(stage.listing())

    assert not was_ready
    assert stage.brain.ready

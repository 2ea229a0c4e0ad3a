"""A watchdog acts on silence and on KILL, survives a venue that fails, and has no word for an order."""

from collections.abc import Sequence
from pathlib import Path

import pytest
from tests.brain.scenery import dec

from hoga.model.commands import OrderId, OrderKind, PlaceOrder, Side, VenueOrderId
from hoga.model.errors import WireError
from hoga.model.events import OrderReport, OrderStateSeen
from hoga.run.commands import cancel_only, watchdog
from hoga.run.commands.cancel_only import CancelOnly
from hoga.run.commands.watchdog import Watchdog
from hoga.run.screen.logs import silent
from hoga.run.settings.config import load
from hoga.run.state.state_files import Heartbeat, StateFiles
from hoga.run.wiring import connect


def report(name: str, order_id: str | None) -> OrderReport:
    return OrderReport(
        venue_id=VenueOrderId(name),
        order_id=None if order_id is None else OrderId(order_id),
        market="KRW-BTC",
        side=Side.BUY,
        kind=OrderKind.LIMIT,
        state=OrderStateSeen.WAIT,
        price=dec(1),
        volume=dec(1),
    )


class Venue(CancelOnly):
    """A venue in memory: one order of ours and one placed by hand."""

    def __init__(self) -> None:
        self.listed: Sequence[OrderReport] | None = (report("ours", "hg-a-1"), report("hand", None))
        self.cancelled: list[VenueOrderId] = []
        self.fails = False

    async def open_orders(self) -> Sequence[OrderReport] | None:
        if self.fails:
            raise WireError("nonsense")
        return self.listed

    async def cancel(self, venue_ids: Sequence[VenueOrderId], reason: str) -> None:
        self.cancelled += venue_ids


def beat(files: StateFiles, number: int) -> None:
    files.beat(Heartbeat(beat=number, pid=1, handled=0, at_ns=0))


def watching(tmp_path: Path) -> tuple[Watchdog, StateFiles, Venue, list[float]]:
    files, venue, now = StateFiles(tmp_path / "var"), Venue(), [0.0]
    return Watchdog(files, venue, silent_s=30, log=silent, monotonic_s=lambda: now[0]), files, venue, now


def test_silence_is_measured_by_our_own_clock_and_only_after_a_first_sign_of_life_k31(tmp_path: Path):
    dog, files, _, now = watching(tmp_path)
    assert dog.reason() == ""
    now[0] = 100
    assert dog.reason() == ""
    beat(files, 1)
    assert dog.reason() == ""
    now[0] = 130
    assert dog.reason() == ""
    now[0] = 130.1
    assert "no sign of life" in dog.reason()
    beat(files, 2)
    assert dog.reason() == ""
    now[0] = 200
    assert "no sign of life" in dog.reason()
    files.end_heartbeat()
    assert dog.reason() == ""


async def test_a_kill_makes_it_cancel_ours_only_and_a_failing_venue_does_not_end_it_k31(tmp_path: Path):
    dog, files, venue, _ = watching(tmp_path)
    files.kill("fire")
    assert dog.reason() == "the kill switch was pulled: fire"

    venue.fails = True
    assert await dog.sweep("fire") is False
    venue.fails = False
    assert await dog.sweep("fire") is False
    assert venue.cancelled == ["ours"]
    venue.listed = None
    assert await dog.sweep("fire") is False
    venue.listed = ()
    assert await dog.sweep("fire") is True


async def test_its_client_has_no_word_for_an_order_k31():
    settings = load(None, {"access_key": "hoga-sim-x", "secret_key": "y"})
    client = CancelOnly(connect(settings))
    order = PlaceOrder(order_id=OrderId("hg-1"), market="KRW-BTC", side=Side.BUY, price=dec(1), volume=dec(1))

    with pytest.raises(TypeError, match="PlaceOrder is not a word"):
        await client._ask(order)  # type: ignore[arg-type]
    await client.close()
    assert {name for name in dir(CancelOnly) if not name.startswith("_")} == {"open_orders", "cancel", "close"}
    assert not hasattr(client, "ask")
    assert "PlaceOrder" not in vars(cancel_only).keys() | vars(watchdog).keys()


def test_the_kill_file_stays_and_one_that_cannot_be_read_is_a_kill_k30(tmp_path: Path):
    files = StateFiles(tmp_path / "var")
    assert files.killed() is None
    files.kill("first")
    files.kill("second")
    assert files.killed() == "first"
    files.release_kill()
    assert files.killed() is None
    (tmp_path / "var" / "KILL").mkdir()
    assert "cannot be read" in str(files.killed())
    (tmp_path / "var" / "heartbeat.json").write_text("{broken", encoding="utf-8")
    assert files.heartbeat() is None


def test_it_says_when_the_bot_is_another_version_and_watches_all_the_same_p25(tmp_path: Path):
    said: list[str] = []

    def log(event: str, *, level: str = "info", **fields: object) -> None:
        said.append(f"{level} {event} {fields}")

    files, now = StateFiles(tmp_path / "var"), [0.0]
    dog = Watchdog(files, Venue(), silent_s=30, log=log, monotonic_s=lambda: now[0])
    for number in range(3):
        files.beat(Heartbeat(beat=number, pid=1, handled=0, at_ns=0, version="99.1.0"))
        assert dog.reason() == ""
    now[0] = 31

    assert len(said) == 1
    assert "error versions_differ" in said[0]
    assert "99.1.0" in said[0]
    assert "no sign of life" in dog.reason()

"""Two bots on one account: who finds an order of the other's stops, if it is the younger.

The lock on the journal keeps two bots apart on one machine, and on one machine only. Elsewhere the account itself
tells: the ids of a run begin with the moment it started, and the journal knows the runs before this one. An order that
carries our family's name and a run's that the journal does not know was placed by somebody else's hoga: a bot that
trades on another machine, or one that kept another journal and may come back. With two of them every limit holds
twice, so the one that started later goes; both read the same ids, so they agree which one that is.

Ended orders prove nothing about now, unless they were placed while this run was there.
"""

from hoga.brain.world import World
from hoga.model.events import OrderReport, OrderStateSeen

_ENDED = frozenset({OrderStateSeen.DONE, OrderStateSeen.CANCEL})

#: The venue's clock may be so far ahead of ours; an ended order that is younger than this run shows a bot at work.
CLOCKS_DIFFER_MS = 5_000
#: Other runs that were spoken of once and are not again.
MAX_SPOKEN_OF = 100


class Rivals:
    """What orders of other runs say about other bots."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._started_ms = world.now_ns // 1_000_000
        self._known: set[str] = set()
        self._told: set[str] = set()

    def know(self, id_prefixes: tuple[str, ...]) -> None:
        """These begin the ids of earlier runs whose journal this run goes on with."""
        self._known.update(id_prefixes)

    def judge(self, report: OrderReport) -> None:
        """An order of our family's of which there is no record: whose is it?"""
        world, order_id = self._world, report.order_id or ""
        run = order_id[: order_id.rfind("-") + 1]
        if run.count("-") < 2:  # noqa: PLR2004 - an id of no run: no hoga made it
            return
        if run in self._known or run in self._told or world.has_minted(order_id) or not self._is_about_now(report):
            return
        if len(self._told) < MAX_SPOKEN_OF:
            self._told.add(run)
        name = run.rstrip("-")
        if run > world.id_prefix:
            why = f"a younger bot of hoga's ({name}) trades on this account, and should stop by itself"
            world.note("alert", order_id=report.order_id, venue_id=report.venue_id, why=why)
        elif not (world.fault or world.killed):  # a killed run orders nothing, and has orders to clear away
            world.fault = (
                f"This account has an order ({report.order_id}) of another hoga run, {name}, that this journal does "
                "not know. Two bots must not share one account, and the younger stops. Stop the other bot; if none "
                "runs any more, clear what it left with `hoga cancel-all`. Then start again."
            )

    def _is_about_now(self, report: OrderReport) -> bool:
        return report.state not in _ENDED or report.created_at_ms > self._started_ms + CLOCKS_DIFFER_MS

"""When the venue is asked about the whole account: at the start, after every gap, and on two beats.

A gap is any time in which something may have happened unheard: the private feed was away, or this program stood still
(a busy machine, a sleeping one). Nothing new leaves after it before balances and open orders are known again.
"""

from hoga.brain.gate import ACCOUNTS, EARLIER_ORDERS, MARKETS, OPEN_ORDERS, PRIVATE
from hoga.brain.orders.desk import OrderDesk
from hoga.brain.survey import Surveyor
from hoga.brain.timers import NEVER_NS
from hoga.brain.world import SECOND_NS, World
from hoga.model.commands import QueryClosedOrders, QueryMarket
from hoga.model.events import RejectReason

#: Without the private feed, lists and balances are all we hear of: ask more often.
BEAT_BLIND_S = 5
#: What has ended, and the rules of the markets: every ten minutes.
LONG_BEAT_S = 600
#: Seconds before a failed question of the gate is asked again; the last one repeats.
ASK_AGAIN_S = (1, 2, 4, 8, 15, 30)
#: A timer that fires so much too late says that this program stood still.
STOOD_STILL_NS = 5 * SECOND_NS


class Rounds:
    """Questions about everything, since when their answers count (`gap_ns`), and when the last good ones were asked."""

    def __init__(self, world: World, desk: OrderDesk, *, beat_s: float, needs_private: bool) -> None:
        self._world = world
        self._desk = desk
        self.surveyor = Surveyor(world)
        self._beat_ns = int(beat_s * SECOND_NS)
        self._needs_private = needs_private
        self._may_have_missed = False
        self._failures = 0
        self._will_ask_again = False
        self._will_compare = False
        self._ended_since_ns = world.now_ns
        self.gap_ns = NEVER_NS  # nothing counts before the start
        self.listed_ns = self.agreed_ns = -1
        self.private_is_up = False
        self.ended = False
        gate, views = world.gate, world.views
        gate.wait_while(MARKETS, lambda: any(view.rules is None for view in views.values()))
        gate.wait_while(ACCOUNTS, lambda: self.agreed_ns < self.gap_ns)
        gate.wait_while(OPEN_ORDERS, lambda: self.listed_ns < self.gap_ns)
        if needs_private:
            gate.wait_while(PRIVATE, lambda: not self.private_is_up)

    def start(self) -> None:
        """Close the gate and ask for everything that opens it."""
        world = self._world
        self._ended_since_ns = world.now_ns
        self._begin_gap()
        world.commands.extend(QueryMarket(code) for code in world.views)
        self.surveyor.begin()
        world.timers.at(world.now_ns + self._beat_ns, self._beat)
        if self._needs_private:
            world.timers.at(world.now_ns + LONG_BEAT_S * SECOND_NS, self._long_beat)

    def compare_again(self) -> None:
        """Nothing new leaves before balances and open orders, asked from now on, are known."""
        self._begin_gap()
        self.surveyor.begin()

    def _begin_gap(self) -> None:
        """What was heard till now counts no more."""
        self.gap_ns, self.listed_ns, self.agreed_ns = self._world.now_ns, -1, -1

    def private_up(self, *, reconnected: bool) -> None:
        """The private feed is there; after a gap nothing leaves before all is compared again."""
        if not self._needs_private:
            return
        self.private_is_up = True
        self._unheard()  # also at the start: what was asked about an earlier run's orders till now
        # One list, asked now that we hear what follows, clears up most of them at once.
        has_earlier = self._world.gate.waits_for(EARLIER_ORDERS)
        if self._may_have_missed or reconnected or has_earlier:
            self.compare_again()
        self._may_have_missed = True

    def private_down(self) -> None:
        """The private feed is gone: what it would have told is unknown, so lists must tell it."""
        world = self._world
        if self._needs_private:
            if self.private_is_up:
                world.timers.at(world.now_ns + BEAT_BLIND_S * SECOND_NS, self._look_blindly)
            self.private_is_up = False
            self._begin_gap()
            self._may_have_missed = True

    def wake(self) -> None:
        """Do what is due. A timer that comes much too late says that whatever happened meanwhile may be unheard."""
        timers, now_ns = self._world.timers, self._world.now_ns
        if now_ns - timers.next_ns > STOOD_STILL_NS:
            self._stood_still(now_ns - timers.next_ns)
        timers.run_due(now_ns)

    def _stood_still(self, late_ns: int) -> None:
        if not self._needs_private or self.ended:
            return
        self._world.note("stood_still", seconds=late_ns // SECOND_NS)
        self._unheard()
        self.compare_again()

    def _unheard(self) -> None:
        """Every proof begins anew, and what was given up lately is asked for once more."""
        self._desk.inquiries.feed_returned()
        self._desk.watch.ask_again(self._desk.inquiries)

    def failed(self, reason: RejectReason) -> None:
        """A question got no answer: what the gate waits for is asked again, all of it with one timer.

        While the venue blocks us nothing is heard, so that is a gap too, and everything is compared when it ends.
        """
        world = self._world
        if reason is RejectReason.BLOCKED:
            self._begin_gap()
        if self._will_ask_again or not {MARKETS, ACCOUNTS, OPEN_ORDERS} & world.gate.missing:
            return  # one for each failure, and the questions would breed
        self._will_ask_again = True
        after_s = ASK_AGAIN_S[min(self._failures, len(ASK_AGAIN_S) - 1)]
        self._failures += 1
        world.timers.at(world.now_ns + after_s * SECOND_NS, self._ask_missing)

    def compare_after(self, seconds: int) -> None:
        """Ask for orders and balances once more, a little later."""
        if self._will_compare:
            return
        self._will_compare = True

        def compare(_: int) -> None:
            self._will_compare = False
            if not self.ended:
                self.surveyor.begin()

        self._world.timers.at(self._world.now_ns + seconds * SECOND_NS, compare)

    def _beat(self, _: int) -> None:
        world = self._world
        if self.ended:
            return
        self._failures = 0
        self.surveyor.begin()
        world.commands.extend(QueryMarket(code) for code, view in world.views.items() if view.rules is None)
        world.timers.at(world.now_ns + self._beat_ns, self._beat)

    def _long_beat(self, _: int) -> None:
        world = self._world
        if self.ended:
            return
        since_ms, self._ended_since_ns = self._ended_since_ns // 1_000_000 - LONG_BEAT_S * 1000, world.now_ns
        traded = dict.fromkeys(order.market for order in self._desk.records.orders.values())
        world.commands.extend(QueryMarket(code) for code in world.views)
        world.commands.extend(QueryClosedOrders(code, since_ms) for code in traded)
        world.timers.at(world.now_ns + LONG_BEAT_S * SECOND_NS, self._long_beat)

    def _look_blindly(self, _: int) -> None:
        world = self._world
        if not self.private_is_up and not self.ended:
            self.surveyor.begin()
            world.timers.at(world.now_ns + BEAT_BLIND_S * SECOND_NS, self._look_blindly)

    def _ask_missing(self, _: int) -> None:
        world = self._world
        self._will_ask_again = False
        missing = world.gate.missing
        if MARKETS in missing:
            world.commands.extend(QueryMarket(code) for code, view in world.views.items() if view.rules is None)
        if {ACCOUNTS, OPEN_ORDERS} & missing:
            self.surveyor.begin()
